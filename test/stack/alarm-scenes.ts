/** Ways to make a stack's alarms go off, and what their topic has published. */
import { AwsError, CallerCrash, Topic } from "../../embedded-aws/index.ts";
import type { Call } from "../../embedded-aws/index.ts";
import { makes } from "../slots/protocol-writes.ts";
import type { Role, TestStack } from "./test-stack.ts";

/** A message of the topic of alarms. */
export interface Notice {
    /** What the alarm watches, such as `dead-letters`. */
    readonly what: string;
    readonly state: string;
    readonly time: number;
}

/** Everything that the topic of alarms has published, in order. */
export function notices(stack: TestStack): Notice[] {
    const topic = stack.world.find(stack.output("alarmTopicArn"));
    if (!(topic instanceof Topic)) return [];
    return topic.published.map(({ Message, publishedAt }) => {
        const { AlarmName, NewStateValue } = JSON.parse(Message) as {
            AlarmName: string;
            NewStateValue: string;
        };
        const what = /^turnstile-monitoring-(.*)-[0-9a-f]{7}$/.exec(AlarmName)?.[1] ?? AlarmName;
        return { what, state: NewStateValue, time: publishedAt };
    });
}

/** The alarms that have gone off since a time. */
export function wentOff(stack: TestStack, since: number): Set<string> {
    return new Set(
        notices(stack)
            .filter(({ state, time }) => state === "ALARM" && time >= since)
            .map(({ what }) => what),
    );
}

/** Ends functions at any call that they make, until the returned function is called. */
export function kill(stack: TestStack, roles: readonly Role[]): () => void {
    // A program may lack one of them.
    const arns = new Set(
        stack.world
            .resources()
            .filter(({ type }) => type === "aws:lambda/function:Function")
            .filter(({ name }) => roles.some((role) => name.endsWith(role)))
            .map(({ outputs }) => String(outputs["arn"])),
    );
    return stack.world.intercept((call, next) => {
        if (arns.has(call.caller.sourceArn ?? "")) throw new CallerCrash();
        return next();
    });
}

/** Lets Glue describe the job as one that retries by itself, until the returned function is called. */
export function misconfigureJob(stack: TestStack): () => void {
    return stack.world.intercept((call: Call, next) => {
        if (call.operation !== "GetJob") return next();
        const { Job } = next() as { Job: object };
        return { Job: { ...Job, MaxRetries: 1 } };
    });
}

/** Lets DynamoDB report 8 GB for the items of each row's pool, until the returned function is called. */
export function fillTable(stack: TestStack): () => void {
    return stack.world.intercept((call: Call, next) => {
        if (call.operation !== "PutItem") return next();
        return { ...(next() as object), ItemCollectionMetrics: { SizeEstimateRangeGB: [8, 9] } };
    });
}

/** Denies every acquire, as if no slot were free, until the returned function is called. */
export function denyAcquires(stack: TestStack): () => void {
    const isAcquire = makes("acquire");
    return stack.world.intercept((call, next) => {
        if (!isAcquire(call)) return next();
        throw new AwsError("ConditionalCheckFailedException", "The conditional request failed");
    });
}

/** Writes to the gate by hand: an update's expression and its values, in which `#me` is `holder`. */
export function changeGate(stack: TestStack, holder: string, expression: string, values?: object): void {
    const input = {
        TableName: stack.output("tableName"),
        Key: { poolName: { S: "jobs" }, entry: { S: "gate" } },
        UpdateExpression: expression,
        ...(expression.includes("#me") && { ExpressionAttributeNames: { "#me": holder } }),
        ...(values && { ExpressionAttributeValues: values }),
    };
    stack.world.call("dynamodb", "UpdateItem", input, { principal: "user" });
}

/** Puts a message where SQS moves those that the reaper keeps failing at. */
export function giveReaperUp(stack: TestStack): void {
    const queue = stack.world.resources().find(({ name }) => name === "turnstile-slots-reaper-dead-letter");
    const input = { QueueUrl: queue?.outputs["url"], MessageBody: JSON.stringify({ sweep: true }) };
    stack.world.call("sqs", "SendMessage", input, { principal: "user" });
}

/** Turns an event source mapping on or off; the returned function does the opposite. */
export function setMapping(stack: TestStack, name: string, Enabled: boolean): () => void {
    const mapping = stack.world.resources().find((resource) => resource.name === name);
    const set = (enabled: boolean): void => {
        const input = { UUID: mapping?.outputs["uuid"], Enabled: enabled };
        stack.world.call("lambda", "UpdateEventSourceMapping", input, { principal: "user" });
    };
    set(Enabled);
    return () => set(!Enabled);
}
