/** The page of a trace: the same data as the page of a run on this machine has. */
import { count, duration, plural } from "../lib/format.ts";
import { FORMAT, OUTCOMES, PHASES } from "../page/data.ts";
import type { GateColumns, MessageColumns, NamedValue, Outcome, Phase, RunData } from "../page/data.ts";
import { failuresOf } from "../run/report-file.ts";
import { quantile } from "../run/statistics.ts";
import type { Trace, TraceMessage, TraceOutcome } from "./format.ts";

/** Phases in which a message has a slot. */
const WITH_SLOT: ReadonlySet<Phase> = new Set<Phase>(["starting", "running", "cooling down"]);

/** A trace has more ends than a page: what was cancelled has not been done. */
const ENDS: Readonly<Record<TraceOutcome, Outcome>> = {
    done: "done",
    "dead-lettered": "failed",
    cancelled: "failed",
};

export function pageDataOf(trace: Trace): RunData {
    const { head, messages } = trace;
    const startedAt = Math.min(...messages.map(acceptedAt), Date.parse(head.exportedAt));
    const took = Math.max(0, ...messages.map((message) => endOf(message) - startedAt));
    const groups = [...new Set(messages.map(({ group }) => group))];
    const gate = gateOf(trace, startedAt);
    const columns = columnsOf(trace, groups, startedAt);
    return {
        format: FORMAT,
        stack: head.stack,
        verdict: verdictOf(trace),
        numbers: numbersOf(trace, gate, took),
        settings: settingsOf(trace),
        failures: failuresOf(columns),
        startedAt,
        took,
        groups,
        messages: columns,
        gate,
    };
}

function columnsOf({ head, messages }: Trace, groups: readonly string[], startedAt: number): MessageColumns {
    const indexOf = new Map(groups.map((group, i) => [group, i]));
    const causes = messages.flatMap(({ cause }, i): [number, string][] =>
        cause === undefined ? [] : [[i, cause]],
    );
    return {
        labels: messages.map(({ messageId }) => messageId.slice(0, 8)),
        ids: messages.map(({ messageId }) => messageId),
        groups: messages.map(({ group }) => indexOf.get(group) ?? 0),
        sent: messages.map((message) => acceptedAt(message) - startedAt),
        phases: messages.map(({ phases }) =>
            phases.flatMap(({ phase, seconds }) => [PHASES.indexOf(phase), Math.round(seconds * 1000)]),
        ),
        outcomes: messages.map((message) => OUTCOMES.indexOf(outcomeOf(message))),
        runs: messages.map(({ runs }) =>
            runs.map(({ runId, state, endedAt, cause }) => {
                const end = endedAt === null ? "" : state;
                return cause === undefined ? [runId, end] : [runId, end, cause];
            }),
        ),
        ...(head.hasBodies && {
            causes: Object.fromEntries(causes),
            bodies: messages.map(({ body }) => body ?? ""),
        }),
    };
}

/** How many had a slot at each moment. The limit of the past is not kept, so it is that of the export. */
function gateOf({ head, messages }: Trace, startedAt: number): GateColumns {
    const changes = new Map<number, number>();
    const change = (at: number, by: number): void => void changes.set(at, (changes.get(at) ?? 0) + by);
    for (const { phases } of messages) {
        for (const { phase, from, seconds } of phases) {
            if (!WITH_SLOT.has(phase)) continue;
            const begin = Date.parse(from);
            change(begin, 1);
            change(begin + Math.round(seconds * 1000), -1);
        }
    }
    const gate = { after: [] as number[], holders: [] as number[], limits: [] as number[] };
    let [holders, last] = [0, startedAt];
    for (const [at, by] of [...changes].sort(([one], [other]) => one - other)) {
        if (by === 0) continue;
        holders += by;
        gate.after.push(at - last);
        gate.holders.push(holders);
        gate.limits.push(head.limit);
        last = at;
    }
    return gate;
}

function verdictOf({ messages, summary }: Trace): RunData["verdict"] {
    const [done, failed] = [countOf(messages, "done"), countOf(messages, "failed")];
    const open = messages.length - done - failed;
    const cut =
        summary === undefined
            ? " The trace is cut off."
            : summary.isComplete
              ? ""
              : " There were more messages.";
    if (failed > 0)
        return {
            kind: "failed",
            sentence: `${plural(failed, "message")} of ${count(messages.length)} failed.${cut}`,
        };
    if (open > 0 || cut !== "")
        return {
            kind: "unfinished",
            sentence: `${plural(open, "message")} of ${count(messages.length)} had not ended.${cut}`,
        };
    const all =
        messages.length === 1 ? "The message is done" : `All ${count(messages.length)} messages are done`;
    return { kind: "good", sentence: `${all}.` };
}

function numbersOf({ messages }: Trace, gate: GateColumns, took: number): NamedValue[] {
    const waits = messages.flatMap((message) => {
        const start = message.phases.find(({ phase }) => WITH_SLOT.has(phase));
        return start ? [(Date.parse(start.from) - acceptedAt(message)) / 1000] : [];
    });
    const waiting = `median ${duration(quantile(waits, 0.5))}, 95th percentile ${duration(quantile(waits, 0.95))}`;
    return [
        { name: "Done", value: count(countOf(messages, "done")) },
        { name: "Failed", value: count(countOf(messages, "failed")) },
        { name: "Not ended", value: count(countOf(messages, "not ended")) },
        { name: "Slots at most", value: count(Math.max(0, ...gate.holders)) },
        { name: "From first to last", value: duration(took / 1000) },
        { name: "Waiting", value: waits.length === 0 ? "–" : waiting },
    ];
}

function settingsOf({ head, messages }: Trace): NamedValue[] {
    const runs = messages.reduce((sum, message) => sum + message.runs.length, 0);
    return [
        { name: "Stack", value: head.stack },
        { name: "Region", value: head.region },
        { name: "Pool", value: head.pool },
        { name: "Glue job", value: head.job },
        { name: "Limit at the export", value: count(head.limit) },
        { name: "Glue runs", value: count(runs) },
        { name: "Exported", value: head.exportedAt },
    ];
}

function countOf(messages: readonly TraceMessage[], outcome: Outcome): number {
    return messages.filter((message) => outcomeOf(message) === outcome).length;
}

function outcomeOf({ outcome }: TraceMessage): Outcome {
    return outcome === null ? "not ended" : ENDS[outcome];
}

function acceptedAt(message: TraceMessage): number {
    return Date.parse(message.acceptedAt);
}

function endOf(message: TraceMessage): number {
    const last = message.phases.at(-1);
    return last ? Date.parse(last.from) + Math.round(last.seconds * 1000) : acceptedAt(message);
}
