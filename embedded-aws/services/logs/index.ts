/** CloudWatch Logs: its descriptor, and what the rest of the embedded AWS uses of it. */
import { arnIn } from "../../location.ts";
import { AwsError } from "../../service.ts";
import type { ServiceDescriptor } from "../../service.ts";
import { ASSIGNMENTS } from "./assignments.ts";
import { ENCRYPTION_CONTEXT, LogGroup, LogsService } from "./service.ts";

export { LogGroup, LogsService } from "./service.ts";

declare module "../../service.ts" {
    interface ServiceNames {
        logs: true;
    }
}

export const logs: ServiceDescriptor = {
    name: "logs",
    create: (world) => new LogsService(world),
    assignments: ASSIGNMENTS,
    needs: {},
    keyIdOf: (thing) => (thing instanceof LogGroup ? thing.keyArn : undefined),
    encryptionContext: ENCRYPTION_CONTEXT,
    nameTaken: () => new AwsError("ResourceAlreadyExistsException", "The specified log group already exists"),
    protocol: { target: "Logs_20140328", version: "1.1" },
    metrics: {
        namespace: "AWS/Logs",
        dimension: "LogGroupName",
        metrics: [],
        sums: ["IncomingBytes"],
        arnOf: (location, name) => arnIn(location, "logs", `log-group:${name}`),
    },
};
