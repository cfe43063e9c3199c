/** A rule and its targets, from what the program declares. */
import type { Timer } from "../../clock.ts";
import type { Resource } from "../../recording/resource.ts";
import { AwsError, UnsupportedError } from "../../service.ts";
import { compileInput } from "./event.ts";
import type { BusEvent } from "./event.ts";
import { compile } from "./pattern.ts";
import type { Matcher } from "./pattern.ts";
import { periodOf } from "./schedule.ts";

/** A rule, as found under its ARN. */
export class Rule {
    readonly arn: string;
    readonly name: string;
    readonly targets = new Map<string, Target>();
    definition: RuleDefinition;
    /** The next event of its schedule. */
    timer: Timer | undefined;

    constructor(arn: string, name: string, definition: RuleDefinition) {
        this.arn = arn;
        this.name = name;
        this.definition = definition;
    }
}

export interface RuleDefinition {
    readonly enabled: boolean;
    readonly description: string | undefined;
    readonly pattern: string | undefined;
    readonly matches: Matcher | undefined;
    readonly scheduleExpression: string | undefined;
    readonly periodMillis: number | undefined;
}

export interface Target {
    readonly id: string;
    readonly arn: string;
    readonly roleArn: string | undefined;
    readonly messageGroupId: string | undefined;
    readonly deadLetterArn: string | undefined;
    readonly maximumAttempts: number;
    readonly maximumAgeMillis: number;
    render(event: BusEvent, rule: Rule): string;
}

export const RULE_INPUTS = [
    "name",
    "namePrefix",
    "description",
    "eventPattern",
    "scheduleExpression",
    "state",
    "eventBusName",
    "tags",
    "forceDestroy",
];

export const TARGET_INPUTS = [
    "rule",
    "arn",
    "targetId",
    "input",
    "inputPath",
    "inputTransformer",
    "deadLetterConfig",
    "retryPolicy",
    "sqsTarget",
    "roleArn",
    "eventBusName",
    "forceDestroy",
];

/** EventBridge User Guide, "Amazon EventBridge quotas": an event pattern has at most 2,048 characters. */
const MAX_PATTERN_CHARACTERS = 2048;

export function ruleDefinition({ inputs, outputs }: Resource): RuleDefinition {
    const name = String(outputs["name"]);
    if (!/^[\w.-]{1,64}$/.test(name)) {
        throw invalid(
            `Value '${name}' at 'name' failed to satisfy constraint: Member must match [\\.\\-_A-Za-z0-9]+, 1 to 64`,
        );
    }
    checkBus(inputs);
    const {
        description,
        eventPattern: pattern,
        scheduleExpression,
        state = "ENABLED",
    } = inputs as Record<string, string>;
    if (pattern === undefined && scheduleExpression === undefined) {
        throw invalid("Parameter(s) EventPattern or ScheduleExpression must be specified.");
    }
    if (state !== "ENABLED" && state !== "DISABLED")
        throw new UnsupportedError(
            `The embedded AWS does not support an event rule in state ${state}; use ENABLED or DISABLED.`,
        );
    if (pattern !== undefined && pattern.length > MAX_PATTERN_CHARACTERS) {
        throw new AwsError(
            "LimitExceededException",
            `EventPattern has ${pattern.length} characters, at most ${MAX_PATTERN_CHARACTERS}`,
        );
    }
    return {
        enabled: state === "ENABLED",
        description,
        pattern,
        matches: pattern === undefined ? undefined : compile(pattern),
        scheduleExpression,
        periodMillis: scheduleExpression === undefined ? undefined : periodOf(scheduleExpression),
    };
}

export function targetOf({ inputs, outputs, name }: Resource): Target {
    checkBus(inputs);
    const { targetId = name } = outputs as { targetId?: string };
    const { deadLetterConfig, retryPolicy, sqsTarget } = inputs as {
        deadLetterConfig?: { arn?: string };
        retryPolicy?: { maximumEventAgeInSeconds?: number; maximumRetryAttempts?: number };
        sqsTarget?: { messageGroupId?: string };
    };
    const arn = String(inputs["arn"]);
    if (!["sqs", "lambda", "sns"].includes(arn.split(":")[2] ?? "")) {
        throw new UnsupportedError(
            `The embedded AWS does not support an event target that is not a queue, function or topic: ${arn}.`,
        );
    }
    const messageGroupId = sqsTarget?.messageGroupId;
    if (arn.endsWith(".fifo") && messageGroupId === undefined) {
        throw invalid(`Parameter(s) MessageGroupId must be specified for target: ${targetId}.`);
    }
    if (deadLetterConfig?.arn?.endsWith(".fifo")) {
        throw invalid(`${deadLetterConfig.arn} is a FIFO queue, expected a standard queue for dead letters.`);
    }
    // EventBridge User Guide, "How EventBridge retries delivering events": 24 hours and up to 185 times by default.
    const { maximumEventAgeInSeconds = 86_400, maximumRetryAttempts = 185 } = retryPolicy ?? {};
    checkRange("MaximumEventAgeInSeconds", maximumEventAgeInSeconds, 60, 86_400);
    checkRange("MaximumRetryAttempts", maximumRetryAttempts, 0, 185);
    return {
        id: targetId,
        arn,
        roleArn: inputs["roleArn"] as string | undefined,
        messageGroupId,
        deadLetterArn: deadLetterConfig?.arn,
        maximumAttempts: maximumRetryAttempts + 1,
        maximumAgeMillis: maximumEventAgeInSeconds * 1000,
        render: compileInput(inputs),
    };
}

/** There is only the default bus, by its name or its ARN. */
export function checkBus(inputs: Readonly<Record<string, unknown>>): void {
    const bus = (inputs["eventBusName"] ?? inputs["EventBusName"] ?? "default") as string;
    if (bus === "default" || /:event-bus\/default$/.test(bus)) return;
    throw new UnsupportedError(
        `The embedded AWS does not support the event bus ${bus}: there is only the default one.`,
    );
}

function checkRange(name: string, value: number, low: number, high: number): void {
    if (Number.isInteger(value) && value >= low && value <= high) return;
    throw invalid(`${name} is ${value}, expected ${low} to ${high}`);
}

function invalid(message: string): AwsError {
    return new AwsError("ValidationException", message);
}
