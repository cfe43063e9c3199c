import assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import { WorkQueue } from "../../components/index.ts";
import type { WorkQueueArgs } from "../../components/index.ts";
import { ACCOUNT, find, json, key, record } from "../mocks.ts";

const recordQueue = (args?: WorkQueueArgs) => record(() => new WorkQueue("work", args));
const arn = (name: string) => `arn:aws:sqs:eu-west-1:${ACCOUNT}:${name}`;

describe("a work queue", () => {
    it("declares these resources and no others, all its own children", async () => {
        const recorded = await recordQueue();
        assert.deepEqual(recorded.map(key), [
            "aws:sqs/queue:Queue work",
            "aws:sqs/queue:Queue work-dead-letter",
            "aws:sqs/queuePolicy:QueuePolicy work-dead-letter-policy",
            "aws:sqs/queuePolicy:QueuePolicy work-policy",
            "aws:sqs/redriveAllowPolicy:RedriveAllowPolicy work-redrive-allow-policy",
            "turnstile:index:WorkQueue work",
        ]);
        const children = recorded.filter(({ type }) => type.startsWith("aws:"));
        assert.deepEqual(
            new Set(children.map(({ parent }) => parent)),
            new Set(["turnstile:index:WorkQueue work"]),
        );
    });

    it("is a FIFO queue of high throughput that keeps messages for 14 days", async () => {
        const recorded = await recordQueue();
        const { redrivePolicy, ...inputs } = find(recorded, "work", ":Queue").inputs;
        assert.deepEqual(inputs, {
            fifoQueue: true,
            contentBasedDeduplication: true,
            deduplicationScope: "messageGroup",
            fifoThroughputLimit: "perMessageGroupId",
            messageRetentionSeconds: 1_209_600,
            maxMessageSize: 262_144,
            visibilityTimeoutSeconds: 240,
            sqsManagedSseEnabled: true,
        });
        assert.deepEqual(JSON.parse(String(redrivePolicy)), {
            deadLetterTargetArn: find(recorded, "work-dead-letter", ":Queue").outputs["arn"],
            maxReceiveCount: 1000,
        });
    });

    it("has a FIFO dead-letter queue that keeps messages for 14 days, whatever the queue does", async () => {
        const recorded = await recordQueue({ retentionDays: 4 });
        assert.deepEqual(find(recorded, "work-dead-letter", ":Queue").inputs, {
            fifoQueue: true,
            messageRetentionSeconds: 1_209_600,
            maxMessageSize: 1_048_576,
            sqsManagedSseEnabled: true,
        });
    });

    it("has a dead-letter queue for this queue alone", async () => {
        const recorded = await recordQueue();
        const allow = find(recorded, "work-redrive-allow-policy", ":RedriveAllowPolicy");
        assert.equal(allow.inputs["queueUrl"], find(recorded, "work-dead-letter", ":Queue").outputs["url"]);
        assert.deepEqual(json(allow, "redriveAllowPolicy"), {
            redrivePermission: "byQueue",
            sourceQueueArns: [find(recorded, "work", ":Queue").outputs["arn"]],
        });
    });

    it("keeps messages for as long as its argument says", async () => {
        const { inputs } = find(await recordQueue({ retentionDays: 4 }), "work", ":Queue");
        assert.equal(inputs["messageRetentionSeconds"], 345_600);
    });

    it("refuses plain HTTP on both queues", async () => {
        const recorded = await recordQueue();
        for (const name of ["work", "work-dead-letter"]) {
            const queue = find(recorded, name, ":Queue");
            const policy = find(recorded, `${name}-policy`, ":QueuePolicy");
            assert.equal(policy.inputs["queueUrl"], queue.outputs["url"]);
            assert.deepEqual(json(policy, "policy"), {
                Version: "2012-10-17",
                Statement: [
                    {
                        Sid: "DenyPlainHttp",
                        Effect: "Deny",
                        Principal: "*",
                        Action: "sqs:*",
                        Resource: [arn(String(queue.outputs["name"]))],
                        Condition: { Bool: { "aws:SecureTransport": "false" } },
                    },
                ],
            });
        }
    });

    for (const [what, functionTimeoutSeconds] of [
        ["known now", 30],
        ["known later", pulumi.output(30)],
    ] as const) {
        it(`hides a message for six times the function's timeout, ${what}`, async () => {
            const { inputs } = find(await recordQueue({ functionTimeoutSeconds }), "work", ":Queue");
            assert.equal(inputs["visibilityTimeoutSeconds"], 180);
        });
    }

    it("hides a message for as long as its argument says", async () => {
        const args = { functionTimeoutSeconds: 20, visibilityTimeoutSeconds: 600 };
        const { inputs } = find(await recordQueue(args), "work", ":Queue");
        assert.equal(inputs["visibilityTimeoutSeconds"], 600);
    });

    it("encrypts both queues with a customer-managed key instead of SQS's own", async () => {
        const kmsKeyArn = `arn:aws:kms:eu-west-1:${ACCOUNT}:key/1`;
        const recorded = await recordQueue({ kmsKeyArn });
        for (const name of ["work", "work-dead-letter"]) {
            const { inputs } = find(recorded, name, ":Queue");
            assert.equal(inputs["kmsMasterKeyId"], kmsKeyArn);
            assert.ok(!("sqsManagedSseEnabled" in inputs));
        }
    });

    it("lists every mistake in its arguments in one error", async () => {
        const wrong = {
            functionTimeoutSeconds: 60,
            visibilityTimeoutSeconds: 300,
            maxReceiveCount: 0,
            retentionDays: 14.5,
            kmsKeyArn: "alias/mine",
        };
        await assert.rejects(recordQueue(wrong), (error: Error) => {
            assert.ok(pulumi.RunError.isInstance(error));
            assert.match(error.message, /^WorkQueue "work" cannot be created: /);
            assert.match(
                error.message,
                /visibilityTimeoutSeconds is 300; expected a whole number from 360 to 43200/,
            );
            assert.match(error.message, /maxReceiveCount is 0; expected a whole number from 1 to 1000/);
            assert.match(error.message, /retentionDays is 14.5/);
            assert.match(error.message, /kmsKeyArn is "alias\/mine"; expected the ARN of a KMS key/);
            return true;
        });
    });

    it("refuses a name that AWS's names have no room for", async () => {
        await assert.rejects(
            record(() => new WorkQueue("w".repeat(56))),
            /its name has 56 characters; .* 55 characters at most/,
        );
    });

    it("refuses a name with characters that AWS's names cannot have", async () => {
        await assert.rejects(
            record(() => new WorkQueue("work_queue")),
            /expected a letter, then letters, digits and hyphens/,
        );
    });
});
