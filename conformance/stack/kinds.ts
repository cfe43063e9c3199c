/**
 * Creates resources through AWS's API as Pulumi's provider does, with one function for each type. A function returns what the service has
 * assigned, by the names of the provider's outputs.
 */
import { PutDashboardCommand, PutMetricAlarmCommand } from "@aws-sdk/client-cloudwatch";
import type { ComparisonOperator, Statistic } from "@aws-sdk/client-cloudwatch";
import { CreateLogGroupCommand, PutRetentionPolicyCommand } from "@aws-sdk/client-cloudwatch-logs";
import {
    CreateTableCommand,
    PutItemCommand,
    UpdateContinuousBackupsCommand,
    UpdateTimeToLiveCommand,
} from "@aws-sdk/client-dynamodb";
import type {
    AttributeValue,
    BillingMode,
    KeySchemaElement,
    ProjectionType,
    ScalarAttributeType,
    SSESpecification,
    StreamViewType,
} from "@aws-sdk/client-dynamodb";
import { PutRuleCommand, PutTargetsCommand } from "@aws-sdk/client-eventbridge";
import { CreateJobCommand } from "@aws-sdk/client-glue";
import type { WorkerType } from "@aws-sdk/client-glue";
import { CreateRoleCommand, PutRolePolicyCommand } from "@aws-sdk/client-iam";
import {
    AddPermissionCommand,
    CreateEventSourceMappingCommand,
    CreateFunctionCommand,
} from "@aws-sdk/client-lambda";
import type {
    ApplicationLogLevel,
    Architecture,
    EventSourcePosition,
    FunctionResponseType,
    LogFormat,
    Runtime,
    SystemLogLevel,
} from "@aws-sdk/client-lambda";
import {
    CreateBucketCommand,
    PutBucketEncryptionCommand,
    PutBucketPolicyCommand,
    PutBucketTaggingCommand,
    PutObjectCommand,
    PutPublicAccessBlockCommand,
} from "@aws-sdk/client-s3";
import type { EncryptionType, ServerSideEncryption, ServerSideEncryptionRule } from "@aws-sdk/client-s3";
import { CreateStateMachineCommand } from "@aws-sdk/client-sfn";
import type {
    EncryptionType as EncryptionTypeOfMachines,
    LogLevel,
    StateMachineType,
} from "@aws-sdk/client-sfn";
import { CreateTopicCommand, SetTopicAttributesCommand, SubscribeCommand } from "@aws-sdk/client-sns";
import {
    CreateQueueCommand,
    GetQueueAttributesCommand,
    SetQueueAttributesCommand,
} from "@aws-sdk/client-sqs";
import { strToU8, zipSync } from "fflate";
import type { RecordedAsset } from "../../embedded-aws/index.ts";
import type { Clients } from "./clients.ts";
import type { Inputs } from "./inputs.ts";

/** A resource about to be created. */
export interface Draft {
    /** References to other resources are as the service has assigned them. */
    readonly inputs: Inputs;
    /** An output that the recording made up, such as the physical name. */
    readonly output: (name: string) => string;
    readonly clients: Clients;
}

/** Outputs as the service has assigned them. Outputs that are missing here stay as recorded. */
export type Assigned = Readonly<Record<string, string | undefined>>;

export type Kind = (draft: Draft) => Promise<Assigned | undefined>;

async function role({ inputs, output, clients }: Draft): Promise<Assigned> {
    const { Role } = await clients.iam.send(
        new CreateRoleCommand({
            RoleName: output("name"),
            AssumeRolePolicyDocument: inputs.text("assumeRolePolicy"),
            Tags: toTags(inputs.map("tags")),
        }),
    );
    return { arn: Role?.Arn };
}

async function rolePolicy({ inputs, output, clients }: Draft): Promise<undefined> {
    await clients.iam.send(
        new PutRolePolicyCommand({
            RoleName: inputs.text("role"),
            PolicyName: output("name"),
            PolicyDocument: inputs.text("policy"),
        }),
    );
}

