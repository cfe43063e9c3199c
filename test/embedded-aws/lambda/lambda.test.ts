import assert from "node:assert/strict";
import { Key } from "../../../embedded-aws/services/kms/index.ts";
import type { InvocationContext, InvocationOutcome } from "../../../embedded-aws/services/lambda/index.ts";
import { UnsupportedError } from "../../../embedded-aws/service.ts";
import type { Caller } from "../../../embedded-aws/service.ts";
import { user } from "../fake-world.ts";
import { hour, LambdaFixture, minute, refuses, second } from "./fixture.ts";

const events: Caller = {
    principal: "events.amazonaws.com",
    sourceArn: "arn:aws:events:eu-west-1:123456789012:rule/sweep",
};

const policyOf = (Statement: object) => ({ Version: "2012-10-17", Statement });

/** Sends an event to a function. */
function send(fixture: LambdaFixture, name: string, event: unknown, caller = user): unknown {
    const input = { FunctionName: name, InvocationType: "Event", Payload: JSON.stringify(event) };
    return fixture.world.call("lambda", "Invoke", input, caller);
}

describe("Lambda: functions", () => {
    it("need a role that exists and trusts Lambda", () => {
        const fixture = new LambdaFixture();
        const cannot = /^The role defined for the function cannot be assumed by Lambda\.$/;
        const missing = fixture.world.arn("iam", "role/missing");
        refuses(() => fixture.fn("a", () => 1, { role: missing }), "InvalidParameterValueException", cannot);
        const role = fixture.role("glue", "glue.amazonaws.com");
        refuses(() => fixture.fn("b", () => 1, { role }), "InvalidParameterValueException", cannot);
    });

    it("need the log group that they name", () => {
        const fixture = new LambdaFixture();
        const loggingConfig = { logFormat: "JSON", logGroup: "/turnstile/a" };
        refuses(
            () => fixture.fn("a", () => 1, { loggingConfig }),
            "ResourceNotFoundException",
            /\/turnstile\/a/,
        );
        const arn = fixture.world.arn("logs", "log-group:/turnstile/a");
        fixture.world.create("aws:cloudwatch/logGroup:LogGroup", "a", { name: "/turnstile/a" }, { arn });
        assert.equal(fixture.fn("a", () => 1, { loggingConfig }).configuration.logGroup, "/turnstile/a");
    });

    it("are refused with what AWS does not take", () => {
        const fixture = new LambdaFixture();
        const cases: [Record<string, unknown>, string, RegExp][] = [
            [{ timeout: 901 }, "ValidationException", /'901' at 'timeout'/],
            [{ timeout: 0 }, "ValidationException", /'0' at 'timeout'/],
            [{ memorySize: 127 }, "ValidationException", /'127' at 'memorySize'/],
            [
                { environment: { variables: { AWS_REGION: "x" } } },
                "InvalidParameterValueException",
                /Reserved keys.*AWS_REGION/,
            ],
            [{ environment: { variables: { a: "x".repeat(4096) } } }, "ValidationException", /Map keys/],
            [
                { environment: { variables: { ab: "x".repeat(4096) } } },
                "InvalidParameterValueException",
                /4KB limit/,
            ],
            [
                { reservedConcurrentExecutions: 901 },
                "InvalidParameterValueException",
                /minimum value of \[100\]/,
            ],
            [
                { kmsKeyArn: fixture.world.arn("kms", "key/none") },
                "InvalidParameterValueException",
                /does not exist/,
            ],
        ];
        for (const [inputs, name, message] of cases)
            refuses(() => fixture.fn("a", () => 1, inputs), name, message);
        assert.throws(() => fixture.fn("a", () => 1, { runtime: "python3.13" }), UnsupportedError);
        fixture.fn("a", () => 1, { timeout: 900, memorySize: 10_240, reservedConcurrentExecutions: 900 });
    });

    it("take no key that the deployment may not give Lambda a grant on", () => {
        const fixture = new LambdaFixture();
        const arn = fixture.world.arn("kms", "key/1");
        const statement = (Action: string | string[]) => ({
            Effect: "Allow",
            Principal: { AWS: `arn:aws:iam::${fixture.world.account}:root` },
            Action,
            Resource: "*",
        });
        const key = new Key(arn, "1", true, policyOf(statement("kms:Encrypt")));
        fixture.world.register(arn, key);
        const create = () => fixture.fn("a", () => 1, { kmsKeyArn: arn });
        refuses(create, "InvalidParameterValueException", /because the KMS key is invalid for CreateGrant/);
        key.policy = policyOf(statement(["kms:Encrypt", "kms:CreateGrant"]));
        create();
    });

    it("fail every invocation while the key of their environment is disabled", async () => {
        const fixture = new LambdaFixture();
        const arn = fixture.world.arn("kms", "key/1");
        const key = new Key(arn, "1", true, undefined);
        fixture.world.register(arn, key);
        const fn = fixture.fn("a", () => 1, { kmsKeyArn: arn });
        const outcomes: InvocationOutcome[] = [];
        for (const enabled of [false, true]) {
            key.enabled = enabled;
            fn.invoke({}, user, (outcome) => outcomes.push(outcome));
            await fixture.world.pass(minute);
        }
        assert.deepEqual(
            outcomes.map((outcome) => (outcome.kind === "failed" ? outcome.errorType : outcome.kind)),
            ["KMSDisabledException", "returned"],
        );
    });

    it("fail every invocation when the archive lacks the handler's file", async () => {
        const fixture = new LambdaFixture();
        const fn = fixture.fn("a", () => 1, { handler: "main.handler" });
        const outcomes: InvocationOutcome[] = [];
        fn.invoke({}, user, (outcome) => outcomes.push(outcome));
        await fixture.pass(second);
        assert.deepEqual(outcomes, [
            {
                kind: "failed",
                errorType: "Runtime.ImportModuleError",
                errorMessage: "Error: Cannot find module 'main'",
            },
        ]);
    });

    it("are loaded once, and again when they were changed", () => {
        const fixture = new LambdaFixture();
        fixture.fn("a", () => 1);
        assert.deepEqual(fixture.runtime.loaded, ["a"]);
        const inputs = {
            role: fixture.roleArn,
            code: { kind: "archive", files: { "index.mjs": "2" } },
            handler: "index.handler",
            runtime: "nodejs24.x",
        };
        const resource = {
            type: "aws:lambda/function:Function",
            name: "a",
            urn: "urn",
            inputs: {},
            outputs: { name: "a", arn: fixture.world.arn("lambda", "function:a") },
        };
        fixture.world.update(resource, inputs);
        assert.deepEqual(fixture.runtime.loaded, ["a", "a"]);
    });
});

