/** The comparison: what it counts, and what must hold of Turnstile in it. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import path from "node:path";
import { broken, compare, LIMIT, toText } from "../../rivals/compare.ts";
import type { Comparison } from "../../rivals/compare.ts";
import { RIVALS } from "../../rivals/designs/index.ts";
import type { Rival } from "../../rivals/rival.ts";
import { measure } from "../../rivals/measure/measure.ts";
import type { Measured } from "../../rivals/measure/measure.ts";
import { STRESS } from "../../rivals/measure/stress.ts";
import { Line } from "../../rivals/measure/line.ts";
import { summarize } from "../../rivals/measure/summary.ts";
import { parseOptions } from "../../rivals/options.ts";
import { COLUMNS } from "../../rivals/report/columns.ts";
import { partsOf, withParts } from "../../rivals/report/document.ts";

/** A run of ten jobs in which nothing happened. */
const RUN: Measured = {
    rival: "poll",
    messages: 10,
    limit: LIMIT,
    faults: "mild",
    seed: 1,
    ...{ done: 10, deadLettered: 0, stuck: 0, lost: 0, refused: 0, repeated: 0, leaked: 0, overtakes: 0 },
    ...{ peakRunning: 10, peakCounted: 10, idleSeconds: 0, makespan: 300, ideal: 300, historyEvents: 20 },
    ...{ transitions: 0, writeUnits: 0, invocations: 0, dollars: 0 },
};

const names = RIVALS.map(({ name }) => name);

async function measureStress(rival: Rival): Promise<Measured> {
    const measured = await measure(rival, { ...STRESS, messages: 20, seed: 1 });
    assert.ok(measured);
    return measured;
}

describe("The comparison", () => {
    let comparison: Comparison;
    before(async function () {
        this.timeout(120_000);
        comparison = await compare(parseOptions(["--lines", "10", "--no-stress"], names), () => undefined);
    });

    it("has the promised columns", () => {
        assert.deepEqual(
            COLUMNS.map(({ head }) => head),
            [
                ...["Peak", "Lost", "Left over", "Leaked", "Run twice", "Overtakes %", "Idle s", "Makespan"],
                ...["Transitions", "Writes", "Invocations", "$ for 1,000", "Events"],
            ],
        );
    });

    it("has a line for every rival, without faults as with them", () => {
        for (const { rows } of comparison.groups)
            assert.deepEqual(
                rows.map(({ rival }) => rival),
                names,
            );
        assert.deepEqual(
            comparison.groups.map(({ messages, faults }) => [messages, faults]),
            [
                [10, "none"],
                [10, "mild"],
            ],
        );
    });

    it("finds that Turnstile keeps its promises", () => {
        assert.deepEqual(broken(comparison), []);
    });

    it("finds that mild faults cost Glue's queue messages", async () => {
        const options = parseOptions(
            ["--lines", "100", "--faults", "mild", "--no-stress", "--only", "glue-queueing"],
            names,
        );
        const [group] = (await compare(options, () => undefined)).groups;
        assert.ok((group?.rows[0]?.lost ?? 0) > 0);
    });

    it("finds that an eleventh job starts where executions are counted, and nowhere else", async () => {
        const peaks = new Map<string, number>();
        for (const rival of RIVALS) peaks.set(rival.name, (await measureStress(rival)).peakRunning);
        const tooMany = [...peaks].filter(([, peak]) => peak > LIMIT).map(([name]) => name);
        assert.deepEqual(tooMany, ["list-executions"]);
    });

    it("leaves a rival out that takes longer than its budget, but never Turnstile", async () => {
        const args = ["--lines", "10", "--faults", "mild", "--no-stress", "--only", "turnstile,poll"];
        const options = { ...parseOptions(args, names), budget: 0 };
        const [group] = (await compare(options, () => undefined)).groups;
        assert.deepEqual([group?.rows.map(({ rival }) => rival), group?.leftOut], [["turnstile"], ["poll"]]);
    });

    it("prints every rival", () => {
        const text = toText(comparison);
        for (const { title } of RIVALS) assert.ok(text.includes(title), title);
    });

    it("puts its tables between the marks of the page, and leaves the rest alone", () => {
        const page = "before\n<!-- begin: none -->\nold\n<!-- end: none -->\nafter\n";
        const text = withParts(page, partsOf(comparison, []));
        assert.match(
            text,
            /^before\n<!-- begin: none -->\n\n### 10 messages\n[^]*<!-- end: none -->\nafter\n$/,
        );
        assert.ok(text.includes("| Turnstile | 10 | 0 |"));
        assert.ok(!text.includes("old"));
    });

    it("says which promise Turnstile breaks", () => {
        const [group] = comparison.groups;
        const wrong = { peakRunning: 11, lost: 2, leaked: 3, repeated: 4 };
        const rows = (group?.rows ?? []).map((row) => ({ ...row, ...wrong }));
        const worse = {
            ...comparison,
            groups: [{ messages: 10, faults: "none" as const, leftOut: [], rows }],
        };
        assert.deepEqual(broken(worse), [
            "11 jobs ran at once, the limit is 10",
            "2 of 10 messages were lost",
            "3 slots were taken at the end, and nothing ran",
            "4 jobs were run twice",
        ]);
    });

    it("adds up what went wrong in several runs, and takes the median of what they cost", () => {
        const run = (lost: number, transitions: number): Measured => ({ ...RUN, lost, transitions });
        const row = summarize([run(1, 50), run(0, 70), run(2, 60)]);
        assert.equal(row.lost, 3);
        assert.equal(row.transitions, 6);
    });

    it("explains every column on its page", () => {
        const page = readFileSync(path.join(import.meta.dirname, "..", "..", "docs/comparison.md"), "utf8");
        for (const { head } of COLUMNS)
            assert.match(page, new RegExp(`^\\| ${head.replace("$", "\\$")} +\\|`, "m"));
    });
});

