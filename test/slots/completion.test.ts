import assert from "node:assert/strict";
import { isTerminal, TERMINAL_STATES, completionOf } from "../../slots/completion.ts";
import type { Run, Completion } from "../../slots/completion.ts";

const NOW = 1_800_000_000_000;

function run(state: string, parts: Partial<Run> = {}): Run {
    const ended = isTerminal(state) ? { completedOn: NOW - 1000 } : {};
    return { id: `jr-${state}`, state, startedOn: NOW - 60_000, ...ended, ...parts };
}

function judge(parts: { runs?: Run[]; idleSince?: number; cooldownSeconds?: number }): Completion {
    return completionOf({
        runs: parts.runs ?? [],
        idleSince: parts.idleSince,
        graceSeconds: 120,
        cooldownSeconds: parts.cooldownSeconds ?? 0,
        now: NOW,
    });
}

describe("The terminal states of a Glue run", () => {
    it("are the six that AWS names", () => {
        const named = ["ERROR", "EXPIRED", "FAILED", "STOPPED", "SUCCEEDED", "TIMEOUT"];
        assert.deepEqual([...TERMINAL_STATES].sort(), named);
    });
});

describe("Completion", () => {
    for (const state of ["STARTING", "RUNNING", "STOPPING", "WAITING", "SOMETHING_NEW"]) {
        it(`is not a holder with a run that is ${state}, even though its execution has ended`, () => {
            assert.deepEqual(judge({ runs: [run("FAILED"), run(state)], idleSince: 0 }), {
                isComplete: false,
                why: `run jr-${state} is ${state}`,
            });
        });
    }

    for (const state of ["SUCCEEDED", "FAILED", "STOPPED", "TIMEOUT", "ERROR", "EXPIRED"]) {
        it(`is a holder whose only run is ${state}, and it says so`, () => {
            assert.deepEqual(judge({ runs: [run(state, { error: "why" })] }), {
                isComplete: true,
                end: { state, run: `jr-${state}`, error: "why", completedOn: NOW - 1000 },
            });
        });
    }

    it("is not a holder without a run while its execution may start one", () => {
        assert.deepEqual(judge({}), { isComplete: false, why: "no run yet, and its execution goes on" });
    });

    it("is not a holder without a run until a start in flight must have shown", () => {
        assert.deepEqual(judge({ idleSince: NOW - 119_999 }), {
            isComplete: false,
            why: "a start may be in flight",
            lookAgainMillis: 1,
        });
    });

    it("is a holder without a run once nothing can have been started any more", () => {
        const verdict = judge({ idleSince: NOW - 120_000 });
        assert.deepEqual(verdict, {
            isComplete: true,
            end: { state: "NONE", run: "none", error: "no Glue run was started", completedOn: 0 },
        });
    });

    it("is not a holder whose last run still settles, and says when to look again", () => {
        const runs = [
            run("FAILED", { completedOn: NOW - 50_000 }),
            run("SUCCEEDED", { completedOn: NOW - 10_000 }),
        ];
        assert.deepEqual(judge({ runs, cooldownSeconds: 30 }), {
            isComplete: false,
            why: "run jr-SUCCEEDED cools down",
            lookAgainMillis: 20_000,
        });
    });

    it("is a holder at once where nothing settles, although Glue's clock is ahead", () => {
        const runs = [run("SUCCEEDED", { completedOn: NOW + 240_000 })];
        assert.equal(judge({ runs, cooldownSeconds: 0 }).isComplete, true);
    });

    it("is a holder from the very moment at which its last run has settled", () => {
        const runs = [run("SUCCEEDED", { completedOn: NOW - 30_000 })];
        assert.equal(judge({ runs, cooldownSeconds: 30 }).isComplete, true);
    });

    /** What is reported of these runs, in whatever order Glue lists them. */
    function reported(runs: Run[]): unknown {
        const verdicts = [runs, [...runs].reverse()].map((each) => judge({ runs: each }));
        assert.deepEqual(verdicts[0], verdicts[1]);
        return verdicts[0]?.isComplete === true && verdicts[0].end;
    }

    it("reports a success, whatever else ran for the same holder", () => {
        const earlier = run("SUCCEEDED", { startedOn: NOW - 90_000 });
        const end = { state: "SUCCEEDED", run: "jr-SUCCEEDED", error: "", completedOn: NOW - 1000 };
        assert.deepEqual(reported([earlier, run("FAILED", { error: "no" })]), end);
    });

    it("reports the last run if none succeeded, or if several did", () => {
        for (const states of [
            ["TIMEOUT", "STOPPED"],
            ["SUCCEEDED", "SUCCEEDED"],
        ] as const) {
            const first = run(states[0], { id: "first", startedOn: NOW - 90_000 });
            const last = run(states[1], { id: "last" });
            const end = { state: states[1], run: "last", error: "", completedOn: NOW - 1000 };
            assert.deepEqual(reported([first, last]), end);
        }
    });
});
