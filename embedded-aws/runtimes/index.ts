/** What runs the code of Lambda functions. */
import type { World } from "../service.ts";
import type { FunctionRuntime } from "../services/lambda/index.ts";
import type { ClockOffset } from "./clock-offset.ts";
import { DirectRuntime } from "./direct.ts";
import type { PlatformFactory } from "./direct.ts";
import { SdkRuntime } from "./sdk.ts";

export type { FunctionHost, PlatformFactory } from "./direct.ts";
export type { ClientConfiguration } from "./retries.ts";

export interface RuntimeOptions {
    /**
     * How functions run. `sdk`: in threads, with the SDK's own clients. `direct`: in this thread, an invocation as one
     * step. `interleaved`: in this thread, each call as an event of its own. The last two call the bundle's export
     * `create` with what `platform` makes. @default "direct" with a `platform`, "sdk" without
     */
    functions?: "direct" | "interleaved" | "sdk" | undefined;
    /** Makes the argument of `create` for functions that run in this thread. */
    platform?: PlatformFactory | undefined;
    /** How wrong the clocks of functions are. @default each function has the world's time */
    clockOffset?: ClockOffset | undefined;
}

export function createRuntime(world: World, options: RuntimeOptions): FunctionRuntime {
    const { functions, platform, clockOffset } = options;
    if (functions === "sdk" || (functions === undefined && !platform))
        return new SdkRuntime(world, { clockOffset });
    if (!platform) {
        throw new Error(
            `functions is "${functions}", but there is no platform; expected one, which makes the argument of each function's create.`,
        );
    }
    return new DirectRuntime(world, { platform, interleaved: functions === "interleaved", clockOffset });
}
