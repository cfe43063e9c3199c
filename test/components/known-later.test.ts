/** Arguments that are outputs: checked by the same rules as soon as they are known, and secret where they are. */
import assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import { GlueJob, JobWorkflow, Monitoring, TokenBucket, WorkQueue } from "../../components/index.ts";
import { ACCOUNT, failureOf, failuresOf, record, UNKNOWN } from "../mocks.ts";
import type { JobWorkflowArgs } from "../../components/index.ts";
import type { Recorded } from "../mocks.ts";
import { KEY_ARN } from "./fixtures.ts";

const script = new URL("../../examples/weather/aggregate.py", import.meta.url);
const TOPIC_ARN = `arn:aws:sns:eu-west-1:${ACCOUNT}:elsewhere`;

const LOG_GROUP_ARN = `arn:aws:logs:eu-west-1:${ACCOUNT}:log-group:mine`;

/** A value for each argument of a component that has a rule: one that it refuses, and two that it accepts. */
type Values = Readonly<Record<string, readonly [wrong: unknown, one: unknown, other: unknown]>>;

const KEYS = ["alias/mine", KEY_ARN, `${KEY_ARN}2`] as const;
const TOPICS = ["failures", TOPIC_ARN, `${TOPIC_ARN}-2`] as const;

const VALUES: Readonly<Record<string, Values>> = {
    work: {
        functionTimeoutSeconds: [901, 30, 31],
        maxReceiveCount: [0, 10, 11],
        retentionDays: [15, 3, 4],
        kmsKeyArn: KEYS,
    },
    // Beside the timeout of its own function it would be wrong in other words.
    patient: { visibilityTimeoutSeconds: [43_201, 240, 241] },
    slots: { kmsKeyArn: KEYS, logRetentionDays: [2, 3, 5] },
    reports: { limit: [5000, 3, 4], cooldownSeconds: [901, 3, 4], pauseAfterFailures: [101, 3, 4] },
    jobs: {
        jobName: ["a*", "report", "report-2"],
        formerJobNames: [["report", "a*"], ["a"], ["b"]],
        argumentNames: [["--conf"], ["--day"], ["--month"]],
        maxAttempts: [11, 2, 4],
        retryDelaySeconds: [0, 2, 3],
        startBudgetSeconds: [-1, 2, 3],
        jobTimeoutMinutes: [10_081, 2, 3],
        failureTopicArn: TOPICS,
        kmsKeyArn: KEYS,
        logGroupArn: ["mine", LOG_GROUP_ARN, `${LOG_GROUP_ARN}-2`],
        logRetentionDays: [2, 3, 5],
        tracing: ["no", true, false],
    },
    job: {
        type: ["ray", "glueetl", "pythonshell"],
        maxConcurrentRuns: [1001, 20, 21],
        timeoutMinutes: [0, 2, 3],
        kmsKeyArn: KEYS,
    },
    mails: {
        email: ["operators", "a@example.com", "b@example.com"],
        kmsKeyArn: KEYS,
        oldestMessageMinutes: [0, 2, 3],
        longestJobMinutes: [0, 2, 3],
    },
    topic: { topicArn: TOPICS },
};

/** The arguments of what has this name, as they are passed on. */
type Pass = (name: string) => Record<string, never>;

function passing(choice: 0 | 1 | 2, how: (value: unknown) => unknown): Pass {
    return (name) =>
        Object.fromEntries(
            Object.entries(VALUES[name] ?? {}).map(([field, values]) => [
                field,
                how(values[choice]) as never,
            ]),
        );
}

/** An output of any value, for any argument. */
function later(value: unknown): never {
    const output: unknown = pulumi.output(value);
    return output as never;
}

/** The wrong values of these arguments, known later. */
function wrongOnes(isMeant: (name: string, field: string, wrong: unknown) => boolean): Pass {
    return (name) =>
        Object.fromEntries(
            Object.entries(VALUES[name] ?? {})
                .filter(([field, [wrong]]) => isMeant(name, field, wrong))
                .map(([field, [wrong]]) => [field, later(wrong)] as const),
        );
}

