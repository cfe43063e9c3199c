/** ARNs, wherever an input takes one: that it is one, and of the kind that the service wants there. */
import type { Recorded } from "../../mocks.ts";
import type { Rule } from "./rule.ts";

const ROLE = /^iam::\d{12}:role\/.+$/;
const QUEUE = /^sqs:[a-z0-9-]+:\d{12}:[\w-]+(\.fifo)?$/;
const TOPIC = /^sns:[a-z0-9-]+:\d{12}:[\w-]+$/;
const KEY = /^kms:[a-z0-9-]+:\d{12}:key\/[\w-]+$/;
const FUNCTION = /^lambda:[a-z0-9-]+:\d{12}:function:[\w-]+(:[\w$-]+)?$/;
const STREAM = /^dynamodb:[a-z0-9-]+:\d{12}:table\/[\w.-]+\/stream\/[\d:.T-]+$/;
const LOG_GROUP_AND_STREAMS = /^logs:[a-z0-9-]+:\d{12}:log-group:[\w./#-]+:\*$/;
const RULE = /^events:[a-z0-9-]+:\d{12}:rule\/[\w./-]+$/;

/** What follows the partition, by type and input. An input that is called an ARN and not listed here is an error of ours. */
const KINDS: Readonly<Record<string, readonly RegExp[]>> = {
    "aws:cloudwatch/eventTarget:EventTarget arn": [QUEUE, FUNCTION, TOPIC],
    "aws:cloudwatch/logGroup:LogGroup kmsKeyId": [KEY],
    "aws:cloudwatch/metricAlarm:MetricAlarm alarmActions": [TOPIC],
    "aws:cloudwatch/metricAlarm:MetricAlarm okActions": [TOPIC],
    "aws:dynamodb/table:Table serverSideEncryption.kmsKeyArn": [KEY],
    "aws:glue/job:Job roleArn": [ROLE],
    "aws:lambda/eventSourceMapping:EventSourceMapping eventSourceArn": [QUEUE, STREAM],
    "aws:lambda/function:Function kmsKeyArn": [KEY],
    "aws:lambda/function:Function role": [ROLE],
    "aws:lambda/permission:Permission sourceArn": [RULE],
    "aws:s3/bucketObjectv2:BucketObjectv2 kmsKeyId": [KEY],
    "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration rules.0.applyServerSideEncryptionByDefault.kmsMasterKeyId":
        [KEY],
    "aws:sfn/stateMachine:StateMachine encryptionConfiguration.kmsKeyId": [KEY],
    "aws:sfn/stateMachine:StateMachine loggingConfiguration.logDestination": [LOG_GROUP_AND_STREAMS],
    "aws:sfn/stateMachine:StateMachine roleArn": [ROLE],
    "aws:sns/topic:Topic kmsMasterKeyId": [KEY, /^alias\/aws\/sns$/],
    "aws:sns/topicPolicy:TopicPolicy arn": [TOPIC],
    "aws:sns/topicSubscription:TopicSubscription topic": [TOPIC],
    "aws:sqs/queue:Queue kmsMasterKeyId": [KEY],
};

export const arnsAreOfTheRightKind: Rule = {
    page: 'IAM User Guide, "Identify AWS resources with Amazon Resource Names (ARNs)", and each service\'s API Reference',
    find: (resource) =>
        texts(resource.inputs).flatMap(([input, text]) => mistakeIn(resource, input, text) ?? []),
};

function mistakeIn({ type }: Recorded, input: string, text: string): string | undefined {
    const path = input.replace(/(Actions|Arns)\.\d+$/, "$1");
    const kinds = KINDS[`${type} ${path}`];
    const isNamedArn =
        /arns?$/i.test(path) && !/^(tags|environment|dimensions|defaultArguments)\b/.test(path);
    if (kinds === undefined && isNamedArn) {
        return `${input} is an ARN, and nobody says of which kind: list it in ${import.meta.filename}`;
    }
    if (kinds === undefined) return undefined;
    const rest = text.replace(/^arn:aws(-[a-z]+)*:/, "");
    const isArn = rest !== text || text.startsWith("alias/");
    if (isArn && kinds.some((kind) => kind.test(rest))) return undefined;
    return `${input} is ${JSON.stringify(text)}; expected an ARN that goes on with ${kinds.map(String).join(" or ")}`;
}

/** Every text in an input, by its path. */
function texts(value: unknown, path = ""): [string, string][] {
    if (typeof value === "string") return [[path, value]];
    if (typeof value !== "object" || value === null) return [];
    return Object.entries(value).flatMap(([name, item]) =>
        texts(item, path === "" ? name : `${path}.${name}`),
    );
}
