/** The settings of a queue. A declared resource sets them, SetQueueAttributes changes them, GetQueueAttributes shows them. */
import { AwsError, UnsupportedError } from "../../service.ts";

export interface RedrivePolicy {
    readonly deadLetterTargetArn: string;
    readonly maxReceiveCount: number;
}

export interface RedriveAllowPolicy {
    readonly redrivePermission: "allowAll" | "denyAll" | "byQueue";
    readonly sourceQueueArns?: readonly string[];
}

export interface QueueSettings {
    readonly fifo: boolean;
    contentBasedDeduplication: boolean;
    deduplicationScope: string;
    fifoThroughputLimit: string;
    delaySeconds: number;
    visibilityTimeout: number;
    messageRetentionPeriod: number;
    maximumMessageSize: number;
    receiveMessageWaitTimeSeconds: number;
    kmsMasterKeyId: string | undefined;
    kmsDataKeyReusePeriodSeconds: number;
    sqsManagedSseEnabled: boolean;
    policy: string | undefined;
    redrivePolicy: RedrivePolicy | undefined;
    redriveAllowPolicy: RedriveAllowPolicy | undefined;
}

/** The settings of a new queue (SQS API Reference, "CreateQueue"). */
export function defaultSettings(fifo: boolean): QueueSettings {
    return {
        fifo,
        contentBasedDeduplication: false,
        deduplicationScope: "queue",
        fifoThroughputLimit: "perQueue",
        delaySeconds: 0,
        visibilityTimeout: 30,
        messageRetentionPeriod: 345_600,
        maximumMessageSize: 1_048_576,
        receiveMessageWaitTimeSeconds: 0,
        kmsMasterKeyId: undefined,
        kmsDataKeyReusePeriodSeconds: 300,
        sqsManagedSseEnabled: true,
        policy: undefined,
        redrivePolicy: undefined,
        redriveAllowPolicy: undefined,
    };
}

interface Attribute {
    readonly change: (settings: QueueSettings, value: string) => void;
    readonly show: (settings: QueueSettings) => string | undefined;
}

type NumberSetting =
    | "delaySeconds"
    | "visibilityTimeout"
    | "messageRetentionPeriod"
    | "maximumMessageSize"
    | "receiveMessageWaitTimeSeconds"
    | "kmsDataKeyReusePeriodSeconds";

/** The attributes of SetQueueAttributes and GetQueueAttributes, with the ranges of the API Reference. */
export const QUEUE_ATTRIBUTES: Readonly<Record<string, Attribute>> = {
    DelaySeconds: wholeNumber("DelaySeconds", "delaySeconds", 0, 900),
    VisibilityTimeout: wholeNumber("VisibilityTimeout", "visibilityTimeout", 0, 43_200),
    MessageRetentionPeriod: wholeNumber("MessageRetentionPeriod", "messageRetentionPeriod", 60, 1_209_600),
    MaximumMessageSize: wholeNumber("MaximumMessageSize", "maximumMessageSize", 1024, 1_048_576),
    ReceiveMessageWaitTimeSeconds: wholeNumber(
        "ReceiveMessageWaitTimeSeconds",
        "receiveMessageWaitTimeSeconds",
        0,
        20,
    ),
    KmsDataKeyReusePeriodSeconds: wholeNumber(
        "KmsDataKeyReusePeriodSeconds",
        "kmsDataKeyReusePeriodSeconds",
        60,
        86_400,
    ),
    KmsMasterKeyId: {
        change(settings, value) {
            settings.kmsMasterKeyId = value === "" ? undefined : value;
            if (value !== "") settings.sqsManagedSseEnabled = false;
        },
        show: (settings) => settings.kmsMasterKeyId,
    },
    SqsManagedSseEnabled: {
        change(settings, value) {
            settings.sqsManagedSseEnabled = value === "true";
            if (value === "true") settings.kmsMasterKeyId = undefined;
        },
        show: (settings) => String(settings.sqsManagedSseEnabled),
    },
    Policy: {
        change(settings, value) {
            settings.policy = value === "" ? undefined : value;
        },
        show: (settings) => settings.policy,
    },
    RedrivePolicy: {
        change(settings, value) {
            settings.redrivePolicy = value === "" ? undefined : redrivePolicyOf(value);
        },
        show: (settings) => settings.redrivePolicy && JSON.stringify(settings.redrivePolicy),
    },
    RedriveAllowPolicy: {
        change(settings, value) {
            settings.redriveAllowPolicy = value === "" ? undefined : redriveAllowPolicyOf(value);
        },
        show: (settings) => settings.redriveAllowPolicy && JSON.stringify(settings.redriveAllowPolicy),
    },
    FifoQueue: {
        change(settings, value) {
            if (value !== String(settings.fifo)) throw unknownAttribute("FifoQueue");
        },
        show: (settings) => (settings.fifo ? "true" : undefined),
    },
    ContentBasedDeduplication: {
        change(settings, value) {
            fifoOnly(settings, "ContentBasedDeduplication");
            settings.contentBasedDeduplication = value === "true";
        },
        show: (settings) => (settings.fifo ? String(settings.contentBasedDeduplication) : undefined),
    },
    DeduplicationScope: {
        change(settings, value) {
            fifoOnly(settings, "DeduplicationScope");
            settings.deduplicationScope = oneOf("DeduplicationScope", value, ["queue", "messageGroup"]);
        },
        show: (settings) => (settings.fifo ? settings.deduplicationScope : undefined),
    },
    FifoThroughputLimit: {
        change(settings, value) {
            fifoOnly(settings, "FifoThroughputLimit");
            settings.fifoThroughputLimit = oneOf("FifoThroughputLimit", value, [
                "perQueue",
                "perMessageGroupId",
            ]);
        },
        show: (settings) => (settings.fifo ? settings.fifoThroughputLimit : undefined),
    },
};

