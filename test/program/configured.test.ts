/** What each key of the configuration does: the program with that key alone changed. */
import assert from "node:assert/strict";
import type { Configuration } from "../../config.ts";
import { definition } from "../../workflow/definition.ts";
import { find, json } from "../mocks.ts";
import type { Recorded } from "../mocks.ts";
import { recordUnderMocks } from "./fixtures.ts";

type Recording = readonly Recorded[];

interface Case {
    /** What the key does, as the end of the test's title. */
    readonly does: string;
    /** As `pulumi config set` writes it. */
    readonly value: string;
    readonly check: (recorded: Recording) => void;
}

const KEY_ARN = "arn:aws:kms:us-east-1:123456789012:key/1";
const FAILURES = "arn:aws:sns:us-east-1:123456789012:failures";
const ALARMS = "arn:aws:sns:us-east-1:123456789012:alarms";

const CASES: Readonly<Record<keyof Configuration, Case>> = {
    pool: {
        does: "names the pool of the settings, the workflow and the functions",
        value: "reports",
        check: (recorded) => {
            const written = find(recorded, "turnstile-slots-settings-reports", ":TableItem");
            assert.deepEqual((json(written, "item") as Item)["poolName"], { S: "reports" });
            hasDefinition(recorded, { names: { pool: "reports" } });
            assert.equal(variables(recorded, "turnstile-jobs-starter")["POOL"], "reports");
            assert.equal(variables(recorded, "turnstile-slots-dispatcher")["POOLS"], '["reports"]');
            assert.equal(variables(recorded, "turnstile-slots-reaper")["POOLS"], '["reports"]');
        },
    },
    limit: {
        does: "is the limit in the pool's settings",
        value: "7",
        check: (recorded) => {
            assert.deepEqual(settings(recorded)["limit"], { N: "7" });
        },
    },
    cooldownSeconds: {
        does: "is the cooldown of the pool's settings and of the state machine",
        value: "12",
        check: (recorded) => {
            assert.deepEqual(settings(recorded)["cooldownSeconds"], { N: "12" });
            hasDefinition(recorded, { numbers: { cooldownSeconds: 12 } });
        },
    },
    pauseAfterFailures: {
        does: "is after how many failures the breaker opens, in the pool's settings",
        value: "8",
        check: (recorded) => {
            assert.deepEqual(settings(recorded)["pauseAfterFailures"], { N: "8" });
        },
    },
    jobName: {
        does: "is the job that runs, and then the program makes none of its own",
        value: "nightly",
        check: (recorded) => {
            assert.deepEqual(
                recorded.filter(({ type, name }) => /glue|s3/.test(type) || name.includes("demonstration")),
                [],
            );
            assert.deepEqual(jobsThatMayRun(recorded), ["nightly"]);
            hasDefinition(recorded, { names: { jobName: "nightly" } });
        },
    },
    formerJobNames: {
        does: "are jobs that may run besides the present one",
        value: '["old", "older"]',
        check: (recorded) => {
            assert.deepEqual(jobsThatMayRun(recorded).slice(1), ["old", "older"]);
        },
    },
    argumentNames: {
        does: "are the names that the starter lets a message use",
        value: '["--day", "--month"]',
        check: (recorded) => {
            assert.equal(
                variables(recorded, "turnstile-jobs-starter")["ARGUMENT_NAMES"],
                '["--day","--month"]',
            );
        },
    },
    maxAttempts: {
        does: "is how many times the state machine tries a job",
        value: "5",
        check: (recorded) => {
            hasDefinition(recorded, { numbers: { maxAttempts: 5 } });
        },
    },
    retryDelaySeconds: {
        does: "is the state machine's delay before the second attempt",
        value: "9",
        check: (recorded) => {
            hasDefinition(recorded, { numbers: { retryDelaySeconds: 9 } });
        },
    },
    startBudgetSeconds: {
        does: "is for how long the state machine retries a start that Glue refuses",
        value: "100",
        check: (recorded) => {
            hasDefinition(recorded, { numbers: { startBudgetSeconds: 100 } });
        },
    },
    jobTimeoutMinutes: {
        does: "is the timeout of the runs that the state machine starts, and of the demonstration job",
        value: "30",
        check: (recorded) => {
            hasDefinition(recorded, { numbers: { jobTimeoutMinutes: 30 } });
            assert.equal(find(recorded, "turnstile-demonstration", ":Job").inputs["timeout"], 30);
        },
    },
    maxReceiveCount: {
        does: "is how often a message may return to the queue",
        value: "50",
        check: (recorded) => {
            const redrive = json(find(recorded, "turnstile-queue", ":Queue"), "redrivePolicy");
            assert.equal((redrive as { maxReceiveCount: number }).maxReceiveCount, 50);
        },
    },
    retentionDays: {
        does: "is how long the queue keeps a message",
        value: "2",
        check: (recorded) => {
            const { inputs } = find(recorded, "turnstile-queue", ":Queue");
            assert.equal(inputs["messageRetentionSeconds"], 172_800);
        },
    },
    logRetentionDays: {
        does: "is how long every log is kept",
        value: "90",
        check: (recorded) => {
            assert.deepEqual(distinct(recorded, ":LogGroup", "retentionInDays"), [90]);
        },
    },
    protect: {
        does: "protects the table from deletion",
        value: "true",
        check: (recorded) => {
            const { inputs } = find(recorded, "turnstile-slots", ":Table");
            assert.equal(inputs["deletionProtectionEnabled"], true);
        },
    },
    kmsKeyArn: {
        does: "is the key that encrypts queues, table, executions, logs, topics, environments and the script",
        value: KEY_ARN,
        check: (recorded) => {
            const { inputs: table } = find(recorded, "turnstile-slots", ":Table");
            const { inputs: machine } = find(recorded, "turnstile-jobs", ":StateMachine");
            assert.deepEqual(distinct(recorded, ":Queue", "kmsMasterKeyId"), [KEY_ARN]);
            assert.deepEqual(table["serverSideEncryption"], { enabled: true, kmsKeyArn: KEY_ARN });
            assert.equal((machine["encryptionConfiguration"] as Item)["kmsKeyId"], KEY_ARN);
            assert.deepEqual(distinct(recorded, ":LogGroup", "kmsKeyId"), [KEY_ARN]);
            assert.deepEqual(distinct(recorded, ":Topic", "kmsMasterKeyId"), [KEY_ARN]);
            assert.deepEqual(distinct(recorded, ":Function", "kmsKeyArn"), [KEY_ARN]);
            assert.deepEqual(distinct(recorded, ":BucketObjectv2", "kmsKeyId"), [KEY_ARN]);
        },
    },
    failureTopicArn: {
        does: "is the topic of dead-lettered messages, and then the program makes none",
        value: FAILURES,
        check: (recorded) => {
            hasDefinition(recorded, { names: { failureTopicArn: FAILURES } });
            assert.ok(!recorded.some(({ name }) => name === "turnstile-jobs-failures"));
        },
    },
    alarmTopicArn: {
        does: "is the topic of every alarm, and then the program makes none",
        value: ALARMS,
        check: (recorded) => {
            assert.deepEqual(distinct(recorded, ":MetricAlarm", "alarmActions"), [[ALARMS]]);
            assert.ok(!recorded.some(({ name }) => name === "turnstile-monitoring-alarms"));
        },
    },
    alarmEmail: {
        does: "is the address that gets the alarms",
        value: "operators@example.com",
        check: (recorded) => {
            const { inputs } = find(recorded, "turnstile-monitoring-alarms-email", ":TopicSubscription");
            assert.equal(inputs["endpoint"], "operators@example.com");
        },
    },
    longestJobMinutes: {
        does: "is after how long without a release an alarm goes off",
        value: "300",
        check: (recorded) => {
            const { inputs } = find(recorded, "turnstile-monitoring-no-release", ":MetricAlarm");
            assert.equal(inputs["threshold"], 300);
        },
    },
    tags: {
        does: "are tags of the resources, besides project and stack",
        value: '{"team": "data"}',
        check: (recorded) => {
            const { inputs } = find(recorded, "turnstile-slots", ":Table");
            assert.deepEqual(inputs["tags"], { project: "turnstile", stack: "dev", team: "data" });
        },
    },
};

