/** Components around what exists already. */
import assert from "node:assert/strict";
import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { JobWorkflow, TokenBucket, WorkQueue } from "../../components/index.ts";
import type { WorkQueueArgs } from "../../components/index.ts";
import { ACCOUNT, failureOf, find, record } from "../mocks.ts";
import { KEY_ARN, recordStack, rolePolicy } from "./fixtures.ts";

interface Given {
    queue?: aws.sqs.QueueArgs;
    deadLetterQueue?: aws.sqs.QueueArgs;
    args?: WorkQueueArgs;
}

/** A component around two queues, and a workflow on it. */
function makeExisting({ queue = {}, deadLetterQueue = {}, args = {} }: Given = {}): WorkQueue {
    const letters = new aws.sqs.Queue("letters", { fifoQueue: true, ...deadLetterQueue });
    const redrivePolicy = pulumi.jsonStringify({ deadLetterTargetArn: letters.arn, maxReceiveCount: 10 });
    const mine = new aws.sqs.Queue("mine", {
        fifoQueue: true,
        visibilityTimeoutSeconds: 240,
        redrivePolicy,
        ...queue,
    });
    const work = new WorkQueue("work", { existing: { queue: mine, deadLetterQueue: letters }, ...args });
    const bucket = new TokenBucket("slots", { pools: { reports: { limit: 3 } } });
    new JobWorkflow("jobs", { pool: "reports", queue: work, bucket, jobName: "report" });
    return work;
}