async function queue({ inputs, output, clients }: Draft): Promise<Assigned> {
    const Attributes = declared({
        FifoQueue: inputs.maybeTruth("fifoQueue"),
        ContentBasedDeduplication: inputs.maybeTruth("contentBasedDeduplication"),
        DeduplicationScope: inputs.maybeText("deduplicationScope"),
        FifoThroughputLimit: inputs.maybeText("fifoThroughputLimit"),
        DelaySeconds: inputs.maybeNumber("delaySeconds"),
        VisibilityTimeout: inputs.maybeNumber("visibilityTimeoutSeconds"),
        MaximumMessageSize: inputs.maybeNumber("maxMessageSize"),
        MessageRetentionPeriod: inputs.maybeNumber("messageRetentionSeconds"),
        RedrivePolicy: inputs.maybeText("redrivePolicy"),
        KmsMasterKeyId: inputs.maybeText("kmsMasterKeyId"),
        SqsManagedSseEnabled: inputs.maybeTruth("sqsManagedSseEnabled"),
    });
    const { QueueUrl } = await clients.sqs.send(
        new CreateQueueCommand({
            QueueName: output("name"),
            Attributes,
            tags: inputs.map("tags"),
        }),
    );
    const made = await clients.sqs.send(
        new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ["QueueArn"] }),
    );
    return { url: QueueUrl, id: QueueUrl, arn: made.Attributes?.["QueueArn"] };
}

/** A resource that is one attribute of a queue. */
function queueAttribute(input: string, attribute: "Policy" | "RedriveAllowPolicy"): Kind {
    return async ({ inputs, clients }) => {
        await clients.sqs.send(
            new SetQueueAttributesCommand({
                QueueUrl: inputs.text("queueUrl"),
                Attributes: { [attribute]: inputs.text(input) },
            }),
        );
        return undefined;
    };
}

async function table({ inputs, output, clients }: Draft): Promise<Assigned> {
    const TableName = output("name");
    const hashKey = inputs.text("hashKey");
    const { TableDescription } = await clients.dynamodb.send(
        new CreateTableCommand({
            TableName,
            BillingMode: inputs.text("billingMode") as BillingMode,
            AttributeDefinitions: inputs.groups("attributes").map((attribute) => ({
                AttributeName: attribute.text("name"),
                AttributeType: attribute.text("type") as ScalarAttributeType,
            })),
            KeySchema: keySchema(hashKey, inputs.text("rangeKey")),
            LocalSecondaryIndexes: inputs.groups("localSecondaryIndexes").map((index) => ({
                IndexName: index.text("name"),
                KeySchema: keySchema(hashKey, index.text("rangeKey")),
                Projection: { ProjectionType: index.text("projectionType") as ProjectionType },
            })),
            StreamSpecification: {
                StreamEnabled: inputs.maybeTruth("streamEnabled"),
                StreamViewType: inputs.text("streamViewType") as StreamViewType,
            },
            SSESpecification: tableEncryption(inputs.group("serverSideEncryption")),
            DeletionProtectionEnabled: inputs.maybeTruth("deletionProtectionEnabled"),
            Tags: toTags(inputs.map("tags")),
        }),
    );
    const ttl = inputs.group("ttl");
    await clients.dynamodb.send(
        new UpdateTimeToLiveCommand({
            TableName,
            TimeToLiveSpecification: {
                AttributeName: ttl.text("attributeName"),
                Enabled: ttl.maybeTruth("enabled"),
            },
        }),
    );
    await clients.dynamodb.send(
        new UpdateContinuousBackupsCommand({
            TableName,
            PointInTimeRecoverySpecification: {
                PointInTimeRecoveryEnabled: inputs.group("pointInTimeRecovery").maybeTruth("enabled"),
            },
        }),
    );
    return { arn: TableDescription?.TableArn, streamArn: TableDescription?.LatestStreamArn };
}

function tableEncryption(encryption: Inputs): SSESpecification {
    if (encryption.maybeTruth("enabled") !== true) return { Enabled: false };
    return { Enabled: true, SSEType: "KMS", KMSMasterKeyId: encryption.text("kmsKeyArn") };
}

function keySchema(hashKey: string, rangeKey: string): KeySchemaElement[] {
    return [
        { AttributeName: hashKey, KeyType: "HASH" },
        { AttributeName: rangeKey, KeyType: "RANGE" },
    ];
}

