import assert from "node:assert/strict";
import { HOUR, MINUTE } from "../../stack/test-stack.ts";
import { Operated } from "./operated.ts";

interface Why {
    readonly format: string;
    readonly message: {
        readonly messageId: string;
        readonly place: number | null;
        readonly outcome: string | null;
        readonly attempt: number;
    };
    readonly reason: string | null;
    readonly reasons: readonly { readonly code: string; readonly change?: string }[];
    readonly execution: { readonly status: string; readonly state?: string };
    readonly runs: readonly { readonly state: string; readonly cause?: string }[];
}

describe("turnstile why", () => {
    let operated: Operated;
    let sent: string[];

    before(async () => {
        operated = await Operated.open({ limit: "1" });
        await operated.stack.pass(MINUTE);
        sent = operated.stack.sendMany(3);
        await operated.stack.pass(2 * MINUTE);
    });
    after(() => operated.close());

    it("says that a message waits for a slot, its place, and the command that changes it", async () => {
        const { message, reason, reasons, execution } = await operated.json<Why>(["why", sent[1] ?? ""]);
        assert.deepEqual([message.messageId, message.place, reason], [sent[1], 1, "limit-reached"]);
        assert.equal(reasons[0]?.change, "turnstile limit N");
        assert.deepEqual([execution.status, execution.state], ["RUNNING", "Enter line"]);
    });

    it("says how many stand before a message", async () => {
        const { out } = await operated.run(["why", sent[2] ?? ""]);
        assert.match(
            out,
            /^IS {6}waiting for 2 min, 2\. in line\nWHY {5}behind: 1 message before it in line$/m,
        );
    });

    it("says that the job of a message runs, with its run", async () => {
        const { message, reason, runs } = await operated.json<Why>(["why", sent[0] ?? ""]);
        assert.deepEqual(
            [message.place, reason, runs.length, runs[0]?.state],
            [null, "running", 1, "RUNNING"],
        );
        const { out } = await operated.run(["why", sent[0] ?? ""]);
        assert.match(out, /^IS {6}running, accepted 2 min ago$/m);
        assert.match(out, /^RUNS {4}1 {2}\S+ to now {2}RUNNING\n +jr_/m);
        assert.match(out, /^PAGE {4}https:\/\/us-east-1\.console\.aws\.amazon\.com\/states/m);
    });

    it("takes the beginning of an id", async () => {
        const { message } = await operated.json<Why>(["why", sent[1]?.slice(0, 8) ?? ""]);
        assert.equal(message.messageId, sent[1]);
    });

    it("takes the name of an execution", async () => {
        const { message } = await operated.json<Why>(["why", `g1-${sent[1] ?? ""}`]);
        assert.deepEqual([message.messageId, message.place], [sent[1], 1]);
    });

    it("does not know a message that was never accepted, with exit code 5", async () => {
        const { code, error, out } = await operated.run(["why", "00000000"]);
        assert.deepEqual([code, out], [5, ""]);
        assert.match(error, /No message that was accepted begins with 00000000\.\n.*the work queue is empty/);
    });

    it("refuses a beginning that is too short, with exit code 2", async () => {
        const { code, error } = await operated.run(["why", "a"]);
        assert.equal(code, 2);
        assert.match(error, /at least 4 characters/);
    });

    it("says of a message that was refused that it is dead-lettered", async () => {
        const refused = operated.stack.send("not JSON");
        await operated.stack.pass(MINUTE);
        const { message, reason, execution } = await operated.json<Why>(["why", refused]);
        assert.deepEqual([message.outcome, reason, execution], ["deadLettered", null, null]);
        const { code, out } = await operated.run(["why", refused]);
        assert.equal(code, 0);
        assert.match(out, /^IS {6}dead-lettered/m);
        assert.doesNotMatch(out, /^PAGE/m);
    });

    it("lists the reasons in its help", async () => {
        const { out } = await operated.run(["why", "--help"]);
        assert.match(out, /^ {2}limit-reached +normal +every slot is taken$/m);
    });
});

