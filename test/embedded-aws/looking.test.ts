/** What an operator looks at through the AWS CLI: the lists of services, and what they show of one thing. */
import assert from "node:assert/strict";
import { CloudWatchService } from "../../embedded-aws/services/cloudwatch/index.ts";
import { EventsService } from "../../embedded-aws/services/events/index.ts";
import { IamService } from "../../embedded-aws/services/iam/index.ts";
import { LogsService } from "../../embedded-aws/services/logs/index.ts";
import type { LogGroup } from "../../embedded-aws/services/logs/index.ts";
import { S3Service } from "../../embedded-aws/services/s3/index.ts";
import { SnsService } from "../../embedded-aws/services/sns/index.ts";
import type { ServiceName } from "../../embedded-aws/service.ts";
import { FakeWorld, user } from "./fake-world.ts";

type Answer = Readonly<Record<string, unknown>>;

describe("for whoever looks at it,", () => {
    let world: FakeWorld;

    beforeEach(() => {
        world = new FakeWorld();
    });

    function call(service: ServiceName, operation: string, input: object = {}): Answer {
        return world.call(service, operation, input, user) as Answer;
    }

    describe("S3", () => {
        beforeEach(() => {
            world.add(new S3Service(world));
            world.create("aws:s3/bucket:Bucket", "b", {}, { arn: "arn:aws:s3:::bucket", bucket: "bucket" });
            for (const Key of ["a", "f/1", "f/2", "g/ü", "z"])
                call("s3", "PutObject", { Bucket: "bucket", Key });
        });

        it("lists its buckets", () => {
            const CreationDate = new Date("2026-01-01T00:00:00Z");
            assert.deepEqual(call("s3", "ListBuckets")["Buckets"], [{ Name: "bucket", CreationDate }]);
        });

        it("says that a bucket is not there", () => {
            assert.deepEqual(call("s3", "HeadBucket", { Bucket: "bucket" }), { BucketRegion: "eu-west-1" });
            assert.throws(() => call("s3", "HeadBucket", { Bucket: "other" }), { name: "NotFound" });
        });

        it("shows keys with a common prefix as one", () => {
            const input = { Bucket: "bucket", Delimiter: "/", EncodingType: "url" };
            const { Contents, CommonPrefixes } = call("s3", "ListObjectsV2", input);
            assert.deepEqual(
                (Contents as { Key: string }[]).map(({ Key }) => Key),
                ["a", "z"],
            );
            assert.deepEqual(CommonPrefixes, [{ Prefix: "f/" }, { Prefix: "g/" }]);
        });

        it("counts a common prefix as one entry of a page", () => {
            const first = call("s3", "ListObjectsV2", { Bucket: "bucket", Delimiter: "/", MaxKeys: 2 });
            assert.deepEqual([first["KeyCount"], first["IsTruncated"]], [2, true]);
            const ContinuationToken = first["NextContinuationToken"];
            const next = call("s3", "ListObjectsV2", { Bucket: "bucket", Delimiter: "/", ContinuationToken });
            assert.deepEqual(next["CommonPrefixes"], [{ Prefix: "g/" }]);
        });

        it("pages by the last key in the older operation", () => {
            const { NextMarker: Marker } = call("s3", "ListObjects", { Bucket: "bucket", MaxKeys: 3 });
            assert.equal(Marker, "f/2");
            const { Contents } = call("s3", "ListObjects", { Bucket: "bucket", Marker, EncodingType: "url" });
            assert.deepEqual(
                (Contents as { Key: string }[]).map(({ Key }) => Key),
                ["g/%C3%BC", "z"],
            );
        });

        it("names what it would have to ignore", () => {
            const input = { Bucket: "bucket", Key: "a", StorageClass: "GLACIER" };
            assert.throws(() => call("s3", "PutObject", input), /StorageClass of s3:PutObject/);
        });
    });

    describe("SNS", () => {
        const arn = "arn:aws:sns:eu-west-1:123456789012:t";
        beforeEach(() => {
            world.add(new SnsService(world));
            world.create("aws:sns/topic:Topic", "t", {}, { arn });
        });

        it("lists its topics", () => {
            assert.deepEqual(call("sns", "ListTopics"), { Topics: [{ TopicArn: arn }] });
        });

        it("lists a subscription until it is taken back", () => {
            const input = { TopicArn: arn, Protocol: "email", Endpoint: "ana@example.com" };
            const { SubscriptionArn } = call("sns", "Subscribe", input);
            const subscription = { SubscriptionArn, Owner: world.account, ...input };
            assert.deepEqual(call("sns", "ListSubscriptionsByTopic", { TopicArn: arn }), {
                Subscriptions: [subscription],
            });
            call("sns", "Unsubscribe", { SubscriptionArn });
            assert.deepEqual(call("sns", "ListSubscriptions"), { Subscriptions: [] });
        });

        it("takes back a subscription twice", () => {
            assert.deepEqual(call("sns", "Unsubscribe", { SubscriptionArn: "arn:none:x" }), {});
        });

        it("asks where to send to", () => {
            assert.throws(() => call("sns", "Subscribe", { TopicArn: arn, Protocol: "sqs" }), /Endpoint/);
        });
    });

    describe("CloudWatch", () => {
        const at = new Date("2026-01-01T00:00:30Z");
        const query = {
            Id: "m",
            MetricStat: { Metric: { Namespace: "N", MetricName: "m" }, Period: 60, Stat: "Sum" },
        };
        const times = {
            StartTime: new Date("2026-01-01T00:00:00Z"),
            EndTime: new Date("2026-01-01T00:02:00Z"),
        };
        beforeEach(() => {
            world.add(new CloudWatchService(world));
            for (const Timestamp of [at, at, new Date(at.getTime() + 60_000)]) {
                call("cloudwatch", "PutMetricData", {
                    Namespace: "N",
                    MetricData: [{ MetricName: "m", Value: 2, Timestamp }],
                });
            }
        });
        const data = (more: object): Answer =>
            call("cloudwatch", "GetMetricData", { MetricDataQueries: [query], ...times, ...more });

        it("has the data of a metric, the newest first", () => {
            const [result] = data({})["MetricDataResults"] as { Values: number[]; Timestamps: Date[] }[];
            assert.deepEqual(result?.Values, [2, 4]);
            assert.deepEqual(result?.Timestamps[1], times.StartTime);
        });

        it("has them in the order of time for whoever asks for that", () => {
            const [result] = data({ ScanBy: "TimestampAscending" })["MetricDataResults"] as {
                Values: number[];
            }[];
            assert.deepEqual(result?.Values, [4, 2]);
        });

        it("leaves out what is only part of an expression", () => {
            assert.deepEqual(
                data({ MetricDataQueries: [{ ...query, ReturnData: false }] })["MetricDataResults"],
                [],
            );
        });

        for (const [what, more, expected] of [
            ["an expression", { MetricDataQueries: [{ Id: "e", Expression: "1" }] }, /without MetricStat/],
            [
                "a percentile",
                { MetricDataQueries: [{ Id: "m", MetricStat: { ...query.MetricStat, Stat: "p99" } }] },
                /p99/,
            ],
            [
                "a period of seconds",
                { MetricDataQueries: [{ Id: "m", MetricStat: { ...query.MetricStat, Period: 10 } }] },
                /multiple/,
            ],
            ["an end before the start", { EndTime: new Date(0) }, /StartTime/],
            ["too many points", { StartTime: new Date(0) }, /more than 100800/],
            ["an account", { AccountId: "1" }, /AccountId/],
        ] as const) {
            it(`refuses ${what}`, () => {
                assert.throws(() => data(more), expected);
            });
        }
    });

    describe("CloudWatch Logs", () => {
        const name = "/aws/lambda/f";
        let group: LogGroup;
        beforeEach(() => {
            world.add(new LogsService(world));
            const arn = world.arn("logs", `log-group:${name}`);
            world.create("aws:cloudwatch/logGroup:LogGroup", "g", { name, retentionInDays: 7 }, { arn });
            group = world.find(arn) as LogGroup;
            ["ERROR one", "INFO two", "ERROR timed out"].forEach((line, i) =>
                group.lines.add(i * 1000, "s", line),
            );
        });
        const found = (input: object): string[] => {
            const { events } = call("logs", "FilterLogEvents", { logGroupName: name, ...input });
            return (events as { message: string }[]).map(({ message }) => message);
        };

        it("lists its groups", () => {
            const { logGroups } = call("logs", "DescribeLogGroups", { logGroupNamePrefix: "/aws/" });
            assert.deepEqual(
                (logGroups as Answer[]).map((each) => [each["logGroupName"], each["retentionInDays"]]),
                [[name, 7]],
            );
        });

        it("finds lines by terms", () => {
            assert.deepEqual(found({ filterPattern: 'ERROR "timed out"' }), ["ERROR timed out"]);
        });

        it("finds lines by their time", () => {
            assert.deepEqual(found({ startTime: 1000, endTime: 2000 }), ["INFO two"]);
        });

        it("gives lines page by page", () => {
            const { nextToken } = call("logs", "FilterLogEvents", {
                logGroupIdentifier: group.arn,
                limit: 2,
            });
            assert.deepEqual(found({ nextToken }), ["ERROR timed out"]);
        });

        it("keeps the latest lines", () => {
            for (let i = 0; i < 20_000; i++) group.lines.add(5000, "s", String(i));
            assert.equal(group.lines.all.length, 10_000);
            assert.equal(group.lines.all.at(-1)?.message, "19999");
        });

        it("names a pattern that it cannot read", () => {
            assert.throws(() => found({ filterPattern: "{ $.level = ERROR }" }), /filter pattern/);
        });

        it("says that a group is not there", () => {
            assert.throws(() => call("logs", "FilterLogEvents", {}), { name: "ResourceNotFoundException" });
        });
    });

    it("EventBridge lists the targets of a rule", () => {
        world.add(new EventsService(world));
        world.create(
            "aws:cloudwatch/eventRule:EventRule",
            "r",
            { scheduleExpression: "rate(1 minute)" },
            { arn: world.arn("events", "rule/r") },
        );
        const arn = world.arn("lambda", "function:f");
        const deadLetterConfig = { arn: world.arn("sqs", "d") };
        const inputs = { rule: "r", targetId: "t", arn, deadLetterConfig };
        world.create("aws:cloudwatch/eventTarget:EventTarget", "t", inputs);
        const { Targets } = call("events", "ListTargetsByRule", { Rule: "r" });
        assert.deepEqual(Targets, [
            { Id: "t", Arn: arn, RoleArn: undefined, DeadLetterConfig: { Arn: deadLetterConfig.arn } },
        ]);
    });

    it("IAM shows a role, its policies", () => {
        world.add(new IamService(world));
        const trust = {
            Version: "2012-10-17",
            Statement: [{ Effect: "Allow", Principal: "*", Action: "sts:AssumeRole" }],
        };
        const arn = "arn:aws:iam::123456789012:role/path/r";
        const managed = "arn:aws:iam::aws:policy/ReadOnlyAccess";
        world.create(
            "aws:iam/role:Role",
            "r",
            { assumeRolePolicy: JSON.stringify(trust), managedPolicyArns: [managed] },
            { arn },
        );
        const policy = {
            Version: "2012-10-17",
            Statement: [{ Effect: "Allow", Action: "sqs:*", Resource: "*" }],
        };
        world.create("aws:iam/rolePolicy:RolePolicy", "inline", { role: "r", policy });
        const { Role } = call("iam", "GetRole", { RoleName: "r" }) as { Role: Record<string, string> };
        assert.deepEqual([Role["Path"], Role["RoleName"], Role["Arn"]], ["/path/", "r", arn]);
        assert.deepEqual(JSON.parse(decodeURIComponent(Role["AssumeRolePolicyDocument"] ?? "")), trust);
        assert.deepEqual(call("iam", "ListRoles")["Roles"], [Role]);
        assert.deepEqual(call("iam", "ListRolePolicies", { RoleName: "r" })["PolicyNames"], ["inline"]);
        assert.deepEqual(call("iam", "ListAttachedRolePolicies", { RoleName: "r" })["AttachedPolicies"], [
            { PolicyName: "ReadOnlyAccess", PolicyArn: managed },
        ]);
    });
});