async function tableItem({ inputs, clients }: Draft): Promise<undefined> {
    const item = JSON.parse(inputs.text("item")) as Record<string, AttributeValue>;
    await clients.dynamodb.send(
        new PutItemCommand({
            TableName: inputs.text("tableName"),
            Item: item,
            ConditionExpression: "attribute_not_exists(#hash)",
            ExpressionAttributeNames: { "#hash": inputs.text("hashKey") },
        }),
    );
    if (!(inputs.text("rangeKey") in item)) throw new Error("the item lacks the table's range key");
}

async function lambdaFunction({ inputs, output, clients }: Draft): Promise<Assigned> {
    const logging = inputs.group("loggingConfig");
    const { FunctionArn } = await clients.lambda.send(
        new CreateFunctionCommand({
            FunctionName: output("name"),
            Description: inputs.maybeText("description"),
            Role: inputs.text("role"),
            Runtime: inputs.text("runtime") as Runtime,
            Architectures: inputs.texts("architectures") as Architecture[],
            Handler: inputs.text("handler"),
            MemorySize: inputs.number("memorySize"),
            Timeout: inputs.number("timeout"),
            Environment: { Variables: inputs.group("environment").map("variables") },
            KMSKeyArn: inputs.maybeText("kmsKeyArn"),
            LoggingConfig: {
                LogFormat: logging.text("logFormat") as LogFormat,
                LogGroup: logging.text("logGroup"),
                ApplicationLogLevel: logging.maybeText("applicationLogLevel") as
                    ApplicationLogLevel | undefined,
                SystemLogLevel: logging.maybeText("systemLogLevel") as SystemLogLevel | undefined,
            },
            Tags: inputs.map("tags"),
            Code: { ZipFile: zip(inputs.asset("code")) },
        }),
    );
    return { arn: FunctionArn };
}

function zip(code: RecordedAsset): Uint8Array {
    if (code.kind === "text") throw new Error("a function's code is an archive, not a text");
    return zipSync(
        Object.fromEntries(Object.entries(code.files).map(([name, text]) => [name, strToU8(text)])),
    );
}

async function permission({ inputs, output, clients }: Draft): Promise<undefined> {
    await clients.lambda.send(
        new AddPermissionCommand({
            StatementId: output("statementId"),
            FunctionName: inputs.text("function"),
            Action: inputs.text("action"),
            Principal: inputs.text("principal"),
            SourceArn: inputs.text("sourceArn"),
        }),
    );
}

async function eventSourceMapping({ inputs, clients }: Draft): Promise<Assigned> {
    const { UUID } = await clients.lambda.send(
        new CreateEventSourceMappingCommand({
            FunctionName: inputs.text("functionName"),
            EventSourceArn: inputs.text("eventSourceArn"),
            BatchSize: inputs.maybeNumber("batchSize"),
            StartingPosition: inputs.maybeText("startingPosition") as EventSourcePosition | undefined,
            MaximumRetryAttempts: inputs.maybeNumber("maximumRetryAttempts"),
            FunctionResponseTypes: inputs.maybeTexts("functionResponseTypes") as FunctionResponseType[],
            FilterCriteria: filters(inputs.maybeGroup("filterCriteria")),
            ScalingConfig: scaling(inputs.maybeGroup("scalingConfig")),
            Tags: inputs.map("tags"),
        }),
    );
    return { uuid: UUID, id: UUID };
}

function filters(criteria: Inputs | undefined) {
    return (
        criteria && { Filters: criteria.groups("filters").map((one) => ({ Pattern: one.text("pattern") })) }
    );
}

function scaling(config: Inputs | undefined) {
    return config && { MaximumConcurrency: config.number("maximumConcurrency") };
}

