import assert from "node:assert/strict";
import { AwsError } from "../../../embedded-aws/index.ts";
import type { Call } from "../../../embedded-aws/index.ts";
import { HOUR, MINUTE } from "../../stack/test-stack.ts";
import type { Job } from "../../stack/test-stack.ts";
import { Operated } from "./operated.ts";

interface Failed {
    readonly causes: readonly { readonly cause: string; readonly count: number; readonly example: string }[];
    readonly items: readonly {
        readonly messageId: string;
        readonly group: string;
        readonly attempts: number | null;
    }[];
    readonly shown: number;
    readonly total: number;
}

interface Retried {
    readonly changed: boolean;
    readonly items: readonly {
        readonly messageId: string;
        readonly newMessageId: string | null;
        readonly problem?: string;
    }[];
}

describe("Dead letters", () => {
    let operated: Operated;
    let isMended: boolean;
    const job: Job = (run) => {
        const number = run.arguments["--number"];
        const cause =
            number === "0" ? "TimeoutError: after 3 s" : `AccessDenied: s3://orders/${number ?? ""}`;
        return { millis: MINUTE, ...(!isMended && { end: { state: "FAILED", errorMessage: cause } }) };
    };

    beforeEach(async () => {
        isMended = false;
        operated = await Operated.open({ limit: "5", maxAttempts: "1" }, { job });
        await operated.stack.pass(MINUTE);
    });
    afterEach(() => operated.close());

    /** Sends messages that fail; returns their ids in order. */
    async function fail(many: number): Promise<string[]> {
        const sent = operated.stack.sendMany(many);
        await operated.stack.pass(10 * MINUTE);
        return sent;
    }

    /** Puts a letter into the queue. */
    function letter(group: string, cause: string, id: string): void {
        operated.call("sqs", "SendMessage", {
            QueueUrl: operated.stack.output("deadLetterQueueUrl"),
            MessageBody: '{"arguments": {}}',
            MessageGroupId: group,
            MessageDeduplicationId: id,
            MessageAttributes: { cause: { DataType: "String", StringValue: cause } },
        });
    }

    /** Refuses the guests' calls of an operation that `when` says. */
    function refuse(operation: string, when: (call: Call) => boolean): void {
        operated.stack.world.intercept((call, next) => {
            if (call.operation !== operation || call.caller.isGuest !== true || !when(call)) return next();
            throw new AwsError("ServiceUnavailable", "try later", 400);
        });
    }

    it("are listed by cause, the most frequent first", async () => {
        const sent = await fail(4);
        const { causes, items, shown, total } = await operated.json<Failed>(["failed", "--bodies"]);
        assert.deepEqual(
            causes.map(({ count, example }) => [count, example]),
            [
                [3, sent[1]],
                [1, sent[0]],
            ],
        );
        assert.match(causes[0]?.cause ?? "", /AccessDenied: s3:\/\/orders\/1/);
        assert.deepEqual(items.map(({ messageId }) => messageId).sort(), [...sent].sort());
        assert.deepEqual([shown, total], [4, 4]);
    });

    it("are listed as text that fits 80 columns", async () => {
        await fail(4);
        const { code, out } = await operated.run(["failed"]);
        assert.equal(code, 0);
        assert.match(out, /^COUNT {2}FIRST AGO/);
        assert.match(out, /^ {4}3 {2}\d+ min.*\n {4}\S+: .*AccessDenied/m);
        assert.match(out, /^4 dead letters, 2 causes\.\nSQS deletes the oldest at 2026-01-15 /m);
        for (const line of out.split("\n")) assert.ok(line.length <= 80, line);
    });

    it("are put back after a look", async () => {
        await fail(3);
        await operated.run(["failed"]);
        assert.equal((await operated.json<Failed>(["failed"])).shown, 3);
    });

    it("of one cause are listed alone", async () => {
        await fail(4);
        assert.equal((await operated.json<Failed>(["failed", "--cause", "TimeoutError"])).shown, 1);
    });

    it("that stand behind others of their group are counted", async () => {
        for (let i = 1; i <= 12; i++) operated.stack.send({ arguments: { "--number": String(i) } }, "same");
        await operated.stack.pass(HOUR);
        const { shown, total } = await operated.json<Failed>(["failed"]);
        assert.deepEqual([shown, total], [10, 12]);
        assert.match((await operated.run(["failed"])).out, /^2 more stand behind others of their group\.$/m);
    });

    it("are none in a good stack", async () => {
        assert.deepEqual(await operated.run(["failed"]), { code: 0, out: "No dead letters.\n", error: "" });
    });

    it("are shown one by one, the body only when asked for", async () => {
        const [first = ""] = await fail(1);
        const { out } = await operated.run(["failed", "show", first.slice(0, 8)]);
        assert.match(out, /^CAUSE {3}.*TimeoutError/m);
        assert.match(out, /^BODY {4}\d+ characters; --bodies shows it$/m);
        assert.match(
            (await operated.run(["failed", "show", first, "--bodies"])).out,
            /^BODY {4}\{"arguments"/m,
        );
        const { letter } = await operated.json<{ letter: object }>(["failed", "show", first]);
        assert.equal("body" in letter, false);
    });

    it("that are not there cannot be shown, with exit code 5", async () => {
        await fail(1);
        const { code, error } = await operated.run(["failed", "show", "nobody"]);
        assert.equal(code, 5);
        assert.match(error, /No dead letter begins with nobody/);
    });

    it("run again as new messages once they are sent again", async () => {
        const sent = await fail(3);
        isMended = true;
        const { code, out, error } = await operated.run(["retry", "--all", "--yes"]);
        assert.deepEqual([code, out], [0, "3 messages sent.\n"]);
        assert.match(error, /^3 dead letters of 3: .*\nEach becomes a new message at the end of the line/);
        await operated.stack.pass(10 * MINUTE);
        assert.equal((await operated.json<Failed>(["failed"])).total, 0);
        const done = operated.stack.ended.filter(({ status }) => status === "SUCCEEDED");
        assert.equal(done.length, 3);
        assert.ok(done.every(({ name }) => !sent.some((id) => name.endsWith(id))));
    });

    it("are sent again by id, by cause or all", async () => {
        const sent = await fail(4);
        isMended = true;
        const one = await operated.json<Retried>(["retry", sent[1]?.slice(0, 8) ?? "", "--yes"]);
        assert.deepEqual(
            one.items.map(({ messageId }) => messageId),
            [sent[1]],
        );
        const alike = await operated.json<Retried>(["retry", "--cause", "AccessDenied", "--yes"]);
        assert.equal(alike.items.length, 2);
        assert.equal((await operated.json<Failed>(["failed"])).total, 1);
    });

    it("that stand behind others of their group are sent again with --all, those of the cause", async () => {
        for (let i = 1; i <= 23; i++) letter("same", `AccessDenied: ${i}`, String(i));
        const { code, out, error } = await operated.run([
            "retry",
            "--all",
            "--cause",
            "AccessDenied",
            "--yes",
        ]);
        assert.deepEqual([code, out], [0, "23 messages sent.\n"]);
        assert.match(error, /^13 more stand behind others of their group, and follow\.$/m);
        assert.equal((await operated.json<Failed>(["failed"])).total, 0);
    });

    it("that stand behind others of their group stay without --all", async () => {
        for (let i = 1; i <= 12; i++) operated.stack.send({ arguments: { "--number": String(i) } }, "same");
        await operated.stack.pass(HOUR);
        const { error } = await operated.run(["retry", "--cause", "AccessDenied", "--yes"]);
        assert.match(error, /^2 more stand behind others of their group; --all takes them, too\.$/m);
        assert.equal((await operated.json<Failed>(["failed"])).total, 2);
    });

    it("are deleted for good, once their number is typed", async () => {
        const sent = await fail(3);
        const args = ["purge", "--cause", "AccessDenied"];
        const { code, out, error } = await operated.run(args, { isTerminal: true, stdin: "2\n" });
        assert.deepEqual([code, out], [0, "2 dead letters deleted.\n"]);
        assert.match(error, /^Delete 2 dead letters of 3, for good\.\n {2}2 {2}.*\nThe oldest is \d+ min/);
        assert.match(error, /They cannot be had back\. To delete them, type 2: $/);
        const { items } = await operated.json<Failed>(["failed"]);
        assert.deepEqual(
            items.map(({ messageId }) => messageId),
            [sent[0]],
        );
    });

    it("are not deleted when another number is typed, with exit code 3", async () => {
        await fail(3);
        const given = { isTerminal: true, stdin: "y\n" };
        assert.equal((await operated.run(["purge", "--all"], given)).code, 3);
        assert.equal((await operated.json<Failed>(["failed"])).shown, 3);
    });

    it("are not deleted by `purge --dry-run`", async () => {
        await fail(1);
        assert.match((await operated.run(["purge", "--all", "--dry-run"])).out, /Nothing was deleted\.\n$/);
        assert.equal((await operated.json<Failed>(["failed"])).shown, 1);
    });

    it("that come while the person decides are not deleted", async () => {
        await fail(1);
        let isFirst = true;
        operated.stack.world.intercept((call, next) => {
            if (call.operation === "DeleteMessageBatch" && isFirst) {
                isFirst = false;
                letter("late", "late", "late");
            }
            return next();
        });
        assert.equal((await operated.run(["purge", "--all", "--yes"])).code, 0);
        assert.equal((await operated.json<Failed>(["failed"])).shown, 1);
    });

    it("are named with exit code 7 if only some of them could be deleted", async () => {
        const sent = await fail(2);
        operated.stack.world.intercept((call, next) =>
            call.operation === "DeleteMessageBatch" ? { Successful: [{ Id: "0" }] } : next(),
        );
        const { code, out } = await operated.run(["purge", ...sent, "--yes"]);
        assert.equal(code, 7);
        assert.equal(out, "1 dead letter deleted. 1 could not be deleted, and are still there.\n");
    });

    it("of many causes are listed by the first of them before they are deleted", async () => {
        for (const each of "abcdefghij") letter(each, `${each}${each}: no`, each);
        const { out } = await operated.run(["purge", "--all", "--dry-run"]);
        assert.match(out, /^ {2}and 2 more causes$/m);
    });

    it("keep the sender's attributes, and none of Turnstile's", async () => {
        operated.call("sqs", "SendMessage", {
            QueueUrl: operated.stack.output("queueUrl"),
            MessageBody: '{"arguments": {}}',
            MessageGroupId: "g",
            MessageDeduplicationId: "d",
            MessageAttributes: { tenant: { DataType: "String", StringValue: "acme" } },
        });
        await operated.stack.pass(10 * MINUTE);
        let attributes: unknown;
        operated.stack.world.intercept((call, next) => {
            if (call.operation === "SendMessage")
                attributes = (call.input as { MessageAttributes?: unknown }).MessageAttributes;
            return next();
        });
        await operated.run(["retry", "--all", "--yes"]);
        assert.deepEqual(attributes, { tenant: { DataType: "String", StringValue: "acme" } });
    });

    it("are still there if they could not be sent", async () => {
        await fail(2);
        refuse("SendMessage", () => true);
        const { code, error } = await operated.run(["retry", "--all", "--yes"]);
        assert.equal(code, 1);
        assert.match(error, /No letter was sent: try later/);
        assert.equal((await operated.json<Failed>(["failed"])).shown, 2);
    });

    it("are named with exit code 7 if only some of them could be sent", async () => {
        const sent = await fail(2);
        const first = (call: Call): boolean =>
            (call.input as { MessageGroupId: string }).MessageGroupId === "g0";
        refuse("SendMessage", first);
        const { code, out } = await operated.run(["retry", "--all", "--yes"]);
        assert.equal(code, 7);
        assert.match(
            out,
            new RegExp(`^1 message sent\\.\nNot sent: ${sent[0]?.slice(0, 8) ?? "?"}: try later$`, "m"),
        );
    });

    it("run once if their deletion fails and they are sent again", async () => {
        await fail(1);
        isMended = true;
        let refusals = 1;
        refuse("DeleteMessage", () => refusals-- > 0);
        await operated.run(["retry", "--all", "--yes"]);
        assert.equal((await operated.run(["retry", "--all", "--yes"])).code, 0);
        await operated.stack.pass(10 * MINUTE);
        assert.equal(operated.stack.ended.filter(({ status }) => status === "SUCCEEDED").length, 1);
    });

    it("stay where they are after a no", async () => {
        await fail(2);
        const { code } = await operated.run(["retry", "--all"], { isTerminal: true, stdin: "n\n" });
        assert.equal(code, 3);
        assert.equal((await operated.json<Failed>(["failed"])).shown, 2);
    });

    it("stay where they are without a terminal and without --yes", async () => {
        await fail(1);
        assert.equal((await operated.run(["retry", "--all"])).code, 2);
        assert.equal((await operated.json<Failed>(["failed"])).shown, 1);
    });

    it("stay where they are with --dry-run", async () => {
        await fail(1);
        assert.match(
            (await operated.run(["retry", "--all", "--dry-run"])).out,
            /^1 dead letter of 1: .*\n.*\nNothing was sent\.$/m,
        );
        assert.equal((await operated.json<Failed>(["failed"])).shown, 1);
    });

    for (const args of [
        ["retry"],
        ["retry", "abcd", "--all"],
        ["purge"],
        ["purge", "abcd", "--cause", "x"],
    ]) {
        it(`are not guessed from \`${args.join(" ")}\`, with exit code 2`, async () => {
            assert.equal((await operated.run(args)).code, 2);
        });
    }
});
