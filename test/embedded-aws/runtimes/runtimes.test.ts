import assert from "node:assert/strict";
import { existsSync, readFileSync, rmSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { CallerCrash } from "../../../embedded-aws/crash.ts";
import type { ClockOffset } from "../../../embedded-aws/runtimes/clock-offset.ts";
import { KEPT_UNUSED, unpack } from "../../../embedded-aws/runtimes/bundle.ts";
import { DirectRuntime } from "../../../embedded-aws/runtimes/direct.ts";
import { SdkRuntime } from "../../../embedded-aws/runtimes/sdk.ts";
import { LambdaFunction } from "../../../embedded-aws/services/lambda/function.ts";
import type {
    FunctionRuntime,
    InvocationContext,
    InvocationResult,
} from "../../../embedded-aws/services/lambda/runtime.ts";
import { AwsError } from "../../../embedded-aws/service.ts";
import { FakeWorld } from "../fake-world.ts";
import { platform } from "../mini-platform.ts";

const worker = readFileSync(new URL("../fixtures/mini/worker.mjs", import.meta.url), "utf8");

const TRACE = "Root=1-69557b00-0123456789abcdef01234567;Parent=0123456789abcdef;Sampled=0;Lineage=01234567:1";

/** A world whose table counts, as the small program's function asks it to. */
class CountingWorld extends FakeWorld {
    readonly counts = new Map<string, number>();
    fault: (() => void) | undefined;

    constructor() {
        super();
        this.fake("dynamodb", {
            UpdateItem: (input: { Key: { key: { S: string } }; ConditionExpression?: string }) => {
                this.fault?.();
                const key = input.Key.key.S;
                const count = (this.counts.get(key) ?? 0) + 1;
                if (input.ConditionExpression) {
                    throw new AwsError(
                        "ConditionalCheckFailedException",
                        "The conditional request failed",
                        400,
                        {
                            Item: { count: { N: String(count - 1) } },
                        },
                    );
                }
                this.counts.set(key, count);
                return { Attributes: { key: { S: key }, count: { N: String(count) } } };
            },
        });
    }
}

function functionOf(world: FakeWorld, code = worker, timeoutSeconds = 10): LambdaFunction {
    return new LambdaFunction({
        arn: world.arn("lambda", "function:worker"),
        name: "worker",
        description: undefined,
        roleArn: world.arn("iam", "role/worker"),
        runtime: "nodejs24.x",
        handler: "index.handler",
        timeoutSeconds,
        memorySize: 128,
        environment: { TABLE: "store", QUEUE_URL: "https://sqs.eu-west-1.amazonaws.com/123456789012/work" },
        files: { "index.mjs": code },
        handlerFile: "index.mjs",
        logGroup: "/aws/lambda/worker",
        reservedConcurrency: undefined,
        deadLetterArn: undefined,
        keyArn: undefined,
    });
}

function contextOf(
    world: FakeWorld,
    requestId = "request-1",
): InvocationContext & { end(): void; lines: string[] } {
    let isOver = false;
    const lines: string[] = [];
    const deadline = world.clock.now() + 10_000;
    return {
        requestId,
        traceHeader: TRACE,
        functionName: "worker",
        functionArn: world.arn("lambda", "function:worker"),
        deadline,
        remainingMillis: () => deadline - world.clock.now(),
        isOver: () => isOver,
        sleep: (milliseconds) =>
            new Promise((resolve) => {
                world.clock.after(milliseconds, resolve);
            }),
        lines,
        log: (line) => void lines.push(line),
        metrics: () => undefined,
        end: () => {
            isOver = true;
        },
    };
}

const platformless = `export const handler = async (event, context) => {
    if (event.hang) await new Promise(() => {});
    if (event.exit !== undefined) process.exit(event.exit);
    if (event.text) throw event.text;
    return { env: process.env, left: context.getRemainingTimeInMillis(), date: new Date().toISOString() };
};
export const create = () => handler;`;

for (const [kind, make] of [
    [
        "direct",
        (world: FakeWorld, clockOffset?: ClockOffset) => new DirectRuntime(world, { platform, clockOffset }),
    ],
    ["sdk", (world: FakeWorld, clockOffset?: ClockOffset) => new SdkRuntime(world, { clockOffset })],
] as const) {
    describe(`functions with ${kind} clients`, function () {
        let world: CountingWorld;
        let runtime: FunctionRuntime & { close(): Promise<void> | void };

        beforeEach(() => {
            world = new CountingWorld();
            runtime = make(world);
        });

        afterEach(async () => {
            await runtime.close();
        });

        async function run(event: unknown, fn = functionOf(world)): Promise<InvocationResult> {
            await runtime.load(fn);
            return runtime.invoke(fn, event, contextOf(world));
        }

        it("call the services, as the function, under its role, with the trace header of the invocation", async () => {
            await run({ key: "a" });
            assert.deepEqual(
                world.calls.map(({ service, operation, caller }) => ({ service, operation, caller })),
                [
                    {
                        service: "dynamodb",
                        operation: "UpdateItem",
                        caller: {
                            principal: "lambda.amazonaws.com",
                            roleArn: world.arn("iam", "role/worker"),
                            sourceArn: world.arn("lambda", "function:worker"),
                            traceHeader: TRACE,
                        },
                    },
                ],
            );
        });

        it("have a clock of their own, if the world says how wrong it is", async () => {
            await runtime.close();
            const clockOffset = (name: string): number => (name === "worker" ? -61_000 : 0);
            runtime = make(world, clockOffset);
            const { payload } = (await run({ key: "a" })) as { payload?: { at: number } };
            assert.equal(payload?.at, world.clock.now() - 61_000);
        });

        it("see whole milliseconds, whatever the clock shows", async () => {
            world.clock.after(0.75, () => undefined);
            await world.clock.run();
            const { payload } = (await run({})) as { payload?: { at?: number } };
            assert.equal(payload?.at, Math.floor(world.clock.now()));
            assert.notEqual(payload?.at, world.clock.now());
        });

        it("return what the handler returned, and how long their calls took", async () => {
            const result = await run({ key: "a", times: 3 });
            assert.deepEqual(result, {
                kind: "returned",
                payload: { counts: ["1", "2", "3"], at: world.clock.now(), request: "request-1" },
                durationMillis: 3 * world.model.callMillis,
            });
        });

        it("get AWS's errors by their names, texts and members", async () => {
            const code = worker.replace(
                "export function create(platform) {",
                `export function create(platform) {
                    const plain = make(platform);
                    return (event, context) => plain(event, context).catch((error) => ({
                        name: error.name,
                        message: error.message,
                        status: error.$metadata.httpStatusCode,
                        fault: error.$fault,
                        item: error.Item,
                    }));
                }
                function make(platform) {`,
            );
            const { payload } = (await run({ key: "a", condition: "x" }, functionOf(world, code))) as {
                payload?: unknown;
            };
            assert.deepEqual(payload, {
                name: "ConditionalCheckFailedException",
                message: "The conditional request failed",
                status: 400,
                fault: "client",
                item: { count: { N: "0" } },
            });
        });

        it("fail with the name and the text of what the handler throws", async () => {
            const { errorType, errorMessage } = (await run({ crash: "no such luck" })) as Record<
                string,
                unknown
            >;
            assert.deepEqual(
                { errorType, errorMessage },
                { errorType: "TypeError", errorMessage: "no such luck" },
            );
            const thrown = (await run({ text: "just text" }, functionOf(world, platformless))) as Record<
                string,
                unknown
            >;
            assert.deepEqual(
                { errorType: thrown["errorType"], errorMessage: thrown["errorMessage"] },
                { errorType: "string", errorMessage: "just text" },
            );
        });

        it("keep what the code keeps between invocations", async () => {
            const code = `let calls = 0;
                export const handler = async () => ++calls;
                export const create = () => { let calls = 0; return async () => ++calls; };`;
            const fn = functionOf(world, code);
            await run({}, fn);
            assert.equal(
                ((await runtime.invoke(fn, {}, contextOf(world))) as { payload?: unknown }).payload,
                2,
            );
        });

        it("run the new code once it has been loaded", async () => {
            const text = (word: string): string =>
                `export const handler = async () => "${word}"; export const create = () => handler;`;
            await run({}, functionOf(world, text("old")));
            const result = await run({}, functionOf(world, text("new")));
            assert.equal((result as { payload?: unknown }).payload, "new");
        });

        it("end at the call at which they are made to crash, and start anew", async () => {
            const fn = functionOf(world);
            let calls = 0;
            world.fault = () => {
                if (++calls === 2) throw new CallerCrash();
            };
            const crashed = await run({ key: "a", times: 3 }, fn);
            assert.equal((crashed as { errorType?: string }).errorType, "Runtime.ExitError");
            assert.equal(world.counts.get("a"), 1);
            world.fault = undefined;
            assert.equal((await runtime.invoke(fn, { key: "a" }, contextOf(world))).kind, "returned");
            assert.equal(world.counts.get("a"), 2);
        });

        it("log to the function's log group", async () => {
            const code = `export const create = ({ log }) => async () => log.warn("too few", { slots: 2 });
                export const handler = create({ log: { warn: (message, fields) =>
                    console.log(JSON.stringify({ level: "WARN", message, ...fields })) } });`;
            const fn = functionOf(world, code);
            const context = contextOf(world);
            await runtime.load(fn);
            await runtime.invoke(fn, {}, context);
            assert.deepEqual(
                context.lines.map((line) => JSON.parse(line) as unknown),
                [{ level: "WARN", message: "too few", slots: 2 }],
            );
        });

        it("fail when their code cannot be imported", async () => {
            const result = await run({}, functionOf(world, "export const handler = 1 +;"));
            assert.equal((result as { errorType?: string }).errorType, "Runtime.UserCodeSyntaxError");
        });
    });
}

describe("a function in this thread", () => {
    it("fails when its bundle cannot be given its clients", async () => {
        const world = new CountingWorld();
        const runtime = new DirectRuntime(world, { platform });
        const fn = functionOf(world, "export const handler = () => 1;");
        await runtime.load(fn);
        const result = await runtime.invoke(fn, {}, contextOf(world));
        assert.equal(result.kind === "failed" && result.errorType, "Runtime.HandlerNotFound");
        runtime.close();
    });

    it("cannot be invoked before it is loaded", async () => {
        const world = new CountingWorld();
        const runtime = new DirectRuntime(world, { platform });
        await assert.rejects(runtime.invoke(functionOf(world), {}, contextOf(world)), {
            message: /worker was invoked, but not loaded/,
        });
    });
});

describe("functions with direct clients, interleaved", () => {
    it("take the model's time for each call, while other events happen", async () => {
        const world = new CountingWorld();
        const runtime = new DirectRuntime(world, { interleaved: true, platform });
        const fn = functionOf(world);
        await runtime.load(fn);
        const seen: (number | undefined)[] = [];
        const start = world.clock.now();
        for (const after of [5, 15, 25])
            world.clock.after(after, () => void seen.push(world.counts.get("a")));
        const release = world.clock.drainPromises();
        const result = runtime.invoke(fn, { key: "a", times: 2 }, contextOf(world)).finally(release);
        await world.clock.run();
        assert.deepEqual(seen, [undefined, 1, 2]);
        assert.equal((await result).kind, "returned");
        assert.equal(world.clock.now() - start, 25);
        runtime.close();
    });

    it("call nothing any more once Lambda has ended them", async () => {
        const world = new CountingWorld();
        const runtime = new DirectRuntime(world, { interleaved: true, platform });
        const fn = functionOf(world);
        await runtime.load(fn);
        const context = contextOf(world);
        world.clock.after(15, () => {
            context.end();
        });
        const release = world.clock.drainPromises();
        world.clock.after(0, () => {
            void runtime.invoke(fn, { key: "a", times: 5 }, context);
        });
        await world.clock.run();
        release();
        assert.equal(world.counts.get("a"), 1);
        runtime.close();
    });
});

describe("functions with the SDK's clients", function () {
    let world: CountingWorld;
    let runtime: SdkRuntime;

    beforeEach(() => {
        world = new CountingWorld();
        runtime = new SdkRuntime(world);
    });

    afterEach(async () => {
        await runtime.close();
    });

    async function run(event: unknown): Promise<InvocationResult> {
        const fn = functionOf(world, platformless);
        await runtime.load(fn);
        return runtime.invoke(fn, event, contextOf(world));
    }

    it("see the function's environment and nothing of this process's", async () => {
        process.env["TURNSTILE_SECRET"] = "here";
        const { payload } = (await run({})) as { payload?: { env: Record<string, string> } };
        delete process.env["TURNSTILE_SECRET"];
        assert.ok(payload);
        assert.equal(payload.env["TABLE"], "store");
        assert.equal(payload.env["AWS_REGION"], "eu-west-1");
        assert.equal(payload.env["AWS_LAMBDA_FUNCTION_NAME"], "worker");
        assert.equal(payload.env["QUEUE_URL"], `${runtime.endpoint.url}/123456789012/work`);
        assert.equal(payload.env["TURNSTILE_SECRET"], undefined);
    });

    it("see the virtual time, and the time that is left of it", async () => {
        const { payload } = (await run({})) as { payload?: { date: string; left: number } };
        assert.equal(payload?.date, "2026-01-01T00:00:00.000Z");
        assert.equal(payload.left, 10_000);
    });

    it("are ended when they hang, as Lambda ends a function at its time limit", async () => {
        await runtime.close();
        runtime = new SdkRuntime(world, { wallTimeoutMillis: () => 100 });
        assert.deepEqual(await run({ hang: true }), {
            kind: "failed",
            errorType: "Sandbox.Timedout",
            errorMessage: "RequestId: request-1 Error: Task timed out after 10.00 seconds",
            durationMillis: 0,
        });
    });

    it("fail when their bundle lacks the handler's file", async () => {
        const fn = functionOf(world, platformless);
        fn.configuration = { ...fn.configuration, handler: "main.handler" };
        await runtime.load(fn);
        const result = await runtime.invoke(fn, {}, contextOf(world));
        assert.equal(result.kind === "failed" && result.errorType, "Runtime.ImportModuleError");
    });

    it("cannot be invoked before they are loaded", async () => {
        await assert.rejects(runtime.invoke(functionOf(world), {}, contextOf(world)), {
            message: /worker was invoked, but not loaded/,
        });
    });

    it("fail when the code ends the process", async () => {
        const result = (await run({ exit: 3 })) as { errorType?: string; errorMessage?: string };
        assert.equal(result.errorType, "Runtime.ExitError");
        assert.match(String(result.errorMessage), /exit status 3/);
    });
});

describe("a function's bundle", () => {
    it("is a file while somebody uses it", () => {
        const files = { "index.mjs": "export const handler = 1;" };
        const first = unpack(files, "index.handler");
        const second = unpack(files, "index.handler");
        assert.equal(first.url, second.url);
        first.release();
        first.release();
        assert.ok(existsSync(fileURLToPath(second.url)));
        second.release();
    });

    it("is kept for whoever needs it next, until many others came", () => {
        const bundle = unpack({ "index.mjs": "export const handler = 2;" }, "index.handler");
        bundle.release();
        assert.ok(existsSync(fileURLToPath(bundle.url)));
        for (let i = 0; i < KEPT_UNUSED; i++)
            unpack({ "index.mjs": `export const handler = "other ${i}";` }, "index.handler").release();
        assert.ok(!existsSync(fileURLToPath(bundle.url)));
    });

    it("is written again if somebody has removed it", () => {
        const files = { "index.mjs": "export const handler = 3;" };
        const bundle = unpack(files, "index.handler");
        bundle.release();
        const directory = path.dirname(path.dirname(fileURLToPath(bundle.url)));
        rmSync(directory, { recursive: true });
        const again = unpack(files, "index.handler");
        assert.ok(existsSync(fileURLToPath(again.url)));
        again.release();
    });

    it("may not put files outside of its place", () => {
        assert.throws(
            () => unpack({ "index.mjs": "", "../other.mjs": "" }, "index.handler"),
            /'\.\.\/other\.mjs' would be outside/,
        );
    });

    it("fails as Lambda does when it has no file for the handler", () => {
        assert.throws(() => unpack({ "other.mjs": "" }, "index.handler"), {
            errorType: "Runtime.ImportModuleError",
            message: "Error: Cannot find module 'index'",
        });
    });
});
