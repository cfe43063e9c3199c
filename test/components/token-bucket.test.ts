import assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import { TokenBucket } from "../../components/index.ts";
import type { TokenBucketArgs } from "../../components/index.ts";
import { streamFilters } from "../../slots/stream.ts";
import { ACCOUNT, find, json, key, record } from "../mocks.ts";
import type { Recorded } from "../mocks.ts";
import { KEY_ARN, rolePolicy, statements } from "./fixtures.ts";

const recordBucket = (args: Partial<TokenBucketArgs> = {}) =>
    record(
        () => new TokenBucket("slots", { pools: { reports: { limit: 3 }, mails: { limit: 1 } }, ...args }),
    );

describe("a token bucket", () => {
    let recorded: Recorded[];

    before(async () => {
        recorded = await recordBucket();
    });

    it("declares these resources and no others", () => {
        assert.deepEqual(recorded.map(key), [
            "aws:cloudwatch/eventRule:EventRule slots-every-five-minutes",
            "aws:cloudwatch/eventRule:EventRule slots-every-minute",
            "aws:cloudwatch/eventTarget:EventTarget slots-every-five-minutes-target",
            "aws:cloudwatch/eventTarget:EventTarget slots-every-minute-target",
            "aws:cloudwatch/logGroup:LogGroup slots-dispatcher-logs",
            "aws:cloudwatch/logGroup:LogGroup slots-reaper-logs",
            "aws:dynamodb/table:Table slots",
            "aws:dynamodb/tableItem:TableItem slots-settings-mails",
            "aws:dynamodb/tableItem:TableItem slots-settings-reports",
            "aws:iam/role:Role slots-dispatcher-role",
            "aws:iam/role:Role slots-reaper-role",
            "aws:iam/rolePolicy:RolePolicy slots-dispatcher-policy",
            "aws:iam/rolePolicy:RolePolicy slots-reaper-policy",
            "aws:lambda/eventSourceMapping:EventSourceMapping slots-reaper-messages",
            "aws:lambda/eventSourceMapping:EventSourceMapping slots-stream",
            "aws:lambda/function:Function slots-dispatcher",
            "aws:lambda/function:Function slots-reaper",
            "aws:lambda/permission:Permission slots-every-minute-permission",
            "aws:sqs/queue:Queue slots-reaper-dead-letter",
            "aws:sqs/queue:Queue slots-reaper-queue",
            "aws:sqs/queuePolicy:QueuePolicy slots-reaper-dead-letter-policy",
            "aws:sqs/queuePolicy:QueuePolicy slots-reaper-queue-policy",
            "aws:sqs/redriveAllowPolicy:RedriveAllowPolicy slots-reaper-redrive-allow-policy",
            "turnstile:index:NodeFunction slots-dispatcher",
            "turnstile:index:NodeFunction slots-reaper",
            "turnstile:index:TokenBucket slots",
        ]);
    });

    it("is the parent of what is not a function's", () => {
        for (const resource of recorded) {
            const isTop = resource.type.endsWith(":TokenBucket");
            const ofFunction = /^slots-(dispatcher|reaper)(-logs|-role|-policy)?$/.exec(resource.name);
            if (isTop) assert.equal(resource.parent, undefined);
            else if (ofFunction && resource.type.startsWith("aws:"))
                assert.equal(resource.parent, `turnstile:index:NodeFunction slots-${String(ofFunction[1])}`);
            else assert.equal(resource.parent, "turnstile:index:TokenBucket slots");
        }
    });

    it("has a table on demand with a stream, an expiry, a local index for the line and recovery to any point in time", () => {
        assert.deepEqual(find(recorded, "slots", ":Table").inputs, {
            billingMode: "PAY_PER_REQUEST",
            serverSideEncryption: { enabled: false },
            hashKey: "poolName",
            rangeKey: "entry",
            attributes: [
                { name: "poolName", type: "S" },
                { name: "entry", type: "S" },
                { name: "linePosition", type: "S" },
            ],
            localSecondaryIndexes: [{ name: "line", rangeKey: "linePosition", projectionType: "ALL" }],
            streamEnabled: true,
            streamViewType: "NEW_IMAGE",
            ttl: { attributeName: "expires", enabled: true },
            pointInTimeRecovery: { enabled: true },
            deletionProtectionEnabled: false,
        });
    });

    it("writes the settings of each pool and no other item", async () => {
        const pools = {
            reports: { limit: 3 },
            mails: { limit: pulumi.output(7), cooldownSeconds: 30 },
        };
        const items = (await recordBucket({ pools })).filter(({ type }) => type.endsWith(":TableItem"));
        assert.deepEqual(
            items.map((item) => json(item, "item")),
            [
                {
                    poolName: { S: "mails" },
                    entry: { S: "settings" },
                    limit: { N: "7" },
                    cooldownSeconds: { N: "30" },
                },
                {
                    poolName: { S: "reports" },
                    entry: { S: "settings" },
                    limit: { N: "3" },
                    cooldownSeconds: { N: "0" },
                },
            ],
        );
        const table = find(recorded, "slots", ":Table").outputs["name"];
        for (const { inputs } of items) {
            assert.deepEqual(
                [inputs["tableName"], inputs["hashKey"], inputs["rangeKey"]],
                [table, "poolName", "entry"],
            );
        }
    });

    it("protects the table from deletion if it is told to", async () => {
        const table = find(await recordBucket({ protect: true }), "slots", ":Table");
        assert.equal(table.inputs["deletionProtectionEnabled"], true);
    });

    it("tells both functions the table, its pools and the reaper's queue", () => {
        const table = find(recorded, "slots", ":Table").outputs["name"];
        const variables = (name: string) => find(recorded, name, ":Function").inputs["environment"];
        const common = {
            TABLE_NAME: table,
            POOLS: '["reports","mails"]',
            REAPER_QUEUE_URL: find(recorded, "slots-reaper-queue", ":Queue").outputs["url"],
        };
        assert.deepEqual(variables("slots-dispatcher"), { variables: common });
        assert.deepEqual(variables("slots-reaper"), { variables: common });
    });

    it("hands the table's stream to the dispatcher from its beginning, and gives up on a record soon", () => {
        const { filterCriteria, ...inputs } = find(recorded, "slots-stream", ":EventSourceMapping").inputs;
        assert.ok(filterCriteria);
        assert.deepEqual(inputs, {
            eventSourceArn: find(recorded, "slots", ":Table").outputs["streamArn"],
            functionName: find(recorded, "slots-dispatcher", ":Function").outputs["name"],
            startingPosition: "TRIM_HORIZON",
            batchSize: 100,
            maximumRetryAttempts: 2,
        });
    });

    it("calls the dispatcher with those changes of the table that wake it, and no others", () => {
        const { filterCriteria } = find(recorded, "slots-stream", ":EventSourceMapping").inputs;
        assert.deepEqual(filterCriteria, {
            filters: streamFilters().map((pattern) => ({ pattern: JSON.stringify(pattern) })),
        });
    });

    it("has the dispatcher look at everything every minute", () => {
        const rule = find(recorded, "slots-every-minute", ":EventRule");
        const dispatcher = find(recorded, "slots-dispatcher", ":Function").outputs;
        assert.equal(rule.inputs["scheduleExpression"], "rate(1 minute)");
        assert.deepEqual(find(recorded, "slots-every-minute-target", ":EventTarget").inputs, {
            rule: rule.outputs["name"],
            arn: dispatcher["arn"],
            input: '{"sweep":true}',
        });
        assert.deepEqual(find(recorded, "slots-every-minute-permission", ":Permission").inputs, {
            action: "lambda:InvokeFunction",
            function: dispatcher["name"],
            principal: "events.amazonaws.com",
            sourceArn: rule.outputs["arn"],
        });
    });

    it("has the reaper look at everything every five minutes, through its queue", () => {
        const rule = find(recorded, "slots-every-five-minutes", ":EventRule");
        assert.equal(rule.inputs["scheduleExpression"], "rate(5 minutes)");
        assert.deepEqual(find(recorded, "slots-every-five-minutes-target", ":EventTarget").inputs, {
            rule: rule.outputs["name"],
            arn: find(recorded, "slots-reaper-queue", ":Queue").outputs["arn"],
            input: '{"sweep":true}',
        });
    });

    it("has a queue for the reaper that waits two seconds and gives up on nothing for days", () => {
        const queue = find(recorded, "slots-reaper-queue", ":Queue");
        const deadLetter = find(recorded, "slots-reaper-dead-letter", ":Queue");
        const { redrivePolicy, ...inputs } = queue.inputs;
        assert.deepEqual(inputs, {
            delaySeconds: 2,
            messageRetentionSeconds: 1_209_600,
            visibilityTimeoutSeconds: 270,
            sqsManagedSseEnabled: true,
        });
        assert.deepEqual(JSON.parse(String(redrivePolicy)), {
            deadLetterTargetArn: deadLetter.outputs["arn"],
            maxReceiveCount: 1000,
        });
        assert.deepEqual(deadLetter.inputs, {
            messageRetentionSeconds: 1_209_600,
            sqsManagedSseEnabled: true,
        });
        assert.deepEqual(find(recorded, "slots-reaper-messages", ":EventSourceMapping").inputs, {
            eventSourceArn: queue.outputs["arn"],
            functionName: find(recorded, "slots-reaper", ":Function").outputs["name"],
            batchSize: 10,
            functionResponseTypes: ["ReportBatchItemFailures"],
            scalingConfig: { maximumConcurrency: 2 },
        });
    });

    it("lets only rules with its own prefix into the reaper's queue, and only over TLS", () => {
        const queue = find(recorded, "slots-reaper-queue", ":Queue").outputs["arn"];
        const table = String(find(recorded, "slots", ":Table").outputs["name"]);
        const [deny, allow, ...others] = statements(
            find(recorded, "slots-reaper-queue-policy", ":QueuePolicy"),
        );
        assert.equal(deny?.Effect, "Deny");
        assert.deepEqual(deny.Condition, { Bool: { "aws:SecureTransport": "false" } });
        assert.deepEqual(allow, {
            Sid: "AllowRules",
            Effect: "Allow",
            Principal: { Service: "events.amazonaws.com" },
            Action: "sqs:SendMessage",
            Resource: queue,
            Condition: {
                ArnLike: { "aws:SourceArn": `arn:aws:events:eu-west-1:${ACCOUNT}:rule/${table}-*` },
            },
        });
        assert.deepEqual(others, []);
    });

    it("names its rules with that prefix, which fits the 38 characters of a name prefix at the longest name", async () => {
        const longest = "s".repeat(29);
        const bucket = await record(() => new TokenBucket(longest, { pools: { reports: { limit: 1 } } }));
        const table = String(find(bucket, longest, ":Table").outputs["name"]);
        const rules = bucket.filter(({ type }) => type.endsWith(":EventRule"));
        assert.equal(rules.length, 2);
        for (const { inputs } of rules) {
            assert.equal(inputs["namePrefix"], `${table}-`);
            assert.ok(String(inputs["namePrefix"]).length <= 38);
        }
    });

    it("lets the dispatcher read the settings, write the gate and rows, answer tokens and tell the reaper, and no more", () => {
        const table = String(find(recorded, "slots", ":Table").outputs["arn"]);
        const logs = String(find(recorded, "slots-dispatcher-logs", ":LogGroup").outputs["arn"]);
        const ofPools = { "ForAllValues:StringEquals": { "dynamodb:LeadingKeys": ["reports", "mails"] } };
        assert.deepEqual(rolePolicy(recorded, "slots-dispatcher-policy"), [
            {
                Effect: "Allow",
                Action: ["logs:CreateLogStream", "logs:PutLogEvents"],
                Resource: `${logs}:log-stream:*`,
            },
            {
                Effect: "Allow",
                Action: ["dynamodb:GetItem", "dynamodb:UpdateItem", "dynamodb:ConditionCheckItem"],
                Resource: table,
                Condition: ofPools,
            },
            {
                Effect: "Allow",
                Action: ["dynamodb:Query"],
                Resource: `${table}/index/line`,
                Condition: ofPools,
            },
            {
                Effect: "Allow",
                Action: ["dynamodb:DescribeStream", "dynamodb:GetRecords", "dynamodb:GetShardIterator"],
                Resource: find(recorded, "slots", ":Table").outputs["streamArn"],
            },
            { Effect: "Allow", Action: "dynamodb:ListStreams", Resource: "*" },
            { Effect: "Allow", Action: "states:SendTaskSuccess", Resource: "*" },
            {
                Effect: "Allow",
                Action: "sqs:SendMessage",
                Resource: [find(recorded, "slots-reaper-queue", ":Queue").outputs["arn"]],
            },
        ]);
    });

    it("lets the reaper read and write items of its pools, read their lines, use its queue and answer tokens, and no more", () => {
        const table = String(find(recorded, "slots", ":Table").outputs["arn"]);
        const queue = find(recorded, "slots-reaper-queue", ":Queue").outputs["arn"];
        const [, ...others] = rolePolicy(recorded, "slots-reaper-policy");
        assert.deepEqual(others, [
            {
                Effect: "Allow",
                Action: ["dynamodb:GetItem", "dynamodb:UpdateItem"],
                Resource: table,
                Condition: {
                    "ForAllValues:StringEquals": { "dynamodb:LeadingKeys": ["reports", "mails"] },
                },
            },
            {
                Effect: "Allow",
                Action: ["dynamodb:Query"],
                Resource: `${table}/index/line`,
                Condition: {
                    "ForAllValues:StringEquals": { "dynamodb:LeadingKeys": ["reports", "mails"] },
                },
            },
            {
                Effect: "Allow",
                Action: ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"],
                Resource: queue,
            },
            { Effect: "Allow", Action: "sqs:SendMessage", Resource: [queue] },
            { Effect: "Allow", Action: "states:SendTaskSuccess", Resource: "*" },
        ]);
    });

    it("encrypts table and queues with a key of one's own, which the functions may use through those services alone", async () => {
        const keyed = await recordBucket({ kmsKeyArn: KEY_ARN });
        assert.deepEqual(find(keyed, "slots", ":Table").inputs["serverSideEncryption"], {
            enabled: true,
            kmsKeyArn: KEY_ARN,
        });
        for (const name of ["slots-reaper-queue", "slots-reaper-dead-letter"])
            assert.equal(find(keyed, name, ":Queue").inputs["kmsMasterKeyId"], KEY_ARN);
        const use = (action: string, services: string[]) => ({
            Effect: "Allow",
            Action: action,
            Resource: KEY_ARN,
            Condition: {
                StringEquals: {
                    "kms:ViaService": services.map((service) => `${service}.eu-west-1.amazonaws.com`),
                },
            },
        });
        const uses = [use("kms:Decrypt", ["dynamodb", "sqs"]), use("kms:GenerateDataKey", ["sqs"])];
        assert.deepEqual(rolePolicy(keyed, "slots-dispatcher-policy").slice(-2), uses);
        const reads = use("kms:Decrypt", ["states"]).Condition.StringEquals;
        assert.deepEqual(rolePolicy(keyed, "slots-reaper-policy").slice(-3), [
            ...uses,
            {
                Effect: "Allow",
                Action: "kms:Decrypt",
                Resource: KEY_ARN,
                Condition: {
                    StringEquals: { "kms:ViaService": reads["kms:ViaService"][0] },
                    ArnLike: {
                        "kms:EncryptionContext:aws:states:stateMachineArn": `arn:aws:states:eu-west-1:${ACCOUNT}:stateMachine:*`,
                    },
                },
            },
        ]);
        for (const name of ["slots-dispatcher", "slots-reaper"]) {
            assert.equal(find(keyed, `${name}-logs`, ":LogGroup").inputs["kmsKeyId"], KEY_ARN);
            assert.equal(find(keyed, name, ":Function").inputs["kmsKeyArn"], KEY_ARN);
            const log = use("", ["logs"]).Condition.StringEquals["kms:ViaService"][0];
            assert.deepEqual(rolePolicy(keyed, `${name}-policy`)[1], {
                Effect: "Allow",
                Action: ["kms:Decrypt", "kms:GenerateDataKey", "kms:DescribeKey"],
                Resource: KEY_ARN,
                Condition: { StringEquals: { "kms:ViaService": log } },
            });
        }
    });

    it("lists every mistake in its arguments in one error", async () => {
        const pools = { "a pool": { limit: 1 }, b: { limit: 1001, cooldownSeconds: -1 } };
        await assert.rejects(recordBucket({ pools, logRetentionDays: 31 }), (error: Error) => {
            assert.match(error.message, /^TokenBucket "slots" cannot be created: /);
            assert.match(
                error.message,
                /pools has the name "a pool"; expected 1 to 40 letters, digits, _ and -/,
            );
            assert.match(error.message, /pools.b.limit is 1001; expected a whole number from 0 to 1000/);
            assert.match(
                error.message,
                /pools.b.cooldownSeconds is -1; expected a whole number from 0 to 900 seconds/,
            );
            assert.match(error.message, /logRetentionDays is 31; expected one of 1, 3, 5/);
            return true;
        });
        await assert.rejects(recordBucket({ pools: {} }), /pools is empty; expected at least one/);
        const names = Array.from({ length: 82 }, (_, i) => String(i).padStart(40, "p"));
        const many = Object.fromEntries(names.map((name) => [name, { limit: 1 }]));
        await assert.rejects(
            recordBucket({ pools: many }),
            /pools has 82 names, as a JSON list 3527 characters; expected at most 3500/,
        );
        await assert.rejects(
            record(() => new TokenBucket("s".repeat(30), { pools: { a: { limit: 1 } } })),
            /29 characters at most/,
        );
    });
});
