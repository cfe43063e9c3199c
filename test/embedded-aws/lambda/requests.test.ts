/** What Lambda refuses, and what the embedded one does not have. */
import assert from "node:assert/strict";
import { LambdaFunction } from "../../../embedded-aws/services/lambda/index.ts";
import { Key } from "../../../embedded-aws/services/kms/index.ts";
import { UnsupportedError } from "../../../embedded-aws/service.ts";
import type { Caller } from "../../../embedded-aws/service.ts";
import { user } from "../fake-world.ts";
import { LambdaFixture, refuses, second } from "./fixture.ts";

const code = () => 1;
const PERMISSION = "aws:lambda/permission:Permission";

function permission(fixture: LambdaFixture, inputs: object, name = "p"): void {
    const all = { action: "lambda:InvokeFunction", function: "a", ...inputs };
    fixture.world.create(PERMISSION, name, all);
}

function mayInvoke(fixture: LambdaFixture, caller: Caller): boolean {
    const input = { FunctionName: "a", InvocationType: "DryRun" };
    try {
        fixture.world.call("lambda", "Invoke", input, caller);
        return true;
    } catch {
        return false;
    }
}

describe("Lambda: declared functions", () => {
    it("have a name of letters, digits, dashes and underscores", () => {
        refuses(() => new LambdaFixture().fn("a.b", code), "ValidationException", /'a\.b'/);
    });

    it("are files in an archive", () => {
        const fixture = new LambdaFixture();
        for (const wrong of [undefined, { kind: "asset" }]) {
            assert.throws(() => fixture.fn("a", code, { code: wrong }), UnsupportedError);
        }
    });

    it("are nowhere once they are removed", () => {
        const fixture = new LambdaFixture();
        const fn = fixture.fn("a", code);
        const outputs = { name: "a", arn: fn.arn };
        fixture.world.remove({
            type: "aws:lambda/function:Function",
            name: "a",
            urn: "urn",
            inputs: {},
            outputs,
        });
        assert.equal(fixture.world.find(fn.arn), undefined);
        refuses(
            () => fixture.world.call("lambda", "GetFunction", { FunctionName: "a" }, user),
            "ResourceNotFoundException",
            /Function not found/,
        );
    });

    it("that no service has cannot be invoked", () => {
        const { configuration } = new LambdaFixture().fn("a", code);
        const fn = new LambdaFunction(configuration);
        assert.throws(() => fn.invoke({}, user, () => undefined), UnsupportedError);
    });

    it("have no metric that CloudWatch does not have", () => {
        assert.equal(new LambdaFixture().fn("a", code).measure("Happiness"), undefined);
    });

    it("fail every invocation when the key of their environment is gone", async () => {
        const fixture = new LambdaFixture();
        const arn = fixture.world.arn("kms", "key/1");
        fixture.world.register(arn, new Key(arn, "1", true, undefined));
        fixture.fn("a", code, { kmsKeyArn: arn });
        fixture.world.unregister(arn);
        const answer = fixture.lambda.invoke("a", {}, user);
        await fixture.world.clock.run();
        const { errorType } = (await answer).Payload as { errorType: string };
        assert.equal(errorType, "KMSNotFoundException");
    });

    it("fail every invocation when their handler names no file", async () => {
        const fixture = new LambdaFixture();
        fixture.fn("a", code, { handler: "nothing" });
        const answer = fixture.lambda.invoke("a", {}, user);
        await fixture.world.clock.run();
        const { errorMessage } = (await answer).Payload as { errorMessage: string };
        assert.equal(errorMessage, "Error: Cannot find module 'nothing'");
    });
});

