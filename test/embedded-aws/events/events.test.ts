import assert from "node:assert/strict";
import { EventsService } from "../../../embedded-aws/services/events/index.ts";
import { AwsError } from "../../../embedded-aws/service.ts";
import { FakeWorld, user } from "../fake-world.ts";

const minute = 60_000;
const ruleArn = "arn:aws:events:eu-west-1:123456789012:rule/ended";
const queueArn = "arn:aws:sqs:eu-west-1:123456789012:reaper";
const lambdaArn = "arn:aws:lambda:eu-west-1:123456789012:function:dispatcher";
const deadLetterArn = "arn:aws:sqs:eu-west-1:123456789012:undelivered";
const glueEnded = JSON.stringify({
    source: ["aws.glue"],
    detail: { jobName: ["demo"], state: ["SUCCEEDED", "FAILED"] },
});

interface Sent {
    time: number;
    input: Record<string, unknown>;
    caller: unknown;
}

interface Setting {
    world: FakeWorld;
    events: EventsService;
    /** What reached SQS, Lambda and SNS. */
    sent: Sent[];
    /** Errors that the next calls to a target fail with. */
    errors: AwsError[];
    rule: (inputs: Record<string, unknown>) => void;
    target: (inputs?: Record<string, unknown>) => void;
    put: (detail?: object, entry?: object) => void;
}

function setUp(): Setting {
    const world = new FakeWorld({ eventMillis: 500 });
    const events = world.add(new EventsService(world));
    const sent: Sent[] = [];
    const errors: AwsError[] = [];
    const receive = (input: Record<string, unknown>, caller: unknown): object => {
        const error = errors.shift();
        if (error) throw error;
        sent.push({ time: world.clock.now(), input, caller });
        return {};
    };
    world.fake("sqs", { SendMessage: receive });
    world.fake("lambda", { Invoke: receive });
    world.fake("sns", { Publish: receive });
    world.register(queueArn, { url: "https://reaper" });
    world.register(deadLetterArn, { url: "https://undelivered" });
    return {
        world,
        events,
        sent,
        errors,
        rule: (inputs) =>
            void world.create("aws:cloudwatch/eventRule:EventRule", "ended", inputs, { arn: ruleArn }),
        target: (inputs = {}) => {
            const declared = { rule: "ended", arn: queueArn, targetId: "reaper", ...inputs };
            world.create("aws:cloudwatch/eventTarget:EventTarget", "target", declared);
        },
        put: (detail = { jobName: "demo", state: "SUCCEEDED" }, entry = {}) => {
            const event = {
                Source: "aws.glue",
                DetailType: "Glue Job State Change",
                Detail: detail,
                ...entry,
            };
            world.call(
                "events",
                "PutServiceEvents",
                { Entries: [event] },
                { principal: "glue.amazonaws.com" },
            );
        },
    };
}

function bodies(sent: Sent[]): unknown[] {
    return sent.map(
        ({ input }) =>
            JSON.parse(String(input["MessageBody"] ?? input["Payload"] ?? input["Message"])) as unknown,
    );
}

function matching(inputs: Record<string, unknown> = {}): Setting {
    const setting = setUp();
    setting.rule({ eventPattern: glueEnded });
    setting.target(inputs);
    return setting;
}

