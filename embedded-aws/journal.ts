/**
 * What an account needs to be brought back after its process has ended: the calls that came from outside, each with its place
 * among the events. All else follows from the programs and the seed, so it happens again by itself.
 */
import { createHash } from "node:crypto";
import type { Past } from "./clock.ts";
import { ReplayError } from "./clock.ts";
import type { Caller, ServiceName, World } from "./service.ts";
import type { Call } from "./world.ts";

/** A call that was made, and what came of it. */
export interface PastCall {
    /** When: milliseconds since 1970. */
    readonly time: number;
    /** How many events of the world's own had run by then. */
    readonly after: number;
    readonly service: ServiceName;
    readonly operation: string;
    readonly input: unknown;
    /** The header `X-Amzn-Trace-Id` of the request. */
    readonly trace?: string | undefined;
    /** A digest of the answer, or of the error. Undefined for an answer that came later than its call. */
    readonly answer?: string | undefined;
}

export interface CallJournal {
    /** Keeps a call. Resolves when a crash cannot lose it any more. */
    keep(call: PastCall): Promise<void>;
    /** Notes that a call at this time changed nothing and is about to be answered. */
    looked(time: number): void;
}

/** Makes a call, and keeps it. Rejects with the error of the call, or of the journal: then nobody is to get an answer. */
export async function kept(world: World, call: Call, journal: CallJournal): Promise<unknown> {
    const { service, operation, input, caller } = call;
    const { clock } = world;
    const before = { time: clock.now(), after: clock.handled, ...traces(world) };
    const made = make(world, call);
    const { drawn, scheduled } = traces(world);
    if (isLook(operation) && drawn === before.drawn && scheduled === before.scheduled) {
        journal.looked(before.time);
    } else {
        const { time, after } = before;
        const answer = digestOf(made);
        await journal.keep({ time, after, service, operation, input, trace: caller.traceHeader, answer });
    }
    if ("error" in made) throw made.error;
    return made.output;
}

/** What `Clock.replay` takes to make a call again. If it is answered otherwise than then, that is a `ReplayError`. */
export function replayed(world: World, call: PastCall, caller: Caller): Past {
    const { time, after, service, operation, input, trace, answer } = call;
    const task = (): void => {
        const traced = trace === undefined ? caller : { ...caller, traceHeader: trace };
        const made = make(world, { service, operation, input, caller: traced });
        if (digestOf(made) === answer) return;
        const when = new Date(time).toISOString();
        throw new ReplayError(`${service}:${operation} at ${when} is answered otherwise now`);
    };
    return { time, after, task };
}

type Made = { readonly output: unknown } | { readonly error: unknown };

function make(world: World, { service, operation, input, caller }: Call): Made {
    try {
        return { output: world.call(service, operation, input, caller) };
    } catch (error) {
        return { error };
    }
}

function traces({ clock, random }: World): { readonly drawn: number; readonly scheduled: number } {
    return { drawn: random.place, scheduled: clock.scheduled };
}

/** Whether an operation, by its name, only looks. GetActivityTask takes a task, for example. */
function isLook(operation: string): boolean {
    return (
        /^(BatchGet|Describe|Filter|Get|Head|List|Lookup|Query|Scan)/.test(operation) &&
        !/Task$/.test(operation)
    );
}

function digestOf(made: Made): string | undefined {
    if ("output" in made && made.output instanceof Promise) return undefined;
    const text = "error" in made ? `! ${(made.error as Error).name}` : (JSON.stringify(made.output) ?? "");
    return createHash("sha256").update(text).digest("hex").slice(0, 16);
}
