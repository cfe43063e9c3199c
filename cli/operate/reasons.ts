/**
 * Why a message has not started, or does not end: a closed list of codes, the same in text and JSON. A code never changes its
 * meaning. All that hold are given, the most decisive first: trouble needs a person, held was decided by a person or a rule,
 * normal starts by itself.
 */
import { duration, plural } from "../lib/format.ts";
import { isOpen, nextProbe } from "../../slots/breaker.ts";
import type { Gate, Row } from "../../slots/table.ts";
import { POSITION } from "../../slots/table.ts";
import { SILENCE_SECONDS } from "../../slots/times.ts";
import { STATE } from "../../workflow/states.ts";
import type { Pool } from "./pool.ts";
import type { RunView } from "./runs.ts";
import { moment, secondsSince, shortTime } from "./when.ts";

/** What each code means, in one line, and its class. */
export const REASONS = {
    "settings-invalid": ["trouble", "settings or override make no sense, so no slot is granted"],
    "no-gate": ["trouble", "there is no gate, or no limit in it, so no slot is granted"],
    "dispatcher-silent": ["trouble", "the dispatcher has not been seen for over three minutes"],
    "breaker-open": ["trouble", "so many messages in a row failed for good that one job runs at a time"],
    "execution-gone": ["trouble", "its execution has ended, but its row is open"],
    paused: ["held", "somebody set the limit to 0"],
    "limit-lowered": ["held", "a slot would be free without the override"],
    "limit-zero": ["held", "the configured limit is 0"],
    stopping: ["held", "its run was asked to stop, and keeps its slot until it has"],
    starting: ["normal", "accepted; its execution has not joined the line yet"],
    rejoining: ["normal", "woken without getting a slot, it lets others go first for a moment"],
    behind: ["normal", "others stand before it"],
    "limit-reached": ["normal", "every slot is taken"],
    "turn-given": ["normal", "woken, it is about to take its slot"],
    paced: ["normal", "slots are free, and turns are handed out a few at a time"],
    "backing-off": ["normal", "an attempt failed, and the next one is not due yet"],
    "glue-capacity": ["normal", "Glue has no capacity for its run"],
    running: ["normal", "its job runs"],
    settling: ["normal", "its run has ended; the slot is released once that is certain"],
} as const satisfies Readonly<Record<string, readonly [ReasonClass, string]>>;

export type ReasonClass = "trouble" | "held" | "normal";
export type ReasonCode = keyof typeof REASONS;

export interface Reason {
    readonly code: ReasonCode;
    readonly class: ReasonClass;
    /** The reason with its numbers, for a person. */
    readonly text: string;
    /** The numbers and moments behind it: times are ISO 8601, durations seconds. */
    readonly numbers: Readonly<Record<string, string | number>>;
    /** The command that changes it. */
    readonly change?: string;
}

/** After this much silence the dispatcher counts as silent: it reports with every second look, and two are missing. Seconds. */
const QUIET_SECONDS = 200;

/** Why the first in line does not start; empty if nothing keeps it from starting. */
export function poolReasons(pool: Pool): Reason[] {
    return ordered([...troubleOf(pool), ...limitsOf(pool)]);
}

function troubleOf({ settings, override, gate, now }: Pool): Reason[] {
    const found: Reason[] = [];
    if ("problem" in settings) {
        found.push(reason("settings-invalid", settings.problem, {}, "deploy the stack again"));
    } else if ("problem" in override) {
        found.push(reason("settings-invalid", override.problem, {}, "turnstile limit --reset"));
    }
    if (gate?.limit === undefined) {
        const what = gate ? "the gate has no limit" : "there is no gate";
        found.push(reason("no-gate", `${what}, so no slot is granted`, {}, "deploy the stack again"));
    }
    if (gate) {
        const silent = secondsSince(gate.dispatcherSeen, now);
        if (!(silent <= QUIET_SECONDS)) found.push(silence(gate.dispatcherSeen, silent, now));
        if (isOpen(gate)) found.push(brokenJob(gate, now));
    }
    return found;
}

/** The open breaker: the next job starts as a probe, once none runs and its pause is over. */
function brokenJob(gate: Gate, now: number): Reason {
    const { failures = 0, holders } = gate;
    const probe = nextProbe(gate);
    const next =
        Object.keys(holders).length > 0
            ? "the next one starts once none runs"
            : `the next one starts ${probe > now ? `after ${shortTime(probe, now)}` : "now"}`;
    const text = `${plural(failures, "message")} in a row failed for good: one job at a time, ${next}`;
    return reason("breaker-open", text, { failures }, "turnstile failed");
}

function silence(seen: string, silent: number, now: number): Reason {
    const at = Date.parse(seen) + SILENCE_SECONDS * 1000;
    const then =
        at > now ? `from ${shortTime(at, now)} executions help themselves` : "executions help themselves now";
    const text = `the dispatcher was last seen ${duration(silent)} ago; ${then}, out of order`;
    return reason(
        "dispatcher-silent",
        text,
        { seen, silentSeconds: Math.round(silent) },
        "look at the dispatcher's log",
    );
}

