/** Lambda: its descriptor, and what the rest of the embedded AWS uses of it. */
import { arnIn } from "../../location.ts";
import { AwsError } from "../../service.ts";
import type { ServiceDescriptor, World } from "../../service.ts";
import { ASSIGNMENTS } from "./assignments.ts";
import { FUNCTION_METRICS, LambdaFunction } from "./function.ts";
import { NEEDS } from "./needs.ts";
import type { FunctionRuntime } from "./runtime.ts";
import { LambdaService } from "./service.ts";

export { LambdaFunction } from "./function.ts";
export { callerOf } from "./invoker.ts";
export type { LogLine } from "./invoker.ts";
export { timedOut } from "./outcome.ts";
export type { InvocationOutcome } from "./outcome.ts";
export type { FunctionRuntime, InvocationContext, InvocationResult, Measurement } from "./runtime.ts";
export { LambdaService } from "./service.ts";

declare module "../../service.ts" {
    interface ServiceNames {
        lambda: true;
    }
}

/** @param runtime makes what runs the code of the functions. */
export function lambda(runtime: (world: World) => FunctionRuntime): ServiceDescriptor {
    return {
        name: "lambda",
        create: (world) => new LambdaService(world, runtime(world)),
        assignments: ASSIGNMENTS,
        needs: NEEDS,
        refusals: { call: { name: "AccessDeniedException", statusCode: 403 } },
        policyOf: (thing) => (thing instanceof LambdaFunction ? thing.policy : undefined),
        nameTaken: (resource) =>
            new AwsError(
                "ResourceConflictException",
                `Function already exist: ${resource.slice("function:".length)}`,
                409,
            ),
        wire: { signedAs: "lambda", rest: "rest-json", client: () => import("@aws-sdk/client-lambda") },
        metrics: {
            namespace: "AWS/Lambda",
            dimension: "FunctionName",
            metrics: FUNCTION_METRICS,
            sums: ["Invocations", "Duration"],
            arnOf: (location, name) => arnIn(location, "lambda", `function:${name}`),
        },
    };
}
