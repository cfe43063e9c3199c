/**
 * Reads the stack's configuration and checks all of it at once. Pulumi.yaml has the default of every key, so every key has a
 * value here; an empty text means "none".
 */
import * as pulumi from "@pulumi/pulumi";
import {
    argumentNameMistakes,
    EMAIL_ADDRESS,
    isWithin,
    JOB_NAME,
    KMS_KEY_ARN,
    LOG_RETENTION_DAYS,
    MAX_FORMER_JOBS,
    POOL_NAME,
    RANGE,
    SNS_TOPIC_ARN,
    wordsOf,
} from "./components/allowed-values.ts";
import type { Range, TextRule } from "./components/allowed-values.ts";
import { meant } from "./components/fields.ts";

/** The stack's configuration, checked; Pulumi.yaml describes each key. */
export interface Configuration {
    readonly pool: string;
    readonly limit: number;
    readonly cooldownSeconds: number;
    readonly pauseAfterFailures: number;
    /** Undefined: the stack makes the demonstration job. */
    readonly jobName: string | undefined;
    /** Jobs that ran here before; executions in progress may still use them. */
    readonly formerJobNames: string[];
    /** Undefined: each name that is not reserved. */
    readonly argumentNames: string[] | undefined;
    readonly maxAttempts: number;
    readonly retryDelaySeconds: number;
    readonly startBudgetSeconds: number;
    /** Undefined: the job's own timeout. */
    readonly jobTimeoutMinutes: number | undefined;
    readonly maxReceiveCount: number;
    readonly retentionDays: number;
    readonly logRetentionDays: number;
    readonly protect: boolean;
    readonly kmsKeyArn: string | undefined;
    readonly failureTopicArn: string | undefined;
    /** Undefined: the stack makes a topic for its alarms. */
    readonly alarmTopicArn: string | undefined;
    /** Undefined: nobody gets e-mails. */
    readonly alarmEmail: string | undefined;
    readonly longestJobMinutes: number;
    readonly tags: Readonly<Record<string, string>>;
}

/** The configuration is wrong. The engine shows the message alone, without a stack. */
export class ConfigError extends pulumi.RunError {
    override readonly name = "ConfigError";
}

/** Reads the configuration; throws one error that lists every mistake in it. */
export function readConfiguration(config: pulumi.Config = new pulumi.Config()): Configuration {
    const mistakes: string[] = [];
    const known = new Set<string>();
    const read = reader(config, mistakes, known);
    const settings: Configuration = {
        pool: read("pool", "slots", matching(POOL_NAME)),
        limit: read("limit", "10", wholeNumber(RANGE.limit)),
        cooldownSeconds: read("cooldownSeconds", "0", wholeNumber(RANGE.cooldownSeconds)),
        pauseAfterFailures: read("pauseAfterFailures", "5", wholeNumber(RANGE.pauseAfterFailures)),
        jobName: read("jobName", "my-job", orNone(matching(JOB_NAME))),
        formerJobNames: read("formerJobNames[0]", "my-old-job", jobNames),
        argumentNames: read("argumentNames[0]", "-- --month", argumentNames),
        maxAttempts: read("maxAttempts", "3", wholeNumber(RANGE.maxAttempts)),
        retryDelaySeconds: read("retryDelaySeconds", "30", wholeNumber(RANGE.retryDelaySeconds)),
        startBudgetSeconds: read("startBudgetSeconds", "600", wholeNumber(RANGE.startBudgetSeconds)),
        jobTimeoutMinutes: read("jobTimeoutMinutes", "60", zeroIsNone(RANGE.jobTimeoutMinutes)),
        maxReceiveCount: read("maxReceiveCount", "1000", wholeNumber(RANGE.maxReceiveCount)),
        retentionDays: read("retentionDays", "14", wholeNumber(RANGE.retentionDays)),
        logRetentionDays: read("logRetentionDays", "30", logRetention),
        protect: read("protect", "true", truth),
        kmsKeyArn: read("kmsKeyArn", "arn:...", orNone(matching(KMS_KEY_ARN))),
        failureTopicArn: read("failureTopicArn", "arn:...", orNone(matching(SNS_TOPIC_ARN))),
        alarmTopicArn: read("alarmTopicArn", "arn:...", orNone(matching(SNS_TOPIC_ARN))),
        alarmEmail: read("alarmEmail", "operators@example.com", orNone(matching(EMAIL_ADDRESS))),
        longestJobMinutes: read("longestJobMinutes", "1440", wholeNumber(RANGE.longestJobMinutes)),
        tags: read("tags.team", "data", tags),
    };
    mistakes.push(...unknownKeys(config, known));
    if (mistakes.length === 0) return settings;
    const count = mistakes.length === 1 ? "a mistake" : `${mistakes.length} mistakes`;
    throw new ConfigError(
        `The configuration of stack ${pulumi.getStack()} has ${count}:\n${mistakes.map((mistake) => `  ${mistake}`).join("\n")}`,
    );
}

/**
 * The configured tags, and besides them project and stack, unless a tag of that name is configured. Upper and lower case count
 * as the same, because IAM refuses a role with both (IAM User Guide, "Tags for IAM resources").
 */
export function allTags({ tags }: Configuration): Record<string, string> {
    const configured = new Set(Object.keys(tags).map((key) => key.toLowerCase()));
    const own = Object.entries({ project: pulumi.getProject(), stack: pulumi.getStack() });
    return { ...Object.fromEntries(own.filter(([key]) => !configured.has(key))), ...tags };
}

