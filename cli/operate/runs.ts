/** What Glue knows of the job's latest runs: those of the holders, and how long runs take. */
import { GetJobRunsCommand } from "@aws-sdk/client-glue";
import type { JobRun } from "@aws-sdk/client-glue";
import { isTerminal } from "../../slots/completion.ts";
import { HOLDER_ARGUMENT } from "../../slots/table.ts";
import type { Aws } from "./aws.ts";

/** A run of the job. */
export interface RunView {
    readonly id: string;
    readonly holder: string | undefined;
    /** Glue's JobRunState. */
    readonly state: string;
    /** Milliseconds since 1970. */
    readonly startedOn: number;
    readonly completedOn?: number;
    readonly error?: string;
}

/** GetJobRuns, "MaxResults": 1 to 200. */
const PAGE = 200;

/** More pages are not worth their wait: what a command then does not know, it leaves out. */
const MAX_PAGES = 5;

/** So many runs show how long the next one takes. */
const SAMPLE = 50;

/** The latest runs of a job, the newest first, as far back as `since` (milliseconds since 1970) if a few pages reach it. */
export async function latestRuns(aws: Aws, job: string, since = Infinity): Promise<RunView[]> {
    const runs: RunView[] = [];
    let NextToken: string | undefined;
    for (let page = 0; page < MAX_PAGES; page++) {
        const input = { JobName: job, MaxResults: PAGE, ...(NextToken !== undefined && { NextToken }) };
        const answer = await aws.glue.send(new GetJobRunsCommand(input));
        runs.push(...(answer.JobRuns ?? []).map(read));
        NextToken = answer.NextToken;
        const oldest = runs.at(-1)?.startedOn ?? Infinity;
        if (NextToken === undefined || oldest < since) break;
    }
    return runs;
}

/** How long the latest runs that succeeded took, in seconds, the shortest first. */
export function usualSeconds(runs: readonly RunView[]): number[] {
    return runs
        .filter(({ state, completedOn }) => state === "SUCCEEDED" && completedOn !== undefined)
        .slice(0, SAMPLE)
        .map(({ startedOn, completedOn = 0 }) => Math.max(0, (completedOn - startedOn) / 1000))
        .sort((one, other) => one - other);
}

/** The value below which this share of sorted values is; undefined without enough of them to tell. */
export function quantile(sorted: readonly number[], share: number): number | undefined {
    if (sorted.length < MIN_SAMPLE) return undefined;
    return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))];
}

const MIN_SAMPLE = 5;

function read(run: JobRun): RunView {
    const state = run.JobRunState ?? "";
    const ended = isTerminal(state) ? (run.CompletedOn ?? run.LastModifiedOn) : undefined;
    return {
        id: run.Id ?? "",
        holder: run.Arguments?.[HOLDER_ARGUMENT],
        state,
        startedOn: run.StartedOn?.getTime() ?? 0,
        ...(ended && { completedOn: ended.getTime() }),
        ...(run.ErrorMessage !== undefined && { error: run.ErrorMessage }),
    };
}
