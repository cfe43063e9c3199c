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
    limitChanges = 0;
    maxHolders = 0;
    private gate: Gate | undefined;
    private readonly wasWoken: (holder: string) => boolean;

    /** @param wasWoken whether a holder was ever woken: the gate does not show it */
    constructor(wasWoken: (holder: string) => boolean) {
        this.wasWoken = wasWoken;
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
        if (before?.limit !== after.limit) this.limitChanges++;
    }

    private acquire(before: Gate | undefined, after: Gate, holder: string, change: string): void {
        this.acquired++;
        const inUse = Object.keys(before?.holders ?? {}).length;
        const limit = before?.limit;
        const since = after.holders[holder]?.since ?? Number.NaN;
        if (change !== CHANGE.acquire) this.violations.push(`${holder} got a slot by a ${change}`);
        if (limit === undefined || inUse >= limit) {
            this.violations.push(
                `${holder} acquired a slot when ${inUse} were in use and the limit was ${limit ?? "none"}`,
            );
        }
        const isSilent = (before?.dispatcherSeen ?? "") < isoAfter(since, -SILENCE_SECONDS);
        if (!isSilent && !this.wasWoken(holder))
            this.violations.push(`${holder} acquired a slot when it was not its turn`);
    }
}

function missingIn(all: object, others: object): string[] {
    return Object.keys(all).filter((id) => !(id in others));
}
