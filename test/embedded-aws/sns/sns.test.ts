import assert from "node:assert/strict";
import type { Topic } from "../../../embedded-aws/services/sns/index.ts";
import { SnsService } from "../../../embedded-aws/services/sns/index.ts";
import type { Caller } from "../../../embedded-aws/service.ts";
import { FakeWorld, user } from "../fake-world.ts";

const arn = "arn:aws:sns:eu-west-1:123456789012:failed-jobs";
const queueArn = "arn:aws:sqs:eu-west-1:123456789012:failures";

function world(): FakeWorld {
    const fake = new FakeWorld();
    fake.add(new SnsService(fake));
    fake.create("aws:sns/topic:Topic", "failed-jobs", {}, { arn });
    return fake;
}

function publish(fake: FakeWorld, input: object = {}, caller: Caller = user): void {
    fake.call("sns", "Publish", { TopicArn: arn, Message: "job 1 failed", ...input }, caller);
}

function subscribe(fake: FakeWorld, inputs: Record<string, unknown>): void {
    fake.create(
        "aws:sns/topicSubscription:TopicSubscription",
        "s",
        { topic: arn, ...inputs },
        { arn: `${arn}:s` },
    );
}

function allow(fake: FakeWorld, statement: object): void {
    const base = { Effect: "Allow", Principal: "*", Action: "SNS:Publish", Resource: arn };
    const policy = JSON.stringify({ Version: "2012-10-17", Statement: [{ ...base, ...statement }] });
    fake.create("aws:sns/topicPolicy:TopicPolicy", "policy", { arn, policy });
}

