/** Step Functions: its descriptor, and what the rest of the embedded AWS uses of it. */
import type { ServiceDescriptor } from "../../service.ts";
import { ASSIGNMENTS } from "./assignments.ts";
import { DELIVERY_CONTEXT, ENCRYPTION_CONTEXT } from "./encryption.ts";
import { api } from "./errors.ts";
import { StateMachine } from "./machine.ts";
import { NEEDS } from "./needs.ts";
import { StepFunctionsService } from "./service.ts";
import type { StepFunctionsOptions } from "./service.ts";

// For whoever takes an execution's steps in an order of their own.
export { parseDefinition } from "./definition.ts";
export { StateError } from "./errors.ts";
export type { Scope } from "./scope.ts";
export { errorOf, requestOf, resultOf } from "./integrations.ts";
export type { Catcher, Program, State, TaskState } from "./machine.ts";
export { matches } from "./retry.ts";

export type { Evaluated } from "./expressions.ts";
export { StepFunctionsService } from "./service.ts";
export type { ExecutionSummary, StepFunctionsOptions } from "./service.ts";

declare module "../../service.ts" {
    interface ServiceNames {
        states: true;
    }
}

export function stepFunctions(options: StepFunctionsOptions = {}): ServiceDescriptor {
    return {
        name: "states",
        create: (world) => new StepFunctionsService(world, options),
        assignments: ASSIGNMENTS,
        needs: NEEDS,
        conditionKeys: [DELIVERY_CONTEXT],
        refusals: { key: { name: "KmsAccessDeniedException", statusCode: 400 } },
        keyIdOf: (thing) => (thing instanceof StateMachine ? thing.definition.keyArn : undefined),
        encryptionContext: ENCRYPTION_CONTEXT,
        nameTaken: (_resource, arn) => api.stateMachineAlreadyExists(arn),
        protocol: { target: "AWSStepFunctions", version: "1.0" },
        metrics: {
            namespace: "AWS/States",
            dimension: "StateMachineArn",
            metrics: [],
            sums: ["ExecutionsStarted"],
            arnOf: (_location, arn) => arn,
        },
    };
}
