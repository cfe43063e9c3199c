/**
 * Writes recorded resources as CloudFormation would have them: one function for each type of Pulumi resource. CloudFormation has some of
 * them as properties of others, such as a queue's redrive allow policy; those functions add to the owner.
 */
import type { Inputs } from "../../stack/inputs.ts";

export interface Draft {
    readonly inputs: Inputs;
    /** An output that the recording made up, such as the physical name. */
    readonly output: (name: string) => string;
}

export interface Written {
    readonly type: string;
    readonly properties: Properties;
}

export type Properties = Readonly<Record<string, unknown>>;

/** A resource of a template. */
export type Write = (draft: Draft) => Written;

/** Properties of a resource that is written already. */
export interface Addition {
    /** The owner's type and the property by which it is found. */
    readonly owner: string;
    readonly by: string;
    readonly name: string;
    /** Lists go on where the owner's end. */
    readonly properties: Properties;
}

export type Add = (draft: Draft) => Addition;

const tagsOf = (inputs: Inputs): unknown =>
    Object.entries(inputs.map("tags")).map(([Key, Value]) => ({ Key, Value }));

const document = (text: string): unknown => JSON.parse(text) as unknown;

const maybeDocument = (text: string | undefined): unknown =>
    text === undefined ? undefined : document(text);

/** The name that the provider makes from a prefix, or that the program gives. */
function prefixed({ inputs, output }: Draft): string {
    inputs.maybeText("namePrefix");
    inputs.maybeText("name");
    return output("name");
}

const topic: Write = ({ inputs, output }) => ({
    type: "AWS::SNS::Topic",
    properties: {
        TopicName: output("name"),
        KmsMasterKeyId: inputs.maybeText("kmsMasterKeyId"),
        Tags: tagsOf(inputs),
    },
});

const topicPolicy: Write = ({ inputs }) => ({
    type: "AWS::SNS::TopicPolicy",
    properties: { Topics: [inputs.text("arn")], PolicyDocument: document(inputs.text("policy")) },
});

const subscription: Write = ({ inputs }) => ({
    type: "AWS::SNS::Subscription",
    properties: {
        TopicArn: inputs.text("topic"),
        Protocol: inputs.text("protocol"),
        Endpoint: inputs.text("endpoint"),
    },
});

const queue: Write = ({ inputs, output }) => ({
    type: "AWS::SQS::Queue",
    properties: {
        QueueName: output("name"),
        FifoQueue: inputs.maybeTruth("fifoQueue"),
        ContentBasedDeduplication: inputs.maybeTruth("contentBasedDeduplication"),
        DeduplicationScope: inputs.maybeText("deduplicationScope"),
        FifoThroughputLimit: inputs.maybeText("fifoThroughputLimit"),
        DelaySeconds: inputs.maybeNumber("delaySeconds"),
        VisibilityTimeout: inputs.maybeNumber("visibilityTimeoutSeconds"),
        MaximumMessageSize: inputs.maybeNumber("maxMessageSize"),
        MessageRetentionPeriod: inputs.maybeNumber("messageRetentionSeconds"),
        RedrivePolicy: maybeDocument(inputs.maybeText("redrivePolicy")),
        KmsMasterKeyId: inputs.maybeText("kmsMasterKeyId"),
        SqsManagedSseEnabled: inputs.maybeTruth("sqsManagedSseEnabled"),
        Tags: tagsOf(inputs),
    },
});

const queuePolicy: Write = ({ inputs }) => ({
    type: "AWS::SQS::QueuePolicy",
    properties: { Queues: [inputs.text("queueUrl")], PolicyDocument: document(inputs.text("policy")) },
});

const redriveAllowPolicy: Add = ({ inputs }) => ({
    owner: "AWS::SQS::Queue",
    by: "QueueName",
    name: inputs.text("queueUrl").split("/").at(-1) ?? "",
    properties: {
        RedriveAllowPolicy: document(inputs.text("redriveAllowPolicy")),
    },
});

const logGroup: Write = (draft) => ({
    type: "AWS::Logs::LogGroup",
    properties: {
        LogGroupName: prefixed(draft),
        RetentionInDays: draft.inputs.maybeNumber("retentionInDays"),
        KmsKeyId: draft.inputs.maybeText("kmsKeyId"),
        Tags: tagsOf(draft.inputs),
    },
});

