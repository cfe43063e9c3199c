/**
 * A trace: the story of a stack as JSON Lines, the same from AWS as from the embedded AWS. The first line says of what, then
 * there is a line for each message, in the order in which they were accepted; the last line is a summary, so a reader knows
 * whether it has all of them. docs/trace.md explains every member.
 */
import { PHASES } from "../page/data.ts";
import type { Phase } from "../page/data.ts";

/** The version of the lines. The first number goes up when an older reader would misread a newer trace. */
export const TRACE_FORMAT = "turnstile.trace/1.0";

/** What a reader takes: every minor version. */
const READABLE = /^turnstile\.trace\/1\.\d+$/;

/** Times are ISO 8601, UTC. */
export interface TraceHead {
    readonly type: "trace";
    readonly format: string;
    readonly stack: string;
    readonly region: string;
    readonly pool: string;
    readonly job: string;
    /** In force when the trace was made; what it was before is not kept. */
    readonly limit: number;
    readonly cooldownSeconds: number;
    readonly exportedAt: string;
    /** Messages that ended before are not in it. */
    readonly since: string | null;
    /** Whether it has bodies and causes. */
    readonly hasBodies: boolean;
}

export interface TracePhase {
    readonly phase: Phase;
    readonly from: string;
    readonly seconds: number;
}

export interface TraceRun {
    readonly runId: string;
    /** Glue's JobRunState. */
    readonly state: string;
    readonly startedAt: string;
    /** When Glue had brought it up: it ran from then on. */
    readonly runningAt: string | null;
    readonly endedAt: string | null;
    /** Only with bodies. */
    readonly cause?: string;
}

export const TRACE_OUTCOMES = ["done", "dead-lettered", "cancelled"] as const;
export type TraceOutcome = (typeof TRACE_OUTCOMES)[number];

export interface TraceMessage {
    readonly type: "message";
    readonly messageId: string;
    readonly group: string;
    readonly acceptedAt: string;
    readonly endedAt: string | null;
    readonly outcome: TraceOutcome | null;
    readonly attempts: number;
    /** Its ARN; null of a message that was refused. */
    readonly execution: string | null;
    /** One after the other, from the accepting on. */
    readonly phases: readonly TracePhase[];
    readonly runs: readonly TraceRun[];
    /** Only with bodies. */
    readonly body?: string;
    readonly cause?: string;
}

export interface TraceSummary {
    readonly type: "summary";
    readonly messages: number;
    readonly done: number;
    readonly deadLettered: number;
    readonly cancelled: number;
    readonly open: number;
    /** Whether no message of the time was left out. */
    readonly isComplete: boolean;
    /** Calls that were made for it, by operation. */
    readonly calls: Readonly<Record<string, number>>;
    /** What the caller may not read, and which is missing. */
    readonly partial?: readonly { readonly action: string; readonly resource: string }[];
}

export type TraceLine = TraceHead | TraceMessage | TraceSummary;

export interface Trace {
    readonly head: TraceHead;
    readonly messages: readonly TraceMessage[];
    /** Undefined if the trace was cut off. */
    readonly summary: TraceSummary | undefined;
}

/** A text is no trace. */
export class TraceError extends Error {
    override readonly name = "TraceError";
}

/** @param name what an error calls the text */
export function parseTrace(text: string, name: string): Trace {
    const lines = text
        .split("\n")
        .flatMap((line, i) => (line.trim() === "" ? [] : [parseLine(line, i + 1, name)]));
    const [head, ...rest] = lines;
    if (head?.type !== "trace")
        throw new TraceError(`${name} is no trace: its first line has no "type": "trace"`);
    if (!READABLE.test(head.format)) {
        throw new TraceError(
            `${name} has the format ${JSON.stringify(head.format)}; this release reads ${TRACE_FORMAT} and its minor versions`,
        );
    }
    const messages = rest.filter((line) => line.type === "message");
    return { head, messages, summary: rest.find((line) => line.type === "summary") };
}

function parseLine(text: string, number: number, name: string): TraceLine {
    let line: Partial<TraceLine> | null;
    try {
        line = JSON.parse(text) as Partial<TraceLine> | null;
    } catch {
        throw new TraceError(`${name}, line ${number}: it is not JSON`);
    }
    if (typeof line !== "object" || line === null)
        throw new TraceError(`${name}, line ${number}: it is no object`);
    if (line.type === "message") checkMessage(line, `${name}, line ${number}`);
    return line as TraceLine;
}

/** What the page depends on. A trace may come from anywhere. */
function checkMessage(message: Partial<TraceMessage>, where: string): void {
    const { messageId, group, acceptedAt, phases, runs } = message;
    const isWell =
        typeof messageId === "string" &&
        typeof group === "string" &&
        isTime(acceptedAt) &&
        areAll(phases, isPhase) &&
        areAll(runs, ({ runId, state }) => typeof runId === "string" && typeof state === "string");
    if (!isWell) throw new TraceError(`${where}: it is not a message of a trace`);
}

function areAll(values: unknown, is: (value: Readonly<Record<string, unknown>>) => boolean): boolean {
    const isObject = (value: unknown): value is Record<string, unknown> =>
        typeof value === "object" && value !== null;
    return Array.isArray(values) && values.every((value: unknown) => isObject(value) && is(value));
}

function isPhase({ phase, from, seconds }: Readonly<Record<string, unknown>>): boolean {
    return PHASES.some((each) => each === phase) && isTime(from) && Number.isFinite(seconds);
}

function isTime(value: unknown): boolean {
    return typeof value === "string" && !Number.isNaN(Date.parse(value));
}
