import assert from "node:assert/strict";
import { createRequire } from "node:module";
import jsonata from "jsonata";
import { definition } from "../../workflow/definition.ts";
import { REFUSED_FOR_NOW } from "../../workflow/errors.ts";
import { HOLDING_STATES, STATE } from "../../workflow/states.ts";
import type { State, Task } from "../../workflow/asl.ts";
import { NAMES, NUMBERS, variants } from "./variants.ts";

const require = createRequire(import.meta.url);

const machine = definition(NAMES, NUMBERS);
const states = Object.entries(machine.States);

function tasks(): [string, Task<string>][] {
    return states.filter((entry): entry is [string, Task<string>] => entry[1].Type === "Task");
}

function exits(state: State<string>): string[] {
    const next = "Next" in state ? [state.Next] : [];
    if (state.Type === "Choice") return [...state.Choices.map((choice) => choice.Next), state.Default];
    return state.Type === "Task" ? [...next, ...(state.Catch ?? []).map((catcher) => catcher.Next)] : next;
}

/** Every JSONata expression below a value. */
function expressions(value: unknown): string[] {
    if (typeof value === "string") return value.startsWith("{%") ? [value.slice(2, -2)] : [];
    return typeof value === "object" && value !== null ? Object.values(value).flatMap(expressions) : [];
}

