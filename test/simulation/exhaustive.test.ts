/** The exhaustive exploration: how many states a small world has, and which mistakes it notices by their shortest story. */
import assert from "node:assert/strict";
import { definition } from "../../workflow/definition.ts";
import { FAULT_NAMES, Spent } from "../../simulation/exhaustive/bounds.ts";
import type { Bounds, Fault } from "../../simulation/exhaustive/bounds.ts";
import { runExplore, smallDefinition } from "../../simulation/exhaustive/command.ts";
import { Workflow } from "../../simulation/exhaustive/execution.ts";
import { explore } from "../../simulation/exhaustive/explore.ts";
import type { Explored } from "../../simulation/exhaustive/explore.ts";
import { renamed, idOf, messageIn } from "../../simulation/exhaustive/names.ts";
import { parseOptions } from "../../simulation/exhaustive/options.ts";
import { SmallWorld } from "../../simulation/exhaustive/world.ts";
import { WORLDS } from "../../simulation/exhaustive/worlds.ts";

function bounds(given: Partial<Omit<Bounds, "faults">>, ...faults: Fault[]): Bounds {
    const once = FAULT_NAMES.map((name) => [name, faults.includes(name) ? 1 : 0]);
    return {
        ...{
            executions: 1,
            limit: 1,
            dispatchers: 1,
            reapers: 0,
            sweeps: false,
            most: 1,
            visits: 1,
            wakes: 0,
        },
        faults: Object.fromEntries(once) as Bounds["faults"],
        ...given,
    };
}

async function explored(
    of: Bounds,
    change: (definition: string) => string = (text) => text,
): Promise<Explored> {
    const world = await SmallWorld.open({ bounds: of, definition: change(smallDefinition()) });
    return explore(world, { stopsWhenBroken: true });
}

/** A mistake in the definition. */
function mistake(from: string, to: string): (definition: string) => string {
    return (text) => {
        assert.ok(text.includes(from));
        return text.replaceAll(from, to);
    };
}

describe("The small world", () => {
    for (const [what, of, states] of [
        ["two executions and one slot", bounds({ executions: 2 }), 4050],
        ["two executions and two slots", bounds({ executions: 2, limit: 2 }), 11538],
        ["one execution whose job may fail, beside the reaper", bounds({ reapers: 1 }, "failure"), 1185],
        ["one message that a person takes out of the line", bounds({ reapers: 1 }, "drop"), 2464],
    ] as const) {
        it(`keeps every property, and can always still end, in all ${states} states of ${what}`, async () => {
            const { broken, stuck, isComplete, states: found } = await explored(of);
            assert.deepEqual(
                { broken, stuck, isComplete, found },
                { broken: [], stuck: 0, isComplete: true, found: states },
            );
        });
    }

    it("takes worlds for one that differ in the messages' names alone", async () => {
        const world = await SmallWorld.open({
            bounds: bounds({ executions: 2 }),
            definition: smallDefinition(),
        });
        const [step, other] = await Promise.resolve()
            .then(() => explore(world, { most: 10 }))
            .then(() => world.successors(world.first));
        assert.ok(step && other);
        assert.notDeepEqual(step.state, other.state);
        assert.deepEqual(world.canonical(step.state).state, world.canonical(other.state).state);
    });

    it("stops at the bound of its states, and does not say then that everything can end", async () => {
        const world = await SmallWorld.open({
            bounds: bounds({ executions: 2 }),
            definition: smallDefinition(),
        });
        const { isComplete, stuck, states } = await explore(world, { most: 50 });
        assert.deepEqual([isComplete, stuck], [false, 0]);
        assert.ok(states < 100);
    });

    it("has the states of the deployed definition, whatever its numbers", () => {
        const names = {
            ...{ partition: "aws", tableName: "t", pool: "p", jobName: "j", deadLetterQueueUrl: "d" },
            ...{ reaperQueueUrl: "r", failureTopicArn: "f" },
        };
        const numbers = {
            ...{ maxAttempts: 3, retryDelaySeconds: 30, cooldownSeconds: 0, startBudgetSeconds: 600 },
            jobTimeoutMinutes: 60,
        };
        const deployed = definition(names, numbers);
        const { states } = new Workflow(smallDefinition(), { visits: 1, wakes: 0 });
        assert.deepEqual(states, Object.keys(deployed.States));
    });
});

