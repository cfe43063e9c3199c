import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { Readable } from "node:stream";
import { readMessages } from "../../../cli/run/message-source.ts";
import type { MessageSource } from "../../../cli/run/message-source.ts";

describe("The source of a run's messages", () => {
    let directory = "";

    before(() => (directory = mkdtempSync(path.join(tmpdir(), "turnstile-"))));
    after(() => rmSync(directory, { recursive: true, force: true }));

    function read(messages: string, stdin = ""): Promise<MessageSource> {
        return readMessages({ messages }, directory, Readable.from([Buffer.from(stdin)]));
    }

    it("is a file in the caller's directory", async () => {
        writeFileSync(
            path.join(directory, "jobs.jsonl"),
            '{"body":{"arguments":{"--day":"1"}},"group":"g"}\n',
        );
        const { messages, name, total } = await read("jobs.jsonl");
        assert.deepEqual({ name, total }, { name: "jobs.jsonl", total: 1 });
        assert.deepEqual(
            [...messages].map(({ group }) => group),
            ["g"],
        );
    });

    it("calls a message by its line in the file, counting wrong lines", async () => {
        const { label } = await read("-", '{\n{"body":{"arguments":{}}}\n');
        assert.equal(label(0), "line 2");
    });

    it("calls a message by its month in the example", async () => {
        const { label } = await readMessages({}, directory, process.stdin);
        assert.equal(label(47), "2015-12");
    });

    it("calls a message by its number where messages are generated", async () => {
        const { label } = await readMessages({ count: 3 }, directory, process.stdin);
        assert.equal(label(2), "message 3");
    });

    it("that does not exist is refused with the path that was tried", async () => {
        const tried = path.join(directory, "none.jsonl");
        await assert.rejects(read("none.jsonl"), {
            name: "MessagesError",
            message: `cannot read none.jsonl: ${tried} does not exist`,
        });
    });

    it("that is a directory is refused", async () => {
        await assert.rejects(read("."), { message: "cannot read .: it is a directory" });
    });

    it("that cannot be read is refused with the system's reason", async () => {
        writeFileSync(path.join(directory, "file"), "");
        await assert.rejects(read("file/below"), { message: /^cannot read file\/below: ENOTDIR/ });
    });
});
