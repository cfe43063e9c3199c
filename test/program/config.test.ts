import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import path from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { parse } from "yaml";
import { allTags, readConfiguration } from "../../config.ts";
import type { Configuration } from "../../config.ts";
import { readStackConfig, stacksIn } from "../../embedded-aws/index.ts";
import { directory } from "./fixtures.ts";

interface Project {
    config: Record<string, { type?: string; description?: string; default?: unknown }>;
}

const project = parse(readFileSync(path.join(directory, "Pulumi.yaml"), "utf8")) as Project;

/** Reads a configuration: the dev stack's, with some keys changed or (undefined) left out. */
async function read(changes: Record<string, string | undefined> = {}): Promise<Configuration> {
    const { config } = readStackConfig({ directory, stack: "dev" });
    const values = new Map<string, string>(Object.entries(config));
    for (const [key, value] of Object.entries(changes)) {
        if (value === undefined) values.delete(`turnstile:${key}`);
        else values.set(`turnstile:${key}`, value);
    }
    const mocks = { newResource: () => ({ id: "", state: {} }), call: () => ({}) };
    await pulumi.runtime.setMocks(mocks, "turnstile", "test");
    pulumi.runtime.setAllConfig(Object.fromEntries(values));
    return readConfiguration(new pulumi.Config("turnstile"));
}

