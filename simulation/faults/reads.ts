/**
 * Reads that lag behind: what Glue and Step Functions show is some seconds old. Both are eventually consistent (Step
 * Functions API reference, "DescribeExecution", "ListExecutions", "GetExecutionHistory"; Glue promises nothing).
 */
import { AwsError, StepFunctionsService } from "../../embedded-aws/index.ts";
import type { Call, ExecutionSummary } from "../../embedded-aws/index.ts";
import type { FaultsContext } from "./calls.ts";

interface Run {
    readonly StartedOn: Date;
    readonly CompletedOn?: Date;
    readonly JobRunState: string;
}

interface Described {
    readonly executionArn: string;
    readonly status: string;
    readonly startDate: Date;
    readonly stopDate?: Date;
    readonly redriveDate?: Date;
    readonly redriveCount?: number;
}

export function injectLag(context: FaultsContext): void {
    const { world, callers, scenario, journal } = context;
    const { glue, executions, histories = 0 } = scenario.lag;
    if (glue === 0 && executions === 0 && histories === 0) return;
    const endings = new Map<string, ExecutionSummary>();
    world.service(StepFunctionsService).onEnd((execution) => endings.set(execution.arn, execution));
    world.intercept((call, next) => {
        const answer = next();
        if (journal.elapsed >= scenario.calmFrom || callers.of(call) === undefined) return answer;
        const now = world.clock.now();
        const lag = executions + (call.operation === "GetExecutionHistory" ? histories : 0);
        const old = aged(call, answer, now - glue, now - lag, endings);
        if (old !== answer) journal.count(`fault stale ${call.operation}`);
        return old;
    });
}

/** The answer as it was at a moment before. The very same object, if nothing has changed since. */
function aged(
    { operation }: Call,
    answer: unknown,
    glue: number,
    executions: number,
    endings: ReadonlyMap<string, ExecutionSummary>,
): unknown {
    switch (operation) {
        case "GetJobRun": {
            const { JobRun } = answer as { JobRun: Run };
            if (JobRun.StartedOn.getTime() > glue)
                throw new AwsError("EntityNotFoundException", "Job Run not found.");
            return wasRunning(JobRun, glue) ? { ...(answer as object), JobRun: running(JobRun) } : answer;
        }
        case "GetJobRuns": {
            const { JobRuns } = answer as { JobRuns: readonly Run[] };
            if (!JobRuns.some((run) => run.StartedOn.getTime() > glue || wasRunning(run, glue)))
                return answer;
            const before = JobRuns.filter((run) => run.StartedOn.getTime() <= glue);
            return {
                ...(answer as object),
                JobRuns: before.map((run) => (wasRunning(run, glue) ? running(run) : run)),
            };
        }
        case "DescribeExecution":
            return agedExecution(answer as Described, executions, endings);
        case "ListExecutions": {
            const { executions: listed } = answer as { executions: readonly Described[] };
            const before = listed.filter(
                ({ startDate, stopDate }) =>
                    startDate.getTime() <= executions && (stopDate?.getTime() ?? 0) <= executions,
            );
            return before.length === listed.length ? answer : { ...(answer as object), executions: before };
        }
        case "GetExecutionHistory": {
            const { events } = answer as { events: readonly { readonly timestamp: Date }[] };
            const before = events.filter(({ timestamp }) => timestamp.getTime() <= executions);
            return before.length === events.length ? answer : { ...(answer as object), events: before };
        }
        default:
            return answer;
    }
}

function agedExecution(
    execution: Described,
    at: number,
    endings: ReadonlyMap<string, ExecutionSummary>,
): Described {
    if (execution.startDate.getTime() > at)
        throw new AwsError("ExecutionDoesNotExist", `Execution Does Not Exist: '${execution.executionArn}'`);
    if (execution.redriveDate && execution.redriveDate.getTime() > at) {
        const before = endings.get(execution.executionArn);
        if (!before) return execution;
        const { redriveDate: _, ...rest } = execution;
        return {
            ...rest,
            status: before.status,
            stopDate: new Date(before.stopTime ?? 0),
            redriveCount: (execution.redriveCount ?? 1) - 1,
        };
    }
    if (!execution.stopDate || execution.stopDate.getTime() <= at) return execution;
    const { stopDate: _, ...rest } = execution;
    return { ...rest, status: "RUNNING" };
}

function wasRunning({ CompletedOn }: Run, at: number): boolean {
    return CompletedOn !== undefined && CompletedOn.getTime() > at;
}

function running(run: Run): Run {
    const { CompletedOn: _, ...rest } = run;
    return { ...rest, JobRunState: "RUNNING" };
}
