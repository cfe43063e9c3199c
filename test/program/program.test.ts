import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import path from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { VERSION } from "../../workflow/version.ts";
import { find, json, key, UNKNOWN } from "../mocks.ts";
import type { Recorded } from "../mocks.ts";
import { directory, recordUnderMocks } from "./fixtures.ts";
import type { Program } from "./fixtures.ts";

describe("the program", function () {
    let dev: Program;

    before(async () => {
        dev = await recordUnderMocks("dev");
    });

    it("declares these resources, by type and name, and no others, in the dev stack as its files configure it", () => {
        assert.deepEqual(dev.recorded.map(key), [
            "aws:cloudwatch/dashboard:Dashboard turnstile-monitoring-dashboard",
            "aws:cloudwatch/eventRule:EventRule turnstile-jobs-execution-ended",
            "aws:cloudwatch/eventRule:EventRule turnstile-jobs-run-ended",
            "aws:cloudwatch/eventRule:EventRule turnstile-slots-every-four-minutes",
            "aws:cloudwatch/eventRule:EventRule turnstile-slots-every-minute",
            "aws:cloudwatch/eventTarget:EventTarget turnstile-jobs-execution-ended-target",
            "aws:cloudwatch/eventTarget:EventTarget turnstile-jobs-run-ended-target",
            "aws:cloudwatch/eventTarget:EventTarget turnstile-slots-every-four-minutes-target",
            "aws:cloudwatch/eventTarget:EventTarget turnstile-slots-every-minute-target",
            "aws:cloudwatch/logGroup:LogGroup turnstile-jobs-logs",
            "aws:cloudwatch/logGroup:LogGroup turnstile-jobs-starter-logs",
            "aws:cloudwatch/logGroup:LogGroup turnstile-slots-dispatcher-logs",
            "aws:cloudwatch/logGroup:LogGroup turnstile-slots-reaper-logs",
            "aws:cloudwatch/metricAlarm:MetricAlarm turnstile-monitoring-breaker-open",
            "aws:cloudwatch/metricAlarm:MetricAlarm turnstile-monitoring-dead-letters",
            "aws:cloudwatch/metricAlarm:MetricAlarm turnstile-monitoring-dispatcher-errors",
            "aws:cloudwatch/metricAlarm:MetricAlarm turnstile-monitoring-dispatcher-silent",
            "aws:cloudwatch/metricAlarm:MetricAlarm turnstile-monitoring-job-misconfigured",
            "aws:cloudwatch/metricAlarm:MetricAlarm turnstile-monitoring-limit-unreadable",
            "aws:cloudwatch/metricAlarm:MetricAlarm turnstile-monitoring-no-acquire",
            "aws:cloudwatch/metricAlarm:MetricAlarm turnstile-monitoring-no-release",
            "aws:cloudwatch/metricAlarm:MetricAlarm turnstile-monitoring-oldest-message",
            "aws:cloudwatch/metricAlarm:MetricAlarm turnstile-monitoring-reaper-dead-letters",
            "aws:cloudwatch/metricAlarm:MetricAlarm turnstile-monitoring-reaper-errors",
            "aws:cloudwatch/metricAlarm:MetricAlarm turnstile-monitoring-reaper-stuck",
            "aws:cloudwatch/metricAlarm:MetricAlarm turnstile-monitoring-slot-stuck",
            "aws:cloudwatch/metricAlarm:MetricAlarm turnstile-monitoring-starter-errors",
            "aws:cloudwatch/metricAlarm:MetricAlarm turnstile-monitoring-starter-stuck",
            "aws:cloudwatch/metricAlarm:MetricAlarm turnstile-monitoring-stream-age",
            "aws:cloudwatch/metricAlarm:MetricAlarm turnstile-monitoring-table-filling",
            "aws:dynamodb/table:Table turnstile-slots",
            "aws:dynamodb/tableItem:TableItem turnstile-slots-settings-jobs",
            "aws:dynamodb/tableItem:TableItem turnstile-slots-workflow-jobs",
            "aws:glue/job:Job turnstile-demonstration",
            "aws:iam/role:Role turnstile-demonstration-role",
            "aws:iam/role:Role turnstile-jobs-role",
            "aws:iam/role:Role turnstile-jobs-starter-role",
            "aws:iam/role:Role turnstile-slots-dispatcher-role",
            "aws:iam/role:Role turnstile-slots-reaper-role",
            "aws:iam/rolePolicy:RolePolicy turnstile-demonstration-policy",
            "aws:iam/rolePolicy:RolePolicy turnstile-jobs-policy",
            "aws:iam/rolePolicy:RolePolicy turnstile-jobs-reaper-policy",
            "aws:iam/rolePolicy:RolePolicy turnstile-jobs-starter-policy",
            "aws:iam/rolePolicy:RolePolicy turnstile-slots-dispatcher-policy",
            "aws:iam/rolePolicy:RolePolicy turnstile-slots-reaper-policy",
            "aws:lambda/eventSourceMapping:EventSourceMapping turnstile-jobs-messages",
            "aws:lambda/eventSourceMapping:EventSourceMapping turnstile-slots-reaper-messages",
            "aws:lambda/eventSourceMapping:EventSourceMapping turnstile-slots-stream",
            "aws:lambda/function:Function turnstile-jobs-starter",
            "aws:lambda/function:Function turnstile-slots-dispatcher",
            "aws:lambda/function:Function turnstile-slots-reaper",
            "aws:lambda/permission:Permission turnstile-slots-every-minute-permission",
            "aws:s3/bucket:Bucket turnstile-demonstration-scripts",
            "aws:s3/bucketObjectv2:BucketObjectv2 turnstile-demonstration-script",
            "aws:s3/bucketPolicy:BucketPolicy turnstile-demonstration-scripts-policy",
            "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock turnstile-demonstration-scripts-public-access-block",
            "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration turnstile-demonstration-scripts-encryption",
            "aws:sfn/stateMachine:StateMachine turnstile-jobs",
            "aws:sns/topic:Topic turnstile-jobs-failures",
            "aws:sns/topic:Topic turnstile-monitoring-alarms",
            "aws:sns/topicPolicy:TopicPolicy turnstile-jobs-failures-policy",
            "aws:sns/topicPolicy:TopicPolicy turnstile-monitoring-alarms-policy",
            "aws:sqs/queue:Queue turnstile-queue",
            "aws:sqs/queue:Queue turnstile-queue-dead-letter",
            "aws:sqs/queue:Queue turnstile-slots-reaper-dead-letter",
            "aws:sqs/queue:Queue turnstile-slots-reaper-queue",
            "aws:sqs/queuePolicy:QueuePolicy turnstile-queue-dead-letter-policy",
            "aws:sqs/queuePolicy:QueuePolicy turnstile-queue-policy",
            "aws:sqs/queuePolicy:QueuePolicy turnstile-slots-reaper-dead-letter-policy",
            "aws:sqs/queuePolicy:QueuePolicy turnstile-slots-reaper-queue-policy",
            "aws:sqs/redriveAllowPolicy:RedriveAllowPolicy turnstile-queue-redrive-allow-policy",
            "aws:sqs/redriveAllowPolicy:RedriveAllowPolicy turnstile-slots-reaper-redrive-allow-policy",
            "turnstile:index:GlueJob turnstile-demonstration",
            "turnstile:index:JobWorkflow turnstile-jobs",
            "turnstile:index:Monitoring turnstile-monitoring",
            "turnstile:index:NodeFunction turnstile-jobs-starter",
            "turnstile:index:NodeFunction turnstile-slots-dispatcher",
            "turnstile:index:NodeFunction turnstile-slots-reaper",
            "turnstile:index:TokenBucket turnstile-slots",
            "turnstile:index:WorkQueue turnstile-queue",
        ]);
    });

    it("declares nothing outside a component", () => {
        const outside = dev.recorded.filter(
            ({ type, parent }) => type.startsWith("aws:") && parent === undefined,
        );
        assert.deepEqual(outside.map(key), []);
    });

    it("lets the demonstration's job run above the limit, whatever the limit is", async () => {
        for (const limit of [0, 3, 400]) {
            const { recorded } = await recordUnderMocks("dev", { overrides: { limit: String(limit) } });
            const { executionProperty } = find(recorded, "turnstile-demonstration", ":Job").inputs;
            assert.ok((executionProperty as { maxConcurrentRuns: number }).maxConcurrentRuns > limit);
        }
    });

    it("tags everything that can have tags, but for the object with the script, which takes ten at most", () => {
        const tags = { project: "turnstile", stack: "dev", purpose: "demonstration" };
        const isObject = ({ type }: Recorded): boolean => type.endsWith(":BucketObjectv2");
        const taggable = dev.recorded.filter((each) => canHaveTags(each.type) && !isObject(each));
        assert.ok(taggable.length > 25);
        for (const resource of taggable) assert.deepEqual(resource.inputs["tags"], tags, key(resource));
    });

    it("can be previewed before anything exists", async () => {
        const { recorded } = await recordUnderMocks("dev", { preview: true });
        assert.deepEqual(recorded.map(key), dev.recorded.map(key));
        assert.equal(find(recorded, "turnstile-jobs", ":StateMachine").inputs["definition"], UNKNOWN);
        assert.deepEqual(
            find(recorded, "turnstile-slots", ":Table").inputs,
            find(dev.recorded, "turnstile-slots", ":Table").inputs,
        );
    });

    it("declares the same again when nothing has changed", async () => {
        const again = await recordUnderMocks("dev");
        assert.deepEqual(again.recorded, dev.recorded);
    });

    it("allows no action by a pattern", () => {
        for (const { name, statement } of allows(dev.recorded)) {
            for (const action of [statement.Action].flat()) assert.doesNotMatch(String(action), /\*/, name);
        }
    });

    it("allows something on every resource only in these five places", () => {
        const found = allows(dev.recorded)
            .filter(({ statement }) => [statement.Resource].flat().includes("*"))
            .map(({ name, statement }) => `${name}: ${[statement.Action].flat().join(", ")}`);
        assert.deepEqual(found, [
            "turnstile-jobs-policy: logs:CreateLogDelivery, logs:GetLogDelivery, logs:UpdateLogDelivery, logs:DeleteLogDelivery, logs:ListLogDeliveries, logs:PutResourcePolicy, logs:DescribeResourcePolicies, logs:DescribeLogGroups",
            "turnstile-jobs-policy: xray:PutTraceSegments, xray:PutTelemetryRecords, xray:GetSamplingRules, xray:GetSamplingTargets",
            "turnstile-slots-dispatcher-policy: dynamodb:ListStreams",
            "turnstile-slots-dispatcher-policy: states:SendTaskSuccess",
            "turnstile-slots-reaper-policy: states:SendTaskSuccess",
        ]);
    });

    it("lets a pool touch its own items alone", () => {
        const onItems = allows(dev.recorded).filter(({ statement }) =>
            [statement.Action].flat().some((action) => /^dynamodb:.*(Item|Query)$/.test(String(action))),
        );
        assert.equal(onItems.length, 6);
        for (const { name, statement } of onItems) {
            assert.deepEqual(
                statement.Condition,
                { "ForAllValues:StringEquals": { "dynamodb:LeadingKeys": ["jobs"] } },
                name,
            );
        }
    });

    it("stays short enough to be read at once", () => {
        const lines = readFileSync(path.join(directory, "index.ts"), "utf8").split("\n");
        assert.ok(lines.length <= 60, `index.ts has ${lines.length} lines`);
    });
});

