/**
 * Glue has a clock of its own: what it says of when a run started, ended and changed is off by as much as the scenario says, all the
 * time. Nobody promises that two services of AWS agree about the time.
 */
import type { FaultsContext } from "./calls.ts";

type Run = Readonly<Record<string, unknown>>;

const DATES = ["StartedOn", "CompletedOn", "LastModifiedOn"];

export function setGlueClock({ world, callers, scenario, journal }: FaultsContext): void {
    const { glueClock = 0 } = scenario;
    if (glueClock === 0) return;
    const moved = (run: Run): Run => {
        const dates = DATES.filter((name) => run[name] instanceof Date);
        const own = dates.map((name) => [name, new Date((run[name] as Date).getTime() + glueClock)]);
        return { ...run, ...Object.fromEntries(own) } as Run;
    };
    world.intercept((call, next) => {
        const answer = next() as { readonly JobRun?: Run; readonly JobRuns?: readonly Run[] };
        if (callers.of(call) === undefined) return answer;
        if (call.operation !== "GetJobRun" && call.operation !== "GetJobRuns") return answer;
        journal.count("fault glueClock");
        const { JobRun, JobRuns } = answer;
        return {
            ...answer,
            ...(JobRun && { JobRun: moved(JobRun) }),
            ...(JobRuns && { JobRuns: JobRuns.map(moved) }),
        };
    }, "glue");
}
