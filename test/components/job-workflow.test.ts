import assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import { definition } from "../../workflow/definition.ts";
import { ACCOUNT, find, json, key } from "../mocks.ts";
import type { Recorded } from "../mocks.ts";
import { KEY_ARN, recordStack, rolePolicy, statements } from "./fixtures.ts";

const isOurs = ({ name }: Recorded) => name === "jobs" || name.startsWith("jobs-");
const jobArn = `arn:aws:glue:eu-west-1:${ACCOUNT}:job/report`;
const topicArn = `arn:aws:sns:eu-west-1:${ACCOUNT}:elsewhere`;

describe("a job workflow", () => {
    let recorded: Recorded[];

    before(async () => {
        recorded = await recordStack();
    });

    it("declares these resources and no others", () => {
        assert.deepEqual(recorded.filter(isOurs).map(key), [
            "aws:cloudwatch/eventRule:EventRule jobs-execution-ended",
            "aws:cloudwatch/eventRule:EventRule jobs-run-ended",
            "aws:cloudwatch/eventTarget:EventTarget jobs-execution-ended-target",
            "aws:cloudwatch/eventTarget:EventTarget jobs-run-ended-target",
            "aws:cloudwatch/logGroup:LogGroup jobs-logs",
            "aws:cloudwatch/logGroup:LogGroup jobs-starter-logs",
            "aws:iam/role:Role jobs-role",
            "aws:iam/role:Role jobs-starter-role",
            "aws:iam/rolePolicy:RolePolicy jobs-policy",
            "aws:iam/rolePolicy:RolePolicy jobs-reaper-policy",
            "aws:iam/rolePolicy:RolePolicy jobs-starter-policy",
            "aws:lambda/eventSourceMapping:EventSourceMapping jobs-messages",
            "aws:lambda/function:Function jobs-starter",
            "aws:sfn/stateMachine:StateMachine jobs",
            "aws:sns/topic:Topic jobs-failures",
            "aws:sns/topicPolicy:TopicPolicy jobs-failures-policy",
            "turnstile:index:JobWorkflow jobs",
            "turnstile:index:NodeFunction jobs-starter",
        ]);
    });

    it("is the parent of what is not the starter's, what it adds to the bucket's reaper included", () => {
        for (const resource of recorded.filter(isOurs)) {
            const ofStarter =
                /^jobs-starter(-logs|-role|-policy)?$/.test(resource.name) &&
                resource.type.startsWith("aws:");
            if (resource.type.endsWith(":JobWorkflow")) assert.equal(resource.parent, undefined);
            else if (ofStarter) assert.equal(resource.parent, "turnstile:index:NodeFunction jobs-starter");
            else assert.equal(resource.parent, "turnstile:index:JobWorkflow jobs");
        }
    });

    it("makes a standard machine of the definition, with these defaults", () => {
        const machine = find(recorded, "jobs", ":StateMachine");
        const { definition: text, ...inputs } = machine.inputs;
        const expected = definition(
            {
                partition: "aws",
                tableName: String(find(recorded, "slots", ":Table").outputs["name"]),
                pool: "reports",
                jobName: "report",
                deadLetterQueueUrl: String(find(recorded, "work-dead-letter", ":Queue").outputs["url"]),
                reaperQueueUrl: String(find(recorded, "slots-reaper-queue", ":Queue").outputs["url"]),
                failureTopicArn: String(find(recorded, "jobs-failures", ":Topic").outputs["arn"]),
            },
            {
                maxAttempts: 3,
                retryDelaySeconds: 30,
                cooldownSeconds: 0,
                startBudgetSeconds: 600,
                jobTimeoutMinutes: undefined,
            },
        );
        assert.deepEqual(JSON.parse(String(text)), JSON.parse(JSON.stringify(expected)));
        assert.deepEqual(inputs, {
            type: "STANDARD",
            encryptionConfiguration: { type: "AWS_OWNED_KEY" },
            roleArn: find(recorded, "jobs-role", ":Role").outputs["arn"],
            loggingConfiguration: {
                level: "ERROR",
                includeExecutionData: false,
                logDestination: `${String(find(recorded, "jobs-logs", ":LogGroup").outputs["arn"])}:*`,
            },
            tracingConfiguration: { enabled: true },
        });
    });

    it("hands the numbers on, the pool's cooldownSeconds among them, whether they are known now or later", async () => {
        const machine = find(
            await recordStack({
                bucket: { pools: { reports: { limit: 3, cooldownSeconds: pulumi.output(45) } } },
                workflow: {
                    maxAttempts: pulumi.output(2),
                    retryDelaySeconds: 5,
                    startBudgetSeconds: 0,
                    jobTimeoutMinutes: 20,
                },
            }),
            "jobs",
            ":StateMachine",
        );
        const { States } = json(machine, "definition") as { States: Record<string, object> };
        const numbers = {
            maxAttempts: 2,
            retryDelaySeconds: 5,
            cooldownSeconds: 45,
            startBudgetSeconds: 0,
            jobTimeoutMinutes: 20,
        };
        const names = { partition: "", tableName: "", pool: "reports", jobName: "report" };
        const expected = definition(
            { ...names, deadLetterQueueUrl: "", reaperQueueUrl: "", failureTopicArn: "" },
            numbers,
        );
        for (const state of ["Run job", "Cool down", "How did it end", "Back off"]) {
            const wanted: unknown = JSON.parse(
                JSON.stringify(expected.States[state]).replaceAll("arn::", "arn:aws:"),
            );
            assert.deepEqual(States[state], wanted);
        }
    });

    it("lets the machine write its pool's items, run its job, send, notify, log and trace, and no more", () => {
        const arn = (name: string, type: string) => find(recorded, name, type).outputs["arn"];
        const [items, ...others] = rolePolicy(recorded, "jobs-policy");
        assert.deepEqual(items, {
            Effect: "Allow",
            Action: ["dynamodb:UpdateItem"],
            Resource: arn("slots", ":Table"),
            Condition: { "ForAllValues:StringEquals": { "dynamodb:LeadingKeys": ["reports"] } },
        });
        assert.deepEqual(others, [
            {
                Effect: "Allow",
                Action: ["glue:StartJobRun", "glue:GetJobRun", "glue:GetJobRuns", "glue:BatchStopJobRun"],
                Resource: [jobArn],
            },
            {
                Effect: "Allow",
                Action: "sqs:SendMessage",
                Resource: [arn("work-dead-letter", ":Queue"), arn("slots-reaper-queue", ":Queue")],
            },
            { Effect: "Allow", Action: "sns:Publish", Resource: arn("jobs-failures", ":Topic") },
            {
                Effect: "Allow",
                Action: [
                    "logs:CreateLogDelivery",
                    "logs:GetLogDelivery",
                    "logs:UpdateLogDelivery",
                    "logs:DeleteLogDelivery",
                    "logs:ListLogDeliveries",
                    "logs:PutResourcePolicy",
                    "logs:DescribeResourcePolicies",
                    "logs:DescribeLogGroups",
                ],
                Resource: "*",
            },
            {
                Effect: "Allow",
                Action: [
                    "xray:PutTraceSegments",
                    "xray:PutTelemetryRecords",
                    "xray:GetSamplingRules",
                    "xray:GetSamplingTargets",
                ],
                Resource: "*",
            },
        ]);
    });

    it("needs no permission to trace when it does not", async () => {
        const untraced = await recordStack({ workflow: { tracing: false } });
        const machine = find(untraced, "jobs", ":StateMachine");
        assert.deepEqual(machine.inputs["tracingConfiguration"], { enabled: false });
        assert.doesNotMatch(JSON.stringify(rolePolicy(untraced, "jobs-policy")), /xray/);
    });

    it("lets Step Functions assume the role for machines of this account alone", () => {
        const [trust, ...others] = statements(find(recorded, "jobs-role", ":Role"), "assumeRolePolicy");
        assert.deepEqual(others, []);
        assert.deepEqual(trust, {
            Effect: "Allow",
            Principal: { Service: "states.amazonaws.com" },
            Action: "sts:AssumeRole",
            Condition: {
                StringEquals: { "aws:SourceAccount": ACCOUNT },
                ArnLike: { "aws:SourceArn": `arn:aws:states:eu-west-1:${ACCOUNT}:stateMachine:*` },
            },
        });
    });

    it("calls the starter with the queue's messages, ten at a time, and takes failures one by one", () => {
        assert.deepEqual(find(recorded, "jobs-messages", ":EventSourceMapping").inputs, {
            eventSourceArn: find(recorded, "work", ":Queue").outputs["arn"],
            functionName: find(recorded, "jobs-starter", ":Function").outputs["name"],
            batchSize: 10,
            functionResponseTypes: ["ReportBatchItemFailures"],
            scalingConfig: { maximumConcurrency: 5 },
        });
    });

    it("names to the starter the table, its pool, the queues, the machine and the job", () => {
        assert.deepEqual(find(recorded, "jobs-starter", ":Function").inputs["environment"], {
            variables: {
                TABLE_NAME: find(recorded, "slots", ":Table").outputs["name"],
                POOL: "reports",
                QUEUE_URL: find(recorded, "work", ":Queue").outputs["url"],
                JOB_NAME: "report",
                STATE_MACHINE_ARN: find(recorded, "jobs", ":StateMachine").outputs["arn"],
                DEAD_LETTER_QUEUE_URL: find(recorded, "work-dead-letter", ":Queue").outputs["url"],
            },
        });
    });

    it("has a starter that times out after 40 seconds", () => {
        assert.equal(find(recorded, "jobs-starter", ":Function").inputs["timeout"], 40);
    });

    it("has the starter time out as the queue's visibility expects", async () => {
        const stack = await recordStack({ queue: { functionTimeoutSeconds: 25 } });
        assert.equal(find(stack, "jobs-starter", ":Function").inputs["timeout"], 25);
    });

    it("lets the starter receive messages, refuse them, open rows of its pool and start executions, and no more", () => {
        const arn = (name: string, type: string) => find(recorded, name, type).outputs["arn"];
        const [, ...others] = rolePolicy(recorded, "jobs-starter-policy");
        assert.deepEqual(others, [
            {
                Effect: "Allow",
                Action: ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"],
                Resource: arn("work", ":Queue"),
            },
            { Effect: "Allow", Action: "sqs:ChangeMessageVisibility", Resource: arn("work", ":Queue") },
            { Effect: "Allow", Action: "sqs:SendMessage", Resource: [arn("work-dead-letter", ":Queue")] },
            {
                Effect: "Allow",
                Action: ["dynamodb:PutItem"],
                Resource: arn("slots", ":Table"),
                Condition: { "ForAllValues:StringEquals": { "dynamodb:LeadingKeys": ["reports"] } },
            },
            { Effect: "Allow", Action: "states:StartExecution", Resource: arn("jobs", ":StateMachine") },
        ]);
    });

    it("lets the bucket's reaper look at its job, its runs and its machine's executions, and save messages", () => {
        const policy = find(recorded, "jobs-reaper-policy", ":RolePolicy");
        const machine = String(find(recorded, "jobs", ":StateMachine").outputs["name"]);
        assert.equal(policy.inputs["role"], find(recorded, "slots-reaper-role", ":Role").outputs["name"]);
        assert.deepEqual(statements(policy), [
            {
                Effect: "Allow",
                Action: ["glue:GetJob", "glue:GetJobRun", "glue:GetJobRuns"],
                Resource: [jobArn],
            },
            {
                Effect: "Allow",
                Action: ["states:DescribeExecution", "states:GetExecutionHistory"],
                Resource: `arn:aws:states:eu-west-1:${ACCOUNT}:execution:${machine}:*`,
            },
            {
                Effect: "Allow",
                Action: "states:ListExecutions",
                Resource: find(recorded, "jobs", ":StateMachine").outputs["arn"],
            },
            {
                Effect: "Allow",
                Action: "sqs:SendMessage",
                Resource: [find(recorded, "work-dead-letter", ":Queue").outputs["arn"]],
            },
        ]);
    });

    it("lets machine and reaper go on with jobs that ran here before", async () => {
        const former = await recordStack({ workflow: { formerJobNames: ["old"] } });
        for (const name of ["jobs-policy", "jobs-reaper-policy"]) {
            const glue = statements(find(former, name, ":RolePolicy")).find(({ Action }) =>
                String(Action).startsWith("glue:"),
            );
            assert.deepEqual(glue?.Resource, [jobArn, jobArn.replace("job/report", "job/old")]);
        }
    });

    it("writes into the table what serves its pool", () => {
        // An item with another name for the same key could not be created beside this one.
        const item = find(recorded, "slots-workflow-reports", ":TableItem");
        assert.equal(item.parent, "aws:dynamodb/table:Table slots");
        assert.equal(item.inputs["tableName"], find(recorded, "slots", ":Table").outputs["name"]);
        assert.deepEqual(json(item, "item"), {
            poolName: { S: "reports" },
            entry: { S: "workflow" },
            stateMachine: { S: find(recorded, "jobs", ":StateMachine").outputs["arn"] },
            job: { S: "report" },
            deadLetterQueueUrl: { S: find(recorded, "work-dead-letter", ":Queue").outputs["url"] },
        });
    });

    it("sends the reaper each execution that did not succeed and its job's runs", () => {
        const table = String(find(recorded, "slots", ":Table").outputs["name"]);
        const patterns = {
            "jobs-execution-ended": {
                source: ["aws.states"],
                "detail-type": ["Step Functions Execution Status Change"],
                detail: {
                    stateMachineArn: [find(recorded, "jobs", ":StateMachine").outputs["arn"]],
                    status: ["FAILED", "TIMED_OUT", "ABORTED"],
                },
            },
            "jobs-run-ended": {
                source: ["aws.glue"],
                "detail-type": ["Glue Job State Change"],
                detail: { jobName: ["report"], state: ["SUCCEEDED", "FAILED", "STOPPED", "TIMEOUT"] },
            },
        };
        for (const [name, pattern] of Object.entries(patterns)) {
            const rule = find(recorded, name, ":EventRule");
            assert.equal(rule.inputs["namePrefix"], `${table}-`);
            assert.deepEqual(json(rule, "eventPattern"), pattern);
            assert.deepEqual(find(recorded, `${name}-target`, ":EventTarget").inputs, {
                rule: rule.outputs["name"],
                arn: find(recorded, "slots-reaper-queue", ":Queue").outputs["arn"],
            });
        }
    });

    it("makes a topic for dead-lettered messages that is encrypted", () => {
        assert.deepEqual(find(recorded, "jobs-failures", ":Topic").inputs, {
            kmsMasterKeyId: "alias/aws/sns",
        });
    });

    it("makes a topic for dead-lettered messages that refuses plain HTTP", () => {
        assert.deepEqual(statements(find(recorded, "jobs-failures-policy", ":TopicPolicy")), [
            {
                Sid: "DenyPlainHttp",
                Effect: "Deny",
                Principal: "*",
                Action: "sns:Publish",
                Resource: [find(recorded, "jobs-failures", ":Topic").outputs["arn"]],
                Condition: { Bool: { "aws:SecureTransport": "false" } },
            },
        ]);
    });

    it("makes no topic when its arguments have one", async () => {
        const stack = await recordStack({ workflow: { failureTopicArn: topicArn } });
        assert.deepEqual(
            stack.filter(({ type }) => type.includes(":sns/")),
            [],
        );
        assert.match(JSON.stringify(rolePolicy(stack, "jobs-policy")), /:elsewhere"/);
    });

    it("may use the queue's and the bucket's keys where they encrypt what it touches", async () => {
        const stack = await recordStack({
            queue: { kmsKeyArn: KEY_ARN },
            bucket: { kmsKeyArn: `${KEY_ARN}2` },
        });
        assert.deepEqual(keyUses(stack, "jobs-policy"), [
            ["kms:Decrypt", KEY_ARN, ["sqs"]],
            ["kms:GenerateDataKey", KEY_ARN, ["sqs"]],
            ["kms:Decrypt", `${KEY_ARN}2`, ["dynamodb", "sqs", "sns"]],
            ["kms:GenerateDataKey", `${KEY_ARN}2`, ["sqs", "sns"]],
            // As itself: through a service no execution would start.
            [["kms:Decrypt", "kms:GenerateDataKey"], `${KEY_ARN}2`, ["aws:states:stateMachineArn"]],
            ["kms:GenerateDataKey", `${KEY_ARN}2`, ["SourceArn"]],
        ]);
    });

    it("lets the starter use both keys where they encrypt what it touches", async () => {
        const stack = await recordStack({
            queue: { kmsKeyArn: KEY_ARN },
            bucket: { kmsKeyArn: `${KEY_ARN}2` },
        });
        assert.deepEqual(keyUses(stack, "jobs-starter-policy"), [
            [["kms:Decrypt", "kms:GenerateDataKey", "kms:DescribeKey"], `${KEY_ARN}2`, ["logs"]],
            ["kms:Decrypt", KEY_ARN, ["sqs"]],
            ["kms:GenerateDataKey", KEY_ARN, ["sqs"]],
            ["kms:Decrypt", `${KEY_ARN}2`, ["dynamodb"]],
        ]);
    });

    it("encrypts its topic with the bucket's key", async () => {
        const stack = await recordStack({ bucket: { kmsKeyArn: KEY_ARN } });
        assert.equal(find(stack, "jobs-failures", ":Topic").inputs["kmsMasterKeyId"], KEY_ARN);
    });

    it("encrypts executions, their log and the starter's log and environment with the bucket's key", async () => {
        const [machine, ...others] = encrypted(await recordStack({ bucket: { kmsKeyArn: KEY_ARN } }));
        assert.deepEqual(machine, {
            type: "CUSTOMER_MANAGED_KMS_KEY",
            kmsKeyId: KEY_ARN,
            kmsDataKeyReusePeriodSeconds: 900,
        });
        assert.deepEqual(others, [KEY_ARN, KEY_ARN, KEY_ARN]);
    });

    it("leaves the encryption of executions and logs to AWS if the bucket has no key, whatever the queue has", async () => {
        const none = [{ type: "AWS_OWNED_KEY" }, undefined, undefined, undefined];
        assert.deepEqual(encrypted(await recordStack({ queue: { kmsKeyArn: KEY_ARN } })), none);
    });

    it("refuses a name of a job that a permission cannot have", async () => {
        await assert.rejects(
            recordStack({ workflow: { jobName: "日報" } }),
            /jobName is "日報"; expected the name of a Glue job/,
        );
    });

    it("refuses a name of a former job that a permission cannot have", async () => {
        await assert.rejects(
            recordStack({ workflow: { formerJobNames: ["old", "nightly-*"] } }),
            /formerJobNames\[1\] is "nightly-\*"; expected the name of/,
        );
    });

    it("refuses more former jobs than fit a role", async () => {
        const formerJobNames = Array.from({ length: 11 }, (_, i) => `job${i}`);
        await assert.rejects(
            recordStack({ workflow: { formerJobNames } }),
            /formerJobNames has 11 names; expected at most 10/,
        );
    });

    it("hands the starter the argument names that a message may use", async () => {
        const listed = await recordStack({ workflow: { argumentNames: ["--day", "--month"] } });
        assert.equal(starterVariables(listed)["ARGUMENT_NAMES"], '["--day","--month"]');
        assert.equal("ARGUMENT_NAMES" in starterVariables(recorded), false);
    });

    it("refuses an empty list of argument names", async () => {
        await assert.rejects(
            recordStack({ workflow: { argumentNames: [] } }),
            /argumentNames: it has no names; leave it out/,
        );
    });

    for (const missing of [undefined, null]) {
        it(`says what it expects where a plain program has ${missing} for a job's name`, async () => {
            await assert.rejects(
                recordStack({ workflow: { jobName: missing as unknown as string, maxAttempts: 11 } }),
                (error: Error) => {
                    assert.match(error.message, /^JobWorkflow "jobs" cannot be created: /);
                    assert.match(error.message, /jobName is missing; expected the name of a Glue job/);
                    assert.match(error.message, /maxAttempts is 11/);
                    return true;
                },
            );
        });
    }

    it("refuses a FIFO topic, which accepts no notification without a group", async () => {
        const failureTopicArn = "arn:aws:sns:eu-west-1:123456789012:failures.fifo";
        await assert.rejects(recordStack({ workflow: { failureTopicArn } }), /and not of a FIFO topic/);
    });

    it("refuses an alias of a key", async () => {
        const kmsKeyArn = "arn:aws:kms:eu-west-1:123456789012:alias/mine";
        await assert.rejects(recordStack({ queue: { kmsKeyArn } }), /and not of its alias/);
    });

    it("lists every mistake in its arguments in one error", async () => {
        const wrong = {
            pool: "mails",
            jobName: "",
            maxAttempts: 11,
            retryDelaySeconds: 0,
            startBudgetSeconds: -1,
            jobTimeoutMinutes: 10_081,
            failureTopicArn: "failures",
        };
        const argumentNames = ["--conf", "day"];
        await assert.rejects(recordStack({ workflow: { ...wrong, argumentNames } }), (error: Error) => {
            assert.match(error.message, /^JobWorkflow "jobs" cannot be created: /);
            assert.match(error.message, /pool is "mails"; expected a pool of the bucket: reports/);
            for (const field of Object.keys(wrong)) assert.match(error.message, new RegExp(`${field} is `));
            assert.match(
                error.message,
                /argumentNames: "--conf" cannot be used: AWS Glue gives it a meaning/,
            );
            assert.match(error.message, /argumentNames: "day" is not a name/);
            return true;
        });
    });
});

function starterVariables(stack: readonly Recorded[]): Record<string, unknown> {
    const environment = find(stack, "jobs-starter", ":Function").inputs["environment"];
    return (environment as { variables: Record<string, unknown> }).variables;
}

/** The keys of the executions, of their log, and of the starter's log and environment. */
function encrypted(stack: readonly Recorded[]): unknown[] {
    return [
        find(stack, "jobs", ":StateMachine").inputs["encryptionConfiguration"],
        find(stack, "jobs-logs", ":LogGroup").inputs["kmsKeyId"],
        find(stack, "jobs-starter-logs", ":LogGroup").inputs["kmsKeyId"],
        find(stack, "jobs-starter", ":Function").inputs["kmsKeyArn"],
    ];
}

/** What a role may do with keys: the actions, the key, and through which services or in which context. */
function keyUses(stack: readonly Recorded[], policy: string): unknown[] {
    return rolePolicy(stack, policy)
        .filter(({ Action }) => [Action].flat().some((action) => action.startsWith("kms:")))
        .map(({ Action, Resource, Condition }) => [
            Action,
            Resource,
            JSON.stringify(Condition).match(/\w+(?=\.eu)|(?<=EncryptionContext:)[\w:]+/g),
        ]);
}