describe("Lambda: permissions", () => {
    const sns = (sourceArn: string): Caller => ({ principal: "sns.amazonaws.com", sourceArn });
    const ours = sns("arn:aws:sns:eu-west-1:123456789012:news");
    const others = sns("arn:aws:sns:eu-west-1:999999999999:news");

    it("may be for the sources of one account", () => {
        const fixture = new LambdaFixture();
        fixture.fn("a", code);
        permission(fixture, { principal: "sns.amazonaws.com", sourceAccount: "123456789012" });
        assert.deepEqual([mayInvoke(fixture, ours), mayInvoke(fixture, others)], [true, false]);
    });

    it("may be for everybody", () => {
        const fixture = new LambdaFixture();
        fixture.fn("a", code);
        permission(fixture, { principal: "*" });
        assert.ok(mayInvoke(fixture, others));
    });

    it("for another account let no service in", () => {
        const fixture = new LambdaFixture();
        fixture.fn("a", code);
        permission(fixture, { principal: "999999999999" });
        assert.ok(!mayInvoke(fixture, ours));
    });

    it("for an organization let no service in that names none", () => {
        const fixture = new LambdaFixture();
        fixture.fn("a", code);
        permission(fixture, { principal: "sns.amazonaws.com", principalOrgId: "o-a1b2c3d4e5" });
        assert.ok(!mayInvoke(fixture, ours));
    });

    it("have statement ids that are different", () => {
        const fixture = new LambdaFixture();
        fixture.fn("a", code);
        permission(fixture, { principal: "*", statementId: "s" });
        refuses(
            () => permission(fixture, { principal: "*", statementId: "s" }, "q"),
            "ResourceConflictException",
            /The statement id \(s\) provided already exists/,
        );
    });

    it("end when they are removed", () => {
        const fixture = new LambdaFixture();
        fixture.fn("a", code);
        const inputs = { action: "lambda:InvokeFunction", function: "a", principal: "*", statementId: "s" };
        const resource = fixture.world.create(PERMISSION, "p", inputs);
        fixture.world.remove(resource);
        assert.ok(!mayInvoke(fixture, ours));
        assert.equal(fixture.fnNamed("a").policy, undefined);
    });
});

describe("Lambda: requests", () => {
    it("with an event above 1 MiB are refused", () => {
        const fixture = new LambdaFixture();
        fixture.fn("a", code);
        const Payload = new TextEncoder().encode(JSON.stringify("x".repeat(1024 * 1024)));
        const input = { FunctionName: "a", InvocationType: "Event", Payload };
        refuses(
            () => fixture.world.call("lambda", "Invoke", input, user),
            "RequestTooLargeException",
            /1048578 byte payload is too large .* \(limit 1048576 bytes\)/,
        );
    });

    it("for a mapping that does not exist are refused", () => {
        const fixture = new LambdaFixture();
        for (const input of [{ UUID: "none" }, {}]) {
            refuses(
                () => fixture.world.call("lambda", "GetEventSourceMapping", input, user),
                "ResourceNotFoundException",
                /does not exist/,
            );
        }
    });

    it("for what a mapping cannot change here are errors that name it", () => {
        const fixture = new LambdaFixture();
        fixture.fn("a", code);
        const UUID = fixture.map(fixture.queue("jobs"), "a");
        assert.throws(
            () => fixture.world.call("lambda", "UpdateEventSourceMapping", { UUID, BatchSize: 5 }, user),
            { message: "lambda:UpdateEventSourceMapping does not support BatchSize" },
        );
    });

    it("for a mapping of another source are errors that name the source", () => {
        const fixture = new LambdaFixture();
        fixture.fn("a", code);
        const arn = fixture.world.arn("kinesis", "stream/a");
        assert.throws(() => fixture.map(arn, "a"), { message: new RegExp(`not ${arn}$`) });
    });

    it("show that a mapping takes partial answers", () => {
        const fixture = new LambdaFixture();
        fixture.fn("a", code);
        const UUID = fixture.map(fixture.queue("jobs"), "a", {
            functionResponseTypes: ["ReportBatchItemFailures"],
        });
        const { FunctionResponseTypes } = fixture.world.call(
            "lambda",
            "GetEventSourceMapping",
            { UUID },
            user,
        ) as { FunctionResponseTypes: string[] };
        assert.deepEqual(FunctionResponseTypes, ["ReportBatchItemFailures"]);
    });
});

