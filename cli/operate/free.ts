/**
 * `turnstile free`: takes a holder out of the gate whose work is provably over, as the reaper does. Otherwise it says what
 * still runs. `--force` stands in for a proof that cannot be had, and never for one that says that the work goes on.
 */
import { free as freeSlot, endTurn, prove } from "../../functions/reaper/free-slots.ts";
import type { Proof } from "../../functions/reaper/free-slots.ts";
import type { Reaper, Suspect } from "../../functions/reaper/invocation.ts";
import { isTerminal, NO_RUN } from "../../slots/completion.ts";
import type { End } from "../../slots/completion.ts";
import { parseHolderId } from "../../slots/holder.ts";
import type { Slot } from "../../slots/table.ts";
import { CommandError } from "../lib/command-error.ts";
import { EXIT } from "../lib/exit-codes.ts";
import { duration } from "../lib/format.ts";
import { confirmed, confirmedByTyping, declined } from "./confirm.ts";
import type { ChangeOptions } from "./confirm.ts";
import { messageIdOf, shortId } from "./ids.ts";
import { readPool } from "./pool.ts";
import { eyesOn, handsOn } from "./reaper.ts";
import { print, say } from "./session.ts";
import type { Session } from "./session.ts";
import { isoTime } from "./when.ts";

export interface FreeOptions extends ChangeOptions {
    /** Whether a person vouches for what nothing can prove. */
    readonly force?: boolean;
}

/** A slot, and what is known of its holder's work. */
interface Held {
    readonly holder: string;
    readonly slot: Slot;
    readonly now: number;
    readonly proof: Proof;
}

/** How the work of a holder ended of which nothing is known: it tells the breaker nothing. */
const UNKNOWN_END: End = { state: "NONE", run: NO_RUN, error: "freed by hand", completedOn: 0 };

export async function free(session: Session, text: string, options: FreeOptions): Promise<number> {
    const pool = await readPool(session);
    const [holder, slot] = holderThatBegins(pool.gate?.holders ?? {}, text);
    const reaper = eyesOn(session);
    const suspect = { pool: session.operator.pool, holder };
    const held = { holder, slot, now: pool.now, proof: await prove(reaper, suspect) };
    const refusal = await whyNot(reaper, session, held, options);
    if (refusal !== undefined) {
        print(session, "free", toJson(held, { changed: false }), refusal.join("\n"));
        return EXIT.declined;
    }
    const preview = previewOf(held);
    if (options.dryRun === true) {
        const effect = { effect: preview, changed: false };
        print(session, "free", toJson(held, effect), [...preview, "Nothing was changed."].join("\n"));
        return EXIT.done;
    }
    say(session, ...preview);
    if (!(await isWanted(session, held, options))) return declined(session);
    const changed = await takeOut(handsOn(session), suspect, held);
    const outcome = changed
        ? "The slot is free."
        : "The slot was free already: somebody else was faster. Nothing was changed.";
    print(session, "free", toJson(held, { effect: preview, changed }), outcome);
    return EXIT.done;
}

/** The one holder whose id begins so. */
function holderThatBegins(
    holders: Readonly<Record<string, Slot>>,
    text: string,
): readonly [holder: string, slot: Slot] {
    const found = Object.entries(holders).filter(([holder]) => holder === text || holder.startsWith(text));
    const [first] = found.filter(([holder]) => holder === text).concat(found);
    if (first && (found.length === 1 || first[0] === text)) return first;
    const [code, message] = first
        ? ["several-holders", `several holders begin with ${text}: ${found.map(([id]) => id).join(", ")}`]
        : ["no-such-holder", `No slot is held by ${text}.`];
    throw new CommandError(code, message, {
        exitCode: EXIT.notFound,
        hint: "turnstile status lists the holders; the id of a holder begins with its message's id",
    });
}