const role: Write = ({ inputs, output }) => ({
    type: "AWS::IAM::Role",
    properties: {
        RoleName: output("name"),
        AssumeRolePolicyDocument: document(inputs.text("assumeRolePolicy")),
        Tags: tagsOf(inputs),
    },
});

const rolePolicy: Write = ({ inputs, output }) => ({
    type: "AWS::IAM::RolePolicy",
    properties: {
        RoleName: inputs.text("role"),
        PolicyName: output("name"),
        PolicyDocument: document(inputs.text("policy")),
    },
});

const key: Write = ({ inputs }) => ({
    type: "AWS::KMS::Key",
    properties: {
        KeyPolicy: document(inputs.text("policy")),
        EnableKeyRotation: inputs.maybeTruth("enableKeyRotation"),
    },
});

const bucket: Write = ({ inputs, output }) => ({
    type: "AWS::S3::Bucket",
    properties: { BucketName: output("bucket"), Tags: tagsOf(inputs) },
});

const bucketPolicy: Write = ({ inputs }) => ({
    type: "AWS::S3::BucketPolicy",
    properties: { Bucket: inputs.text("bucket"), PolicyDocument: document(inputs.text("policy")) },
});

const publicAccessBlock: Add = ({ inputs }) => ({
    owner: "AWS::S3::Bucket",
    by: "BucketName",
    name: inputs.text("bucket"),
    properties: {
        PublicAccessBlockConfiguration: {
            BlockPublicAcls: inputs.maybeTruth("blockPublicAcls"),
            BlockPublicPolicy: inputs.maybeTruth("blockPublicPolicy"),
            IgnorePublicAcls: inputs.maybeTruth("ignorePublicAcls"),
            RestrictPublicBuckets: inputs.maybeTruth("restrictPublicBuckets"),
        },
    },
});

const bucketEncryption: Add = ({ inputs }) => ({
    owner: "AWS::S3::Bucket",
    by: "BucketName",
    name: inputs.text("bucket"),
    properties: {
        BucketEncryption: { ServerSideEncryptionConfiguration: inputs.groups("rules").map(encryptionRule) },
    },
});

function encryptionRule(rule: Inputs): Properties {
    const byDefault = rule.group("applyServerSideEncryptionByDefault");
    return {
        ServerSideEncryptionByDefault: {
            SSEAlgorithm: byDefault.text("sseAlgorithm"),
            KMSMasterKeyID: byDefault.maybeText("kmsMasterKeyId"),
        },
        BucketKeyEnabled: rule.maybeTruth("bucketKeyEnabled"),
        BlockedEncryptionTypes: { EncryptionType: rule.texts("blockedEncryptionTypes") },
    };
}

const table: Write = ({ inputs, output }) => {
    const hashKey = inputs.text("hashKey");
    const keys = (range: string): unknown => [
        { AttributeName: hashKey, KeyType: "HASH" },
        { AttributeName: range, KeyType: "RANGE" },
    ];
    const encryption = inputs.group("serverSideEncryption");
    const ttl = inputs.group("ttl");
    const isStreamed = inputs.maybeTruth("streamEnabled") === true;
    const kmsKeyArn = encryption.maybeText("kmsKeyArn");
    return {
        type: "AWS::DynamoDB::Table",
        properties: {
            TableName: output("name"),
            BillingMode: inputs.text("billingMode"),
            AttributeDefinitions: inputs.groups("attributes").map((attribute) => ({
                AttributeName: attribute.text("name"),
                AttributeType: attribute.text("type"),
            })),
            KeySchema: keys(inputs.text("rangeKey")),
            LocalSecondaryIndexes: inputs.groups("localSecondaryIndexes").map((index) => ({
                IndexName: index.text("name"),
                KeySchema: keys(index.text("rangeKey")),
                Projection: { ProjectionType: index.text("projectionType") },
            })),
            StreamSpecification: isStreamed ? { StreamViewType: inputs.text("streamViewType") } : undefined,
            SSESpecification: {
                SSEEnabled: encryption.maybeTruth("enabled"),
                SSEType: kmsKeyArn === undefined ? undefined : "KMS",
                KMSMasterKeyId: kmsKeyArn,
            },
            PointInTimeRecoverySpecification: {
                PointInTimeRecoveryEnabled: inputs.group("pointInTimeRecovery").maybeTruth("enabled"),
            },
            TimeToLiveSpecification: {
                AttributeName: ttl.text("attributeName"),
                Enabled: ttl.maybeTruth("enabled"),
            },
            DeletionProtectionEnabled: inputs.maybeTruth("deletionProtectionEnabled"),
            Tags: tagsOf(inputs),
        },
    };
};

