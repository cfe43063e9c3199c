/**
 * Finds the Glue runs of a holder, or of an execution. Glue cannot search by argument, so this lists the job's runs, newest
 * first, back to when the slot was acquired. One listing serves every holder of an invocation.
 */
import { GetJobRunsCommand } from "@aws-sdk/client-glue";
import type { GlueClient, JobRun } from "@aws-sdk/client-glue";
import { HOLDER_ARGUMENT } from "../../slots/table.ts";
import { isTerminal } from "../../slots/completion.ts";
import type { Run } from "../../slots/completion.ts";
import { errorName } from "../lib/errors.ts";

/** Clocks differ: a run may be dated a little before the write of its slot. Milliseconds. */
const CLOCK_SLACK = 60_000;

/** How far Glue's clock may be behind when the runs of one attempt are separated from those of the one before. Milliseconds. */
const ATTEMPT_SLACK = 2000;

/** GetJobRuns, "MaxResults": 1 to 200. */
const PAGE = 200;

/** Pages read at most in one invocation: 20,000 runs, which fit into its time. */
const MAX_PAGES = 100;

/** The runs of `job` that carry an id. The first can have started at `since`, in milliseconds since 1970. */
export type FindRuns = (job: string, id: string, since: number) => Promise<readonly Run[]>;

export interface Runs {
    /** By holder id. */
    readonly ofHolder: FindRuns;
    /** By the name of the execution. Leaves out runs of attempts before `since`: they tell nothing of a start in flight. */
    readonly ofExecution: FindRuns;
}

/** What was listed of one job. Few of the runs are asked for, so they are kept as they came. */
interface Listing {
    readonly runs: JobRun[];
    readonly byHolder: Map<string, JobRun[]>;
    pages: number;
    /** How far back it reaches. */
    reaches: number;
    next: string | undefined;
}

export function findRuns(glue: Pick<GlueClient, "send">): Runs {
    const listings = new Map<string, Listing>();
    const reachingBackTo = async (job: string, since: number): Promise<Listing> => {
        let listing = listings.get(job);
        if (!listing) {
            listing = { runs: [], byHolder: new Map(), pages: 0, reaches: Infinity, next: undefined };
            listings.set(job, listing);
        }
        while (listing.reaches > since - CLOCK_SLACK) {
            if (listing.pages++ >= MAX_PAGES) {
                const from = new Date(since).toISOString();
                throw new Error(`Glue job ${job} has had too many runs since ${from} to list them.`);
            }
            await readOn(glue, job, listing);
        }
        return listing;
    };
    return {
        ofHolder: async (job, id, since) =>
            ((await reachingBackTo(job, since)).byHolder.get(id) ?? []).map(read),
        ofExecution: async (job, id, since) =>
            (await reachingBackTo(job, since)).runs
                .filter((run) => holderOf(run)?.startsWith(`${id}/`))
                .map(read)
                .filter((run) => run.startedOn >= since - ATTEMPT_SLACK),
    };
}

async function readOn(glue: Pick<GlueClient, "send">, job: string, listing: Listing): Promise<void> {
    const page = await listRuns(glue, job, listing.next);
    let newest = -Infinity;
    for (const run of page.JobRuns ?? []) {
        newest = Math.max(newest, run.StartedOn?.getTime() ?? Infinity);
        const holder = holderOf(run);
        if (holder === undefined) continue;
        listing.runs.push(run);
        const others = listing.byHolder.get(holder);
        if (others) others.push(run);
        else listing.byHolder.set(holder, [run]);
    }
    listing.next = page.NextToken;
    if (page.NextToken === undefined) listing.reaches = -Infinity;
    // A page may be empty with more behind it: then it does not show how far back it reaches.
    else if (newest > -Infinity) listing.reaches = Math.min(listing.reaches, newest);
}

/** A page of a job's runs. A deleted job has none: nothing of it runs on a slot. */
async function listRuns(
    glue: Pick<GlueClient, "send">,
    job: string,
    next: string | undefined,
): Promise<{ JobRuns?: JobRun[] | undefined; NextToken?: string | undefined }> {
    try {
        const input = { JobName: job, MaxResults: PAGE, ...(next !== undefined && { NextToken: next }) };
        return await glue.send(new GetJobRunsCommand(input));
    } catch (error) {
        if (errorName(error) === "EntityNotFoundException") return {};
        throw error;
    }
}

function holderOf(run: JobRun): string | undefined {
    return run.Arguments?.[HOLDER_ARGUMENT];
}

function read(run: JobRun): Run {
    const state = run.JobRunState ?? "";
    // Glue does not promise CompletedOn; the last change of an ended run is its end, or close to it.
    const ended = isTerminal(state) ? (run.CompletedOn ?? run.LastModifiedOn ?? run.StartedOn) : undefined;
    return {
        id: run.Id ?? "",
        state,
        startedOn: run.StartedOn?.getTime() ?? 0,
        ...(ended && { completedOn: ended.getTime() }),
        ...(run.ErrorMessage !== undefined && { error: run.ErrorMessage }),
    };
}
