/** Whether the simulator finds bugs: the list of mutants, and the command that tries them. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import type { RecordedProgram } from "../../embedded-aws/index.ts";
import { Mutants } from "../../simulation/mutants/command.ts";
import type { Around } from "../../simulation/mutants/command.ts";
import { hunt } from "../../simulation/mutants/hunt.ts";
import type { Catch } from "../../simulation/mutants/hunt.ts";
import { MUTANTS } from "../../simulation/mutants/list/index.ts";
import { changed } from "../../simulation/mutants/mutant.ts";
import type { Mutant } from "../../simulation/mutants/mutant.ts";
import { parseOptions } from "../../simulation/mutants/options.ts";
import { check } from "../../simulation/mutants/sources.ts";
import { inPage, mutantsIn, withTable } from "../../simulation/mutants/table.ts";
import { recordPrograms } from "../../simulation/programs.ts";
import { drawScenario } from "../../simulation/scenario.ts";
import { mistaken } from "./mistaken.ts";

const page = readFileSync(new URL("../../docs/proof.md", import.meta.url), "utf8");

const mutant: Mutant = {
    id: "sample",
    mistake: "one is two",
    changes: [{ file: "slots/next.ts", text: "one", instead: "two" }],
    property: "one is one",
    from: 3,
    within: 2,
};

describe("The mutants", () => {
    for (const each of MUTANTS) it(`${each.id} applies to the source`, () => check(each));

    it("are at least forty, each with a name of its own", () => {
        assert.equal(new Set(MUTANTS.map(({ id }) => id)).size, MUTANTS.length);
        assert.ok(MUTANTS.length >= 40);
    });

    it("break properties that docs/proof.md states", () => {
        const unstated = MUTANTS.filter(({ property }) => !page.includes(`| ${property} `));
        assert.deepEqual(
            unstated.map(({ property }) => property),
            [],
        );
    });

    it("are those of the table in docs/proof.md", () => {
        assert.deepEqual(mutantsIn(page), MUTANTS.map(inPage));
    });
});

describe("A change of a mutant", () => {
    const [change] = mutant.changes as [Mutant["changes"][0]];

    it("replaces its text as it stands", () => {
        const dollars = { ...change, instead: "$& two" };
        assert.equal(changed("from one on", dollars, "sample"), "from $& two on");
    });

    for (const [contents, how] of [
        ["from two on", "is not there"],
        ["one and one", "is there 2 times"],
    ] as const) {
        it(`names the mutant where its text ${how}`, () => {
            assert.throws(() => changed(contents, change, "sample"), {
                name: "MutantError",
                message: `Mutant sample no longer applies: its text ${how} in slots/next.ts: "one"`,
            });
        });
    }
});

describe("The hunt for a property", () => {
    const configuration = drawScenario(2, "calm").configuration;
    const failed = "a message is done only if its job succeeded";
    let programs: RecordedProgram[];

    before(async function () {
        this.timeout(120_000);
        const recorded = await recordPrograms({ only: configuration });
        programs = mistaken(recorded, (text) => text.replaceAll('"deadLettered"', '"done"'));
    });

    const play = (property: string, millis = 60_000): Promise<Catch> =>
        hunt({ programs, profile: "calm", seeds: [2], property, millis });

    it("ends with the seed in which it breaks", async () => {
        const found = await play(failed);
        assert.deepEqual({ ...found, others: [] }, { kind: "caught", seed: 2, seeds: 1, others: [] });
    });

    it("goes on when only another one breaks", async () => {
        const found = await play("a slot has one run");
        assert.equal(found.kind, "survived");
        assert.ok(found.others.includes(failed));
    });

    it("plays the seeds one after the other", async () => {
        const seeds = [2, 2, 2];
        const found = await hunt({ programs, profile: "calm", seeds, property: "none", millis: 60_000 });
        assert.deepEqual([found.kind, found.seeds], ["survived", 3]);
    });

    it("ends with a crash when a run cannot be played", async () => {
        const found = await hunt({
            ...{ programs: [], profile: "calm", seeds: [2] },
            property: failed,
            millis: 60_000,
        });
        assert.equal(found.kind, "crashed");
        assert.match(found.kind === "crashed" ? found.error : "", /There is no configuration/);
    });

    it("ends when a run takes too long", async () => {
        assert.deepEqual(await play(failed, 0), { kind: "timed out", seed: 2, seeds: 1, others: [] });
    });
});

describe("npm run mutants", () => {
    const caught: Catch = { kind: "caught", seed: 4, seeds: 2, others: [] };
    const survived: Catch = { kind: "survived", seeds: 2, others: ["a slot has one run"] };

    /** @param outcomes those of the unchanged source, then of the mutant */
    async function run(
        args: readonly string[],
        outcomes: readonly Catch[],
        around: Partial<Around> = {},
    ): Promise<{ code: number; out: string; error: string }> {
        const left = [...outcomes];
        let [out, error] = ["", ""];
        const command = new Mutants({
            mutants: [mutant],
            check: () => undefined,
            programs: () => Promise.resolve([]),
            hunt: () => Promise.resolve(left.shift() ?? survived),
            out: (text) => void (out += text),
            error: (text) => void (error += text),
            ...around,
        });
        const code = await command.run(parseOptions([...args, "--workers", "1"]));
        return { code, out, error };
    }

    it("tells in which seed a mutant is caught", async () => {
        const { code, out, error } = await run([], [survived, caught]);
        assert.equal(error, "mutants: the unchanged source plays 2 seeds, profile swarm\n");
        assert.match(out, /^sample +caught +4 +2 +\d+\.\d {2}one is one$/m);
        assert.match(out, /^1 of 1 mutants are caught$/m);
        assert.equal(code, 0);
    });

    it("fails for a mutant by which only another property breaks", async () => {
        const { code, out } = await run([], [survived, survived]);
        assert.match(out, /^sample: what broke is not its property: a slot has one run$/m);
        assert.equal(code, 1);
    });

    it("fails for a mutant that crashes the simulator", async () => {
        const crashed: Catch = { kind: "crashed", seed: 3, seeds: 1, error: "no such state", others: [] };
        const { code, out } = await run([], [survived, crashed]);
        assert.match(out, /^sample +crashed +3 /m);
        assert.match(out, /^sample: no such state$/m);
        assert.equal(code, 1);
    });

    it("fails for a mutant whose run takes too long", async () => {
        const { code } = await run([], [survived, { kind: "timed out", seed: 3, seeds: 1, others: [] }]);
        assert.equal(code, 1);
    });

    it("fails for a mutant of which no program can be recorded", async () => {
        const programs = (of?: Mutant): Promise<readonly RecordedProgram[]> =>
            of ? Promise.reject(new Error("unexpected token")) : Promise.resolve([]);
        const { code, out } = await run([], [survived], { programs });
        assert.match(out, /^sample: unexpected token$/m);
        assert.equal(code, 1);
    });

    it("plays nothing when a mutant no longer applies", async () => {
        const { code, out, error } = await run([], [], {
            check: ({ id, changes: [change] }) => void (change && changed("", change, id)),
        });
        assert.match(error, /^turnstile: Mutant sample no longer applies: /);
        assert.deepEqual({ code, out }, { code: 1, out: "" });
    });

    it("tries no mutant when the unchanged source fails", async () => {
        const { code, out, error } = await run([], [{ ...caught, others: ["a slot has one run"] }]);
        assert.match(error, /^turnstile: the unchanged source fails in seed 4: caught: a slot has one run$/m);
        assert.deepEqual({ code, out }, { code: 1, out: "" });
    });

    it("plays each seed of the unchanged source once", async () => {
        const played: number[][] = [];
        const later = { ...mutant, id: "later", from: 4 };
        await run([], [], {
            mutants: [mutant, later],
            hunt: ({ seeds }) => (played.push([...seeds]), Promise.resolve(survived)),
        });
        assert.deepEqual(played[0], [3, 4, 5]);
    });

    it("lists the mutants and tries none", async () => {
        const { code, out } = await run(["--list"], []);
        assert.deepEqual({ code, out }, { code: 0, out: "sample: one is two (one is one)\n" });
    });

    it("refuses a name that no mutant has", async () => {
        const { code, error } = await run(["--only", "simple"], []);
        assert.equal(error, "turnstile: there is no mutant simple; --list names them\n");
        assert.equal(code, 2);
    });

    it("prints one document with --json", async () => {
        const { out } = await run(["--json", "--seeds", "1"], [survived, caught]);
        const [trial] = JSON.parse(out) as { id: string; kind: string; seed: number }[];
        assert.deepEqual([trial?.id, trial?.kind, trial?.seed], ["sample", "caught", 4]);
    });

    it("hands the trials to the page with --docs", async () => {
        let shown = "";
        const empty = page.replace(/(npm run mutants -- --docs -->\n)[^]*(<!-- The end)/, "$1$2");
        await run(["--docs"], [survived, caught], {
            document: (trials) => (shown = withTable(empty, trials)),
        });
        assert.deepEqual(mutantsIn(shown), ["`sample`: one is two | one is one"]);
        assert.match(shown, /^\| `sample`: one is two \| one is one \| 4 \| 2 \|$/m);
    });
});
