/** The product's own writes, made by `slots/`, on gates in every state. */
import * as gates from "../../../slots/gate.ts";
import { isoAfter, SILENCE_SECONDS } from "../../../slots/times.ts";
import * as writes from "../../../slots/writes.ts";
import { at, later, now, product, put, settings, slot, transact } from "./form.ts";
import type { Cases } from "./form.ts";
import type { Request } from "./suite.ts";

const gate = (holders: readonly string[], limit?: number): Request =>
    put({
        holders: { M: Object.fromEntries(holders.map((holder) => [holder, slot])) },
        dispatcherSeen: { S: now },
        ...(limit !== undefined && { limit: { N: String(limit) } }),
    });
const acquire = (holder: string, seenBefore = writes.WOKEN): Request =>
    product(writes.acquire({ ...at, holder, since: String(Date.parse(now)), seenBefore }));
const acquireUnwoken = (holder: string, moment = now): Request =>
    acquire(holder, isoAfter(Date.parse(moment), -SILENCE_SECONDS));
const release = (holder: string): Request => product(writes.release({ ...at, holder }));

const heartbeat = (hasBacklog: boolean): Request => product(writes.heartbeat({ ...at, hasBacklog, now }));

const row = { ...at, name: "a", messageId: "m", group: "g", bodyHash: "h", execution: "e", job: "job", now };
const open = product(writes.open({ ...row, position: "open#1#a" }));
const join = (token: string): Request =>
    product(
        writes.join({ ...row, token, holder: "a/1/0", attempt: "1", sequence: "1", position: "wait#5#1#1" }),
    );
const clearToken = (token: string): Request =>
    product(writes.clearToken({ ...row, token, position: "run#1#a" }));
const close = (outcome: string): Request =>
    product(writes.close({ ...row, outcome, run: "jr", position: "end#1#a", expires: "1800000000" }));

const setLimit = (limit: number | undefined, read: object | undefined): Request =>
    transact(
        gates.setLimit({
            ...at,
            limit,
            gate: undefined,
            settings: read as never,
            override: undefined,
            now,
        }),
    );
const remakeGate = (...holders: readonly string[]): Request => {
    const slots = holders.map((holder) => [holder, { since: Date.parse(now) }] as const);
    return product(writes.remakeGate({ ...at, holders: Object.fromEntries(slots), now }));
};

export const protocol: Cases = {
    "acquire without a gate": [acquire("a/1/0")],
    "acquire without a limit": [gate([]), acquire("a/1/0")],
    "acquire when woken": [gate(["x/1/0"], 2), acquire("a/1/0"), acquire("a/1/0")],
    "acquire when not woken": [gate([], 2), acquireUnwoken("a/1/0")],
    "acquire when all slots are in use": [gate(["x/1/0"], 1), acquire("a/1/0")],
    "acquire in the dispatcher's silence": [
        gate([], 1),
        acquireUnwoken("a/1/0", later(300)),
        acquireUnwoken("a/1/0", later(301)),
    ],
    "acquire at a limit of 0": [gate([], 0), acquire("a/1/0")],
    "acquire at a gate whose limit is text": [
        put({ holders: { M: {} }, limit: { S: "2" }, dispatcherSeen: { S: "2020" } }),
        acquire("a/1/0"),
    ],
    "acquire at a gate without holders": [
        put({ limit: { N: "2" }, dispatcherSeen: { S: "2020" } }),
        acquire("a/1/0"),
    ],
    "acquire at a gate whose holders are a list": [
        put({ holders: { L: [] }, limit: { N: "2" }, dispatcherSeen: { S: "2020" } }),
        acquire("a/1/0"),
    ],
    release: [gate(["a/1/0", "b/1/0"], 2), release("a/1/0"), release("a/1/0")],
    "release without a gate": [release("a/1/0")],
    "report that the dispatcher lives": [
        gate(["x/1/0"], 2),
        heartbeat(false),
        heartbeat(true),
        heartbeat(false),
    ],
    "report without a gate": [heartbeat(true)],
    "restore a holder": [
        gate(["x/1/0"], 1),
        product(writes.restoreHolder({ ...at, holder: "a/1/0", since: "1772366400000" })),
        product(writes.restoreHolder({ ...at, holder: "a/1/0", since: "1" })),
    ],
    "move a row from where it was read": [
        open,
        product(writes.moveRow({ ...row, before: "open#1#a", position: "open#2#a" })),
        product(writes.moveRow({ ...row, before: "open#1#a", position: "open#3#a" })),
    ],
    "open twice": [open, open],
    "join, be woken, join again": [open, join("t1"), clearToken("t0"), clearToken("t1"), join("t2")],
    "join without a row": [join("t")],
    "close twice, and in another way": [open, join("t"), close("done"), close("done"), close("deadLettered")],
    "join after the end": [open, close("done"), join("t"), clearToken("t")],
    "confirm that a row is open": [
        open,
        product(writes.confirmOpen(row)),
        close("done"),
        product(writes.confirmOpen(row)),
    ],
    "set a limit": [put({}, { Item: settings }), setLimit(2, settings), setLimit(undefined, settings)],
    "make a gate again that is gone": [remakeGate("x/1/0"), acquire("a/1/0"), remakeGate()],
    "make a gate again that lacks its turns": [
        put({ holders: { M: { "x/1/0": { M: {} } } }, limit: { N: "2" } }),
        remakeGate("y/1/0"),
        remakeGate("z/1/0"),
    ],
    "set a limit without settings": [setLimit(2, undefined)],
    "set a limit when the settings have changed": [put({}, { Item: settings }), setLimit(3, undefined)],
    "set a limit when the settings differ": [
        put({}, { Item: { ...settings, until: { S: now } } }),
        setLimit(2, settings),
        setLimit(2, { ...settings, until: { S: now } }),
    ],
};
