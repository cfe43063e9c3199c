/**
 * Finds the Glue runs of a holder, or of an execution. Glue cannot search by argument, so this lists the job's runs, newest
 * first, back to when the slot was acquired. One listing serves every holder of an invocation. Behind many newer runs it asks
 * for the run by its id, if anybody knows that; if nobody does, it goes on listing in the next invocations.
 */
import { GetJobRunCommand, GetJobRunsCommand } from "@aws-sdk/client-glue";
import type { GlueClient, JobRun } from "@aws-sdk/client-glue";
import { messageInHolderId } from "../../slots/holder.ts";
import { HOLDER_ARGUMENT, POOL_ARGUMENT } from "../../slots/table.ts";
import type { Search } from "../../slots/table.ts";
import { isTerminal } from "../../slots/completion.ts";
import type { Run } from "../../slots/completion.ts";
import { errorName } from "../lib/errors.ts";

/** Clocks differ: Glue may date a run a little before Step Functions dates the write of its slot. Milliseconds. */
const CLOCK_SLACK = 60_000;

/** GetJobRuns, "MaxResults": 1 to 200. */
const PAGE = 200;

/** Pages after which a run's id is looked for, and used: a thousand runs. */
const NEAR_PAGES = 5;

/** Pages read at most in one invocation: 20,000 runs, which fit into its time. */
const MAX_PAGES = 100;

/** What cannot be known: the job is gone, and its runs with it; or so many runs came since that the search goes on. */
export type Unknown = "job deleted" | "searching";

/** What is known of an execution's runs, for the case that many newer ones hide them. */
export interface Known {
    /** The ids of its runs, as far as anybody knows them: of Glue's retries, the first run's. */
    ids(): Promise<readonly string[]>;
    /** The search of an earlier invocation. */
    readonly search: Search | undefined;
    /** Keeps a search for a later invocation. */
    keep(search: Search): Promise<void>;
    /** Told when a search has to begin again. */
    lost(error: unknown): void;
}

export interface Runs {
    /** The runs of a holder. `since` is when the first of them can have started: milliseconds since 1970. */
    readonly ofHolder: (
        job: string,
        holder: string,
        since: number,
        known: Known,
    ) => Promise<readonly Run[] | Unknown>;
    /** When the runs of a job were listed: milliseconds since 1970. An invocation lists them once, and may take long. */
    readonly listedAt: (job: string) => number;
    /** The runs of a job that have ended, of some holders, as far as they were listed already. */
    readonly ended: (
        job: string,
        fits: (holder: string) => boolean,
    ) => readonly { readonly holder: string; readonly run: Run }[];
    /**
     * The runs that have not ended and name this pool: of a job, at least among so many pages of its newest runs, and of other jobs
     * as far as they were listed already.
     */
    readonly live: (job: string, pool: string, pages: number) => Promise<readonly LiveRun[]>;
}

/** A run that has not ended. */
export interface LiveRun {
    readonly holder: string;
    /** By Glue's clock: milliseconds since 1970. */
    readonly startedOn: number;
}

/** What was listed of one job, from the newest run back. */
interface Listing {
    readonly job: string;
    /** When it was begun, by the reaper's clock: runs that started later may be missing. */
    readonly began: number;
    /** When its newest run started, by Glue's clock. */
    newest: number;
    /** Few of the runs are asked for, so the pages are kept as they came. */
    readonly runs: (readonly JobRun[])[];
    pages: number;
    /** How far back it reaches. */
    reaches: number;
    next: string | undefined;
    isJobDeleted: boolean;
}

export function findRuns(glue: Pick<GlueClient, "send">, now: () => number): Runs {
    const finder = new Finder(glue, now);
    return {
        ofHolder: (job, holder, since, known) =>
            finder.find(job, messageOf(holder), since, known, (run) => holderOf(run) === holder),
        listedAt: (job) => finder.listedAt(job),
        ended: (job, fits) => finder.ended(job, fits),
        live: (job, pool, pages) => finder.live(job, pool, pages),
    };
}

/** The runs of one invocation. */
class Finder {
    private readonly listings = new Map<string, Listing>();
    private readonly glue: Pick<GlueClient, "send">;
    private readonly now: () => number;
    private pages = 0;

    constructor(glue: Pick<GlueClient, "send">, now: () => number) {
        this.glue = glue;
        this.now = now;
    }

