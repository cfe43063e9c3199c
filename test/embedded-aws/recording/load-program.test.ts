import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { recordProgram } from "../../../embedded-aws/recording/record-program.ts";
import type { RecordedProgram } from "../../../embedded-aws/recording/resource.ts";

const packages = path.join(import.meta.dirname, "../../../node_modules");

/** A project with these files besides those that all have; the packages are this repository's. */
function write(files: Readonly<Record<string, string>>): string {
    const directory = mkdtempSync(path.join(tmpdir(), "load-program-"));
    symlinkSync(packages, path.join(directory, "node_modules"), "junction");
    for (const [file, text] of Object.entries({ "Pulumi.dev.yaml": "config: {}\n", ...files })) {
        mkdirSync(path.dirname(path.join(directory, file)), { recursive: true });
        writeFileSync(path.join(directory, file), text);
    }
    return directory;
}

/** CommonJS in TypeScript, in a folder of its own; the enum is one thing that Node by itself could not run. */
const COMPILED = {
    "Pulumi.yaml": "name: compiled\nruntime: nodejs\nmain: src/\n",
    "src/package.json": '{ "main": "index.ts" }',
    "src/tsconfig.json": '{ "compilerOptions": { "target": "es2020", "module": "commonjs" } }',
    "src/text.ts": 'export enum Text { body = "some text" }\n',
    "src/file.txt": "a file beside the program\n",
    "src/index.ts": `
import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { Text } from "./text";

const vpc = new aws.ec2.Vpc("main", { cidrBlock: "10.0.0.0/16" });
const { bucket } = new aws.s3.Bucket("files");
new aws.s3.BucketObjectv2("text", { bucket, key: "text", content: Text.body });
new aws.s3.BucketObjectv2("file", { bucket, key: "file", source: new pulumi.asset.FileAsset("file.txt") });

export const vpcArn = vpc.arn;
`,
};

describe("recording a program that Pulumi compiles", () => {
    let directory: string;
    let program: RecordedProgram;

    before(async () => {
        directory = write(COMPILED);
        program = await recordProgram({ directory, stack: "dev", allowUnknownTypes: true });
    });

    after(() => {
        rmSync(directory, { recursive: true, force: true });
    });

    const inputsOf = (name: string): unknown =>
        program.resources.find((resource) => resource.name === name)?.inputs;

    it("compiles what Node cannot run, in files that are named without extension", () => {
        const { content } = inputsOf("text") as { content: string };
        assert.equal(content, "some text");
    });

    it("reads files from the folder of the program's main file, as the engine does", () => {
        const { source } = inputsOf("file") as { source: unknown };
        assert.deepEqual(source, { kind: "text", text: "a file beside the program\n" });
    });

    it("gives a resource of a type that it does not know an ARN of the type's service", () => {
        assert.match(
            String(program.outputs["vpcArn"]),
            /^arn:aws:ec2:us-east-1:123456789012:main-[0-9a-f]{7}$/,
        );
    });
});

describe("recording a module", () => {
    let directory: string | undefined;

    afterEach(() => {
        if (directory !== undefined) rmSync(directory, { recursive: true, force: true });
    });

    async function outputs(files: Readonly<Record<string, string>>): Promise<unknown> {
        directory = write({ "package.json": '{ "type": "module" }', ...files });
        return (await recordProgram({ directory, stack: "dev" })).outputs;
    }

    it("is left to Node where the project has no ts-node for modules", async () => {
        const files = {
            "Pulumi.yaml": "name: module\nruntime: nodejs\n",
            "index.ts": "const answer: number = 42;\nexport { answer };\n",
        };
        assert.deepEqual(await outputs(files), { answer: 42 });
    });

    it("says what compiles a file that is imported by its compiled name, where that is missing", async () => {
        const files = {
            "Pulumi.yaml": "name: module\nruntime: nodejs\n",
            "index.ts": 'export * from "./part.js";\n',
            "part.ts": "export const answer: number = 42;\n",
        };
        await assert.rejects(
            outputs(files),
            /Cannot find module .*part\.js.*\. Pulumi compiles ES modules with ts-node, which this project does not have: npm install --save-dev ts-node/,
        );
    });

    it("fails with its own error where it is its own mistake", async () => {
        const files = {
            "Pulumi.yaml": "name: module\nruntime: nodejs\n",
            "index.ts": 'throw new Error("a mistake of mine");\n',
        };
        await assert.rejects(outputs(files), ({ message }: Error) => !message.includes("ts-node"));
    });

    it("that fails is named with its line, also in a folder whose name has a space", async () => {
        const files = {
            "Pulumi.yaml": "name: module\nruntime: nodejs\nmain: my program/index.ts\n",
            "my program/index.ts": "const nothing = {};\nnothing.x.y;\n",
        };
        await assert.rejects(outputs(files), { message: /^TypeError: .* \(my program\/index\.ts:2\)$/ });
    });

    it("is one by its own extension, whatever package.json says", async () => {
        const files = {
            "package.json": "{}",
            "Pulumi.yaml": "name: module\nruntime: nodejs\nmain: index.mts\n",
            "index.mts": "export const answer: number = await Promise.resolve(42);\n",
        };
        assert.deepEqual(await outputs(files), { answer: 42 });
    });

    it("may have its package.json in a folder above", async () => {
        const files = {
            "Pulumi.yaml": "name: module\nruntime: nodejs\nmain: deep/program/index.ts\n",
            "deep/program/index.ts": "export const answer: number = await Promise.resolve(42);\n",
        };
        assert.deepEqual(await outputs(files), { answer: 42 });
    });
});

describe("recording a program with a tsconfig.json of another name", () => {
    it("compiles by the file that Pulumi.yaml names", async () => {
        const directory = write({
            "package.json": "{}",
            "Pulumi.yaml": "name: x\nruntime:\n  name: nodejs\n  options:\n    tsconfig: other.json\n",
            "other.json":
                '{ "compilerOptions": { "target": "es2020", "module": "commonjs", "removeComments": true } }',
            "index.ts":
                "enum Answer { is = 42 }\nfunction f() { /* a comment */ }\nexport const answer = Answer.is;\nexport const text = f.toString();\n",
        });
        try {
            const { outputs } = await recordProgram({ directory, stack: "dev" });
            assert.deepEqual(outputs, { answer: 42, text: "function f() { }" });
        } finally {
            rmSync(directory, { recursive: true, force: true });
        }
    });
});
