import assert from "node:assert/strict";
import {
    appendFileSync,
    cpSync,
    existsSync,
    mkdirSync,
    mkdtempSync,
    readFileSync,
    rmSync,
    statSync,
    writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { ListExecutionsCommand } from "@aws-sdk/client-sfn";
import { SendMessageCommand } from "@aws-sdk/client-sqs";
import { openStack } from "../../../cli/run/stack.ts";
import type { Stack } from "../../../cli/run/stack.ts";
import { DEFAULT_SEED } from "../../../cli/serve/options.ts";
import { StateFiles } from "../../../cli/serve/state/files.ts";
import { decode, encode } from "../../../cli/serve/state/lines.ts";
import { State } from "../../../cli/serve/state/state.ts";
import { kept, timedRuns } from "../../../embedded-aws/index.ts";
import type { Caller, PastCall, RecordedProgram, ServiceName } from "../../../embedded-aws/index.ts";
import { MINUTE, recorded } from "../../stack/test-stack.ts";
import { Served } from "./served.ts";

const GUEST: Caller = { principal: "user", isGuest: true };
const START = Date.UTC(2026, 0, 1);
const VERSION = "1.2.3";

let temporary: string;
let folders = 0;
const folder = (): string => path.join(temporary, String(++folders));

describe("the state of turnstile serve", () => {
    let program: RecordedProgram;

    before(async () => {
        temporary = mkdtempSync(path.join(tmpdir(), "turnstile-"));
        program = await recorded();
    });
    after(() => {
        rmSync(temporary, { recursive: true });
    });

    describe("after a crash", () => {
        /** When clients call, in minutes, and what: jobs that take longer than the pauses between the calls. */
        const calls = [0, 1, 1, 3, 8.5, 12, 12, 13];
        let whole: string;
        /** Copies of the folder, as a crash after so many calls would leave it. */
        const images: string[] = [];

        before(async () => {
            const stack = await KeptStack.open(folder(), program);
            for (const [i, at] of calls.entries()) {
                await stack.send(START + at * MINUTE, i);
                images.push(stack.copy());
            }
            whole = await stack.end(START + 60 * MINUTE);
        });

        for (const [done, when] of [
            [1, "the first call"],
            [4, "a call while jobs run"],
            [8, "the last call"],
        ] as const) {
            it(`goes on as if there had been none, after ${when}`, async () => {
                const stack = await KeptStack.open(copyOf(images[done - 1] ?? ""), program);
                for (const [i, at] of calls.entries())
                    if (i >= done) await stack.send(START + at * MINUTE, i);
                assert.equal(await stack.end(START + 60 * MINUTE), whole);
            });
        }

        it("has done everything that was asked for", () => {
            const { runs } = JSON.parse(whole) as { runs: { JobRunState: string }[] };
            assert.deepEqual(
                runs.map(({ JobRunState }) => JobRunState),
                calls.map(() => "SUCCEEDED"),
            );
        });

        it("drops half a line at the end, to which nobody got an answer", async () => {
            const image = copyOf(images[1] ?? "");
            appendFileSync(path.join(image, "journal.jsonl"), '{"call":{"time":17');
            const stack = await KeptStack.open(image, program);
            await stack.send(START + 20 * MINUTE, 9);
            stack.state.close();
            const lines = readFileSync(path.join(image, "journal.jsonl"), "utf8").trim().split("\n");
            assert.deepEqual(
                lines.map((line) => decode(line) !== undefined),
                [true, true, true],
            );
        });

        it("names the line that is damaged", async () => {
            const directory = copyOf(images[4] ?? "");
            const file = path.join(directory, "journal.jsonl");
            writeFileSync(file, readFileSync(file, "utf8").replace('\n{"call"', '\n{"cal'));
            await assert.rejects(KeptStack.open(directory, program), {
                message: /journal\.jsonl:2 is no line/,
            });
        });

        it("refuses to go on where a call is answered otherwise than it was", async () => {
            const directory = copyOf(images[5] ?? "");
            const file = path.join(directory, "journal.jsonl");
            const before = readFileSync(file, "utf8").replace(/"answer":"\w+"/, '"answer":"0"');
            writeFileSync(file, before);
            await assert.rejects(KeptStack.open(directory, program), {
                message:
                    /sqs:SendMessage at 2026-01-01T00:00:00.* is answered otherwise now.*Turnstile 1\.2\.3/,
            });
            assert.equal(readFileSync(file, "utf8"), before);
        });
    });

    it("changes the kept stack as the program has changed", async () => {
        const first = await KeptStack.open(folder(), program);
        await first.send(START, 1);
        first.state.close();
        const second = await KeptStack.open(first.state.directory, await recorded({ limit: "7" }));
        second.state.close();
        const third = await KeptStack.open(first.state.directory, await recorded({ limit: "7" }));
        assert.equal(third.limit(), "7");
    });

    it("keeps no call that only looks", async () => {
        const stack = await KeptStack.open(folder(), program);
        await stack.call(START, "sqs", "GetQueueUrl", { QueueName: stack.queueName });
        await stack.call(START, "dynamodb", "Scan", { TableName: program.outputs["tableName"] });
        assert.equal(readFileSync(path.join(stack.state.directory, "journal.jsonl"), "utf8"), "");
    });

    it("goes on from the time of the last answer, also of one to a look", async () => {
        const stack = await KeptStack.open(folder(), program);
        await stack.call(START + MINUTE, "sqs", "GetQueueUrl", { QueueName: stack.queueName });
        stack.state.close();
        const next = await KeptStack.open(stack.state.directory, program);
        assert.equal(next.stack.world.clock.now(), START + MINUTE);
    });

    it("ends the run when a call cannot be kept", async () => {
        const stack = await KeptStack.open(folder(), program);
        stack.state.close();
        const { world } = stack.stack;
        const purge = { service: "sqs", operation: "PurgeQueue", caller: GUEST } as const;
        const input = { QueueUrl: program.outputs["queueUrl"] };
        world.clock.post(() => {
            kept(world, { ...purge, input }, stack.state.journal).catch(() => undefined);
        });
        await assert.rejects(world.clock.run(), { code: "EBADF" });
    });

    it("is of one process at a time", () => {
        const directory = folder();
        new StateFiles(directory).close();
        writeFileSync(path.join(directory, "lock"), String(process.ppid));
        assert.throws(() => new StateFiles(directory), {
            message: `The state in ${directory} is in use by process ${process.ppid}.`,
        });
    });

    it("is taken over from a process that has ended", () => {
        const directory = folder();
        new StateFiles(directory).close();
        writeFileSync(path.join(directory, "lock"), "4194305");
        assert.doesNotThrow(() => new StateFiles(directory));
    });

    it("says that a folder has something else in it", () => {
        const directory = folder();
        new StateFiles(directory).close();
        writeFileSync(path.join(directory, "stack.json"), "{}");
        assert.throws(() => new StateFiles(directory), {
            message: /format '\?', expected turnstile\.state\/1\.0/,
        });
        assert.equal(existsSync(path.join(directory, "lock")), false);
    });

    it("says that a folder cannot be made where Node's own way never ends", function () {
        if (process.platform !== "linux") this.skip();
        assert.throws(() => new StateFiles("/proc/x"), {
            message: /^The state in \/proc\/x cannot be used: /,
        });
    });

    it("says that a folder cannot be made", () => {
        const directory = path.join(import.meta.filename, "state");
        assert.throws(() => new StateFiles(directory), {
            message: `The state in ${directory} cannot be used: a part of its path is a file.`,
        });
    });

    it("is readable by its owner alone, also in a folder that was there already", async function () {
        if (process.platform === "win32") this.skip();
        const directory = folder();
        mkdirSync(directory, { mode: 0o755 });
        const { state } = await KeptStack.open(directory, program);
        state.close();
        for (const file of ["stack.json", "journal.jsonl"])
            assert.equal(statSync(path.join(directory, file)).mode & 0o077, 0, file);
    });

    it("says that it is a file where a folder should be", () => {
        const file = import.meta.filename;
        assert.throws(() => new StateFiles(file), {
            message: `The state in ${file} cannot be used: it is a file.`,
        });
    });

    it("keeps its seed, and refuses another", async () => {
        const first = await KeptStack.open(folder(), program);
        first.state.close();
        const state = new State(first.state.directory, VERSION);
        assert.equal(state.seed(DEFAULT_SEED), 1);
        assert.throws(() => state.seed(2), { message: /it began with --seed 1, not 2/ });
    });

    it("keeps bytes and dates of a call's input", () => {
        const input = { Key: { k: { B: new Uint8Array([0, 255]) } }, at: new Date(0), not: undefined };
        const call: PastCall = { time: 0.25, after: 1, service: "dynamodb", operation: "PutItem", input };
        assert.deepEqual(decode(encode({ call })), { call });
    });

    it("outlives a restart of the command", async () => {
        const state = ["--state", folder(), "--speed", "600"];
        const first = await Served.start(state);
        const { queueUrl: QueueUrl } = first.ready.operator;
        const message = { QueueUrl, MessageGroupId: "g", MessageBody: '{"arguments": {}}' };
        const { MessageId } = await first.sqs.send(new SendMessageCommand(message));
        await first.stop();
        const second = await Served.start(state);
        const { stateMachineArn } = second.ready.operator;
        const { executions = [] } = await second.sfn.send(new ListExecutionsCommand({ stateMachineArn }));
        await second.stop();
        const names = executions.map(({ name = "" }) => name);
        assert.ok(
            names.some((name) => name.includes(MessageId ?? "?")),
            names.join(),
        );
    });
});

function copyOf(directory: string): string {
    const to = folder();
    cpSync(directory, to, { recursive: true });
    return to;
}

/** A stack that is kept, on a clock that jumps. */
class KeptStack {
    readonly stack: Stack;
    readonly state: State;
    private readonly program: RecordedProgram;

    private constructor(stack: Stack, state: State, program: RecordedProgram) {
        this.stack = stack;
        this.state = state;
        this.program = program;
    }

    static async open(directory: string, program: RecordedProgram): Promise<KeptStack> {
        const state = new State(directory, VERSION, () => 0);
        const began = state.beginning({ seed: 1, start: START, program });
        const stack = await openStack(began.program, {
            limit: 1000,
            seed: began.seed,
            clock: { start: began.start },
            model: "aws",
            sdk: false,
            jobs: (clock) => timedRuns(clock, () => 5 * MINUTE),
            warn: (text) => assert.fail(text),
        });
        await state.resume(stack.world, program, GUEST);
        return new KeptStack(stack, state, program);
    }

    get queueName(): string {
        return String(this.program.outputs["queueUrl"]).split("/").at(-1) ?? "";
    }

    send(at: number, number: number): Promise<unknown> {
        const MessageBody = JSON.stringify({ arguments: { "--number": String(number) } });
        const QueueUrl = this.program.outputs["queueUrl"];
        return this.call(at, "sqs", "SendMessage", {
            QueueUrl,
            MessageGroupId: `g${number % 3}`,
            MessageBody,
        });
    }

    /** A call that comes from outside at this time. */
    async call(at: number, service: ServiceName, operation: string, input: object): Promise<unknown> {
        const { world } = this.stack;
        await world.clock.catchUp(at);
        let answer: Promise<unknown> | undefined;
        world.clock.post(() => {
            answer = kept(world, { service, operation, input, caller: GUEST }, this.state.journal);
        });
        await world.clock.catchUp(at);
        return answer;
    }

    copy(): string {
        return copyOf(this.state.directory);
    }

    /** Everything that can be seen at this time. */
    async end(at: number): Promise<string> {
        const { world } = this.stack;
        await world.clock.catchUp(at);
        this.state.close();
        const look = (service: ServiceName, operation: string, input: object): unknown =>
            world.call(service, operation, input, GUEST);
        const { tableName, queueUrl, stateMachineArn, jobName } = this.program.outputs;
        return JSON.stringify({
            table: look("dynamodb", "Scan", { TableName: tableName }),
            queue: look("sqs", "GetQueueAttributes", { QueueUrl: queueUrl, AttributeNames: ["All"] }),
            executions: look("states", "ListExecutions", { stateMachineArn }),
            runs: (look("glue", "GetJobRuns", { JobName: jobName }) as { JobRuns: object[] }).JobRuns,
        });
    }

    /** The limit in the table's settings. */
    limit(): string {
        const { tableName } = this.program.outputs;
        const { Items } = this.stack.world.call("dynamodb", "Scan", { TableName: tableName }, GUEST) as {
            Items: Record<string, { S?: string; N?: string }>[];
        };
        return Items.find(({ entry }) => entry?.S === "settings")?.["limit"]?.N ?? "?";
    }
}
