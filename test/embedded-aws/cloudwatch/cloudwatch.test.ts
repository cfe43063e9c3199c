import assert from "node:assert/strict";
import fc from "fast-check";
import type { Alarm } from "../../../embedded-aws/services/cloudwatch/index.ts";
import { CloudWatchService } from "../../../embedded-aws/services/cloudwatch/index.ts";
import { embeddedMetrics } from "../../../embedded-aws/services/cloudwatch/embedded-metrics.ts";
import { stateOf } from "../../../embedded-aws/services/cloudwatch/evaluation.ts";
import type { AlarmState, MissingData, Rule } from "../../../embedded-aws/services/cloudwatch/evaluation.ts";
import { KmsService } from "../../../embedded-aws/services/kms/index.ts";
import { UnsupportedError } from "../../../embedded-aws/service.ts";
import type { Resource } from "../../../embedded-aws/recording/resource.ts";
import type { Topic } from "../../../embedded-aws/services/sns/index.ts";
import { SnsService } from "../../../embedded-aws/services/sns/index.ts";
import { FakeWorld, user } from "../fake-world.ts";
import { LambdaFixture, write } from "../lambda/fixture.ts";

const minute = 60_000;
const topicArn = "arn:aws:sns:eu-west-1:123456789012:operators";
const alarmArn = "arn:aws:cloudwatch:eu-west-1:123456789012:alarm:a";
const ALARM = "aws:cloudwatch/metricAlarm:MetricAlarm";

/** An alarm that goes off when the metric Jobs Failed, pool p, adds up to 1 or more in a minute. */
const failed = {
    namespace: "Jobs",
    metricName: "Failed",
    dimensions: { pool: "p" },
    statistic: "Sum",
    comparisonOperator: "GreaterThanOrEqualToThreshold",
    threshold: 1,
    period: 60,
    evaluationPeriods: 1,
    treatMissingData: "notBreaching",
    alarmActions: [topicArn],
};

class Fixture {
    readonly world: FakeWorld;
    readonly cloudwatch: CloudWatchService;
    readonly topic: Topic;

    constructor(world = new FakeWorld(), { topic = {} }: { topic?: Record<string, unknown> } = {}) {
        this.world = world;
        world.add(new KmsService(world));
        world.add(new SnsService(world));
        this.cloudwatch = world.add(new CloudWatchService(world));
        world.create("aws:sns/topic:Topic", "operators", topic, { arn: topicArn });
        this.topic = world.find(topicArn) as Topic;
    }

    /** Lets the alarms of the account publish to the topic. */
    allow(sourceArn = "arn:aws:cloudwatch:eu-west-1:123456789012:alarm:*"): this {
        const Statement = {
            Effect: "Allow",
            Principal: { Service: "cloudwatch.amazonaws.com" },
            Action: "sns:Publish",
            Resource: topicArn,
            Condition: { ArnLike: { "aws:SourceArn": sourceArn } },
        };
        const policy = JSON.stringify({ Version: "2012-10-17", Statement });
        this.world.create("aws:sns/topicPolicy:TopicPolicy", "policy", { arn: topicArn, policy });
        return this;
    }

    declare(inputs: Record<string, unknown>): Resource {
        return this.world.create(ALARM, "a", inputs, { arn: alarmArn });
    }

    alarm(inputs: Record<string, unknown>): Alarm {
        this.declare(inputs);
        return this.world.find(alarmArn) as Alarm;
    }

    put(Value: number, dimensions: Record<string, string> = { pool: "p" }, MetricName = "Failed"): void {
        const Dimensions = Object.entries(dimensions).map(([Name, Value]) => ({ Name, Value }));
        const MetricData = [{ MetricName, Value, Dimensions }];
        this.world.call("cloudwatch", "PutMetricData", { Namespace: "Jobs", MetricData }, user);
    }

    /** The states that the topic was told of. */
    told(): string[] {
        return this.topic.published.map(
            ({ Message }) => (JSON.parse(Message) as { NewStateValue: string }).NewStateValue,
        );
    }

