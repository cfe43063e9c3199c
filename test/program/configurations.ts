/** The program in every variation that its configuration admits, by what the configuration says besides the dev stack's. */
import { MAX_FORMER_JOBS } from "../../components/allowed-values.ts";
import { exampleProject } from "../example-projects.ts";
import { FIXTURES } from "../stack/test-stack.ts";

export const key = (region: string, partition = "aws"): string =>
    `arn:${partition}:kms:${region}:123456789012:key/0123abcd-45ef-6789-0abc-def012345678`;
const topic = (name: string): string => `arn:aws:sns:us-east-1:123456789012:${name}`;
export const names = (count: number, length: number): string[] =>
    Array.from({ length: count }, (_, i) => `${String(i).padStart(4, "n")}${"x".repeat(length - 4)}`);

const mostTags = JSON.stringify(
    Object.fromEntries(names(48, 128).map((name) => [name, `${"é".repeat(250)} _.:/=`])),
);
const smallest = {
    limit: "0",
    cooldownSeconds: "0",
    maxAttempts: "1",
    retryDelaySeconds: "1",
    startBudgetSeconds: "0",
    jobTimeoutMinutes: "1",
    maxReceiveCount: "1",
    retentionDays: "1",
    logRetentionDays: "1",
};
const largest = {
    limit: "1000",
    cooldownSeconds: "900",
    maxAttempts: "10",
    retryDelaySeconds: "900",
    startBudgetSeconds: "86400",
    jobTimeoutMinutes: "10080",
    maxReceiveCount: "1000",
    retentionDays: "14",
    logRetentionDays: "3653",
    protect: "true",
};

export const CONFIGURATIONS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
    "as its files configure it": {},
    "with the smallest numbers": smallest,
    "with the largest numbers, protected": largest,
    "with a job that is there already": { jobName: "nightly" },
    "with a key, topics and mails of its owner's": {
        kmsKeyArn: key("us-east-1"),
        failureTopicArn: topic("failures"),
        alarmEmail: "operators@example.com",
    },
    "with topics of its owner's for everything": {
        failureTopicArn: topic("failures"),
        alarmTopicArn: topic("alarms"),
    },
    "with everything as long as it may be": {
        ...largest,
        pool: "p".repeat(40),
        jobName: "j".repeat(255),
        formerJobNames: JSON.stringify(names(MAX_FORMER_JOBS, 255)),
        kmsKeyArn: key("us-east-1"),
        failureTopicArn: topic("f".repeat(256)),
        alarmTopicArn: topic("a".repeat(256)),
        tags: mostTags,
    },
    "with tags that IAM would take for its own": { tags: '{"Project": "reports", "STACK": "x"}' },
    "in AWS GovCloud, with everything as long as it may be": {
        "aws:region": "us-gov-west-1",
        pool: "p".repeat(40),
        jobName: "j".repeat(255),
        formerJobNames: JSON.stringify(names(MAX_FORMER_JOBS, 255)),
        kmsKeyArn: key("us-gov-west-1", "aws-us-gov"),
        tags: mostTags,
    },
    "in China": { "aws:region": "cn-north-1", kmsKeyArn: key("cn-north-1", "aws-cn") },
};

/** Programs of their own: what they are called, and their folders. */
export const PROGRAMS: Readonly<Record<string, string>> = {
    "examples/two-pools": exampleProject("two-pools"),
    "test/stack/fixtures/existing": FIXTURES.existing,
    "test/stack/fixtures/two-keys": FIXTURES.twoKeys,
    "test/stack/fixtures/two-pools": FIXTURES.twoPools,
};