describe("Lambda: invocations", () => {
    it("answer later with what the function returned, or how it failed", async () => {
        const fixture = new LambdaFixture({ model: { invokeMillis: 20 } });
        fixture.fn("adds", ({ a, b }: { a: number; b: number }) => ({ sum: a + b }));
        fixture.fn("breaks", () => {
            throw new RangeError("too far");
        });
        const sum = fixture.lambda.invoke("adds", { a: 1, b: 2 }, user);
        const failure = fixture.lambda.invoke("breaks", {}, user);
        await fixture.world.clock.run();
        assert.equal(fixture.seconds, 0.02);
        assert.deepEqual(await sum, { StatusCode: 200, ExecutedVersion: "$LATEST", Payload: { sum: 3 } });
        assert.deepEqual(await failure, {
            StatusCode: 200,
            ExecutedVersion: "$LATEST",
            Payload: { errorType: "RangeError", errorMessage: "too far" },
            FunctionError: "Unhandled",
        });
    });

    it("are billed by the millisecond, calls included", async () => {
        const fixture = new LambdaFixture({ model: { invokeMillis: 20 } });
        fixture.fn("a", () => 1);
        fixture.runtime.durationMillis = 30;
        void fixture.lambda.invoke("a", {}, user);
        await fixture.world.clock.run();
        assert.equal(fixture.count("lambda.invocations"), 1);
        assert.equal(fixture.count("lambda.invocations.a"), 1);
        assert.equal(fixture.count("lambda.millis"), 50);
        assert.equal(fixture.seconds, 0.05);
    });

    it("end at the function's timeout", async () => {
        const fixture = new LambdaFixture();
        fixture.fn("slow", () => 1, { timeout: 5 });
        fixture.runtime.durationMillis = 6 * second;
        const answer = fixture.lambda.invoke("slow", {}, user);
        await fixture.world.clock.run();
        assert.equal(fixture.seconds, 5);
        const { errorType, errorMessage } = (await answer).Payload as Record<string, string>;
        assert.equal(errorType, "Sandbox.Timedout");
        assert.match(
            errorMessage ?? "",
            /^RequestId: [0-9a-f-]{36} Error: Task timed out after 5\.00 seconds$/,
        );
    });

    it("may await the clock between their calls, interleaved with others", async () => {
        const fixture = new LambdaFixture({ interleaved: true, model: { invokeMillis: 0 } });
        const log: string[] = [];
        const wait = (seconds: number): Promise<void> =>
            new Promise((resolve) => void fixture.world.clock.after(seconds * second, resolve));
        fixture.fn("walks", async ({ name }: { name: string }) => {
            for (let step = 0; step < 3; step++) {
                log.push(`${name}${step}@${fixture.seconds}`);
                await wait(2);
            }
        });
        void fixture.lambda.invoke("walks", { name: "a" }, user);
        fixture.world.clock.after(second, () => void fixture.lambda.invoke("walks", { name: "b" }, user));
        fixture.world.clock.after(7 * second, () => void log.push(`later@${fixture.seconds}`));
        await fixture.world.clock.run();
        assert.deepEqual(log, ["a0@0", "b0@1", "a1@2", "b1@3", "a2@4", "b2@5", "later@7"]);
        // Both ran into their timeout of three seconds, and AWS would have stopped them there.
        assert.equal(fixture.count("lambda.errors"), 2);
    });

    it("tell code that it was timed out, and how long it has left", async () => {
        const fixture = new LambdaFixture({ interleaved: true, model: { invokeMillis: 0 } });
        const seen: (number | boolean)[] = [];
        fixture.fn(
            "waits",
            async (_event: unknown, context: InvocationContext) => {
                seen.push(context.remainingMillis(), context.isOver());
                await new Promise<void>((resolve) => void fixture.world.clock.after(11 * second, resolve));
                seen.push(context.remainingMillis(), context.isOver());
            },
            { timeout: 10 },
        );
        void fixture.lambda.invoke("waits", {}, user);
        await fixture.world.clock.run();
        assert.deepEqual(seen, [10_000, false, 0, true]);
    });

    it("never exceed the account's thousand, nor what a function has reserved", async () => {
        const fixture = new LambdaFixture({ model: { invokeMillis: 100 } });
        fixture.fn("few", () => 1, { reservedConcurrentExecutions: 2 });
        fixture.fn("many", () => 1);
        const invoke = (name: string): void => fixture.fnNamed(name).invoke({}, user, () => undefined);
        const fill = (name: string, room: number): void => {
            for (let i = 0; i < room; i++) invoke(name);
            refuses(() => invoke(name), "TooManyRequestsException", /^Rate Exceeded\.$/);
        };
        fill("few", 2);
        fill("many", 998);
        await fixture.pass(100);
        fill("few", 2);
        fill("many", 998);
        assert.equal(fixture.count("lambda.throttles"), 4);
    });

    it("need a permission when a service asks, for its source", async () => {
        const fixture = new LambdaFixture();
        const fn = fixture.fn("sweeps", () => 1);
        refuses(
            () => send(fixture, "sweeps", {}, events),
            "AccessDeniedException",
            /no resource-based policy allows the lambda:InvokeFunction action/,
        );
        fixture.world.create("aws:lambda/permission:Permission", "permission", {
            action: "lambda:InvokeFunction",
            function: fn.arn,
            principal: "events.amazonaws.com",
            sourceArn: events.sourceArn,
        });
        assert.deepEqual(send(fixture, "sweeps", {}, events), { StatusCode: 202 });
        const other = { ...events, sourceArn: `${events.sourceArn ?? ""}-other` };
        refuses(() => send(fixture, "sweeps", {}, other), "AccessDeniedException", /lambda:InvokeFunction/);
        const sns = { ...events, principal: "sns.amazonaws.com" };
        refuses(() => send(fixture, "sweeps", {}, sns), "AccessDeniedException", /lambda:InvokeFunction/);
        await fixture.pass(second);
        assert.equal(fixture.count("lambda.invocations"), 1);
    });

    it("find a function by name and by ARN, and nothing else", () => {
        const fixture = new LambdaFixture();
        const fn = fixture.fn("a", () => 1);
        const dry = (FunctionName: string): unknown =>
            fixture.world.call("lambda", "Invoke", { FunctionName, InvocationType: "DryRun" }, user);
        for (const name of ["a", fn.arn, `${fn.arn}:$LATEST`, `${fixture.world.account}:function:a`]) {
            assert.deepEqual(dry(name), { StatusCode: 204 });
        }
        refuses(
            () => dry("b"),
            "ResourceNotFoundException",
            /^Function not found: arn:aws:lambda:eu-west-1:\d+:function:b$/,
        );
        const elsewhere = fn.arn.replace("eu-west-1", "us-east-1");
        refuses(() => dry(elsewhere), "ResourceNotFoundException", /us-east-1/);
        refuses(
            () =>
                fixture.world.call(
                    "lambda",
                    "Invoke",
                    { FunctionName: "a", InvocationType: "Event", Payload: "{" },
                    user,
                ),
            "InvalidRequestContentException",
            /^Could not parse request body into json/,
        );
        assert.throws(
            () => fixture.world.call("lambda", "Invoke", { FunctionName: "a" }, user),
            UnsupportedError,
        );
    });
});

