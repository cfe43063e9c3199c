/** The workflow's definition with the names and numbers of a stack, in each form that its configuration gives it. */
import { definition } from "../../workflow/definition.ts";
import type { WorkflowNames, WorkflowNumbers } from "../../workflow/definition.ts";

export const NAMES: WorkflowNames = {
    partition: "aws",
    tableName: "slots-1234567",
    pool: "etl",
    jobName: "aggregate",
    deadLetterQueueUrl: "https://sqs.eu-west-1.amazonaws.com/123456789012/dead.fifo",
    reaperQueueUrl: "https://sqs.eu-west-1.amazonaws.com/123456789012/reaper",
    failureTopicArn: "arn:aws:sns:eu-west-1:123456789012:failures",
};

export const NUMBERS: WorkflowNumbers = {
    maxAttempts: 3,
    retryDelaySeconds: 60,
    cooldownSeconds: 30,
    startBudgetSeconds: 1800,
    jobTimeoutMinutes: undefined,
};

export const variants: readonly [name: string, machine: ReturnType<typeof definition>][] = [
    ["with a cooldown", definition(NAMES, NUMBERS)],
    ["without a cooldown", definition(NAMES, { ...NUMBERS, cooldownSeconds: 0 })],
    ["with a job timeout", definition(NAMES, { ...NUMBERS, jobTimeoutMinutes: 60 })],
];
