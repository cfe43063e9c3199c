/**
 * Delivers events to targets. It tries again, with growing pauses, while the target is in trouble. It does not try
 * again if the rule lacks a permission or the target does not exist. Then the event goes to the dead-letter queue, or
 * is dropped.
 *
 * From the EventBridge User Guide, "How EventBridge retries delivering events" and "Using dead-letter queues to process
 * undelivered events".
 */
import { AwsError } from "../../service.ts";
import type { Caller, World } from "../../service.ts";
import type { BusEvent } from "./event.ts";
import type { Rule, Target } from "./rule.ts";

/** A delivery that was given up. */
export interface DeliveryFailure {
    readonly ruleArn: string;
    readonly targetArn: string;
    readonly errorName: string;
    readonly errorMessage: string;
    readonly attempts: number;
    readonly event: BusEvent;
}

/** The codes of the second page, for errors that another try does not fix. Which error has which code is assumed. */
const PERMANENT: Readonly<Record<string, string>> = {
    AccessDenied: "NO_PERMISSIONS",
    AccessDeniedException: "NO_PERMISSIONS",
    AuthorizationError: "NO_PERMISSIONS",
    KmsAccessDenied: "NO_PERMISSIONS",
    NotFound: "NO_RESOURCE",
    QueueDoesNotExist: "NO_RESOURCE",
    ResourceNotFoundException: "NO_RESOURCE",
    InvalidParameterValue: "INVALID_PARAMETER",
    InvalidParameter: "INVALID_PARAMETER",
    InvalidRequestContentException: "INVALID_JSON",
};

const THROTTLING = /throttl|toomanyrequests|overlimit/i;

/** The part of a target's retry policy that is used up. */
type Exhausted = "MaximumRetryAttempts" | "MaximumEventAgeInSeconds";

/** Milliseconds. The pauses double from one second on. AWS says only "exponential back off and jitter". */
const MAX_PAUSE_MILLIS = 8 * 60_000;

/** How many given-up deliveries are kept to be looked at. */
const MAX_KEPT_FAILURES = 1000;

export class Delivery {
    readonly failures: DeliveryFailure[] = [];
    private readonly world: World;

    constructor(world: World) {
        this.world = world;
    }

    deliver(rule: Rule, target: Target, event: BusEvent, attempt = 1, since = this.world.clock.now()): void {
        try {
            this.send(rule, target, target.render(event, rule));
            this.world.count("events.delivered");
        } catch (error) {
            if (!(error instanceof AwsError)) throw error;
            const { clock, random } = this.world;
            const pause = Math.min(MAX_PAUSE_MILLIS, 1000 * 2 ** (attempt - 1)) * random.between(0.5, 1);
            const tooOld = clock.now() + pause - since > target.maximumAgeMillis;
            const isLast = attempt >= target.maximumAttempts;
            if (Object.hasOwn(PERMANENT, error.name)) this.giveUp(rule, target, event, error, attempt);
            else if (isLast) this.giveUp(rule, target, event, error, attempt, "MaximumRetryAttempts");
            else if (tooOld) this.giveUp(rule, target, event, error, attempt, "MaximumEventAgeInSeconds");
            else clock.after(pause, () => this.deliver(rule, target, event, attempt + 1, since));
        }
    }

    private send(rule: Rule, target: Target, text: string): void {
        const { world } = this;
        const caller: Caller = {
            principal: "events.amazonaws.com",
            ...(target.roleArn === undefined ? {} : { roleArn: target.roleArn }),
            sourceArn: rule.arn,
        };
        const service = target.arn.split(":")[2];
        if (service === "sqs") {
            const group =
                target.messageGroupId === undefined ? {} : { MessageGroupId: target.messageGroupId };
            const input = { QueueUrl: queueUrl(world, target.arn), MessageBody: text, ...group };
            world.call("sqs", "SendMessage", input, caller);
        } else if (service === "lambda") {
            const input = { FunctionName: target.arn, InvocationType: "Event", Payload: text };
            world.call("lambda", "Invoke", input, caller);
        } else world.call("sns", "Publish", { TopicArn: target.arn, Message: text }, caller);
    }

    private giveUp(
        rule: Rule,
        target: Target,
        event: BusEvent,
        error: AwsError,
        attempts: number,
        exhausted?: Exhausted,
    ): void {
        this.world.count("events.failed");
        this.failures.push({
            ruleArn: rule.arn,
            targetArn: target.arn,
            errorName: error.name,
            errorMessage: error.message,
            attempts,
            event,
        });
        if (this.failures.length > MAX_KEPT_FAILURES) this.failures.shift();
        if (target.deadLetterArn !== undefined)
            this.deadLetter(rule, target, target.deadLetterArn, event, error, attempts, exhausted);
    }

    private deadLetter(
        rule: Rule,
        target: Target,
        deadLetterArn: string,
        event: BusEvent,
        error: AwsError,
        attempts: number,
        exhausted?: Exhausted,
    ): void {
        const attributes = {
            RULE_ARN: rule.arn,
            TARGET_ARN: target.arn,
            ERROR_CODE: errorCode(error),
            ERROR_MESSAGE: error.message,
            ...(exhausted && { EXHAUSTED_RETRY_CONDITION: exhausted }),
            RETRY_ATTEMPTS: String(attempts - 1),
        };
        const MessageAttributes = Object.fromEntries(
            Object.entries(attributes).map(([name, StringValue]) => [
                name,
                { DataType: "String", StringValue },
            ]),
        );
        const caller: Caller = { principal: "events.amazonaws.com", sourceArn: rule.arn };
        try {
            const input = {
                QueueUrl: queueUrl(this.world, deadLetterArn),
                MessageBody: JSON.stringify(event),
                MessageAttributes,
            };
            this.world.call("sqs", "SendMessage", input, caller);
        } catch (failure) {
            if (!(failure instanceof AwsError)) throw failure;
            this.world.count("events.lost");
        }
    }
}

function errorCode({ name }: AwsError): string {
    return PERMANENT[name] ?? (THROTTLING.test(name) ? "THROTTLING" : "ERROR_FROM_TARGET");
}

function queueUrl(world: World, arn: string): string {
    const queue = world.find(arn) as { url?: string } | undefined;
    if (!queue?.url) throw new AwsError("QueueDoesNotExist", "The specified queue does not exist.");
    return queue.url;
}
