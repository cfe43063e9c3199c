/** Runs that take some time and then end. */
import type { Clock } from "../../clock.ts";
import type { GlueRun, JobBehavior, RunEnd } from "./run.ts";

const SUCCEEDED: RunEnd = { state: "SUCCEEDED" };

/** Runs that take `duration` milliseconds and end as `end` says. @default each run succeeds */
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
