/** Commands in terminals of several sizes: what is wider than the terminal, and what is no text. */
import assert from "node:assert/strict";
import { stripVTControlCharacters } from "node:util";
import { hasTerminals, Stand } from "./stand.ts";
import { LASTING, TABLE } from "./table.ts";

const SIZES = [
    { columns: 80, rows: 24 },
    { columns: 120, rows: 40 },
    { columns: 60, rows: 15 },
];

/** How many processes run side by side. */
const AT_ONCE = 3;

// eslint-disable-next-line no-control-regex -- the escape is what is looked for
const COLOR = /\u001b\[[\d;]*m/g;
// eslint-disable-next-line no-control-regex -- as above
const ESCAPE = /\u001b(\[[\d;?]*[A-Za-z])?/g;

/** What moves the cursor of a line of progress and cleans up behind it; the last two draw all of a frame at once. */
// eslint-disable-next-line no-control-regex -- as above
const PROGRESS = /^\u001b\[(\d*[A-DGJK]|\?25[hl]|\?2026[hl])$/;

/** Drawn in one place until the command ends. */
const WITH_PROGRESS = ["run", "plan", "cost"];

const LOOKS = [
    ["status"],
    ["list"],
    ["why", "{running}"],
    ["why", "{waiting}"],
    ["free", "{running}"],
    ["doctor"],
    ["doctor", "--verbose"],
    ["cost"],
    ["plan", "--jobs", "20", "--minutes", "1", "--limits", "1,2,3,4"],
    ["cost", "--jobs-per-month", "30"],
    ["limit", "2", "--for", "2h", "--dry-run"],
    ["cancel", "{running}", "--dry-run"],
    ["send", "{folder}/jobs.jsonl", "--dry-run"],
    ["why", "00000000"],
    ["export", "--since", "x"],
];

/** The report of a run is a table of 73 columns, whatever the terminal has. */
const OF_80_COLUMNS = [["run", "--count", "3", "--speed", "max"]];

const LETTERS = [["failed"], ["failed", "show", "{letter}"], ["retry", "--all", "--dry-run"]];

const HELPS = [[], ...[...Object.keys(TABLE), ...Object.keys(LASTING)].map((name) => name.split(" "))].map(
    (names) => ["help", ...names],
);

/** Addresses and commands stay in one piece. So does a single word. */
function isToCopy(line: string): boolean {
    return /https?:\/\/|mend: aws |^ +(turnstile|npm) /.test(line) || line.trim().split(" ").length === 1;
}

/** What stays on each line once it is drawn: `\r` and the like begin it again. */
function linesOf(shown: string): string[] {
    // eslint-disable-next-line no-control-regex -- the escape is what is looked for
    const drawn = shown.replace(/[^\n]*\u001b\[1?G\u001b\[2K/g, "");
    return stripVTControlCharacters(drawn).split(/\r*\n/);
}

describe("Commands in a terminal", function () {
    let stand: Stand;

    before(async function () {
        if (!hasTerminals()) {
            process.stdout.write("terminals: left out, there is no python3 with pty\n");
            return this.skip();
        }
        stand = await Stand.start();
        assert.equal((await stand.run(["cancel", "{waiting}", "--yes"])).code, 0);
        return undefined;
    });
    after(async () => {
        if (stand !== undefined) assert.equal(await stand.stop(), 130);
    });

    for (const { columns, rows } of SIZES) {
        it(`of ${columns}×${rows} print no line that is wider`, async () => {
            const commands = columns < 80 ? LOOKS : [...LOOKS, ...OF_80_COLUMNS];
            const wide = await each(commands, (args) => wideLines(args, columns, rows));
            // One after the other: a look at dead letters hides them from the next one.
            for (const args of LETTERS) wide.push(await wideLines(args, columns, rows));
            assert.deepEqual(wide.flat(), []);
        });

        it(`of ${columns}×${rows} print no line of help that is wider`, async () => {
            const wide = await each(HELPS, (args) => wideLines(args, columns, rows));
            assert.deepEqual(wide.flat(), []);
        });
    }

    it("that is dumb, or with NO_COLOR, print no colour", async () => {
        const noColor = [["status"], ["failed"], ["doctor"], ["help"]];
        for (const env of [{ NO_COLOR: "1" }, { TERM: "dumb" }]) {
            for (const args of noColor) {
                const { out } = await stand.inTerminal(args, { columns: 80, rows: 24, env });
                assert.ok(!out.includes("\u001b"), `${args.join(" ")}: ${JSON.stringify(out)}`);
            }
        }
    });

    it("that is dumb draw no progress", async () => {
        for (const args of [...OF_80_COLUMNS, ["plan", "--jobs", "5", "--minutes", "1"]]) {
            const { out } = await stand.inTerminal(args, { columns: 80, rows: 24, env: { TERM: "dumb" } });
            assert.ok(!out.includes("\u001b"), `${args.join(" ")}: ${JSON.stringify(out)}`);
        }
    });

    it("end with 3 after a no", async () => {
        for (const [name, { asks }] of Object.entries(TABLE)) {
            if (!asks) continue;
            if (name === "resume") await stand.run(["pause", "--yes"]);
            const size = { columns: 60, rows: 15 };
            const { code, out } = await stand.inTerminal(asks.args, { ...size, typed: asks.no });
            assert.equal(code, 3, `${name}: ${out}`);
            assert.match(out, /Nothing was changed\./);
            if (name === "resume") await stand.run(["resume", "--yes"]);
        }
    });

    async function wideLines(args: readonly string[], columns: number, rows: number): Promise<string[]> {
        const { out } = await stand.inTerminal(args, { columns, rows });
        assert.notEqual(out, "");
        const isDrawn = WITH_PROGRESS.includes(args[0] ?? "");
        for (const [escape] of out.replace(COLOR, "").matchAll(ESCAPE)) {
            assert.ok(isDrawn && PROGRESS.test(escape), `${args.join(" ")}: ${JSON.stringify(escape)}`);
        }
        return linesOf(out)
            .filter((line) => line.length > columns && !isToCopy(line))
            .map((line) => `${args.join(" ")}: ${line}`);
    }
});

/** Some side by side. */
async function each<T, R>(items: readonly T[], act: (item: T) => Promise<R>): Promise<R[]> {
    const results: R[] = [];
    const rest = items.entries();
    const worker = async (): Promise<void> => {
        for (const [i, item] of rest) results[i] = await act(item);
    };
    await Promise.all(Array.from({ length: AT_ONCE }, worker));
    return results;
}
