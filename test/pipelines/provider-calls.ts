/**
 * What Pulumi's provider asks of AWS for a resource, by its type, as IAM actions: to make it, to read it again, to change and to
 * delete it. From the provider's source, as far as this program uses a type; roles.test.ts holds `create` against the requests
 * that conformance/ judges.
 */
import type { Resource } from "../../embedded-aws/index.ts";

export interface Calls {
    readonly create: readonly string[];
    readonly read: readonly string[];
    readonly update: readonly string[];
    readonly delete: readonly string[];
    /** What the calls are about. */
    readonly on: (resource: Resource) => string;
    /** Condition keys of the calls. */
    readonly context?: (resource: Resource) => Readonly<Record<string, string | readonly string[]>>;
}

const ACCOUNT = "123456789012";
const HERE = `us-east-1:${ACCOUNT}`;

const arn = ({ outputs }: Resource): string => String(outputs["arn"]);
const input = (resource: Resource, name: string): string => String(resource.inputs[name]);
const roleNamed = (resource: Resource): string => `arn:aws:iam::${ACCOUNT}:role/${input(resource, "role")}`;
const queueAt = (resource: Resource): string =>
    `arn:aws:sqs:${HERE}:${input(resource, "queueUrl").split("/").at(-1) ?? ""}`;
const bucketNamed = (resource: Resource): string => `arn:aws:s3:::${input(resource, "bucket")}`;
const tableNamed = (resource: Resource): string =>
    `arn:aws:dynamodb:${HERE}:table/${input(resource, "tableName")}`;

const QUEUE_ATTRIBUTE: Calls = {
    create: ["sqs:SetQueueAttributes"],
    read: ["sqs:GetQueueAttributes"],
    update: ["sqs:SetQueueAttributes"],
    delete: ["sqs:SetQueueAttributes"],
    on: queueAt,
};

