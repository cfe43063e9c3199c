import assert from "node:assert/strict";
import { create } from "../../functions/reaper.ts";
import { awsError, CONTEXT, FakeAws } from "./fake-aws.ts";
import type { Answer } from "./fake-aws.ts";

const ENV = { TABLE_NAME: "slots", PROCESSES: '["etl"]', REAPER_QUEUE_URL: "https://reaper" };
const TAKEN = Date.parse("2026-03-01T11:50:00Z");
const ENDED = Date.parse("2026-03-01T11:59:00Z");

interface RunParts {
    state: string;
    holder?: string;
    id?: string;
    startedOn?: number;
}

function glueRun({ state, holder, id, startedOn }: RunParts): object {
    const isOver = !["STARTING", "RUNNING", "STOPPING", "WAITING"].includes(state);
    return {
        Id: id ?? "jr_1",
        JobRunState: state,
        StartedOn: new Date(startedOn ?? TAKEN + 1000),
        ...(isOver && { CompletedOn: new Date(ENDED) }),
        Arguments: { "--turnstile-process": "etl", "--turnstile-holder": holder ?? "a/1/0" },
    };
}

/** One holder, `a/1/0`, in the gate; the runs, the row and the execution as given. */
function scene(parts: {
    runs?: readonly RunParts[];
    row?: object;
    execution?: object;
    settle?: string;
    more?: Record<string, Answer>;
}): FakeAws {
    const slot = {
        M: { since: { S: new Date(TAKEN).toISOString() }, job: { S: "job" }, format: { N: "1" } },
    };
    const items: Record<string, object> = {
        gate: { holders: { M: { "a/1/0": slot } }, turns: { M: {} }, limit: { N: "1" } },
        settings: { limit: { N: "1" }, settleSeconds: { N: parts.settle ?? "0" } },
        "job#a": { entry: { S: "job#a" }, holder: { S: "a/1/0" }, execution: { S: "arn:a" }, ...parts.row },
    };
    return new FakeAws({
        GetItem: (input: { Key: { entry: { S: string } } }) => ({ Item: items[input.Key.entry.S] }),
        GetJobRun: () => ({ JobRun: glueRun(parts.runs?.[0] ?? { state: "SUCCEEDED" }) }),
        GetJobRuns: () => ({ JobRuns: (parts.runs ?? []).map(glueRun) }),
        DescribeExecution: () => parts.execution ?? { status: "RUNNING", redriveCount: 0 },
        UpdateItem: () => ({}),
        SendMessage: () => ({}),
        SendTaskSuccess: () => ({}),
        ...parts.more,
    });
}

const GLUE_EVENT = {
    "detail-type": "Glue Job State Change",
    detail: { jobName: "job", jobRunId: "jr_1", state: "SUCCEEDED" },
};
const STATUS_EVENT = {
    "detail-type": "Step Functions Execution Status Change",
    detail: { name: "a", status: "ABORTED" },
};
const SWEEP = { sweep: true };
const ask = (since: number): object => ({
    ask: {
        process: "etl",
        holder: "a/1/0",
        job: "job",
        since: new Date(since).toISOString(),
        token: "token",
    },
});

async function reap(aws: FakeAws, ...bodies: readonly object[]): Promise<string[]> {
    const Records = bodies.map((body, i) => ({ messageId: `m-${i}`, body: JSON.stringify(body) }));
    const answer = await create(aws.platform(ENV))({ Records }, CONTEXT);
    return (answer as { batchItemFailures: { itemIdentifier: string }[] }).batchItemFailures.map(
        (each) => each.itemIdentifier,
    );
}

/** The holders whose slots were given back. */
function freed(aws: FakeAws): unknown[] {
    return aws.inputs("UpdateItem").map((input) => {
        assert.equal(input["UpdateExpression"], "SET lastChange = :change REMOVE holders.#me, turns.#me");
        return (input["ExpressionAttributeNames"] as Record<string, string>)["#me"];
    });
}

function delays(aws: FakeAws): unknown[] {
    return aws.inputs("SendMessage").map((input) => input["DelaySeconds"]);
}

