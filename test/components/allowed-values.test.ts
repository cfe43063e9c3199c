/** The ranges and defaults of components/allowed-values.ts, wherever they are repeated in prose. */
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { parse } from "yaml";
import {
    DEFAULT,
    isWithin,
    MAX_FORMER_JOBS,
    POOL_NAME,
    RANGE,
    wordsOf,
} from "../../components/allowed-values.ts";
import { directory } from "../program/fixtures.ts";

interface Project {
    readonly config: Readonly<Record<string, { readonly description: string; readonly default: unknown }>>;
}

const { config } = parse(readFileSync(path.join(directory, "Pulumi.yaml"), "utf8")) as Project;

/** What an argument of a component is called where its range has another name. */
const RANGE_OF: Readonly<Record<string, keyof typeof RANGE>> = { timeoutMinutes: "jobTimeoutMinutes" };

describe("Pulumi.yaml", () => {
    for (const key of Object.keys(config).filter(isRanged)) {
        it(`gives the range of ${key} that the program checks`, () => {
            assert.ok(statesRange(config[key]?.description ?? "", RANGE[key]));
        });
    }

    for (const [key, value] of Object.entries(DEFAULT).filter(([name]) => name in config)) {
        // 0 leaves the timeout to the job; the component's default is that of a job which it makes itself.
        if (key === "jobTimeoutMinutes") continue;
        it(`gives ${key} the default that the component has`, () => {
            assert.equal(config[key]?.default, value);
        });
    }

    it("gives the names that a pool may have as the program checks them", () => {
        assert.ok(config["pool"]?.description.includes(POOL_NAME.expects));
    });

    it("gives the number of former jobs that the program checks", () => {
        assert.match(
            config["formerJobNames"]?.description ?? "",
            new RegExp(`at most ${MAX_FORMER_JOBS}\\b`),
        );
    });
});

describe("The comment on a component's argument", () => {
    const args = readdirSync(path.join(directory, "components"))
        .filter((file) => file.endsWith(".ts"))
        .flatMap((file) => argumentsIn(readFileSync(path.join(directory, "components", file), "utf8")));

    it("is a sentence for every argument", () => {
        assert.ok(args.length > 35);
        for (const { name, comment } of args) assert.match(comment, /^[A-Z].*\./s, name);
    });

    it("says what happens without the argument, for every argument that may be left out", () => {
        for (const { name, comment, isOptional } of args)
            assert.equal(/@default \S/.test(comment), isOptional, name);
    });

    it("gives the range that the component checks, with its unit", () => {
        const ranged = args.flatMap(({ name, comment }) => {
            const key = RANGE_OF[name] ?? name;
            return isRanged(key) ? [{ name, comment, range: RANGE[key] }] : [];
        });
        const named = new Set(ranged.map(({ name }) => RANGE_OF[name] ?? name));
        assert.deepEqual([...named].sort(), Object.keys(RANGE).sort());
        for (const { name, comment, range } of ranged) {
            assert.ok(statesRange(comment, range), `${name}: ${comment}`);
            if ("unit" in range) assert.match(comment.toLowerCase(), new RegExp(`\\b${range.unit}\\b`), name);
        }
    });

    it("gives the default that the component has", () => {
        for (const { name, comment, isOptional } of args) {
            const key = name === "timeoutMinutes" ? "jobTimeoutMinutes" : name;
            // A workflow's own default is the job's timeout.
            if (!isOptional || !(key in DEFAULT) || name === "jobTimeoutMinutes") continue;
            const value = DEFAULT[key as keyof typeof DEFAULT];
            assert.match(comment, new RegExp(`@default ${value}\\b`), name);
        }
    });
});

describe("A range", () => {
    it("has both of its ends, and nothing beyond them or between whole numbers", () => {
        const inside = [-1, 0, 1, 900, 901, 0.5, Number.NaN].filter((value) =>
            isWithin(RANGE.cooldownSeconds, value),
        );
        assert.deepEqual(inside, [0, 1, 900]);
    });

    it("has words, with its unit if it has one", () => {
        assert.equal(wordsOf(RANGE.cooldownSeconds), "a whole number from 0 to 900 seconds");
        assert.equal(wordsOf(RANGE.maxAttempts), "a whole number from 1 to 10");
    });
});

function isRanged(key: string): key is keyof typeof RANGE {
    return key in RANGE;
}

/** Whether a text has `<from> to <to>`, be it with commas among the digits or with a remark in between. */
function statesRange(text: string, { from, to }: { readonly from: number; readonly to: number }): boolean {
    const plain = text.replaceAll(/(\d),(\d{3})/g, "$1$2").replaceAll(/ \([^)]*\)/g, "");
    return plain.includes(`${from} to ${to}`);
}

interface Argument {
    readonly name: string;
    readonly comment: string;
    readonly isOptional: boolean;
}

/** The fields of the exported interfaces whose names end in `Args`, in a file of a component's. */
function argumentsIn(text: string): Argument[] {
    const interfaces = [...text.matchAll(/^export interface \w+Args \{\n([\s\S]*?)^\}/gm)];
    return interfaces.flatMap(([, body = ""]) =>
        [...body.matchAll(/^ {4}(?:\/\*\*((?:(?!\*\/)[\s\S])*)\*\/\n {4})?(\w+)(\??):/gm)].map(
            ([, comment = "", name = "", optional]) => ({
                name,
                comment: comment.replaceAll(/\s*\n *\* ?/g, " ").trim(),
                isOptional: optional === "?",
            }),
        ),
    );
}
