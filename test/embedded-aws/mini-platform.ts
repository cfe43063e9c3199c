/** The platform of the small program in `fixtures/mini`. */
import type { FunctionHost } from "../../embedded-aws/index.ts";

/** What the small program's function is given where it runs in this thread. */
export const platform = (host: FunctionHost): object => ({
    env: host.env,
    now: () => host.now(),
    dynamodb: host.client("dynamodb"),
    log: {
        warn: (message: string, fields: object) =>
            host.log(JSON.stringify({ level: "WARN", message, ...fields })),
    },
});