/** The variables of the workflow that an expression reads. */
function variablesIn(text: string): string[] {
    const own = new Set(Array.from(text.matchAll(/\$(\w+)\s*:=/g), ([, name]) => name));
    const names = Array.from(text.matchAll(/\$(\w+)(?!\w|\s*\()/g), ([, name = ""]) => name);
    return names.filter((name) => name !== "states" && !own.has(name));
}

describe("The workflow's definition", () => {
    for (const [variant, each] of variants) {
        it(`leads to every state, and only to states that are there (${variant})`, () => {
            const reached = new Set<string>([each.StartAt]);
            for (const name of reached) {
                const state = each.States[name];
                assert.ok(state, `${name} is missing`);
                for (const exit of exits(state)) reached.add(exit);
            }
            assert.deepEqual([...reached].sort(), Object.keys(each.States).sort());
        });
    }

    it("has a reason in every state, and every name is a phrase", () => {
        for (const [name, state] of states) {
            assert.ok(state.Comment.length > 20, name);
            assert.match(name, /^[A-Z][a-z-]+( [a-z-]+)*$/);
        }
    });

    it("has only expressions that compile", () => {
        const found = expressions(machine);
        assert.ok(found.length > 40);
        for (const each of found) jsonata(each);
    });

    it("has only expressions that the JSONata of Step Functions, 2.0.6, can parse", () => {
        const older = require("jsonata-of-step-functions") as (expression: string) => unknown;
        assert.throws(() => older("a ?? b"), "an operator of a later version is refused");
        for (const each of expressions(machine)) older(each);
    });

    it("catches States.ALL last and alone", () => {
        for (const [name, task] of tasks()) {
            for (const list of [task.Catch ?? [], task.Retry ?? []]) {
                list.forEach((item, i) => {
                    if (!item.ErrorEquals.includes("States.ALL")) return;
                    assert.deepEqual(item.ErrorEquals, ["States.ALL"], name);
                    assert.equal(i, list.length - 1, name);
                });
            }
        }
    });

    it("lets no task end the execution with an error that nobody meant", () => {
        for (const [name, task] of tasks()) {
            assert.deepEqual(task.Catch?.at(-1)?.ErrorEquals, ["States.ALL"], name);
        }
    });

    it("gives its token away in every task that waits for one, and in no other", () => {
        for (const [name, task] of tasks()) {
            const hasToken = JSON.stringify(task.Arguments).includes("$states.context.Task.Token");
            assert.equal(hasToken, task.Resource.endsWith(".waitForTaskToken"), name);
        }
    });

    it("catches a failed condition in both spellings wherever it writes on one", () => {
        for (const [name, task] of tasks()) {
            const isNamed = (task.Catch ?? []).filter((catcher) =>
                catcher.ErrorEquals.some((error) => error.endsWith("ConditionalCheckFailedException")),
            );
            for (const catcher of isNamed) {
                assert.deepEqual(
                    catcher.ErrorEquals,
                    ["DynamoDB.ConditionalCheckFailedException", "DynamoDb.ConditionalCheckFailedException"],
                    name,
                );
            }
        }
        assert.equal(
            tasks().filter(([, task]) => JSON.stringify(task.Catch).includes("Conditional")).length,
            5,
        );
    });

    it("starts a refused job again only after the reaper has looked: a client's own retry may have started it", () => {
        const task = machine.States["Run job"] as Task<string>;
        assert.equal(task.Retry, undefined);
        const leadsTo = (error: string): string | undefined =>
            task.Catch?.find(({ ErrorEquals }) => ErrorEquals.includes(error))?.Next;
        assert.equal(leadsTo("States.ALL"), "Is the job over");
        for (const refused of REFUSED_FOR_NOW) assert.equal(leadsTo(refused), undefined, refused);
    });

    it("retries what an integration does not model, such as a throttle of DynamoDB, in both spellings", () => {
        for (const name of ["Enter line", "Wait in line", "Acquire slot", "Release slot", "Close job"]) {
            const retried = (machine.States[name] as Task<string>).Retry?.flatMap(
                ({ ErrorEquals }) => ErrorEquals,
            );
            for (const error of ["DynamoDB.AmazonDynamoDBException", "DynamoDb.DynamoDbException"]) {
                assert.ok(retried?.includes(error), `${name}: ${error}`);
            }
        }
    });

    it("never asks of a variable whether it is null: engines differ in what null is", () => {
        assert.deepEqual(
            expressions(machine).filter((each) => /[!=]\s*null/.test(each)),
            [],
        );
    });

    it("says the partition in no place but where it was told", () => {
        const china = definition(
            { ...NAMES, partition: "aws-cn", failureTopicArn: "arn:aws-cn:sns:cn-north-1:1:t" },
            NUMBERS,
        );
        assert.doesNotMatch(JSON.stringify(china), /arn:aws:/);
    });

    it("keeps no number that may change while an execution waits", () => {
        assert.doesNotMatch(JSON.stringify(machine), /"limit":\s*\{"N"/);
    });
});

const UNKNOWN = { permanent: false, isRefused: false, isAnswered: false, isCapacity: false };

describe("What the workflow remembers of a failed run", () => {
    const assign = (machine.States["Run job"] as Task<string>).Catch?.at(-1)?.Assign as Record<
        string,
        string
    >;

    async function remember(Cause: unknown, Error = "States.TaskFailed"): Promise<Record<string, unknown>> {
        const bindings = {
            states: { errorOutput: { Error, ...(Cause !== undefined && { Cause }) } },
        };
        const entries = Object.entries(assign).map(async ([name, text]) => {
            if (typeof text !== "string") return [name, text] as const;
            const value: unknown = await jsonata(text.slice(2, -2)).evaluate({}, bindings);
            return [name, typeof value === "object" ? { ...(value as object) } : value] as const;
        });
        return Object.fromEntries(await Promise.all(entries));
    }

    it("is its id, its terminal state, its end and its message", async () => {
        const cause = JSON.stringify({
            Id: "jr_1",
            JobRunState: "FAILED",
            CompletedOn: 1800000000000,
            ErrorMessage: 'no "key"',
        });
        assert.deepEqual(await remember(cause), {
            isDone: false,
            failure: { error: "States.TaskFailed", cause: 'no "key"', state: "FAILED", ...UNKNOWN },
            run: "jr_1",
            completedOn: 1800000000000,
        });
    });

    it("is its message, however long that is", async () => {
        const long = `${"x".repeat(20_000)} \\ "end"`;
        const { failure } = await remember(
            JSON.stringify({ Id: "jr_1", JobRunState: "FAILED", ErrorMessage: long }),
        );
        assert.equal((failure as { cause: string }).cause, "x".repeat(1000));
    });

    it("is that the run said nothing, and its state, when the cause shows all of it without a message", async () => {
        const run = { Arguments: { "--password": "hunter2" }, Id: "jr_1", JobRunState: "TIMEOUT" };
        const { failure } = await remember(JSON.stringify(run));
        assert.equal((failure as { cause: string }).cause, "the Glue run ended without a message: TIMEOUT");
    });

    it("is that too little was shown, or the part of its message that is there, and none of its arguments, wherever its cause is cut off", async () => {
        const before = JSON.stringify({
            Arguments: { "--json": '{"a":{"password":"hunter2"}}', "--password": "hunter2" },
            Id: "jr_1",
            JobRunState: "FAILED",
        }).slice(0, -1);
        const whole = `${before},"ErrorMessage":"no such day"}`;
        for (let length = 1; length < whole.length - 1; length++) {
            const { failure } = await remember(whole.slice(0, length));
            const shown = /"ErrorMessage":"(.+?)"?$/.exec(whole.slice(0, length))?.[1];
            assert.equal(
                (failure as { cause: string }).cause,
                shown ?? "Step Functions shows too little of the Glue run to say why it failed",
                whole.slice(0, length),
            );
        }
    });

    for (const state of ["RUNNING", "STOPPING", "WAITING", "STARTING"]) {
        it(`is no terminal state when the cause shows ${state}`, async () => {
            const { failure } = await remember(JSON.stringify({ Id: "jr_1", JobRunState: state }));
            assert.equal((failure as { state: string }).state, "");
        });
    }

    it("is not taken from text that a job's own arguments put into the cause", async () => {
        const Arguments = { "--note": '"JobRunState":"FAILED"' };
        const { failure } = await remember(JSON.stringify({ Arguments, Id: "jr_1", JobRunState: "RUNNING" }));
        assert.equal((failure as { state: string }).state, "");
    });

    for (const [what, cause] of [
        ["a missing cause", undefined],
        ["no cause, as a timeout has", null],
        ["an empty cause", ""],
        ["a cause that is not JSON", "Rate exceeded (Service: Glue)"],
    ] as const) {
        it(`survives ${what}`, async () => {
            const remembered = await remember(cause);
            assert.deepEqual(remembered, {
                isDone: false,
                failure: { error: "States.TaskFailed", cause: cause ?? "", state: "", ...UNKNOWN },
                run: "none",
                completedOn: 0,
            });
        });
    }

    it("has no control characters, which SQS would refuse for ever", async () => {
        const { failure } = await remember("a\u0000b\u001fc\uffffd\n");
        assert.equal((failure as { cause: string }).cause, "a b c d ");
    });

    for (const error of ["Glue.ThrottlingException", "Glue.AWSGlueException"]) {
        it(`is that Glue was too busy, after ${error} with "Rate exceeded": it may be asked again, by whatever it was refused`, async () => {
            const { failure } = await remember("Rate exceeded (Service: AWSGlue; Status Code: 400)", error);
            const { isRefused, isAnswered, permanent } = failure as Record<string, boolean>;
            assert.deepEqual([isRefused, isAnswered, permanent], [true, true, false]);
        });
    }

    it("is not that Glue was too busy when it failed otherwise", async () => {
        const { failure } = await remember("Internal error", "Glue.AWSGlueException");
        const { isRefused, isAnswered } = failure as Record<string, boolean>;
        assert.deepEqual([isRefused, isAnswered], [false, false]);
    });

    for (const error of REFUSED_FOR_NOW) {
        it(`is that Glue refused the start for now, after ${error}`, async () => {
            const { failure } = await remember("Concurrent runs exceeded for aggregate", error);
            const { isRefused, isAnswered, permanent } = failure as Record<string, boolean>;
            assert.deepEqual([isRefused, isAnswered, permanent], [true, true, false]);
        });
    }

    it("is that the account had no capacity, when an accepted run ended for that", async () => {
        const run = {
            Id: "jr_1",
            JobRunState: "FAILED",
            ErrorMessage: "Exceeded maximum concurrent capacity for your account: 300",
        };
        const { failure } = await remember(JSON.stringify(run));
        assert.equal((failure as Record<string, boolean>)["isCapacity"], true);
    });

    it("is a message with thousands of escapes, cut off", async () => {
        const run = { Id: "jr_1", JobRunState: "FAILED", ErrorMessage: '"x'.repeat(4000) };
        const { failure } = await remember(JSON.stringify(run));
        assert.match((failure as { cause: string }).cause, /^("x){100}"?$/);
    });

    it("reads a cause with patterns whose repeated groups have a bound: Java's engine recurses for each round", () => {
        const patterns = Object.values(assign).flatMap((text) =>
            typeof text === "string"
                ? [...text.matchAll(/\$match\(.*?, (\/.*?\/)\)/g)].map(([, found = ""]) => found)
                : [],
        );
        assert.ok(patterns.length >= 4);
        for (const pattern of patterns) assert.doesNotMatch(pattern, /\)[*+]/);
    });

    it("is that no attempt helps when Glue has no such job", async () => {
        const { failure } = await remember("Entity not found", "Glue.EntityNotFoundException");
        const { permanent, isAnswered } = failure as Record<string, boolean>;
        assert.deepEqual([permanent, isAnswered], [true, true]);
    });
});

describe("A failure once the reaper has answered", () => {
    const assign = (machine.States["Ask the reaper"] as Task<string>).Assign as Record<string, string>;
    const failure = {
        error: "States.Timeout",
        cause: "",
        state: "",
        permanent: true,
        isRefused: false,
        isAnswered: false,
        isCapacity: false,
    };

    async function after(result: object): Promise<unknown> {
        const text = (assign["failure"] as string).slice(2, -2);
        const value: unknown = await jsonata(text).evaluate({}, { failure, states: { result } });
        return { ...(value as object) };
    }

    for (const [state, isDone] of [
        ["SUCCEEDED", true],
        ["FAILED", false],
        ["NONE", false],
    ] as const) {
        it(`is ${isDone ? "none" : "one"} when the run was ${state}`, async () => {
            const text = (assign["isDone"] as string).slice(2, -2);
            assert.equal(await jsonata(text).evaluate({}, { states: { result: { state } } }), isDone);
        });
    }

    it("is no failure of the job when the run had no capacity", async () => {
        const error = "Exceeded maximum concurrent capacity for your account";
        const left = await after({ state: "FAILED", run: "jr_1", error, completedOn: 1 });
        assert.equal((left as Record<string, unknown>)["isCapacity"], true);
    });

    it("is the failure itself when there was no run", async () => {
        assert.deepEqual(await after({ state: "NONE", run: "none", error: "no run", completedOn: 0 }), {
            ...failure,
            state: "NONE",
        });
    });

    it("is the run's own end when it failed, and a further attempt may help", async () => {
        assert.deepEqual(
            await after({ state: "FAILED", run: "jr_1", error: "no\u001b such day", completedOn: 1 }),
            {
                ...failure,
                state: "FAILED",
                permanent: false,
                error: "JobEndUnseen",
                cause: "States.Timeout: ; the run was FAILED: no  such day",
            },
        );
    });
});

describe("A successful run", () => {
    const assign = (machine.States[STATE.runJob] as Task<string>).Assign as Record<string, string>;

    for (const [what, result, expected] of [
        ["with all that Glue tells", { Id: "jr_1", CompletedOn: 5 }, { run: "jr_1", completedOn: 5 }],
        ["without its end", { Id: "jr_1" }, { run: "jr_1", completedOn: 0 }],
        ["with an end that is text", { Id: "jr_1", CompletedOn: "2026" }, { run: "jr_1", completedOn: 0 }],
        ["without anything", {}, { run: "none", completedOn: 0 }],
    ] as const) {
        it(`is remembered ${what}`, async () => {
            const evaluate = (name: string): Promise<unknown> =>
                jsonata((assign[name] as string).slice(2, -2)).evaluate({}, { states: { result } });
            assert.deepEqual(
                { run: await evaluate("run"), completedOn: await evaluate("completedOn") },
                expected,
            );
        });
    }
});

describe("A wait in line", () => {
    const HOUR = 3600;
    const DAY = 24 * HOUR;
    const timeout = (machine.States["Wait in line"] as Task<string>).TimeoutSeconds as string;

    for (const [waited, jitter, expected] of [
        [0, 0, 4 * HOUR],
        [4 * HOUR - 1, 0, 4 * HOUR],
        [10 * HOUR, 0, 10 * HOUR],
        [10 * HOUR, 0.5, 15 * HOUR],
        [30 * DAY, 0, 7 * DAY],
        [30 * DAY, 0.5, 10.5 * DAY],
    ] as const) {
        it(`of ${waited} s so far looks again after ${expected} s, where chance adds ${jitter} of it`, async () => {
            const bindings = { millis: () => waited * 1000, waitingSince: 0, wakes: 0, random: () => jitter };
            const value: unknown = await jsonata(timeout.slice(2, -2)).evaluate({}, bindings);
            assert.equal(value, expected);
        });
    }

    it("that has just begun looks by itself after four to eight hours", async () => {
        const first = (machine.States["Enter line"] as Task<string>).TimeoutSeconds as string;
        for (const [jitter, expected] of [
            [0, 4 * HOUR],
            [0.5, 6 * HOUR],
        ] as const)
            assert.equal(await jsonata(first.slice(2, -2)).evaluate({}, { random: () => jitter }), expected);
    });

    it("takes from its wake-up the end of a pause, and no other answer for one", async () => {
        const { Assign: woken = {} } = machine.States["Wait in line"] as Task<string>;
        const told = (woken["pausedUntil"] as string).slice(2, -2);
        const answers = [
            { pausedUntil: 5 },
            {},
            { pausedUntil: "5" },
            "5",
            null,
            [{ pausedUntil: 5 }, { pausedUntil: 6 }],
        ];
        const values = answers.map(
            (result) => jsonata(told).evaluate({}, { states: { result } }) as Promise<unknown>,
        );
        assert.deepEqual(await Promise.all(values), [5, 0, 0, 0, 0, 0]);
    });

    it("sets every variable on every way out of its first state", () => {
        const { Assign: woken, Catch = [] } = machine.States["Enter line"] as Task<string>;
        const ends = states.filter(([, { Type }]) => Type === "Fail").map(([name]) => name);
        const used = new Set(
            states
                .flatMap(([name, state]) => (name === "Enter line" ? [] : expressions(state)))
                .flatMap(variablesIn),
        );
        assert.ok(used.size > 10);
        const ways = Catch.filter(({ Next }) => !ends.includes(Next)).map(({ Assign }) => Assign);
        for (const assign of [woken, ...ways]) {
            const set = Object.keys(assign ?? {});
            const later = ["startingSince"];
            assert.deepEqual(
                [...used].filter((name) => ![...set, ...later].includes(name)),
                [],
            );
        }
    });

    for (const [wakes, expected] of [
        [3, 3],
        [7, 6],
        [11, 11],
        [103, 451],
    ] as const) {
        it(`after ${wakes} wake-ups in a row that brought no slot steps aside for ${expected} s, out of the line`, async () => {
            const bindings = { millis: () => 0, waitingSince: 0, wakes, random: () => 0 };
            assert.equal(await jsonata(timeout.slice(2, -2)).evaluate({}, bindings), expected);
        });
    }
});

describe("The states with a slot", () => {
    it("are those from the acquire to the release, by where the states lead", () => {
        const held = new Set<string>([STATE.runJob]);
        for (const name of held) {
            if (name === "Release slot" || name === "Release after failure") continue;
            for (const exit of exits(machine.States[name] as State<string>)) {
                if (exit !== "Wait in line") held.add(exit);
            }
        }
        assert.deepEqual([...held].sort(), [...HOLDING_STATES].sort());
    });
});

describe("The pause before a refused start", () => {
    const { Seconds } = machine.States["Pause before starting"] as { Seconds: string };

    async function pause(refusals: number, elapsed: number, random: number): Promise<unknown> {
        const bindings = { refusals, startingSince: 0, millis: () => elapsed * 1000, random: () => random };
        return jsonata(Seconds.slice(2, -2)).evaluate({}, bindings);
    }

    it("grows, up to a minute and ten seconds for a budget of an hour or less", async () => {
        assert.equal(await pause(1, 0, 1), 20);
        assert.equal(await pause(3, 0, 1), 32);
        assert.equal(await pause(20, 0, 1), 70);
        assert.equal(await pause(20, 0, 0), 10);
    });

    it("never goes beyond the budget, in seconds and not in tries", async () => {
        assert.equal(await pause(20, 1790, 1), 10);
        assert.equal(await pause(20, 1800, 1), 1);
    });
});
