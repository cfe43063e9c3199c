/**
 * Functions that invoke themselves (Lambda Developer Guide, "Use Lambda recursive loop detection to prevent infinite loops").
 */
import assert from "node:assert/strict";
import { SnsService } from "../../../embedded-aws/services/sns/index.ts";
import type { InvocationContext } from "../../../embedded-aws/services/lambda/index.ts";
import type { Caller } from "../../../embedded-aws/service.ts";
import { user } from "../fake-world.ts";
import { hour, LambdaFixture, minute, refuses, second, write } from "./fixture.ts";
import type { SqsEvent } from "./fixture.ts";

const BOUND = 16;

/** A world in which functions send under their trace header, as the SDK does. */
class Loops extends LambdaFixture {
    readonly sns = this.world.add(new SnsService(this.world));

    constructor() {
        super({ model: { pollMillis: 100 } });
    }

    /** Sends what an invocation sends. */
    sendFrom(context: InvocationContext, queueArn: string, body = "again"): void {
        const QueueUrl = this.url(queueArn);
        this.world.call("sqs", "SendMessage", { QueueUrl, MessageBody: body }, this.callerIn(context));
    }

    /** The code of a function. */
    callerIn({ functionArn, traceHeader }: InvocationContext): Caller {
        const { roleArn } = this;
        return { principal: "lambda.amazonaws.com", roleArn, sourceArn: functionArn, traceHeader };
    }

    dropped(name: string): number {
        return this.fnNamed(name).measure("RecursiveInvocationsDropped")?.sum ?? 0;
    }

    permit(functionName: string, principal: string): void {
        const inputs = { action: "lambda:InvokeFunction", function: functionName, principal };
        this.world.create("aws:lambda/permission:Permission", `${functionName}-${principal}`, inputs);
    }
}

describe("A function that sends to its own queue", () => {
    let fixture: Loops;
    let jobs: string;
    let dead: string;
    let invocations: number;

    beforeEach(() => {
        fixture = new Loops();
        invocations = 0;
        dead = fixture.queue("dead");
        const redrivePolicy = JSON.stringify({ deadLetterTargetArn: dead, maxReceiveCount: 3 });
        jobs = fixture.queue("jobs", { visibilityTimeoutSeconds: 30, redrivePolicy });
        fixture.fn("loops", (_event: SqsEvent, context) => {
            invocations++;
            fixture.sendFrom(context, jobs);
        });
    });

    it("is stopped after 16 invocations", async () => {
        fixture.map(jobs, "loops");
        fixture.send(jobs, "first");
        await fixture.pass(hour);
        assert.equal(invocations, BOUND);
    });

    it("leaves the message to come back until it is dead-lettered", async () => {
        fixture.map(jobs, "loops");
        fixture.send(jobs, "first");
        await fixture.pass(20 * second);
        assert.equal(fixture.size(jobs), 1);
        await fixture.pass(hour);
        assert.deepEqual([fixture.size(jobs), fixture.bodies(dead)], [0, ["again"]]);
    });

    it("has each stopped invocation in the metric RecursiveInvocationsDropped", async () => {
        fixture.map(jobs, "loops");
        fixture.send(jobs, "first");
        await fixture.pass(hour);
        assert.equal(fixture.dropped("loops"), 3);
    });

    it("goes on when its recursion configuration allows it", async () => {
        const inputs = { functionName: "loops", recursiveLoop: "Allow" };
        fixture.world.create("aws:lambda/functionRecursionConfig:FunctionRecursionConfig", "allow", inputs);
        fixture.map(jobs, "loops");
        fixture.send(jobs, "first");
        await fixture.pass(10 * second);
        assert.ok(invocations > 2 * BOUND, `${invocations}`);
    });

    it("is stopped again once the configuration terminates loops, or is gone", async () => {
        const type = "aws:lambda/functionRecursionConfig:FunctionRecursionConfig";
        const resource = fixture.world.create(type, "c", { functionName: "loops", recursiveLoop: "Allow" });
        fixture.world.update(resource, { functionName: "loops", recursiveLoop: "Terminate" });
        assert.equal(fixture.fnNamed("loops").recursiveLoop, "Terminate");
        fixture.world.update(resource, { functionName: "loops", recursiveLoop: "Allow" });
        fixture.world.remove(resource);
        assert.equal(fixture.fnNamed("loops").recursiveLoop, "Terminate");
    });

    it("has no other recursion configuration", () => {
        refuses(
            () =>
                fixture.world.create("aws:lambda/functionRecursionConfig:FunctionRecursionConfig", "c", {
                    functionName: "loops",
                    recursiveLoop: "Sometimes",
                }),
            "InvalidParameterValueException",
            /recursiveLoop is Sometimes, expected Allow or Terminate/,
        );
    });

    it("runs all chains to their ends, each by itself", async () => {
        fixture.map(jobs, "loops", { batchSize: 1 });
        for (let i = 0; i < 3; i++) fixture.send(jobs, "first");
        await fixture.pass(hour);
        assert.equal(invocations, 3 * BOUND);
    });
});