describe("A key of the configuration", () => {
    for (const [key, { does, value, check }] of Object.entries(CASES)) {
        it(`${key} ${does}`, async () => {
            check((await recordUnderMocks("dev", { overrides: { [key]: value } })).recorded);
        });
    }
});

type Item = Readonly<Record<string, unknown>>;
type Names = Parameters<typeof definition>[0];
type Numbers = Parameters<typeof definition>[1];

/** Holds that the state machine is the one of the dev stack, with these changes. */
function hasDefinition(
    recorded: Recording,
    { names, numbers }: { readonly names?: Partial<Names>; readonly numbers?: Partial<Numbers> },
): void {
    const output = (name: string, type: string, field: string): string =>
        String(recorded.find((each) => each.name === name && each.type.endsWith(type))?.outputs[field]);
    const expected = definition(
        {
            partition: "aws",
            tableName: output("turnstile-slots", ":Table", "name"),
            pool: "jobs",
            jobName: output("turnstile-demonstration", ":Job", "name"),
            deadLetterQueueUrl: output("turnstile-queue-dead-letter", ":Queue", "url"),
            reaperQueueUrl: output("turnstile-slots-reaper-queue", ":Queue", "url"),
            failureTopicArn: output("turnstile-jobs-failures", ":Topic", "arn"),
            ...names,
        },
        {
            maxAttempts: 3,
            retryDelaySeconds: 30,
            cooldownSeconds: 0,
            startBudgetSeconds: 600,
            jobTimeoutMinutes: undefined,
            ...numbers,
        },
    );
    const { inputs } = find(recorded, "turnstile-jobs", ":StateMachine");
    assert.equal(inputs["definition"], JSON.stringify(expected));
}

function settings(recorded: Recording): Item {
    return json(find(recorded, "turnstile-slots-settings-jobs", ":TableItem"), "item") as Item;
}

function variables(recorded: Recording, name: string): Item {
    return (find(recorded, name, ":Function").inputs["environment"] as { variables: Item }).variables;
}

/** The names of the Glue jobs that the state machine's role may run. */
function jobsThatMayRun(recorded: Recording): string[] {
    const policy = json(find(recorded, "turnstile-jobs-policy", ":RolePolicy"), "policy") as {
        Statement: { Resource: string[] }[];
    };
    return (policy.Statement[1]?.Resource ?? []).map((arn) => arn.split(":job/")[1] ?? "");
}

/** The different values of an input among the resources of a type. */
function distinct(recorded: Recording, type: string, input: string): unknown[] {
    const values = recorded.filter((each) => each.type.endsWith(type)).map(({ inputs }) => inputs[input]);
    return [...new Map(values.map((value) => [JSON.stringify(value), value])).values()];
}