describe("The outputs of the program", () => {
    let dev: Program;
    let values: Record<string, unknown>;

    before(async () => {
        dev = await recordUnderMocks("dev");
        values = await resolve(dev.outputs);
    });

    const ofResource = (name: string, type: string, field: string) =>
        String(find(dev.recorded, name, type).outputs[field]);
    const queue = () => ofResource("turnstile-queue", ":Queue", "url");
    const deadLetterQueue = () => ofResource("turnstile-queue-dead-letter", ":Queue", "url");
    const machine = () => ofResource("turnstile-jobs", ":StateMachine", "arn");
    const table = () => ofResource("turnstile-slots", ":Table", "name");
    const job = () => ofResource("turnstile-demonstration", ":Job", "name");
    const failures = () => ofResource("turnstile-jobs-failures", ":Topic", "arn");
    const alarms = () => ofResource("turnstile-monitoring-alarms", ":Topic", "arn");
    const dashboard = () => ofResource("turnstile-jobs", ":StateMachine", "name");
    const page = (home: string, rest: string) =>
        `https://us-east-1.console.aws.amazon.com/${home}/home?region=us-east-1#${rest}`;
    const queuePage = (url: string) => page("sqs/v3", `/queues/${encodeURIComponent(url)}`);
    const machinePage = (arn: string) => page("states", `/statemachines/view/${encodeURIComponent(arn)}`);

    const expected: Readonly<Record<string, readonly [is: string, value: () => string]>> = {
        queueUrl: ["where messages are sent", queue],
        deadLetterQueueUrl: ["where the messages of failed jobs are", deadLetterQueue],
        stateMachineArn: ["the state machine", machine],
        tableName: ["the table with the slots", table],
        jobName: ["the Glue job", job],
        failureTopicArn: ["the topic of dead-lettered messages", failures],
        alarmTopicArn: ["the topic of the alarms", alarms],
        queueConsole: ["the queue's page", () => queuePage(queue())],
        deadLetterQueueConsole: ["the dead-letter queue's page", () => queuePage(deadLetterQueue())],
        stateMachineConsole: ["the state machine's page", () => machinePage(machine())],
        tableConsole: ["the table's page", () => page("dynamodbv2", `table?name=${table()}`)],
        jobConsole: ["the page of the job's runs", () => page("gluestudio", `/editor/job/${job()}/runs`)],
        dashboardConsole: [
            "the dashboard's page",
            () => page("cloudwatch", `dashboards/dashboard/${dashboard()}-turnstile-monitoring`),
        ],
    };

    it("operator is what the commands of turnstile have to know of the stack, in one object", () => {
        const nameOf = (name: string) => ofResource(name, ":Function", "name");
        assert.deepEqual(values["operator"], {
            format: "turnstile.operator/1.0",
            version: VERSION,
            stack: "turnstile/dev",
            region: "us-east-1",
            account: machine().split(":")[4],
            pool: "jobs",
            limit: 3,
            cooldownSeconds: 0,
            maxAttempts: 3,
            tableName: table(),
            queueUrl: queue(),
            deadLetterQueueUrl: deadLetterQueue(),
            reaperDeadLetterQueueUrl: ofResource("turnstile-slots-reaper-dead-letter", ":Queue", "url"),
            stateMachineArn: machine(),
            jobName: job(),
            functions: {
                starter: nameOf("turnstile-jobs-starter"),
                dispatcher: nameOf("turnstile-slots-dispatcher"),
                reaper: nameOf("turnstile-slots-reaper"),
            },
            failureTopicArn: failures(),
            alarmTopicArn: alarms(),
        });
    });

    for (const [name, [is, value]] of Object.entries(expected)) {
        it(`${name} is ${is}`, () => {
            assert.equal(values[name], value());
        });
    }

    it("are these and no others", () => {
        assert.deepEqual(
            Object.keys(values).sort(),
            [...Object.keys(expected), "operator", "viewerPolicy", "operatorPolicy"].sort(),
        );
    });
});