describe("A line, seen from outside,", () => {
    const second = 1000;

    function line(messages: number): { line: Line; at: (seconds: number) => Line } {
        let now = 0;
        const seen = new Line(messages, 1, () => now);
        return {
            line: seen,
            at: (seconds) => {
                now = seconds * second;
                return seen;
            },
        };
    }

    it("counts a job that begins before an earlier message's", () => {
        const { line: seen, at } = line(3);
        at(1).runBegins("c", 2);
        at(2).runBegins("a", 0);
        at(3).runBegins("b", 1);
        assert.equal(seen.overtakes, 1);
    });

    it("counts no overtaking within a second", () => {
        const { line: seen, at } = line(2);
        at(1).runBegins("b", 1);
        at(1.9).runBegins("a", 0);
        assert.equal(seen.overtakes, 0);
    });

    it("counts the seconds of empty slots while a message waits", () => {
        const { line: seen, at } = line(2);
        at(5).runBegins("a", 0);
        at(10).runEnds("a");
        at(17).runBegins("b", 1);
        at(30).runEnds("b");
        assert.equal(seen.idleSeconds, 5 + 7);
        assert.equal(seen.makespan, 30);
        assert.equal(seen.ideal, 5 + 13);
    });

    it("counts no makespan shorter than the ideal, in whatever order jobs end", () => {
        let now = 0;
        const seen = new Line(3, 2, () => now);
        const at = (seconds: number): Line => {
            now = seconds * second;
            return seen;
        };
        seen.runBegins("long", 0);
        seen.runBegins("short", 1);
        at(10).runEnds("short");
        at(10).runBegins("last", 2);
        at(20).runEnds("last");
        at(25).runEnds("long");
        assert.equal(seen.makespan, 25);
        assert.equal(seen.ideal, 25);
    });

    it("counts a further run of a message as repeated", () => {
        const { line: seen, at } = line(1);
        at(1).runBegins("a", 0);
        at(2).runBegins("again", 0);
        assert.equal(seen.repeated, 1);
        assert.equal(seen.peak, 2);
    });
});

describe("The options of `npm run compare`", () => {
    it("are all lines and all faults from seed 1, unless they say otherwise", () => {
        const { lines, faults, only, seed } = parseOptions([], names);
        assert.deepEqual(
            { lines, faults, only, seed },
            {
                lines: [10, 100, 1000, 10_000],
                faults: ["none", "mild"],
                only: names,
                seed: 1,
            },
        );
    });

    for (const { title, args, problem } of [
        {
            title: "a rival that there is not",
            args: ["--only", "nobody"],
            problem: "Expected some of turnstile, ",
        },
        {
            title: "a line of no message",
            args: ["--lines", "10,0"],
            problem: "Expected a whole number from 1 ",
        },
        {
            title: "a page with a part of the rivals",
            args: ["--write", "--only", "poll"],
            problem: "--write needs",
        },
    ])
        it(`refuse ${title}`, () => {
            const write = process.stderr.write.bind(process.stderr);
            let error = "";
            process.stderr.write = (text: string | Uint8Array) => {
                error += String(text);
                return true;
            };
            const exit = (code: number): never => {
                throw new Error(`exit ${code}`);
            };
            try {
                assert.throws(() => parseOptions(args, names, exit), { message: "exit 2" });
            } finally {
                process.stderr.write = write;
            }
            assert.ok(error.startsWith("turnstile: ") && error.includes(problem), error);
        });
});