describe("Lambda: events", () => {
    it("are tried again after one and two minutes, and then dropped", async () => {
        const fixture = new LambdaFixture({ model: { invokeMillis: 0 } });
        const tries: unknown[][] = [];
        const ids = new Set<string>();
        fixture.fn("breaks", (event: { n: number }, { requestId }) => {
            tries.push([fixture.seconds, event]);
            ids.add(requestId);
            throw new Error("no");
        });
        send(fixture, "breaks", { n: 1 });
        await fixture.pass(hour);
        const event = { n: 1 };
        assert.deepEqual(tries, [
            [0, event],
            [60, event],
            [180, event],
        ]);
        assert.equal(ids.size, 1);
        assert.equal(fixture.count("lambda.dropped"), 1);
    });

    it("are tried as often as the function's configuration says, and what is left goes to its destination", async () => {
        const fixture = new LambdaFixture({ model: { invokeMillis: 0 } });
        const failures = fixture.queue("failures");
        fixture.fn("breaks", () => {
            throw new Error("no");
        });
        fixture.world.create("aws:lambda/functionEventInvokeConfig:FunctionEventInvokeConfig", "config", {
            functionName: "breaks",
            maximumRetryAttempts: 1,
            destinationConfig: { onFailure: { destination: failures } },
        });
        send(fixture, "breaks", { n: 1 });
        await fixture.pass(hour);
        assert.equal(fixture.count("lambda.invocations"), 2);
        const [body] = fixture.bodies(failures);
        const record = JSON.parse(body ?? "") as Record<string, unknown>;
        assert.deepEqual(record["requestPayload"], { n: 1 });
        assert.deepEqual(record["responsePayload"], { errorType: "Error", errorMessage: "no" });
        const context = record["requestContext"] as Record<string, unknown>;
        assert.equal(context["condition"], "RetriesExhausted");
        assert.equal(context["approximateInvokeCount"], 2);
    });

    it("wait when there is no concurrency, for six hours", async () => {
        const fixture = new LambdaFixture({ model: { invokeMillis: 0 } });
        const dead = fixture.queue("dead");
        let runs = 0;
        fixture.fn("never", () => runs++, {
            reservedConcurrentExecutions: 0,
            deadLetterConfig: { targetArn: dead },
        });
        send(fixture, "never", { n: 1 });
        await fixture.pass(5 * hour + 50 * minute);
        assert.deepEqual(fixture.bodies(dead), []);
        await fixture.pass(20 * minute);
        assert.deepEqual(fixture.bodies(dead), [`{"n":1}`]);
        assert.equal(runs, 0);
    });
});