export const PROVIDER_CALLS: Readonly<Record<string, Calls>> = {
    "aws:cloudwatch/dashboard:Dashboard": {
        create: ["cloudwatch:PutDashboard"],
        read: ["cloudwatch:GetDashboard"],
        update: ["cloudwatch:PutDashboard"],
        delete: ["cloudwatch:DeleteDashboards"],
        on: ({ outputs }) => `arn:aws:cloudwatch::${ACCOUNT}:dashboard/${String(outputs["dashboardName"])}`,
    },
    "aws:cloudwatch/eventRule:EventRule": {
        create: ["events:PutRule", "events:TagResource"],
        read: ["events:DescribeRule", "events:ListTagsForResource"],
        update: ["events:PutRule", "events:EnableRule", "events:DisableRule", "events:UntagResource"],
        delete: ["events:DeleteRule"],
        on: arn,
    },
    "aws:cloudwatch/eventTarget:EventTarget": {
        create: ["events:PutTargets"],
        read: ["events:ListTargetsByRule"],
        update: ["events:PutTargets"],
        delete: ["events:RemoveTargets"],
        on: (resource) => `arn:aws:events:${HERE}:rule/${input(resource, "rule")}`,
    },
    "aws:cloudwatch/logGroup:LogGroup": {
        create: ["logs:CreateLogGroup", "logs:TagResource", "logs:PutRetentionPolicy"],
        read: ["logs:ListTagsForResource"],
        update: ["logs:PutRetentionPolicy", "logs:DeleteRetentionPolicy", "logs:UntagResource"],
        delete: ["logs:DeleteLogGroup"],
        on: arn,
    },
    "aws:cloudwatch/metricAlarm:MetricAlarm": {
        create: ["cloudwatch:PutMetricAlarm", "cloudwatch:TagResource"],
        read: ["cloudwatch:DescribeAlarms", "cloudwatch:ListTagsForResource"],
        update: ["cloudwatch:PutMetricAlarm", "cloudwatch:UntagResource"],
        delete: ["cloudwatch:DeleteAlarms"],
        on: arn,
    },
    "aws:dynamodb/table:Table": {
        create: [
            "dynamodb:CreateTable",
            "dynamodb:TagResource",
            "dynamodb:UpdateTimeToLive",
            "dynamodb:UpdateContinuousBackups",
        ],
        read: [
            "dynamodb:DescribeTable",
            "dynamodb:DescribeContinuousBackups",
            "dynamodb:DescribeTimeToLive",
            "dynamodb:ListTagsOfResource",
        ],
        update: ["dynamodb:UpdateTable", "dynamodb:UntagResource"],
        delete: ["dynamodb:DeleteTable"],
        on: arn,
    },
    "aws:dynamodb/tableItem:TableItem": {
        create: ["dynamodb:PutItem"],
        read: ["dynamodb:GetItem"],
        update: ["dynamodb:UpdateItem", "dynamodb:PutItem", "dynamodb:DeleteItem"],
        delete: ["dynamodb:DeleteItem"],
        on: tableNamed,
        context: (resource) => {
            const item = JSON.parse(input(resource, "item")) as { poolName: { S: string } };
            return { "dynamodb:LeadingKeys": [item.poolName.S] };
        },
    },
    "aws:glue/job:Job": {
        create: ["glue:CreateJob", "glue:TagResource"],
        read: ["glue:GetJob", "glue:GetTags"],
        update: ["glue:UpdateJob", "glue:UntagResource"],
        delete: ["glue:DeleteJob"],
        on: arn,
    },
    "aws:iam/role:Role": {
        create: ["iam:CreateRole", "iam:TagRole"],
        read: ["iam:GetRole", "iam:ListRolePolicies", "iam:ListAttachedRolePolicies"],
        update: [
            "iam:UpdateAssumeRolePolicy",
            "iam:UpdateRole",
            "iam:UpdateRoleDescription",
            "iam:UntagRole",
        ],
        delete: ["iam:ListInstanceProfilesForRole", "iam:DeleteRole"],
        on: arn,
    },
    "aws:iam/rolePolicy:RolePolicy": {
        create: ["iam:PutRolePolicy"],
        read: ["iam:GetRolePolicy"],
        update: ["iam:PutRolePolicy"],
        delete: ["iam:DeleteRolePolicy"],
        on: roleNamed,
    },
    "aws:lambda/eventSourceMapping:EventSourceMapping": {
        create: ["lambda:CreateEventSourceMapping", "lambda:TagResource"],
        read: ["lambda:GetEventSourceMapping", "lambda:ListTags"],
        update: ["lambda:UpdateEventSourceMapping", "lambda:UntagResource"],
        delete: ["lambda:DeleteEventSourceMapping"],
        on: arn,
        context: (resource) => ({
            "lambda:FunctionArn": input(resource, "functionName").startsWith("arn:")
                ? input(resource, "functionName")
                : `arn:aws:lambda:${HERE}:function:${input(resource, "functionName")}`,
        }),
    },
    "aws:lambda/function:Function": {
        create: ["lambda:CreateFunction", "lambda:TagResource"],
        read: [
            "lambda:GetFunction",
            "lambda:GetFunctionConfiguration",
            "lambda:GetFunctionCodeSigningConfig",
            "lambda:ListVersionsByFunction",
            "lambda:ListTags",
        ],
        update: ["lambda:UpdateFunctionCode", "lambda:UpdateFunctionConfiguration", "lambda:UntagResource"],
        delete: ["lambda:DeleteFunction"],
        on: arn,
    },
    "aws:lambda/permission:Permission": {
        create: ["lambda:AddPermission"],
        read: ["lambda:GetPolicy"],
        update: [],
        delete: ["lambda:RemovePermission"],
        on: (resource) => {
            const name = input(resource, "function");
            return name.startsWith("arn:") ? name : `arn:aws:lambda:${HERE}:function:${name}`;
        },
    },
    "aws:s3/bucket:Bucket": {
        create: ["s3:CreateBucket", "s3:PutBucketTagging"],
        read: [
            "s3:ListBucket",
            "s3:GetBucketTagging",
            "s3:GetBucketPolicy",
            "s3:GetBucketAcl",
            "s3:GetBucketCORS",
            "s3:GetBucketWebsite",
            "s3:GetBucketVersioning",
            "s3:GetAccelerateConfiguration",
            "s3:GetBucketRequestPayment",
            "s3:GetBucketLogging",
            "s3:GetLifecycleConfiguration",
            "s3:GetReplicationConfiguration",
            "s3:GetEncryptionConfiguration",
            "s3:GetBucketObjectLockConfiguration",
            "s3:GetBucketLocation",
        ],
        update: ["s3:PutBucketTagging"],
        delete: ["s3:ListBucketVersions", "s3:DeleteBucket"],
        on: arn,
    },
    "aws:s3/bucketObjectv2:BucketObjectv2": {
        create: ["s3:PutObject", "s3:PutObjectTagging"],
        read: ["s3:GetObject", "s3:GetObjectTagging"],
        update: ["s3:PutObject", "s3:PutObjectTagging"],
        delete: ["s3:DeleteObject", "s3:DeleteObjectVersion"],
        on: (resource) => `${bucketNamed(resource)}/${input(resource, "key")}`,
    },
    "aws:s3/bucketPolicy:BucketPolicy": {
        create: ["s3:PutBucketPolicy"],
        read: ["s3:GetBucketPolicy"],
        update: ["s3:PutBucketPolicy"],
        delete: ["s3:DeleteBucketPolicy"],
        on: bucketNamed,
    },
    "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock": {
        create: ["s3:PutBucketPublicAccessBlock"],
        read: ["s3:GetBucketPublicAccessBlock"],
        update: ["s3:PutBucketPublicAccessBlock"],
        delete: ["s3:PutBucketPublicAccessBlock"],
        on: bucketNamed,
    },
    "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration": {
        create: ["s3:PutEncryptionConfiguration"],
        read: ["s3:GetEncryptionConfiguration"],
        update: ["s3:PutEncryptionConfiguration"],
        delete: ["s3:PutEncryptionConfiguration"],
        on: bucketNamed,
    },
    "aws:sfn/stateMachine:StateMachine": {
        create: ["states:CreateStateMachine", "states:TagResource"],
        read: [
            "states:DescribeStateMachine",
            "states:ListStateMachineVersions",
            "states:ListTagsForResource",
        ],
        update: ["states:UpdateStateMachine", "states:UntagResource"],
        delete: ["states:DeleteStateMachine"],
        on: arn,
    },
    "aws:sns/topic:Topic": {
        create: ["sns:CreateTopic", "sns:TagResource", "sns:SetTopicAttributes"],
        read: ["sns:GetTopicAttributes", "sns:ListTagsForResource"],
        update: ["sns:SetTopicAttributes", "sns:UntagResource"],
        delete: ["sns:DeleteTopic"],
        on: arn,
    },
    "aws:sns/topicPolicy:TopicPolicy": {
        create: ["sns:SetTopicAttributes"],
        read: ["sns:GetTopicAttributes"],
        update: ["sns:SetTopicAttributes"],
        delete: ["sns:SetTopicAttributes"],
        on: (resource) => input(resource, "arn"),
    },
    "aws:sqs/queue:Queue": {
        create: ["sqs:CreateQueue", "sqs:TagQueue"],
        read: ["sqs:GetQueueAttributes", "sqs:ListQueueTags"],
        update: ["sqs:SetQueueAttributes", "sqs:UntagQueue"],
        delete: ["sqs:DeleteQueue"],
        on: arn,
    },
    "aws:sqs/queuePolicy:QueuePolicy": QUEUE_ATTRIBUTE,
    "aws:sqs/redriveAllowPolicy:RedriveAllowPolicy": QUEUE_ATTRIBUTE,
};

