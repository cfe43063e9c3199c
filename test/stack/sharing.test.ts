/** More than one of it: two pools on one table, and two stacks in one account. */
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import type { RecordedProgram } from "../../embedded-aws/index.ts";
import { FIXTURES, MINUTE, recorded, ROOT, SECOND, TestStack } from "./test-stack.ts";

const COUNT = 12;

/** The most slots that a pool held at once. */
function peak(stack: TestStack, pool: string): number {
    let held = 0;
    let most = 0;
    for (const { what } of stack.slots.filter((event) => event.pool === pool)) {
        held += what === "acquire" ? 1 : -1;
        most = Math.max(most, held);
    }
    return most;
}

describe("Two pools on one table", () => {
    const LIMITS = { daily: 2, backfill: 3 };
    let stack: TestStack;

    before(async function () {
        this.timeout(120_000);
        const program = await recorded({}, FIXTURES.twoPools);
        stack = await TestStack.open({ programs: [program] });
        await stack.pass(90 * SECOND);
        for (const pool of Object.keys(LIMITS)) {
            const outputs = { ...program.outputs, queueUrl: program.outputs[pool] };
            stack.sendMany(COUNT, { ...program, outputs });
        }
        await stack.untilEnded(2 * COUNT);
        await stack.pass(MINUTE);
    });

    after(() => stack.close());

    it("run side by side, and every job is done", () => {
        assert.equal(stack.ended.length, 2 * COUNT);
        assert.ok(stack.ended.every(({ status }) => status === "SUCCEEDED"));
    });

    for (const [pool, limit] of Object.entries(LIMITS)) {
        it(`use their own limit and never more: ${limit} for ${pool}`, () => {
            assert.equal(peak(stack, pool), limit);
        });

        it(`acquire and release their own slots alone: ${pool}`, () => {
            assert.equal(stack.slots.filter((event) => event.pool === pool).length, 2 * COUNT);
            assert.deepEqual(stack.gate(pool)?.holders, {});
        });

        it(`leave no row open: ${pool}`, () => {
            assert.equal(stack.openRows(pool), 0);
        });
    }
});

describe("Two stacks in one account", () => {
    let programs: RecordedProgram[];
    let stack: TestStack;
    let sent: string[][];

    before(async function () {
        this.timeout(120_000);
        programs = [await recorded(), await recordedAs("test")];
        stack = await TestStack.open({ programs });
        await stack.pass(90 * SECOND);
        sent = programs.map((program) => stack.sendMany(COUNT, program));
        await stack.untilEnded(2 * COUNT);
        await stack.pass(MINUTE);
    });

    after(() => stack.close());

    it("run their own messages, and every job is done", () => {
        assert.ok(stack.ended.every(({ status }) => status === "SUCCEEDED"));
        for (const [i, program] of programs.entries()) {
            const machine = stack.output("stateMachineArn", program).replace(":stateMachine:", ":execution:");
            const ran = stack.ended
                .filter(({ arn }) => arn.startsWith(`${machine}:`))
                .map(({ name }) => name.slice(-36));
            assert.deepEqual(ran.sort(), sent[i]?.toSorted());
        }
    });

    it("use their own limits and never more", () => {
        const peaks = programs.map((program) => stack.glue.job(stack.output("jobName", program)).peak);
        assert.deepEqual(peaks, [3, 1]);
    });

    it("give every slot back", () => {
        for (const program of programs) assert.deepEqual(stack.gate("jobs", program)?.holders, {});
    });

    it("share no ARN, URL or name of a resource", () => {
        const names = programs.map(
            ({ resources }) =>
                new Set(
                    resources
                        .flatMap(({ outputs }) => ["arn", "url", "name", "id"].map((name) => outputs[name]))
                        .filter(isText),
                ),
        );
        const [one = new Set(), other = new Set()] = names;
        assert.ok(one.size > 50);
        assert.deepEqual(
            [...one].filter((name) => other.has(name)),
            [],
        );
    });
});

/** The same program as another stack of the project, with a limit of 1. */
async function recordedAs(name: string): Promise<RecordedProgram> {
    const directory = mkdtempSync(path.join(tmpdir(), "turnstile-stack-"));
    try {
        const project = readFileSync(path.join(ROOT, "Pulumi.yaml"), "utf8");
        const main = path.relative(directory, path.join(ROOT, "index.ts"));
        writeFileSync(path.join(directory, "Pulumi.yaml"), project.replace(/^main: .*$/m, `main: ${main}`));
        writeFileSync(
            path.join(directory, `Pulumi.${name}.yaml`),
            readFileSync(path.join(ROOT, "Pulumi.dev.yaml")),
        );
        return await recorded({ limit: "1" }, directory, name);
    } finally {
        rmSync(directory, { recursive: true });
    }
}

function isText(value: unknown): value is string {
    return typeof value === "string" && value !== "";
}