/** Changes settings, all or none. */
export function changeSettings(settings: QueueSettings, attributes: Readonly<Record<string, string>>): void {
    const changed = { ...settings };
    for (const [name, value] of Object.entries(attributes)) {
        const attribute = Object.hasOwn(QUEUE_ATTRIBUTES, name) ? QUEUE_ATTRIBUTES[name] : undefined;
        if (!attribute) throw unknownAttribute(name);
        attribute.change(changed, value);
    }
    if (
        changed.fifoThroughputLimit === "perMessageGroupId" &&
        changed.deduplicationScope !== "messageGroup"
    ) {
        throw invalidAttribute(
            "FifoThroughputLimit",
            "perMessageGroupId is allowed only when the value for DeduplicationScope is messageGroup.",
        );
    }
    Object.assign(settings, changed);
}

/** The declared inputs of `aws:sqs/queue:Queue` that are attributes, by the attribute's name. */
const INPUT_ATTRIBUTES: Readonly<Record<string, string>> = {
    contentBasedDeduplication: "ContentBasedDeduplication",
    deduplicationScope: "DeduplicationScope",
    fifoThroughputLimit: "FifoThroughputLimit",
    delaySeconds: "DelaySeconds",
    visibilityTimeoutSeconds: "VisibilityTimeout",
    messageRetentionSeconds: "MessageRetentionPeriod",
    maxMessageSize: "MaximumMessageSize",
    receiveWaitTimeSeconds: "ReceiveMessageWaitTimeSeconds",
    kmsMasterKeyId: "KmsMasterKeyId",
    kmsDataKeyReusePeriodSeconds: "KmsDataKeyReusePeriodSeconds",
    sqsManagedSseEnabled: "SqsManagedSseEnabled",
    policy: "Policy",
    redrivePolicy: "RedrivePolicy",
    redriveAllowPolicy: "RedriveAllowPolicy",
};

export const QUEUE_INPUTS: readonly string[] = [
    "name",
    "namePrefix",
    "fifoQueue",
    "tags",
    ...Object.keys(INPUT_ATTRIBUTES),
];

/** The settings of a declared queue. `previous` has those that other resources have set. */
export function settingsOf(
    inputs: Readonly<Record<string, unknown>>,
    previous?: QueueSettings,
): QueueSettings {
    const settings = defaultSettings(inputs["fifoQueue"] === true);
    const { policy, redrivePolicy, redriveAllowPolicy } = previous ?? {};
    Object.assign(settings, { policy, redrivePolicy, redriveAllowPolicy });
    // The default of the Terraform provider, which sends it. It is smaller than that of SQS (`aws_sqs_queue`,
    // `max_message_size`).
    settings.maximumMessageSize = 262_144;
    if (inputs["kmsMasterKeyId"] !== undefined && inputs["sqsManagedSseEnabled"] === true) {
        throw invalidAttribute(
            "SqsManagedSseEnabled",
            "You can use one type of server-side encryption (SSE) at one time.",
        );
    }
    const attributes: Record<string, string> = {};
    for (const [input, attribute] of Object.entries(INPUT_ATTRIBUTES)) {
        const value = inputs[input];
        if (value === undefined || value === null) continue;
        attributes[attribute] = textOf(input, value);
    }
    if (attributes["SqsManagedSseEnabled"] === "false") delete attributes["SqsManagedSseEnabled"];
    changeSettings(settings, attributes);
    if (inputs["sqsManagedSseEnabled"] === false) settings.sqsManagedSseEnabled = false;
    return settings;
}