describe("The exploration notices, by the shortest story,", () => {
    it("a slot that is granted at the limit", async () => {
        const { broken } = await explored(
            bounds({ executions: 2, dispatchers: 2 }),
            mistake("size(holders) < #limit", "size(holders) <= #limit"),
        );
        assert.deepEqual(broken, [
            {
                property: "a slot is granted only below the limit",
                path: [
                    "a: Enter line",
                    "b: Enter line",
                    "the dispatcher's GetItem of the gate",
                    "the dispatcher's Query",
                    "the dispatcher's Query",
                    "b: the dispatcher's SendTaskSuccess",
                    // The other looks at the gate before b has acquired its slot, and at the rows after that.
                    "the dispatcher's GetItem of the gate",
                    "b: Acquire slot",
                    "the dispatcher's Query",
                    "the dispatcher's Query",
                    "a: the dispatcher's SendTaskSuccess",
                    "a: Acquire slot, which breaks: a slot is granted only below the limit",
                ],
            },
        ]);
    });

    it("a slot that is released after a start whose answer was lost", async () => {
        const { broken } = await explored(
            bounds({}, "lost"),
            mistake("$failure.error = 'States.TaskFailed' and $failure.state != ''", "true"),
        );
        assert.deepEqual(
            broken.map(({ path }) => path.slice(-3)),
            [
                [
                    "a: Acquire slot",
                    "a: Run job: done, the execution is told Glue.ThrottlingException",
                    "a: Release after failure, which breaks: a slot is released only when its run is over",
                ],
            ],
        );
    });

    it("a job that is started although a person has taken its message out of the line", async () => {
        const { broken } = await explored(
            bounds({ most: 2 }, "drop", "silence"),
            mistake('"ErrorEquals":["Cancelled"]', '"ErrorEquals":["CancelledByNobody"]'),
        );
        assert.deepEqual(
            broken.map(({ path }) => path.slice(-4)),
            [
                [
                    "a: is taken out of the line",
                    "the dispatcher has been silent for five minutes",
                    "a: Acquire slot",
                    "a: Run job, which breaks: no job is started for a message after a person has cancelled it",
                ],
            ],
        );
    });

    it("a message that is closed as done although its job failed", async () => {
        const { broken } = await explored(bounds({}, "failure"), mistake('"S":"deadLettered"', '"S":"done"'));
        assert.deepEqual(
            broken.map(({ path }) => path.at(-1)),
            ["a: Close as dead-lettered, which breaks: a message is done only if its job succeeded"],
        );
    });

    it("a job that is started after a redrive, although the reaper has marked the row and sent the letter", async () => {
        const { broken } = await explored(
            bounds({ reapers: 1, dispatchers: 0, most: 3 }, "abort", "redrive", "silence"),
            mistake(" AND attribute_not_exists(saving)", ""),
        );
        assert.deepEqual(
            broken.map(({ path }) => path),
            [
                [
                    "a: is aborted in Enter line",
                    "a: an execution's event: the reaper's GetItem of the gate",
                    "a: the reaper's GetItem of the row",
                    "a: the reaper's DescribeExecution",
                    "a: the reaper's GetExecutionHistory",
                    "a: is redriven",
                    "a: the reaper's UpdateItem of the row (SET saving = :saving…)",
                    "a: Enter line",
                    "a: rechecks by itself",
                    "a: the reaper's SendMessage",
                    "the dispatcher has been silent for five minutes",
                    "a: Acquire slot",
                    "a: Run job, which breaks: no run starts after its message has ended",
                ],
            ],
        );
    });

    it("a question that nobody answers, as something that cannot end", async () => {
        const { broken, stuck, stuckPath } = await explored(bounds({}, "lost"));
        assert.deepEqual(broken, []);
        assert.ok(stuck > 0);
        assert.equal(stuckPath.at(-1), "a: Run job: fails, the execution is told Glue.ThrottlingException");
    });
});

