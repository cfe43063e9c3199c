import assert from "node:assert/strict";
import { create } from "../../functions/reaper.ts";
import { awsError, CONTEXT } from "./fake-aws.ts";
import type { Answer, FakeAws } from "./fake-aws.ts";
import {
    ACQUIRED,
    ask,
    ASKED,
    closed,
    delays,
    ENDED,
    ended,
    entered,
    ENV,
    EXECUTION,
    freed,
    GLUE_EVENT,
    glueRun,
    IDLE,
    noted,
    ranJob,
    reap,
    reapAgain,
    reported,
    RESCUE,
    saved,
    scene,
    scheduled,
    STATUS_EVENT,
    submitted,
    SWEEP,
    toItself,
} from "./reaper-scene.ts";
import type { RunParts } from "./reaper-scene.ts";

const iso = (time: number): string => new Date(time).toISOString();

/** A run that goes on by all that Glue shows, and the question of its execution, which holds no slot any more. */
function unanswered(): Parameters<typeof scene>[0] {
    const { ask: question } = ask(ENDED) as { ask: Record<string, string | boolean> };
    const fields = Object.entries(question).map(([name, value]) => [
        name,
        typeof value === "boolean" ? { BOOL: value } : { S: value },
    ]);
    return {
        runs: [{ state: "RUNNING" }],
        row: { ask: { M: Object.fromEntries(fields) as object } },
        items: { gate: { holders: { M: {} }, limit: { N: "1" } } },
    };
}

