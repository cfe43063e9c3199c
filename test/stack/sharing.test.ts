/** More than one of it: two pools on one table, and two stacks in one account. */
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import type { RecordedProgram } from "../../embedded-aws/index.ts";
import { recorded, ROOT, TestStack } from "./test-stack.ts";

const FIXTURES = path.join(import.meta.dirname, "fixtures");
const COUNT = 12;

/** The most slots that a pool held at once. */
function peak(stack: TestStack, pool: string): number {
    let held = 0;
    let most = 0;
    for (const { what } of stack.slots.filter((event) => event.pool === pool)) {
        held += what === "take" ? 1 : -1;
        most = Math.max(most, held);
    }
    return most;
}

describe("Two pools on one table", () => {
    it("run side by side, each within its own limit, and neither touches the other's slots", async () => {
        const program = await recorded({}, path.join(FIXTURES, "two-pools"));
        const stack = await TestStack.open({ programs: [program] });
        try {
            await stack.pass(90_000);
            for (const pool of ["daily", "backfill"]) {
                const queue = {
                    ...program,
                    outputs: { ...program.outputs, queueUrl: program.outputs[pool] },
                };
                stack.sendMany(COUNT, queue);
            }
            await stack.untilEnded(2 * COUNT);
            await stack.pass(60_000);
            assert.ok(stack.ended.every(({ status }) => status === "SUCCEEDED"));
            assert.deepEqual([peak(stack, "daily"), peak(stack, "backfill")], [2, 3]);
            for (const pool of ["daily", "backfill"]) {
                const own = stack.slots.filter((event) => event.pool === pool);
                assert.equal(own.length, 2 * COUNT);
                assert.deepEqual(stack.gate(pool)?.holders, {});
                assert.equal(stack.openRows(pool), 0);
            }
        } finally {
            await stack.close();
        }
    });
});

describe("Two stacks in one account", () => {
    let first: RecordedProgram;
    let second: RecordedProgram;

    before(async () => {
        first = await recorded();
        second = await recordedAs("test");
    });

    it("have no physical name in common, and each runs its own messages within its own limit", async () => {
        const stack = await TestStack.open({ programs: [first, second] });
        try {
            await stack.pass(90_000);
            const sent = [first, second].map((program) => stack.sendMany(COUNT, program));
            await stack.untilEnded(2 * COUNT);
            await stack.pass(60_000);
            assert.ok(stack.ended.every(({ status }) => status === "SUCCEEDED"));
            for (const [i, program] of [first, second].entries()) {
                const machine = stack
                    .output("stateMachineArn", program)
                    .replace(":stateMachine:", ":execution:");
                const ran = stack.ended
                    .filter(({ arn }) => arn.startsWith(`${machine}:`))
                    .map(({ name }) => name.slice(-36));
                assert.deepEqual(ran.sort(), sent[i]?.toSorted());
                assert.equal(stack.glue.job(stack.output("jobName", program)).peak, [3, 1][i]);
                assert.deepEqual(stack.gate("jobs", program)?.holders, {});
            }
        } finally {
            await stack.close();
        }
    });

    it("share no ARN, URL or name of a resource", async () => {
        const names = [first, second].map(
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
