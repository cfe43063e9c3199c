/** What README.md and docs/ say of options, outputs, commands, messages and tests, held against what they say it of. */
import assert from "node:assert/strict";
import { globSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { parse } from "yaml";
import { aggregate } from "../examples/weather/aggregate.ts";
import { readMessage } from "../functions/starter/message.ts";
import { EXIT } from "../cli/lib/exit-codes.ts";
import { REASONS } from "../cli/operate/reasons.ts";
import { parseMessages } from "../cli/lib/messages.ts";
import { parseOptions } from "../cli/run/options.ts";
import { closeBreaker } from "../slots/writes.ts";
import { CONFIGURATION_PAGE, configurationPage } from "../tools/configuration-list.ts";
import { runTurnstile } from "./cli/command-line.ts";
import { recorded, ROOT, withStack } from "./stack/test-stack.ts";

interface Project {
    readonly config: Readonly<Record<string, unknown>>;
}

const TWO_POOLS = "examples/two-pools/index.ts";
const project = parse(read("Pulumi.yaml")) as Project;

describe("README.md", () => {
    it("has at most 150 lines", () => {
        assert.ok(read("README.md").trimEnd().split("\n").length <= 150);
    });
});

describe("docs/configure.md", () => {
    it("lists the configuration as Pulumi.yaml declares it; otherwise run `npm run docs:configuration`", () => {
        const page = readFileSync(CONFIGURATION_PAGE, "utf8");
        assert.equal(page, configurationPage(page));
    });

    it("lists each configuration key once, in the order of Pulumi.yaml", () => {
        const keys = [...read("docs/configure.md").matchAll(/^- \*\*`(\w+)`\*\*/gm)].map(([, key]) => key);
        assert.deepEqual(keys, Object.keys(project.config));
    });

    it("has an outputs table that names what index.ts exports, in its order", () => {
        assert.deepEqual(
            tableIn("docs/configure.md", "Outputs").map(([name]) => name),
            outputs().map((name) => `\`${name}\``),
        );
    });
});

describe("docs/run-locally.md", () => {
    it("has a table of npm start's options that are those of --help, in its order", () => {
        const help = runOptions(["--help"]).text;
        const options = [...help.matchAll(/^ {2}(?:-h, )?(--[a-z]+(?: <[a-z]+>)?)/gm)].map(
            ([, flag]) => flag,
        );
        assert.ok(options.length > 5);
        assert.deepEqual(
            tableIn("docs/run-locally.md", "Options").map(([name]) => name),
            options.map((flag) => `\`${flag}\``),
        );
    });

    it("shows lines of messages that npm start reads", () => {
        const lines = blocks("docs/run-locally.md", "json").find((text) => text.startsWith('{"body"')) ?? "";
        const { messages, mistakes } = parseMessages(Buffer.from(lines), "docs/run-locally.md");
        assert.deepEqual(mistakes, []);
        assert.deepEqual(
            messages.map(({ group, body }) => [group, "work" in readMessage(body)]),
            [
                ["2012", true],
                ["2012", true],
            ],
        );
    });
});

describe("docs/verbs.md", () => {
    it("compares every command, in both of its tables", async () => {
        const { out } = await runTurnstile(["--help"]);
        const commands = [...out.matchAll(/^ {2}([a-z]+) {2,}\S/gm)].map(([, name = ""]) => name);
        const compared = commands.filter((name) => !["init", "completion", "help"].includes(name));
        assert.ok(compared.length > 15);
        const tables =
            read("docs/verbs.md")
                .split("\n## ")[0]
                ?.split(/\n\n(?=\| Verb)/)
                .slice(1) ?? [];
        assert.equal(tables.length, 2);
        for (const table of tables) {
            const named = [...table.matchAll(/`turnstile ([a-z]+)`/g)].map(([, name]) => name);
            assert.deepEqual([...named].sort(), [...compared].sort());
        }
    });
});

describe("The example program", () => {
    for (const page of ["README.md", "docs/components.md"]) {
        it(`is shown in ${page} as it is in ${TWO_POOLS}`, () => {
            const [shown] = blocks(page, "ts");
            assert.equal(shown, read(TWO_POOLS).replace(/^\/\*\*.*\*\/\n/, ""));
        });
    }
});

describe("The messages that README.md and docs/ send", () => {
    it("can start", () => {
        const bodies = [
            ...["README.md", "docs/deploy.md", "docs/send-messages.md"].flatMap((page) =>
                quoted(page, "--message-body"),
            ),
            ...blocks("docs/send-messages.md", "json").filter((text) => text.startsWith('{ "arguments"')),
        ];
        assert.equal(bodies.length, 4);
        for (const body of bodies) assert.ok("work" in readMessage(body), body);
    });

    it("have a job that computes the first one", () => {
        const [sent = ""] = quoted("docs/deploy.md", "--message-body");
        const read = readMessage(sent);
        assert.ok("work" in read);
        const month = JSON.parse(aggregate(read.work.arguments, () => "")) as { month: string; days: number };
        assert.deepEqual([month.month, month.days], ["2012-01", 2]);
    });
});

describe("docs/operate.md", () => {
    it("lists the reasons as turnstile why gives them", () => {
        assert.deepEqual(
            tableIn("docs/operate.md", "Why a message does not start"),
            Object.entries(REASONS).map(([code, [kind, meaning]]) => [`\`${code}\``, kind, meaning]),
        );
    });

    it("lists every exit code", () => {
        const [, section = ""] = read("docs/operate.md").split("**Exit codes**");
        const listed = [...section.matchAll(/^\| (\d+(?:, \d+)*) /gm)].flatMap(([, codes = ""]) =>
            codes.split(", "),
        );
        assert.deepEqual(listed.map(Number).sort(), Object.values(EXIT).sort());
    });

    it("shows commands that read the gate, pause the line by an override, and end the pause", async function () {
        const [item = ""] = quoted("docs/operate.md", "--item");
        const keys = quoted("docs/operate.md", "--key").map(
            (text) => JSON.parse(text) as Record<string, { S: string }>,
        );
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

    it("shows the command that closes the breaker", () => {
        const [expression] = quoted("docs/operate.md", "--update-expression");
        const [condition] = quoted("docs/operate.md", "--condition-expression");
        const [values = ""] = quoted("docs/operate.md", "--expression-attribute-values");
        const write = closeBreaker({ table: "", pool: "jobs" });
        assert.deepEqual(
            [expression, condition, JSON.parse(values)],
            [write.UpdateExpression, write.ConditionExpression, write.ExpressionAttributeValues],
        );
        const keys = quoted("docs/operate.md", "--key").map((text) => JSON.parse(text) as object);
        assert.deepEqual(keys.at(-1), write.Key);
    });

    it("lists the alarms of the program, and no others", async () => {
        const { resources } = await recorded({});
        const alarms = resources
            .filter(({ type }) => type === "aws:cloudwatch/metricAlarm:MetricAlarm")
            .map(({ name }) => name.replace("turnstile-monitoring-", ""));
        const [, section = ""] = read("docs/operate.md").split("\n## Alarms\n");
        const listed = [...section.matchAll(/^- ((?:`[a-z-]+`(?:, )?)+):/gm)].flatMap(([, names = ""]) =>
            [...names.matchAll(/`([a-z-]+)`/g)].map(([, name = ""]) => name),
        );
        assert.ok(alarms.length > 5);
        assert.deepEqual(listed.sort(), alarms.sort());
    });
});

describe("The documents", () => {
    const documents = ["README.md", "CONTRIBUTING.md", "CHANGELOG.md"].concat(
        globSync("docs/**/*.md", { cwd: ROOT }).map((file) => file.replaceAll(path.sep, "/")),
    );
    const text = documents.map(read).join("\n");

    it("are all in the index, docs/README.md", () => {
        const indexes = documents.filter((file) => /^docs\/(?:\w+\/)?README\.md$/.test(file));
        const index = indexes.map(read).join("\n");
        const pages = documents.filter((file) => file.startsWith("docs/") && !file.endsWith("README.md"));
        assert.deepEqual(
            pages.filter((file) => !new RegExp(`[(/]${path.basename(file, ".md")}\\.md\\)`).test(index)),
            [],
        );
    });

    it("have no table with a cell of more than 120 characters: a list reads better", () => {
        // That page is drawn from the workflow's definition.
        const pages = documents.filter((file) => file !== "docs/workflow.md");
        const long = pages.flatMap((file) =>
            cells(read(file))
                .filter((cell) => cell.length > 120)
                .map((cell) => `${file}: ${cell}`),
        );
        assert.deepEqual(long, []);
    });

    it("show pictures that need no style sheet, no script and nothing from elsewhere, so that anything can draw them", () => {
        const pictures = globSync("docs/**/*.svg", { cwd: ROOT });
        assert.ok(pictures.length >= 2);
        for (const picture of pictures)
            assert.doesNotMatch(
                read(picture),
                /<style|<script|style=|class=|var\(|href=|url\((?!#)/,
                picture,
            );
    });

    it("name tests by words that stand in the files to which they link", () => {
        const wrong = documents.flatMap((file) =>
            [...read(file).matchAll(/“([^”]+)”\]\(([^)]+\.test\.ts)\)/g)]
                .filter(
                    ([, title = "", link = ""]) =>
                        !read(path.join(path.dirname(file), link)).includes(title.replace(/\s+/g, " ")),
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

    it("show command lines of turnstile that it takes", async () => {
        const shown = [
            ...text.matchAll(/(?:npm run turnstile --|npx turnstile|`turnstile|^turnstile) ([^\n`#|]+)/gm),
        ].map(([, args = ""]) => args.trim());
        assert.ok(shown.length > 10);
        const refused: string[] = [];
        // `init` writes files.
        const cwd = mkdtempSync(path.join(tmpdir(), "turnstile-"));
        after(() => rmSync(cwd, { recursive: true }));
        for (const args of shown.filter((line) => !/\b[A-Z]{3,}\b/.test(line))) {
            // There is no such stack, so the line is read, and nothing is done.
            const env = { TURNSTILE_OPERATOR: "/nowhere.json" };
            const { code, error } = await runTurnstile(onNoStack(args), { env, cwd });
            // A single word only names a command.
            const isName = !args.includes(" ") && !error.includes("unknown command");
            if (code === EXIT.usage && !isName) refused.push(args);
        }
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

function read(file: string): string {
    return readFileSync(path.join(ROOT, file), "utf8");
}

/** The stack's outputs, as index.ts exports them. */
function outputs(): readonly string[] {
    return [...read("index.ts").matchAll(/^export const (?:\{ ([\w, ]+) \}|(\w+))/gm)].flatMap(
        ([, several = "", one = several]) => one.split(", "),
    );
}

/** The rows of the first table below a heading of a page. */
function tableIn(page: string, heading: string): string[][] {
    const [, below = ""] = read(page).split(`\n## ${heading}\n`);
    const [table = ""] = /(?:^\|.*\n)+/m.exec(below) ?? [];
    return table.trim().split("\n").slice(2).map(cellsOf);
}

/** The cells of every table of a text, in one list. */
function cells(markdown: string): string[] {
    return [...markdown.matchAll(/^\|.*\|$/gm)].flatMap(([row]) => cellsOf(row));
}

function cellsOf(row: string): string[] {
    return row
        .split("|")
        .slice(1, -1)
        .map((cell) => cell.trim());
}

/** The code blocks of a page in a language. */
function blocks(page: string, language: string): string[] {
    return [...read(page).matchAll(/^```(\w+)\n([\s\S]*?)^```$/gm)]
        .filter(([, marked]) => marked === language)
        .map(([, , code = ""]) => code);
}

/** What follows an option in single quotes, in the commands of a page. */
function quoted(page: string, option: string): string[] {
    return [...read(page).matchAll(new RegExp(`${option} '([^']+)'`, "g"))].map(([, value = ""]) => value);
}

/** A command line's words, quotation marks taken off. */
function words(line: string): string[] {
    return [...line.matchAll(/"([^"]*)"|(\S+)/g)].map(([, inQuotes, plain]) => inQuotes ?? plain ?? "");
}

/** The same command line, for a stack that is not there. */
function onNoStack(args: string): string[] {
    const given = words(args);
    return ["run", "serve", "plan", "cost"].includes(given[0] ?? "")
        ? [...given, "--stack", "nowhere"]
        : given;
}

function runOptions(args: readonly string[]): { text: string; exitCode: number } {
    let text = "";
    const streams = { out: (part: string) => (text += part), error: (part: string) => (text += part) };
    const parsed = parseOptions(args, streams);
    return { text, exitCode: "exitCode" in parsed ? parsed.exitCode : 0 };
}
