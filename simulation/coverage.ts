/**
 * What a campaign must have seen: every kind of fault, everything that people do, an abort in every state, two pools on one table,
 * what the functions log of their decisions, and every edge of the workflow. One that never occurs proves nothing.
 */
import type { RecordedProgram } from "../embedded-aws/index.ts";
import { lastingStates } from "./aborts.ts";
import { LOG_LINES } from "./log-lines.ts";
import { ACTS, CALL_FAULTS } from "./scenario.ts";

interface State {
    readonly Next?: string;
    readonly Default?: string;
    readonly Choices?: readonly { readonly Next: string }[];
    readonly Catch?: readonly { readonly Next: string }[];
    readonly Retry?: readonly unknown[];
}

/** Faults of what nobody waits for, and of the further families. */
const OTHER_FAULTS = [
    "lostEvent",
    "doubledEvent",
    "lateEvent",
    "skippedSchedule",
    "streamStop",
    "deliveredAgain",
    "doubledBatch",
    "heldBackBatch",
    "timedOut",
    "glueClock",
];
const STALE_READS = ["GetJobRun", "GetJobRuns", "DescribeExecution", "ListExecutions", "GetExecutionHistory"];

/**
 * Edges that a campaign of a few minutes does not take: an execution must be redriven in a certain moment, or a call must fail
 * more often than its retries. docs/proof.md says so.
 */
export const EDGES_LEFT_OUT: readonly string[] = [
    "Check message > Check message",
    "Check message > Failed",
    "Check message > Message already ended",
    "Close job > Message already ended",
    "Dead-letter message > Failed",
    "Run job > Release after failure",
    "Was it redriven > Release after failure",
];

/** What few runs have, by its count. */
const RARE = {
    "pools 2": "two pools on one table",
    "alarm slot-stuck": "a slot that only a person can free",
    "redriven again and again": "an execution that was redriven three times",
};

/** What never occurred, in words. */
export function missing(counts: ReadonlyMap<string, number>, programs: readonly RecordedProgram[]): string[] {
    const has = (beginning: string): boolean => [...counts.keys()].some((what) => what.startsWith(beginning));
    const faults = [...CALL_FAULTS, ...OTHER_FAULTS, ...STALE_READS.map((read) => `stale ${read}`)];
    return [
        ...faults.filter((fault) => !has(`fault ${fault}`)).map((fault) => `the fault ${fault}`),
        ...ACTS.filter((act) => !counts.has(`act ${act}`)).map((act) => `the act ${act}`),
        ...Object.entries(RARE)
            .filter(([what]) => !counts.has(what))
            .map(([, words]) => words),
        ...allOf(programs, lastingStates)
            .filter((state) => !counts.has(`aborted in ${state}`))
            .map((state) => `an execution that was aborted in ${state}`),
        ...Object.entries(LOG_LINES)
            .flatMap(([name, lines]) => lines.map((line) => `${name}: ${line}`))
            .filter((line) => !counts.has(`log ${line}`))
            .map((line) => `the log line of the ${line}`),
        ...allOf(programs, edgesOf)
            .filter((edge) => !counts.has(`edge ${edge}`) && !EDGES_LEFT_OUT.includes(edge))
            .map((edge) => `the edge ${edge}`),
    ];
}

/** What any of the programs has: one without a cooldown has fewer states. */
function allOf(programs: readonly RecordedProgram[], of: (program: RecordedProgram) => string[]): string[] {
    return [...new Set(Object.values(programs).flatMap(of))].sort();
}

/** Every edge of the deployed definition: `from > to`, and `state > state` for a retry. */
export function edgesOf(program: RecordedProgram): string[] {
    const machine = program.resources.find(({ type }) => type === "aws:sfn/stateMachine:StateMachine");
    const { States } = JSON.parse(String(machine?.inputs["definition"])) as { States: Record<string, State> };
    const edges = Object.entries(States).flatMap(([name, state]) => {
        const next = [
            state.Next,
            state.Default,
            ...[...(state.Choices ?? []), ...(state.Catch ?? [])].map(({ Next }) => Next),
        ];
        return [...next, state.Retry && name].flatMap((to) => (to === undefined ? [] : [`${name} > ${to}`]));
    });
    return [...new Set(edges)].sort();
}