/** Why the slot stays taken; undefined if it may be freed. */
async function whyNot(
    reaper: Reaper,
    session: Session,
    { holder, slot, proof }: Held,
    { force = false }: FreeOptions,
): Promise<readonly string[] | undefined> {
    switch (proof.kind) {
        case "over":
            return undefined;
        case "no holder":
            return [`${holder} holds no slot any more.`];
        case "searching":
            return [`${holder} keeps its slot: Glue has so many newer runs that its own are not found yet.`];
        case "goes on": {
            const { lookAgainMillis } = proof;
            const when =
                lookAgainMillis === undefined ? "" : ` It is over in ${duration(lookAgainMillis / 1000)}.`;
            const change = `        turnstile cancel ${shortId(messageIdOf(holder))} asks it to stop`;
            return [
                `${holder} keeps its slot: ${proof.why}.${when}`,
                ...(lookAgainMillis === undefined ? [change] : []),
            ];
        }
        case "unprovable": {
            const live = await liveRun(reaper, session, holder, slot);
            if (live !== undefined) return [`${holder} keeps its slot: ${live}.`];
            if (force) return undefined;
            return [
                `${holder} keeps its slot: nothing proves that its work is over: ${proof.why}.`,
                "        make sure that no job runs for it, then add --force",
            ];
        }
    }
}

/** What Glue shows of a run that has not ended; undefined if it shows none. For a holder of which the table tells too little. */
async function liveRun(
    reaper: Reaper,
    { operator }: Session,
    holder: string,
    slot: Slot,
): Promise<string | undefined> {
    const row = await reaper.cache.row(operator.pool, parseHolderId(holder)?.message ?? holder);
    const since = Number.isNaN(slot.since) ? 0 : slot.since;
    const nothingKnown = {
        ids: () => Promise.resolve([]),
        search: undefined,
        keep: () => Promise.resolve(),
        lost: () => undefined,
    };
    const runs = await reaper.runs.ofHolder(row?.job ?? operator.jobName, holder, since, nothingKnown);
    if (runs === "job deleted") return undefined;
    if (runs === "searching") return "Glue has more runs than can be looked through, so one of its may go on";
    const live = runs.find(({ state }) => !isTerminal(state));
    return live && `Glue shows its run ${live.id} as ${live.state}`;
}

function previewOf({ holder, slot, now, proof }: Held): string[] {
    const since = Number.isNaN(slot.since)
        ? "since nobody knows when"
        : `for ${duration((now - slot.since) / 1000)}`;
    const head = `Free the slot that ${holder} has held ${since}.`;
    if (proof.kind === "over") {
        const { end } = proof;
        const what = end.run === NO_RUN ? "it has no run, and can start none" : `${end.run} is ${end.state}`;
        return [head, `Its work is over: ${what}.`];
    }
    return [
        head,
        `Nothing proves that its work is over${proof.kind === "unprovable" ? `: ${proof.why}` : ""}.`,
        "Glue shows no run of it that goes on. If one does all the same, one job more than the limit will run.",
    ];
}

function isWanted(session: Session, { holder, proof }: Held, options: ChangeOptions): Promise<boolean> {
    if (proof.kind === "over") return confirmed(session, "Free it?", options);
    return confirmedByTyping(session, "To free it all the same,", shortId(holder), options);
}

function takeOut(reaper: Reaper, suspect: Suspect, { slot, proof }: Held): Promise<boolean> {
    if (proof.kind !== "over") return freeSlot(reaper, suspect, slot, UNKNOWN_END);
    return endTurn(reaper, suspect, proof.row).then(() => freeSlot(reaper, suspect, slot, proof.end));
}

function toJson({ holder, slot, proof }: Held, outcome: object): object {
    return {
        holder,
        messageId: messageIdOf(holder),
        since: isoTime(slot.since),
        proof: proof.kind,
        why: "why" in proof ? proof.why : null,
        end: proof.kind === "over" ? { run: proof.end.run, state: proof.end.state } : null,
        ...outcome,
    };
}
