/** The messages of a run as the page works with them, and what follows from them: the line's length, who is shown, in which order. */
import { OUTCOMES, PHASES } from "./data.ts";
import type { Outcome, Phase, RunData, RunRecord } from "./data.ts";
import type { LiveState } from "./live-data.ts";

/** How a message of a run ended, or where one of a pool is. */
export type State = Outcome | LiveState;

/** A phase of a message, in milliseconds since the first message was sent. */
export interface Span {
    readonly phase: Phase;
    readonly from: number;
    readonly to: number;
    /** Whether it is a run that has failed. */
    readonly hasFailed?: boolean;
}

export interface Message {
    readonly index: number;
    readonly label: string;
    readonly id: string;
    readonly group: string;
    readonly state: State;
    readonly spans: readonly Span[];
    readonly runs: readonly RunRecord[];
    readonly sent: number;
    readonly end: number;
    /** From the sending to the first slot. */
    readonly waited: number;
    readonly cause: string | undefined;
    readonly body: string | undefined;
    /** What else there is to say of it. */
    readonly note?: string;
}

export function readMessages({ messages, groups }: Pick<RunData, "messages" | "groups">): Message[] {
    return messages.labels.map((label, index) => {
        const sent = messages.sent[index] ?? 0;
        const spans = spansOf(messages.phases[index] ?? [], sent);
        const started = spans.find(({ phase }) => phase !== "waiting");
        const end = spans.at(-1)?.to ?? sent;
        return {
            index,
            label,
            id: messages.ids[index] ?? "",
            group: groups[messages.groups[index] ?? 0] ?? "",
            state: OUTCOMES[messages.outcomes[index] ?? 0] ?? "not ended",
            spans,
            runs: messages.runs[index] ?? [],
            sent,
            end,
            waited: (started?.from ?? end) - sent,
            cause: messages.causes?.[index],
            body: messages.bodies?.[index],
        };
    });
}

function spansOf(phases: readonly number[], sent: number): Span[] {
    const spans: Span[] = [];
    let from = sent;
    for (let i = 0; i + 1 < phases.length; i += 2) {
        const to = from + (phases[i + 1] ?? 0);
        spans.push({ phase: PHASES[phases[i] ?? 0] ?? "waiting", from, to });
        from = to;
    }
    return spans;
}

/** The span of a message at a moment. */
export function spanAt({ spans }: Message, time: number): Span | undefined {
    return spans.find(({ from, to }) => from <= time && time < to);
}

/** Moments, and a number from each moment on. */
export interface Curve {
    readonly times: readonly number[];
    readonly values: readonly number[];
}

/** How many messages wait, from each moment on at which that changes. */
export function lineLength(messages: readonly Message[], took: number): Curve {
    const changes: [time: number, change: number][] = [];
    for (const { spans } of messages) {
        for (const { phase, from, to } of spans) if (phase === "waiting") changes.push([from, 1], [to, -1]);
    }
    changes.sort(([a], [b]) => a - b);
    const curve = { times: [0], values: [0] };
    let length = 0;
    for (const [time, change] of changes) {
        length += change;
        append(curve, time, length);
    }
    append(curve, took, length);
    return curve;
}

/** How many slots are in use and how many there are, from each moment on at which one of them changes. */
export function slotCurves({ gate, took }: Pick<RunData, "gate" | "took">): {
    readonly times: number[];
    readonly holders: number[];
    readonly limits: number[];
} {
    const times = [0];
    const holders = [0];
    const limits = [gate.limits[0] ?? 0];
    let time = 0;
    for (const [i, after] of gate.after.entries()) {
        time += after;
        if (time <= 0) continue;
        // Of several writes in one millisecond the last one counts.
        const place = times.at(-1) === time ? times.length - 1 : times.length;
        times[place] = time;
        holders[place] = gate.holders[i] ?? 0;
        limits[place] = gate.limits[i] ?? 0;
    }
    times.push(Math.max(time, took));
    holders.push(holders.at(-1) ?? 0);
    limits.push(limits.at(-1) ?? 0);
    return { times, holders, limits };
}

function append(
    { times, values }: { readonly times: number[]; readonly values: number[] },
    time: number,
    value: number,
): void {
    if (times.at(-1) === time) {
        values[values.length - 1] = value;
        return;
    }
    times.push(time);
    values.push(value);
}

/** What the user asked to see; an empty text asks for everything. */
export interface Filter {
    readonly group: string;
    readonly state: State | "";
    readonly text: string;
}

export const ORDERS = {
    arrival: "arrival",
    waited: "longest wait",
    duration: "longest time",
    attempts: "most attempts",
} as const;
export type Order = keyof typeof ORDERS;

const COMPARE: Readonly<Record<Order, (a: Message, b: Message) => number>> = {
    arrival: (a, b) => a.index - b.index,
    waited: (a, b) => b.waited - a.waited,
    duration: (a, b) => b.end - b.sent - (a.end - a.sent),
    attempts: (a, b) => b.runs.length - a.runs.length,
};

/** The messages that pass the filter, in an order. The text is looked for in label, group, id and cause. */
export function select(messages: readonly Message[], filter: Filter, order: Order): Message[] {
    const text = filter.text.trim().toLowerCase();
    return messages
        .filter(
            ({ group, state, label, id, cause = "" }) =>
                (filter.group === "" || group === filter.group) &&
                (filter.state === "" || state === filter.state) &&
                (text === "" || [label, group, id, cause].some((each) => each.toLowerCase().includes(text))),
        )
        .sort(COMPARE[order]);
}
