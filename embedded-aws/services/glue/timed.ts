/** The simplest thing that a run can do: take its time. */
import type { Clock } from "../../clock.ts";
import type { GlueRun, JobBehavior, RunEnd } from "./run.ts";

const SUCCEEDED: RunEnd = { state: "SUCCEEDED" };

/** Runs take what `duration` says, in milliseconds, and end as `end` says: by default well. */
export function timedRuns(
    clock: Clock,
    duration: (run: GlueRun) => number,
    end: (run: GlueRun) => RunEnd = () => SUCCEEDED,
): JobBehavior {
    return {
        start: (run, finish) => {
            const timer = clock.after(duration(run), () => finish(end(run)));
            return () => clock.cancel(timer);
        },
    };
}
