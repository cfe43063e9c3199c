/** The tests' own eye for the protocol's writes: it must not overlook one, or take one for another. */
import assert from "node:assert/strict";
import { setLimit } from "../../slots/gate.ts";
import { VERDICT } from "../../slots/breaker.ts";
import * as writes from "../../slots/writes.ts";
import { makes, protocolWrite } from "./protocol-writes.ts";
import type { ProtocolWrite } from "./protocol-writes.ts";

const at = { table: "slots", pool: "jobs" };
const row = { ...at, name: "g-1" };
const holder = "g-1/1/0";
const now = "2026-01-01T00:00:00.000Z";

const update = (input: object) => ({ operation: "UpdateItem", input });

const ASK = {
    holder,
    job: "job",
    run: "none",
    acquired: now,
    since: now,
    isAnswered: false,
    token: "t",
};

const WRITES: readonly (readonly [ReturnType<typeof update>, Omit<ProtocolWrite, "pool">])[] = [
    [
        update(writes.acquire({ ...at, holder, since: "1", seenBefore: now })),
        { name: "acquire", holders: [holder] },
    ],
    [update(writes.release({ ...at, holder })), { name: "release", holders: [holder] }],
    ...Object.values(VERDICT).map(
        (verdict) =>
            [
                update(writes.release({ ...at, holder, ended: { verdict, now: 1 } })),
                { name: "release", holders: [holder] },
            ] as const,
    ),
    [update(writes.closeBreaker(at)), { name: "closeBreaker", holders: [] }],
    [update(writes.heartbeat({ ...at, hasBacklog: true, now })), { name: "heartbeat", holders: [] }],
    [update(writes.heartbeat({ ...at, hasBacklog: false, now })), { name: "heartbeat", holders: [] }],
    [
        update(writes.moveRow({ ...row, before: "run#1", position: "open#1" })),
        { name: "moveRow", execution: "g-1", holders: [], position: "open#1" },
    ],
    [
        {
            operation: "PutItem",
            input: writes.open({
                ...row,
                messageId: "1",
                group: "g",
                bodyHash: "h",
                execution: "arn",
                job: "job",
                position: "open#1",
                now,
            }),
        },
        { name: "open", execution: "g-1", holders: [], position: "open#1" },
    ],
    [
        update(
            writes.join({
                ...row,
                token: "t",
                holder,
                job: "job",
                attempt: "1",
                position: "wait#5",
                sequence: "1",
                now,
            }),
        ),
        { name: "join", execution: "g-1", holders: [holder], position: "wait#5" },
    ],
    [
        update(writes.putAsk({ ...row, ask: ASK, position: "ask#1" })),
        { name: "putAsk", execution: "g-1", holders: [], position: "ask#1" },
    ],
    [
        update(writes.clearAsk({ ...row, token: "t", position: "run#1" })),
        { name: "clearAsk", execution: "g-1", holders: [], position: "run#1" },
    ],
    [
        update(writes.putSearch({ ...row, search: { job: "j", floor: now, runs: [] } })),
        { name: "putSearch", execution: "g-1", holders: [] },
    ],
    [
        update(writes.restoreHolder({ ...at, holder, since: "1" })),
        { name: "restoreHolder", holders: [holder] },
    ],
    [
        update(writes.markSaving({ ...row, saving: { cause: "c", run: "jr" }, read: {} })),
        { name: "markSaving", execution: "g-1", holders: [] },
    ],
    [
        update(writes.noteIdle({ ...row, attribute: "asked", idle: { since: now, seen: now } })),
        { name: "noteIdle", execution: "g-1", holders: [] },
    ],
    [update(writes.confirmOpen({ ...row, now })), { name: "confirmOpen", execution: "g-1", holders: [] }],
    [
        update(writes.clearToken({ ...row, token: "t", position: "run#1" })),
        { name: "clearToken", execution: "g-1", holders: [], position: "run#1" },
    ],
    [
        update(writes.close({ ...row, outcome: "done", run: "jr", position: "end#1", expires: "1", now })),
        { name: "close", execution: "g-1", holders: [] },
    ],
];

describe("A write of the protocol", () => {
    for (const [call, expected] of WRITES) {
        it(`is recognised by what it does: ${expected.name} for ${expected.holders.length} holders`, () => {
            assert.deepEqual(protocolWrite(call), { pool: "jobs", ...expected });
            assert.ok(makes(expected.name)(call));
        });
    }

    it("is told from the same write of another holder or execution", () => {
        const [acquire, ...others] = WRITES.map(([call]) => call);
        const join = others.find((call) => makes("join")(call));
        assert.ok(acquire && join);
        assert.deepEqual(
            [acquire, join].map((call) => makes("acquire", "g-1")(call)),
            [true, false],
        );
        assert.equal(makes("acquire", "g-9")(acquire), false);
        assert.equal(makes("join", "g-9")(join), false);
    });

    it("is none of the configuration's, of the limit's, and no read", () => {
        const settings = { poolName: { S: "jobs" }, entry: { S: "settings" } };
        const limit = setLimit({
            ...at,
            limit: 1,
            gate: undefined,
            settings,
            override: undefined,
            now,
        });
        const calls = [
            { operation: "PutItem", input: { TableName: "slots", Item: settings } },
            { operation: "GetItem", input: { TableName: "slots", Key: settings } },
            { operation: "StartExecution" },
            ...limit.map((each) => update(Object.values(each as object)[0] as object)),
        ];
        for (const call of calls) assert.equal(protocolWrite(call), undefined, JSON.stringify(call));
    });
});
