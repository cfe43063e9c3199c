/** What README.md and docs/ say of options, outputs, commands, messages and tests, held against what they say it of. */
import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import path from "node:path";
import { parse } from "yaml";
import { aggregate } from "../examples/weather/aggregate.ts";
import { readMessage } from "../functions/starter/message.ts";
import { parseMessages } from "../cli/run/messages.ts";
import { parseOptions } from "../cli/run/options.ts";
import { recorded, ROOT, TestStack, withStack } from "./stack/test-stack.ts";

interface Project {
    readonly config: Readonly<
        Record<string, { type: string; description: string; default: string | number | boolean | object }>
    >;
}

const OWN_PROGRAM = "examples/own-program/index.ts";
const readme = read("README.md");
const project = parse(read("Pulumi.yaml")) as Project;

describe("README.md", () => {
    it("has a configuration table that is Pulumi.yaml's schema", () => {
        const declared = Object.entries(project.config).map(
            ([key, { type, description, default: value }]) => [
                `\`${key}\``,
                type,
                value === "" || typeof value === "object" ? "none" : `\`${String(value)}\``,
                description,
            ],
        );
        assert.deepEqual(tableIn("Configuration"), declared);
    });

    it("has an outputs table that names what index.ts exports, in its order", () => {
        assert.deepEqual(
            tableIn("Outputs").map(([name]) => name),
            outputs().map((name) => `\`${name}\``),
        );
    });

    it("has a table of npm start's options that are those of --help, in its order", () => {
        const help = runOptions(["--help"]).text;
        const options = [...help.matchAll(/^ {2}(?:-h, )?(--[a-z]+(?: <[a-z]+>)?)/gm)].map(
            ([, flag]) => flag,
        );
        assert.ok(options.length > 5);
        assert.deepEqual(
            tableIn("npm start").map(([name]) => name),
            options.map((flag) => `\`${flag}\``),
        );
    });

    it("shows the example program as it is in examples/, but for where it imports from", () => {
        const example = read(OWN_PROGRAM).replace(/^\/\*\*.*\*\/\n/, "");
        const [shown] = blocks("ts");
        assert.equal(shown, example.replace('"../../components/', '"pulumi-turnstile/components/'));
    });

    it("shows bodies of messages that can start, and a job that computes the one of the quick start", () => {
        const [sent = ""] = quoted("--message-body");
        const bodies = [sent, ...blocks("json").filter((text) => text.startsWith('{ "arguments"'))];
        assert.equal(bodies.length, 2);
        for (const body of bodies) assert.ok("work" in readMessage(body), body);
        const read = readMessage(sent);
        assert.ok("work" in read);
        const month = JSON.parse(aggregate(read.work.arguments, () => "")) as { month: string; days: number };
        assert.deepEqual([month.month, month.days], ["2012-01", 2]);
    });

    it("shows lines of messages that npm start reads", () => {
        const lines = blocks("json").find((text) => text.startsWith('{"body"')) ?? "";
        const { messages, mistakes } = parseMessages(Buffer.from(lines), "README.md");
        assert.deepEqual(mistakes, []);
        assert.deepEqual(
            messages.map(({ group, body }) => [group, "work" in readMessage(body)]),
            [
                ["2012", true],
                ["2012", true],
            ],
        );
    });

    it("shows commands that read the gate, pause the line by an override, and end the pause", async function () {
        const [item = ""] = quoted("--item");
        const keys = quoted("--key").map((text) => JSON.parse(text) as Record<string, { S: string }>);
        const override = keys.find(({ entry }) => entry?.S === "override");
        const gate = keys.find(({ entry }) => entry?.S === "gate");
        assert.ok(override && gate);
        await withStack({}, async (stack) => {
            const call = (operation: string, input: object): unknown =>
                stack.world.call(
                    "dynamodb",
                    operation,
                    { TableName: stack.output("tableName"), ...input },
                    { principal: "user" },
                );
            const limit = (): unknown =>
                (call("GetItem", { Key: gate, ConsistentRead: true }) as { Item: { limit: unknown } }).Item
                    .limit;
            await stack.pass(90_000);
            assert.deepEqual(limit(), { N: "3" });
            call("PutItem", { Item: JSON.parse(item) as unknown });
            await stack.pass(5000);
            assert.deepEqual(limit(), { N: "0" });
            call("DeleteItem", { Key: override });
            await stack.pass(5000);
            assert.deepEqual(limit(), { N: "3" });
        });
    });
});

