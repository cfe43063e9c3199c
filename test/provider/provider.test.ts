import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import path from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { parse } from "yaml";
import { DEFAULT } from "../../components/allowed-values.ts";
import { TurnstileProvider } from "../../provider/provider.ts";
import { record } from "../mocks.ts";
import type { Recorded } from "../mocks.ts";

const root = path.join(import.meta.dirname, "../..");
const text = readFileSync(path.join(root, "provider/schema.json"), "utf8");
const TYPE = "turnstile:index:JobQueue";

interface Schema {
    readonly version: string;
    readonly resources: Readonly<
        Record<
            string,
            {
                readonly description: string;
                readonly inputProperties: Readonly<
                    Record<
                        string,
                        { readonly type: string; readonly description?: string; readonly default?: unknown }
                    >
                >;
                readonly requiredInputs: readonly string[];
                readonly properties: Readonly<Record<string, { readonly description?: string }>>;
            }
        >
    >;
}

const schema = JSON.parse(text) as Schema;
const jobQueue = schema.resources[TYPE];
assert.ok(jobQueue);

/** A right value for each input. */
const INPUTS: Readonly<Record<string, unknown>> = {
    jobName: "report",
    limit: 3,
    formerJobNames: ["old-report"],
    argumentNames: ["--month"],
    cooldownSeconds: 60,
    pauseAfterFailures: 3,
    maxAttempts: 2,
    retryDelaySeconds: 60,
    startBudgetSeconds: 60,
    jobTimeoutMinutes: 60,
    longestJobMinutes: 60,
    retentionDays: 4,
    failureTopicArn: "arn:aws:sns:eu-west-1:123456789012:failures",
    alarmTopicArn: "arn:aws:sns:eu-west-1:123456789012:alarms",
    kmsKeyArn: "arn:aws:kms:eu-west-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab",
    logRetentionDays: 7,
    protect: true,
    tags: { team: "data" },
};

describe("The provider for other languages", () => {
    const provider = new TurnstileProvider(text);

    /** What the provider makes of inputs, as the engine would pass them. */
    async function constructed(
        inputs: object,
        type = TYPE,
    ): Promise<{ state: Readonly<Record<string, unknown>>; resources: readonly Recorded[] }> {
        let state: Readonly<Record<string, unknown>> = {};
        const resources = await record(async () => {
            const result = await provider.construct("reports", type, inputs, {});
            state = result.state;
        });
        return { state, resources };
    }

    it("makes a whole stack of the two inputs that must be there", async () => {
        const { resources } = await constructed({ jobName: "report", limit: 3 });
        const made = resources.map(({ type }) => type);
        for (const component of ["WorkQueue", "TokenBucket", "JobWorkflow", "Monitoring"])
            assert.ok(made.includes(`turnstile:index:${component}`), component);
    });

    it("takes every input that its schema has", async () => {
        const { alarmEmail, ...others } = jobQueue.inputProperties;
        assert.ok(alarmEmail);
        assert.deepEqual(Object.keys(others).sort(), Object.keys(INPUTS).sort());
        await assert.doesNotReject(constructed(INPUTS));
    });

    it("asks for the inputs that its schema asks for", async () => {
        await assert.rejects(constructed({}), {
            message:
                'JobQueue "reports" cannot be created: jobName is missing; expected the name of a Glue job; limit is missing; expected how many jobs may run at once.',
        });
        assert.deepEqual(jobQueue.requiredInputs, ["jobName", "limit"]);
    });

    it("gives every output that its schema has", async () => {
        const { state } = await constructed({ jobName: "report", limit: 3 });
        assert.deepEqual(Object.keys(state).sort(), Object.keys(jobQueue.properties).sort());
        for (const [name, value] of Object.entries(state)) assert.ok(pulumi.Output.isInstance(value), name);
    });

    it("hands Pulumi's options on", async () => {
        const resources = await record(async () => {
            await provider.construct("reports", TYPE, { jobName: "report", limit: 3 }, { protect: true });
        });
        assert.ok(resources.length > 30);
    });

    it("says that there is no such component", async () => {
        await assert.rejects(async () => constructed({}, "turnstile:index:WorkQueue"), {
            message: `There is no component turnstile:index:WorkQueue for other languages; expected ${TYPE}`,
        });
    });

    it("has the version of the package", () => {
        const manifest = JSON.parse(readFileSync(path.join(root, "package.json"), "utf8")) as {
            version: string;
        };
        assert.deepEqual([provider.version, schema.version], [manifest.version, manifest.version]);
    });

    it("describes everything in words", () => {
        assert.ok(jobQueue.description.startsWith("A queue whose messages run a Glue job"));
        assert.doesNotMatch(text, /\[object/);
        const properties = { ...jobQueue.properties, ...jobQueue.inputProperties };
        for (const [name, { description }] of Object.entries(properties)) assert.ok(description, name);
    });

    it("has the defaults of the component", () => {
        const constants = Object.entries(jobQueue.inputProperties).flatMap(([name, { default: value }]) =>
            value === undefined ? [] : [[name, value] as const],
        );
        const { cooldownSeconds, pauseAfterFailures, maxAttempts, retryDelaySeconds } = DEFAULT;
        const { startBudgetSeconds, longestJobMinutes, retentionDays, logRetentionDays } = DEFAULT;
        assert.deepEqual(Object.fromEntries(constants), {
            ...{ cooldownSeconds, pauseAfterFailures, maxAttempts, retryDelaySeconds },
            ...{ startBudgetSeconds, longestJobMinutes, retentionDays, logRetentionDays },
            protect: false,
        });
    });

    it("says in words what a default that is no constant is", () => {
        const { jobTimeoutMinutes, kmsKeyArn } = jobQueue.inputProperties;
        assert.match(jobTimeoutMinutes?.description ?? "", / Default: the job's own timeout\.$/);
        assert.match(kmsKeyArn?.description ?? "", / Default: keys that AWS owns or manages\.$/);
    });

    it("has whole numbers alone", () => {
        for (const [name, { type }] of Object.entries(jobQueue.inputProperties))
            assert.notEqual(type, "number", name);
        assert.equal(jobQueue.inputProperties["limit"]?.type, "integer");
    });

    it("takes what the YAML program in docs/languages.md gives it", async () => {
        const page = readFileSync(path.join(root, "docs/languages.md"), "utf8");
        const [, program = ""] = /```yaml\n(name:[\s\S]*?)```/.exec(page) ?? [];
        const { resources } = parse(program) as {
            resources: Record<string, { type: string; properties: object }>;
        };
        const [queue] = Object.values(resources).filter(({ type }) => type.startsWith("turnstile:"));
        assert.ok(queue);
        assert.equal(queue.type, "turnstile:JobQueue");
        await assert.doesNotReject(constructed(queue.properties));
    });
});