async function stateMachine({ inputs, output, clients }: Draft): Promise<Assigned> {
    const logging = inputs.group("loggingConfiguration");
    const encryption = inputs.group("encryptionConfiguration");
    const { stateMachineArn } = await clients.states.send(
        new CreateStateMachineCommand({
            name: output("name"),
            definition: inputs.text("definition"),
            roleArn: inputs.text("roleArn"),
            type: inputs.text("type") as StateMachineType,
            loggingConfiguration: {
                level: logging.text("level") as LogLevel,
                includeExecutionData: logging.maybeTruth("includeExecutionData"),
                destinations: [{ cloudWatchLogsLogGroup: { logGroupArn: logging.text("logDestination") } }],
            },
            encryptionConfiguration: {
                type: encryption.text("type") as EncryptionTypeOfMachines,
                kmsKeyId: encryption.maybeText("kmsKeyId"),
                kmsDataKeyReusePeriodSeconds: encryption.maybeNumber("kmsDataKeyReusePeriodSeconds"),
            },
            tracingConfiguration: { enabled: inputs.group("tracingConfiguration").maybeTruth("enabled") },
            tags: Object.entries(inputs.map("tags")).map(([key, value]) => ({ key, value })),
        }),
    );
    return { arn: stateMachineArn, id: stateMachineArn };
}

async function eventRule(draft: Draft): Promise<Assigned> {
    const { inputs, clients } = draft;
    const { RuleArn } = await clients.events.send(
        new PutRuleCommand({
            Name: prefixed(draft),
            Description: inputs.maybeText("description"),
            EventPattern: inputs.maybeText("eventPattern"),
            ScheduleExpression: inputs.maybeText("scheduleExpression"),
            Tags: toTags(inputs.map("tags")),
        }),
    );
    return { arn: RuleArn };
}

async function eventTarget({ inputs, output, clients }: Draft): Promise<undefined> {
    const { FailedEntryCount, FailedEntries } = await clients.events.send(
        new PutTargetsCommand({
            Rule: inputs.text("rule"),
            Targets: [
                {
                    Id: output("targetId"),
                    Arn: inputs.text("arn"),
                    Input: inputs.maybeText("input"),
                    SqsParameters: sqsParameters(inputs),
                },
            ],
        }),
    );
    if (FailedEntryCount) throw new Error(JSON.stringify(FailedEntries));
}

/** Of a target that is a FIFO queue. */
function sqsParameters(inputs: Inputs): { MessageGroupId: string } | undefined {
    const target = inputs.maybeGroup("sqsTarget");
    return target && { MessageGroupId: target.text("messageGroupId") };
}

async function logGroup(draft: Draft): Promise<undefined> {
    const { inputs, clients } = draft;
    const logGroupName = prefixed(draft);
    await clients.logs.send(
        new CreateLogGroupCommand({
            logGroupName,
            kmsKeyId: inputs.maybeText("kmsKeyId"),
            // The API takes no empty map here.
            tags: someOf(inputs.map("tags")),
        }),
    );
    const retentionInDays = inputs.maybeNumber("retentionInDays");
    if (retentionInDays === undefined) return;
    await clients.logs.send(new PutRetentionPolicyCommand({ logGroupName, retentionInDays }));
}

async function metricAlarm({ inputs, output, clients }: Draft): Promise<undefined> {
    await clients.cloudwatch.send(
        new PutMetricAlarmCommand({
            AlarmName: output("name"),
            AlarmDescription: inputs.maybeText("alarmDescription"),
            AlarmActions: inputs.maybeTexts("alarmActions"),
            OKActions: inputs.maybeTexts("okActions"),
            Namespace: inputs.text("namespace"),
            MetricName: inputs.text("metricName"),
            Dimensions: Object.entries(inputs.map("dimensions")).map(([Name, Value]) => ({ Name, Value })),
            Statistic: inputs.text("statistic") as Statistic,
            Period: inputs.number("period"),
            EvaluationPeriods: inputs.number("evaluationPeriods"),
            DatapointsToAlarm: inputs.maybeNumber("datapointsToAlarm"),
            Threshold: inputs.number("threshold"),
            ComparisonOperator: inputs.text("comparisonOperator") as ComparisonOperator,
            TreatMissingData: inputs.maybeText("treatMissingData"),
            Tags: toTags(inputs.map("tags")),
        }),
    );
}