    listedAt(job: string): number {
        return this.listings.get(job)?.began ?? this.now();
    }

    ended(job: string, fits: (holder: string) => boolean): { holder: string; run: Run }[] {
        const ended: { holder: string; run: Run }[] = [];
        for (const page of this.listings.get(job)?.runs ?? []) {
            for (const run of page) {
                const holder = holderOf(run);
                if (holder !== undefined && fits(holder) && isTerminal(run.JobRunState ?? ""))
                    ended.push({ holder, run: read(run) });
            }
        }
        return ended;
    }

    async live(job: string, pool: string, pages: number): Promise<LiveRun[]> {
        await this.reach(this.listingOf(job), -Infinity, pages);
        const live: LiveRun[] = [];
        for (const { runs } of this.listings.values()) {
            for (const run of runs.flat()) {
                const holder = holderOf(run);
                if (holder === undefined || run.Arguments?.[POOL_ARGUMENT] !== pool) continue;
                if (!isTerminal(run.JobRunState ?? "")) live.push({ holder, startedOn: startOf(run) });
            }
        }
        return live;
    }

    /** The runs of an execution that fit, back to `since`. */
    async find(
        job: string,
        message: string,
        since: number,
        known: Known,
        fits: (run: JobRun) => boolean,
    ): Promise<readonly Run[] | Unknown> {
        const listing = this.listingOf(job);
        if (await this.reach(listing, since, NEAR_PAGES)) return runsOf(listing, message, fits);
        const ids = await known.ids();
        if (ids.length > 0) return (await this.byIds(job, ids)).map(read);
        const found = await this.search(listing, message, since, known);
        return typeof found === "string" ? found : found.filter(fits).map(read);
    }

    /** All runs of an execution back to `since`, listed by as many invocations as it takes. */
    private async search(
        listing: Listing,
        message: string,
        since: number,
        known: Known,
    ): Promise<readonly JobRun[] | Unknown> {
        let search = searchFrom(known.search, listing.job, since);
        if (search.next !== undefined) {
            const further = await this.goOn(search, message, known);
            if (further === "job deleted") return further;
            search = further;
            // Kept even if it has come to its end: what follows may fail.
            await known.keep(search);
            if (search.next !== undefined) return "searching";
        }
        const isComplete = await this.reach(listing, endOf(search), MAX_PAGES);
        if (listing.isJobDeleted) return "job deleted";
        const own = ofMessage(listing, message);
        const runs = withIds(search.runs, own);
        if (!isComplete) {
            // Without a page there is nothing to go on from: other searches have used up this invocation.
            const { next } = listing;
            if (next !== undefined)
                await known.keep({ ...search, next, began: upToOf(listing, search), runs });
            return "searching";
        }
        await known.keep({ job: search.job, floor: search.floor, upTo: upToOf(listing, search), runs });
        const older = search.runs.filter((id) => own.every(({ Id }) => Id !== id));
        return [...own, ...(await Promise.all(older.map((id) => this.byId(listing.job, id))))];
    }

    /** Lists on where an earlier invocation stopped. A pass that comes to its end covers the time up to when it was begun. */
    private async goOn(search: Search, message: string, known: Known): Promise<Search | "job deleted"> {
        const { next, began, ...rest } = search;
        const newest = Date.parse(began ?? search.floor);
        const pass = { ...emptyListing(search.job, this.now()), newest, next };
        let isComplete: boolean;
        try {
            isComplete = await this.reach(pass, endOf(search), MAX_PAGES);
        } catch (error) {
            // The token has expired. What was found stays true; the listing begins again at the newest run.
            if (errorName(error) !== "InvalidInputException") throw error;
            known.lost(error);
            return rest;
        }
        if (pass.isJobDeleted) return "job deleted";
        const runs = withIds(search.runs, ofMessage(pass, message));
        return isComplete
            ? { ...rest, upTo: upToOf(pass, search), runs }
            : { ...search, next: pass.next, runs };
    }

    private listingOf(job: string): Listing {
        let listing = this.listings.get(job);
        if (!listing) {
            listing = emptyListing(job, this.now());
            this.listings.set(job, listing);
        }
        return listing;
    }

    /** Lists on until it reaches back to `since`; false if that takes too many pages. */
    private async reach(listing: Listing, since: number, most: number): Promise<boolean> {
        while (listing.reaches > since - CLOCK_SLACK) {
            if (listing.pages >= most || this.pages >= MAX_PAGES) return false;
            listing.pages++;
            this.pages++;
            await readOn(this.glue, listing);
        }
        return true;
    }

