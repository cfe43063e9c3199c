/**
 * Nothing in the program is decoration: take any one resource away, and what the stack promises breaks as it would on
 * AWS; what may be missing without harm in these scenes stands in a list, with its reason.
 */
import assert from "node:assert/strict";
import type { RecordedProgram, Resource } from "../../embedded-aws/index.ts";
import { broken, CONFIG } from "./scenes.ts";
import { recorded } from "./test-stack.ts";

/** Resources that can be taken away unnoticed here, and why they are there. */
const UNNOTICED: Record<string, string> = {
    "aws:sqs/queuePolicy:QueuePolicy turnstile-queue-policy": "refuses plain HTTP, which nobody here speaks",
    "aws:sqs/queuePolicy:QueuePolicy turnstile-queue-dead-letter-policy": "refuses plain HTTP",
    "aws:sqs/queuePolicy:QueuePolicy turnstile-slots-reaper-dead-letter-policy": "refuses plain HTTP",
    "aws:sqs/redriveAllowPolicy:RedriveAllowPolicy":
        "keeps other queues out; without it any may dead-letter there",
    "aws:sns/topicPolicy:TopicPolicy turnstile-jobs-failures-policy": "refuses plain HTTP",
    "aws:cloudwatch/metricAlarm:MetricAlarm turnstile-monitoring-stream-age":
        "tells of a dispatcher that lags behind for minutes, which nothing makes it do here",
    "aws:cloudwatch/dashboard:Dashboard": "shows, and does nothing",
    "aws:s3/bucketPolicy:BucketPolicy": "refuses plain HTTP",
    "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock": "keeps the public out, which is not here",
    "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration":
        "encrypts at rest, which nobody sees",
};

describe("Every resource of the program", () => {
    it("is missed when it is taken away, or stands in the list of those that need not be", async function () {
        this.timeout(300_000);
        const program = await recorded(CONFIG);
        assert.deepEqual(await broken(program), [], "with nothing taken away");
        const unnoticed: string[] = [];
        for (const resource of program.resources.filter(({ type }) => type.startsWith("aws:"))) {
            if ((await broken(without(program, resource))).length === 0)
                unnoticed.push(`${resource.type} ${resource.name}`);
        }
        const listed = (id: string): string | undefined =>
            Object.keys(UNNOTICED).find((entry) => id === entry || id.startsWith(`${entry} `));
        assert.deepEqual(
            unnoticed.filter((id) => !listed(id)),
            [],
            "nobody missed these",
        );
        const stale = Object.keys(UNNOTICED).filter((entry) => !unnoticed.some((id) => listed(id) === entry));
        assert.deepEqual(stale, [], "these are missed after all: take them off the list");
    });
});

function without(program: RecordedProgram, resource: Resource): RecordedProgram {
    return { ...program, resources: program.resources.filter((each) => each !== resource) };
}