/** What other components need around them. */
interface Around {
    queue: WorkQueue;
    bucket: TokenBucket;
    workflow: JobWorkflow;
}

type Args = Record<string, never>;

const makeQueue = (args: Args = {}) => new WorkQueue("work", args);
const makeBucket = (args: Args = {}, pool: Args = {}) =>
    new TokenBucket("slots", { pools: { reports: { limit: 3, ...pool } }, ...args });
const makeJobs = ({ queue, bucket }: Pick<Around, "queue" | "bucket">, args: Args = {}) =>
    new JobWorkflow("jobs", { pool: "reports", queue, bucket, jobName: "report", ...args });

/** Makes what has one of the names in `VALUES`, with arguments. */
const MAKE: Readonly<Record<string, (args: Args, around: Around) => unknown>> = {
    work: makeQueue,
    patient: (args) => new WorkQueue("patient", args),
    slots: (args) => makeBucket(args),
    reports: (args) => makeBucket({}, args),
    jobs: (args, around) => makeJobs(around, args),
    job: (args) => new GlueJob("job", { script, maxConcurrentRuns: 20, ...args }),
    mails: (args, around) => new Monitoring("mails", { ...around, ...args }),
    topic: (args, around) => new Monitoring("topic", { ...around, ...args }),
};

/** All of them. */
function makeAll(pass: Pass): Around {
    const queue = makeQueue(pass("work"));
    const bucket = makeBucket(pass("slots"), pass("reports"));
    const around = { queue, bucket, workflow: makeJobs({ queue, bucket }, pass("jobs")) };
    for (const name of ["patient", "job", "mails", "topic"]) MAKE[name]?.(pass(name), around);
    return around;
}

/** What is wrong with one argument that is known at once. */
function plainMistake(name: string, field: string, wrong: unknown, around: Around): string {
    try {
        MAKE[name]?.({ [field]: wrong as never }, around);
    } catch (error) {
        return (error as Error).message;
    }
    throw new Error(`${field} of ${name} is not refused`);
}

