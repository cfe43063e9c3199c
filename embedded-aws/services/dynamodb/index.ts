/** DynamoDB: its descriptor, and what the rest of the embedded AWS uses of it. */
import { arnIn } from "../../location.ts";
import { AwsError } from "../../service.ts";
import type { ServiceDescriptor } from "../../service.ts";
import { ASSIGNMENTS } from "./assignments.ts";
import { CONSUMED, NAMESPACE } from "./engine.ts";
import { NEEDS } from "./needs.ts";
import { PROTOCOL } from "./protocol.ts";
import { DynamoDbService } from "./service.ts";
import { Table } from "./table.ts";

export { normalizeNumber } from "./numbers.ts";
export { DynamoDbService } from "./service.ts";
export type { StreamRecord, TableStream } from "./stream.ts";
export type { TableWrite } from "./table.ts";

declare module "../../service.ts" {
    interface ServiceNames {
        dynamodb: true;
    }
}

export const dynamodb: ServiceDescriptor = {
    name: "dynamodb",
    create: (world) => new DynamoDbService(world),
    assignments: ASSIGNMENTS,
    needs: NEEDS,
    conditionKeys: [
        "dynamodb:LeadingKeys",
        "dynamodb:Select",
        "dynamodb:ReturnValues",
        "dynamodb:EnclosingOperation",
    ],
    keyIdOf: (thing) => (thing instanceof Table ? thing.kmsKeyArn : undefined),
    nameTaken: (resource) =>
        new AwsError("ResourceInUseException", `Table already exists: ${resource.replace("table/", "")}`),
    protocol: PROTOCOL,
    metrics: {
        namespace: NAMESPACE,
        dimension: "TableName",
        metrics: [],
        sums: Object.values(CONSUMED),
        arnOf: (location, name) => arnIn(location, "dynamodb", `table/${name}`),
    },
};