    /** Lets minutes pass, putting a value into each; undefined puts none. Returns the state after each. */
    async minutes(alarm: Alarm, values: readonly (number | undefined)[]): Promise<AlarmState[]> {
        const states: AlarmState[] = [];
        for (const value of values) {
            if (value !== undefined) this.put(value);
            await this.world.pass(minute);
            states.push(alarm.state);
        }
        return states;
    }
}

function rule(evaluationPeriods: number, datapointsToAlarm: number, treatMissingData: MissingData): Rule {
    return { evaluationPeriods, datapointsToAlarm, treatMissingData, breaches: (value) => value > 0 };
}

/** `0` is within the threshold, `X` breaches it, `-` is missing; the latest stands last. */
function values(text: string): (number | undefined)[] {
    return text.split(" ").map((each) => (each === "-" ? undefined : each === "X" ? 1 : 0));
}

describe("CloudWatch: the state of an alarm", () => {
    const modes = ["missing", "ignore", "breaching", "notBreaching"] as const;
    const table = (datapointsToAlarm: number, rows: Record<string, readonly string[]>): void => {
        for (const [text, states] of Object.entries(rows)) {
            it(`is, after ${text} with ${datapointsToAlarm} of 3 to breach, as AWS's table says`, () => {
                for (const current of ["OK", "ALARM", "INSUFFICIENT_DATA"] as const) {
                    modes.forEach((mode, i) => {
                        const expected = states[i] === "retained" ? current : states[i];
                        const rule3 = rule(3, datapointsToAlarm, mode);
                        assert.equal(stateOf(rule3, values(text), current), expected, mode);
                    });
                }
            });
        }
    };

    // CloudWatch User Guide, "Configuring how CloudWatch alarms treat missing data": missing, ignore, breaching, notBreaching.
    table(3, {
        "0 - X - X": ["OK", "OK", "OK", "OK"],
        "0 - - - -": ["OK", "OK", "OK", "OK"],
        "- - - - -": ["INSUFFICIENT_DATA", "retained", "ALARM", "OK"],
        "0 X X - X": ["ALARM", "ALARM", "ALARM", "ALARM"],
        "- - X - -": ["ALARM", "retained", "ALARM", "OK"],
        "- - - - X": ["INSUFFICIENT_DATA", "retained", "ALARM", "OK"],
        "- - - X -": ["INSUFFICIENT_DATA", "retained", "ALARM", "OK"],
    });
    table(2, {
        "0 - X - X": ["ALARM", "ALARM", "ALARM", "ALARM"],
        "0 0 X 0 X": ["ALARM", "ALARM", "ALARM", "ALARM"],
        "0 - X - -": ["OK", "OK", "ALARM", "OK"],
        "- - - - 0": ["OK", "OK", "ALARM", "OK"],
        "- - - X -": ["ALARM", "retained", "ALARM", "OK"],
    });

    it("depends, when nothing is missing, on the latest values alone and not on what it was", () => {
        const state = fc.constantFrom<AlarmState>("OK", "ALARM", "INSUFFICIENT_DATA");
        fc.assert(
            fc.property(
                fc
                    .integer({ min: 1, max: 10 })
                    .chain((n) => fc.tuple(fc.constant(n), fc.integer({ min: 1, max: n }))),
                fc.array(fc.integer({ min: 0, max: 1 }), { minLength: 12, maxLength: 12 }),
                fc.constantFrom(...modes),
                state,
                ([n, m], latest, mode, current) => {
                    const breaching = latest.slice(-n).filter((value) => value > 0).length;
                    assert.equal(stateOf(rule(n, m, mode), latest, current), breaching >= m ? "ALARM" : "OK");
                },
            ),
        );
    });

    it("is the same or worse when missing data count as breaching instead of as good", () => {
        const some = fc.array(fc.constantFrom(undefined, 0, 1), { minLength: 5, maxLength: 5 });
        fc.assert(
            fc.property(fc.integer({ min: 1, max: 3 }), some, (m, latest) => {
                const good = stateOf(rule(3, m, "notBreaching"), latest, "OK");
                const bad = stateOf(rule(3, m, "breaching"), latest, "OK");
                assert.ok(good === "OK" || bad === "ALARM");
            }),
        );
    });
});