describe("Lambda: destinations", () => {
    const CONFIG = "aws:lambda/functionEventInvokeConfig:FunctionEventInvokeConfig";

    function send(fixture: LambdaFixture): void {
        fixture.world.call("lambda", "Invoke", { FunctionName: "a", InvocationType: "Event" }, user);
    }

    it("get a record of each success", async () => {
        const fixture = new LambdaFixture();
        const done = fixture.queue("done");
        fixture.fn("a", () => ({ sum: 3 }));
        const inputs = { functionName: "a", destinationConfig: { onSuccess: { destination: done } } };
        fixture.world.create(CONFIG, "c", inputs);
        send(fixture);
        await fixture.pass(second);
        const [record = "{}"] = fixture.bodies(done);
        const { requestContext, responseContext, responsePayload } = JSON.parse(record) as Record<
            string,
            Record<string, unknown>
        >;
        assert.equal(requestContext?.["condition"], "Success");
        assert.deepEqual(responseContext, { statusCode: 200, executedVersion: "$LATEST" });
        assert.deepEqual(responsePayload, { sum: 3 });
    });

    it("that are topics get the record as a message", async () => {
        const fixture = new LambdaFixture();
        const published: unknown[] = [];
        fixture.world.fake("sns", {
            Publish: (input: { Message: string }) => void published.push(input.Message),
        });
        fixture.fn("a", () => undefined);
        const destination = fixture.world.arn("sns", "done");
        fixture.world.create(CONFIG, "c", {
            functionName: "a",
            destinationConfig: { onSuccess: { destination } },
        });
        send(fixture);
        await fixture.pass(second);
        const { responsePayload } = JSON.parse(String(published[0])) as { responsePayload: unknown };
        assert.equal(responsePayload, null);
    });

    it("that refuse a record lose it, which is counted", async () => {
        const fixture = new LambdaFixture();
        fixture.fn("a", code);
        const destination = fixture.world.arn("sqs", "gone");
        fixture.world.create(CONFIG, "c", {
            functionName: "a",
            destinationConfig: { onSuccess: { destination } },
        });
        send(fixture);
        await fixture.pass(second);
        assert.equal(fixture.count("lambda.destinationErrors"), 1);
    });

    it("of another kind end the run with an error that names them", async () => {
        const fixture = new LambdaFixture();
        fixture.fn("a", code);
        const destination = fixture.world.arn("lambda", "function:b");
        fixture.world.create(CONFIG, "c", {
            functionName: "a",
            destinationConfig: { onSuccess: { destination } },
        });
        send(fixture);
        await assert.rejects(fixture.pass(second), { message: new RegExp(`not ${destination}$`) });
    });

    it("are gone with the configuration that named them", async () => {
        const fixture = new LambdaFixture();
        const done = fixture.queue("done");
        fixture.fn("a", code);
        const inputs = { functionName: "a", destinationConfig: { onSuccess: { destination: done } } };
        fixture.world.remove(fixture.world.create(CONFIG, "c", inputs));
        send(fixture);
        await fixture.pass(second);
        assert.equal(fixture.size(done), 0);
    });

    it("of the dead-letter kind get the error's text with the event", async () => {
        const fixture = new LambdaFixture();
        const dead = fixture.queue("dead");
        const fails = (): never => {
            throw new RangeError("too far");
        };
        fixture.fn("a", fails, { deadLetterConfig: { targetArn: dead } });
        send(fixture);
        await fixture.pass(600 * second);
        const { Messages = [] } = fixture.world.call(
            "sqs",
            "ReceiveMessage",
            { QueueUrl: fixture.url(dead), MessageAttributeNames: ["All"] },
            user,
        ) as { Messages?: { MessageAttributes: Record<string, { StringValue: string }> }[] };
        assert.equal(Messages[0]?.MessageAttributes["ErrorMessage"]?.StringValue, "too far");
    });
});
