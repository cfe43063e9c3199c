/**
 * The concurrency of an account and of functions, and what happens to events that find none left (Lambda Developer Guide,
 * "Understanding Lambda function scaling", "Configuring reserved concurrency", and the page of each source).
 */
import assert from "node:assert/strict";
import { AwsError } from "../../../embedded-aws/service.ts";
import { user } from "../fake-world.ts";
import { hour, LambdaFixture, minute, refuses, second, write } from "./fixture.ts";
import type { SqsEvent, StreamEvent } from "./fixture.ts";

/** An account of someone who has just begun. */
const FEW = 10;

function newAccount(): LambdaFixture {
    return new LambdaFixture({ model: { lambdaConcurrency: FEW, invokeMillis: 0, pollMillis: 0 } });
}

/** Leaves no concurrency for so many seconds: a function runs as often as it may. */
function fill(fixture: LambdaFixture, seconds: number, name = "busy"): void {
    fixture.fn(name, () => undefined, { timeout: 900 });
    fixture.runtime.durationMillis = seconds * second;
    for (let i = 0; i < FEW; i++) fixture.fnNamed(name).invoke({}, user, () => undefined);
    fixture.world.clock.after(0, () => {
        fixture.runtime.durationMillis = 0;
    });
}

describe("The concurrency of an account", () => {
    it("is a thousand by default", async () => {
        const fixture = new LambdaFixture();
        fixture.fn("many", () => undefined);
        const fn = fixture.fnNamed("many");
        for (let i = 0; i < 1000; i++) fn.invoke({}, user, () => undefined);
        refuses(() => fn.invoke({}, user, () => undefined), "TooManyRequestsException", /Rate Exceeded/);
        await fixture.pass(minute);
        fn.invoke({}, user, () => undefined);
    });

    it("is shared by all functions that reserve none", () => {
        const fixture = newAccount();
        fill(fixture, minute / second);
        const other = fixture.fn("other", () => undefined);
        refuses(() => other.invoke({}, user, () => undefined), "TooManyRequestsException", /Rate Exceeded/);
    });

    it("is less by what functions have reserved", () => {
        const fixture = new LambdaFixture({ model: { lambdaConcurrency: 110 } });
        fixture.fn("own", () => undefined, { reservedConcurrentExecutions: 5 });
        const rest = fixture.fn("rest", () => undefined);
        for (let i = 0; i < 105; i++) rest.invoke({}, user, () => undefined);
        refuses(() => rest.invoke({}, user, () => undefined), "TooManyRequestsException", /Rate Exceeded/);
        const own = fixture.fnNamed("own");
        for (let i = 0; i < 5; i++) own.invoke({}, user, () => undefined);
        refuses(() => own.invoke({}, user, () => undefined), "TooManyRequestsException", /Rate Exceeded/);
    });

    it("must stay at a hundred when functions reserve some of it", () => {
        const fixture = new LambdaFixture({ model: { lambdaConcurrency: 110 } });
        refuses(
            () => fixture.fn("greedy", () => undefined, { reservedConcurrentExecutions: 11 }),
            "InvalidParameterValueException",
            /below its minimum value of \[100\]/,
        );
    });

    it("cannot be reserved in an account that has less than a hundred", () => {
        refuses(
            () => newAccount().fn("greedy", () => undefined, { reservedConcurrentExecutions: 1 }),
            "InvalidParameterValueException",
            /below its minimum value of \[10\]/,
        );
    });

    it("comes back when a reservation is changed or given up", () => {
        const fixture = new LambdaFixture({ model: { lambdaConcurrency: 110 } });
        const fn = { role: fixture.roleArn, handler: "index.handler", runtime: "nodejs24.x" };
        const inputs = (reserved?: number): Record<string, unknown> => ({
            ...fn,
            code: { kind: "archive", files: { "index.mjs": "" } },
            ...(reserved !== undefined && { reservedConcurrentExecutions: reserved }),
        });
        const arn = fixture.world.arn("lambda", "function:own");
        const type = "aws:lambda/function:Function";
        const own = fixture.world.create(type, "own", inputs(10), { arn });
        const less = fixture.world.update(own, inputs(4));
        fixture.fn("other", () => undefined, { reservedConcurrentExecutions: 6 });
        fixture.world.remove(less);
        fixture.fn("third", () => undefined, { reservedConcurrentExecutions: 4 });
        refuses(
            () => fixture.fn("fourth", () => undefined, { reservedConcurrentExecutions: 1 }),
            "InvalidParameterValueException",
            /minimum value/,
        );
    });

    it("is named by the error of a direct invocation, or else what the function has reserved", () => {
        const reasonOf = (fixture: LambdaFixture, name: string): unknown => {
            try {
                fixture.fnNamed(name).invoke({}, user, () => undefined);
            } catch (error) {
                assert.ok(error instanceof AwsError);
                return [error.name, error.statusCode, error.details["Reason"]];
            }
            return undefined;
        };
        const full = newAccount();
        fill(full, minute / second);
        assert.deepEqual(reasonOf(full, "busy"), [
            "TooManyRequestsException",
            429,
            "ConcurrentInvocationLimitExceeded",
        ]);
        const stopped = new LambdaFixture();
        stopped.fn("stopped", () => undefined, { reservedConcurrentExecutions: 0 });
        assert.deepEqual(reasonOf(stopped, "stopped"), [
            "TooManyRequestsException",
            429,
            "ReservedFunctionConcurrentInvocationLimitExceeded",
        ]);
    });
});