describe("CloudWatch: an alarm", () => {
    it("tells its topic when it goes off and when it is over, once each", async () => {
        const fixture = new Fixture().allow();
        const alarm = fixture.alarm({ ...failed, okActions: [topicArn] });
        assert.equal(alarm.state, "INSUFFICIENT_DATA");
        const states = await fixture.minutes(alarm, [0, 0, 2, 1, 1, 0, 0]);
        assert.deepEqual(states, ["OK", "OK", "ALARM", "ALARM", "ALARM", "OK", "OK"]);
        assert.deepEqual(fixture.told(), ["OK", "ALARM", "OK"]);
        assert.deepEqual(
            alarm.history.map(({ from, to }) => `${from} ${to}`),
            ["INSUFFICIENT_DATA OK", "OK ALARM", "ALARM OK"],
        );
    });

    it("says in its message what it watches, what it saw and what it means", async () => {
        const fixture = new Fixture().allow();
        const alarm = fixture.alarm({ ...failed, alarmDescription: "Look at the log." });
        await fixture.minutes(alarm, [undefined, 2]);
        const [published] = fixture.topic.published;
        assert.equal(published?.Subject, 'ALARM: "a" in eu-west-1');
        const message = JSON.parse(published.Message) as Record<string, unknown>;
        assert.equal(message["AlarmName"], "a");
        assert.equal(message["AlarmArn"], alarmArn);
        assert.equal(message["AlarmDescription"], "Look at the log.");
        assert.equal(message["OldStateValue"], "OK");
        assert.equal(message["StateChangeTime"], "2026-01-01T00:02:00.000+0000");
        assert.equal(
            message["NewStateReason"],
            "Threshold Crossed: 1 out of the last 1 datapoints [2 (2026-01-01T00:01:00.000Z)] was greater than or equal to the threshold (1) (minimum 1 datapoint for OK -> ALARM transition).",
        );
        assert.deepEqual(message["Trigger"], {
            MetricName: "Failed",
            Namespace: "Jobs",
            StatisticType: "Statistic",
            Statistic: "SUM",
            Unit: null,
            Dimensions: [{ value: "p", name: "pool" }],
            Period: 60,
            EvaluationPeriods: 1,
            DatapointsToAlarm: 1,
            ComparisonOperator: "GreaterThanOrEqualToThreshold",
            Threshold: 1,
            TreatMissingData: "notBreaching",
        });
    });

    it("may publish only where the topic's policy lets it, and does not try again", async () => {
        const alike: Record<string, Fixture> = {
            "no policy": new Fixture(),
            "another alarm's": new Fixture().allow("arn:aws:cloudwatch:eu-west-1:123456789012:alarm:b"),
            "SNS's own key": new Fixture(new FakeWorld(), {
                topic: { kmsMasterKeyId: "alias/aws/sns" },
            }).allow(),
        };
        for (const [why, fixture] of Object.entries(alike)) {
            const states = await fixture.minutes(fixture.alarm(failed), [2, 2]);
            assert.deepEqual(states, ["ALARM", "ALARM"]);
            assert.deepEqual(fixture.told(), [], why);
            assert.equal(fixture.world.counters["cloudwatch.failedActions"], 1, why);
        }
    });

    it("may publish to a topic with a key whose policy lets it", async () => {
        for (const [principal, count] of [
            ["cloudwatch.amazonaws.com", 1],
            ["events.amazonaws.com", 0],
        ] as const) {
            const world = new FakeWorld();
            world.add(new KmsService(world));
            const arn = world.arn("kms", "key/1");
            const Statement = {
                Effect: "Allow",
                Principal: { Service: principal },
                Action: ["kms:Decrypt", "kms:GenerateDataKey*"],
                Resource: "*",
            };
            const policy = JSON.stringify({ Version: "2012-10-17", Statement });
            world.create("aws:kms/key:Key", "key", { policy }, { arn, keyId: "1" });
            const fixture = new Fixture(world, { topic: { kmsMasterKeyId: arn } }).allow();
            await fixture.minutes(fixture.alarm(failed), [2]);
            assert.equal(fixture.told().length, count, principal);
        }
    });

    it("tells nobody when its actions are disabled", async () => {
        const fixture = new Fixture().allow();
        const states = await fixture.minutes(fixture.alarm({ ...failed, actionsEnabled: false }), [2]);
        assert.deepEqual(states, ["ALARM"]);
        assert.deepEqual(fixture.told(), []);
    });

    for (const [statistic, expected] of Object.entries({
        Sum: 12,
        Average: 4,
        Minimum: 1,
        Maximum: 8,
        SampleCount: 3,
    })) {
        it(`compares the ${statistic} of a period`, async () => {
            for (const [threshold, state] of [
                [expected, "ALARM"],
                [expected + 0.5, "OK"],
            ] as const) {
                const fixture = new Fixture();
                const alarm = fixture.alarm({ ...failed, statistic, threshold });
                for (const value of [3, 1, 8]) fixture.put(value);
                await fixture.world.pass(minute);
                assert.equal(alarm.state, state);
            }
        });
    }

    it("compares in each of the four ways", async () => {
        const ways: Record<string, [AlarmState, AlarmState, AlarmState]> = {
            GreaterThanOrEqualToThreshold: ["OK", "ALARM", "ALARM"],
            GreaterThanThreshold: ["OK", "OK", "ALARM"],
            LessThanOrEqualToThreshold: ["ALARM", "ALARM", "OK"],
            LessThanThreshold: ["ALARM", "OK", "OK"],
        };
        for (const [comparisonOperator, states] of Object.entries(ways)) {
            const fixture = new Fixture();
            const alarm = fixture.alarm({ ...failed, comparisonOperator, threshold: 5 });
            assert.deepEqual(await fixture.minutes(alarm, [4, 5, 6]), states, comparisonOperator);
        }
    });

    it("looks every minute at periods that end now, not at those of the clock", async () => {
        const fixture = new Fixture();
        const alarm = fixture.alarm({ ...failed, period: 300, threshold: 2 });
        const states = await fixture.minutes(alarm, [0, 0, 0, 1, 0, 0, 1, 0, 0]);
        // The minutes 3 and 6 lie in different fives of the clock, and in one that ends at minute 7 or 8.
        assert.deepEqual(states, ["OK", "OK", "OK", "OK", "OK", "OK", "ALARM", "ALARM", "OK"]);
    });

    it("goes off for silence when that is a breach, after the values that it can still make up with", async () => {
        const fixture = new Fixture().allow();
        const alarm = fixture.alarm({
            ...failed,
            comparisonOperator: "LessThanThreshold",
            evaluationPeriods: 5,
            treatMissingData: "breaching",
        });
        const beats = [1, 1, 1, 1, 1];
        const before = await fixture.minutes(alarm, beats);
        assert.equal(before.at(-1), "OK");
        const silence = await fixture.minutes(alarm, Array<undefined>(8).fill(undefined));
        assert.equal(silence.indexOf("ALARM"), 6);
        assert.match(alarm.reason, /^Threshold Crossed: no datapoints were received for 5 periods/);
        assert.equal((await fixture.minutes(alarm, [1])).at(-1), "OK");
    });

    it("knows nothing of the same metric under other dimensions, whatever their order", async () => {
        const fixture = new Fixture();
        const alarm = fixture.alarm({ ...failed, dimensions: { table: "t", pool: "p" } });
        fixture.put(1, { pool: "p" });
        fixture.put(1, { pool: "q", table: "t" });
        fixture.put(1, { pool: "p", table: "t" }, "Other");
        await fixture.world.pass(minute);
        assert.equal(alarm.state, "OK");
        fixture.put(1, { pool: "p", table: "t" });
        await fixture.world.pass(minute);
        assert.equal(alarm.state, "ALARM");
    });

    it("is changed and deleted by a later deployment, and without alarms no time is spent on them", async () => {
        const fixture = new Fixture();
        const resource = fixture.declare(failed);
        const alarm = fixture.world.find(alarmArn) as Alarm;
        assert.deepEqual(await fixture.minutes(alarm, [2]), ["ALARM"]);
        const changed = fixture.world.update(resource, { ...failed, threshold: 5 });
        assert.deepEqual(await fixture.minutes(alarm, [2]), ["OK"]);
        fixture.world.remove(changed);
        assert.equal(fixture.world.find(alarmArn), undefined);
        const before = fixture.world.clock.now();
        await fixture.world.clock.run();
        assert.equal(fixture.world.clock.now(), before);
    });

    it("is described, with its state and why", async () => {
        const fixture = new Fixture();
        await fixture.minutes(fixture.alarm(failed), [2]);
        const describe = (input: object): { AlarmName: string; StateValue: string; StateReason: string }[] =>
            (
                fixture.world.call("cloudwatch", "DescribeAlarms", input, user) as {
                    MetricAlarms: { AlarmName: string; StateValue: string; StateReason: string }[];
                }
            ).MetricAlarms;
        const [described] = describe({ StateValue: "ALARM" });
        assert.equal(described?.AlarmName, "a");
        assert.equal(described.StateValue, "ALARM");
        assert.match(described.StateReason, /^Threshold Crossed: 1 out of the last 1 datapoints/);
        assert.deepEqual(describe({ StateValue: "OK" }), []);
        assert.deepEqual(describe({ AlarmNamePrefix: "b" }), []);
        assert.deepEqual(describe({ AlarmNames: ["b"] }), []);
    });

    it("is refused when it makes no sense", () => {
        const wrong: Record<string, unknown>[] = [
            { statistic: "Median" },
            { comparisonOperator: "Above" },
            { treatMissingData: "bad" },
            { period: 45 },
            { period: undefined },
            { evaluationPeriods: 0 },
            { evaluationPeriods: 2, datapointsToAlarm: 3 },
            { evaluationPeriods: 1441 },
            { threshold: undefined },
            { namespace: undefined },
            { metricName: undefined },
            { alarmDescription: "x".repeat(1025) },
            { alarmActions: ["operators"] },
            { alarmActions: Array<string>(6).fill(topicArn) },
        ];
        for (const change of wrong) {
            assert.throws(
                () => new Fixture().declare({ ...failed, ...change }),
                { name: "ValidationError" },
                JSON.stringify(change),
            );
        }
    });

    it("is unsupported, by name, when it asks for what is not here", () => {
        const unsupported: [Record<string, unknown>, RegExp][] = [
            [{ period: 10 }, /period of 10 seconds/],
            [{ metricQueries: [] }, /metricQueries/],
            [{ extendedStatistic: "p99" }, /extendedStatistic/],
            [{ unit: "Seconds" }, /unit/],
            [{ comparisonOperator: "GreaterThanUpperThreshold" }, /GreaterThanUpperThreshold/],
            [{ period: 86_400, evaluationPeriods: 2 }, /more than a day/],
            [{ alarmActions: ["arn:aws:lambda:eu-west-1:123456789012:function:f"] }, /SNS topics only/],
            [{ namespace: "AWS/Glue" }, /AWS\/Glue Failed/],
            [{ namespace: "AWS/SQS", metricName: "SentMessageSize" }, /SentMessageSize/],
            [{ namespace: "AWS/SQS", metricName: "ApproximateAgeOfOldestMessage" }, /only QueueName/],
        ];
        for (const [change, message] of unsupported) {
            assert.throws(
                () => new Fixture().declare({ ...failed, ...change }),
                (error: Error) => error instanceof UnsupportedError && message.test(error.message),
                JSON.stringify(change),
            );
        }
    });
});

