import assert from "node:assert/strict";
import { AwsError } from "../../../embedded-aws/index.ts";
import { MINUTE } from "../../stack/test-stack.ts";
import { Operated } from "./operated.ts";

describe("turnstile cancel", () => {
    let operated: Operated;
    let sent: string[];

    beforeEach(async () => {
        operated = await Operated.open({ limit: "1" }, { job: () => ({ millis: 20 * MINUTE }) });
        await operated.stack.pass(MINUTE);
        sent = operated.stack.sendMany(2);
        await operated.stack.pass(2 * MINUTE);
    });
    afterEach(() => operated.close());

    const statusOf = async (id: string | undefined): Promise<unknown> =>
        (await operated.json<{ execution: { status: string } }>(["why", id ?? ""])).execution.status;

    it("asks the run to stop, whose slot then comes back", async () => {
        const { code, out, error } = await operated.run(["cancel", sent[0] ?? "", "--yes"]);
        assert.equal(code, 0);
        assert.match(error, /its job has a slot, attempt 1\.\nIts run is asked to stop, and keeps its slot/);
        assert.match(out, /^Stopped\. turnstile why \w{8} shows/);
        await operated.stack.pass(10 * MINUTE);
        assert.deepEqual(
            operated.stack.runs.map(({ state }) => state),
            ["STOPPED", "RUNNING"],
        );
    });

    it("keeps the job of a message in line from starting", async () => {
        const { error } = await operated.run(["cancel", sent[1] ?? "", "--yes"]);
        assert.match(error, /: 1\. in line, attempt 1\.\nIts job does not start\./);
        await operated.stack.pass(60 * MINUTE);
        assert.equal(operated.stack.runs.length, 1);
    });

    it("puts the message into the dead-letter queue, with who did it and why", async () => {
        await operated.run(["cancel", sent[1] ?? "", "--yes", "--by", "ana", "--reason", "wrong month"]);
        await operated.stack.pass(10 * MINUTE);
        const { items } = await operated.json<{ items: { messageId: string; cause: string }[] }>(["failed"]);
        assert.equal(items[0]?.messageId, sent[1]);
        assert.match(items[0]?.cause ?? "", /Cancelled: cancelled by ana: wrong month/);
    });

    it("does nothing twice", async () => {
        await operated.run(["cancel", sent[1] ?? "", "--yes"]);
        const { code, out } = await operated.run(["cancel", sent[1] ?? "", "--yes"]);
        assert.equal(code, 0);
        assert.match(out, /^Its execution is ABORTED already; the reaper puts/);
        await operated.stack.pass(10 * MINUTE);
        assert.match(
            (await operated.run(["cancel", sent[1] ?? "", "--yes"])).out,
            /has ended: it is in the dead-letter queue/,
        );
    });

    it("changes nothing with --dry-run", async () => {
        const { out } = await operated.run(["cancel", sent[1] ?? "", "--dry-run"]);
        assert.match(out, /Nothing was changed\.$/m);
        assert.equal(await statusOf(sent[1]), "RUNNING");
    });

    it("changes nothing after a no, with exit code 3", async () => {
        const { code } = await operated.run(["cancel", sent[1] ?? ""], { isTerminal: true, stdin: "no\n" });
        assert.deepEqual([code, await statusOf(sent[1])], [3, "RUNNING"]);
    });

    it("changes nothing without a terminal and without --yes, with exit code 2", async () => {
        const { code } = await operated.run(["cancel", sent[1] ?? ""]);
        assert.deepEqual([code, await statusOf(sent[1])], [2, "RUNNING"]);
    });

    it("takes a message out of the line for good with --drop", async () => {
        const { code, error } = await operated.run(["cancel", sent[1] ?? "", "--drop", "--yes"]);
        assert.equal(code, 0);
        assert.match(error, /The message ends as cancelled\. It leaves no dead letter/);
        await operated.stack.pass(60 * MINUTE);
        assert.equal(operated.stack.runs.length, 1);
        assert.equal(operated.stack.deadLetters().length, 0);
        assert.deepEqual(operated.stack.item("jobs", `job#${sent[1] ?? ""}`)?.["outcome"], {
            S: "cancelled",
        });
        assert.equal(operated.stack.execution(sent[1] ?? "")?.status, "ABORTED");
    });

    it("says of a message that was dropped that it was cancelled", async () => {
        await operated.run(["cancel", sent[1] ?? "", "--drop", "--yes", "--by", "ana"]);
        await operated.stack.pass(MINUTE);
        const { out } = await operated.run(["why", sent[1] ?? ""]);
        assert.match(out, /^IS {6}cancelled .* ago.*\nCAUSE {3}Cancelled: cancelled by ana$/m);
        assert.doesNotMatch(out, /turnstile failed/);
        const again = await operated.run(["cancel", sent[1] ?? "", "--drop", "--yes"]);
        assert.match(again.out, /has ended: it was cancelled\.$/m);
    });

    it("drops no message that has a slot, with exit code 3", async () => {
        const { code, out } = await operated.run(["cancel", sent[0] ?? "", "--drop", "--yes"]);
        assert.equal(code, 3);
        assert.match(out, /is not in line now\. Try again later, or without --drop\./);
        assert.equal(await statusOf(sent[0]), "RUNNING");
    });

    it("drops no message that was woken just now, with exit code 3", async () => {
        operated.stack.world.intercept((call, next) => {
            if (call.operation !== "SendTaskFailure") return next();
            throw new AwsError("TaskTimedOut", "Task Timed Out", 400);
        });
        const { code, error } = await operated.run(["cancel", sent[1] ?? "", "--drop", "--yes"]);
        assert.equal(code, 3);
        assert.match(error, /It has left the line just now\. Nothing was changed\./);
        assert.equal(operated.stack.item("jobs", `job#${sent[1] ?? ""}`)?.["ended"], undefined);
    });

    it("leaves a message in line whose row changed meanwhile", async () => {
        operated.stack.world.intercept((call, next) => {
            if (call.operation !== "UpdateItem" || call.caller.isGuest !== true) return next();
            throw new AwsError("ConditionalCheckFailedException", "The conditional request failed", 400);
        });
        assert.equal((await operated.run(["cancel", sent[1] ?? "", "--drop", "--yes"])).code, 3);
        await operated.stack.pass(60 * MINUTE);
        assert.equal(operated.stack.runs.length, 2);
    });

    it("runs no job of a dropped message whose execution could not be stopped", async () => {
        operated.stack.world.intercept((call, next) => {
            if (call.operation !== "StopExecution") return next();
            throw new AwsError("AccessDeniedException", "not authorized", 400);
        });
        assert.equal((await operated.run(["cancel", sent[1] ?? "", "--drop", "--yes"])).code, 4);
        await operated.stack.pass(60 * MINUTE);
        assert.equal(operated.stack.runs.length, 1);
        assert.equal(operated.stack.execution(sent[1] ?? "")?.error, "MessageAlreadyEnded");
    });

    it("does not know a message that was never accepted, with exit code 5", async () => {
        assert.equal((await operated.run(["cancel", "00000000", "--yes"])).code, 5);
    });
});