function textOf(input: string, value: unknown): string {
    if (typeof value === "string" || typeof value === "number" || typeof value === "boolean")
        return String(value);
    throw new UnsupportedError(
        `aws:sqs/queue:Queue: ${input} must be text, a number or a boolean, not ${typeof value}`,
    );
}

export function redrivePolicyOf(text: string): RedrivePolicy {
    const policy = parse(text, "RedrivePolicy") as {
        deadLetterTargetArn?: unknown;
        maxReceiveCount?: unknown;
    };
    const count = Number(policy.maxReceiveCount);
    if (typeof policy.deadLetterTargetArn !== "string") {
        throw badPolicy(
            "RedrivePolicy",
            text,
            "Redrive policy does not contain mandatory attribute: deadLetterTargetArn.",
        );
    }
    if (policy.maxReceiveCount === undefined) {
        throw badPolicy(
            "RedrivePolicy",
            text,
            "Redrive policy does not contain mandatory attribute: maxReceiveCount.",
        );
    }
    if (!Number.isInteger(count) || count < 1 || count > 1000) {
        throw badPolicy(
            "RedrivePolicy",
            text,
            "Invalid value for maxReceiveCount. It must be between 1 and 1000.",
        );
    }
    return { deadLetterTargetArn: policy.deadLetterTargetArn, maxReceiveCount: count };
}

export function redriveAllowPolicyOf(text: string): RedriveAllowPolicy {
    const policy = parse(text, "RedriveAllowPolicy") as Record<string, unknown>;
    const permission = policy["redrivePermission"];
    const sources = policy["sourceQueueArns"];
    if (permission !== "allowAll" && permission !== "denyAll" && permission !== "byQueue") {
        throw badPolicy(
            "RedriveAllowPolicy",
            text,
            "redrivePermission must be allowAll, denyAll or byQueue.",
        );
    }
    const isList = Array.isArray(sources) && sources.length >= 1 && sources.length <= 10;
    if (permission === "byQueue" ? !isList : sources !== undefined) {
        throw badPolicy(
            "RedriveAllowPolicy",
            text,
            "sourceQueueArns must have 1 to 10 queues with byQueue, and none else.",
        );
    }
    return isList
        ? { redrivePermission: permission, sourceQueueArns: sources as string[] }
        : { redrivePermission: permission };
}

function parse(text: string, attribute: string): object {
    let value: unknown;
    try {
        value = JSON.parse(text);
    } catch {
        throw badPolicy(
            attribute,
            text,
            "Amazon SQS can't create the redrive policy, as it’s in an unsupported format.",
        );
    }
    if (typeof value === "object" && value !== null) return value;
    throw badPolicy(
        attribute,
        text,
        "Amazon SQS can't create the redrive policy, as it’s in an unsupported format.",
    );
}

function badPolicy(attribute: string, text: string, reason: string): AwsError {
    return new AwsError(
        "InvalidParameterValue",
        `Value ${text} for parameter ${attribute} is invalid. Reason: ${reason}`,
    );
}

function wholeNumber(name: string, setting: NumberSetting, low: number, high: number): Attribute {
    return {
        change(settings, value) {
            const number = Number(value);
            if (value.trim() === "" || !Number.isInteger(number) || number < low || number > high) {
                throw invalidAttribute(
                    name,
                    `${value} came, expected a whole number from ${low} to ${high}.`,
                );
            }
            settings[setting] = number;
        },
        show: (settings) => String(settings[setting]),
    };
}

function oneOf(name: string, value: string, choices: readonly string[]): string {
    if (choices.includes(value)) return value;
    throw invalidAttribute(name, `${value} came, expected ${choices.join(" or ")}.`);
}

function fifoOnly(settings: QueueSettings, name: string): void {
    if (!settings.fifo) throw unknownAttribute(name);
}

function unknownAttribute(name: string): AwsError {
    return new AwsError("InvalidAttributeName", `Unknown Attribute ${name}.`);
}

function invalidAttribute(name: string, reason: string): AwsError {
    return new AwsError(
        "InvalidAttributeValue",
        `Invalid value for the parameter ${name}. Reason: ${reason}`,
    );
}