describe("The reaper", () => {
    for (const [what, event] of [
        ["Glue's event", GLUE_EVENT],
        ["the execution's event", STATUS_EVENT],
        ["the sweep", SWEEP],
    ] as const) {
        it(`frees the slot of a holder whose only run has ended, at ${what}`, async () => {
            const aws = scene({ runs: [{ state: "SUCCEEDED" }] });
            assert.deepEqual(await reap(aws, event), []);
            assert.deepEqual(freed(aws), ["a/1/0"]);
        });

        it(`keeps the slot while another run with the same holder goes on, at ${what}`, async () => {
            const aws = scene({ runs: [{ state: "FAILED" }, { state: "RUNNING", id: "jr_1_attempt_1" }] });
            await reap(aws, event);
            assert.deepEqual(freed(aws), []);
        });

        it(`keeps the slot of an aborted execution while its run is STOPPING, at ${what}`, async () => {
            const execution = { status: "ABORTED", stopDate: new Date(TAKEN) };
            const aws = scene({ runs: [{ state: "STOPPING" }], execution });
            await reap(aws, event);
            assert.deepEqual(freed(aws), []);
        });
    }

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

    it("frees the slot of an ended execution without a run, once a start in flight must have shown", async () => {
        const aws = scene({ execution: { status: "ABORTED", stopDate: new Date(TAKEN) } });
        await reap(aws, STATUS_EVENT);
        assert.deepEqual(freed(aws), ["a/1/0"]);
    });

    it("looks again in time at an ended execution whose start may be in flight", async () => {
        const aws = scene({ execution: { status: "ABORTED", stopDate: new Date(ENDED) } });
        await reap(aws, STATUS_EVENT);
        assert.deepEqual(freed(aws), []);
        assert.deepEqual(delays(aws), [60]);
        assert.deepEqual(JSON.parse(aws.inputs("SendMessage")[0]?.["MessageBody"] as string), {
            check: { process: "etl", holder: "a/1/0" },
        });
    });

    it("frees the slot of an attempt without a run that its execution has left behind", async () => {
        const row = { holder: { S: "a/2/0" }, joined: { S: new Date(TAKEN).toISOString() } };
        const aws = scene({ row });
        await reap(aws, SWEEP);
        assert.deepEqual(freed(aws), ["a/1/0"]);
    });

    it("frees the slot without a run of an execution that was redriven since", async () => {
        const aws = scene({
            execution: { status: "RUNNING", redriveCount: 1, redriveDate: new Date(TAKEN) },
        });
        await reap(aws, SWEEP);
        assert.deepEqual(freed(aws), ["a/1/0"]);
    });

    it("keeps a slot for what is left of its settling, and looks again then", async () => {
        const aws = scene({ runs: [{ state: "SUCCEEDED" }], settle: "90" });
        await reap(aws, GLUE_EVENT);
        assert.deepEqual(freed(aws), []);
        assert.deepEqual(delays(aws), [30]);
    });

    it("answers an execution that asks, once its run has ended, with the run's real end", async () => {
        const aws = scene({ runs: [{ state: "SUCCEEDED" }] });
        await reap(aws, ask(ENDED));
        assert.deepEqual(freed(aws), ["a/1/0"]);
        const answer = aws.inputs("SendTaskSuccess")[0] as { taskToken: string; output: string };
        assert.equal(answer.taskToken, "token");
        assert.deepEqual(JSON.parse(answer.output), {
            state: "SUCCEEDED",
            run: "jr_1",
            error: "",
            completedOn: ENDED,
        });
    });

    it("answers that there was no run only after a grace, and asks itself again until then", async () => {
        const early = scene({});
        await reap(early, ask(ENDED));
        assert.deepEqual([early.inputs("SendTaskSuccess"), delays(early)], [[], [60]]);
        const late = scene({});
        late.present = ENDED + 120_000;
        await reap(late, ask(ENDED));
        assert.match(late.inputs("SendTaskSuccess")[0]?.["output"] as string, /"state":"NONE"/);
    });

    it("asks itself again while the run goes on", async () => {
        const aws = scene({ runs: [{ state: "RUNNING" }] });
        await reap(aws, ask(ENDED));
        assert.deepEqual([freed(aws), aws.inputs("SendTaskSuccess"), delays(aws)], [[], [], [60]]);
    });

    it("finds a run on a later page of Glue's list, and reads no further back than it must", async () => {
        const page = (runs: readonly RunParts[], NextToken?: string): object => ({
            JobRuns: runs.map(glueRun),
            NextToken,
        });
        const pages = [
            page([{ state: "RUNNING", holder: "z/1/0", startedOn: ENDED }], "2"),
            page([{ state: "SUCCEEDED", startedOn: TAKEN }], "3"),
            page([{ state: "SUCCEEDED", holder: "old/1/0", startedOn: TAKEN - 120_000 }], "4"),
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

    it("reports the messages that it could not look at, and no other", async () => {
        const refuse = (): never => {
            throw awsError("ThrottlingException");
        };
        const aws = scene({ runs: [{ state: "FAILED" }], more: { GetJobRun: refuse } });
        assert.deepEqual(await reap(aws, GLUE_EVENT, SWEEP), ["m-0"]);
        assert.deepEqual(freed(aws), ["a/1/0"]);
    });
});