describe("An argument that is known later", () => {
    it("fails the deployment if it is wrong, with the error of one that is known at once", async () => {
        const said = new Map<string, string>();
        await record(() => {
            const { workflow } = makeAll(() => ({}));
            // Of their own: a queue and a pool have one workflow each.
            const pools = { reports: { limit: 3 } };
            const around = {
                workflow,
                queue: new WorkQueue("unused"),
                bucket: new TokenBucket("unused", { pools }),
            };
            for (const [name, values] of Object.entries(VALUES))
                for (const [field, [wrong]] of Object.entries(values))
                    said.set(`${name} ${field} ${show(wrong)}`, plainMistake(name, field, wrong, around));
        });
        const plain = [...said.values()];
        // One error can hide another one where both arguments go into the same input.
        const hidden = new Set(plain);
        for (let found = -1; hidden.size > 0 && found !== hidden.size;) {
            found = hidden.size;
            const isHidden = (name: string, field: string, wrong: unknown) =>
                hidden.has(said.get(`${name} ${field} ${show(wrong)}`) ?? "");
            for (const error of await failuresOf(() => makeAll(wrongOnes(isHidden)))) {
                assert.ok(pulumi.RunError.isInstance(error));
                assert.ok(plain.includes(error.message), error.message);
                hidden.delete(error.message);
            }
        }
        assert.deepEqual([...hidden], []);
    });

    describe("and is right", () => {
        it("makes what it makes if it is known at once", async () => {
            const plain = await record(() => makeAll(passing(1, (value) => value)));
            assert.deepEqual(await record(() => makeAll(passing(1, pulumi.output))), plain);
        });

        it("stays secret wherever it goes", async () => {
            const secret = await record(() => makeAll(passing(1, pulumi.secret)));
            const other = await record(() => makeAll(passing(2, pulumi.secret)));
            const changed = changes(secret, other);
            assert.ok(changed.length > 30);
            assert.deepEqual(
                changed.filter(({ isSecret }) => !isSecret),
                [],
            );
        });
    });

    it("keeps a wrong secret out of the error", async () => {
        const kmsKeyArn = pulumi.secret("my-secret");
        const { message } = await failureOf(() => new WorkQueue("work", { kmsKeyArn }));
        assert.match(message, /kmsKeyArn is \[secret\]; expected the ARN of a KMS key/);
    });

    it("keeps a secret out of the error of another argument that looks at it", async () => {
        const functionTimeoutSeconds = pulumi.secret(77);
        const { message } = await failureOf(
            () => new WorkQueue("work", { functionTimeoutSeconds, visibilityTimeoutSeconds: 30 }),
        );
        assert.match(
            message,
            /visibilityTimeoutSeconds is \[secret\]; expected one that fits functionTimeoutSeconds/,
        );
    });

    it("is checked beside the other one that it must fit", async () => {
        const functionTimeoutSeconds = pulumi.output(60);
        const { message } = await failureOf(
            () => new WorkQueue("work", { functionTimeoutSeconds, visibilityTimeoutSeconds: 300 }),
        );
        assert.match(message, /visibilityTimeoutSeconds is 300; expected a whole number from 360 to 43200/);
    });

    it("is left alone while it is unknown", async () => {
        const limit: pulumi.Output<number> = pulumi.output(pulumi.unknown as unknown as number);
        const recorded = await record(() => new TokenBucket("slots", { pools: { reports: { limit } } }), {
            preview: true,
        });
        const item = recorded.find(({ name }) => name === "slots-settings-reports");
        assert.equal(item?.inputs["item"], UNKNOWN);
    });

    it("may be one of a list", async () => {
        const formerJobNames = ["first", pulumi.output("a*")];
        const { message } = await failureOf(() => makeWorkflow({ formerJobNames }));
        assert.match(message, /formerJobNames\[1\] is "a\*"; expected the name of a Glue job/);
    });

    const output = pulumi.output("x") as never;
    const refused: readonly (readonly [string, () => unknown])[] = [
        ["pools", () => new TokenBucket("slots", { pools: output })],
        ["pools.reports", () => new TokenBucket("slots", { pools: { reports: output } })],
        ["protect", () => new TokenBucket("slots", { pools: { reports: { limit: 3 } }, protect: output })],
        ["pool", () => makeWorkflow({ pool: output })],
        ["script", () => new GlueJob("job", { script: output, maxConcurrentRuns: 20 })],
        ["dashboard", () => new Monitoring("monitoring", { dashboard: output } as never)],
    ];
    for (const [field, build] of refused) {
        it(`is refused where resources depend on it: ${field}`, async () => {
            await record(() => {
                assert.throws(build, new RegExp(`${field} is an output; expected .* that is known at once`));
            });
        });
    }
});

function makeWorkflow(args: Partial<JobWorkflowArgs>): void {
    const queue = new WorkQueue("work");
    const bucket = new TokenBucket("slots", { pools: { reports: { limit: 3 } } });
    new JobWorkflow("jobs", { pool: "reports", queue, bucket, jobName: "report", ...args });
}

function show(value: unknown): string {
    return JSON.stringify(value);
}

/** The inputs that differ between two recordings, or are there in one alone. */
function changes(one: readonly Recorded[], other: readonly Recorded[]) {
    const inputs = (recorded: readonly Recorded[]) =>
        new Map(
            recorded.flatMap(({ type, name, inputs: given, secrets }) =>
                Object.entries(given).map(
                    ([input, value]) =>
                        [
                            `${type} ${name} ${input}`,
                            { value: show(value), isSecret: secrets.includes(input) },
                        ] as const,
                ),
            ),
        );
    const [before, after] = [inputs(one), inputs(other)];
    return [...new Set([...before.keys(), ...after.keys()])]
        .filter((input) => before.get(input)?.value !== after.get(input)?.value)
        .map((input) => ({
            input,
            isSecret: [before, after].every((all) => all.get(input)?.isSecret !== false),
        }));
}