describe("CloudWatch: a dashboard", () => {
    const create = (inputs: Record<string, unknown>): unknown =>
        new Fixture().world.create("aws:cloudwatch/dashboard:Dashboard", "d", inputs);

    it("has a name without blanks, and a body with widgets", () => {
        create({ dashboardName: "d", dashboardBody: '{"widgets":[]}' });
        for (const dashboardBody of ["{", "{}", '{"widgets":1}'])
            assert.throws(() => create({ dashboardName: "d", dashboardBody }), {
                name: "InvalidParameterInput",
            });
        assert.throws(() => create({ dashboardName: "my board", dashboardBody: '{"widgets":[]}' }), {
            name: "InvalidParameterInput",
        });
    });
});

describe("CloudWatch: metrics", () => {
    const statistics = (fixture: Fixture, from: number, to: number, Period = 60): unknown[] => {
        const input = {
            Namespace: "Jobs",
            MetricName: "Failed",
            Dimensions: [{ Name: "pool", Value: "p" }],
            StartTime: new Date(from),
            EndTime: new Date(to),
            Period,
        };
        return (
            fixture.world.call("cloudwatch", "GetMetricStatistics", input, user) as { Datapoints: unknown[] }
        ).Datapoints;
    };

    it("are put together by the period, and where there are no values there is nothing", async () => {
        const fixture = new Fixture();
        const start = fixture.world.clock.now();
        fixture.put(2);
        fixture.put(4);
        await fixture.world.pass(2 * minute);
        fixture.put(6);
        const point = (
            minutes: number,
            Sum: number,
            SampleCount: number,
            Minimum: number,
            Maximum: number,
        ) => ({
            Timestamp: new Date(start + minutes * minute),
            Sum,
            SampleCount,
            Minimum,
            Maximum,
            Average: Sum / SampleCount,
        });
        assert.deepEqual(statistics(fixture, start, start + 3 * minute), [
            point(0, 6, 2, 2, 4),
            point(2, 6, 1, 6, 6),
        ]);
        assert.deepEqual(statistics(fixture, start, start + 3 * minute, 180), [point(0, 12, 3, 2, 6)]);
    });

    it("may be put as lists, as statistics, and for the past", async () => {
        const fixture = new Fixture();
        const start = fixture.world.clock.now();
        await fixture.world.pass(5 * minute);
        const base = { MetricName: "Failed", Dimensions: [{ Name: "pool", Value: "p" }] };
        const MetricData = [
            { ...base, Values: [1, 5], Counts: [3, 1] },
            { ...base, Timestamp: new Date(start), Value: 7 },
            { ...base, StatisticValues: { SampleCount: 2, Sum: 5, Minimum: 2, Maximum: 3 } },
        ];
        fixture.world.call("cloudwatch", "PutMetricData", { Namespace: "Jobs", MetricData }, user);
        assert.deepEqual(
            statistics(fixture, start, start + 6 * minute).map((each) => {
                const { Sum, SampleCount } = each as { Sum: number; SampleCount: number };
                return [Sum, SampleCount];
            }),
            [
                [7, 1],
                [13, 6],
            ],
        );
        assert.equal(fixture.world.counters["metric.Jobs.Failed"], 20);
    });

    it("are refused without a value, in AWS's own namespaces, and more than 1000 at once", () => {
        const put = (Namespace: string, MetricData: object[]) => (): void => {
            new Fixture().world.call("cloudwatch", "PutMetricData", { Namespace, MetricData }, user);
        };
        assert.throws(put("Jobs", [{ MetricName: "Failed" }]), { name: "MissingParameter" });
        assert.throws(put("AWS/SQS", [{ MetricName: "Failed", Value: 1 }]), {
            name: "InvalidParameterValue",
        });
        const many = Array<object>(1001).fill({ MetricName: "Failed", Value: 1 });
        assert.throws(put("Jobs", many), { name: "InvalidParameterValue" });
    });

    it("are kept for a day at least, and not for ever", async () => {
        const fixture = new Fixture();
        const start = fixture.world.clock.now();
        const days = 6;
        for (let i = 0; i < days * 1440; i++) {
            fixture.put(1);
            await fixture.world.pass(minute);
        }
        const end = fixture.world.clock.now();
        assert.equal(statistics(fixture, end - 86_400_000, end).length, 1440);
        assert.ok(statistics(fixture, start, end).length < 3 * 1440);
    });
});