function limitsOf({ settings, override, gate, now }: Pool): Reason[] {
    const limit = gate?.limit;
    if (limit === undefined) return [];
    const used = Object.keys(gate?.holders ?? {}).length;
    const instead = "value" in override ? override.value : undefined;
    const configured = "value" in settings ? settings.value.limit : limit;
    const numbers = { limit, slotsInUse: used, configured };
    if (instead && limit === instead.limit) {
        const said = { ...numbers, by: instead.by, why: instead.why, ...untilOf(instead.until) };
        const who = overrideText(instead, now);
        if (limit === 0) return [reason("paused", `limit 0 ${who}`, said, "turnstile resume")];
        if (used >= limit && used < configured) {
            const text = `${used} of ${limit} slots taken; ${configured} without the override ${who}`;
            return [reason("limit-lowered", text, said, "turnstile limit --reset")];
        }
    }
    if (limit === 0)
        return [reason("limit-zero", "the configured limit is 0", numbers, "pulumi config set limit N")];
    if (used < limit) return [];
    return [
        reason("limit-reached", `${used} of ${plural(limit, "slot")} taken`, numbers, "turnstile limit N"),
    ];
}

function untilOf(until: number | undefined): { until?: string } {
    return until === undefined ? {} : { until: new Date(until).toISOString() };
}

/** `by ana until 00:00 +01:00: "replica rebuild"`. */
export function overrideText(
    { by, why, until }: { readonly by: string; readonly why: string; readonly until?: number },
    now: number,
): string {
    const who = by === "" ? "" : `by ${by} `;
    const end = until === undefined ? "without an end" : `until ${moment(until, now)}`;
    return `${who}${end}${why === "" ? "" : `: "${why}"`}`;
}

/** What else is known of one message. */
export interface Facts {
    /** How many stand before it in line; undefined if it is not in line. */
    readonly ahead?: number;
    /** The state of its execution that it entered last. */
    readonly state?: string;
    /** The status of its execution. */
    readonly status?: string;
    /** Its latest run. */
    readonly run?: RunView | undefined;
}

/** Why a message whose row is open is where it is. */
export function messageReasons(row: Row, pool: Pool, facts: Facts): Reason[] {
    const { position = "" } = row;
    const found: Reason[] = [];
    if (facts.status !== undefined && facts.status !== "RUNNING") {
        const text = `its execution is ${facts.status}, and its row is still open; the reaper closes it`;
        found.push(reason("execution-gone", text, { status: facts.status }, "look at the reaper's log"));
    }
    if (position.startsWith(POSITION.wait)) found.push(...lineReasons(pool, facts));
    else if (row.holder !== undefined && pool.gate?.holders[row.holder]) found.push(slotReason(pool, facts));
    else found.push(outsideReason(row, facts));
    return ordered(found);
}

function lineReasons(pool: Pool, { ahead = 0 }: Facts): Reason[] {
    const found = poolReasons(pool);
    if (ahead > 0) {
        const others = found.filter(({ code }) => code !== "limit-reached");
        const text = `${plural(ahead, "message")} before it in line`;
        return [...others, reason("behind", text, { ahead, position: ahead + 1 }, "turnstile limit N")];
    }
    if (found.length > 0) return found;
    return [reason("paced", "a slot is free, and its turn comes within a minute", {})];
}

function slotReason({ gate, now }: Pool, { run, state }: Facts): Reason {
    const numbers = run ? { run: run.id, runState: run.state } : {};
    if (!run) {
        const text =
            state === "Pause before starting"
                ? "Glue refuses the start, which is tried again"
                : "its run starts";
        return reason(state === "Pause before starting" ? "glue-capacity" : "running", text, numbers);
    }
    const used = `${Object.keys(gate?.holders ?? {}).length} of ${gate?.limit ?? 0} slots`;
    const seconds = Math.round((now - run.startedOn) / 1000);
    if (run.state === "STOPPING") return reason("stopping", "its run was asked to stop", numbers);
    if (run.state === "WAITING") return reason("glue-capacity", "Glue keeps its run waiting", numbers);
    if (run.completedOn !== undefined) {
        const text = `its run is ${run.state}; the slot is released once that is certain`;
        return reason("settling", text, numbers);
    }
    const text = `its run is ${run.state} for ${duration(seconds)}; ${used} in use`;
    return reason("running", text, { ...numbers, runSeconds: seconds }, "turnstile cancel");
}

function outsideReason(row: Row, { state = "" }: Facts): Reason {
    const { position = "", attempt } = row;
    if (position.startsWith(POSITION.ask)) {
        return reason("settling", "its execution asks how its run ended", {});
    }
    if (state === STATE.backOff)
        return reason("backing-off", `attempt ${attempt} failed; the next one follows`, { attempt });
    if (state === "Wait for capacity")
        return reason("glue-capacity", "its run ended for lack of capacity", { attempt });
    if (position.startsWith(POSITION.run))
        return reason("turn-given", "it was woken, and is about to take its slot", {});
    if (row.joined === undefined) return reason("starting", "its execution has not joined the line yet", {});
    return reason(
        "rejoining",
        "it was woken without getting a slot, and lets others go first for a moment",
        {},
    );
}

function reason(code: ReasonCode, text: string, numbers: Reason["numbers"], change?: string): Reason {
    return { code, class: REASONS[code][0], text, numbers, ...(change !== undefined && { change }) };
}

const ORDER: readonly ReasonClass[] = ["trouble", "held", "normal"];

function ordered(reasons: readonly Reason[]): Reason[] {
    return [...reasons].sort((one, other) => ORDER.indexOf(one.class) - ORDER.indexOf(other.class));
}