for (const [region, partition, consoleDomain, logFormat] of [
    ["us-gov-west-1", "aws-us-gov", "console.amazonaws-us-gov.com", "Text"],
    ["cn-north-1", "aws-cn", "console.amazonaws.cn", "JSON"],
] as const) {
    describe(`The program in ${partition}`, () => {
        let program: Program;
        let inputs: string[];

        before(async () => {
            program = await recordUnderMocks("dev", { overrides: { "aws:region": region } });
            inputs = program.recorded.map((resource) =>
                JSON.stringify({ ...resource.inputs, code: undefined, source: undefined }),
            );
        });

        it("names no other partition's resources", () => {
            const arns = inputs.flatMap((text) => [...text.matchAll(/arn:[a-z-]*:/g)].map(([arn]) => arn));
            assert.deepEqual(new Set(arns), new Set([`arn:${partition}:`]));
        });

        it("names no other region", () => {
            for (const text of inputs) assert.doesNotMatch(text, /us-east-1/);
        });

        it(`has logs in the format ${logFormat}, and levels of lines only in JSON`, () => {
            const formats = ofType(program.recorded, "aws:lambda/function:Function").map(
                ({ inputs }) => inputs["loggingConfig"] as Record<string, unknown>,
            );
            assert.equal(formats.length, 3);
            for (const format of formats) {
                assert.equal(format["logFormat"], logFormat);
                assert.equal(format["applicationLogLevel"], logFormat === "JSON" ? "INFO" : undefined);
                assert.equal(typeof format["logGroup"], "string");
            }
        });

        it("gives no tags to event source mappings", () => {
            const mappings = ofType(program.recorded, "aws:lambda/eventSourceMapping:EventSourceMapping");
            assert.equal(mappings.length, 3);
            for (const { inputs } of mappings) assert.equal(inputs["tags"], undefined);
        });

        it("leads to the partition's own console", async () => {
            const { tableConsole } = await resolve({ tableConsole: program.outputs["tableConsole"] });
            assert.ok(String(tableConsole).startsWith(`https://${region}.${consoleDomain}/`));
        });
    });
}

