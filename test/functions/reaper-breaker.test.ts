/** What the reaper notes for the breaker when it frees a slot, and what it says of an open one. */
import assert from "node:assert/strict";
import { create } from "../../functions/reaper.ts";
import { awsError, CONTEXT, FakeAws } from "./fake-aws.ts";
import type { Answer } from "./fake-aws.ts";

const ENV = { TABLE_NAME: "slots", POOLS: '["etl"]', REAPER_QUEUE_URL: "https://reaper" };
const NOW = Date.parse("2026-03-01T12:00:00Z");
const CAPACITY = "Exceeded maximum concurrent capacity for your account: 300.";

/** Glue's event of a run that ended like this, whose holder is at its last attempt or not. */
async function freed(
    run: { JobRunState: string; ErrorMessage?: string },
    isLast: boolean,
    UpdateItem: Answer = () => ({}),
): Promise<FakeAws> {
    const slot = { M: { since: { N: String(NOW - 600_000) }, ...(isLast && { isLast: { BOOL: true } }) } };
    const items: Record<string, object> = {
        gate: { holders: { M: { "a/1/0": slot } }, limit: { N: "1" }, pauseAfterFailures: { N: "5" } },
        "job#a": {
            ...{ entry: { S: "job#a" }, messageId: { S: "a" }, holder: { S: "a/1/0" }, job: { S: "job" } },
            ...{ execution: { S: "arn" }, opened: { S: "2026-03-01T11:00:00.000Z" } },
        },
    };
    const JobRun = {
        ...{ Id: "jr_1", StartedOn: new Date(NOW - 500_000), CompletedOn: new Date(NOW - 1000), ...run },
        Arguments: { "--turnstile-pool": "etl", "--turnstile-holder": "a/1/0" },
    };
    const aws = new FakeAws({
        GetItem: (input: { Key: { entry: { S: string } } }) => ({ Item: items[input.Key.entry.S] }),
        GetJobRun: () => ({ JobRun }),
        GetJobRuns: () => ({ JobRuns: [JobRun] }),
        UpdateItem,
    });
    aws.present = NOW;
    const event = { "detail-type": "Glue Job State Change", detail: { jobName: "job", jobRunId: "jr_1" } };
    const attributes = { ApproximateReceiveCount: "1" };
    const record = { messageId: "m", body: JSON.stringify(event), receiptHandle: "h", attributes };
    await create(aws.platform(ENV))({ Records: [record] }, CONTEXT);
    return aws;
}

/** What the update that freed the slot says of the breaker. */
function note(aws: FakeAws): string {
    const expression = String(aws.inputs("UpdateItem")[0]?.["UpdateExpression"]);
    if (expression.includes("failures = ")) return "counts";
    if (expression.includes("probeAfter = ")) return "puts the next probe off";
    return expression.includes("failures") ? "closes" : "nothing";
}

describe("The reaper frees the slot of a run", () => {
    for (const [run, isLast, expected] of [
        [{ JobRunState: "SUCCEEDED" }, true, "closes"],
        [{ JobRunState: "FAILED", ErrorMessage: "no" }, true, "counts"],
        [{ JobRunState: "TIMEOUT" }, true, "counts"],
        [{ JobRunState: "FAILED", ErrorMessage: "no" }, false, "puts the next probe off"],
        [{ JobRunState: "STOPPED" }, true, "nothing"],
        [{ JobRunState: "FAILED", ErrorMessage: CAPACITY }, true, "nothing"],
    ] as const) {
        const attempt = isLast ? "the last attempt" : "an attempt";
        const error = "ErrorMessage" in run ? ` (${run.ErrorMessage})` : "";
        it(`that is ${run.JobRunState}${error} at ${attempt}: for the breaker it ${expected}`, async () => {
            assert.equal(note(await freed(run, isLast)), expected);
        });
    }
});

describe("The reaper", () => {
    const failed = { JobRunState: "FAILED", ErrorMessage: "no" };
    const counted = (N: string): Answer => {
        return () => ({ Attributes: { failures: { N } } });
    };

    it("says that the breaker is open when it counts the failure that opens it, without waiting for the dispatcher", async () => {
        const aws = await freed(failed, true, counted("5"));
        assert.deepEqual(
            aws.metrics.map(({ name, value }) => [name, value]),
            [
                ["SlotFreed", 1],
                ["BreakerOpen", 1],
            ],
        );
        const [said] = aws.logged.filter(({ level }) => level === "error");
        assert.match(said?.message ?? "", /^the breaker is open/);
        assert.equal(said?.fields["failures"], 5);
    });

    it("says nothing of the breaker at a failure before that", async () => {
        const aws = await freed(failed, true, counted("4"));
        assert.deepEqual(
            aws.metrics.map(({ name }) => name),
            ["SlotFreed"],
        );
    });

    it("says nothing when the execution has released the slot already", async () => {
        const aws = await freed(failed, true, () => {
            throw awsError("ConditionalCheckFailedException");
        });
        assert.deepEqual(aws.metrics, []);
    });
});