describe("A chain of invocations", () => {
    let fixture: Loops;
    let jobs: string;
    let invocations: number;

    beforeEach(() => {
        fixture = new Loops();
        invocations = 0;
        jobs = fixture.queue("jobs", { visibilityTimeoutSeconds: 30 });
    });

    it("does not grow when a message comes back because of an error", async () => {
        fixture.fn("fails", () => {
            invocations++;
            throw new Error("no");
        });
        fixture.map(jobs, "fails");
        fixture.send(jobs, "first");
        await fixture.pass(hour);
        assert.ok(invocations > 100, `${invocations}`);
    });

    it("does not grow when a function changes a message's visibility and reports it as failed", async () => {
        fixture.fn("later", ({ Records }: SqsEvent, context) => {
            invocations++;
            const [record] = Records;
            const input = {
                QueueUrl: fixture.url(jobs),
                ReceiptHandle: record?.receiptHandle,
                VisibilityTimeout: 5,
            };
            fixture.world.call("sqs", "ChangeMessageVisibility", input, fixture.callerIn(context));
            return { batchItemFailures: [{ itemIdentifier: record?.messageId }] };
        });
        fixture.map(jobs, "later", { functionResponseTypes: ["ReportBatchItemFailures"] });
        fixture.send(jobs, "first");
        await fixture.pass(hour);
        assert.ok(invocations > 100, `${invocations}`);
    });

    it("ends at a table's stream", async () => {
        const stream = fixture.stream("table");
        fixture.fn("writes", () => write(stream, `id-${++invocations}`));
        fixture.fn("sends", (_event, context) => fixture.sendFrom(context, jobs));
        fixture.map(jobs, "writes");
        fixture.map(stream.arn, "sends");
        fixture.send(jobs, "first");
        await fixture.pass(minute);
        assert.ok(invocations > 2 * BOUND, `${invocations}`);
    });

    it("goes on through another queue and another function, and counts the invocations of each", async () => {
        const other = fixture.queue("other");
        const there = { ping: 0, pong: 0 };
        fixture.fn("ping", (_event, context) => {
            there.ping++;
            fixture.sendFrom(context, other);
        });
        fixture.fn("pong", (_event, context) => {
            there.pong++;
            fixture.sendFrom(context, jobs);
        });
        fixture.map(jobs, "ping");
        fixture.map(other, "pong");
        fixture.send(jobs, "first");
        await fixture.pass(minute);
        assert.deepEqual(there, { ping: BOUND, pong: BOUND });
    });

    it("goes on through a topic, to a queue", async () => {
        const topic = fixture.world.arn("sns", "news");
        fixture.world.create("aws:sns/topic:Topic", "news", {}, { arn: topic });
        const open = { Effect: "Allow", Principal: "*", Action: "sqs:SendMessage", Resource: jobs };
        fixture.world.create("aws:sqs/queuePolicy:QueuePolicy", "open", {
            queueUrl: fixture.url(jobs),
            policy: JSON.stringify({ Version: "2012-10-17", Statement: open }),
        });
        fixture.world.create("aws:sns/topicSubscription:TopicSubscription", "jobs", {
            topic,
            protocol: "sqs",
            endpoint: jobs,
        });
        fixture.fn("publishes", (_event, context) => {
            invocations++;
            const input = { TopicArn: topic, Message: "again" };
            fixture.world.call("sns", "Publish", input, fixture.callerIn(context));
        });
        fixture.map(jobs, "publishes");
        fixture.send(jobs, "first");
        await fixture.pass(minute);
        assert.equal(invocations, BOUND);
    });

    it("goes on through a topic, to a function, whose event then goes to the dead-letter queue", async () => {
        const topic = fixture.world.arn("sns", "news");
        const dead = fixture.queue("dead");
        fixture.world.create("aws:sns/topic:Topic", "news", {}, { arn: topic });
        const code = (_event: never, context: InvocationContext): void => {
            invocations++;
            const input = { TopicArn: topic, Message: "again" };
            fixture.world.call("sns", "Publish", input, fixture.callerIn(context));
        };
        const fn = fixture.fn("publishes", code, { deadLetterConfig: { targetArn: dead } });
        fixture.permit("publishes", "sns.amazonaws.com");
        fixture.world.create("aws:sns/topicSubscription:TopicSubscription", "fn", {
            topic,
            protocol: "lambda",
            endpoint: fn.arn,
        });
        const input = { TopicArn: topic, Message: "first" };
        fixture.world.call("sns", "Publish", input, { principal: "user", roleArn: fixture.roleArn });
        await fixture.pass(minute);
        assert.deepEqual([invocations, fixture.size(dead), fixture.dropped("publishes")], [BOUND, 1, 1]);
    });

    it("goes on when a function invokes itself, and ends at the destination for failures", async () => {
        const failures = fixture.queue("failures");
        fixture.fn("again", (_event, context) => {
            invocations++;
            const input = { FunctionName: "again", InvocationType: "Event", Payload: "{}" };
            fixture.world.call("lambda", "Invoke", input, fixture.callerIn(context));
        });
        fixture.world.create("aws:lambda/functionEventInvokeConfig:FunctionEventInvokeConfig", "again", {
            functionName: "again",
            destinationConfig: { onFailure: { destination: failures } },
        });
        fixture.world.call("lambda", "Invoke", { FunctionName: "again", InvocationType: "Event" }, user);
        await fixture.pass(minute);
        assert.equal(invocations, BOUND);
        const [record = "{}"] = fixture.bodies(failures);
        const { requestContext } = JSON.parse(record) as { requestContext: { condition: string } };
        assert.equal(requestContext.condition, "RecursiveInvocationException");
    });

    it("throws at whoever waits for the answer", () => {
        const fn = fixture.fn("asked", () => null);
        const Lineage = `${fn.lineageId}:${BOUND}`;
        const caller = {
            ...user,
            traceHeader: `Root=1-5759e988-bd862e3fe1be46a994272793;Lineage=${Lineage}`,
        };
        refuses(
            () => fn.invoke({}, caller, () => undefined),
            "RecursiveInvocationException",
            /recursive loop/,
        );
    });

    it("is as long as the longest of a batch", async () => {
        const sizes: number[] = [];
        fixture.fn("loops", ({ Records }: SqsEvent, context) => {
            sizes.push(Records.length);
            if (sizes.length < BOUND) fixture.sendFrom(context, jobs);
        });
        const uuid = fixture.map(jobs, "loops");
        const setEnabled = (Enabled: boolean): unknown =>
            fixture.world.call("lambda", "UpdateEventSourceMapping", { UUID: uuid, Enabled }, user);
        fixture.send(jobs, "first");
        await fixture.pass(20 * second);
        assert.equal(sizes.length, BOUND);
        // A message without a header, then one at the end of its chain, in one batch.
        setEnabled(false);
        const traceHeader = `Root=1-5759e988-bd862e3fe1be46a994272793;Lineage=${fixture.fnNamed("loops").lineageId}:${BOUND}`;
        fixture.send(jobs, "fresh");
        fixture.world.call(
            "sqs",
            "SendMessage",
            { QueueUrl: fixture.url(jobs), MessageBody: "old" },
            { ...user, traceHeader },
        );
        setEnabled(true);
        await fixture.pass(second);
        assert.deepEqual([sizes.length, fixture.dropped("loops")], [BOUND, 1]);
    });

    it("keeps the root of the header that came with the message", async () => {
        const headers: string[] = [];
        fixture.fn("sees", (_event, context) => void headers.push(context.traceHeader));
        fixture.map(jobs, "sees");
        const StringValue = "Root=1-5759e988-bd862e3fe1be46a994272793;Sampled=1";
        const input = {
            QueueUrl: fixture.url(jobs),
            MessageBody: "traced",
            MessageSystemAttributes: { AWSTraceHeader: { DataType: "String", StringValue } },
        };
        fixture.world.call("sqs", "SendMessage", input, user);
        await fixture.pass(second);
        const id = fixture.fnNamed("sees").lineageId;
        assert.match(headers[0] ?? "", /^Root=1-5759e988-bd862e3fe1be46a994272793;Parent=[0-9a-f]{16};/);
        assert.ok(headers[0]?.endsWith(`;Lineage=${id}:1`), headers[0]);
    });

    it("begins anew with a message whose header says nothing that can be read", async () => {
        fixture.fn("sees", () => void invocations++);
        fixture.map(jobs, "sees");
        for (const traceHeader of ["x", "Lineage=", "Lineage=zz", "Lineage=|:|"]) {
            const input = { QueueUrl: fixture.url(jobs), MessageBody: "odd" };
            fixture.world.call("sqs", "SendMessage", input, { ...user, traceHeader });
        }
        await fixture.pass(second);
        assert.equal(fixture.size(jobs), 0);
        assert.ok(invocations > 0);
    });
});