async function dashboard({ inputs, clients }: Draft): Promise<undefined> {
    const { DashboardValidationMessages = [] } = await clients.cloudwatch.send(
        new PutDashboardCommand({
            DashboardName: inputs.text("dashboardName"),
            DashboardBody: inputs.text("dashboardBody"),
        }),
    );
    if (DashboardValidationMessages.length > 0) throw new Error(JSON.stringify(DashboardValidationMessages));
}

async function topic({ inputs, output, clients }: Draft): Promise<Assigned> {
    const { TopicArn } = await clients.sns.send(
        new CreateTopicCommand({
            Name: output("name"),
            Attributes: declared({ KmsMasterKeyId: inputs.maybeText("kmsMasterKeyId") }),
            Tags: toTags(inputs.map("tags")),
        }),
    );
    return { arn: TopicArn, id: TopicArn };
}

async function topicPolicy({ inputs, clients }: Draft): Promise<undefined> {
    await clients.sns.send(
        new SetTopicAttributesCommand({
            TopicArn: inputs.text("arn"),
            AttributeName: "Policy",
            AttributeValue: inputs.text("policy"),
        }),
    );
}

async function topicSubscription({ inputs, clients }: Draft): Promise<undefined> {
    await clients.sns.send(
        new SubscribeCommand({
            TopicArn: inputs.text("topic"),
            Protocol: inputs.text("protocol"),
            Endpoint: inputs.text("endpoint"),
        }),
    );
}

async function job({ inputs, output, clients }: Draft): Promise<Assigned> {
    const command = inputs.group("command");
    const { Name } = await clients.glue.send(
        new CreateJobCommand({
            Name: output("name"),
            Role: inputs.text("roleArn"),
            Command: {
                Name: command.text("name"),
                PythonVersion: command.text("pythonVersion"),
                ScriptLocation: command.text("scriptLocation"),
            },
            ExecutionProperty: {
                MaxConcurrentRuns: inputs.group("executionProperty").number("maxConcurrentRuns"),
            },
            JobRunQueuingEnabled: inputs.maybeTruth("jobRunQueuingEnabled"),
            GlueVersion: inputs.maybeText("glueVersion"),
            WorkerType: inputs.maybeText("workerType") as WorkerType | undefined,
            NumberOfWorkers: inputs.maybeNumber("numberOfWorkers"),
            MaxCapacity: inputs.maybeNumber("maxCapacity"),
            DefaultArguments: inputs.map("defaultArguments"),
            MaxRetries: inputs.number("maxRetries"),
            Timeout: inputs.number("timeout"),
            Tags: inputs.map("tags"),
        }),
    );
    return { name: Name, id: Name };
}

async function bucket({ inputs, output, clients }: Draft): Promise<undefined> {
    const Bucket = output("bucket");
    await clients.s3.send(new CreateBucketCommand({ Bucket }));
    await clients.s3.send(
        new PutBucketTaggingCommand({ Bucket, Tagging: { TagSet: toTags(inputs.map("tags")) } }),
    );
}

async function bucketObject({ inputs, clients }: Draft): Promise<undefined> {
    const source = inputs.asset("source");
    if (source.kind === "archive") throw new Error("an object's source is a text, not an archive");
    await clients.s3.send(
        new PutObjectCommand({
            Bucket: inputs.text("bucket"),
            Key: inputs.text("key"),
            Body: source.text,
            ServerSideEncryption: inputs.maybeText("serverSideEncryption") as
                ServerSideEncryption | undefined,
            SSEKMSKeyId: inputs.maybeText("kmsKeyId"),
            BucketKeyEnabled: inputs.maybeTruth("bucketKeyEnabled"),
        }),
    );
}

async function bucketPublicAccessBlock({ inputs, clients }: Draft): Promise<undefined> {
    await clients.s3.send(
        new PutPublicAccessBlockCommand({
            Bucket: inputs.text("bucket"),
            PublicAccessBlockConfiguration: {
                BlockPublicAcls: inputs.maybeTruth("blockPublicAcls"),
                BlockPublicPolicy: inputs.maybeTruth("blockPublicPolicy"),
                IgnorePublicAcls: inputs.maybeTruth("ignorePublicAcls"),
                RestrictPublicBuckets: inputs.maybeTruth("restrictPublicBuckets"),
            },
        }),
    );
}

