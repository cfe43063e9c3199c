/** Ways to make a stack's alarms go off, and what their topic was told. */
import { CallerCrash, Topic } from "../../embedded-aws/index.ts";
import type { Call } from "../../embedded-aws/index.ts";
import type { TestStack } from "./test-stack.ts";

export type Role = "starter" | "dispatcher" | "reaper";

/** A message of the topic of alarms. */
export interface Told {
    /** What the alarm watches, such as `dead-letters`. */
    readonly what: string;
    readonly state: string;
    readonly time: number;
}

/** Everything that the topic of alarms was told, in order. */
export function told(stack: TestStack): Told[] {
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

/** What went off since a time. */
export function wentOff(stack: TestStack, since: number): Set<string> {
    return new Set(
        told(stack)
            .filter(({ state, time }) => state === "ALARM" && time >= since)
            .map(({ what }) => what),
    );
}

/** Ends functions at whatever they call, until the returned function is called. */
export function kill(stack: TestStack, roles: readonly Role[]): () => void {
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

/** Puts a message where those go that the reaper has failed at for days. */
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
