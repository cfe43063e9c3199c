/**
 * Finds the Glue runs of a holder, or of an execution. Glue cannot be asked by argument, so the job's runs are listed,
 * newest first, back to when the slot was taken; one listing serves every holder of an invocation.
 */
import { GetJobRunsCommand } from "@aws-sdk/client-glue";
import type { GlueClient, JobRun } from "@aws-sdk/client-glue";
import { HOLDER_ARGUMENT } from "../../slots/table.ts";
import { isTerminal } from "../../slots/completion.ts";
import type { Run } from "../../slots/completion.ts";
import { errorName } from "../lib/platform.ts";

/** Clocks differ, and a run may be dated a little before the write of its slot: milliseconds. */
const CLOCK_SLACK = 60_000;

/** How far Glue's clock may be behind when runs of one attempt are told from those of the one before: milliseconds. */
const ATTEMPT_SLACK = 2000;

/** GetJobRuns, "MaxResults": 1 to 200. */
const PAGE = 200;

/** Pages read at most in one invocation: 20,000 runs, which fit into its time. */
const MAX_PAGES = 100;

/** The runs of `job` that carry an id; `since` is when the first of them can have been started: milliseconds since 1970. */
export type FindRuns = (job: string, id: string, since: number) => Promise<readonly Run[]>;

export interface Runs {
    /** By holder id. */
    readonly ofHolder: FindRuns;
    /** By the name of the execution; no run of an attempt before `since`, which says nothing of a start still on its way. */
    readonly ofExecution: FindRuns;
}

/** What was listed of one job. Most of it is nobody's question, so it is kept as it came. */
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
    // A page may be empty and still have more behind it: it says nothing of how far back it reaches.
    else if (newest > -Infinity) listing.reaches = Math.min(listing.reaches, newest);
}

/** A page of a job's runs; none if the job has been deleted, because then nothing of it runs on a slot of ours. */
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
