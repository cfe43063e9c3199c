/** The functions' platform on the embedded AWS, in the place of the one that a deployed function makes of Lambda and the SDK. */
import type { FunctionHost } from "../../embedded-aws/index.ts";
import { measurement, NAMESPACE } from "../../functions/lib/metrics.ts";
import type { Log, Platform } from "../../functions/lib/platform.ts";

/** For the option `platform` of `createServices`. */
export function platformOn(host: FunctionHost): Platform {
    return {
        env: host.env,
        now: () => host.now(),
        dynamodb: host.client("dynamodb"),
        sfn: host.client("states"),
        glue: host.client("glue"),
        sqs: host.client("sqs"),
        log: { info: logger(host, "INFO"), warn: logger(host, "WARN"), error: logger(host, "ERROR") },
        metrics: (values, dimensions) =>
            host.metrics({ namespace: NAMESPACE, ...measurement(host.env, values, dimensions) }),
    };
}

/** Writes lines as the deployed logger does, without time and request: the log group has those. */
function logger(host: FunctionHost, level: string): Log["info"] {
    return (message, fields) => host.log(JSON.stringify({ level, message, ...fields }));
}
