import assert from "node:assert/strict";
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { bundle, NodeFunction } from "../../components/node-function.ts";
import { find, key, record } from "../mocks.ts";
import type { Recorded } from "../mocks.ts";
import { rolePolicy, statements } from "./fixtures.ts";

const root = path.join(import.meta.dirname, "../..");
const entries = ["starter", "dispatcher", "reaper"].map(
    (name) => [name, pathToFileURL(path.join(root, "functions", `${name}.ts`))] as const,
);

describe("a function's bundle", function () {
    let directory: string;

    before(() => {
        directory = mkdtempSync(path.join(tmpdir(), "turnstile-"));
    });

    after(() => {
        rmSync(directory, { recursive: true, force: true });
    });

    it("is the same, byte for byte, when the sources are in another directory", async () => {
        for (const folder of ["components", "functions", "slots", "workflow"])
            cpSync(path.join(root, folder), path.join(directory, folder), { recursive: true });
        cpSync(path.join(root, "package.json"), path.join(directory, "package.json"));
        symlinkSync(path.join(root, "node_modules"), path.join(directory, "node_modules"));
        const elsewhere = (await import(
            pathToFileURL(path.join(directory, "components/node-function.ts")).href
        )) as { bundle: typeof bundle };
        const [, starter] = entries[0] as (typeof entries)[number];
        const there = elsewhere.bundle(pathToFileURL(path.join(directory, "functions/starter.ts")));
        assert.ok(there === bundle(starter), "the same text");
    });

    for (const [name, entry] of entries) {
        it(`${name}: names no directory of its sources`, () => {
            assert.ok(!bundle(entry).includes(root));
        });

        it(`${name}: is one module that runs with nothing beside it, and imports only what Node has`, async () => {
            const text = bundle(entry);
            await importText(name, text);
            const imported = [...text.matchAll(/(?<![-:])\bfrom"([^"]+)"/g)].map(
                ([, specifier]) => specifier ?? "",
            );
            assert.deepEqual(
                imported.filter((specifier) => !isBuiltin(specifier)),
                [],
            );
            assert.doesNotMatch(text, /Dynamic require of/);
        });

        it(`${name}: exports the deployed handler and what makes one`, async () => {
            const module = await importText(name, bundle(entry));
            assert.deepEqual(Object.keys(module).sort(), ["create", "handler"]);
        });
    }

    /** A bundle as a module, from a directory with nothing else of it. */
    async function importText(name: string, text: string): Promise<Record<string, unknown>> {
        const file = path.join(directory, `${name}.mjs`);
        writeFileSync(file, text);
        return (await import(pathToFileURL(file).href)) as Record<string, unknown>;
    }

    it("keeps the names of classes, by which clients recognise commands", async () => {
        const file = path.join(directory, "names.ts");
        const source = pathToFileURL(
            path.join(root, "node_modules/@aws-sdk/client-sfn/dist-es/index.js"),
        ).href;
        writeFileSync(
            file,
            `import { SendTaskSuccessCommand, TaskTimedOut } from ${JSON.stringify(fileURLToPath(source))};\n` +
                "export const names = [SendTaskSuccessCommand.name, new TaskTimedOut({ message: '' }).constructor.name];\n",
        );
        const bundled = path.join(directory, "names.mjs");
        writeFileSync(bundled, bundle(pathToFileURL(file)));
        const { names } = (await import(pathToFileURL(bundled).href)) as { names: string[] };
        assert.deepEqual(names, ["SendTaskSuccessCommand", "TaskTimedOut"]);
    });

    it("is built once for each program that deploys", () => {
        const file = path.join(directory, "once.ts");
        writeFileSync(file, "export const handler = () => 1;\n");
        const first = bundle(pathToFileURL(file));
        writeFileSync(file, "export const handler = () => 2;\n");
        assert.equal(bundle(pathToFileURL(file)), first);
    });

    it("takes JSON files that are imported with their type", () => {
        writeFileSync(path.join(directory, "data.json"), '{"answer": 42}');
        const file = path.join(directory, "json.ts");
        writeFileSync(
            file,
            'import data from "./data.json" with { type: "json" };\nexport const handler = () => data.answer;\n',
        );
        assert.match(bundle(pathToFileURL(file)), /42/);
    });

    it("says which file is wrong when one does not parse", () => {
        const file = path.join(directory, "broken.ts");
        writeFileSync(file, "export const = 1;\n");
        assert.throws(() => bundle(pathToFileURL(file)), /broken\.ts:1:13/);
    });
});

