/** Every command as a process of its own, on a stack that `turnstile serve` runs in another one. */
import assert from "node:assert/strict";
import type { Command } from "commander";
import { createProgram } from "../../cli/turnstile.ts";
import type { Surroundings } from "../../cli/lib/surroundings.ts";
import { documentsIn } from "../cli/json-outputs.ts";
import { checkDocument } from "../cli/json-schemas.ts";
import { firstLine, interrupt, Stand } from "./stand.ts";
import { LASTING, TABLE } from "./table.ts";
import type { Line } from "./table.ts";

/** The names of all commands, and of commands in commands. */
function commandNames(): string[] {
    const program = createProgram({} as Surroundings, false, () => undefined);
    const names = (command: Command, before: string): string[] =>
        command.commands.flatMap((each) => [
            `${before}${each.name()}`,
            ...names(each, `${before}${each.name()} `),
        ]);
    return names(program, "").sort();
}

describe("Every command as a process", () => {
    let stand: Stand;

    before(async () => {
        stand = await Stand.start();
    });
    after(async () => {
        assert.equal(await stand.stop(), 130);
    });

    it("is in the table", () => {
        assert.deepEqual([...Object.keys(TABLE), ...Object.keys(LASTING)].sort(), commandNames());
    });

    for (const [name, { text, json, nonsense }] of Object.entries(TABLE)) {
        describe(name, () => {
            for (const line of text) {
                it(`turnstile ${line.args.join(" ")} ends with ${line.code ?? 0} after its text`, () =>
                    checkText(line));
            }
            for (const args of json) {
                it(`turnstile ${args.join(" ")} --json prints what its schema takes`, () => {
                    const same = text.find((line) => line.args.join(" ") === args.join(" "));
                    return checkJson(args, same?.code);
                });
            }
            for (const line of nonsense) {
                it(`turnstile ${line.args.join(" ")} ends with ${line.code ?? 0} after a line that helps`, () =>
                    checkNonsense(line));
            }
        });
    }

    for (const [name, { text, nonsense }] of Object.entries(LASTING)) {
        describe(name, () => {
            it("goes on until Ctrl-C after its text", async () => {
                const lasting = stand.begin(text.args);
                assert.match(await firstLine(lasting), text.says);
                assert.equal(await interrupt(lasting), 130);
            });

            it("goes on until Ctrl-C after JSON that its schema takes", async () => {
                const lasting = stand.begin([...text.args, "--json"]);
                checkDocuments(await firstLine(lasting), text.args);
                assert.equal(await interrupt(lasting), 130);
            });

            it("ends with 2 after a line that helps with nonsense", () => checkNonsense(nonsense));
        });
    }

    async function checkText({ args, says, code = 0, stdin = "", isInFolder = false }: Line): Promise<void> {
        const options = { stdin, ...(isInFolder && { cwd: stand.folder }) };
        const { code: ended, out, error } = await stand.run(args, options);
        assert.equal(ended, code, error || out);
        assert.match(out, says);
        assert.ok(!out.includes("\u001b") && !error.includes("\u001b"), "no escape in a pipe");
    }

    async function checkJson(args: readonly string[], expected = 0): Promise<void> {
        const { code, out, error } = await stand.run([...args, "--json"]);
        assert.equal(code, expected, error);
        checkDocuments(out, args, error);
    }

    function checkDocuments(out: string, args: readonly string[], error = ""): void {
        const documents = documentsIn(out, args);
        assert.ok(documents.length > 0, error);
        for (const document of documents) checkDocument(document);
    }

    async function checkNonsense({ args, says, code = 0 }: Line): Promise<void> {
        const { code: ended, out, error } = await stand.run(args);
        assert.deepEqual([ended, out], [code, ""], error);
        const [first = ""] = error.split("\n").filter((line) => line.startsWith("turnstile: "));
        assert.match(first, says);
        assert.doesNotMatch(error, /^ +at /m);
    }
});
