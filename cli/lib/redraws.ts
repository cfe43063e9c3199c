/** Whether text on a stream can be written over. */
import type { Output, Surroundings } from "./surroundings.ts";

/** On a terminal that is not dumb. */
export function redraws({ isTTY }: Pick<Output, "isTTY">, env: Surroundings["env"]): boolean {
    return isTTY === true && env["TERM"] !== "dumb";
}
