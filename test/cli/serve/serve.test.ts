import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { ExecuteStatementCommand, GetItemCommand } from "@aws-sdk/client-dynamodb";
import { ListExecutionsCommand } from "@aws-sdk/client-sfn";
import {
    GetQueueAttributesCommand,
    ListQueuesCommand,
    SendMessageCommand,
    SQSClient,
} from "@aws-sdk/client-sqs";
import { readyText } from "../../../cli/serve/ready.ts";
import { runTurnstile } from "../command-line.ts";
import { Served } from "./served.ts";

describe("turnstile serve", () => {
    let served: Served;

    before(async () => {
        // A job of some minutes ends within a fraction of a second.
        served = await Served.start(["--speed", "10000"]);
    });
    after(async () => {
        await served.stop();
    });

    describe("at its end", () => {
        it("ends although a question on its page is open", async () => {
            const { queueUrl: QueueUrl, deadLetterQueueUrl } = served.ready.operator;
            const MessageBody = '{"arguments": {"--month": "no month"}}';
            await served.sqs.send(new SendMessageCommand({ QueueUrl, MessageGroupId: "g", MessageBody }));
            const count = new GetQueueAttributesCommand({
                QueueUrl: deadLetterQueueUrl,
                AttributeNames: ["ApproximateNumberOfMessages"],
            });
            while ((await served.sqs.send(count)).Attributes?.["ApproximateNumberOfMessages"] !== "1");
            const { origin, hash } = new URL(served.ready.page);
            const headers = { "x-turnstile-token": hash.slice(1), "content-type": "application/json" };
            const ask = async <T>(path: string, body: object): Promise<T> => {
                const request = { method: "POST", headers, body: JSON.stringify(body) };
                return (await (await fetch(`${origin}${path}`, request)).json()) as T;
            };
            const { items } = await ask<{ items: { messageId: string }[] }>("/api/letters", {});
            const ids = items.map(({ messageId }) => messageId);
            const { question } = await ask<{ question?: string }>("/api/change", { command: "retry", ids });
            assert.ok(question);
            assert.equal((await served.stop()).code, 130);
        });

        it("takes its file away", async () => {
            await served.stop();
            assert.equal(existsSync(served.ready.env["TURNSTILE_OPERATOR"] ?? ""), false);
        });

        it("exits with the code of the signal", async () => {
            const { code, error } = await served.stop();
            assert.deepEqual([code, error], [130, ""]);
        });
    });

    it("runs the job of a message that an SDK client sends", async () => {
        const { queueUrl: QueueUrl, stateMachineArn } = served.ready.operator;
        await served.sqs.send(
            new SendMessageCommand({ QueueUrl, MessageGroupId: "g", MessageBody: '{"arguments": {}}' }),
        );
        const succeeded = new ListExecutionsCommand({ stateMachineArn, statusFilter: "SUCCEEDED" });
        while ((await served.sfn.send(succeeded)).executions?.length !== 1);
    });

    for (const command of documented()) {
        it(`is where \`turnstile ${command.join(" ")}\` works, as docs/run-locally.md shows it`, async () => {
            const { env } = served.ready;
            // The SDK reads the variable of its own process, which is this one here.
            const there = ["--endpoint-url", env["AWS_ENDPOINT_URL"] ?? ""];
            const { code, error } = await runTurnstile([...command, ...there], { env });
            assert.equal(code, 0, error);
        });
    }

    it("prints what a terminal needs to reach it", () => {
        const { env, format } = served.ready;
        assert.equal(format, "turnstile.serve/1.0");
        assert.match(env["AWS_ENDPOINT_URL"] ?? "", /^http:\/\/127\.0\.0\.1:\d+$/);
        assert.equal(env["AWS_DEFAULT_REGION"], "us-east-1");
    });

    it("has addresses of its own in the operator output", () => {
        const { operator, env } = served.ready;
        const url = env["AWS_ENDPOINT_URL"] ?? "?";
        assert.ok(operator["queueUrl"]?.startsWith(url));
        assert.ok(operator["deadLetterQueueUrl"]?.startsWith(url));
    });

    it("keeps the operator output in a file while it runs", () => {
        const file = served.ready.env["TURNSTILE_OPERATOR"] ?? "";
        assert.deepEqual(JSON.parse(readFileSync(file, "utf8")), served.ready.operator);
    });

    it("outlives a call of an operation that the embedded AWS lacks", async () => {
        await assert.rejects(served.dynamodb.send(new ExecuteStatementCommand({ Statement: "SELECT" })), {
            name: "UnsupportedError",
            message: "The embedded AWS does not have the operation dynamodb:ExecuteStatement.",
        });
        const { deadLetterQueueUrl: QueueUrl } = served.ready.operator;
        await served.sqs.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ["All"] }));
    });

    it("gives its time in the answers", async () => {
        const command = new GetItemCommand({
            TableName: served.ready.operator["tableName"],
            Key: { poolName: { S: "jobs" }, entry: { S: "gate" } },
        });
        let date = "";
        command.middlewareStack.add(
            (next) => async (args) => {
                const result = await next(args);
                const { headers } = result.response as { headers: Record<string, string> };
                date = headers["date"] ?? "";
                return result;
            },
            { step: "deserialize" },
        );
        const { Item } = await served.dynamodb.send(command);
        const seen = Date.parse(Item?.["dispatcherSeen"]?.S ?? "");
        // The dispatcher looks every minute, by the same clock.
        assert.ok(
            Date.parse(date) - seen < 180_000,
            `${date}, but the dispatcher was seen at ${new Date(seen).toJSON()}`,
        );
    });

    it("refuses a key that is not its own", async () => {
        const { AWS_ENDPOINT_URL: endpoint = "", AWS_REGION: region = "" } = served.ready.env;
        const credentials = { accessKeyId: "AKIAIOSFODNN7EXAMPLE", secretAccessKey: "any" };
        const stranger = new SQSClient({ endpoint, region, credentials });
        await assert.rejects(stranger.send(new ListQueuesCommand()), { name: "UnrecognizedClientException" });
        stranger.destroy();
    });

    it("refuses a page in a browser", async () => {
        const url = served.ready.env["AWS_ENDPOINT_URL"] ?? "";
        const response = await fetch(url, { method: "POST", headers: { origin: "http://localhost:3000" } });
        assert.equal(response.status, 403);
    });

    it("shows its stack on a page, to who has the page's address", async () => {
        const { origin, hash } = new URL(served.ready.page);
        const look = (token: string): Promise<Response> =>
            fetch(`${origin}/api/pool`, { headers: { "x-turnstile-token": token } });
        const { data } = (await (await look(hash.slice(1))).json()) as { data: { limit: number } };
        assert.equal(data.limit, 3);
        assert.equal((await look("guessed")).status, 401);
    });

    it("says in text what to paste", () => {
        const operator = {
            limit: 3,
            queueUrl: "http://127.0.0.1:4577/123456789012/turnstile-queue-ea5d32c.fifo",
        };
        const options = { stack: "dev", speed: 60, seed: 1, port: 4577, json: false };
        const ready = {
            url: "http://127.0.0.1:4577",
            region: "us-east-1",
            keys: { accessKeyId: "LOCAL0123456789ABCDEF0123", secretAccessKey: "f".repeat(40) },
            operator,
            file: "/a b/o'c.json",
            options,
            page: `http://127.0.0.1:65535/#${"k".repeat(43)}`,
        };
        const lines = readyText(ready).split("\n");
        assert.equal(lines[0], "Turnstile · stack dev · us-east-1 · limit 3 · 60 times real time");
        assert.ok(lines.includes("  export AWS_ENDPOINT_URL=http://127.0.0.1:4577"));
        assert.ok(lines.includes(`  ${ready.page}`));
        assert.ok(lines.includes("  export TURNSTILE_OPERATOR='/a b/o'\\''c.json'"));
        for (const line of lines) assert.ok(line.length <= 80, line);
    });

    it("says which port is taken", async () => {
        const server = createServer();
        await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
        const { port } = server.address() as AddressInfo;
        const directory = mkdtempSync(path.join(tmpdir(), "turnstile-"));
        const jobs = ["--exec", "true", "--output", directory];
        const { code, error } = await runTurnstile(["serve", "--port", String(port), ...jobs]);
        server.close();
        rmSync(directory, { recursive: true });
        assert.equal(code, 1);
        assert.match(
            error,
            new RegExp(`^turnstile: Port ${port} of 127\\.0\\.0\\.1 is taken.*\\n.*--port 0`),
        );
    });

    const wrong: readonly (readonly [readonly string[], RegExp])[] = [
        [["--speed", "0"], /above 0 and up to 10000/],
        [["--speed", "max"], /above 0/],
        [["--port", "70000"], /from 0 to 65535/],
        [["--limit", "1001"], /from 0 to 1000/],
        [
            ["--exec", "true", "--speed", "2"],
            /^turnstile: --exec does not go with --speed: .*: leave out --speed\n$/,
        ],
        [
            ["--exec", "true", "--state", "kept"],
            /^turnstile: --exec does not go with --state: .*: leave out --state, or let the jobs be modelled without --exec\n$/,
        ],
    ];
    for (const [args, expected] of wrong) {
        it(`refuses \`${args.join(" ")}\` with exit code 2`, async () => {
            const { code, error } = await runTurnstile(["serve", ...args]);
            assert.equal(code, 2);
            assert.match(error, expected);
        });
    }

    it("says that there is no such stack", async () => {
        const { code, error } = await runTurnstile(["serve", "--stack", "nowhere"]);
        assert.equal(code, 5);
        assert.match(error, /^turnstile: There is no stack 'nowhere'/);
    });
});

/** The commands of docs/run-locally.md that look after a stack that is served. */
function documented(): string[][] {
    const page = readFileSync(path.join(import.meta.dirname, "../../../docs/run-locally.md"), "utf8");
    const [, shown = ""] = page.split("## Keep it running");
    const commands = [...shown.matchAll(/^npm run turnstile -- (?!serve)(.*)$/gm)].map(
        ([, command = ""]) => command,
    );
    return commands.map((command) =>
        (command.match(/"[^"]*"|\S+/g) ?? []).map((word) => word.replaceAll('"', "")),
    );
}
