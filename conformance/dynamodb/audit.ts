/**
 * Audits the gate by the table's stream. The stream has every write to the gate, in the order in which the writes took effect, and each may
 * change only what the protocol allows. A reader of the table could miss what was wrong between two reads.
 */
import { readGate } from "../../slots/items.ts";
import { CHANGE, ENTRY } from "../../slots/table.ts";
import type { Gate } from "../../slots/table.ts";
import { isoAfter, SILENCE_SECONDS } from "../../slots/times.ts";
import type { StreamRecord } from "./streams.ts";

export class Audit {
    readonly violations: string[] = [];
    acquired = 0;
    released = 0;
    turns = 0;
    limitChanges = 0;
    maxHolders = 0;
    /** Writes after which holders and live turns together were more than the limit. */
    promisedTooMuch = 0;
    private gate: Gate | undefined;
    private readonly isOneDispatcher: boolean;

    /** @param isOneDispatcher one dispatcher never promises more turns than the limit allows; two at once may, since neither sees the other's */
    constructor(isOneDispatcher: boolean) {
        this.isOneDispatcher = isOneDispatcher;
    }

    see(records: readonly StreamRecord[]): void {
        for (const { dynamodb } of records) {
            if (dynamodb.Keys["entry"]?.S !== ENTRY.gate) continue;
            const after = readGate(dynamodb.NewImage);
            if (after) this.change(this.gate, after, dynamodb.NewImage?.["lastChange"]?.S ?? "");
            this.gate = after;
        }
    }

    private change(before: Gate | undefined, after: Gate, change: string): void {
        const acquired = missingIn(after.holders, before?.holders ?? {});
        const released = missingIn(before?.holders ?? {}, after.holders);
        const given = Object.entries(after.turns).filter(([id, until]) => before?.turns[id] !== until);
        this.maxHolders = Math.max(this.maxHolders, Object.keys(after.holders).length);
        if (acquired.length > 1 || released.length > 1 || (acquired.length > 0 && released.length > 0))
            this.violations.push(
                `one write acquired ${acquired.join(", ")} and released ${released.join(", ")}`,
            );
        for (const holder of acquired) this.acquire(before, after, holder, change);
        for (const holder of released) {
            this.released++;
            if (change !== CHANGE.release) this.violations.push(`${holder} lost its slot by a ${change}`);
        }
        if (given.length > 0) this.give(after, given.length, change);
        if (before?.limit !== after.limit) this.limitChanges++;
    }

    private acquire(before: Gate | undefined, after: Gate, holder: string, change: string): void {
        this.acquired++;
        const inUse = Object.keys(before?.holders ?? {}).length;
        const limit = before?.limit;
        const since = after.holders[holder]?.since ?? "";
        if (change !== CHANGE.acquire) this.violations.push(`${holder} got a slot by a ${change}`);
        if (limit === undefined || inUse >= limit) {
            this.violations.push(
                `${holder} acquired a slot when ${inUse} were in use and the limit was ${limit ?? "none"}`,
            );
        }
        // A turn counts for as long as it is in the gate: the dispatcher removes those that have expired.
        const hasTurn = before?.turns[holder] !== undefined;
        const isSilent = (before?.dispatcherSeen ?? since) < isoAfter(Date.parse(since), -SILENCE_SECONDS);
        if (!hasTurn && !isSilent) this.violations.push(`${holder} acquired a slot when it was not its turn`);
        if (after.turns[holder] !== undefined) this.violations.push(`${holder} kept the turn that it used`);
    }

    private give(after: Gate, count: number, change: string): void {
        this.turns += count;
        if (change !== CHANGE.turn) this.violations.push(`turns were given by a ${change}`);
        const live = Object.entries(after.turns).filter(
            ([id, until]) => until > after.dispatcherSeen && !after.holders[id],
        ).length;
        const holders = Object.keys(after.holders).length;
        if (holders + live <= (after.limit ?? 0)) return;
        this.promisedTooMuch++;
        if (this.isOneDispatcher)
            this.violations.push(`${holders} holders and ${live} turns at a limit of ${after.limit ?? 0}`);
    }
}

function missingIn(all: object, others: object): string[] {
    return Object.keys(all).filter((id) => !(id in others));
}