async function bucketPolicy({ inputs, clients }: Draft): Promise<undefined> {
    await clients.s3.send(
        new PutBucketPolicyCommand({ Bucket: inputs.text("bucket"), Policy: inputs.text("policy") }),
    );
}

async function bucketEncryption({ inputs, clients }: Draft): Promise<undefined> {
    await clients.s3.send(
        new PutBucketEncryptionCommand({
            Bucket: inputs.text("bucket"),
            ServerSideEncryptionConfiguration: {
                Rules: inputs.groups("rules").map(encryptionRule),
            },
        }),
    );
}

function encryptionRule(rule: Inputs): ServerSideEncryptionRule {
    const byDefault = rule.group("applyServerSideEncryptionByDefault");
    return {
        ApplyServerSideEncryptionByDefault: {
            SSEAlgorithm: byDefault.text("sseAlgorithm") as ServerSideEncryption,
            KMSMasterKeyID: byDefault.maybeText("kmsMasterKeyId"),
        },
        BlockedEncryptionTypes: { EncryptionType: rule.texts("blockedEncryptionTypes") as EncryptionType[] },
        BucketKeyEnabled: rule.maybeTruth("bucketKeyEnabled"),
    };
}

/** The declared attributes as texts, as SQS and SNS take them. */
function declared(attributes: Readonly<Record<string, unknown>>): Record<string, string> {
    const entries = Object.entries(attributes).filter(([, value]) => value !== undefined);
    return Object.fromEntries(entries.map(([name, value]) => [name, String(value)]));
}

function someOf(map: Readonly<Record<string, string>>): Record<string, string> | undefined {
    return Object.keys(map).length === 0 ? undefined : map;
}

/** The name that the provider makes from a prefix, or that the program gives. */
function prefixed({ inputs, output }: Draft): string {
    const name = output("name");
    const prefix = inputs.maybeText("name") ?? inputs.maybeText("namePrefix") ?? "";
    if (name.startsWith(prefix)) return name;
    throw new Error(`the name ${name} does not begin with the prefix ${prefix}`);
}

function toTags(tags: Readonly<Record<string, string>>): { Key: string; Value: string }[] {
    return Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
}

export const KINDS: Readonly<Record<string, Kind>> = {
    "aws:cloudwatch/dashboard:Dashboard": dashboard,
    "aws:cloudwatch/eventRule:EventRule": eventRule,
    "aws:cloudwatch/eventTarget:EventTarget": eventTarget,
    "aws:cloudwatch/logGroup:LogGroup": logGroup,
    "aws:cloudwatch/metricAlarm:MetricAlarm": metricAlarm,
    "aws:dynamodb/table:Table": table,
    "aws:dynamodb/tableItem:TableItem": tableItem,
    "aws:glue/job:Job": job,
    "aws:iam/role:Role": role,
    "aws:iam/rolePolicy:RolePolicy": rolePolicy,
    "aws:lambda/eventSourceMapping:EventSourceMapping": eventSourceMapping,
    "aws:lambda/function:Function": lambdaFunction,
    "aws:lambda/permission:Permission": permission,
    "aws:s3/bucket:Bucket": bucket,
    "aws:s3/bucketObjectv2:BucketObjectv2": bucketObject,
    "aws:s3/bucketPolicy:BucketPolicy": bucketPolicy,
    "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock": bucketPublicAccessBlock,
    "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration":
        bucketEncryption,
    "aws:sfn/stateMachine:StateMachine": stateMachine,
    "aws:sns/topic:Topic": topic,
    "aws:sns/topicPolicy:TopicPolicy": topicPolicy,
    "aws:sns/topicSubscription:TopicSubscription": topicSubscription,
    "aws:sqs/queue:Queue": queue,
    "aws:sqs/queuePolicy:QueuePolicy": queueAttribute("policy", "Policy"),
    "aws:sqs/redriveAllowPolicy:RedriveAllowPolicy": queueAttribute(
        "redriveAllowPolicy",
        "RedriveAllowPolicy",
    ),
};