/** Turns a configured text into a value; undefined if it cannot be one. */
interface Kind<T> {
    /** What it expects, in words. */
    readonly expects: string;
    readonly parse: (text: string) => { value: T } | undefined;
    /** What is wrong with parts of a value, where there may be many of them. */
    readonly mistakesIn?: (text: string) => readonly string[];
}

type ReadKey = <T>(key: string, example: string, kind: Kind<T>) => T;

/**
 * Reads one key after the other, and collects mistakes and the keys. A wrong value is never used, because mistakes end in an
 * error.
 */
function reader(config: pulumi.Config, mistakes: string[], known: Set<string>): ReadKey {
    return <T>(path: string, example: string, kind: Kind<T>): T => {
        const [key = path] = path.split(/[.[]/);
        known.add(key);
        const text = config.get(key);
        const parsed = text === undefined ? undefined : kind.parse(text);
        if (parsed) return parsed.value;
        const came = text === undefined ? "is not set" : `is ${JSON.stringify(text)}`;
        const set = `pulumi config set ${path === key ? "" : "--path "}${path} ${example}`;
        const parts = (text === undefined ? undefined : kind.mistakesIn?.(text)) ?? [];
        const expected = [kind.expects, ...parts].join("; ");
        mistakes.push(`${key} ${came}; expected ${expected}. Fix it, for example: ${set}`);
        return undefined as T;
    };
}

/** Pulumi reads a key that does not exist without a word, and the default stays in force. */
function unknownKeys({ name }: pulumi.Config, known: ReadonlySet<string>): string[] {
    const prefix = `${name}:`;
    return Object.keys(pulumi.runtime.allConfig())
        .filter((key) => key.startsWith(prefix) && !known.has(key.slice(prefix.length)))
        .map((key) => {
            const unknown = key.slice(prefix.length);
            const hint = meant(unknown, [...known]).replace(/[^?]$/, "$&.");
            return `${unknown} is not a key${hint} Remove it: pulumi config rm ${unknown}`;
        });
}

function wholeNumber(range: Range): Kind<number> {
    return {
        expects: wordsOf(range),
        parse: (text) =>
            /^\d+$/.test(text) && isWithin(range, Number(text)) ? { value: Number(text) } : undefined,
    };
}

function zeroIsNone(range: Range): Kind<number | undefined> {
    const { expects, parse } = wholeNumber(range);
    return {
        expects: `${expects}, or 0 for none`,
        parse: (text) => (/^0+$/.test(text) ? { value: undefined } : parse(text)),
    };
}

function matching({ expects, accepts }: TextRule): Kind<string> {
    return { expects, parse: (text) => (accepts(text) ? { value: text } : undefined) };
}

function orNone<T>({ expects, parse }: Kind<T>): Kind<T | undefined> {
    return {
        expects: `${expects}, or an empty text for none`,
        parse: (text) => (text === "" ? { value: undefined } : parse(text)),
    };
}

const jobNames: Kind<string[]> = {
    expects: `a list of at most ${MAX_FORMER_JOBS} names, each ${JOB_NAME.expects}`,
    parse: (text) => {
        const value = parseJson(text);
        const areNames =
            Array.isArray(value) &&
            value.length <= MAX_FORMER_JOBS &&
            value.every((name) => typeof name === "string" && JOB_NAME.accepts(name));
        return areNames ? { value: value as string[] } : undefined;
    },
};

const argumentNames: Kind<string[] | undefined> = {
    expects:
        "a list of the names that a message may use, or an empty list for every name that is not reserved",
    parse: (text) => {
        const value = parseJson(text);
        if (!Array.isArray(value)) return undefined;
        if (value.length === 0) return { value: undefined };
        return argumentNameMistakes(value).length === 0 ? { value: value as string[] } : undefined;
    },
    mistakesIn: (text) => {
        const value = parseJson(text);
        return Array.isArray(value) ? argumentNameMistakes(value) : [];
    },
};

const logRetention: Kind<number> = {
    expects: `one of ${LOG_RETENTION_DAYS.join(", ")} days`,
    parse: (text) => {
        const value = LOG_RETENTION_DAYS.find((days) => String(days) === text);
        return value === undefined ? undefined : { value };
    },
};

const truth: Kind<boolean> = {
    expects: "true or false",
    parse: (text) => (text === "true" || text === "false" ? { value: text === "true" } : undefined),
};

/** AWS General Reference, "Tagging AWS resources": what keys and values may be, and 50 at most, of which two are the program's. */
const TAG_KEY = /^(?!aws:)[\p{L}\p{Z}\p{N}_.:/=+\-@]{1,128}$/iu;
const TAG_VALUE = /^[\p{L}\p{Z}\p{N}_.:/=+\-@]{0,256}$/u;

const tags: Kind<Record<string, string>> = {
    expects:
        "at most 48 tags as texts by key: letters, digits, spaces and _ . : / = + - @, keys of 1 to 128 characters that do not begin with aws: and differ by more than case, values of at most 256",
    parse: (text) => {
        const value = parseJson(text);
        if (typeof value !== "object" || value === null || Array.isArray(value)) return undefined;
        const entries = Object.entries(value as Record<string, unknown>);
        const areRight = entries.every(
            ([key, tag]) => TAG_KEY.test(key) && typeof tag === "string" && TAG_VALUE.test(tag),
        );
        const keys = new Set(entries.map(([key]) => key.toLowerCase()));
        return areRight && keys.size === entries.length && entries.length <= 48
            ? { value: value as Record<string, string> }
            : undefined;
    },
};

/** The value of a text in JSON; undefined if it is not JSON. */
function parseJson(text: string): unknown {
    try {
        return JSON.parse(text);
    } catch {
        return undefined;
    }
}
