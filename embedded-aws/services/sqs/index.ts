/** SQS: its descriptor, and what the rest of the embedded AWS uses of it. */
import { arnIn } from "../../location.ts";
import { AwsError } from "../../service.ts";
import type { ServiceDescriptor } from "../../service.ts";
import { ASSIGNMENTS } from "./assignments.ts";
import { NEEDS } from "./needs.ts";
import { PROTOCOL } from "./protocol.ts";
import { Queue, QUEUE_METRICS } from "./queue.ts";
import { ENCRYPTION_CONTEXT, SqsService } from "./service.ts";

export { Queue } from "./queue.ts";
export { SqsService } from "./service.ts";

declare module "../../service.ts" {
    interface ServiceNames {
        sqs: true;
    }
}

export const sqs: ServiceDescriptor = {
    name: "sqs",
    create: (world) => new SqsService(world),
    assignments: ASSIGNMENTS,
    needs: NEEDS,
    refusals: {
        call: { name: "AccessDenied", statusCode: 403 },
        key: { name: "KmsAccessDenied", statusCode: 400 },
        // SQS writes actions in lower case.
        spellAction: (action) => action.toLowerCase(),
    },
    policyOf: (thing) => (thing instanceof Queue ? thing.settings.policy : undefined),
    keyIdOf: (thing) => (thing instanceof Queue ? thing.settings.kmsMasterKeyId : undefined),
    encryptionContext: ENCRYPTION_CONTEXT,
    nameTaken: () =>
        new AwsError(
            "QueueAlreadyExists",
            "A queue already exists with the same name and a different value for an attribute",
        ),
    protocol: PROTOCOL,
    metrics: {
        namespace: "AWS/SQS",
        dimension: "QueueName",
        metrics: QUEUE_METRICS,
        arnOf: (location, name) => arnIn(location, "sqs", name),
    },
};