describe("the configuration", () => {
    it("refuses a key that does not exist, with the one that was probably meant", async () => {
        await assert.rejects(read({ limt: "4" }), {
            name: "ConfigError",
            message:
                "The configuration of stack test has a mistake:\n" +
                "  limt is not a key; did you mean limit? Remove it: pulumi config rm limt",
        });
    });

    it("refuses a key that is like no other, with all that there are", async () => {
        await assert.rejects(
            read({ colour: "red" }),
            /colour is not a key; expected one of pool, limit, .*, tags\. Remove it/,
        );
    });

    it("takes keys of other projects and of providers", async () => {
        await read();
        pulumi.runtime.setAllConfig({ ...pulumi.runtime.allConfig(), "aws:limt": "4", "other:limt": "4" });
        assert.equal(readConfiguration(new pulumi.Config("turnstile")).limit, 3);
    });

    it("has these values with the defaults of Pulumi.yaml", async () => {
        assert.deepEqual(await read({ tags: "{}" }), {
            pool: "jobs",
            limit: 3,
            cooldownSeconds: 0,
            pauseAfterFailures: 5,
            jobName: undefined,
            formerJobNames: [],
            argumentNames: undefined,
            maxAttempts: 3,
            retryDelaySeconds: 30,
            startBudgetSeconds: 600,
            jobTimeoutMinutes: undefined,
            maxReceiveCount: 1000,
            retentionDays: 14,
            logRetentionDays: 30,
            protect: false,
            kmsKeyArn: undefined,
            failureTopicArn: undefined,
            alarmTopicArn: undefined,
            alarmEmail: undefined,
            longestJobMinutes: 1440,
            tags: {},
        });
    });

    it("can be read from every stack that has a file", () => {
        assert.ok(stacksIn(directory).includes("dev"));
        for (const stack of stacksIn(directory)) readStackConfig({ directory, stack });
    });

    it("has the keys that Pulumi.yaml declares, and no others", async () => {
        assert.deepEqual(Object.keys(project.config).sort(), Object.keys(await read()).sort());
    });

    for (const [key, declared] of Object.entries(project.config)) {
        it(`has a description, a type and a default of ${key} in Pulumi.yaml`, () => {
            assert.ok(declared.description?.endsWith("."));
            assert.match(declared.type ?? "", /^(string|integer|boolean|object|array)$/);
            assert.notEqual(declared.default ?? undefined, undefined);
        });
    }

    const right: Readonly<Record<string, readonly [text: string, value: unknown]>> = {
        limit: ["0", 0],
        jobName: ["nightly report", "nightly report"],
        formerJobNames: ['["nightly"]', ["nightly"]],
        argumentNames: ['["--day"]', ["--day"]],
        jobTimeoutMinutes: ["90", 90],
        protect: ["true", true],
        kmsKeyArn: [
            "arn:aws-us-gov:kms:us-gov-west-1:123456789012:key/1",
            "arn:aws-us-gov:kms:us-gov-west-1:123456789012:key/1",
        ],
        failureTopicArn: [
            "arn:aws:sns:us-east-1:123456789012:failures",
            "arn:aws:sns:us-east-1:123456789012:failures",
        ],
        tags: ['{"team": "data"}', { team: "data" }],
    };

    for (const [key, [text, value]] of Object.entries(right)) {
        it(`reads ${key} as ${JSON.stringify(value)} from ${text}`, async () => {
            assert.deepEqual((await read({ [key]: text }))[key as keyof Configuration], value);
        });
    }

    const wrong: Record<string, readonly string[]> = {
        pool: ["", "a pool", "p".repeat(41)],
        limit: ["-1", "1001", "2.5", "many", "", "1e2"],
        cooldownSeconds: ["901"],
        pauseAfterFailures: ["-1", "101"],
        jobName: ["j".repeat(256), "a\nb", "nightly-*", "a?", "${aws:username}", "日報"],
        formerJobNames: [
            "nightly",
            '{"a": "b"}',
            "[1]",
            '[""]',
            '["nightly-*"]',
            JSON.stringify(Array.from({ length: 11 }, (_, i) => `job${i}`)),
        ],
        argumentNames: ["--day", '{"--day": ""}', "[1]", '["day"]', '["--TempDir"]', '["--day", "--day"]'],
        maxAttempts: ["0", "11"],
        retryDelaySeconds: ["0", "901"],
        startBudgetSeconds: ["86401"],
        jobTimeoutMinutes: ["10081", "-5"],
        maxReceiveCount: ["0", "1001"],
        retentionDays: ["0", "15"],
        logRetentionDays: ["31", "0"],
        protect: ["yes", ""],
        kmsKeyArn: [
            "alias/mine",
            "arn:aws:sns:us-east-1:123456789012:x",
            "arn:aws:kms:us-east-1:123456789012:alias/mine",
        ],
        failureTopicArn: [
            "arn:aws:kms:us-east-1:123456789012:key/1",
            "arn:aws:sns:us-east-1:123456789012:failures.fifo",
        ],
        alarmTopicArn: ["arn:aws:kms:us-east-1:123456789012:key/1"],
        alarmEmail: ["operators", "a@b c"],
        longestJobMinutes: ["0", "10081"],
        tags: [
            '["a"]',
            "a=b",
            '{"aws:a": "b"}',
            '{"Team": "a", "team": "b"}',
            '{"a": 1}',
            '{"a,b": "c"}',
            '{"a": "b#c"}',
            `{"a": "${"b".repeat(257)}"}`,
            JSON.stringify(Object.fromEntries(Array.from({ length: 49 }, (_, i) => [`tag${i}`, ""]))),
        ],
    };

    for (const [key, values] of Object.entries(wrong)) {
        it(`refuses a wrong ${key}, with what came, what was expected and how to fix it`, async () => {
            for (const value of values) {
                await assert.rejects(read({ [key]: value }), (error: Error) => {
                    assert.equal(error.name, "ConfigError");
                    const [first = "", line = "", ...others] = error.message.split("\n");
                    assert.match(first, /^The configuration of stack \w+ has a mistake:$/);
                    assert.ok(line.startsWith(`  ${key} is ${JSON.stringify(value)}; expected `), line);
                    assert.match(
                        line,
                        new RegExp(`\\. Fix it, for example: pulumi config set (--path )?${key}`),
                    );
                    assert.deepEqual(others, []);
                    return true;
                });
            }
        });
    }

    it("adds project and stack to the tags", async () => {
        assert.deepEqual(allTags(await read({ tags: '{"team": "data"}' })), {
            project: "turnstile",
            stack: "test",
            team: "data",
        });
    });

    it("adds neither project nor stack where they are configured, in upper or lower case", async () => {
        const tags = { Project: "reports", STACK: "x" };
        assert.deepEqual(allTags(await read({ tags: JSON.stringify(tags) })), tags);
    });

    it("has a check with a wrong value for each key", async () => {
        assert.deepEqual(Object.keys(wrong).sort(), Object.keys(await read()).sort());
    });

    it("says what is wrong with each argument name", async () => {
        await assert.rejects(read({ argumentNames: '["--conf", "--day", "day"]' }), (error: Error) => {
            assert.match(error.message, /; "--conf" cannot be used: AWS Glue gives it a meaning\. /);
            assert.match(error.message, /; "day" is not a name: expected --/);
            assert.match(
                error.message,
                /Fix it, for example: pulumi config set --path argumentNames\[0\] -- --month$/,
            );
            return true;
        });
    });

    it("reports every mistake in one error", async () => {
        const mistakes = { limit: "many", protect: "yes", tags: "none", maxAttempts: undefined };
        await assert.rejects(read(mistakes), (error: Error) => {
            assert.ok(pulumi.RunError.isInstance(error), "the engine shows the message alone");
            assert.match(error.message, /has 4 mistakes:\n/);
            assert.equal(error.message.split("\n").length, 5);
            assert.match(error.message, /\n {2}maxAttempts is not set; expected a whole number from 1 to 10/);
            return true;
        });
    });
});