function ofType(recorded: readonly Recorded[], type: string): Recorded[] {
    return recorded.filter((resource) => resource.type === type);
}

interface Policy {
    Statement: Statement[];
}

interface Statement {
    Effect: string;
    Action: unknown;
    Resource?: unknown;
    Condition?: unknown;
}

/** Every statement that allows something, in every policy; `name` is the policy's. */
function allows(recorded: readonly Recorded[]): { name: string; statement: Statement }[] {
    return recorded
        .filter(({ type }) => /Policy$/.test(type) && !/RedriveAllowPolicy$/.test(type))
        .flatMap((resource) =>
            (json(resource, "policy") as Policy).Statement.filter(({ Effect }) => Effect === "Allow").map(
                (statement) => ({ name: resource.name, statement }),
            ),
        );
}

/** Whether the provider's type declares tags among the arguments of a resource type such as `aws:sqs/queue:Queue`. */
function canHaveTags(type: string): boolean {
    const [provider, module, name] = type.split(":");
    if (provider !== "aws" || !module || !name) return false;
    const file = path.join(directory, "node_modules/@pulumi/aws", `${module}.d.ts`);
    const [, declared] = readFileSync(file, "utf8").split(`export interface ${name}Args {`);
    if (declared === undefined) throw new Error(`${file} does not declare ${name}Args`);
    return /^ {4}tags\?:/m.test(declared);
}

function resolve(outputs: Readonly<Record<string, unknown>>): Promise<Record<string, unknown>> {
    return new Promise((done) => {
        pulumi.output(outputs).apply((values) => {
            done(values);
        });
    });
}
