/** The environment of every instance of a function: its own variables and those that Lambda's runtime adds. */
import type { World } from "../service.ts";
import type { LambdaFunction } from "../services/lambda/index.ts";

/** Lambda Developer Guide, "Defined runtime environment variables". */
export function environmentOf(fn: LambdaFunction, world: World): Readonly<Record<string, string>> {
    const { name, runtime, memorySize, logGroup, handler, environment } = fn.configuration;
    return {
        ...environment,
        AWS_REGION: world.region,
        AWS_DEFAULT_REGION: world.region,
        AWS_EXECUTION_ENV: `AWS_Lambda_${runtime}`,
        AWS_LAMBDA_FUNCTION_NAME: name,
        AWS_LAMBDA_FUNCTION_VERSION: "$LATEST",
        AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(memorySize),
        AWS_LAMBDA_INITIALIZATION_TYPE: "on-demand",
        AWS_LAMBDA_LOG_GROUP_NAME: logGroup,
        _HANDLER: handler,
        TZ: ":UTC",
    };
}
