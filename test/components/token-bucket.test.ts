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
            "aws:cloudwatch/eventRule:EventRule slots-every-four-minutes",
            "aws:cloudwatch/eventRule:EventRule slots-every-minute",
            "aws:cloudwatch/eventTarget:EventTarget slots-every-four-minutes-target",
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
            mails: { limit: pulumi.output(7), cooldownSeconds: 30, pauseAfterFailures: 0 },
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
                    pauseAfterFailures: { N: "0" },
                },
                {
                    poolName: { S: "reports" },
                    entry: { S: "settings" },
                    limit: { N: "3" },
                    cooldownSeconds: { N: "0" },
                    pauseAfterFailures: { N: "5" },
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

    it("protects the table from deletion if its argument says so", async () => {
        const table = find(await recordBucket({ protect: true }), "slots", ":Table");
        assert.equal(table.inputs["deletionProtectionEnabled"], true);
    });

    it("names to both functions the table, its pools and the reaper's queue", () => {
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

    it("calls the dispatcher with the table's stream from its beginning, and drops a record after two retries", () => {
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
        const rule = find(recorded, "slots-every-four-minutes", ":EventRule");
        assert.equal(rule.inputs["scheduleExpression"], "rate(4 minutes)");
        assert.deepEqual(find(recorded, "slots-every-four-minutes-target", ":EventTarget").inputs, {
            rule: rule.outputs["name"],
            arn: find(recorded, "slots-reaper-queue", ":Queue").outputs["arn"],
            input: '{"sweep":true}',
        });
    });

    it("has a queue for the reaper that waits two seconds and drops no message for days", () => {
        const { redrivePolicy, ...inputs } = find(recorded, "slots-reaper-queue", ":Queue").inputs;
        assert.deepEqual(inputs, {
            messageRetentionSeconds: 1_209_600,
            visibilityTimeoutSeconds: 270,
            sqsManagedSseEnabled: true,
        });
        assert.deepEqual(JSON.parse(String(redrivePolicy)), {
            deadLetterTargetArn: find(recorded, "slots-reaper-dead-letter", ":Queue").outputs["arn"],
            maxReceiveCount: 1000,
        });
    });

    it("has a dead-letter queue for the reaper that keeps messages for 14 days", () => {
        assert.deepEqual(find(recorded, "slots-reaper-dead-letter", ":Queue").inputs, {
            messageRetentionSeconds: 1_209_600,
            sqsManagedSseEnabled: true,
        });
    });

    it("calls the reaper with its queue's messages, ten at a time, and takes failures one by one", () => {
        assert.deepEqual(find(recorded, "slots-reaper-messages", ":EventSourceMapping").inputs, {
            eventSourceArn: find(recorded, "slots-reaper-queue", ":Queue").outputs["arn"],
            functionName: find(recorded, "slots-reaper", ":Function").outputs["name"],
            batchSize: 10,
            functionResponseTypes: ["ReportBatchItemFailures"],
            scalingConfig: { maximumConcurrency: 2 },
        });
    });

    it("lets only rules with its own prefix send to the reaper's queue", () => {
        const table = String(find(recorded, "slots", ":Table").outputs["name"]);
        const allowed = statements(find(recorded, "slots-reaper-queue-policy", ":QueuePolicy")).filter(
            ({ Effect }) => Effect === "Allow",
        );
        assert.deepEqual(allowed, [
            {
                Sid: "AllowRules",
                Effect: "Allow",
                Principal: { Service: "events.amazonaws.com" },
                Action: "sqs:SendMessage",
                Resource: find(recorded, "slots-reaper-queue", ":Queue").outputs["arn"],
                Condition: {
                    ArnLike: { "aws:SourceArn": `arn:aws:events:eu-west-1:${ACCOUNT}:rule/${table}-*` },
                },
            },
        ]);
    });

    for (const name of ["slots-reaper-queue", "slots-reaper-dead-letter"]) {
        it(`refuses plain HTTP on ${name}`, () => {
            const [deny, ...others] = statements(find(recorded, `${name}-policy`, ":QueuePolicy"));
            assert.deepEqual(deny, {
                Sid: "DenyPlainHttp",
                Effect: "Deny",
                Principal: "*",
                Action: "sqs:*",
                Resource: [find(recorded, name, ":Queue").outputs["arn"]],
                Condition: { Bool: { "aws:SecureTransport": "false" } },
            });
            assert.ok(others.every(({ Effect }) => Effect === "Allow"));
        });
    }

    it("names its rules with that prefix", () => {
        const table = String(find(recorded, "slots", ":Table").outputs["name"]);
        const rules = recorded.filter(({ type }) => type.endsWith(":EventRule"));
        assert.equal(rules.length, 2);
        for (const { inputs } of rules) assert.equal(inputs["namePrefix"], `${table}-`);
    });

    it("has a prefix that fits the 38 characters of a name prefix at the longest name", async () => {
        const bucket = await record(
            () => new TokenBucket("s".repeat(29), { pools: { reports: { limit: 1 } } }),
        );
        const rules = bucket.filter(({ type }) => type.endsWith(":EventRule"));
        assert.equal(rules.length, 2);
        for (const { inputs } of rules) assert.ok(String(inputs["namePrefix"]).length <= 38);
    });

    it("lets the dispatcher read the settings, write the gate and rows, answer tokens and send to the reaper, and no more", () => {
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
            { Effect: "Allow", Action: "sqs:ChangeMessageVisibility", Resource: queue },
            { Effect: "Allow", Action: "states:SendTaskSuccess", Resource: "*" },
        ]);
    });

    describe("with a customer-managed key", () => {
        let keyed: Recorded[];

        /** A statement that allows an action with the key through services. */
        const through = (action: string | string[], services: string | string[]) => ({
            Effect: "Allow",
            Action: action,
            Resource: KEY_ARN,
            Condition: { StringEquals: { "kms:ViaService": services } },
        });
        const endpoint = (service: string) => `${service}.eu-west-1.amazonaws.com`;
        const uses = [
            through("kms:Decrypt", ["dynamodb", "sqs"].map(endpoint)),
            through("kms:GenerateDataKey", [endpoint("sqs")]),
        ];

        before(async () => {
            keyed = await recordBucket({ kmsKeyArn: KEY_ARN });
        });

        it("encrypts the table", () => {
            assert.deepEqual(find(keyed, "slots", ":Table").inputs["serverSideEncryption"], {
                enabled: true,
                kmsKeyArn: KEY_ARN,
            });
        });

        it("encrypts the reaper's queues", () => {
            for (const name of ["slots-reaper-queue", "slots-reaper-dead-letter"])
                assert.equal(find(keyed, name, ":Queue").inputs["kmsMasterKeyId"], KEY_ARN);
        });

        it("lets the dispatcher use it through DynamoDB and SQS alone", () => {
            assert.deepEqual(rolePolicy(keyed, "slots-dispatcher-policy").slice(-2), uses);
        });

        it("lets the reaper use it through DynamoDB and SQS, and read executions with it", () => {
            const { Condition, ...read } = through("kms:Decrypt", endpoint("states"));
            const machines = `arn:aws:states:eu-west-1:${ACCOUNT}:stateMachine:*`;
            assert.deepEqual(rolePolicy(keyed, "slots-reaper-policy").slice(-3), [
                ...uses,
                {
                    ...read,
                    Condition: {
                        ...Condition,
                        ArnLike: { "kms:EncryptionContext:aws:states:stateMachineArn": machines },
                    },
                },
            ]);
        });

        for (const name of ["slots-dispatcher", "slots-reaper"]) {
            it(`encrypts log and environment of ${name}, which may write that log`, () => {
                assert.equal(find(keyed, `${name}-logs`, ":LogGroup").inputs["kmsKeyId"], KEY_ARN);
                assert.equal(find(keyed, name, ":Function").inputs["kmsKeyArn"], KEY_ARN);
                assert.deepEqual(
                    rolePolicy(keyed, `${name}-policy`)[1],
                    through(["kms:Decrypt", "kms:GenerateDataKey", "kms:DescribeKey"], endpoint("logs")),
                );
            });
        }
    });

    it("lists every mistake in its arguments in one error", async () => {
        const pools = {
            "a pool": { limit: 1 },
            b: { limit: 1001, cooldownSeconds: -1, pauseAfterFailures: 101 },
        };
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
            assert.match(
                error.message,
                /pools.b.pauseAfterFailures is 101; expected a whole number from 0 to 100/,
            );
            assert.match(error.message, /logRetentionDays is 31; expected one of 1, 3, 5/);
            return true;
        });
    });

    it("refuses to be without a pool", async () => {
        await assert.rejects(recordBucket({ pools: {} }), /pools is empty; expected at least one pool/);
    });

    it("refuses more pools than the functions' environment has room for", async () => {
        const names = Array.from({ length: 82 }, (_, i) => String(i).padStart(40, "p"));
        const pools = Object.fromEntries(names.map((name) => [name, { limit: 1 }]));
        await assert.rejects(
            recordBucket({ pools }),
            /pools has 82 names, as a JSON list 3527 characters; expected at most 3500/,
        );
    });

    it("refuses a name that AWS's names have no room for", async () => {
        await assert.rejects(
            record(() => new TokenBucket("s".repeat(30), { pools: { a: { limit: 1 } } })),
            /29 characters at most/,
        );
    });
});