describe("CloudWatch: metrics of services", () => {
    /** Queues and functions, with CloudWatch beside them. */
    const setUp = (): { services: LambdaFixture; fixture: Fixture } => {
        const services = new LambdaFixture();
        return { services, fixture: new Fixture(services.world).allow() };
    };

    const ofQueue = (QueueName: string, metricName: string, threshold: number) => ({
        ...failed,
        namespace: "AWS/SQS",
        metricName,
        dimensions: { QueueName },
        statistic: "Maximum",
        threshold,
    });

    const ofFunction = (FunctionName: string, metricName: string, more: object = {}) => ({
        ...failed,
        namespace: "AWS/Lambda",
        metricName,
        dimensions: { FunctionName },
        ...more,
    });

    it("tell how many messages a queue has", async () => {
        const { services, fixture } = setUp();
        const arn = services.queue("letters", { visibilityTimeoutSeconds: 600 });
        const alarm = fixture.alarm(ofQueue("letters", "ApproximateNumberOfMessagesVisible", 1));
        await services.world.pass(minute);
        assert.equal(alarm.state, "OK");
        services.send(arn, "x");
        await services.world.pass(minute);
        assert.equal(alarm.state, "ALARM");
        assert.deepEqual(services.bodies(arn), ["x"]);
        await services.world.pass(minute);
        assert.equal(alarm.state, "OK");
    });

    it("tell how old a queue's oldest message is, but for those delivered three times", async () => {
        const { services, fixture } = setUp();
        const arn = services.queue("work", { visibilityTimeoutSeconds: 0 });
        const alarm = fixture.alarm(ofQueue("work", "ApproximateAgeOfOldestMessage", 300));
        services.send(arn, "x");
        await services.world.pass(4 * minute);
        assert.equal(alarm.state, "OK");
        await services.world.pass(minute);
        assert.equal(alarm.state, "ALARM");
        for (let i = 0; i < 3; i++) assert.deepEqual(services.bodies(arn), ["x"]);
        await services.world.pass(3 * minute);
        assert.equal(alarm.state, "OK");
    });

    it("have no values for a queue that does not exist", async () => {
        const { services, fixture } = setUp();
        const alarm = fixture.alarm({
            ...ofQueue("nowhere", "ApproximateNumberOfMessagesVisible", 1),
            treatMissingData: "missing",
        });
        await services.world.pass(10 * minute);
        assert.equal(alarm.state, "INSUFFICIENT_DATA");
    });

    it("count a function's failed invocations among all of them", async () => {
        const { services, fixture } = setUp();
        let isBroken = true;
        const fn = services.fn("f", () => {
            if (isBroken) throw new Error("broken");
        });
        const half = { statistic: "Average", threshold: 0.5 };
        const alarm = fixture.alarm(ofFunction("f", "Errors", half));
        const invoke = (): void => fn.invoke({}, user, () => undefined);
        invoke();
        await services.world.pass(minute);
        assert.equal(alarm.state, "ALARM");
        isBroken = false;
        for (let i = 0; i < 3; i++) invoke();
        await services.world.pass(minute);
        assert.equal(alarm.state, "OK");
    });

    it("count a function's throttles", async () => {
        const { services, fixture } = setUp();
        const fn = services.fn("f", () => undefined, { reservedConcurrentExecutions: 0 });
        const alarm = fixture.alarm(ofFunction("f", "Throttles"));
        assert.throws(() => fn.invoke({}, user, () => undefined), { name: "TooManyRequestsException" });
        await services.world.pass(minute);
        assert.equal(alarm.state, "ALARM");
    });

    it("tell how late a function hears of a stream's records", async () => {
        const { services, fixture } = setUp();
        const stream = services.stream("table");
        services.fn("f", () => undefined);
        const mapping = services.map(stream.arn, "f");
        const late = { statistic: "Maximum", threshold: 2 * minute };
        const alarm = fixture.alarm(ofFunction("f", "IteratorAge", late));
        write(stream, "1");
        await services.world.pass(minute);
        assert.equal(alarm.state, "OK");
        const enable = (Enabled: boolean): unknown =>
            services.world.call("lambda", "UpdateEventSourceMapping", { UUID: mapping, Enabled }, user);
        enable(false);
        write(stream, "2");
        await services.world.pass(3 * minute);
        enable(true);
        await services.world.pass(minute);
        assert.equal(alarm.state, "ALARM");
    });

    it("take a function's metrics from the lines of its log", async () => {
        const { services, fixture } = setUp();
        const line = (value: number): string =>
            JSON.stringify({
                _aws: {
                    Timestamp: 1,
                    CloudWatchMetrics: [
                        { Namespace: "Jobs", Dimensions: [["pool"]], Metrics: [{ Name: "Failed" }] },
                    ],
                },
                pool: "p",
                Failed: value,
            });
        const fn = services.fn("f", (_event, context) => {
            context.log("no metric");
            context.log(line(1));
            context.metrics({ namespace: "Jobs", values: { Failed: 1 }, dimensions: { pool: "p" } });
        });
        const alarm = fixture.alarm({ ...failed, threshold: 2 });
        fn.invoke({}, user, () => undefined);
        await services.world.pass(minute);
        assert.equal(alarm.state, "ALARM");
        const put = services.world.calls.find(({ operation }) => operation === "PutMetricData");
        const sourceArn = services.world.arn("logs", "log-group:/aws/lambda/f");
        assert.deepEqual(put?.caller, { principal: "logs.amazonaws.com", sourceArn });
    });
});