describe("a function", () => {
    let recorded: Recorded[];
    const [, entry] = entries[0] as (typeof entries)[number];
    const own = { Effect: "Allow" as const, Action: "sqs:SendMessage", Resource: "arn:aws:sqs:::q" };

    before(async () => {
        recorded = await record(
            () =>
                new NodeFunction("work", {
                    entry,
                    description: "does it",
                    environment: { TABLE_NAME: "t" },
                    statements: [own],
                    timeoutSeconds: 20,
                    logRetentionDays: 7,
                }),
        );
    });

    it("declares these resources and no others, all its own children", () => {
        assert.deepEqual(recorded.map(key), [
            "aws:cloudwatch/logGroup:LogGroup work-logs",
            "aws:iam/role:Role work-role",
            "aws:iam/rolePolicy:RolePolicy work-policy",
            "aws:lambda/function:Function work",
            "turnstile:index:NodeFunction work",
        ]);
        const parents = recorded.map(({ parent }) => parent).filter((parent) => parent !== undefined);
        assert.deepEqual(parents, new Array(4).fill("turnstile:index:NodeFunction work"));
    });

    it("runs the bundle on a Node runtime and arm64, and logs JSON to its own group", () => {
        assert.deepEqual(find(recorded, "work", ":Function").inputs, {
            description: "does it",
            code: { "index.mjs": { text: bundle(entry) } },
            handler: "index.handler",
            runtime: "nodejs24.x",
            architectures: ["arm64"],
            timeout: 20,
            memorySize: 512,
            environment: { variables: { TABLE_NAME: "t" } },
            loggingConfig: {
                logFormat: "JSON",
                logGroup: find(recorded, "work-logs", ":LogGroup").outputs["name"],
                applicationLogLevel: "INFO",
                systemLogLevel: "WARN",
            },
            role: find(recorded, "work-role", ":Role").outputs["arn"],
        });
    });

    it("uses the newest Node runtime that @pulumi/aws knows", async () => {
        const aws = await import("@pulumi/aws");
        const newest = Math.max(
            ...Object.values(aws.lambda.Runtime).map((name) =>
                Number(/^nodejs(\d+)\.x$/.exec(name)?.[1] ?? 0),
            ),
        );
        assert.equal(find(recorded, "work", ":Function").inputs["runtime"], `nodejs${newest}.x`);
    });

    it("keeps its log for as long as its argument says", () => {
        assert.deepEqual(find(recorded, "work-logs", ":LogGroup").inputs, {
            namePrefix: "/aws/lambda/work-",
            retentionInDays: 7,
        });
    });

    it("may write its own log and do what its argument lists, under a role for Lambda alone", () => {
        const logs = String(find(recorded, "work-logs", ":LogGroup").outputs["arn"]);
        const role = find(recorded, "work-role", ":Role");
        assert.equal(find(recorded, "work-policy", ":RolePolicy").inputs["role"], role.outputs["name"]);
        assert.deepEqual(rolePolicy(recorded, "work-policy"), [
            {
                Effect: "Allow",
                Action: ["logs:CreateLogStream", "logs:PutLogEvents"],
                Resource: `${logs}:log-stream:*`,
            },
            own,
        ]);
        assert.deepEqual(statements(role, "assumeRolePolicy"), [
            {
                Effect: "Allow",
                Principal: { Service: "lambda.amazonaws.com" },
                Action: "sts:AssumeRole",
            },
        ]);
    });

    it("is internal: the components' door does not offer it", () => {
        const door = readFileSync(path.join(root, "components/index.ts"), "utf8");
        assert.doesNotMatch(door, /NodeFunction/);
    });
});

function isBuiltin(specifier: string): boolean {
    return process.getBuiltinModule("module").isBuiltin(specifier);
}
