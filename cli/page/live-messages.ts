/** A pool as the page works with it: its messages as bars, and what to say of it in a sentence. */
import { count, duration, plural } from "../lib/format.ts";
import type { LiveChange, LiveData, LiveMessage } from "./live-data.ts";
import type { Message, Span } from "./messages.ts";
import type { Range } from "./time-axis.ts";

/** Messages in the order in which they came; moments are milliseconds since 1970. */
export function liveMessages({ messages }: Pick<LiveData, "messages">): Message[] {
    return messages.map((message, index) => {
        const spans = spansOf(message);
        const end = spans.at(-1)?.to ?? message.opened;
        const started = spans.find(({ phase }) => phase !== "waiting");
        const note = noteOf(message);
        return {
            index,
            label: message.id.slice(0, 8),
            id: message.id,
            group: message.group,
            state: message.state,
            spans,
            runs: message.runs,
            sent: message.opened,
            end,
            waited: (started?.from ?? end) - message.opened,
            cause: undefined,
            body: undefined,
            ...(note !== "" && { note }),
        };
    });
}

/** The ends of a run that is no success, and no person's doing. */
const FAILED = ["FAILED", "TIMEOUT", "ERROR", "EXPIRED"];

/** Runs and phases in which a job runs are in the same order. */
function spansOf({ opened, phases, runs }: LiveMessage): Span[] {
    let from = opened;
    let run = 0;
    return phases.map(([phase, to]) => {
        const hasFailed = phase === "running" && FAILED.includes(runs[run++]?.[1] ?? "");
        const span = { phase, from, to, ...(hasFailed && { hasFailed }) };
        from = to;
        return span;
    });
}

function noteOf({ place, reason, attempt }: LiveMessage): string {
    const parts = [
        ...(place === undefined ? [] : [`place ${count(place)} in line`]),
        ...(reason === undefined ? [] : [reason]),
        ...(attempt > 1 ? [`attempt ${attempt}`] : []),
    ];
    return parts.join(", ");
}

export interface Sentence {
    readonly kind: "good" | "held" | "trouble";
    readonly text: string;
}

/** What is going on, in one sentence. */
export function sentenceOf(data: LiveData): Sentence {
    const [first] = data.reasons;
    const waiting = data.line.count;
    if (first && first.class !== "normal") return { kind: first.class, text: `${first.code}: ${first.text}` };
    const taken = `${count(data.slots.length)} of ${plural(data.limit ?? 0, "slot")} taken`;
    if (waiting > 0) return { kind: "good", text: `${taken}, ${waitText(data)}.` };
    return {
        kind: "good",
        text: data.slots.length === 0 ? "Nobody waits, and nothing runs." : `${taken}; nobody waits.`,
    };
}

/** What a screen reader says by itself: what is going on, but no number, because numbers change all the time. */
export function spokenOf({ reasons: [first], line, slots }: LiveData): string {
    if (first && first.class !== "normal") return first.code;
    if (line.count > 0) return "Messages wait.";
    return slots.length > 0 ? "Nobody waits; jobs run." : "Nobody waits, and nothing runs.";
}

/** What a tab says of the pool. */
export function titleOf({ slots, limit, line, stack }: LiveData): string {
    return `${count(slots.length)}/${limit === null ? "–" : count(limit)}, ${count(line.count)} in line: ${stack}`;
}

function waitText({ line }: LiveData): string {
    const number = `${line.isExact ? "" : "at least "}${count(line.count)}`;
    return line.count === 1 ? "1 message waits" : `${number} messages wait`;
}

const MINUTE = 60_000;

/** Parts of the past to choose from, in milliseconds. The first one fits what there is. */
export const WINDOWS = {
    "what fits": 0,
    "5 min": 5 * MINUTE,
    "15 min": 15 * MINUTE,
    "1 h": 60 * MINUTE,
    "6 h": 360 * MINUTE,
    "24 h": 1440 * MINUTE,
} as const;
export type WindowName = keyof typeof WINDOWS;

/** All that is known: since the oldest message that is shown, or the first look. */
export function wholeTime({ now, history }: LiveData, messages: readonly Message[]): Range {
    const first = Math.min(now - MINUTE, history.times[0] ?? now);
    return { from: messages.reduce((oldest, { sent }) => Math.min(oldest, sent), first), to: now };
}

/** The part of the past that a window shows: what fits is what has not ended, five minutes to six hours of it. */
export function windowRange(name: WindowName, data: LiveData, messages: readonly Message[]): Range {
    const { now } = data;
    const open = messages.filter(({ end }) => end >= now).map(({ sent }) => now - sent);
    const fits = Math.min(WINDOWS["6 h"], Math.max(WINDOWS["5 min"], ...open) * 1.02);
    return { from: now - (WINDOWS[name] || fits), to: now };
}

/** Whose clock moments are written by: that of this machine, or that of the logs. */
export type Zone = "local" | "UTC";

/** A moment by the clock on the wall: the day in front if the step is a long one. */
export function wallTime(time: number, step = 1000, zone: Zone = "local"): string {
    // Shifted, so that what it calls UTC is the time in the zone.
    const date = new Date(time + (zone === "local" ? offsetOf(time) * MINUTE : 0));
    const two = (number: number): string => String(number).padStart(2, "0");
    const minutes = `${two(date.getUTCHours())}:${two(date.getUTCMinutes())}`;
    if (step >= 12 * 60 * MINUTE)
        return `${two(date.getUTCMonth() + 1)}-${two(date.getUTCDate())} ${minutes}`;
    return step >= MINUTE ? minutes : `${minutes}:${two(date.getUTCSeconds())}`;
}

/** Minutes by which this machine's clock is ahead of UTC. */
export function offsetOf(time: number): number {
    return -new Date(time).getTimezoneOffset();
}

/** The zone of `wallTime`, such as `UTC+01:00`. */
export function zoneName(time: number, zone: Zone = "local"): string {
    const minutes = zone === "local" ? offsetOf(time) : 0;
    if (minutes === 0) return "UTC";
    const two = (number: number): string => String(number).padStart(2, "0");
    const size = Math.abs(minutes);
    return `UTC${minutes < 0 ? "-" : "+"}${two(Math.floor(size / 60))}:${two(size % 60)}`;
}

/** How old data are, and whether that is older than they should be. `interval` in seconds. */
export function ageText(age: number, interval: number): { readonly text: string; readonly isStale: boolean } {
    return { text: `read ${agoText(age)}`, isStale: age > Math.max(10_000, 3000 * interval) };
}

/** `5 s ago`, in whole seconds, or `now`. */
export function agoText(millis: number): string {
    return millis < 1000 ? "now" : `${wholeSeconds(millis)} ago`;
}

/** A duration without tenths of a second. */
export function wholeSeconds(millis: number): string {
    return duration(Math.max(0, Math.round(millis / 1000))).replace(".0 s", " s");
}

/** The command line that a change on the page stands for. */
export function changeLine({ command, limit, for: span, reason, ids = [], drop }: LiveChange): string {
    const words = [
        ...(command === "reset" ? ["limit", "--reset"] : [command]),
        ...(limit === undefined ? [] : [String(limit)]),
        ...(span === undefined ? [] : ["--for", span]),
        ...(reason === undefined || reason === "" ? [] : ["--reason", reason]),
        ...ids.map((id) => (command === "free" ? id : id.slice(0, 8))),
        ...(drop === true ? ["--drop"] : []),
    ];
    return ["turnstile", ...words.map(quoted)].join(" ");
}

/** A word of the shell. */
function quoted(word: string): string {
    return /^[\w./:@=-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}
