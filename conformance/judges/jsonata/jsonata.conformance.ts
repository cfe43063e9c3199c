/** Every kind of JSONata evaluation of the program, done again by an engine that other people wrote in Java. */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { need } from "../../installation.ts";
import type { Missing } from "../../installation.ts";
import type { Evaluated, RecordedProgram } from "../../../embedded-aws/index.ts";
import { installJava } from "../../maven.ts";
import type { JavaInstalled } from "../../maven.ts";
import { ask } from "../ask.ts";
import { records } from "../records.ts";
import { asConfigured } from "../variations.ts";
import { compare } from "./compare.ts";
import type { Comparison, Outcome } from "./compare.ts";
import { knownDifferences } from "./known-differences.ts";
import type { KnownDifference } from "./known-differences.ts";

const VERSION = "0.9.10";
const PROGRAM = join(import.meta.dirname, "Replay.java");

/** Apache License 2.0. */
const ENGINE = {
    title: "Dashjoin's JSONata",
    name: "dashjoin-jsonata",
    groupId: "com.dashjoin",
    artifactId: "jsonata",
    version: VERSION,
    files: [`jsonata-${VERSION}.jar`],
};

/** The engine, and a Java that compiles the program which replays. */
async function installEngine(): Promise<JavaInstalled | Missing> {
    const installed = await installJava(ENGINE);
    if ("missing" in installed) return installed;
    const { stdout } = await promisify(execFile)("java", ["--list-modules"]);
    if (stdout.includes("jdk.compiler")) return installed;
    return { missing: "the java on the path has no compiler: install a JDK" };
}

describe("AWS's data: expressions, judged by Dashjoin's JSONata", () => {
    let libraries: string;

    const judge = async (
        evaluations: readonly Evaluated[],
        known: readonly KnownDifference[],
    ): Promise<Comparison> => {
        const command = ["java", "-cp", join(libraries, "*"), PROGRAM];
        return compare(evaluations, await ask<readonly Outcome[]>(command, evaluations), known);
    };

    before(async function () {
        ({ libraries } = need(this, await installEngine()));
    });

    it("have the values and errors that the tests of whole stacks see", async () => {
        const { evaluations } = await records();
        const { differences, gone } = await judge(evaluations, knownDifferences);
        assert.deepEqual(differences, []);
        assert.deepEqual(gone, [], "remove them from known-differences.ts");
        const sources = new Set(evaluations.map(({ source }) => source));
        assert.ok(sources.size > 0);
        process.stdout.write(
            `JSONata in Java: ${evaluations.length} evaluations of ${sources.size} expressions\n`,
        );
    });

    it("include every expression of the workflow", async () => {
        const { evaluations } = await records();
        const evaluated = new Set(evaluations.map(({ source }) => withoutNumbers(source)));
        const definition: unknown = JSON.parse(machineOf(await asConfigured()));
        const never = expressionsIn(definition).filter((source) => !evaluated.has(withoutNumbers(source)));
        assert.deepEqual(never, []);
    });

    const right: Evaluated = {
        source: "$x.a & '/' & $string($floor($random() * 10))",
        variables: { x: { a: "job" } },
        now: 0,
        random: [0.42],
        value: "job/4",
    };
    const failing: Evaluated = {
        source: "1 + $x",
        variables: { x: "many" },
        now: 0,
        random: [],
        error: "The JSONata expression threw an error during evaluation. T2002: The right side is no number",
    };

    it("would pass without a mistake", async () => {
        assert.deepEqual(await judge([right, failing], []), { differences: [], gone: [] });
    });

    const planted: readonly (readonly [what: string, evaluated: Evaluated])[] = [
        ["a wrong value", { ...right, value: "job/5" }],
        ["a text for a number", { ...right, source: "$x", variables: { x: 1 }, value: "1" }],
        ["null for no value", { ...right, source: "$x.b", value: null }],
        [
            "a value for an error",
            { source: failing.source, variables: failing.variables, now: 0, random: [], value: 0 },
        ],
        ["another error", { ...failing, error: (failing.error ?? "").replace("T2002", "T2001") }],
    ];

    for (const [what, evaluated] of planted) {
        it(`would not pass with ${what}`, async () => {
            assert.equal((await judge([evaluated], [])).differences.length, 1);
        });
    }

    it("would not pass with a known difference that is gone", async () => {
        const entry = { source: /./, error: "nothing", reason: "planted" };
        assert.deepEqual((await judge([right], [entry])).gone, [entry]);
    });
});

function machineOf({ resources }: RecordedProgram): string {
    const machine = resources.find(({ type }) => type === "aws:sfn/stateMachine:StateMachine");
    assert.ok(machine);
    return String(machine.inputs["definition"]);
}

/** Every expression in a definition, without its brackets. */
function expressionsIn(value: unknown): string[] {
    if (typeof value === "string") return value.startsWith("{%") ? [value.slice(2, -2).trim()] : [];
    return typeof value === "object" && value !== null ? Object.values(value).flatMap(expressionsIn) : [];
}

/** Stacks with another configuration have the same expressions with other numbers. */
function withoutNumbers(source: string): string {
    return source.replace(/\d+/g, "0");
}
