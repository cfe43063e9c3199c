/**
 * Finds the Glue runs of a holder, or of an execution. Glue cannot be asked by argument, so the job's runs are listed, newest first, back
 * to when the slot was taken; one listing serves every holder of an invocation.
 */
import { GetJobRunsCommand } from "@aws-sdk/client-glue";
import type { GlueClient, JobRun } from "@aws-sdk/client-glue";
import { parseHolderId } from "../../slots/holder.ts";
import { HOLDER_ARGUMENT } from "../../slots/table.ts";
import type { Run } from "../../slots/over.ts";

/** Clocks differ, and a run may be dated a little before the write of its slot: milliseconds. */
const CLOCK_SLACK = 60_000;

/** GetJobRuns, "MaxResults": 1 to 200. */
const PAGE = 200;

/** The runs of `job` that carry an id, started at `since` (milliseconds since 1970) or later. */
export type FindRuns = (job: string, id: string, since: number) => Promise<readonly Run[]>;

export interface Runs {
    /** By holder id. */
    readonly ofHolder: FindRuns;
    /** By the name of the execution: all its attempts. */
    readonly ofExecution: FindRuns;
}

interface Listing {
    readonly byHolder: Map<string, Run[]>;
    readonly byExecution: Map<string, Run[]>;
    /** How far back it reaches. */
    reaches: number;
    next: string | undefined;
}

export function findRuns(glue: Pick<GlueClient, "send">): Runs {
    const listings = new Map<string, Listing>();
    const reachingBackTo = async (job: string, since: number): Promise<Listing> => {
        let listing = listings.get(job);
        if (!listing) {
            listing = { byHolder: new Map(), byExecution: new Map(), reaches: Infinity, next: undefined };
            listings.set(job, listing);
        }
        while (listing.reaches > since - CLOCK_SLACK) await readOn(glue, job, listing);
        return listing;
    };
    return {
        ofHolder: async (job, id, since) => (await reachingBackTo(job, since)).byHolder.get(id) ?? [],
        ofExecution: async (job, id, since) => (await reachingBackTo(job, since)).byExecution.get(id) ?? [],
    };
}

async function readOn(glue: Pick<GlueClient, "send">, job: string, listing: Listing): Promise<void> {
    const page = await glue.send(
        new GetJobRunsCommand({
            JobName: job,
            MaxResults: PAGE,
            ...(listing.next !== undefined && { NextToken: listing.next }),
        }),
    );
    let newest = -Infinity;
    for (const run of page.JobRuns ?? []) {
        newest = Math.max(newest, run.StartedOn?.getTime() ?? Infinity);
        const holder = run.Arguments?.[HOLDER_ARGUMENT];
        if (holder === undefined) continue;
        add(listing.byHolder, holder, read(run));
        add(listing.byExecution, parseHolderId(holder)?.execution ?? "", read(run));
    }
    listing.next = page.NextToken;
    listing.reaches = page.NextToken === undefined ? -Infinity : Math.min(listing.reaches, newest);
}

function add(index: Map<string, Run[]>, id: string, run: Run): void {
    const runs = index.get(id);
    if (runs) runs.push(run);
    else index.set(id, [run]);
}

function read(run: JobRun): Run {
    return {
        id: run.Id ?? "",
        state: run.JobRunState ?? "",
        startedOn: run.StartedOn?.getTime() ?? 0,
        ...(run.CompletedOn && { completedOn: run.CompletedOn.getTime() }),
        ...(run.ErrorMessage !== undefined && { error: run.ErrorMessage }),
    };
}
