/** The messages of a run, and how their jobs behave. */
import type { EmbeddedWorld, GlueRun, JobBehavior, RunEnd } from "../embedded-aws/index.ts";
import { parseHolderId } from "../slots/holder.ts";
import { HOLDER_ARGUMENT } from "../slots/table.ts";
import type { Work } from "./scenario.ts";

/** The most attempts of any configuration: a deployment may change the number under a message. */
export const MAX_ATTEMPTS = 3;

/** Glue's words for a run that it accepted and could not place. */
const NO_CAPACITY = "Exceeded maximum concurrent capacity for your account";

/** The body of a message; one that is bad keeps its number, so its letter is known. */
export function bodyOf(work: Work, number: number): string {
    const body = { arguments: { "--number": String(number) }, priority: work.priority };
    const text = JSON.stringify(body);
    return work.isBad ? `${text.slice(0, -1)},` : text;
}

/** The id of the message that a run works on; empty for a run from outside. */
export function messageOf(run: GlueRun): string {
    return parseHolderId(run.arguments[HOLDER_ARGUMENT] ?? "")?.message ?? "";
}

/** Runs behave as their messages say: the first fail, the next lack capacity, the others succeed. */
export function behaviorOf(world: EmbeddedWorld, works: readonly Work[]): JobBehavior {
    const runs = new Map<string, number>();
    return {
        start: (run, finish) => {
            const work = works[Number(run.arguments["--number"])];
            if (!work) throw new Error(`A run of an unknown message: ${JSON.stringify(run.arguments)}`);
            const message = messageOf(run);
            const nth = (runs.get(message) ?? 0) + 1;
            runs.set(message, nth);
            const timer = world.clock.after(work.millis, () => finish(endOf(work, nth, run)));
            return () => world.clock.cancel(timer);
        },
    };
}

function endOf(work: Work, nth: number, run: GlueRun): RunEnd {
    if (nth <= work.capacityFails) return { state: "FAILED", errorMessage: NO_CAPACITY };
    if (nth <= work.capacityFails + work.fails)
        return { state: "FAILED", errorMessage: `the job says "no" in ${run.id.slice(0, 8)}` };
    return { state: "SUCCEEDED" };
}