/** Calls that are about no resource of the program. */
export const OTHER_CALLS = ["states:ValidateStateMachineDefinition", "logs:DescribeLogGroups"] as const;

/** What the provider asks for at other times than with this configuration, with the reason. */
export const SOMETIMES: Readonly<Record<string, string>> = {
    "logs:AssociateKmsKey": "a log group gets the key of kmsKeyArn",
    "s3:TagResource": "newer versions of the provider tag buckets by it",
    "s3:UntagResource": "newer versions of the provider tag buckets by it",
    "sns:Subscribe": "alarmEmail is set",
    "sqs:GetQueueUrl": "a queue is imported or looked up by its name",
};

/** Operations by another name than the action that allows them (Service Authorization Reference). */
export const ACTION_OF: Readonly<Record<string, string>> = {
    "s3:PutBucketEncryption": "s3:PutEncryptionConfiguration",
    "s3:PutPublicAccessBlock": "s3:PutBucketPublicAccessBlock",
};

/** The role that a resource is given, and to which service. */
export function passedBy({ type, inputs }: Resource): readonly [role: string, service: string] | undefined {
    if (type === "aws:lambda/function:Function") return [String(inputs["role"]), "lambda.amazonaws.com"];
    if (type === "aws:sfn/stateMachine:StateMachine")
        return [String(inputs["roleArn"]), "states.amazonaws.com"];
    if (type === "aws:glue/job:Job") return [String(inputs["roleArn"]), "glue.amazonaws.com"];
    return undefined;
}
