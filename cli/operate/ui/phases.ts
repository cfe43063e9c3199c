/**
 * What a message did, phase by phase, as its row, its slot and its Glue runs show it. They tell the whole story of a first
 * attempt; of earlier ones they show the runs, and what lies between two of them counts as backing off.
 */
import type { Phase } from "../../page/data.ts";
import { POSITION } from "../../../slots/table.ts";
import type { Row, Slot } from "../../../slots/table.ts";
import type { RunView } from "../runs.ts";

export interface Seen {
    readonly row: Row;
    /** Its runs, the oldest first. */
    readonly runs: readonly RunView[];
    /** The slot that it has. */
    readonly slot: Slot | undefined;
    readonly now: number;
}

type Phases = LivePhase[];
type LivePhase = readonly [phase: Phase, to: number];

/** From the moment at which the row was opened on. */
export function phasesOf(seen: Seen): Phases {
    const { row, runs, now } = seen;
    const end = row.ended === undefined ? now : Date.parse(row.ended);
    const phases = new Ongoing(Date.parse(row.opened), end);
    for (const [i, run] of runs.entries()) {
        if (i > 0) addBreak(phases, row, run.startedOn);
        addWait(phases, seen, run);
        phases.until("running", run.completedOn ?? end);
    }
    addLast(phases, seen, end);
    return phases.found;
}

/** From the end of one run to where the message waits for the next one. */
function addBreak(phases: Ongoing, { joined = "" }: Row, next: number): void {
    const at = Date.parse(joined);
    phases.until("backing off", at > phases.at && at < next ? at : next);
}

/** In line until the slot was acquired, where that is known. */
function addWait(phases: Ongoing, { row, slot }: Seen, run: RunView): void {
    const since = slot !== undefined && run.holder === row.holder ? slot.since : Number.NaN;
    phases.until("waiting", Number.isNaN(since) ? run.startedOn : Math.min(since, run.startedOn));
    phases.until("starting", run.startedOn);
}

function addLast(phases: Ongoing, { row, runs, slot }: Seen, end: number): void {
    const last = runs.at(-1);
    if (row.ended !== undefined) {
        phases.until(last ? "closing" : "waiting", end);
    } else if (slot && last?.holder === row.holder) {
        phases.until("cooling down", end);
    } else {
        const isInLine = row.position?.startsWith(POSITION.wait) === true;
        if (last) phases.until("backing off", isInLine ? Date.parse(row.joined ?? "") : end);
        phases.until("waiting", slot && !Number.isNaN(slot.since) ? slot.since : end);
        phases.until("starting", end);
    }
}

/** Phases that follow each other: clocks differ, but no phase ends before it began. */
class Ongoing {
    readonly found: Phases = [];
    at: number;
    private readonly end: number;

    constructor(from: number, end: number) {
        this.at = from;
        this.end = end;
    }

    until(phase: Phase, to: number): void {
        const moment = Math.min(to, this.end);
        if (!(moment > this.at)) return;
        this.found.push([phase, moment]);
        this.at = moment;
    }
}
