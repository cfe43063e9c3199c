import assert from "node:assert/strict";
import { AwsError } from "../../../embedded-aws/index.ts";
import { MINUTE, SECOND } from "../../stack/test-stack.ts";
import { Operated } from "./operated.ts";

interface Status {
    readonly format: string;
    readonly now: string;
    readonly limit: object;
    readonly slots: { readonly inUse: number; readonly holders: readonly Record<string, unknown>[] };
    readonly line: { readonly waiting: number; readonly isExact: boolean; readonly next: readonly unknown[] };
    readonly queue: object;
    readonly deadLetters: number;
    readonly reasons: readonly { readonly code: string; readonly class: string }[];
    readonly partial?: readonly object[];
}

describe("turnstile status", () => {
    let operated: Operated;
    let sent: string[];

    before(async () => {
        operated = await Operated.open({ limit: "2" });
        await operated.stack.pass(MINUTE);
        sent = operated.stack.sendMany(9);
        await operated.stack.pass(2 * MINUTE);
    });
    after(() => operated.close());

    it("shows the limit, the slots, the line, the queue and the dead letters as text", async () => {
        const { code, out, error } = await operated.run(["status"]);
        assert.deepEqual([code, error], [0, ""]);
        assert.match(out, /^turnstile\/dev · us-east-1 · jobs\njob turnstile-demonstration\S+, as of /);
        assert.match(out, /^LIMIT {3}2$/m);
        assert.match(out, /^SLOTS {3}2 of 2 taken$/m);
        assert.match(out, /^HEALTH {2}dispatcher ok, seen \d.* ago; reaper ok$/m);
        assert.match(
            out,
            new RegExp(`^ {2}${sent[0]?.slice(0, 8) ?? "?"} {2}g0 +try 1 {2}running +2 min$`, "m"),
        );
        assert.match(out, /^LINE {4}7 wait; the first for 2 min$/m);
        assert.match(out, new RegExp(`^ {4}1 {2}${sent[2]?.slice(0, 8) ?? "?"} {2}g2`, "m"));
        assert.match(out, /turnstile list shows more/);
        assert.match(out, /^QUEUE {3}empty/m);
        assert.match(out, /^FAILED {2}0 in the last hour; no dead letters$/m);
    });

    it("says why the first in line does not start", async () => {
        assert.match(
            (await operated.run(["status"])).out,
            /^WHY {5}limit-reached: 2 of 2 slots taken\n +turnstile limit N$/m,
        );
    });

    it("fits 80 columns", async () => {
        for (const line of (await operated.run(["status"])).out.split("\n"))
            assert.ok(line.length <= 80, line);
    });

    it("gives the same as JSON, with whole ids", async () => {
        const status = await operated.json<Status>(["status"]);
        assert.equal(status.format, "turnstile.status/1.0");
        assert.deepEqual(status.limit, { inForce: 2, configured: 2, override: null });
        assert.equal(status.slots.inUse, 2);
        const [first] = status.slots.holders;
        assert.deepEqual([first?.["messageId"], first?.["group"], first?.["attempt"]], [sent[0], "g0", 1]);
        assert.equal((first?.["run"] as { state: string }).state, "RUNNING");
        assert.deepEqual([status.line.waiting, status.line.isExact], [7, true]);
        assert.deepEqual(status.queue, { visible: 0, inFlight: 0 });
        assert.deepEqual(
            status.reasons.map(({ code }) => code),
            ["limit-reached"],
        );
    });

    it("leaves out the single holders and waiters on a terminal that is too small for them", async () => {
        const { out } = await operated.run(["status"], { isTerminal: true, rows: 15 });
        assert.ok(out.split("\n").length <= 15, out);
        assert.match(out, /^SLOTS .*\nLINE .*\nQUEUE /m);
    });

    it("takes its time from AWS, not from this machine", async () => {
        const { now } = await operated.json<Status>(["status"]);
        assert.ok(Math.abs(Date.parse(now) - operated.stack.world.clock.now()) < 30_000, now);
    });

    it("paints nothing in a pipe", async () => {
        // eslint-disable-next-line no-control-regex -- the escape is what is looked for
        assert.doesNotMatch((await operated.run(["status"])).out, /\u001b/);
    });

    it("paints its head on a terminal", async () => {
        const { out } = await operated.run(["status"], { isTerminal: true });
        assert.ok(out.startsWith("\u001b[1mturnstile/dev"));
    });

    it("exits with 0 for --check when nothing needs a person", async () => {
        assert.equal((await operated.run(["status", "--check"])).code, 0);
    });
});