describe("When no concurrency is left", () => {
    it("a FIFO queue's messages are worked off, at most so many at once", async () => {
        const fixture = newAccount();
        let [running, most] = [0, 0];
        const seen = new Set<string>();
        fixture.fn("reads", ({ Records }: SqsEvent) => {
            running = fixture.fnNamed("reads").running;
            most = Math.max(most, running);
            for (const { body } of Records) seen.add(body);
        });
        fixture.runtime.durationMillis = 2 * second;
        const jobs = fixture.fifo("jobs", { visibilityTimeoutSeconds: 60 });
        fixture.map(jobs, "reads", { batchSize: 1 });
        for (let i = 0; i < 50; i++) fixture.send(jobs, `m${i}`, `g${i}`);
        await fixture.pass(hour);
        assert.deepEqual([most, seen.size, fixture.size(jobs)], [FEW, 50, 0]);
    });

    it("a queue's batch is tried again, and its message is not received again before its visibility timeout", async () => {
        const fixture = newAccount();
        const counts: string[] = [];
        fixture.fn("reads", ({ Records }: SqsEvent) => {
            counts.push(String(Records[0]?.attributes["ApproximateReceiveCount"]));
        });
        const jobs = fixture.queue("jobs", { visibilityTimeoutSeconds: 60 });
        fill(fixture, 20);
        fixture.map(jobs, "reads");
        fixture.send(jobs, "m");
        await fixture.pass(hour);
        assert.deepEqual(counts, ["1"]);
    });

    it("a queue's message comes back when its visibility timeout ends, and counts one receive more", async () => {
        const fixture = newAccount();
        const counts: string[] = [];
        fixture.fn("reads", ({ Records }: SqsEvent) => {
            counts.push(String(Records[0]?.attributes["ApproximateReceiveCount"]));
        });
        const jobs = fixture.queue("jobs", { visibilityTimeoutSeconds: 60 });
        fill(fixture, 150);
        fixture.map(jobs, "reads");
        fixture.send(jobs, "m");
        await fixture.pass(hour);
        assert.deepEqual(counts, ["3"]);
    });

    it("a stream's records are tried again, in their order", async () => {
        const fixture = newAccount();
        const ids: string[] = [];
        fixture.fn("reads", ({ Records }: StreamEvent) => {
            for (const { dynamodb } of Records) ids.push(dynamodb.Keys.id.S);
        });
        const stream = fixture.stream("table");
        fill(fixture, 600);
        fixture.map(stream.arn, "reads", { maximumRetryAttempts: 1 });
        for (let i = 0; i < 5; i++) write(stream, `id${i}`);
        await fixture.pass(9 * minute);
        assert.deepEqual(ids, []);
        await fixture.pass(hour);
        assert.deepEqual(ids, ["id0", "id1", "id2", "id3", "id4"]);
    });

    it("an asynchronous event is tried again for as long as it takes", async () => {
        const fixture = newAccount();
        let invocations = 0;
        fill(fixture, 800);
        fixture.fn("later", () => void invocations++);
        const input = { FunctionName: "later", InvocationType: "Event" };
        fixture.world.call("lambda", "Invoke", input, user);
        await fixture.pass(700 * second);
        assert.equal(invocations, 0);
        await fixture.pass(hour);
        assert.equal(invocations, 1);
    });

    it("an asynchronous event goes to the dead-letter queue after six hours", async () => {
        const fixture = newAccount();
        const dead = fixture.queue("dead");
        const stopped = { reservedConcurrentExecutions: 0, deadLetterConfig: { targetArn: dead } };
        fixture.fn("stopped", () => undefined, stopped);
        fixture.world.call("lambda", "Invoke", { FunctionName: "stopped", InvocationType: "Event" }, user);
        await fixture.pass(5.9 * hour);
        assert.equal(fixture.size(dead), 0);
        await fixture.pass(0.2 * hour);
        assert.equal(fixture.size(dead), 1);
    });

    it("each refused start counts in the metric Throttles", async () => {
        const fixture = newAccount();
        fill(fixture, 20);
        const other = fixture.fn("other", () => undefined);
        for (let i = 0; i < 3; i++)
            refuses(() => other.invoke({}, user, () => undefined), "TooManyRequestsException", /Rate/);
        await fixture.pass(minute);
        assert.equal(other.measure("Throttles")?.sum, 3);
    });
});