describe("an event rule", () => {
    it("sends the whole event to its queue, as the service on behalf of the rule", () => {
        const { world, sent, put } = matching();
        put(undefined, { Resources: ["arn:r"], Time: new Date(Date.UTC(2026, 0, 1, 12, 0, 0, 999)) });
        assert.equal(sent[0]?.input["QueueUrl"], "https://reaper");
        assert.deepEqual(sent[0].caller, { principal: "events.amazonaws.com", sourceArn: ruleArn });
        const [{ id, ...event } = {}] = bodies(sent) as Record<string, unknown>[];
        assert.match(String(id), /^[0-9a-f-]{36}$/);
        assert.deepEqual(event, {
            version: "0",
            "detail-type": "Glue Job State Change",
            source: "aws.glue",
            account: "123456789012",
            time: "2026-01-01T12:00:00Z",
            region: "eu-west-1",
            resources: ["arn:r"],
            detail: { jobName: "demo", state: "SUCCEEDED" },
        });
        assert.equal(world.counters["events.delivered"], 1);
    });

    it("sends nothing of what its pattern does not match", () => {
        const { sent, put } = matching();
        put({ jobName: "other", state: "SUCCEEDED" });
        put({ jobName: "demo", state: "RUNNING" });
        assert.equal(sent.length, 0);
    });

    it("invokes a function without waiting for it", () => {
        const { sent, put } = matching({ arn: lambdaArn });
        put();
        const { FunctionName, InvocationType } = sent[0]?.input ?? {};
        assert.deepEqual([FunctionName, InvocationType], [lambdaArn, "Event"]);
    });

    it("publishes to a topic", () => {
        const topic = "arn:aws:sns:eu-west-1:123456789012:failed";
        const { sent, put } = matching({ arn: topic });
        put();
        assert.equal(sent[0]?.input["TopicArn"], topic);
    });

    it("sends to a FIFO queue with its message group, which it must have", () => {
        const { world, rule, target, sent, put } = setUp();
        const arn = `${queueArn}.fifo`;
        world.register(arn, { url: "https://reaper.fifo" });
        rule({ eventPattern: glueEnded });
        assert.throws(() => target({ arn }), { name: "ValidationException" });
        target({ arn, sqsTarget: { messageGroupId: "g" } });
        put();
        assert.equal(sent[0]?.input["MessageGroupId"], "g");
    });

    it("tries again with growing pauses while its target is in trouble", async () => {
        const { world, sent, errors, put } = matching();
        const began = world.clock.now();
        errors.push(...Array.from({ length: 5 }, () => new AwsError("RequestThrottled", "slow down")));
        put();
        assert.equal(sent.length, 0);
        await world.pass(minute);
        assert.equal(sent.length, 1);
        const after = (sent[0]?.time ?? 0) - began;
        assert.ok(after > 15_500 && after <= 31_000, `delivered after ${after} ms`);
    });

    it("does not try again without a permission or a target", () => {
        const { world, events, errors, put } = matching();
        errors.push(new AwsError("AccessDenied", "no resource-based policy allows it", 403));
        put();
        world.unregister(queueArn);
        put();
        assert.deepEqual(
            events.failures.map(({ errorName }) => errorName),
            ["AccessDenied", "QueueDoesNotExist"],
        );
        assert.equal(world.counters["events.failed"], 2);
    });

    it("says whether it has a schedule", () => {
        const { events, rule } = setUp();
        assert.ok(!events.isSchedule(ruleArn));
        rule({ scheduleExpression: "rate(1 minute)" });
        assert.ok(events.isSchedule(ruleArn));
        assert.ok(!matching().events.isSchedule(ruleArn));
    });

    it("stops firing when it is disabled or deleted", async () => {
        const { world, rule, sent } = setUp();
        rule({ scheduleExpression: "rate(1 minute)" });
        const inputs = { rule: "ended", arn: queueArn, targetId: "t" };
        const target = world.create("aws:cloudwatch/eventTarget:EventTarget", "t", inputs);
        await world.pass(minute);
        world.call("events", "DisableRule", { Name: "ended" }, user);
        await world.pass(5 * minute);
        assert.equal(sent.length, 1);
        world.call("events", "EnableRule", { Name: "ended" }, user);
        await world.pass(minute);
        assert.equal(sent.length, 2);
        world.remove(target);
        await world.pass(5 * minute);
        assert.equal(sent.length, 2);
    });

    it("refuses what EventBridge refuses of rules and targets", () => {
        assert.throws(() => setUp().rule({}), { name: "ValidationException" });
        assert.throws(() => setUp().rule({ eventPattern: '{"source":"x"}' }), {
            name: "InvalidEventPatternException",
        });
        assert.throws(() => setUp().rule({ name: "a b", eventPattern: glueEnded }), {
            name: "ValidationException",
        });
        assert.throws(() => setUp().target(), {
            name: "ResourceNotFoundException",
            message: "Rule ended does not exist on EventBus default.",
        });
        assert.throws(() => matching({ input: "{" }), { name: "ValidationException" });
        assert.throws(() => matching({ input: "{}", inputPath: "$" }), { name: "ValidationException" });
        assert.throws(() => matching({ retryPolicy: { maximumRetryAttempts: 186 } }), {
            name: "ValidationException",
        });
        const inputTransformer = { inputPaths: {}, inputTemplate: "<who>" };
        assert.throws(() => matching({ inputTransformer }), { name: "ValidationException" });
        assert.throws(() => matching({ arn: "arn:aws:ecs:eu-west-1:1:cluster/x" }), {
            name: "UnsupportedError",
        });
        assert.throws(() => matching({ eventBusName: "other" }), { name: "UnsupportedError" });
    });

    it("follows a later deployment that changes a rule or takes it away", () => {
        const { world, sent, put } = setUp();
        const type = "aws:cloudwatch/eventRule:EventRule";
        const rule = world.create(type, "ended", { eventPattern: glueEnded }, { arn: ruleArn });
        const inputs = { rule: "ended", arn: queueArn, targetId: "t", input: "1" };
        const target = world.create("aws:cloudwatch/eventTarget:EventTarget", "t", inputs);
        world.update(rule, { eventPattern: glueEnded.replace("demo", "other") });
        put();
        assert.equal(sent.length, 0);
        const changed = world.update(target, { ...inputs, input: "2" });
        put({ jobName: "other", state: "FAILED" });
        assert.deepEqual(bodies(sent), [2]);
        assert.throws(() => world.remove(rule), { name: "ValidationException" });
        world.remove(changed);
        world.remove(rule);
        put({ jobName: "other", state: "FAILED" });
        assert.equal(sent.length, 1);
    });
});

describe("PutEvents", () => {
    const entry = { Source: "turnstile", DetailType: "Paused", Detail: '{"by":"me"}' };

    it("delivers after a while what users put", async () => {
        const { world, rule, target, sent } = setUp();
        const began = world.clock.now();
        rule({ eventPattern: '{"source":["turnstile"],"detail":{"by":["me"]}}' });
        target();
        const output = world.call("events", "PutEvents", { Entries: [entry] }, user) as {
            FailedEntryCount: number;
        };
        assert.equal(output.FailedEntryCount, 0);
        await world.pass(minute);
        assert.deepEqual(
            sent.map(({ time }) => time - began),
            [500],
        );
    });
});