describe("turnstile why, of a message", () => {
    it("that several ids begin like lists them, with exit code 5", async () => {
        const operated = await Operated.open();
        try {
            await operated.stack.pass(MINUTE);
            for (const end of ["1", "2"]) {
                const messageId = { S: `abcd-${end}` };
                operated.putItem(`job#abcd-${end}`, { messageId, linePosition: { S: `open#x#${end}` } });
            }
            const { code, error } = await operated.run(["why", "abcd"]);
            assert.equal(code, 5);
            assert.match(error, /several messages begin with abcd: abcd-1, abcd-2\n.*more of the id/);
        } finally {
            await operated.close();
        }
    });

    describe("that failed", () => {
        let operated: Operated;
        let id: string;
        const job = () => ({
            millis: MINUTE,
            end: { state: "FAILED" as const, errorMessage: "AccessDenied: s3://orders" },
        });

        before(async () => {
            operated = await Operated.open({ maxAttempts: "2", retryDelaySeconds: "600" }, { job });
            await operated.stack.pass(MINUTE);
            id = operated.stack.send({ arguments: {} });
            await operated.stack.pass(5 * MINUTE);
        });
        after(() => operated.close());

        it("once says that it backs off", async () => {
            const { reason, runs, execution } = await operated.json<Why>(["why", id, "--bodies"]);
            assert.deepEqual([reason, execution.state], ["backing-off", "Back off"]);
            assert.deepEqual(
                runs.map(({ state, cause }) => [state, cause]),
                [["FAILED", "AccessDenied: s3://orders"]],
            );
        });

        it("for good says how, and which command shows the letter", async () => {
            await operated.stack.pass(HOUR);
            const { message, reason } = await operated.json<Why>(["why", id]);
            assert.deepEqual([message.outcome, reason], ["deadLettered", null]);
            const { out } = await operated.run(["why", id]);
            assert.match(out, /^IS {6}dead-lettered \d+ min/m);
            assert.match(out, /^CAUSE {3}.*AccessDenied: s3:\/\/orders/m);
            assert.match(out, new RegExp(`turnstile failed show ${id.slice(0, 8)}$`, "m"));
        });
    });

    it("says what it has spent its time with, and when it will start", async () => {
        const operated = await Operated.open(
            { limit: "1", retryDelaySeconds: "60" },
            {
                job: (run) => ({
                    millis: 10 * MINUTE,
                    ...(run.arguments["--number"] === "1" && {
                        end: { state: "FAILED" as const, errorMessage: "broken" },
                    }),
                }),
            },
        );
        try {
            await operated.stack.pass(MINUTE);
            const sent = operated.stack.sendMany(12);
            await operated.stack.pass(95 * MINUTE);
            const last = await operated.run(["why", sent[11] ?? ""]);
            assert.match(
                last.out,
                /^START {3}~\d\d:\d\d \(\d\d:\d\d to \d\d:\d\d\); of the last \d+ runs, half took under 10 min.*$/m,
            );
            assert.match(last.out, /^SPENT {3}1 h 35 min in line$/m);
            const failed = await operated.json<{
                spentSeconds: Record<string, number>;
                start: { at: string };
            }>(["why", sent[1] ?? ""]);
            assert.equal(failed.spentSeconds["backingOff"], 180);
            assert.ok((failed.spentSeconds["running"] ?? 0) > 1200);
            await operated.run(["pause", "--for", "2h", "--yes"]);
            await operated.stack.pass(MINUTE);
            const paused = await operated.run(["why", sent[11] ?? ""]);
            assert.match(paused.out, /^START {3}not before \d\d:\d\d [+-]\d\d:\d\d$/m);
            const { items } = await operated.json<{ items: { start?: object | null }[] }>([
                "list",
                "--state",
                "waiting",
            ]);
            assert.equal(items.at(-1)?.start, null);
            await operated.run(["resume", "--yes"]);
            await operated.stack.pass(MINUTE);
            assert.match((await operated.run(["list"])).out, /^ +\d .* behind +~\d\d:\d\d$/m);
            assert.match((await operated.run(["status"])).out, /^ +1 .* min +~\d\d:\d\d$/m);
        } finally {
            await operated.close();
        }
    });

    it("that is done says since when", async () => {
        const operated = await Operated.open();
        try {
            await operated.stack.pass(MINUTE);
            const id = operated.stack.send({ arguments: {} });
            await operated.stack.pass(HOUR);
            const { out } = await operated.run(["why", id.slice(0, 9)]);
            assert.match(out, /^IS {6}done 5\d min ago, \d+ min after it was accepted$/m);
        } finally {
            await operated.close();
        }
    });
});