describe("a line in Embedded Metric Format", () => {
    const metrics = (more: object, definition: object = {}): unknown =>
        embeddedMetrics(
            JSON.stringify({
                _aws: {
                    Timestamp: 1,
                    CloudWatchMetrics: [
                        { Namespace: "N", Dimensions: [["a"]], Metrics: [{ Name: "m" }], ...definition },
                    ],
                },
                ...more,
            }),
        );

    it("tells of each metric under each set of dimensions", () => {
        const found = metrics(
            { a: "1", b: "2", m: 5, n: [1, 2] },
            { Dimensions: [["a", "b"], []], Metrics: [{ Name: "m", Unit: "Count" }, { Name: "n" }] },
        );
        const both = { a: "1", b: "2" };
        assert.deepEqual(found, [
            { namespace: "N", name: "m", values: [5], dimensions: both },
            { namespace: "N", name: "n", values: [1, 2], dimensions: both },
            { namespace: "N", name: "m", values: [5], dimensions: {} },
            { namespace: "N", name: "n", values: [1, 2], dimensions: {} },
        ]);
    });

    it("is a line like any other if it does not keep to the format", () => {
        assert.deepEqual(metrics({ a: "1" }), []);
        assert.deepEqual(metrics({ m: 1 }), []);
        assert.deepEqual(metrics({ a: "1", m: "1" }), []);
        assert.deepEqual(metrics({ a: "1", m: 1 }, { Namespace: 1 }), []);
        assert.deepEqual(metrics({ a: "1", m: 1, _aws: { CloudWatchMetrics: [] } }), []);
        assert.deepEqual(embeddedMetrics('{"CloudWatchMetrics"'), []);
        assert.deepEqual(embeddedMetrics("started"), []);
    });
});