describe("A work queue around queues that exist already", () => {
    it("makes nothing of its own", async () => {
        const recorded = await record(() => makeExisting());
        assert.deepEqual(
            recorded.filter(({ name }) => name.startsWith("work")).map(({ type }) => type),
            ["turnstile:index:WorkQueue"],
        );
    });

    it("has the starter read the queue that exists", async () => {
        const recorded = await record(() => makeExisting());
        const { arn, url } = find(recorded, "mine", ":Queue").outputs;
        assert.equal(find(recorded, "jobs-messages", ":EventSourceMapping").inputs["eventSourceArn"], arn);
        const { environment } = find(recorded, "jobs-starter", ":Function").inputs as {
            environment: { variables: Record<string, string> };
        };
        assert.equal(environment.variables["QUEUE_URL"], url);
        assert.equal(
            environment.variables["DEAD_LETTER_QUEUE_URL"],
            find(recorded, "letters", ":Queue").outputs["url"],
        );
    });

    const refused: readonly (readonly [string, Given, RegExp])[] = [
        ["a standard queue", { queue: { fifoQueue: false } }, /existing\.queue is no FIFO queue/],
        [
            "a standard dead-letter queue",
            { deadLetterQueue: { fifoQueue: false } },
            /existing\.deadLetterQueue is no FIFO queue/,
        ],
        [
            "a visibility timeout that is too short",
            { queue: { visibilityTimeoutSeconds: 239 } },
            /visibilityTimeoutSeconds of existing\.queue is 239; expected 240 or more/,
        ],
        [
            "another dead-letter queue",
            {
                queue: {
                    redrivePolicy: JSON.stringify({
                        deadLetterTargetArn: `arn:aws:sqs:eu-west-1:${ACCOUNT}:other.fifo`,
                    }),
                },
            },
            /the redrive policy of existing\.queue names .*:other\.fifo; expected existing\.deadLetterQueue, arn:/,
        ],
        [
            "a key that is not given",
            { queue: { kmsMasterKeyId: KEY_ARN } },
            /existing\.queue is encrypted with the KMS key .*; expected its ARN in kmsKeyArn/,
        ],
        [
            "a key of the dead-letter queue that is not given",
            { deadLetterQueue: { kmsMasterKeyId: KEY_ARN } },
            /existing\.deadLetterQueue is encrypted with the KMS key/,
        ],
        [
            "settings of the queue",
            { args: { retentionDays: 3, senders: [{ principal: "210987654321" }] } },
            /retentionDays and existing are both given; .*; senders and existing are both given/,
        ],
        ["no queues", { args: { existing: null as never } }, /existing is null; expected \{ queue, deadLett/],
        [
            "a URL",
            { args: { existing: { queue: "https://sqs" } as never } },
            /existing\.queue is no aws\.sqs\.Queue; expected .*; existing\.deadLetterQueue is no aws\.sqs\.Queue/,
        ],
    ];
    for (const [what, given, says] of refused) {
        it(`refuses ${what}`, async () => {
            const { message } = await failureOf(() => makeExisting(given));
            assert.match(message, /^WorkQueue "work" cannot be created: /);
            assert.match(message, says);
        });
    }

    it("takes queues of which less is known, encrypted ones with their key", async () => {
        const unknown = { redrivePolicy: undefined, visibilityTimeoutSeconds: undefined } as never;
        for (const queue of [unknown, { redrivePolicy: "" }, { redrivePolicy: "{}" }])
            await record(() => makeExisting({ queue }));
        const queue = { kmsMasterKeyId: KEY_ARN };
        await record(() => makeExisting({ queue, args: { kmsKeyArn: KEY_ARN } }));
    });

    it("has one workflow, though two components are around it", async () => {
        await record(() => {
            const { queue, deadLetterQueue } = makeExisting();
            const other = new WorkQueue("other", { existing: { queue, deadLetterQueue } });
            const bucket = new TokenBucket("others", { pools: { reports: { limit: 3 } } });
            assert.throws(
                () => new JobWorkflow("second", { pool: "reports", queue: other, bucket, jobName: "report" }),
                /its queue has the workflow "jobs" already/,
            );
        });
    });
});

describe("A workflow with a key of its own", () => {
    const kmsKeyArn = KEY_ARN;
    const tableKey = `${KEY_ARN}2`;

    it("encrypts its executions, their log, the topic and the starter's log and environment", async () => {
        const recorded = await recordStack({ bucket: { kmsKeyArn: tableKey }, workflow: { kmsKeyArn } });
        const own = recorded.filter(({ name }) => name.startsWith("jobs"));
        const keys = own.flatMap(({ inputs }) => [
            ...["kmsKeyId", "kmsKeyArn", "kmsMasterKeyId"].map((input) => inputs[input]),
            (inputs["encryptionConfiguration"] as { kmsKeyId?: string } | undefined)?.kmsKeyId,
        ]);
        // The component has it, too.
        assert.deepEqual(
            keys.filter((key) => key !== undefined),
            Array(6).fill(kmsKeyArn),
        );
    });

    it("uses the bucket's key for the table and the reaper's queue, and its own for the rest", async () => {
        const recorded = await recordStack({ bucket: { kmsKeyArn: tableKey }, workflow: { kmsKeyArn } });
        const uses = rolePolicy(recorded, "jobs-policy")
            .filter(({ Action }) => String(Action).includes("kms:"))
            .map(({ Resource, Condition }) => [
                Resource,
                JSON.stringify(Condition).match(/\w+(?=\.eu)|(?<=EncryptionContext:)[\w:]+/g),
            ]);
        assert.deepEqual(uses, [
            [tableKey, ["dynamodb", "sqs"]],
            [tableKey, ["sqs"]],
            [kmsKeyArn, ["sns"]],
            [kmsKeyArn, ["sns"]],
            [kmsKeyArn, ["aws:states:stateMachineArn"]],
            [kmsKeyArn, ["SourceArn"]],
        ]);
    });

    it("lets the bucket's reaper read its executions", async () => {
        const recorded = await recordStack({ workflow: { kmsKeyArn } });
        const reads = rolePolicy(recorded, "jobs-reaper-policy").filter(
            ({ Action }) => Action === "kms:Decrypt",
        );
        assert.deepEqual(
            reads.map(({ Resource }) => Resource),
            [kmsKeyArn],
        );
    });
});

describe("A workflow with a log group that exists", () => {
    const logGroupArn = `arn:aws:logs:eu-west-1:${ACCOUNT}:log-group:/aws/vendedlogs/states/mine`;

    for (const given of [logGroupArn, `${logGroupArn}:*`]) {
        it(`writes to it, and makes none: ${given}`, async () => {
            const recorded = await recordStack({ workflow: { logGroupArn: given } });
            const { loggingConfiguration } = find(recorded, "jobs", ":StateMachine").inputs as {
                loggingConfiguration: { logDestination: string };
            };
            assert.equal(loggingConfiguration.logDestination, `${logGroupArn}:*`);
            assert.ok(!recorded.some(({ name }) => name === "jobs-logs"));
        });
    }

    it("refuses a name", async () => {
        await assert.rejects(
            recordStack({ workflow: { logGroupArn: "mine" } }),
            /logGroupArn is "mine"; expected the ARN of a log group/,
        );
    });
});
