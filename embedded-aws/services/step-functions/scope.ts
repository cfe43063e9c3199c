/** What an expression can see, and the parts of the world that its functions can ask. */
import type { World } from "../../service.ts";

export interface Scope {
    readonly variables: Readonly<Record<string, unknown>>;
    /** The value of `$states`. */
    readonly states: Readonly<Record<string, unknown>>;
}

/** For the time and for chance. */
export interface Chronicle {
    readonly clock: Pick<World["clock"], "now">;
    readonly random: Pick<World["random"], "next" | "uuid" | "mark">;
}