const lambdaFunction: Write = ({ inputs, output }) => {
    const logging = inputs.group("loggingConfig");
    inputs.asset("code");
    return {
        type: "AWS::Lambda::Function",
        properties: {
            FunctionName: output("name"),
            Description: inputs.maybeText("description"),
            Role: inputs.text("role"),
            Runtime: inputs.text("runtime"),
            Architectures: inputs.texts("architectures"),
            Handler: inputs.text("handler"),
            MemorySize: inputs.number("memorySize"),
            Timeout: inputs.number("timeout"),
            Environment: { Variables: inputs.group("environment").map("variables") },
            KmsKeyArn: inputs.maybeText("kmsKeyArn"),
            LoggingConfig: {
                LogFormat: logging.text("logFormat"),
                LogGroup: logging.text("logGroup"),
                ApplicationLogLevel: logging.maybeText("applicationLogLevel"),
                SystemLogLevel: logging.maybeText("systemLogLevel"),
            },
            // A template has no room for the bundle, which the provider uploads.
            Code: { S3Bucket: "bundles", S3Key: `${output("name")}.zip` },
            Tags: tagsOf(inputs),
        },
    };
};

const permission: Write = ({ inputs }) => ({
    type: "AWS::Lambda::Permission",
    properties: {
        FunctionName: inputs.text("function"),
        Action: inputs.text("action"),
        Principal: inputs.text("principal"),
        SourceArn: inputs.text("sourceArn"),
    },
});

const eventSourceMapping: Write = ({ inputs }) => {
    const filters = inputs.maybeGroup("filterCriteria")?.groups("filters");
    const scaling = inputs.maybeGroup("scalingConfig");
    return {
        type: "AWS::Lambda::EventSourceMapping",
        properties: {
            FunctionName: inputs.text("functionName"),
            EventSourceArn: inputs.text("eventSourceArn"),
            BatchSize: inputs.maybeNumber("batchSize"),
            StartingPosition: inputs.maybeText("startingPosition"),
            MaximumRetryAttempts: inputs.maybeNumber("maximumRetryAttempts"),
            FunctionResponseTypes: inputs.maybeTexts("functionResponseTypes"),
            FilterCriteria: filters && { Filters: filters.map((one) => ({ Pattern: one.text("pattern") })) },
            ScalingConfig: scaling && { MaximumConcurrency: scaling.number("maximumConcurrency") },
            Tags: tagsOf(inputs),
        },
    };
};

const stateMachine: Write = ({ inputs, output }) => {
    const logging = inputs.group("loggingConfiguration");
    const encryption = inputs.group("encryptionConfiguration");
    return {
        type: "AWS::StepFunctions::StateMachine",
        properties: {
            StateMachineName: output("name"),
            DefinitionString: inputs.text("definition"),
            RoleArn: inputs.text("roleArn"),
            StateMachineType: inputs.text("type"),
            LoggingConfiguration: {
                Level: logging.text("level"),
                IncludeExecutionData: logging.maybeTruth("includeExecutionData"),
                Destinations: [{ CloudWatchLogsLogGroup: { LogGroupArn: logging.text("logDestination") } }],
            },
            EncryptionConfiguration: {
                Type: encryption.text("type"),
                KmsKeyId: encryption.maybeText("kmsKeyId"),
                KmsDataKeyReusePeriodSeconds: encryption.maybeNumber("kmsDataKeyReusePeriodSeconds"),
            },
            TracingConfiguration: {
                Enabled: inputs.maybeGroup("tracingConfiguration")?.maybeTruth("enabled"),
            },
            Tags: tagsOf(inputs),
        },
    };
};

const eventRule: Write = (draft) => ({
    type: "AWS::Events::Rule",
    properties: {
        Name: prefixed(draft),
        Description: draft.inputs.maybeText("description"),
        EventPattern: maybeDocument(draft.inputs.maybeText("eventPattern")),
        ScheduleExpression: draft.inputs.maybeText("scheduleExpression"),
        Targets: [],
        Tags: tagsOf(draft.inputs),
    },
});

