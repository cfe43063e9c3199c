/**
 * Nothing in the program is decoration: take any one resource away, and the stack breaks a promise, as it would on AWS. The
 * resources whose absence these scenes do not notice are in a list, with the reason why the program has them.
 */
import assert from "node:assert/strict";
import type { RecordedProgram, Resource } from "../../embedded-aws/index.ts";
import { broken, firstBroken } from "./scenes.ts";
import { CONFIG, recorded } from "./test-stack.ts";

/** What may be missing without a broken promise, by type or by type and name, and why it is there. */
const UNNOTICED: Readonly<Record<string, string>> = {
    "aws:sqs/queuePolicy:QueuePolicy turnstile-queue-policy":
        "it refuses plain HTTP, which nobody here speaks",
    "aws:sqs/queuePolicy:QueuePolicy turnstile-queue-dead-letter-policy": "it refuses plain HTTP",
    "aws:sqs/queuePolicy:QueuePolicy turnstile-slots-reaper-dead-letter-policy": "it refuses plain HTTP",
    "aws:sqs/redriveAllowPolicy:RedriveAllowPolicy": "it keeps other queues from dead-lettering there",
    "aws:sns/topicPolicy:TopicPolicy turnstile-jobs-failures-policy": "it refuses plain HTTP",
    "aws:cloudwatch/metricAlarm:MetricAlarm turnstile-monitoring-stream-age":
        "it watches for a dispatcher that lags behind for minutes, which nothing here makes it do",
    "aws:cloudwatch/dashboard:Dashboard": "it shows, and does nothing",
    "aws:s3/bucketPolicy:BucketPolicy": "it refuses plain HTTP",
    "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock": "it keeps the public out, which is not here",
    "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration":
        "it encrypts at rest, which nobody sees",
};

// Recorded here, because each resource has a test.
const program = await recorded(CONFIG);
const resources = program.resources.filter(({ type }) => type.startsWith("aws:"));

describe("The program", () => {
    it("keeps every promise with nothing taken away", async () => {
        assert.deepEqual(await broken(program), []);
    });

    for (const resource of resources) {
        const id = `${resource.type} ${resource.name}`;
        const entry = entryOf(id);
        const title =
            entry === undefined
                ? `breaks a promise without ${id}`
                : `breaks no promise without ${id}: ${UNNOTICED[entry]}`;
        it(title, async () => {
            const promise = await firstBroken(without(resource));
            assert.equal(promise === undefined, entry !== undefined, promise ?? "no promise is broken");
        });
    }

    it("has everything that is in the list of what breaks no promise when it is missing", () => {
        const entries = resources.map(({ type, name }) => entryOf(`${type} ${name}`));
        assert.deepEqual(
            Object.keys(UNNOTICED).filter((entry) => !entries.includes(entry)),
            [],
        );
    });
});

/** The entry of the list that a resource is in. */
function entryOf(id: string): string | undefined {
    return Object.keys(UNNOTICED).find((entry) => id === entry || id.startsWith(`${entry} `));
}

function without(resource: Resource): RecordedProgram {
    return { ...program, resources: program.resources.filter((each) => each !== resource) };
}