describe("SNS", () => {
    it("keeps the latest messages of a topic to be looked at", () => {
        const fake = world();
        for (let i = 0; i < 1001; i++) publish(fake, { Message: `job ${i} failed`, Subject: "Turnstile" });
        const { published } = fake.find(arn) as Topic;
        assert.equal(published.length, 1000);
        assert.equal(published[0]?.Message, "job 1 failed");
        assert.equal(published[0].Subject, "Turnstile");
        assert.equal(fake.counters["sns.published"], 1001);
    });

    it("answers NotFound for a topic that does not exist", () => {
        const error = { name: "NotFound", message: "Topic does not exist", statusCode: 404 };
        assert.throws(() => publish(world(), { TopicArn: `${arn}2` }), error);
        assert.throws(
            () => subscribe(world(), { topic: `${arn}2`, protocol: "email", endpoint: "a@b.c" }),
            error,
        );
    });

    it("refuses empty and too long messages, and subjects that are no line of ASCII", () => {
        const wrong: object[] = [
            { Message: "" },
            { Message: "x".repeat(256 * 1024 + 1) },
            { Subject: "two\nlines" },
            { Subject: "ü" },
        ];
        for (const input of wrong) assert.throws(() => publish(world(), input), { name: "InvalidParameter" });
        publish(world(), { Message: "x".repeat(256 * 1024), Subject: "x".repeat(100) });
    });

    it("lets a service publish only when the topic's policy does", () => {
        const rule = "arn:aws:events:eu-west-1:123456789012:rule/ended";
        const caller: Caller = { principal: "events.amazonaws.com", sourceArn: rule };
        const fake = world();
        assert.throws(() => publish(fake, {}, caller), { name: "AuthorizationError", statusCode: 403 });
        allow(fake, {
            Principal: { Service: "events.amazonaws.com" },
            Condition: { ArnEquals: { "aws:SourceArn": rule } },
        });
        publish(fake, {}, caller);
        const other = { ...caller, sourceArn: `${rule}2` };
        assert.throws(() => publish(fake, {}, other), { name: "AuthorizationError" });
    });

    it("lets a role of its account publish unless the topic's policy denies it", () => {
        const caller: Caller = {
            principal: "states.amazonaws.com",
            roleArn: "arn:aws:iam::123456789012:role/machine",
        };
        const fake = world();
        publish(fake, {}, caller);
        allow(fake, { Effect: "Deny" });
        assert.throws(() => publish(fake, {}, caller), { message: /explicit deny/ });
    });

    it("delivers to a subscribed queue as itself, in an envelope or raw", async () => {
        for (const raw of [false, true]) {
            const fake = world();
            fake.fake("sqs", { SendMessage: () => ({}) });
            fake.register(queueArn, { url: "https://queue" });
            subscribe(fake, { protocol: "sqs", endpoint: queueArn, rawMessageDelivery: raw });
            publish(fake);
            await fake.pass(1000);
            const sent = fake.calls.at(-1);
            assert.deepEqual(sent?.caller, { principal: "sns.amazonaws.com", sourceArn: arn });
            const { QueueUrl, MessageBody } = sent.input as { QueueUrl: string; MessageBody: string };
            assert.equal(QueueUrl, "https://queue");
            const text = raw ? MessageBody : (JSON.parse(MessageBody) as { Message: string }).Message;
            assert.equal(text, "job 1 failed");
        }
    });

    it("delivers only what a subscription's filter lets through", async () => {
        const fake = world();
        fake.fake("lambda", { Invoke: () => ({}) });
        subscribe(fake, { protocol: "lambda", endpoint: "arn:f", filterPolicy: '{"process":["demo"]}' });
        for (const StringValue of ["demo", "other"]) {
            publish(fake, { MessageAttributes: { process: { DataType: "String", StringValue } } });
        }
        await fake.pass(1000);
        assert.equal(fake.calls.filter(({ service }) => service === "lambda").length, 1);
    });

    it("counts what could not be delivered", async () => {
        const fake = world();
        subscribe(fake, { protocol: "sqs", endpoint: queueArn });
        publish(fake);
        await fake.pass(1000);
        assert.equal(fake.counters["sns.failed"], 1);
    });

    it("takes the topic as the target, and nothing without one", () => {
        const fake = world();
        publish(fake, { TopicArn: undefined, TargetArn: arn });
        assert.equal(fake.counters["sns.published"], 1);
        assert.throws(() => publish(fake, { TopicArn: undefined }), {
            name: "InvalidParameter",
            message: /no value for required parameter/,
        });
    });

    it("only counts what people get", async () => {
        const fake = world();
        subscribe(fake, { protocol: "email", endpoint: "a@b.c" });
        publish(fake);
        await fake.pass(1000);
        assert.deepEqual([fake.counters["sns.email"], fake.calls.length], [1, 1]);
    });

    it("hands the trace header on, so that Lambda sees loops", async () => {
        const fake = world();
        fake.fake("lambda", { Invoke: () => ({}) });
        subscribe(fake, { protocol: "lambda", endpoint: "arn:f" });
        const traceHeader = "Root=1-5759e988-bd862e3fe1be46a994272793;Lineage=a87bd80c:1";
        publish(fake, { Subject: "Turnstile" }, { ...user, traceHeader });
        await fake.pass(1000);
        assert.equal(fake.calls.at(-1)?.caller.traceHeader, traceHeader);
    });

    it("compares numbers and lists of a message's attributes with a filter", async () => {
        const fake = world();
        fake.fake("lambda", { Invoke: () => ({}) });
        const filterPolicy = { slots: [{ numeric: [">", 2] }], pools: ["jobs"] };
        subscribe(fake, { protocol: "lambda", endpoint: "arn:f", filterPolicy });
        const attributes = (slots: string, pools: string): object => ({
            MessageAttributes: {
                slots: { DataType: "Number", StringValue: slots },
                pools: { DataType: "String.Array", StringValue: pools },
            },
        });
        publish(fake, attributes("3", '["other", "jobs"]'));
        publish(fake, attributes("2", '["jobs"]'));
        publish(fake, attributes("3", '["other"]'));
        await fake.pass(1000);
        assert.equal(fake.calls.filter(({ service }) => service === "lambda").length, 1);
    });

    it("has no other protocols and no filters on the body", () => {
        const endpoint = "https://example.com";
        assert.throws(() => subscribe(world(), { protocol: "https", endpoint }), {
            name: "UnsupportedError",
            message: /with protocol https; use sqs, lambda or email/,
        });
        const filter = { filterPolicy: "{}", filterPolicyScope: "MessageBody" };
        assert.throws(() => subscribe(world(), { protocol: "email", endpoint: "a@b.c", ...filter }), {
            name: "UnsupportedError",
            message: /filterPolicyScope MessageBody/,
        });
    });

    it("refuses a topic with a name that AWS does not take, or a key that does not exist", () => {
        const fake = world();
        const create = (name: string, inputs: Record<string, unknown> = {}): unknown =>
            fake.create("aws:sns/topic:Topic", name, inputs, { arn: `${arn}-${name}` });
        assert.throws(() => create("a b"), { name: "InvalidParameter", message: /Topic Name/ });
        for (const [id, shown] of [
            ["1", "arn:aws:kms:eu-west-1:123456789012:key/1"],
            ["alias/jobs", "arn:aws:kms:eu-west-1:123456789012:alias/jobs"],
            ["arn:aws:kms:eu-west-1:123456789012:key/2", "arn:aws:kms:eu-west-1:123456789012:key/2"],
        ] as const) {
            assert.throws(() => create("x", { kmsMasterKeyId: id }), {
                name: "KMSNotFound",
                message: `Key '${shown}' does not exist`,
            });
        }
    });

    it("lets subscriptions be changed and removed", async () => {
        const fake = world();
        const inputs = { topic: arn, protocol: "email", endpoint: "a@b.c" };
        const type = "aws:sns/topicSubscription:TopicSubscription";
        const first = fake.create(type, "s", inputs, { arn: `${arn}:s` });
        const second = fake.update(first, { ...inputs, protocol: "sms" });
        publish(fake);
        await fake.pass(1000);
        fake.remove(second);
        publish(fake);
        await fake.pass(1000);
        assert.deepEqual([fake.counters["sns.email"], fake.counters["sns.sms"]], [undefined, 1]);
    });

    it("refuses a policy that is malformed", () => {
        assert.throws(() => allow(world(), { Effect: "Maybe" }), {
            name: "InvalidParameter",
            message: /Policy Error/,
        });
    });
});
