import assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import type { Surroundings } from "../../cli/lib/surroundings.ts";
import { createProgram } from "../../cli/turnstile.ts";
import { JobWorkflow, Monitoring, TokenBucket, WorkQueue } from "../../components/index.ts";
import type { MonitoringArgs } from "../../components/index.ts";
import { METRIC } from "../../functions/lib/metrics.ts";
import { ACCOUNT, find, json, key, record, UNKNOWN } from "../mocks.ts";
import type { Recorded } from "../mocks.ts";
import { KEY_ARN, statements } from "./fixtures.ts";

const TOPIC_ARN = `arn:aws:sns:eu-west-1:${ACCOUNT}:operators`;

/** Monitoring `watch` of queue `work`, bucket `slots` and workflow `jobs`. */
function recordMonitoring(
    args: Partial<MonitoringArgs> = {},
    { name = "watch", preview = false } = {},
): Promise<Recorded[]> {
    return record(
        () => {
            const queue = new WorkQueue("work");
            const bucket = new TokenBucket("slots", { pools: { reports: { limit: 3 } } });
            const workflow = new JobWorkflow("jobs", {
                pool: "reports",
                queue,
                bucket,
                jobName: "report",
            });
            new Monitoring(name, { queue, bucket, workflow, ...args });
        },
        { preview },
    );
}

function ofMonitoring(recorded: readonly Recorded[]): Recorded[] {
    return recorded.filter(({ name }) => name.startsWith("watch"));
}

interface Dashboard {
    widgets: {
        type: string;
        x: number;
        y: number;
        width: number;
        height: number;
        properties: { title: string; region?: string; alarms?: string[]; metrics?: unknown[][] };
    }[];
}

