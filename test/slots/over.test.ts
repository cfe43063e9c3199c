import assert from "node:assert/strict";
import { isTerminal, whatIsOver } from "../../slots/over.ts";
import type { Run, Verdict } from "../../slots/over.ts";

const NOW = 1_800_000_000_000;

function run(state: string, parts: Partial<Run> = {}): Run {
    const ended = isTerminal(state) ? { completedOn: NOW - 1000 } : {};
    return { id: `jr-${state}`, state, startedOn: NOW - 60_000, ...ended, ...parts };
}

function judge(parts: { runs?: Run[]; idleSince?: number; settleSeconds?: number }): Verdict {
    return whatIsOver({
        runs: parts.runs ?? [],
        idleSince: parts.idleSince,
        graceSeconds: 120,
        settleSeconds: parts.settleSeconds ?? 0,
        now: NOW,
    });
}

describe("What is over", () => {
    for (const state of ["STARTING", "RUNNING", "STOPPING", "WAITING", "SOMETHING_NEW"]) {
        it(`is not a holder with a run that is ${state}, even though its execution has ended`, () => {
            assert.equal(judge({ runs: [run("FAILED"), run(state)], idleSince: 0 }).over, false);
        });
    }

    for (const state of ["SUCCEEDED", "FAILED", "STOPPED", "TIMEOUT", "ERROR", "EXPIRED"]) {
        it(`is a holder whose only run is ${state}, and it says so`, () => {
            assert.deepEqual(judge({ runs: [run(state, { error: "why" })] }), {
                over: true,
                end: { state, run: `jr-${state}`, error: "why", completedOn: NOW - 1000 },
            });
        });
    }

    it("is not a holder without a run while its execution may start one", () => {
        assert.equal(judge({}).over, false);
    });

    it("is not a holder without a run until a start in flight must have shown", () => {
        assert.deepEqual(judge({ idleSince: NOW - 119_999 }), {
            over: false,
            why: "a start may be in flight",
            lookAgainMillis: 1,
        });
    });

    it("is a holder without a run once nothing can have been started any more", () => {
        const verdict = judge({ idleSince: NOW - 120_000 });
        assert.ok(verdict.over);
        assert.equal(verdict.end.state, "NONE");
    });

    it("is not a holder whose last run still settles, and says when to look again", () => {
        const runs = [
            run("FAILED", { completedOn: NOW - 50_000 }),
            run("SUCCEEDED", { completedOn: NOW - 10_000 }),
        ];
        const verdict = judge({ runs, settleSeconds: 30 });
        assert.ok(!verdict.over);
        assert.equal(verdict.lookAgainMillis, 20_000);
    });

    it("reports a success, whatever else ran for the same holder", () => {
        const verdict = judge({ runs: [run("SUCCEEDED", { startedOn: NOW - 90_000 }), run("FAILED")] });
        assert.ok(verdict.over);
        assert.equal(verdict.end.state, "SUCCEEDED");
    });

    it("reports the last run if none succeeded", () => {
        const verdict = judge({ runs: [run("TIMEOUT", { startedOn: NOW - 90_000 }), run("STOPPED")] });
        assert.ok(verdict.over);
        assert.equal(verdict.end.state, "STOPPED");
    });
});