describe("The bounds of faults", () => {
    it("let each fault come as often as it may, and all of them no more often than they may together", () => {
        const spent = new Spent({ ...bounds({ most: 2 }, "abort", "kill", "late") });
        const one = spent.plus(0, "kill");
        assert.ok(one !== undefined);
        assert.equal(spent.plus(one, "kill"), undefined);
        assert.equal(spent.plus(one, "lost"), undefined);
        const two = spent.plus(one, "late");
        assert.ok(two !== undefined);
        assert.deepEqual([...spent.left(two)], []);
        assert.deepEqual([...spent.left(0)], ["abort", "kill", "late"]);
    });
});

describe("A name of a message", () => {
    it("gives way to another's", () => {
        const text = `${idOf(0)}/1/0 ${idOf(2)}`;
        assert.equal(renamed(text, [2, 1, 0]), `${idOf(2)}/1/0 ${idOf(0)}`);
        assert.equal(messageIn(text), 0);
        assert.equal(messageIn("nobody"), -1);
    });
});

describe("npm run explore", () => {
    const exits = (code: number): never => {
        throw new Error(`exit ${code}`);
    };

    async function run(args: readonly string[], definition?: string): Promise<{ code: number; out: string }> {
        let out = "";
        const code = await runExplore(parseOptions(args, exits), {
            out: (text) => void (out += text),
            error: () => undefined,
            now: () => 0,
            ...(definition !== undefined && { definition }),
        });
        return { code, out };
    }

    const small = ["--executions", "1", "--reapers", "0"];

    it("explores the worlds of docs/proof.md where none is asked for", () => {
        assert.deepEqual(
            parseOptions([], exits).worlds.map(({ name }) => name),
            Object.keys(WORLDS),
        );
        assert.deepEqual(parseOptions(["--world", "crowd"], exits).worlds, [
            { name: "crowd", bounds: WORLDS.crowd },
        ]);
    });

    it("says how many states there are and that every property holds", async () => {
        const { code, out } = await run(small);
        assert.equal(code, 0);
        assert.match(out, /^your own: \d+ states, \d+ steps, \d+ steps deep at most, in 0 s$/m);
        assert.match(
            out,
            /^your own: every property holds in every state, and from every state everything can still end$/m,
        );
    });

    it("says that there are more states than it looked at", async () => {
        const { code, out } = await run([...small, "--states", "20"]);
        assert.equal(code, 0);
        assert.match(out, /; stopped there: there are more$/m);
        assert.match(out, /every property holds in every state$/m);
    });

    it("tells the story of what breaks", async () => {
        const bad = mistake('"S":"deadLettered"', '"S":"done"')(smallDefinition());
        const { code, out } = await run([...small, "--faults", "failure"], bad);
        assert.equal(code, 1);
        assert.match(
            out,
            /^your own breaks: a message is done only if its job succeeded\n {2}a: Enter line$/m,
        );
    });

    it("tells what cannot end", async () => {
        const { code, out } = await run([...small, "--faults", "lost"]);
        assert.equal(code, 1);
        assert.match(out, /^your own: \d+ states cannot end\n {2}a: Enter line$/m);
    });

    it("prints one document with --json", async () => {
        const { out } = await run([...small, "--json"]);
        const [world] = JSON.parse(out) as { name: string; states: number; broken: unknown[] }[];
        assert.equal(world?.name, "your own");
        assert.deepEqual(world?.broken, []);
    });

    for (const args of [
        ["--executions", "5"],
        ["--faults", "rain"],
        ["--world", "alone", "--executions", "1"],
    ]) {
        it(`refuses ${args.join(" ")}`, () => {
            assert.throws(() => parseOptions([...args], exits), /exit 2/);
        });
    }
});