    /** Runs by their ids, and the retries that Glue itself made of them: `<id>_attempt_<n>`. */
    private async byIds(job: string, ids: readonly string[]): Promise<JobRun[]> {
        const runs: JobRun[] = [];
        for (const id of ids) {
            runs.push(await this.byId(job, id));
            for (let attempt = 1; ; attempt++) {
                try {
                    runs.push(await this.byId(job, `${id}_attempt_${attempt}`));
                } catch (error) {
                    if (errorName(error) !== "EntityNotFoundException") throw error;
                    break;
                }
            }
        }
        return runs;
    }

    private async byId(JobName: string, RunId: string): Promise<JobRun> {
        const { JobRun } = await this.glue.send(new GetJobRunCommand({ JobName, RunId }));
        return JobRun ?? { Id: RunId };
    }
}

function emptyListing(job: string, began: number): Listing {
    return {
        ...{ job, began, runs: [], pages: 0 },
        ...{ newest: -Infinity, reaches: Infinity, next: undefined, isJobDeleted: false },
    };
}

/** The search of an earlier invocation, if it looks for the same job's runs as far back; else a new one. */
function searchFrom(before: Search | undefined, job: string, since: number): Search {
    if (before?.job === job && Date.parse(before.floor) <= since) return before;
    return { job, floor: iso(since), runs: [] };
}

/** Up to when a pass has seen every run, by Glue's clock alone: the reaper's may be ahead of it. A list without runs shows nothing. */
function upToOf({ newest }: Listing, { floor }: Search): string {
    return newest === -Infinity ? floor : iso(newest);
}

/** How far back a pass of a search must list: to where an earlier pass began. */
function endOf({ upTo, floor }: Search): number {
    return Date.parse(upTo ?? floor);
}

function withIds(ids: readonly string[], runs: readonly JobRun[]): string[] {
    return [...new Set([...ids, ...runs.map(({ Id = "" }) => Id)])];
}

/** The runs of a message. Nearly always one is asked for, and looking through them all takes less than an index. */
function ofMessage({ runs }: Listing, message: string): readonly JobRun[] {
    const found: JobRun[] = [];
    for (const page of runs) {
        for (const run of page) {
            const holder = holderOf(run);
            if (holder?.startsWith(message) === true && messageOf(holder) === message) found.push(run);
        }
    }
    return found;
}

function runsOf(listing: Listing, message: string, fits: (run: JobRun) => boolean): readonly Run[] | Unknown {
    if (listing.isJobDeleted) return "job deleted";
    return ofMessage(listing, message).filter(fits).map(read);
}

function iso(millis: number): string {
    return new Date(millis).toISOString();
}

async function readOn(glue: Pick<GlueClient, "send">, listing: Listing): Promise<void> {
    const page = await listRuns(glue, listing.job, listing.next);
    if (page === "job deleted") {
        listing.isJobDeleted = true;
        listing.reaches = -Infinity;
        return;
    }
    const { JobRuns = [] } = page;
    listing.runs.push(JobRuns);
    let newest = -Infinity;
    for (const run of JobRuns) newest = Math.max(newest, run.StartedOn?.getTime() ?? Infinity);
    listing.newest = Math.max(listing.newest, newest === Infinity ? -Infinity : newest);
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
): Promise<{ JobRuns?: JobRun[] | undefined; NextToken?: string | undefined } | "job deleted"> {
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

function messageOf(holder: string): string {
    return messageInHolderId(holder) ?? holder;
}

function startOf(run: JobRun): number {
    return run.StartedOn?.getTime() ?? 0;
}

function read(run: JobRun): Run {
    const state = run.JobRunState ?? "";
    // Glue does not promise CompletedOn; the last change of an ended run is its end, or close to it.
    const ended = isTerminal(state) ? (run.CompletedOn ?? run.LastModifiedOn ?? run.StartedOn) : undefined;
    return {
        id: run.Id ?? "",
        state,
        startedOn: startOf(run),
        ...(ended && { completedOn: ended.getTime() }),
        ...(run.LastModifiedOn && { changedOn: run.LastModifiedOn.getTime() }),
        ...(run.ErrorMessage !== undefined && { error: run.ErrorMessage }),
    };
}