/** Of a target that is a FIFO queue. */
const sqsParameters = (inputs: Inputs): object | undefined => {
    const target = inputs.maybeGroup("sqsTarget");
    return target && { MessageGroupId: target.text("messageGroupId") };
};

const eventTarget: Add = ({ inputs, output }) => ({
    owner: "AWS::Events::Rule",
    by: "Name",
    name: inputs.text("rule"),
    properties: {
        Targets: [
            {
                Id: output("targetId"),
                Arn: inputs.text("arn"),
                Input: inputs.maybeText("input"),
                SqsParameters: sqsParameters(inputs),
            },
        ],
    },
});

const metricAlarm: Write = ({ inputs, output }) => ({
    type: "AWS::CloudWatch::Alarm",
    properties: {
        AlarmName: output("name"),
        AlarmDescription: inputs.maybeText("alarmDescription"),
        AlarmActions: inputs.maybeTexts("alarmActions"),
        OKActions: inputs.maybeTexts("okActions"),
        Namespace: inputs.text("namespace"),
        MetricName: inputs.text("metricName"),
        Dimensions: Object.entries(inputs.map("dimensions")).map(([Name, Value]) => ({ Name, Value })),
        Statistic: inputs.text("statistic"),
        Period: inputs.number("period"),
        EvaluationPeriods: inputs.number("evaluationPeriods"),
        DatapointsToAlarm: inputs.maybeNumber("datapointsToAlarm"),
        Threshold: inputs.number("threshold"),
        ComparisonOperator: inputs.text("comparisonOperator"),
        TreatMissingData: inputs.maybeText("treatMissingData"),
        Tags: tagsOf(inputs),
    },
});

const dashboard: Write = ({ inputs }) => ({
    type: "AWS::CloudWatch::Dashboard",
    properties: {
        DashboardName: inputs.text("dashboardName"),
        DashboardBody: inputs.text("dashboardBody"),
    },
});

const job: Write = ({ inputs, output }) => {
    const command = inputs.group("command");
    return {
        type: "AWS::Glue::Job",
        properties: {
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
            WorkerType: inputs.maybeText("workerType"),
            NumberOfWorkers: inputs.maybeNumber("numberOfWorkers"),
            MaxCapacity: inputs.maybeNumber("maxCapacity"),
            MaxRetries: inputs.number("maxRetries"),
            Timeout: inputs.number("timeout"),
            DefaultArguments: inputs.map("defaultArguments"),
            Tags: inputs.map("tags"),
        },
    };
};

export const WRITTEN: Readonly<Record<string, Write>> = {
    "aws:cloudwatch/dashboard:Dashboard": dashboard,
    "aws:cloudwatch/eventRule:EventRule": eventRule,
    "aws:cloudwatch/logGroup:LogGroup": logGroup,
    "aws:cloudwatch/metricAlarm:MetricAlarm": metricAlarm,
    "aws:dynamodb/table:Table": table,
    "aws:glue/job:Job": job,
    "aws:iam/role:Role": role,
    "aws:iam/rolePolicy:RolePolicy": rolePolicy,
    "aws:kms/key:Key": key,
    "aws:lambda/eventSourceMapping:EventSourceMapping": eventSourceMapping,
    "aws:lambda/function:Function": lambdaFunction,
    "aws:lambda/permission:Permission": permission,
    "aws:s3/bucket:Bucket": bucket,
    "aws:s3/bucketPolicy:BucketPolicy": bucketPolicy,
    "aws:sfn/stateMachine:StateMachine": stateMachine,
    "aws:sns/topic:Topic": topic,
    "aws:sns/topicPolicy:TopicPolicy": topicPolicy,
    "aws:sns/topicSubscription:TopicSubscription": subscription,
    "aws:sqs/queue:Queue": queue,
    "aws:sqs/queuePolicy:QueuePolicy": queuePolicy,
};

export const ADDED: Readonly<Record<string, Add>> = {
    "aws:cloudwatch/eventTarget:EventTarget": eventTarget,
    "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock": publicAccessBlock,
    "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration":
        bucketEncryption,
    "aws:sqs/redriveAllowPolicy:RedriveAllowPolicy": redriveAllowPolicy,
};

/** What CloudFormation has no type for. */
export const NOT_IN_CLOUDFORMATION: ReadonlySet<string> = new Set([
    "aws:dynamodb/tableItem:TableItem",
    "aws:s3/bucketObjectv2:BucketObjectv2",
]);