describe("The documents", () => {
    const documents = ["README.md", "CONTRIBUTING.md", "CHANGELOG.md"].concat(
        readdirSync(path.join(ROOT, "docs"))
            .filter((file) => file.endsWith(".md"))
            .map((file) => `docs/${file}`),
    );
    const text = documents.map(read).join("\n");

    it("name tests by words that stand in the files to which they link", () => {
        const wrong = documents.flatMap((file) =>
            [...read(file).matchAll(/“([^”]+)”\]\(([^)]+\.test\.ts)\)/g)]
                .filter(
                    ([, title = "", link = ""]) => !read(path.join(path.dirname(file), link)).includes(title),
                )
                .map(([found]) => `${file}: ${found}`),
        );
        assert.deepEqual(wrong, []);
    });

    it("show command lines of npm start that it takes", () => {
        const shown = [...text.matchAll(/npm start --((?: +(?:"[^"]*"|[^\s`"#|]+))+)/g)].map(
            ([, args]) => args,
        );
        assert.ok(shown.length > 3);
        const known = shown.filter((args) => !/ <| [A-Z]/.test(args ?? ""));
        const refused = known.filter((args) => runOptions(words(args ?? "")).exitCode !== 0);
        assert.deepEqual(refused, []);
    });

    it("name outputs and configuration keys that exist", () => {
        const named = [...text.matchAll(/pulumi stack output (\w+)/g)].map(([, name]) => name ?? "");
        const keys = [...text.matchAll(/pulumi config set (?:--path )?([a-z]\w+)|^ +turnstile:(\w+):/gm)].map(
            ([, set, inFile]) => set ?? inFile ?? "",
        );
        assert.ok(named.length > 3 && keys.length > 3);
        assert.deepEqual(
            named.filter((name) => !outputs().includes(name)),
            [],
        );
        assert.deepEqual(
            keys.filter((key) => !(key in project.config)),
            [],
        );
    });
});

describe("The program in examples/own-program", () => {
    it("runs both of its lines, each within its own limit", async function () {
        const program = await recorded({}, path.join(ROOT, path.dirname(OWN_PROGRAM)));
        const stack = await TestStack.open({ programs: [program] });
        try {
            await stack.pass(90_000);
            for (const name of ["dailyQueueUrl", "backfillQueueUrl"]) {
                const queueUrl = program.outputs[name];
                stack.sendMany(8, { ...program, outputs: { queueUrl } });
            }
            await stack.pass(60_000);
            const held = ["daily", "backfill"].map(
                (pool) => Object.keys(stack.gate(pool)?.holders ?? {}).length,
            );
            assert.deepEqual(held, [5, 2]);
            await stack.untilEnded(16);
            assert.ok(stack.ended.every(({ status }) => status === "SUCCEEDED"));
        } finally {
            await stack.close();
        }
    });
});

function read(file: string): string {
    return readFileSync(path.join(ROOT, file), "utf8");
}

/** The stack's outputs, as index.ts exports them. */
function outputs(): readonly string[] {
    return [...read("index.ts").matchAll(/^export const (\w+)/gm)].map(([, name]) => name ?? "");
}

/** The rows of the first table below a heading of README.md. */
function tableIn(heading: string): string[][] {
    const [, below = ""] = readme.split(`\n## ${heading}\n`);
    const [table = ""] = /(?:^\|.*\n)+/m.exec(below) ?? [];
    return table
        .trim()
        .split("\n")
        .slice(2)
        .map((row) =>
            row
                .split("|")
                .slice(1, -1)
                .map((cell) => cell.trim()),
        );
}

/** The code blocks of README.md in a language. */
function blocks(language: string): string[] {
    return [...readme.matchAll(/^```(\w+)\n([\s\S]*?)^```$/gm)]
        .filter(([, marked]) => marked === language)
        .map(([, , code = ""]) => code);
}

/** What follows an option in single quotes, in README.md's commands. */
function quoted(option: string): string[] {
    return [...readme.matchAll(new RegExp(`${option} '([^']+)'`, "g"))].map(([, value = ""]) => value);
}

/** A command line's words, quotation marks taken off. */
function words(line: string): string[] {
    return [...line.matchAll(/"([^"]*)"|(\S+)/g)].map(([, inQuotes, plain]) => inQuotes ?? plain ?? "");
}

function runOptions(args: readonly string[]): { text: string; exitCode: number } {
    let text = "";
    const streams = { out: (part: string) => (text += part), error: (part: string) => (text += part) };
    const parsed = parseOptions(args, streams);
    return { text, exitCode: "exitCode" in parsed ? parsed.exitCode : 0 };
}
