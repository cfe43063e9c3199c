import assert from "node:assert/strict";
import type { Pool } from "../../../cli/operate/pool.ts";
import { messageReasons, poolReasons, REASONS } from "../../../cli/operate/reasons.ts";
import type { Facts, Reason, ReasonCode } from "../../../cli/operate/reasons.ts";
import type { Gate, Override, Row } from "../../../slots/table.ts";

const NOW = Date.UTC(2026, 0, 1, 12);
const ago = (seconds: number): string => new Date(NOW - seconds * 1000).toISOString();

/** A pool with a limit of 2, one slot taken, a dispatcher that lives. */
function pool(
    gate: Partial<Gate> | undefined = {},
    { override, ...others }: Partial<Omit<Pool, "override">> & { override?: Override } = {},
): Pool {
    const holders = { "a/1/0": { since: NOW - 60_000 } };
    return {
        now: NOW,
        settings: { value: { limit: 2, cooldownSeconds: 0 } },
        override: { value: override },
        overrideItem: undefined,
        gate: { holders, limit: 2, dispatcherSeen: ago(10), hasBacklog: false, ...gate },
        ...others,
    };
}

function row(position: string, others: Partial<Row> = {}): Row {
    return {
        name: "m",
        messageId: "m",
        group: "g",
        bodyHash: "",
        execution: "arn",
        job: "j",
        attempt: 1,
        opened: ago(100),
        position,
        ...others,
    };
}

const full = {
    "a/1/0": { since: NOW - 60_000 },
    "b/1/0": { since: NOW - 60_000 },
};
const mine = { holders: { "m/1/0": { since: NOW - 60_000 } } };
const waiting = row("wait#5#x#1", { holder: "m/1/0", token: "t", joined: ago(90) });
const holding = row("run#x", { holder: "m/1/0", joined: ago(90) });
const woken = row("run#x", { holder: "m/2/0", joined: ago(90), attempt: 2 });
const run = (state: string, completedOn?: number): Facts => ({
    run: { id: "jr_1", holder: "m/1/0", state, startedOn: NOW - 60_000, ...(completedOn && { completedOn }) },
});
const broken = { failures: 3, pauseAfterFailures: 3 };
const ana = { by: "ana", why: "rebuild" };
const first = (reasons: readonly Reason[]): Reason | undefined => reasons[0];

/** A case for each code: the first reason of a message, with a number or a word that it must say. */
const CASES: Readonly<Record<ReasonCode, readonly [Reason | undefined, RegExp]>> = {
    "settings-invalid": [
        first(messageReasons(waiting, pool({}, { settings: { problem: "there is no settings item" } }), {})),
        /no settings item/,
    ],
    "no-gate": [first(poolReasons(pool(undefined, { gate: undefined }))), /there is no gate/],
    "dispatcher-silent": [first(poolReasons(pool({ dispatcherSeen: ago(220) }))), /3 min 40 s ago; from \d/],
    "breaker-open": [
        first(messageReasons(waiting, pool({ ...broken, holders: {}, probeAfter: NOW + 60_000 }), {})),
        /^3 messages in a row failed for good: one job at a time, the next one starts after \d/,
    ],
    "execution-gone": [first(messageReasons(holding, pool(mine), { status: "ABORTED" })), /ABORTED/],
    paused: [
        first(poolReasons(pool({ limit: 0 }, { override: { limit: 0, ...ana } }))),
        /by ana without an end: "rebuild"/,
    ],
    "limit-lowered": [
        first(poolReasons(pool({ limit: 1 }, { override: { limit: 1, ...ana, until: NOW + 3600_000 } }))),
        /1 of 1 slots taken; 2 without the override by ana until/,
    ],
    "limit-zero": [first(poolReasons(pool({ limit: 0 }))), /configured limit is 0/],
    stopping: [first(messageReasons(holding, pool(mine), run("STOPPING"))), /asked to stop/],
    starting: [first(messageReasons(row("open#x"), pool(), {})), /not joined/],
    rejoining: [first(messageReasons(row("open#x", { joined: ago(5) }), pool(), {})), /lets others go first/],
    behind: [first(messageReasons(waiting, pool({ holders: full }), { ahead: 4 })), /4 messages before it/],
    "limit-reached": [first(messageReasons(waiting, pool({ holders: full }), { ahead: 0 })), /2 of 2 slots/],
    "turn-given": [first(messageReasons(woken, pool(), {})), /was woken/],
    paced: [first(messageReasons(waiting, pool(), {})), /slot is free/],
    "backing-off": [first(messageReasons(woken, pool(), { state: "Back off" })), /attempt 2 failed/],
    "glue-capacity": [first(messageReasons(holding, pool(mine), run("WAITING"))), /keeps its run waiting/],
    running: [first(messageReasons(holding, pool(mine), run("RUNNING"))), /RUNNING for 1 min; 1 of 2 slots/],
    settling: [
        first(messageReasons(holding, pool(mine), run("SUCCEEDED", NOW))),
        /released once that is certain/,
    ],
};

describe("The reasons", () => {
    for (const code of Object.keys(REASONS) as ReasonCode[]) {
        it(`have ${code}, with its numbers`, () => {
            const [found, text] = CASES[code];
            assert.equal(found?.code, code);
            assert.match(found?.text ?? "", text);
            assert.equal(found?.class, REASONS[code][0]);
        });
    }

    it("begin with what needs a person, then with what was decided", () => {
        const override = { limit: 0, ...ana };
        const found = messageReasons(waiting, pool({ limit: 0, dispatcherSeen: ago(400) }, { override }), {
            ahead: 3,
        });
        assert.deepEqual(
            found.map(({ code }) => code),
            ["dispatcher-silent", "paused", "behind"],
        );
    });

    it("say when an open breaker lets the next job in", () => {
        const said = (gate: Partial<Gate>): string =>
            poolReasons(pool({ ...broken, ...gate }))[0]?.text ?? "";
        assert.match(said({ holders: full }), /the next one starts once none runs$/);
        assert.match(said({ holders: {}, probeAfter: NOW - 1 }), /the next one starts now$/);
    });

    it("are none while a slot is free", () => {
        assert.deepEqual(poolReasons(pool()), []);
    });

    it("name the override that makes no sense, and what takes it away", () => {
        const wrong = { ...pool(), override: { problem: "override: limit is 2000" } };
        const [found] = poolReasons(wrong);
        assert.deepEqual([found?.code, found?.change], ["settings-invalid", "turnstile limit --reset"]);
    });

    it("do not call an override lowered that leaves a slot free", () => {
        const override = { limit: 3, ...ana };
        assert.deepEqual(poolReasons(pool({ limit: 3 }, { override })), []);
    });

    for (const [title, message, facts, code] of [
        ["a start that Glue refuses", holding, { state: "Pause before starting" }, "glue-capacity"],
        ["a run that starts", holding, {}, "running"],
        ["a run that ended for lack of capacity", woken, { state: "Wait for capacity" }, "glue-capacity"],
        ["an execution that was woken", woken, {}, "turn-given"],
        ["an execution that asks how its job ended", row("ask#x", { joined: ago(9) }), {}, "settling"],
    ] as const) {
        it(`have ${code} for ${title}`, () => {
            assert.equal(messageReasons(message, pool(mine), facts)[0]?.code, code);
        });
    }
});