describe("turnstile status of a busy pool", () => {
    let operated: Operated;

    before(async () => {
        operated = await Operated.open(
            { limit: "2", maxAttempts: "1", pauseAfterFailures: "0" },
            {
                job: (run) => ({
                    millis: 10 * MINUTE,
                    ...(run.arguments["--number"] === "0" && { end: { state: "FAILED" as const } }),
                }),
            },
        );
        await operated.stack.pass(MINUTE);
        operated.stack.sendMany(8);
        await operated.stack.pass(55 * MINUTE);
        await operated.run(["limit", "8", "--yes", "--by", "ana", "--reason", "catch up", "--for", "2h"]);
        await operated.stack.pass(30 * SECOND);
    });
    after(() => operated.close());

    it("says who set another limit, why and until when", async () => {
        const { out } = await operated.run(["status"]);
        assert.match(out, /^LIMIT {3}8, configured 2: by ana until \d\d:\d\d [+-]\d\d:\d\d: "catch up"$/m);
        const { limit } = await operated.json<{ limit: { override: { until: string } } }>(["status"]);
        assert.match(limit.override.until, /^2026-01-01T0\d:/);
    });

    it("says how long runs usually take", async () => {
        operated.stack.send({ arguments: {} });
        await operated.stack.pass(MINUTE);
        assert.match((await operated.run(["status"])).out, /try 1 {2}running .* of ~10 min/m);
    });

    it("counts the failures of the last hour, and the dead letters", async () => {
        const { out } = await operated.run(["status"]);
        assert.match(out, /^FAILED {2}1 in the last hour; 1 dead letter: turnstile failed$/m);
    });

    it("counts messages that are not accepted yet", async () => {
        operated.stack.sendMany(3);
        const { out } = await operated.run(["status"]);
        assert.match(out, /^QUEUE {3}3 not accepted yet$/m);
        await operated.stack.pass(MINUTE);
    });

    it("shows five holders, and how many more there are", async () => {
        operated.stack.sendMany(7);
        await operated.stack.pass(MINUTE);
        assert.match((await operated.run(["status"])).out, /^ {2}and \d more$/m);
    });

    it("shows a holder that a person wrote, as far as it is known", async () => {
        const gate = operated.stack.item("jobs", "gate") as { holders: { M: object } };
        const M = { "by hand": { M: { since: { N: "1767225600000" } } } };
        operated.putItem("gate", { ...gate, holders: { M } });
        assert.match((await operated.run(["status"])).out, /^ {2}by hand {2}\? +try \? {2}starting /m);
        const { slots } = await operated.json<Status>(["status"]);
        assert.deepEqual(slots.holders[0]?.["run"], null);
    });
});

describe("turnstile status in trouble", () => {
    it("says that there is no gate", async () => {
        const operated = await Operated.open({ limit: "1" });
        try {
            const { out } = await operated.run(["status"]);
            assert.match(out, /^SLOTS {3}0 of 0 taken$/m);
            assert.match(out, /^HEALTH {2}dispatcher never seen; reaper ok$/m);
            assert.match(out, /^WHY {5}no-gate: there is no gate/m);
            const { limit } = await operated.json<Status>(["status"]);
            assert.deepEqual(limit, { inForce: null, configured: 1, override: null });
        } finally {
            await operated.close();
        }
    });

    it("says that the dispatcher is silent, with exit code 8 for --check", async () => {
        const operated = await Operated.open({ limit: "1" });
        try {
            await operated.stack.pass(MINUTE);
            const gate = operated.stack.item("jobs", "gate") ?? {};
            operated.putItem("gate", { ...gate, dispatcherSeen: { S: "2025-12-31T23:00:00.000Z" } });
            const { code, out } = await operated.run(["status", "--check"]);
            assert.equal(code, 8);
            assert.match(out, /^WHY {5}dispatcher-silent: .*executions help themselves now/m);
        } finally {
            await operated.close();
        }
    });

    it("says that an override makes no sense", async () => {
        const operated = await Operated.open();
        try {
            await operated.stack.pass(MINUTE);
            operated.putItem("override", { limit: { N: "2000" } });
            await operated.stack.pass(30 * SECOND);
            const { out } = await operated.run(["status"]);
            assert.match(out, /^LIMIT {3}none: no slot is granted$/m);
            assert.match(
                out,
                /^WHY {5}settings-invalid: override: limit is .*2000.*\n +turnstile limit --reset$/m,
            );
        } finally {
            await operated.close();
        }
    });

    it("shows what the caller may read, and names what it may not", async () => {
        const operated = await Operated.open();
        try {
            await operated.stack.pass(MINUTE);
            operated.stack.world.intercept((call, next) => {
                if (call.operation !== "GetQueueAttributes" && call.operation !== "GetJobRuns") return next();
                if (call.caller.isGuest !== true) return next();
                throw new AwsError("AccessDenied", "not authorized to perform it", 403);
            });
            const { out, code } = await operated.run(["status"]);
            assert.equal(code, 0);
            assert.match(out, /^QUEUE {3}not allowed to see$/m);
            assert.match(out, /^Missing: glue:GetJobRuns on turnstile-demonstration\S+ is not allowed\.$/m);
            const { partial } = await operated.json<Status>(["status"]);
            assert.equal(partial?.length, 4);
        } finally {
            await operated.close();
        }
    });
});