describe("The reaper", () => {
    for (const [what, event] of [
        ["Glue's event", GLUE_EVENT],
        ["the execution's event", STATUS_EVENT],
        ["the sweep", SWEEP],
    ] as const) {
        it(`frees the slot of a holder whose only run has ended, at ${what}`, async () => {
            const execution = { status: event === STATUS_EVENT ? "SUCCEEDED" : "RUNNING" };
            const aws = scene({ runs: [{ state: "SUCCEEDED" }], execution });
            assert.deepEqual(await reap(aws, event), []);
            assert.deepEqual(freed(aws), ["a/1/0"]);
        });

        it(`keeps the slot while another run with the same holder goes on, at ${what}`, async () => {
            const aws = scene({ runs: [{ state: "FAILED" }, { state: "RUNNING", id: "jr_1_attempt_1" }] });
            await reap(aws, event);
            assert.deepEqual(freed(aws), []);
        });

        it(`keeps the slot of an aborted execution while its run is STOPPING, at ${what}`, async () => {
            const execution = { status: "ABORTED", stopDate: new Date(ACQUIRED) };
            const aws = scene({ runs: [{ state: "STOPPING" }], execution });
            await reap(aws, event);
            assert.deepEqual(freed(aws), []);
        });
    }

    for (const [looks, seconds] of [1, 1, 1, 2, 4, 8, 16].entries()) {
        it(`looks again ${seconds} s after its look number ${looks + 1} at a run that goes on by all that Glue shows`, async () => {
            const aws = scene({ runs: [{ state: "RUNNING" }] });
            assert.deepEqual(await reapAgain(looks + 1, aws, GLUE_EVENT), ["m-0"]);
            assert.deepEqual([delays(aws), freed(aws)], [[seconds], []]);
        });

        it(`looks again ${seconds} s after its look number ${looks + 1} at an execution that has ended and runs by all that Step Functions shows`, async () => {
            const aws = scene({ items: { gate: { holders: { M: {} }, limit: { N: "1" } } } });
            assert.deepEqual(await reapAgain(looks + 1, aws, STATUS_EVENT), ["m-0"]);
            assert.deepEqual(delays(aws), [seconds]);
        });

        it(`looks again ${seconds} s after its look number ${looks + 1} at an execution that the dispatcher could not wake and that runs by all that Step Functions shows`, async () => {
            const aws = scene({});
            assert.deepEqual(await reapAgain(looks + 1, aws, RESCUE), ["m-0"]);
            assert.deepEqual(delays(aws), [seconds]);
        });
    }

    it("leaves to the sweep what reads do not show after half a minute", async () => {
        for (const event of [GLUE_EVENT, STATUS_EVENT, RESCUE]) {
            const aws = scene({ runs: [{ state: "RUNNING" }] });
            assert.deepEqual(await reapAgain(8, aws, event), []);
            assert.deepEqual(delays(aws), []);
        }
    });

    it("reads nothing more while Glue shows that the run of its event goes on", async () => {
        const aws = scene({ runs: [{ state: "RUNNING" }] });
        await reap(aws, GLUE_EVENT);
        assert.deepEqual(
            aws.calls.map(({ command }) => command),
            ["GetJobRun", "ChangeMessageVisibility"],
        );
    });

    it("looks again at a run that has ended while Glue's list shows that it goes on", async () => {
        const GetJobRun = (): object => ({ JobRun: glueRun({ state: "SUCCEEDED" }) });
        const aws = scene({ runs: [{ state: "RUNNING" }], more: { GetJobRun } });
        assert.deepEqual(await reap(aws, GLUE_EVENT), ["m-0"]);
        assert.deepEqual([delays(aws), freed(aws)], [[1], []]);
    });

    it("looks again at a question whose run goes on by all that Glue's list shows, although Glue's event says that it has ended", async () => {
        const GetJobRun = (): object => ({ JobRun: glueRun({ state: "SUCCEEDED" }) });
        const aws = scene({ ...unanswered(), more: { GetJobRun } });
        it("looks again at an execution that the dispatcher could not wake and that Step Functions does not show yet", async () => {
            const DescribeExecution = (): never => {
                throw awsError("ExecutionDoesNotExist");
            };
            const aws = scene({ more: { DescribeExecution } });
            assert.deepEqual(await reap(aws, RESCUE), ["m-0"]);
            assert.deepEqual([delays(aws), closed(aws)], [[1], []]);
        });

        it("looks again at the slot of an execution that has ended and holds it by all that Step Functions shows", async () => {
            // Its row is closed, so nothing but the slot is left to look at.
            const aws = scene({ row: { ended: { S: iso(ENDED) } } });
            assert.deepEqual(await reap(aws, STATUS_EVENT), ["m-0"]);
            assert.deepEqual([delays(aws), freed(aws)], [[1], []]);
        });

        assert.deepEqual(await reap(aws, GLUE_EVENT), ["m-0"]);
        assert.deepEqual(delays(aws), [1]);
    });

    it("does nothing for a run that carries no holder, such as one that was started by hand", async () => {
        const aws = scene({ more: { GetJobRun: () => ({ JobRun: { Arguments: {} } }) } });
        assert.deepEqual(await reap(aws, GLUE_EVENT), []);
        assert.deepEqual(freed(aws), []);
    });

    it("does nothing for a holder that has given back already", async () => {
        const aws = scene({ runs: [{ state: "SUCCEEDED", holder: "gone/1/0" }] });
        await reap(aws, GLUE_EVENT);
        assert.deepEqual(freed(aws), []);
        assert.deepEqual(aws.inputs("GetJobRuns"), []);
    });

    it("keeps the slot of a running execution that has not started its run yet", async () => {
        const aws = scene({});
        await reap(aws, SWEEP);
        assert.deepEqual([freed(aws), delays(aws)], [[], []]);
    });

    it("wakes a holder that waits in line, as far back as it stands: its acquire arrived after it had joined", async () => {
        const waits = { linePosition: { S: "wait#5#1#1" }, token: { S: "token" } };
        const woken = scene({ row: waits });
        await reap(woken, SWEEP);
        assert.deepEqual(
            woken.inputs("SendTaskSuccess").map(({ taskToken }) => taskToken),
            ["token"],
        );
        assert.deepEqual(freed(woken), []);
        for (const row of [
            { ...waits, holder: { S: "a/2/0" } },
            { ...waits, linePosition: { S: "run#2026-03-01T11:50:00.000Z#a" } },
            { linePosition: waits.linePosition },
        ]) {
            const left = scene({ row });
            await reap(left, SWEEP);
            assert.deepEqual(left.inputs("SendTaskSuccess"), []);
        }
    });

    it("frees the slot of an ended execution without a run, once a start in flight must have shown", async () => {
        const aws = scene({ row: IDLE, execution: { status: "ABORTED", stopDate: new Date(ACQUIRED) } });
        await reap(aws, STATUS_EVENT);
        assert.deepEqual(freed(aws), ["a/1/0"]);
    });

    it("looks again in time at an ended execution whose start may be in flight", async () => {
        const aws = scene({ execution: { status: "ABORTED", stopDate: new Date(ENDED) } });
        assert.deepEqual(await reap(aws, STATUS_EVENT), ["m-0"]);
        assert.deepEqual(freed(aws), []);
        assert.deepEqual(delays(aws), [120]);
    });

    it("sends itself no message to look again: Lambda ends a function that calls itself through a queue", async () => {
        const aws = scene({ execution: { status: "ABORTED", stopDate: new Date(ENDED) } });
        await reap(aws, STATUS_EVENT, ask(ENDED), { rescue: { pool: "etl", execution: "a" } });
        assert.deepEqual(toItself(aws), []);
        assert.equal(delays(aws).length, 3);
    });

    it("frees the slot of an attempt without a run that its execution has left behind", async () => {
        const row = { ...IDLE, holder: { S: "a/2/0" }, joined: { S: new Date(ACQUIRED).toISOString() } };
        const aws = scene({ row });
        await reap(aws, SWEEP);
        assert.deepEqual(freed(aws), ["a/1/0"]);
    });

    it("keeps the slot of an attempt that could not join the line, although its row names an earlier one", async () => {
        const row = { holder: { S: "a/0/0" }, joined: { S: new Date(ACQUIRED - 1).toISOString() } };
        const aws = scene({ row });
        await reap(aws, SWEEP);
        assert.deepEqual(freed(aws), []);
    });

    it("frees the slot without a run of an execution whose state machine is gone", async () => {
        const missing = (): never => {
            throw awsError("ExecutionDoesNotExist");
        };
        const aws = scene({ row: IDLE, more: { DescribeExecution: missing } });
        await reap(aws, SWEEP);
        assert.deepEqual(freed(aws), ["a/1/0"]);
    });

    it("keeps the slot of a holder whose row was deleted and written again for a refusal, and reports it", async () => {
        const aws = scene({ runs: [{ state: "SUCCEEDED" }], row: { execution: undefined } });
        await reap(aws, GLUE_EVENT);
        assert.deepEqual([freed(aws), reported(aws)], [[], ["SlotStuck"]]);
    });

    it("keeps the slot of a holder whose row is gone, and reports it: nobody knows what it does", async () => {
        const aws = scene({ items: { "job#a": undefined } });
        assert.deepEqual(await reap(aws, SWEEP), []);
        assert.deepEqual([freed(aws), reported(aws)], [[], ["SlotStuck"]]);
    });

    it("keeps the slot of a run of which Glue says next to nothing", async () => {
        const Arguments = { "--turnstile-pool": "etl", "--turnstile-holder": "a/1/0" };
        const aws = scene({ more: { GetJobRuns: () => ({ JobRuns: [{ Arguments }] }) } });
        await reap(aws, SWEEP);
        assert.deepEqual(freed(aws), []);
    });

    describe("of a holder behind more runs than one invocation lists,", () => {
        const busy = {
            JobRuns: [glueRun({ state: "RUNNING", holder: "z/1/0", startedOn: ENDED })],
            NextToken: "more",
        };
        const GetJobRuns = (): object => ({ ...busy, JobRuns: [...busy.JobRuns] });
        const aborted = { status: "ABORTED", stopDate: new Date(ACQUIRED) };
        /** The search that was kept on the row. */
        const kept = (aws: FakeAws): unknown => {
            const [write] = aws
                .inputs("UpdateItem")
                .filter((input) => input["UpdateExpression"] === "SET #search = :search");
            return (write?.["ExpressionAttributeValues"] as Record<string, unknown> | undefined)?.[":search"];
        };

        it("keeps the slot, and on the row where to go on", async () => {
            const aws = scene({ execution: aborted, more: { GetJobRuns } });
            assert.deepEqual(await reap(aws, STATUS_EVENT), ["m-0"]);
            assert.deepEqual([freed(aws), saved(aws)], [[], []]);
            const { next, floor, runs } = (kept(aws) as { M: Record<string, unknown> }).M;
            assert.deepEqual(
                [next, floor, runs],
                [{ S: "more" }, { S: new Date(ACQUIRED).toISOString() }, { L: [] }],
            );
        });

        it("frees the slot when a later invocation comes to the end", async () => {
            const search = {
                ...{ job: { S: "job" }, floor: { S: new Date(ACQUIRED).toISOString() }, runs: { L: [] } },
                ...{ next: { S: "last" }, began: { S: new Date(ENDED).toISOString() } },
            };
            const end = { JobRuns: [glueRun({ state: "STOPPED" })] };
            const list = ({ NextToken }: { NextToken?: string }): object => {
                // New runs reach back to the begin of the search only on the seventh page.
                if (NextToken === "last") return end;
                const page = Number(NextToken ?? 1);
                const startedOn = page < 7 ? ENDED : ACQUIRED + 240_000;
                return {
                    JobRuns: [glueRun({ state: "RUNNING", holder: "z/1/0", startedOn })],
                    NextToken: String(page + 1),
                };
            };
            const aws = scene({ row: { search: { M: search } }, more: { GetJobRuns: list } });
            await reap(aws, SWEEP);
            assert.deepEqual(freed(aws), ["a/1/0"]);
        });

        it("takes the run of Glue's event for its run", async () => {
            const aws = scene({
                history: [],
                more: {
                    GetJobRuns,
                    GetJobRun: ({ RunId }: { RunId: string }) => {
                        if (RunId !== "jr_1") throw awsError("EntityNotFoundException");
                        return { JobRun: glueRun({ state: "SUCCEEDED", id: RunId }) };
                    },
                },
            });
            await reap(aws, GLUE_EVENT);
            assert.deepEqual(freed(aws), ["a/1/0"]);
            assert.equal(aws.inputs("GetJobRuns").length, 5);
        });

        it("keeps the slot while a retry of Glue's own runs, whose first run the event was about", async () => {
            const states: Record<string, string> = { jr_1: "FAILED", jr_1_attempt_1: "RUNNING" };
            const aws = scene({
                history: [],
                more: {
                    GetJobRuns,
                    GetJobRun: ({ RunId }: { RunId: string }) => {
                        const state = states[RunId];
                        if (state === undefined) throw awsError("EntityNotFoundException");
                        return { JobRun: glueRun({ state, id: RunId }) };
                    },
                },
            });
            for (const jobRunId of ["jr_1", "jr_1_attempt_1"]) {
                await reap(aws, { ...GLUE_EVENT, detail: { jobName: "job", jobRunId } });
            }
            assert.deepEqual(freed(aws), []);
        });

        it("answers nothing, and keeps the question on the row", async () => {
            const aws = scene({ history: [], more: { GetJobRuns } });
            assert.deepEqual(await reap(aws, ask(ENDED)), []);
            assert.deepEqual(aws.inputs("SendTaskSuccess"), []);
            assert.ok(
                aws
                    .inputs("UpdateItem")
                    .some((input) => (input["UpdateExpression"] as string).startsWith("SET ask")),
            );
        });

        it("asks for the run that the question names", async () => {
            const GetJobRun = ({ RunId }: { RunId: string }): object => {
                if (RunId !== "jr_5") throw awsError("EntityNotFoundException");
                return { JobRun: glueRun({ state: "SUCCEEDED", id: RunId }) };
            };
            const question = ask(ENDED) as { ask: object };
            const aws = scene({ items: { "job#a": undefined }, more: { GetJobRuns, GetJobRun } });
            await reap(aws, { ask: { ...question.ask, run: "jr_5" } });
            assert.match(aws.inputs("SendTaskSuccess")[0]?.["output"] as string, /"run":"jr_5"/);
        });

        it("keeps no search where there is no row", async () => {
            const aws = scene({ items: { "job#a": undefined }, more: { GetJobRuns } });
            assert.deepEqual(await reap(aws, ask(ENDED)), []);
            assert.equal(kept(aws), undefined);
        });

        it("says that a search does not fit into its row", async () => {
            const NextToken = "x".repeat(40_000);
            const aws = scene({ execution: aborted, more: { GetJobRuns: () => ({ ...busy, NextToken }) } });
            assert.deepEqual(await reap(aws, STATUS_EVENT), ["m-0"]);
            assert.match(
                JSON.stringify(aws.logged),
                /The search for runs of Glue job job does not fit into its row/,
            );
            assert.deepEqual([kept(aws), freed(aws)], [undefined, []]);
        });

        it("says that its search begins again when Glue refuses the token", async () => {
            const search = {
                ...{ job: { S: "job" }, floor: { S: new Date(ACQUIRED).toISOString() }, runs: { L: [] } },
                ...{ next: { S: "expired" }, began: { S: new Date(ENDED).toISOString() } },
            };
            const list = ({ NextToken }: { NextToken?: string }): object => {
                if (NextToken === "expired") throw awsError("InvalidInputException");
                return GetJobRuns();
            };
            const aws = scene({
                execution: aborted,
                row: { search: { M: search } },
                more: { GetJobRuns: list },
            });
            await reap(aws, RESCUE);
            assert.match(JSON.stringify(aws.logged), /the search for a run begins again/);
            assert.deepEqual(
                aws.metrics.map(({ name }) => name),
                ["LookFailed"],
            );
        });
    });

    it("finds the run of a holder behind very many others by the id that its execution's history has", async () => {
        const busy = { JobRuns: [glueRun({ state: "RUNNING", startedOn: ENDED })], NextToken: "more" };
        const aws = scene({
            history: [submitted("jr_7"), scheduled("a/1/0"), ranJob(ACQUIRED)],
            more: {
                GetJobRuns: () => ({ ...busy, JobRuns: [...busy.JobRuns] }),
                GetJobRun: ({ RunId }: { RunId: string }) => {
                    if (RunId !== "jr_7") throw awsError("EntityNotFoundException");
                    return { JobRun: glueRun({ state: "STOPPED", id: RunId }) };
                },
            },
        });
        await reap(aws, SWEEP);
        assert.deepEqual(freed(aws), ["a/1/0"]);
    });

    it("keeps the slot of such a holder while a retry of Glue's own runs", async () => {
        const busy = { JobRuns: [glueRun({ state: "RUNNING", startedOn: ENDED })], NextToken: "more" };
        const states: Record<string, string> = { jr_7: "FAILED", jr_7_attempt_1: "RUNNING" };
        const aws = scene({
            history: [submitted("jr_7"), scheduled("a/1/0"), ranJob(ACQUIRED)],
            more: {
                GetJobRuns: () => ({ ...busy, JobRuns: [...busy.JobRuns] }),
                GetJobRun: ({ RunId }: { RunId: string }) => {
                    const state = states[RunId];
                    if (state === undefined) throw awsError("EntityNotFoundException");
                    return { JobRun: glueRun({ state, id: RunId }) };
                },
            },
        });
        await reap(aws, SWEEP);
        assert.deepEqual(freed(aws), []);
    });

    it("keeps the slot of a holder whose accepted run Glue does not show, and reports it: the job was made again", async () => {
        const aws = scene({
            row: IDLE,
            execution: { status: "ABORTED", stopDate: new Date(ACQUIRED) },
            history: [submitted("jr_7"), scheduled("a/1/0"), ranJob(ACQUIRED)],
        });
        await reap(aws, SWEEP);
        assert.deepEqual(freed(aws), []);
        assert.deepEqual(reported(aws), ["SlotStuck"]);
        assert.match(JSON.stringify(aws.logged), /its run jr_7 was accepted, and Glue does not show it/);
    });

    it("frees the slot of an earlier holder without a run, although its execution has started another run since", async () => {
        const row = { ...IDLE, holder: { S: "a/2/0" }, joined: { S: new Date(ACQUIRED).toISOString() } };
        const history = [submitted("jr_8"), scheduled("a/2/0"), ranJob(ENDED)];
        const aws = scene({ row, history });
        await reap(aws, SWEEP);
        assert.deepEqual(freed(aws), ["a/1/0"]);
    });

    for (const [what, id, slot] of [
        ["an id that no execution wrote", "by hand", { since: { N: String(ACQUIRED) } }],
        ["no time", "a/1/0", {}],
        ["a time that cannot be read", "a/1/0", { since: { S: "yesterday" } }],
    ] as const) {
        it(`keeps a holder with ${what}, and reports it`, async () => {
            const gate = { holders: { M: { [id]: { M: slot } } }, limit: { N: "1" } };
            const aws = scene({
                items: { gate },
                execution: { status: "ABORTED", stopDate: new Date(ACQUIRED) },
            });
            await reap(aws, SWEEP);
            assert.deepEqual([freed(aws), reported(aws)], [[], ["SlotStuck"]]);
        });
    }

    it("reports a run that has been in STOPPING for over an hour, and keeps its slot", async () => {
        const run = { ...glueRun({ state: "STOPPING" }), LastModifiedOn: new Date(ENDED) };
        const aws = scene({ more: { GetJobRuns: () => ({ JobRuns: [run] }) } });
        await reap(aws, SWEEP);
        assert.deepEqual(reported(aws), []);
        aws.present = ENDED + 3_600_001;
        await reap(aws, SWEEP);
        assert.deepEqual([freed(aws), reported(aws)], [[], ["SlotStuck"]]);
    });

    it("takes nothing from settings that make no sense: a slot is free as soon as its run is over", async () => {
        const items = { settings: { limit: { S: "many" }, cooldownSeconds: { N: "90" } } };
        const aws = scene({ runs: [{ state: "SUCCEEDED" }], items });
        await reap(aws, SWEEP);
        assert.deepEqual(freed(aws), ["a/1/0"]);
    });

    it("keeps the slot of a holder whose Glue job is gone, and reports it: its runs went with it", async () => {
        const missing = (): never => {
            throw awsError("EntityNotFoundException");
        };
        const aws = scene({
            execution: { status: "ABORTED", stopDate: new Date(ACQUIRED) },
            more: { GetJobRuns: missing },
        });
        await reap(aws, STATUS_EVENT);
        assert.deepEqual([freed(aws), reported(aws)], [[], ["SlotStuck"]]);
    });

    it("reads on behind an empty page of Glue's list", async () => {
        const pages = [{ JobRuns: [], NextToken: "2" }, { JobRuns: [glueRun({ state: "STOPPING" })] }];
        const execution = { status: "ABORTED", stopDate: new Date(ACQUIRED) };
        const aws = scene({ execution, more: { GetJobRuns: () => pages.shift() } });
        await reap(aws, SWEEP);
        assert.deepEqual(freed(aws), []);
    });

    it("frees a slot although Glue does not say when its run ended", async () => {
        const { CompletedOn: _, ...run } = glueRun({ state: "ERROR" }) as { CompletedOn?: Date };
        const aws = scene({ settle: "90", more: { GetJobRuns: () => ({ JobRuns: [run] }) } });
        await reap(aws, SWEEP);
        assert.deepEqual(freed(aws), ["a/1/0"]);
    });

    it("frees the slot without a run of an execution that was redriven since", async () => {
        const aws = scene({
            row: IDLE,
            execution: { status: "RUNNING", redriveCount: 1, redriveDate: new Date(ACQUIRED) },
        });
        await reap(aws, SWEEP);
        assert.deepEqual(freed(aws), ["a/1/0"]);
    });

    it("keeps the slot of a redriven execution that Step Functions still shows as ended", async () => {
        const aws = scene({
            row: { ...IDLE, holder: { S: "a/1/1" } },
            execution: { status: "ABORTED", stopDate: new Date(ACQUIRED) },
            items: { gate: { holders: { M: { "a/1/1": { M: { since: { N: String(ENDED) } } } } } } },
        });
        await reap(aws, SWEEP);
        assert.deepEqual(freed(aws), []);
    });

    it("keeps a slot for the rest of its cooldown, and looks again then", async () => {
        const aws = scene({ runs: [{ state: "SUCCEEDED" }], settle: "90" });
        await reap(aws, GLUE_EVENT);
        assert.deepEqual(freed(aws), []);
        assert.deepEqual(delays(aws), [30]);
    });

    it("answers an execution that asks, once its run has ended, with the run's real end", async () => {
        const aws = scene({ runs: [{ state: "SUCCEEDED" }] });
        await reap(aws, ask(ENDED));
        assert.deepEqual(freed(aws), [], "it gives its slot back by itself");
        const answer = aws.inputs("SendTaskSuccess")[0] as { taskToken: string; output: string };
        assert.equal(answer.taskToken, "token");
        assert.deepEqual(JSON.parse(answer.output), {
            state: "SUCCEEDED",
            run: "jr_1",
            error: "",
            completedOn: ENDED,
        });
    });

    it("answers that there was no run only after a grace, and looks again then", async () => {
        const early = scene({});
        await reap(early, ask(ENDED));
        assert.deepEqual([early.inputs("SendTaskSuccess"), delays(early)], [[], [120]]);
        const late = scene({ row: ASKED });
        await reap(late, ask(ENDED));
        assert.match(late.inputs("SendTaskSuccess")[0]?.["output"] as string, /"state":"NONE"/);
    });

    it("answers that there was no run after a short grace when Glue itself had refused: GetJobRuns may lag", async () => {
        const early = scene({});
        await reap(early, ask(ENDED, true));
        assert.deepEqual([early.inputs("SendTaskSuccess"), delays(early)], [[], [30]]);
        const late = scene({ row: ASKED });
        late.present = ENDED - 30_000;
        await reap(late, ask(ENDED, true));
        assert.match(late.inputs("SendTaskSuccess")[0]?.["output"] as string, /"state":"NONE"/);
    });

    it("notes on the row when it first saw that an execution which asks can start no run any more", async () => {
        const aws = scene({});
        await reap(aws, ask(ENDED));
        const since = { S: new Date(ENDED).toISOString() };
        assert.deepEqual(noted(aws, "asked"), [{ M: { since, seen: { S: "2026-03-01T12:00:00.000Z" } } }]);
    });

    it("counts the grace from its own first look, however far ahead its clock is of the execution's", async () => {
        const aws = scene({});
        aws.present = ENDED + 590_000;
        await reap(aws, ask(ENDED, true));
        assert.deepEqual([aws.inputs("SendTaskSuccess"), delays(aws)], [[], [30]]);
    });

    it("counts a grace from the first of its looks at the same end", async () => {
        const aws = scene({ row: ASKED });
        await reap(aws, ask(ENDED - 5000));
        assert.deepEqual(noted(aws, "asked"), []);
        assert.equal(aws.inputs("SendTaskSuccess").length, 1);
    });

    it("counts one grace for a slot that its execution has left, however often that joins the line since", async () => {
        const joined = { holder: { S: "a/2/0" }, joined: { S: iso(ENDED + 30_000) } };
        const first = scene({ row: joined });
        await reap(first, SWEEP);
        const [idle] = noted(first, "idle");
        const again = scene({ row: { ...joined, idle, joined: { S: iso(ENDED + 170_000) } } });
        again.present += 120_000;
        await reap(again, SWEEP);
        assert.deepEqual([freed(first), freed(again)], [[], ["a/1/0"]]);
    });

    it("counts no grace from a look at which Step Functions did not show the execution yet", async () => {
        const unseen = scene({
            more: {
                DescribeExecution: () => {
                    throw awsError("ExecutionDoesNotExist");
                },
            },
        });
        unseen.present = ACQUIRED + 1000;
        await reap(unseen, SWEEP);
        const [idle] = noted(unseen, "idle");
        const execution = { status: "ABORTED", stopDate: new Date(ACQUIRED + 120_000) };
        const aws = scene({ row: { idle }, execution });
        aws.present = ACQUIRED + 122_000;
        await reap(aws, SWEEP);
        assert.deepEqual(freed(aws), []);
    });

    it("counts a grace of its own for a slot whose execution has asked before it left", async () => {
        const row = { holder: { S: "a/2/0" }, joined: { S: iso(ENDED) } };
        const aws = scene({ row: { ...ASKED, ...row } });
        await reap(aws, SWEEP);
        assert.deepEqual(freed(aws), []);
    });

    it("counts a new grace for a start that was refused later", async () => {
        const aws = scene({ row: ASKED });
        await reap(aws, ask(ENDED + 1));
        assert.equal(noted(aws, "asked").length, 1);
        assert.deepEqual([aws.inputs("SendTaskSuccess"), delays(aws)], [[], [120]]);
    });

    it("waits longer than clocks differ for an execution that asks although its row is gone", async () => {
        const aws = scene({ items: { "job#a": undefined } });
        await reap(aws, ask(ENDED, true));
        assert.deepEqual([aws.inputs("SendTaskSuccess"), delays(aws)], [[], [570]]);
        aws.present = ENDED + 630_000;
        await reap(aws, ask(ENDED, true));
        assert.match(aws.inputs("SendTaskSuccess")[0]?.["output"] as string, /"state":"NONE"/);
    });

    it("answers nothing on a list of runs that is older than the grace", async () => {
        // The invocation lists the job's runs at once, and comes to the question a minute later.
        const aws = scene({
            row: { asked: { M: { since: { S: iso(ENDED) }, seen: { S: "2026-03-01T11:59:45.000Z" } } } },
            more: {
                GetJobRuns: () => {
                    aws.present += 60_000;
                    return { JobRuns: [] };
                },
            },
        });
        await reap(aws, ask(ENDED, true));
        assert.deepEqual(aws.inputs("SendTaskSuccess"), []);
    });

    it("finds the run of an execution that asks although its slot is gone already", async () => {
        const aws = scene({ runs: [{ state: "SUCCEEDED", holder: "gone/1/0" }] });
        const question = ask(ENDED) as { ask: object };
        await reap(aws, { ask: { ...question.ask, holder: "gone/1/0" } });
        assert.match(aws.inputs("SendTaskSuccess")[0]?.["output"] as string, /"state":"SUCCEEDED"/);
    });

    it("keeps the question on the row while the run goes on, and does not come back for it", async () => {
        const aws = scene({ runs: [{ state: "RUNNING" }] });
        assert.deepEqual(await reap(aws, ask(ENDED)), []);
        assert.deepEqual([freed(aws), aws.inputs("SendTaskSuccess"), delays(aws)], [[], [], []]);
        const [write] = aws.inputs("UpdateItem");
        assert.deepEqual(write?.["Key"], { poolName: { S: "etl" }, entry: { S: "job#a" } });
        const values = write?.["ExpressionAttributeValues"] as Record<string, { M: { token: unknown } }>;
        assert.deepEqual(values[":ask"]?.M.token, { S: "token" });
    });

    const asking = {
        ask: {
            M: {
                holder: { S: "a/1/0" },
                job: { S: "job" },
                run: { S: "none" },
                acquired: { S: new Date(ACQUIRED).toISOString() },
                since: { S: new Date(ENDED).toISOString() },
                isAnswered: { BOOL: false },
                token: { S: "kept" },
            },
        },
    };

    for (const [what, message] of [
        ["Glue's event comes", GLUE_EVENT],
        ["it sweeps", SWEEP],
    ] as const) {
        it(`answers the question on a row when ${what}`, async () => {
            const row = { entry: { S: "job#a" }, ...asking };
            const aws = scene({
                runs: [{ state: "SUCCEEDED" }],
                row: asking,
                more: {
                    Query: (input: { ExpressionAttributeValues: { ":position": { S: string } } }) => ({
                        Items: input.ExpressionAttributeValues[":position"].S === "ask#" ? [row] : [],
                    }),
                },
            });
            await reap(aws, message);
            const answers = aws.inputs("SendTaskSuccess");
            assert.deepEqual(
                answers.map(({ taskToken }) => taskToken),
                ["kept"],
            );
            assert.match(answers[0]?.["output"] as string, /"state":"SUCCEEDED"/);
        });
    }

    for (const [what, isAnswered, row] of [
        ["at once when Glue itself had refused the start", true, {}],
        ["after the grace of a start that may be in flight", false, ASKED],
    ] as const) {
        it(`answers that there was no run, of a Glue job that is gone, ${what}`, async () => {
            const missing = (): never => {
                throw awsError("EntityNotFoundException");
            };
            const aws = scene({ row, more: { GetJobRuns: missing } });
            assert.deepEqual(await reap(aws, ask(ENDED, isAnswered)), []);
            assert.deepEqual(noted(aws, "asked"), []);
            assert.match(aws.inputs("SendTaskSuccess")[0]?.["output"] as string, /"state":"NONE"/);
        });
    }

    it("goes on asking about a run whose Glue job is gone, and reports it: it cannot prove that the run has ended", async () => {
        const missing = (): never => {
            throw awsError("EntityNotFoundException");
        };
        const aws = scene({ more: { GetJobRuns: missing } });
        const question = ask(ENDED) as { ask: object };
        assert.deepEqual(await reap(aws, { ask: { ...question.ask, run: "jr_1" } }), []);
        assert.deepEqual(aws.inputs("SendTaskSuccess"), []);
        assert.match(JSON.stringify(aws.logged), /the end of a run whose Glue job is gone/);
    });

    it("finds a run on a later page of Glue's list, and reads no further back than it must", async () => {
        const page = (runs: readonly RunParts[], NextToken?: string): object => ({
            JobRuns: runs.map(glueRun),
            NextToken,
        });
        const pages = [
            page([{ state: "RUNNING", holder: "z/1/0", startedOn: ENDED }], "2"),
            page([{ state: "SUCCEEDED", startedOn: ACQUIRED }], "3"),
            page([{ state: "SUCCEEDED", holder: "old/1/0", startedOn: ACQUIRED - 120_000 }], "4"),
        ];
        const aws = scene({ more: { GetJobRuns: () => pages.shift() } });
        assert.deepEqual(await reap(aws, SWEEP), []);
        assert.deepEqual(freed(aws), ["a/1/0"]);
        assert.equal(pages.length, 0);
    });

    it("is content when somebody else gave the slot back first", async () => {
        const refuse = (): never => {
            throw awsError("ConditionalCheckFailedException");
        };
        assert.deepEqual(
            await reap(scene({ runs: [{ state: "FAILED" }], more: { UpdateItem: refuse } }), SWEEP),
            [],
        );
    });

    it("is content when nobody waits for its answer any more", async () => {
        const refuse = (): never => {
            throw awsError("TaskTimedOut");
        };
        const aws = scene({ runs: [{ state: "FAILED" }], more: { SendTaskSuccess: refuse } });
        assert.deepEqual(await reap(aws, ask(ENDED)), []);
    });

    it("tries again to answer, and to look, when a call fails otherwise", async () => {
        const refuse = (): never => {
            throw awsError("InternalServerError");
        };
        const unanswered = scene({ runs: [{ state: "FAILED" }], more: { SendTaskSuccess: refuse } });
        assert.deepEqual(await reap(unanswered, ask(ENDED)), ["m-0"]);
        for (const operation of ["UpdateItem", "GetJobRuns", "GetJobRun"]) {
            const runs = [{ state: "FAILED" }];
            assert.deepEqual(await reap(scene({ runs, more: { [operation]: refuse } }), GLUE_EVENT), ["m-0"]);
        }
    });

    it("reports a message that is not JSON, and looks at the others of its batch", async () => {
        const aws = scene({ runs: [{ state: "SUCCEEDED" }] });
        const Records = ["{", JSON.stringify(GLUE_EVENT)].map((body, i) => ({
            ...{ messageId: `m-${i}`, body, receiptHandle: "handle" },
            attributes: { ApproximateReceiveCount: "1" },
        }));
        const answer = await create(aws.platform(ENV))({ Records }, CONTEXT);
        assert.deepEqual(answer, { batchItemFailures: [{ itemIdentifier: "m-0" }] });
        assert.deepEqual(freed(aws), ["a/1/0"]);
        assert.match(JSON.stringify(aws.logged), /A message in the reaper's queue is not JSON/);
    });

    for (const [deliveries, seconds] of [
        [1, 1],
        [2, 2],
        [8, 128],
        [9, undefined],
    ] as const) {
        const when =
            seconds === undefined ? "when the queue has it come back" : `after a pause of ${seconds} s`;
        it(`takes a message up again ${when} that failed at delivery ${deliveries}`, async () => {
            const refuse = (): never => {
                throw awsError("ThrottlingException");
            };
            const aws = scene({
                runs: [{ state: "FAILED" }],
                more: { GetJobRuns: refuse, GetJobRun: refuse },
            });
            const Records = [
                {
                    ...{ messageId: "m-0", body: JSON.stringify(GLUE_EVENT), receiptHandle: "handle" },
                    attributes: { ApproximateReceiveCount: String(deliveries) },
                },
            ];
            const answer = await create(aws.platform(ENV))({ Records }, CONTEXT);
            assert.deepEqual(answer, { batchItemFailures: [{ itemIdentifier: "m-0" }] });
            const timeouts = aws.inputs("ChangeMessageVisibility").map((input) => input["VisibilityTimeout"]);
            assert.deepEqual(timeouts, seconds === undefined ? [] : [seconds]);
        });
    }

    it("reports the messages that it could not look at, and no other", async () => {
        const refuse = (): never => {
            throw awsError("ThrottlingException");
        };
        const aws = scene({ runs: [{ state: "FAILED" }], more: { GetJobRun: refuse } });
        assert.deepEqual(await reap(aws, GLUE_EVENT, SWEEP), ["m-0"]);
        assert.deepEqual(freed(aws), ["a/1/0"]);
    });
});

describe("The reaper, of an execution that died,", () => {
    const aborted = { status: "ABORTED", stopDate: new Date(ENDED), cause: "by hand" };

    it("sends the message to the dead-letter queue with the cause, its body untouched, and then closes its row", async () => {
        const aws = scene({ runs: [{ state: "STOPPED" }], execution: aborted });
        assert.deepEqual(await reap(aws, RESCUE), []);
        const [letter] = saved(aws);
        assert.equal(letter?.["MessageBody"], "{ }");
        assert.equal(letter?.["MessageGroupId"], "g");
        assert.equal(letter?.["MessageDeduplicationId"], "m");
        const attributes = letter?.["MessageAttributes"] as Record<string, { StringValue: string }>;
        const texts = Object.fromEntries(
            Object.entries(attributes).map(([name, { StringValue }]) => [name, StringValue]),
        );
        assert.deepEqual(texts, {
            cause: "ExecutionABORTED: by hand; Glue run jr_1 STOPPED",
            pool: "etl",
            messageId: "m",
            attempts: "1",
            execution: EXECUTION,
            console: `https://eu-west-1.console.aws.amazon.com/states/home?region=eu-west-1#/v2/executions/details/${EXECUTION}`,
            run: "jr_1",
        });
        assert.deepEqual(closed(aws), ["deadLettered"]);
        const order = aws.calls
            .map(({ command }) => command)
            .filter((command) => /SendMessage|UpdateItem/.test(command));
        assert.deepEqual(order, ["UpdateItem", "SendMessage", "UpdateItem"]);
    });

    it("is marked with the cause before its letter is sent", async () => {
        const aws = scene({ runs: [{ state: "STOPPED" }], execution: aborted });
        await reap(aws, RESCUE);
        const cause = { S: "ExecutionABORTED: by hand; Glue run jr_1 STOPPED" };
        assert.deepEqual(noted(aws, "saving"), [{ M: { cause, run: { S: "jr_1" } } }]);
    });

    it("gets no letter when its row has changed since it was read, and is looked at again", async () => {
        const refuse = (): never => {
            throw awsError("ConditionalCheckFailedException");
        };
        const aws = scene({
            runs: [{ state: "STOPPED" }],
            execution: aborted,
            more: { UpdateItem: refuse },
        });
        assert.deepEqual(await reap(aws, RESCUE), ["m-0"]);
        assert.deepEqual([saved(aws), closed(aws), delays(aws)], [[], [], [1]]);
    });

    it("gets no letter when it has joined the line since by a redrive that Step Functions does not show", async () => {
        const aws = scene({ row: { holder: { S: "a/1/1" } }, execution: aborted, history: [] });
        await reap(aws, RESCUE);
        assert.deepEqual([saved(aws), closed(aws)], [[], []]);
    });

    for (const status of ["ABORTED", "RUNNING", "FAILED"]) {
        it(`gets the letter for which its row is marked, with the cause of the mark, although it is ${status}`, async () => {
            const aws = scene({
                runs: [{ state: "RUNNING" }],
                row: { saving: { M: { cause: { S: "ExecutionABORTED: before" }, run: { S: "jr_1" } } } },
                execution: { status },
            });
            assert.deepEqual(await reap(aws, RESCUE), []);
            const attributes = saved(aws)[0]?.["MessageAttributes"] as Record<
                string,
                { StringValue: string }
            >;
            assert.equal(attributes["cause"]?.StringValue, "ExecutionABORTED: before");
            assert.equal(attributes["run"]?.StringValue, "jr_1");
            assert.deepEqual([closed(aws), noted(aws, "saving")], [["deadLettered"], []]);
        });
    }

    it("says that it is done when the run had succeeded, and sends nothing", async () => {
        const aws = scene({ runs: [{ state: "SUCCEEDED" }], execution: aborted });
        await reap(aws, RESCUE);
        assert.deepEqual([saved(aws), closed(aws)], [[], ["done"]]);
    });

    describe("because a person took its message out of the line,", () => {
        const cancelled = { status: "FAILED", error: "Cancelled", stopDate: new Date(ENDED) };

        it("closes its row as cancelled, sends nothing, and counts it", async () => {
            const aws = scene({ runs: [{ state: "FAILED" }], execution: cancelled });
            await reap(aws, RESCUE);
            assert.deepEqual([saved(aws), closed(aws)], [[], ["cancelled"]]);
            assert.deepEqual(aws.metrics.filter(({ name }) => name === "MessageCancelled").length, 1);
        });

        it("counts it no second time when its row was closed before", async () => {
            const UpdateItem = () => ({ Attributes: { ended: { S: "2030" }, outcome: { S: "cancelled" } } });
            const aws = scene({ runs: [{ state: "FAILED" }], execution: cancelled, more: { UpdateItem } });
            await reap(aws, RESCUE);
            assert.deepEqual(
                aws.metrics.filter(({ name }) => name === "MessageCancelled"),
                [],
            );
        });

        it("says that it is done when its run had succeeded", async () => {
            const aws = scene({ runs: [{ state: "SUCCEEDED" }], execution: cancelled });
            await reap(aws, RESCUE);
            assert.deepEqual(closed(aws), ["done"]);
        });
    });

    for (const [what, sent] of [
        ["entered the state after the send", [entered("Close as dead-lettered", ENDED)]],
        [
            "ended right after the send had succeeded",
            [{ type: "TaskSucceeded" }, entered("Dead-letter message", ENDED)],
        ],
    ] as const) {
        it(`sends nothing again when it ${what}, and closes its row`, async () => {
            const history = [...sent, scheduled("a/1/0"), ranJob(ACQUIRED)];
            const aws = scene({ runs: [{ state: "FAILED" }], execution: aborted, history });
            await reap(aws, RESCUE);
            assert.deepEqual([saved(aws), closed(aws)], [[], ["deadLettered"]]);
        });
    }

    it("sends its message when it ended before the send had succeeded", async () => {
        const history = [
            entered("Dead-letter message", ENDED),
            { type: "TaskSucceeded" },
            scheduled("a/1/0"),
            ranJob(ACQUIRED),
        ];
        const aws = scene({ runs: [{ state: "FAILED" }], execution: aborted, history });
        await reap(aws, RESCUE);
        assert.equal(saved(aws).length, 1);
    });

    it("wakes an execution whose row it closes: it was redriven a moment ago, and waits", async () => {
        const aws = scene({
            runs: [{ state: "FAILED" }],
            execution: aborted,
            more: { UpdateItem: () => ({ Attributes: { token: { S: "asleep" } } }) },
        });
        await reap(aws, RESCUE);
        assert.deepEqual(
            aws.inputs("UpdateItem").map(({ ReturnValues }) => ReturnValues),
            [undefined, "ALL_OLD"],
        );
        assert.deepEqual(aws.inputs("SendTaskSuccess"), [{ taskToken: "asleep", output: "{}" }]);
    });

    it("names Glue's own words for the end of the run, and the attempt", async () => {
        const runs = [{ state: "FAILED", holder: "a/2/0", error: "no such bucket" }];
        const row = { holder: { S: "a/2/0" }, attempt: { N: "2" } };
        const execution = { status: "TIMED_OUT", stopDate: new Date(ENDED) };
        const aws = scene({ runs, row, execution, history: [scheduled("a/2/0"), ranJob(ACQUIRED)] });
        await reap(aws, RESCUE);
        const attributes = saved(aws)[0]?.["MessageAttributes"] as Record<string, { StringValue: string }>;
        assert.equal(
            attributes["cause"]?.StringValue,
            "ExecutionTIMED_OUT: no cause was given; Glue run jr_1 FAILED: no such bucket",
        );
        assert.equal(attributes["attempts"]?.StringValue, "2");
    });

    it("is not taken for another one's run that carries no holder", async () => {
        const aws = scene({
            row: IDLE,
            execution: aborted,
            more: {
                GetJobRuns: () => ({ JobRuns: [{ JobRunState: "RUNNING", StartedOn: new Date(ACQUIRED) }] }),
            },
        });
        aws.present += 600_000;
        await reap(aws, RESCUE);
        assert.equal(saved(aws).length, 1);
    });

    it("keeps its message until a workflow is deployed that says where to send it", async () => {
        const aws = scene({
            runs: [{ state: "STOPPED" }],
            execution: aborted,
            items: { workflow: undefined },
        });
        assert.deepEqual(await reap(aws, RESCUE), ["m-0"]);
        assert.deepEqual([saved(aws), closed(aws)], [[], []]);
        assert.match(JSON.stringify(aws.logged), /no item \\"workflow\\" for pool etl: deploy/);
    });

    it("waits while the run goes on, longer each time", async () => {
        const aws = scene({ runs: [{ state: "STOPPING" }], execution: aborted });
        for (const receives of [1, 3, 100]) await reapAgain(receives, aws, RESCUE);
        assert.deepEqual([saved(aws), closed(aws), delays(aws)], [[], [], [60, 240, 960]]);
    });

    it("waits for a start in flight when it had come to its job", async () => {
        const aws = scene({ execution: aborted });
        await reap(aws, RESCUE);
        assert.deepEqual([saved(aws), delays(aws)], [[], [120]]);
    });

    it("waits for a start in flight of its second attempt, whatever became of its first run", async () => {
        const history = [ranJob(ENDED)];
        const aws = scene({ runs: [{ state: "FAILED", startedOn: ACQUIRED }], execution: aborted, history });
        await reap(aws, RESCUE);
        assert.deepEqual([saved(aws), delays(aws)], [[], [120]]);
    });

    it("is not saved while the run of its last start goes on, however far Glue's clock is behind that of Step Functions", async () => {
        const runs = [{ state: "RUNNING", startedOn: ACQUIRED - 30_000 }];
        const aws = scene({ runs, execution: { ...aborted, stopDate: new Date(0) } });
        await reap(aws, RESCUE);
        assert.deepEqual([saved(aws), closed(aws)], [[], []]);
    });

    it("waits for a start in flight of its second attempt, though its first run started in the same second", async () => {
        const history = [scheduled("a/2/0"), ranJob(ENDED), scheduled("a/1/0"), ranJob(ACQUIRED)];
        const runs = [{ state: "FAILED", startedOn: ENDED - 1000 }];
        const aws = scene({ runs, execution: aborted, history });
        await reap(aws, RESCUE);
        assert.deepEqual([saved(aws), delays(aws)], [[], [120]]);
    });

    it("is not saved while the run goes on that it started before it was redriven", async () => {
        const history = [ranJob(ENDED), scheduled("a/1/0"), ranJob(ACQUIRED)];
        const aws = scene({ runs: [{ state: "STOPPING" }], execution: aborted, history });
        await reap(aws, RESCUE);
        assert.deepEqual([saved(aws), closed(aws)], [[], []]);
    });

    it("is not saved while its history does not show its end: a start may be missing, too", async () => {
        for (const events of [[], [entered("Acquire slot", ENDED - 1000)]]) {
            const aws = scene({ execution: aborted, more: { GetExecutionHistory: () => ({ events }) } });
            assert.deepEqual(await reap(aws, RESCUE), ["m-0"]);
            assert.deepEqual(await reapAgain(8, aws, RESCUE), ["m-0"]);
            assert.deepEqual([saved(aws), closed(aws), delays(aws)], [[], [], [1, 60]]);
        }
    });

    it("is not saved while its history shows its end before the last redrive alone", async () => {
        const execution = { ...aborted, redriveCount: 1, redriveDate: new Date(ENDED - 1000) };
        const events = [ended(ENDED - 60_000)];
        const aws = scene({ execution, more: { GetExecutionHistory: () => ({ events }) } });
        await reap(aws, RESCUE);
        assert.deepEqual([saved(aws), closed(aws)], [[], []]);
    });

    it("waits for nothing when it had never come to its job", async () => {
        const aws = scene({ execution: aborted, history: [] });
        await reap(aws, RESCUE);
        assert.equal(saved(aws).length, 1);
        assert.deepEqual(aws.inputs("GetJobRuns"), []);
    });

    it("finds on a later page of its history that it had come to its job", async () => {
        const pages = [
            { events: [ended(ENDED)], nextToken: "2" },
            { events: [scheduled("a/1/0"), ranJob(ACQUIRED)] },
        ];
        const more = { GetExecutionHistory: () => pages.shift() };
        const aws = scene({ runs: [{ state: "SUCCEEDED" }], execution: aborted, more });
        await reap(aws, RESCUE);
        assert.deepEqual(closed(aws), ["done"]);
    });

    it("is saved with what is known when Step Functions says no more than its input and status", async () => {
        const aws = scene({
            execution: { status: "ABORTED" },
            row: { holder: undefined },
            more: { GetExecutionHistory: () => ({}) },
        });
        await reap(aws, RESCUE);
        const attributes = saved(aws)[0]?.["MessageAttributes"] as Record<string, { StringValue: string }>;
        assert.equal(attributes["attempts"]?.StringValue, "1");
        assert.equal(attributes["cause"]?.StringValue, "ExecutionABORTED: no cause was given; no Glue run");
    });

    it("is not taken for one whose start may be in flight because its end is not dated", async () => {
        const aws = scene({ execution: { status: "ABORTED" } });
        await reap(aws, RESCUE);
        assert.equal(saved(aws).length, 1);
    });

    it("does nothing when there is neither a row nor a gate for it", async () => {
        const aws = scene({ execution: aborted, items: { gate: undefined, "job#a": undefined } });
        assert.deepEqual(await reap(aws, STATUS_EVENT), []);
        assert.deepEqual([saved(aws), closed(aws), freed(aws)], [[], [], []]);
    });

    it("does nothing when the message has ended already", async () => {
        const aws = scene({ execution: aborted, row: { ended: { S: "2026-03-01T11:59:30Z" } } });
        await reap(aws, RESCUE);
        assert.deepEqual(
            aws.calls.map(({ command }) => command),
            ["GetItem"],
        );
    });

    it("does nothing while it is RUNNING, but looks again", async () => {
        const aws = scene({});
        await reap(aws, RESCUE);
        assert.deepEqual([saved(aws), closed(aws), delays(aws)], [[], [], [1]]);
    });

    it("does nothing while it is PENDING_REDRIVE", async () => {
        const aws = scene({ execution: { status: "PENDING_REDRIVE" } });
        await reap(aws, RESCUE);
        assert.deepEqual([saved(aws), closed(aws), delays(aws)], [[], [], []]);
    });

    it("closes the row that a succeeded execution could not close", async () => {
        const aws = scene({ execution: { status: "SUCCEEDED" } });
        await reap(aws, RESCUE);
        assert.deepEqual([saved(aws), closed(aws)], [[], ["done"]]);
    });

    it("leaves a row alone whose execution was never started, until its message must have left the queue", async () => {
        const missing = (): never => {
            throw awsError("ExecutionDoesNotExist");
        };
        const aws = scene({ more: { DescribeExecution: missing } });
        await reap(aws, RESCUE);
        assert.deepEqual(closed(aws), []);
        aws.present += 16 * 86_400_000;
        await reap(aws, RESCUE);
        assert.deepEqual([saved(aws), closed(aws)], [[], ["deadLettered"]]);
    });

    it("is found in the present state machine when the one that its row names was replaced before it was started", async () => {
        const present = "arn:aws:states:eu-west-1:123456789012:execution:new:a";
        const describe = (input: { executionArn: string }): object => {
            if (input.executionArn !== present) throw awsError("ExecutionDoesNotExist");
            const message = { id: "m", group: "g", body: "{ }" };
            return { ...aborted, executionArn: present, input: JSON.stringify({ message }) };
        };
        const history = [ended(ENDED), scheduled("a/1/0"), ranJob(ACQUIRED)];
        const aws = scene({ runs: [{ state: "STOPPED" }], history, more: { DescribeExecution: describe } });
        await reap(aws, RESCUE);
        const attributes = saved(aws)[0]?.["MessageAttributes"] as Record<string, { StringValue: string }>;
        assert.equal(attributes["execution"]?.StringValue, present);
        assert.equal(aws.inputs("GetExecutionHistory")[0]?.["executionArn"], present);
    });

    it("is told by the execution's event, and by nobody else's", async () => {
        const own = scene({ runs: [{ state: "STOPPED" }], execution: aborted });
        await reap(own, STATUS_EVENT);
        assert.equal(saved(own).length, 1);
        const other = scene({ runs: [{ state: "STOPPED" }], execution: aborted });
        await reap(other, {
            ...STATUS_EVENT,
            detail: { ...STATUS_EVENT.detail, stateMachineArn: "arn:other" },
        });
        assert.equal(saved(other).length, 0);
    });

    it("is looked at again when somebody changed its row in the meantime", async () => {
        const refuse = (): never => {
            throw awsError("ConditionalCheckFailedException");
        };
        const aws = scene({
            runs: [{ state: "SUCCEEDED" }],
            execution: aborted,
            more: { UpdateItem: refuse },
        });
        assert.deepEqual(await reap(aws, RESCUE), ["m-0"]);
        assert.deepEqual([aws.inputs("SendTaskSuccess"), delays(aws)], [[], [1]]);
    });

    it("tries again when its row cannot be closed", async () => {
        const refuse = (): never => {
            throw awsError("ThrottlingException");
        };
        const aws = scene({
            runs: [{ state: "SUCCEEDED" }],
            execution: aborted,
            more: { UpdateItem: refuse },
        });
        assert.deepEqual(await reap(aws, RESCUE), ["m-0"]);
    });

    it("tries again when Step Functions cannot say what became of it", async () => {
        const refuse = (): never => {
            throw awsError("ThrottlingException");
        };
        const aws = scene({ more: { DescribeExecution: refuse } });
        assert.deepEqual(await reap(aws, RESCUE), ["m-0"]);
    });

    for (const [error, left] of [
        ["TaskTimedOut", []],
        ["InternalServerError", ["m-0"]],
    ] as const) {
        it(`is ${left.length === 0 ? "done with" : "looked at again"} when waking it ends in ${error}`, async () => {
            const aws = scene({
                runs: [{ state: "SUCCEEDED" }],
                execution: aborted,
                more: {
                    UpdateItem: () => ({ Attributes: { token: { S: "asleep" } } }),
                    SendTaskSuccess: () => {
                        throw awsError(error);
                    },
                },
            });
            assert.deepEqual(await reap(aws, RESCUE), left);
        });
    }

    it("is looked for nowhere else when no workflow is deployed", async () => {
        const missing = (): never => {
            throw awsError("ExecutionDoesNotExist");
        };
        const aws = scene({ items: { workflow: undefined }, more: { DescribeExecution: missing } });
        await reap(aws, RESCUE);
        assert.equal(aws.inputs("DescribeExecution").length, 1);
    });

    it("tries again when the dead-letter queue refuses, and closes nothing before", async () => {
        const refuse = (): never => {
            throw awsError("ServiceUnavailable");
        };
        const aws = scene({
            runs: [{ state: "STOPPED" }],
            execution: aborted,
            more: { SendMessage: refuse },
        });
        assert.deepEqual(await reap(aws, RESCUE), ["m-0"]);
        assert.deepEqual(closed(aws), []);
    });
});

describe("The reaper's sweep", () => {
    const aborted = { status: "ABORTED", stopDate: new Date(ENDED) };

    it("finds an execution that died lately and whose event was lost", async () => {
        const executions = [{ name: "a", stopDate: new Date(ENDED) }];
        const more = { ListExecutions: () => ({ executions }) };
        const aws = scene({ runs: [{ state: "STOPPED" }], execution: aborted, more });
        await reap(aws, SWEEP);
        assert.ok(saved(aws).length > 0);
        assert.deepEqual(
            aws.inputs("ListExecutions").map((input) => input["statusFilter"]),
            ["ABORTED", "TIMED_OUT", "FAILED"],
        );
    });

    it("looks no further back than an hour", async () => {
        const executions = [{ name: "a", stopDate: new Date(ENDED - 3_600_000) }];
        const more = { ListExecutions: () => ({ executions }) };
        const aws = scene({ runs: [{ state: "STOPPED" }], execution: aborted, more });
        await reap(aws, SWEEP);
        assert.equal(saved(aws).length, 0);
    });

    it("finds a dead execution among the oldest rows, however long ago it died", async () => {
        const row = { entry: { S: "job#a" }, holder: { S: "a/2/0" }, execution: { S: EXECUTION } };
        const aws = scene({
            runs: [{ state: "STOPPED" }],
            execution: aborted,
            more: { Query: () => ({ Items: [row] }) },
        });
        await reap(aws, SWEEP);
        assert.ok(saved(aws).length > 0);
    });

    it("reads a bounded part of the line, consistently", async () => {
        const aws = scene({});
        await reap(aws, SWEEP);
        assert.deepEqual(
            aws.inputs("Query").map((input) => [input["Limit"], input["ConsistentRead"]]),
            Array.from({ length: 7 }, () => [100, true]),
        );
    });

    it("goes on with its other parts when one fails, says so, and is not made again: the next one comes anyway", async () => {
        const refuse = (): never => {
            throw awsError("ThrottlingException");
        };
        const aws = scene({ more: { ListExecutions: refuse } });
        assert.deepEqual(await reap(aws, SWEEP), []);
        assert.equal(aws.inputs("GetJob").length, 1);
        assert.deepEqual(
            aws.metrics.map(({ name }) => name),
            ["LookFailed"],
        );
    });

    it("is not made again when the function died over it: it only goes on with the line", async () => {
        const aws = scene({});
        await reapAgain(2, aws, SWEEP);
        assert.deepEqual(
            aws.calls.map(({ command, input }) => [command, (input["Key"] as { entry: object }).entry]),
            [["GetItem", { S: "gate" }]],
        );
    });

    const line = (count: number): object[] =>
        Array.from({ length: count }, (_, i) => ({
            entry: { S: `job#n${i}` },
            messageId: { S: `n${i}` },
            execution: { S: EXECUTION },
            holder: { S: `n${i}/1/0` },
            token: { S: `token-${i}` },
        }));
    const waiting =
        (count: number): Answer =>
        (input: { ExpressionAttributeValues: { ":position"?: { S: string } } }) => ({
            Items: input.ExpressionAttributeValues[":position"]?.S === "wait#" ? line(count) : [],
        });
    const GATE = { holders: { M: {} }, limit: { N: "100" } };

    it("wakes the head of the line, and never says that the dispatcher lives", async () => {
        const aws = scene({ items: { gate: GATE }, more: { Query: waiting(3) } });
        assert.deepEqual(await reap(aws, SWEEP), []);
        assert.deepEqual(
            aws.inputs("SendTaskSuccess").map((input) => input["taskToken"]),
            ["token-0", "token-1", "token-2"],
        );
        assert.doesNotMatch(JSON.stringify(aws.inputs("UpdateItem")), /dispatcherSeen|backlog/);
    });

    it("goes on with the line two seconds later while more are to be woken", async () => {
        const aws = scene({ items: { gate: GATE }, more: { Query: waiting(40) } });
        assert.deepEqual(await reap(aws, SWEEP), ["m-0"]);
        assert.deepEqual(delays(aws), [2]);
        assert.equal(aws.inputs("SendTaskSuccess").length, 25);
    });

    it("leaves the rest of the line to the next sweep once that is due", async () => {
        const aws = scene({ items: { gate: GATE }, more: { Query: waiting(40) } });
        assert.deepEqual(await reapAgain(122, aws, SWEEP), []);
        assert.deepEqual(aws.calls, []);
    });

    it("looks itself at a waiter whose token is gone, instead of sending itself a message", async () => {
        const SendTaskSuccess = (): never => {
            throw awsError("TaskTimedOut");
        };
        const aws = scene({
            items: { gate: GATE, "job#a": undefined },
            more: { Query: waiting(1), SendTaskSuccess },
        });
        await reap(aws, SWEEP);
        assert.equal(aws.inputs("SendMessage").length, 0);
        assert.deepEqual(aws.inputs("GetItem").at(-1)?.["Key"], {
            poolName: { S: "etl" },
            entry: { S: "job#a" },
        });
    });

    it("leaves the line alone while every slot is taken, or there is no gate", async () => {
        for (const gate of [{ holders: { M: {} }, limit: { N: "0" } }, undefined]) {
            const aws = scene({ items: { gate }, more: { Query: waiting(1) } });
            await reapAgain(2, aws, SWEEP);
            assert.deepEqual(aws.inputs("SendTaskSuccess"), []);
        }
    });

    it("comes after everything else in its batch", async () => {
        const aws = scene({ runs: [{ state: "SUCCEEDED" }] });
        await reap(aws, SWEEP, ask(ENDED));
        const commands = aws.calls.map(({ command }) => command);
        assert.ok(commands.indexOf("SendTaskSuccess") < commands.indexOf("ListExecutions"));
    });

    it("has each of several pools swept in a message of its own", async () => {
        const aws = scene({});
        const Records = [
            { messageId: "m", body: JSON.stringify(SWEEP), attributes: { ApproximateReceiveCount: "1" } },
        ];
        await create(aws.platform({ ...ENV, POOLS: '["etl","other"]' }))({ Records }, CONTEXT);
        assert.deepEqual(
            toItself(aws).map((input) => [input["MessageBody"], input["DelaySeconds"]]),
            [
                ['{"sweep":"etl"}', 1],
                ['{"sweep":"other"}', 6],
            ],
        );
        await reap(aws, { sweep: "etl" });
        assert.ok(aws.inputs("ListExecutions").length > 0);
    });

    it("frees slots of a pool whose gate or workflow is missing as far as it can, and fails at nothing", async () => {
        for (const missing of ["gate", "workflow"]) {
            const aws = scene({ runs: [{ state: "SUCCEEDED" }], items: { [missing]: undefined } });
            assert.deepEqual(await reap(aws, SWEEP), []);
            assert.deepEqual(freed(aws), missing === "gate" ? [] : ["a/1/0"]);
            assert.deepEqual(
                aws.metrics.filter(({ name }) => name === "LookFailed"),
                [],
            );
        }
    });

    it("takes a Glue job that names no maximum for one that runs once at a time", async () => {
        const aws = scene({ more: { GetJob: () => ({ Job: {} }) } });
        await reap(aws, SWEEP);
        assert.deepEqual(aws.metrics, []);
        const two = { holders: { M: {} }, limit: { N: "2" } };
        const more = scene({ items: { gate: two }, more: { GetJob: () => ({ Job: {} }) } });
        await reap(more, SWEEP);
        assert.match(JSON.stringify(more.logged), /MaxConcurrentRuns is 1, below the limit of 2/);
    });

    it("frees a slot once it has ended the turn that its execution was woken for a moment ago", async () => {
        const woken = "run#2026-03-01T11:59:31.000Z#a";
        const aws = scene({ runs: [{ state: "SUCCEEDED" }], row: { linePosition: { S: woken } } });
        await reap(aws, SWEEP);
        assert.deepEqual(
            aws
                .inputs("UpdateItem")
                .map((input) => [input["UpdateExpression"], input["ConditionExpression"]]),
            [
                ["SET linePosition = :position", "linePosition = :before"],
                [
                    "SET lastChange = :change REMOVE holders.#me, failures, failingSince, probeAfter, probeBy",
                    "attribute_exists(holders.#me)",
                ],
            ],
        );
        const values = aws.inputs("UpdateItem")[0]?.["ExpressionAttributeValues"];
        assert.deepEqual(values, {
            ":before": { S: woken },
            ":position": { S: "open#2026-03-01T12:00:00.000Z#a" },
        });
    });

    for (const [what, row] of [
        ["was woken longer ago", { linePosition: { S: "run#2026-03-01T11:59:29.000Z#a" } }],
        ["waits for its next slot", { linePosition: { S: "wait#5#2026-03-01T11:59:59.000Z#1" } }],
        [
            "was woken for its next slot",
            { linePosition: { S: "run#2026-03-01T11:59:59.000Z#a" }, holder: { S: "a/2/0" } },
        ],
    ] as const) {
        it(`leaves the row alone of an execution that ${what}`, async () => {
            const aws = scene({ runs: [{ state: "SUCCEEDED" }], row });
            await reap(aws, SWEEP);
            assert.deepEqual(freed(aws), ["a/1/0"]);
            assert.equal(aws.inputs("UpdateItem").length, 1);
        });
    }

    it("looks at the newest holders first", async () => {
        const acquired = { a: "2026-03-01T11:00:00Z", b: "2026-03-01T11:30:00Z", c: "2026-03-01T10:30:00Z" };
        const slots = Object.entries(acquired).map(([name, since]) => [
            `${name}/1/0`,
            { M: { since: { N: String(Date.parse(since)) } } },
        ]);
        const rows = Object.keys(acquired).map((name) => [
            `job#${name}`,
            { messageId: { S: name }, execution: { S: name }, job: { S: `job of ${name}` } },
        ]);
        const holders = { M: Object.fromEntries(slots) as object };
        const items = { gate: { holders }, ...(Object.fromEntries(rows) as object) };
        const aws = scene({ items });
        await reap(aws, SWEEP);
        assert.deepEqual(
            aws.inputs("GetJobRuns").map((input) => input["JobName"]),
            // The pool's own job comes last: for runs that their executions have left behind.
            ["job of b", "job of a", "job of c", "job"],
        );
    });

    it("puts nothing off: what is not over yet is found by the next one", async () => {
        const executions = [{ name: "a", stopDate: new Date(ENDED) }];
        const more = { ListExecutions: () => ({ executions }) };
        const aws = scene({ runs: [{ state: "STOPPING" }], execution: aborted, more });
        await reap(aws, SWEEP);
        assert.deepEqual([saved(aws), delays(aws)], [[], []]);
    });

    for (const [what, Job, problem] of [
        [
            "retries by itself",
            { MaxRetries: 1, ExecutionProperty: { MaxConcurrentRuns: 5 } },
            /MaxRetries is 1/,
        ],
        [
            "queues by itself",
            { JobRunQueuingEnabled: true, ExecutionProperty: { MaxConcurrentRuns: 5 } },
            /JobRunQueuingEnabled is on/,
        ],
        [
            "cannot run as often as the limit allows",
            { ExecutionProperty: { MaxConcurrentRuns: 0 } },
            /below the limit of 1/,
        ],
    ] as const) {
        it(`reports a Glue job that ${what}`, async () => {
            const aws = scene({ more: { GetJob: () => ({ Job }) } });
            await reap(aws, SWEEP);
            assert.deepEqual(
                aws.metrics.map(({ name }) => name),
                ["JobMisconfigured"],
            );
            assert.match(JSON.stringify(aws.logged), problem);
        });
    }

    it("reports nothing of a Glue job that is as it should be", async () => {
        const aws = scene({});
        await reap(aws, SWEEP);
        assert.deepEqual(aws.metrics, []);
    });

    describe("of a Glue job that it cannot read,", () => {
        const swept = async (error: string): Promise<FakeAws> => {
            const aws = scene({
                runs: [{ state: "SUCCEEDED" }],
                more: {
                    GetJob: () => {
                        throw awsError(error);
                    },
                },
            });
            assert.deepEqual(await reap(aws, SWEEP), []);
            return aws;
        };

        it("is whole without the permission, and names the permission in the log", async () => {
            const aws = await swept("AccessDeniedException");
            assert.deepEqual(freed(aws), ["a/1/0"]);
            assert.deepEqual(
                aws.metrics.map(({ name }) => name),
                ["SlotFreed"],
            );
            const [line] = aws.logged.filter(({ level }) => level === "warn");
            assert.equal(line?.fields["permission"], "glue:GetJob");
            assert.match(line.fields["cause"] as string, /AccessDeniedException, said AWS/);
        });

        it("names another permission that AWS asks for", async () => {
            const message =
                "User: arn:aws:sts::123456789012:assumed-role/reaper/x is not authorized to perform: iam:PassRole on resource: job";
            const aws = scene({
                more: {
                    GetJob: () => {
                        throw Object.assign(awsError("AccessDeniedException"), { message });
                    },
                },
            });
            assert.deepEqual(await reap(aws, SWEEP), []);
            assert.equal(aws.logged[0]?.fields["permission"], "iam:PassRole");
        });

        it("keeps a slot whose runs it may not list, and says in AWS's words what is missing", async () => {
            const message = "reaper is not authorized to perform: glue:GetUsageProfile on resource: profile";
            const aws = scene({
                execution: { status: "ABORTED", stopDate: new Date(ACQUIRED) },
                more: {
                    GetJobRuns: () => {
                        throw Object.assign(awsError("AccessDeniedException"), { message });
                    },
                },
            });
            assert.deepEqual(await reap(aws, SWEEP), []);
            assert.deepEqual([freed(aws), saved(aws)], [[], []]);
            assert.match(JSON.stringify(aws.logged), /perform: glue:GetUsageProfile/);
            assert.deepEqual(
                aws.metrics.map(({ name }) => name),
                ["LookFailed"],
            );
        });

        it("reports that the job is gone", async () => {
            const aws = await swept("EntityNotFoundException");
            assert.deepEqual(
                aws.metrics.map(({ name }) => name),
                ["SlotFreed", "JobMisconfigured"],
            );
            assert.match(JSON.stringify(aws.logged), /the Glue job is gone/);
        });

        it("says so when the call fails otherwise, after everything else", async () => {
            const aws = await swept("InternalServiceException");
            assert.deepEqual(freed(aws), ["a/1/0"]);
            assert.deepEqual(
                aws.metrics.map(({ name }) => name),
                ["SlotFreed", "LookFailed"],
            );
            assert.match(JSON.stringify(aws.logged), /"part":"checkJob"/);
        });
    });
});