describe("monitoring", () => {
    let recorded: Recorded[];
    let alarms: Recorded[];

    const physical = (name: string, type: string): string =>
        String(find(recorded, name, type).outputs["name"]);
    const dashboard = (): Dashboard =>
        json(find(recorded, "watch-dashboard", ":Dashboard"), "dashboardBody") as Dashboard;

    before(async () => {
        recorded = await recordMonitoring();
        alarms = recorded.filter(({ type }) => type.endsWith(":MetricAlarm"));
    });

    it("declares these resources and no others, all its own children", () => {
        const own = ofMonitoring(recorded);
        assert.deepEqual(own.map(key), [
            "aws:cloudwatch/dashboard:Dashboard watch-dashboard",
            "aws:cloudwatch/metricAlarm:MetricAlarm watch-breaker-open",
            "aws:cloudwatch/metricAlarm:MetricAlarm watch-dead-letters",
            "aws:cloudwatch/metricAlarm:MetricAlarm watch-dispatcher-errors",
            "aws:cloudwatch/metricAlarm:MetricAlarm watch-dispatcher-silent",
            "aws:cloudwatch/metricAlarm:MetricAlarm watch-job-misconfigured",
            "aws:cloudwatch/metricAlarm:MetricAlarm watch-limit-unreadable",
            "aws:cloudwatch/metricAlarm:MetricAlarm watch-no-acquire",
            "aws:cloudwatch/metricAlarm:MetricAlarm watch-no-release",
            "aws:cloudwatch/metricAlarm:MetricAlarm watch-oldest-message",
            "aws:cloudwatch/metricAlarm:MetricAlarm watch-reaper-dead-letters",
            "aws:cloudwatch/metricAlarm:MetricAlarm watch-reaper-errors",
            "aws:cloudwatch/metricAlarm:MetricAlarm watch-reaper-stuck",
            "aws:cloudwatch/metricAlarm:MetricAlarm watch-slot-stuck",
            "aws:cloudwatch/metricAlarm:MetricAlarm watch-starter-errors",
            "aws:cloudwatch/metricAlarm:MetricAlarm watch-starter-stuck",
            "aws:cloudwatch/metricAlarm:MetricAlarm watch-stream-age",
            "aws:cloudwatch/metricAlarm:MetricAlarm watch-table-filling",
            "aws:sns/topic:Topic watch-alarms",
            "aws:sns/topicPolicy:TopicPolicy watch-alarms-policy",
            "turnstile:index:Monitoring watch",
        ]);
        for (const { type, parent } of own)
            assert.equal(parent, type.startsWith("aws:") ? "turnstile:index:Monitoring watch" : undefined);
    });

    it("watches the queues, the functions, the heartbeat and what the functions report", () => {
        const table = { table: physical("slots", ":Table"), pool: "reports" };
        const queue = (name: string) => ({ QueueName: physical(name, ":Queue") });
        const fn = (name: string) => ({ FunctionName: physical(name, ":Function") });
        const watched = Object.fromEntries(
            alarms.map(({ name, inputs }) => [
                name.slice("watch-".length),
                [inputs["namespace"], inputs["metricName"], inputs["statistic"], inputs["dimensions"]],
            ]),
        );
        assert.deepEqual(watched, {
            "dead-letters": [
                "AWS/SQS",
                "ApproximateNumberOfMessagesVisible",
                "Maximum",
                queue("work-dead-letter"),
            ],
            "oldest-message": ["AWS/SQS", "ApproximateAgeOfOldestMessage", "Maximum", queue("work")],
            "reaper-dead-letters": [
                "AWS/SQS",
                "ApproximateNumberOfMessagesVisible",
                "Maximum",
                queue("slots-reaper-dead-letter"),
            ],
            "dispatcher-silent": ["Turnstile", METRIC.dispatched, "Sum", table],
            "limit-unreadable": ["Turnstile", METRIC.limitUnreadable, "Sum", table],
            "table-filling": ["Turnstile", METRIC.itemCollectionSize, "Maximum", table],
            "job-misconfigured": ["Turnstile", METRIC.jobMisconfigured, "Sum", table],
            "slot-stuck": ["Turnstile", METRIC.slotStuck, "Sum", table],
            "breaker-open": ["Turnstile", METRIC.breakerOpen, "Maximum", table],
            "no-release": ["Turnstile", METRIC.minutesWithoutRelease, "Maximum", table],
            "no-acquire": ["Turnstile", METRIC.slotsIdle, "Minimum", table],
            "starter-errors": ["AWS/Lambda", "Errors", "Sum", fn("jobs-starter")],
            "dispatcher-errors": ["AWS/Lambda", "Errors", "Sum", fn("slots-dispatcher")],
            "reaper-errors": ["AWS/Lambda", "Errors", "Sum", fn("slots-reaper")],
            "starter-stuck": ["Turnstile", METRIC.messageReturned, "Sum", table],
            "reaper-stuck": ["Turnstile", METRIC.lookFailed, "Sum", table],
            "stream-age": ["AWS/Lambda", "IteratorAge", "Maximum", fn("slots-dispatcher")],
        });
    });

    it("goes off when this much is wrong for so long", () => {
        const rules = Object.fromEntries(
            alarms.map(({ name, inputs }) => {
                const { comparisonOperator, threshold, period, datapointsToAlarm, evaluationPeriods } =
                    inputs;
                const minutes = Number(period) / 60;
                return [
                    name.slice("watch-".length),
                    `${String(comparisonOperator)} ${String(threshold)} in ${String(datapointsToAlarm)} of ${String(evaluationPeriods)} x ${String(minutes)} min`,
                ];
            }),
        );
        assert.deepEqual(rules, {
            "dead-letters": "GreaterThanThreshold 0 in 1 of 1 x 1 min",
            "oldest-message": "GreaterThanOrEqualToThreshold 600 in 1 of 1 x 1 min",
            "reaper-dead-letters": "GreaterThanThreshold 0 in 1 of 1 x 1 min",
            "dispatcher-silent": "LessThanThreshold 1 in 5 of 5 x 1 min",
            "limit-unreadable": "GreaterThanOrEqualToThreshold 1 in 1 of 1 x 1 min",
            "table-filling": "GreaterThanOrEqualToThreshold 8 in 1 of 1 x 10 min",
            "job-misconfigured": "GreaterThanOrEqualToThreshold 1 in 1 of 1 x 10 min",
            "slot-stuck": "GreaterThanOrEqualToThreshold 1 in 1 of 1 x 10 min",
            "breaker-open": "GreaterThanOrEqualToThreshold 1 in 1 of 1 x 5 min",
            "no-release": "GreaterThanOrEqualToThreshold 1440 in 1 of 1 x 5 min",
            "no-acquire": "GreaterThanOrEqualToThreshold 1 in 2 of 2 x 5 min",
            "starter-errors": "GreaterThanOrEqualToThreshold 1 in 2 of 3 x 5 min",
            "dispatcher-errors": "GreaterThanOrEqualToThreshold 1 in 2 of 3 x 5 min",
            "reaper-errors": "GreaterThanOrEqualToThreshold 1 in 2 of 3 x 5 min",
            "starter-stuck": "GreaterThanOrEqualToThreshold 1 in 2 of 3 x 5 min",
            "reaper-stuck": "GreaterThanOrEqualToThreshold 1 in 2 of 3 x 5 min",
            "stream-age": "GreaterThanThreshold 120000 in 3 of 3 x 1 min",
        });
    });

    it("takes silence for a failure of the dispatcher, and for health everywhere else", () => {
        const breaching = alarms.filter(({ inputs }) => inputs["treatMissingData"] === "breaching");
        assert.deepEqual(
            breaching.map(({ name }) => name),
            ["watch-dispatcher-silent"],
        );
        const others = alarms.filter((alarm) => !breaching.includes(alarm));
        assert.ok(others.every(({ inputs }) => inputs["treatMissingData"] === "notBreaching"));
    });

    it("notifies the topic when an alarm goes off and when it ends", () => {
        const topic = find(recorded, "watch-alarms", ":Topic").outputs["arn"];
        for (const { name, inputs } of alarms) {
            assert.deepEqual(inputs["alarmActions"], [topic], name);
            assert.deepEqual(inputs["okActions"], [topic], name);
        }
    });

    it("describes each alarm in its own sentences, as long as CloudWatch takes them", () => {
        const descriptions = new Set(alarms.map(({ inputs }) => String(inputs["alarmDescription"])));
        assert.equal(descriptions.size, alarms.length);
        for (const description of descriptions) {
            assert.ok(description.length > 80 && description.length <= 1024, description);
            assert.match(description, /\.$/);
        }
    });

    it("names in each alarm's description a command of turnstile that shows or mends it", () => {
        const program = createProgram({} as Surroundings, false, () => undefined);
        const commands = program.commands.map((command) => command.name());
        for (const { name, inputs } of alarms) {
            const named = [...String(inputs["alarmDescription"]).matchAll(/turnstile ([a-z]+)/g)];
            assert.ok(named.length > 0, name);
            for (const [, command = ""] of named)
                assert.ok(commands.includes(command), `${name}: ${command}`);
        }
    });

    it("ends each alarm's description with the next step", () => {
        const step = /\. (?:Check|Look for|Fix|Run)\b/;
        for (const { name, inputs } of alarms) assert.match(String(inputs["alarmDescription"]), step, name);
    });

    it("lets the alarms of its account publish to its topic, and nobody in plain HTTP", () => {
        const arn = find(recorded, "watch-alarms", ":Topic").outputs["arn"];
        const [deny, allow, ...others] = statements(find(recorded, "watch-alarms-policy", ":TopicPolicy"));
        assert.equal(deny?.Effect, "Deny");
        assert.deepEqual(allow, {
            Sid: "AllowAlarms",
            Effect: "Allow",
            Principal: { Service: "cloudwatch.amazonaws.com" },
            Action: "sns:Publish",
            Resource: arn,
            Condition: {
                ArnLike: { "aws:SourceArn": `arn:aws:cloudwatch:eu-west-1:${ACCOUNT}:alarm:*` },
            },
        });
        assert.deepEqual(others, []);
    });

    it("encrypts its topic with a customer-managed key", async () => {
        const { inputs } = find(await recordMonitoring({ kmsKeyArn: KEY_ARN }), "watch-alarms", ":Topic");
        assert.equal(inputs["kmsMasterKeyId"], KEY_ARN);
    });

    it("does not encrypt its topic without a key, for CloudWatch cannot use SNS's own", () => {
        assert.ok(!("kmsMasterKeyId" in find(recorded, "watch-alarms", ":Topic").inputs));
    });

    it("makes no topic when its arguments have one, and notifies that", async () => {
        const stack = await recordMonitoring({ topicArn: TOPIC_ARN });
        assert.deepEqual(
            ofMonitoring(stack).filter(({ type }) => type.startsWith("aws:sns")),
            [],
        );
        const { inputs } = find(stack, "watch-dead-letters", ":MetricAlarm");
        assert.deepEqual(inputs["alarmActions"], [TOPIC_ARN]);
    });

    it("subscribes an address to its topic", async () => {
        const mailed = await recordMonitoring({ email: "operators@example.com" });
        const { inputs } = find(mailed, "watch-alarms-email", ":TopicSubscription");
        assert.deepEqual(inputs, {
            topic: find(mailed, "watch-alarms", ":Topic").outputs["arn"],
            protocol: "email",
            endpoint: "operators@example.com",
        });
    });

    for (const [what, oldestMessageMinutes] of [
        ["known now", 45],
        ["known later", pulumi.output(45)],
    ] as const) {
        it(`waits for the oldest message as long as its argument says, ${what}`, async () => {
            const changed = await recordMonitoring({ oldestMessageMinutes });
            assert.equal(find(changed, "watch-oldest-message", ":MetricAlarm").inputs["threshold"], 2700);
        });
    }

    it("names its dashboard after the state machine and itself, because a second one of a name would replace the first", () => {
        const { inputs } = find(recorded, "watch-dashboard", ":Dashboard");
        assert.equal(inputs["dashboardName"], `${physical("jobs", ":StateMachine")}-watch`);
    });

    it("shows every alarm", () => {
        const shown = dashboard().widgets.flatMap(({ properties }) => properties.alarms ?? []);
        assert.deepEqual(shown.sort(), alarms.map(({ outputs }) => String(outputs["arn"])).sort());
    });

    it("shows every metric of the functions but those that only alarms watch", () => {
        const metrics = dashboard().widgets.flatMap(({ properties }) => properties.metrics ?? []);
        const ours = metrics.filter(([namespace]) => namespace === "Turnstile").map(([, name]) => name);
        const watched = [METRIC.dispatched, METRIC.limitUnreadable, METRIC.jobMisconfigured];
        assert.deepEqual(
            [...new Set(ours)].sort(),
            Object.values(METRIC)
                .filter((name) => !watched.some((other) => other === name))
                .sort(),
        );
    });

    it("shows new dead letters by what made them", () => {
        const graph = dashboard().widgets.find(({ properties }) => properties.title.includes("by cause"));
        assert.deepEqual(
            (graph?.properties.metrics ?? []).map(([, name]) => name),
            [METRIC.messageRefused, "ExecutionsFailed", METRIC.messageSaved],
        );
    });

    it("shows metrics of resources that exist, in its own region", () => {
        const names = new Set<unknown>(recorded.flatMap(({ outputs }) => [outputs["name"], outputs["arn"]]));
        for (const { type, properties } of dashboard().widgets) {
            if (type !== "metric") continue;
            assert.equal(properties.region, "eu-west-1");
            for (const metric of properties.metrics ?? []) {
                const dimensions = metric.slice(2, -1);
                assert.ok(dimensions.length === 2 || dimensions.length === 4);
                for (let i = 0; i < dimensions.length; i += 2) {
                    const isPool = dimensions[i] === "pool" && dimensions[i + 1] === "reports";
                    assert.ok(isPool || names.has(dimensions[i + 1]), String(dimensions[i + 1]));
                }
            }
        }
    });

    it("lays its dashboard out in 24 columns, nothing on top of anything", () => {
        const taken = new Set<string>();
        for (const { x, y, width, height, properties } of dashboard().widgets) {
            assert.ok(x >= 0 && x + width <= 24, properties.title);
            for (let column = x; column < x + width; column++) {
                for (let row = y; row < y + height; row++) {
                    const cell = `${column},${row}`;
                    assert.ok(!taken.has(cell), `${properties.title} at ${cell}`);
                    taken.add(cell);
                }
            }
        }
    });

    it("has no dashboard when none is wanted", async () => {
        const without = await recordMonitoring({ dashboard: false });
        assert.ok(!without.some(({ type }) => type.endsWith(":Dashboard")));
    });

    it("tags what can have tags", async () => {
        const tagged = ofMonitoring(await recordMonitoring({ tags: { team: "data" } }));
        for (const { type, inputs } of tagged) {
            if (/:(MetricAlarm|Topic)$/.test(type)) assert.deepEqual(inputs["tags"], { team: "data" });
        }
    });

    it("can be previewed before anything exists", async () => {
        const preview = await recordMonitoring({}, { preview: true });
        assert.deepEqual(preview.map(key), recorded.map(key));
        assert.equal(find(preview, "watch-dashboard", ":Dashboard").inputs["dashboardBody"], UNKNOWN);
    });

    it("lists every mistake in its arguments in one error", async () => {
        const wrong = {
            topicArn: "operators",
            email: "operators",
            kmsKeyArn: "alias/aws/sns",
            oldestMessageMinutes: 0,
        };
        await assert.rejects(recordMonitoring(wrong), (error: Error) => {
            assert.ok(pulumi.RunError.isInstance(error));
            assert.match(error.message, /^Monitoring "watch" cannot be created: /);
            assert.match(error.message, /topicArn is "operators"; expected the ARN of a standard SNS topic/);
            assert.match(error.message, /kmsKeyArn is "alias\/aws\/sns"; expected the ARN of a KMS key/);
            assert.match(error.message, /topicArn and email are both given; expected one of them/);
            assert.match(error.message, /email is "operators"; expected an e-mail address/);
            assert.match(error.message, /oldestMessageMinutes is 0; expected a whole number from 1 to 1440/);
            return true;
        });
    });

    it("refuses a name with characters that AWS's names cannot have", async () => {
        await assert.rejects(recordMonitoring({}, { name: "w_w" }), /expected a letter, then letters/);
    });
});
