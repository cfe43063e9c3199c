import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readStackConfig } from "../../../embedded-aws/recording/stack-config.ts";
import type { StackConfig } from "../../../embedded-aws/recording/stack-config.ts";

describe("the configuration of a stack", () => {
    const directories: string[] = [];

    afterEach(() => {
        for (const directory of directories.splice(0)) rmSync(directory, { recursive: true });
    });

    /** A project with these `config:` blocks, and what its stack `dev` reads. */
    function read(
        projectConfig: string,
        stackConfig: string,
        overrides: Record<string, string> = {},
        stack = "dev",
    ): StackConfig {
        const directory = mkdtempSync(join(tmpdir(), "stack-config-"));
        directories.push(directory);
        writeFileSync(join(directory, "index.ts"), "");
        writeFileSync(
            join(directory, "Pulumi.yaml"),
            `name: line\nruntime: nodejs\nmain: index.ts\n${projectConfig}`,
        );
        writeFileSync(join(directory, "Pulumi.dev.yaml"), stackConfig);
        return readStackConfig({ directory, stack, overrides });
    }

    it("takes the stack's values before the project's defaults", () => {
        const { config } = read(
            "config:\n  limit: {type: integer, default: 10}\n  name: {type: string, default: x}\n",
            "config:\n  line:limit: 3\n",
        );
        assert.deepEqual(config, { "line:limit": "3", "line:name": "x" });
    });

    it("hands every value over as text, and lists and objects as JSON", () => {
        const { config } = read(
            "config:\n  processes: {type: array, items: {type: string}, default: [a, b]}\n",
            'config:\n  line:on: true\n  line:tags: {team: "7"}\n  line:ratio: 1.5\n',
        );
        assert.deepEqual(config, {
            "line:on": "true",
            "line:processes": '["a","b"]',
            "line:ratio": "1.5",
            "line:tags": '{"team":"7"}',
        });
    });

    it("gives keys without a namespace the project's", () => {
        assert.deepEqual(read("", "config:\n  limit: 4\n").config, { "line:limit": "4" });
    });

    it("names every value that the stack is missing, in one error", () => {
        const declared = "config:\n  a: {type: string}\n  c: {type: string}\n  b: {type: integer}\n";
        assert.throws(() => read(declared, ""), {
            name: "StackConfigError",
            message: "Stack 'dev' is missing configuration values 'a', 'b' and 'c'",
        });
    });

    it("refuses a value that is not of the declared type, as the engine does", () => {
        assert.throws(() => read("config:\n  limit: {type: integer}\n", "config:\n  line:limit: ten\n"), {
            message: `Stack 'dev' with configuration key 'limit' must be of type 'integer', but is "ten"`,
        });
        const list = "config:\n  names: {type: array, items: {type: string}}\n";
        assert.throws(() => read(list, "config:\n  line:names: [1]\n"), /must be of type 'array<string>'/);
    });

    it("refuses a default that is not of its own declared type", () => {
        assert.throws(
            () => read("config:\n  limit: {type: integer, default: many}\n", ""),
            /default value of configuration key 'limit' in Pulumi\.yaml must be of type 'integer'/,
        );
    });

    it("says that an encrypted value needs the Pulumi CLI, and which key it is", () => {
        assert.throws(() => read("", "config:\n  line:token:\n    secure: v1:abc\n"), {
            message:
                /'line:token' in .*Pulumi\.dev\.yaml is encrypted, and only the Pulumi CLI can decrypt it/,
        });
    });

    it("lets an override take the location of an encrypted value", () => {
        const { config } = read("", "config:\n  line:token:\n    secure: v1:abc\n", { token: "plain" });
        assert.deepEqual(config, { "line:token": "plain" });
    });

    it("refuses a plain value in the file for a key that is declared secret", () => {
        const declared = "config:\n  token: {type: string, secret: true}\n";
        assert.throws(
            () => read(declared, "config:\n  line:token: plain\n"),
            /'token' must be encrypted as it's secret/,
        );
        assert.deepEqual(read(declared, "", { token: "plain" }).secretKeys, ["line:token"]);
    });

    it("lists the stacks there are when it is asked for another", () => {
        assert.throws(() => read("", "", {}, "prod"), {
            message:
                /There is no stack 'prod': .*Pulumi\.prod\.yaml does not exist\. The stacks here are: dev\./,
        });
    });

    it("gives a key of another namespace the project's value, and refuses a default for it", () => {
        const { config, region } = read("config:\n  aws:region: {value: eu-west-1}\n", "");
        assert.deepEqual(config, { "aws:region": "eu-west-1" });
        assert.equal(region, "eu-west-1");
        assert.throws(
            () => read("config:\n  aws:region: {type: string, default: eu-west-1}\n", ""),
            /'aws:region' belongs to another namespace.*use `value` instead/,
        );
    });

    it("refuses a stack that imports an environment, which only the Pulumi CLI can open", () => {
        assert.throws(() => read("", "environment:\n  - shared\n"), /imports an environment/);
    });
});
