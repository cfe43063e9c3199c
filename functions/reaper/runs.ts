/**
 * Finds the Glue runs of a holder, or of an execution. Glue cannot search by argument, so this lists the job's runs, newest
 * first, back to when the slot was acquired. One listing serves every holder of an invocation.
 */
import { GetJobRunCommand, GetJobRunsCommand } from "@aws-sdk/client-glue";
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

/** The job is gone: what became of its runs cannot be seen. */
type JobDeleted = "job deleted";

export interface Runs {
    /**
     * The runs of a holder. `since` is when the first of them can have started: milliseconds since 1970. A job with too many
     * runs since then is not listed: `submitted` then tells the run's id, if anybody knows it.
     */
    readonly ofHolder: (
        job: string,
        holder: string,
        since: number,
        submitted: () => Promise<string | undefined>,
    ) => Promise<readonly Run[] | JobDeleted>;
    /** The runs of an execution. Leaves out runs of attempts before `since`: they tell nothing of a start in flight. */
    readonly ofExecution: (
        job: string,
        execution: string,
        since: number,
        submitted: () => Promise<string | undefined>,
    ) => Promise<readonly Run[] | JobDeleted>;
}

/** What was listed of one job. Few of the runs are asked for, so they are kept as they came. */
interface Listing {
    readonly runs: JobRun[];
    readonly byHolder: Map<string, JobRun[]>;
    pages: number;
    /** How far back it reaches. */
    reaches: number;
    next: string | undefined;
    isJobDeleted: boolean;
}

export function findRuns(glue: Pick<GlueClient, "send">): Runs {
    const listings = new Map<string, Listing>();
    /** The listing, as far back as `since`; undefined if the job has had too many runs since. */
    const reachingBackTo = async (job: string, since: number): Promise<Listing | undefined> => {
        let listing = listings.get(job);
        if (!listing) {
            listing = {
                runs: [],
                byHolder: new Map(),
                pages: 0,
                reaches: Infinity,
                next: undefined,
                isJobDeleted: false,
            };
            listings.set(job, listing);
        }
        while (listing.reaches > since - CLOCK_SLACK) {
            if (listing.pages >= MAX_PAGES) return undefined;
            listing.pages++;
            await readOn(glue, job, listing);
        }
        return listing;
    };
    const known = async (
        job: string,
        since: number,
        submitted: () => Promise<string | undefined>,
    ): Promise<readonly Run[]> => {
        const id = await submitted();
        if (id !== undefined) return runAndRetries(glue, job, id);
        const from = new Date(since).toISOString();
        throw new Error(
            `Glue job ${job} has had more than ${MAX_PAGES * PAGE} runs since ${from}, and the run's id is not known: its runs cannot be listed.`,
        );
    };
    return {
        ofHolder: async (job, holder, since, submitted) => {
            const listing = await reachingBackTo(job, since);
            if (!listing) return known(job, since, submitted);
            if (listing.isJobDeleted) return "job deleted";
            return (listing.byHolder.get(holder) ?? []).map(read);
        },
        ofExecution: async (job, execution, since, submitted) => {
            const listing = await reachingBackTo(job, since);
            if (!listing) return known(job, since, submitted);
            if (listing.isJobDeleted) return "job deleted";
            return listing.runs
                .filter((run) => holderOf(run)?.startsWith(`${execution}/`))
                .map(read)
                .filter((run) => run.startedOn >= since - ATTEMPT_SLACK);
        },
    };
}

/** A run by its id, and the retries that Glue itself made of it: `<id>_attempt_<n>`. */
async function runAndRetries(glue: Pick<GlueClient, "send">, job: string, id: string): Promise<Run[]> {
    const runs: Run[] = [];
    for (let attempt = 0; ; attempt++) {
        try {
            const RunId = attempt === 0 ? id : `${id}_attempt_${attempt}`;
            const { JobRun } = await glue.send(new GetJobRunCommand({ JobName: job, RunId }));
            if (JobRun) runs.push(read(JobRun));
        } catch (error) {
            if (errorName(error) !== "EntityNotFoundException" || attempt === 0) throw error;
            return runs;
        }
    }
}

async function readOn(glue: Pick<GlueClient, "send">, job: string, listing: Listing): Promise<void> {
    const page = await listRuns(glue, job, listing.next);
    if (page === "job deleted") {
        listing.isJobDeleted = true;
        listing.reaches = -Infinity;
        return;
    }
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

/** A page of a job's runs. */
async function listRuns(
    glue: Pick<GlueClient, "send">,
    job: string,
    next: string | undefined,
): Promise<{ JobRuns?: JobRun[] | undefined; NextToken?: string | undefined } | JobDeleted> {
    try {
        const input = { JobName: job, MaxResults: PAGE, ...(next !== undefined && { NextToken: next }) };
        return await glue.send(new GetJobRunsCommand(input));
    } catch (error) {
        if (errorName(error) === "EntityNotFoundException") return "job deleted";
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
        ...(run.LastModifiedOn && { changedOn: run.LastModifiedOn.getTime() }),
        ...(run.ErrorMessage !== undefined && { error: run.ErrorMessage }),
    };
}
