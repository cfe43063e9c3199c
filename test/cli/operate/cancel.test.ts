import assert from "node:assert/strict";
import { AwsError } from "../../../embedded-aws/index.ts";
import { MINUTE, SECOND } from "../../stack/test-stack.ts";
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
        const { items } = await operated.json<{ items: { messageId: string; cause: string }[] }>([
            "failed",
            "--bodies",
        ]);
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
        assert.equal(operated.stack.execution(sent[1] ?? "")?.error, "Cancelled");
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

    it("runs no job of a dropped message though the dispatcher is silent, a slot is free and its execution cannot be stopped", async () => {
        const { stack } = operated;
        stack.world.intercept((call, next) => {
            if (call.caller.sourceArn?.includes("dispatcher") !== true) return next();
            throw new AwsError("InternalServerError", "down", 500);
        });
        await stack.pass(10 * MINUTE);
        await operated.run(["cancel", sent[0] ?? "", "--yes"]);
        stack.world.intercept((call, next) => {
            if (call.operation !== "StopExecution") return next();
            throw new AwsError("AccessDeniedException", "not authorized", 400);
        });
        // The reaper has freed the slot, and not swept yet: nobody has woken the next one.
        await stack.pass(30 * SECOND);
        assert.deepEqual(stack.gate("jobs")?.holders, {});
        await operated.run(["cancel", sent[1] ?? "", "--drop", "--yes"]);
        await stack.pass(60 * MINUTE);
        assert.equal(stack.runs.length, 1);
    });

    it("says of a message that was dropped just now that its row is yet to be closed", async () => {
        operated.stack.world.intercept((call, next) => {
            if (call.caller.sourceArn?.includes("reaper") !== true) return next();
            throw new AwsError("InternalServerError", "down", 500);
        });
        await operated.run(["cancel", sent[1] ?? "", "--drop", "--yes"]);
        await operated.stack.pass(SECOND);
        const again = await operated.run(["cancel", sent[1] ?? "", "--drop", "--yes"]);
        assert.equal(again.code, 0);
        assert.match(again.out, /^It was taken out of the line already; the reaper closes its row\.$/m);
    });

    it("does not know a message that was never accepted, with exit code 5", async () => {
        assert.equal((await operated.run(["cancel", "00000000", "--yes"])).code, 5);
    });
});
