/**
 * What each argument of the components and each key of the configuration may be, and what it is when it is left out: once,
 * for both. Pulumi.yaml and the arguments' comments repeat the numbers in prose, and a test compares them with these.
 */
import { MAX_LIMIT } from "../slots/table.ts";

export { listMistakes as argumentNameMistakes } from "../functions/starter/allowed-names.ts";

/** The whole numbers from `from` to `to`, both included. */
export interface Range {
    readonly from: number;
    readonly to: number;
    /** What is counted, such as `seconds`. */
    readonly unit?: string;
}

export const RANGE = {
    limit: { from: 0, to: MAX_LIMIT },
    cooldownSeconds: { from: 0, to: 900, unit: "seconds" },
    pauseAfterFailures: { from: 0, to: 100 },
    maxAttempts: { from: 1, to: 10 },
    retryDelaySeconds: { from: 1, to: 900, unit: "seconds" },
    startBudgetSeconds: { from: 0, to: 86_400, unit: "seconds" },
    /** Glue stops a run after seven days at the latest. */
    jobTimeoutMinutes: { from: 1, to: 10_080, unit: "minutes" },
    maxConcurrentRuns: { from: 1, to: 1000 },
    functionTimeoutSeconds: { from: 1, to: 900, unit: "seconds" },
    visibilityTimeoutSeconds: { from: 6, to: 43_200, unit: "seconds" },
    maxReceiveCount: { from: 1, to: 1000 },
    retentionDays: { from: 1, to: 14, unit: "days" },
    oldestMessageMinutes: { from: 1, to: 1440, unit: "minutes" },
    /** Glue stops a run after seven days at the latest. */
    longestJobMinutes: { from: 1, to: 10_080, unit: "minutes" },
} as const satisfies Readonly<Record<string, Range>>;

/** What is used when an argument is left out. */
export const DEFAULT = {
    cooldownSeconds: 0,
    pauseAfterFailures: 5,
    maxAttempts: 3,
    retryDelaySeconds: 30,
    startBudgetSeconds: 600,
    jobTimeoutMinutes: 60,
    functionTimeoutSeconds: 40,
    maxReceiveCount: 1000,
    retentionDays: 14,
    logRetentionDays: 30,
    oldestMessageMinutes: 10,
    longestJobMinutes: 1440,
} as const;

export function isWithin({ from, to }: Range, value: number): boolean {
    return Number.isInteger(value) && value >= from && value <= to;
}

/** What is expected of a number, in words. */
export function wordsOf({ from, to, unit }: Range): string {
    return `a whole number from ${from} to ${to}${unit === undefined ? "" : ` ${unit}`}`;
}

/** What a text may be: the check, and what it expects, in words. */
export interface TextRule {
    readonly expects: string;
    readonly accepts: (text: string) => boolean;
}

export const POOL_NAME: TextRule = {
    expects: "1 to 40 letters, digits, _ and -",
    accepts: (text) => /^[A-Za-z0-9_-]{1,40}$/.test(text),
};

/**
 * The name of a Glue job as a permission can have it: * ? and $ mean something else in a policy, which has no
 * character beyond U+00FF (IAM User Guide, "IAM and AWS STS quotas"). Glue API Reference, "CreateJob": 255 characters.
 */
export const JOB_NAME: TextRule = {
    expects:
        "the name of a Glue job, 1 to 255 characters up to U+00FF without control characters, *, ? and $",
    accepts: (text) => text.length <= 255 && /^[^\p{Cc}*?$\u{100}-\u{10ffff}]+$/u.test(text),
};

/** How many jobs a workflow may have had before: permissions name each, and a role has 10,240 characters for all of them. */
export const MAX_FORMER_JOBS = 10;

export const EMAIL_ADDRESS: TextRule = {
    expects: "an e-mail address such as operators@example.com",
    accepts: (text) => /^[^\s@]+@[^\s@]+$/.test(text),
};

/**
 * The ARN of a KMS key. A permission on a key's alias is none on the key (KMS Developer Guide, "Use aliases to control access
 * to KMS keys").
 */
export const KMS_KEY_ARN: TextRule = {
    expects: "the ARN of a KMS key, arn:<partition>:kms:<region>:<account>:key/<id>, and not of its alias",
    accepts: (text) => /^arn:[a-z-]+:kms:[a-z0-9-]+:\d{12}:key\/[\w-]+$/.test(text),
};

/** The ARN of a log group. Some of AWS's answers end it with an asterisk for its streams. */
export const LOG_GROUP_ARN: TextRule = {
    expects: "the ARN of a log group, arn:<partition>:logs:<region>:<account>:log-group:<name>",
    accepts: (text) => /^arn:[a-z-]+:logs:[a-z0-9-]+:\d{12}:log-group:[\w./#-]{1,512}(:\*)?$/.test(text),
};

/** The ARN of a topic. A FIFO topic accepts no message without a group (SNS API Reference, "Publish"). */
export const SNS_TOPIC_ARN: TextRule = {
    expects:
        "the ARN of a standard SNS topic, arn:<partition>:sns:<region>:<account>:<name>, and not of a FIFO topic",
    accepts: (text) => /^arn:[a-z-]+:sns:[a-z0-9-]+:\d{12}:[\w-]+$/.test(text),
};

/** The retentions that CloudWatch Logs has, in days (API Reference, "PutRetentionPolicy"). */
export const LOG_RETENTION_DAYS = [
    1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
] as const;
