import assert from "node:assert/strict";
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

    it("does not know a message that was never accepted, with exit code 5", async () => {
        assert.equal((await operated.run(["cancel", "00000000", "--yes"])).code, 5);
    });
});
