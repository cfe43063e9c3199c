/** Sends a record to a destination of Lambda: a queue or a topic. */
import { UnsupportedError } from "../../service.ts";
import type { Caller, World } from "../../service.ts";
import { Queue } from "../sqs/index.ts";
import { isRefusal } from "./errors.ts";

/** Sends as `caller`. A record that the destination refuses is lost, as on AWS, and counted. */
export function deliver(
    world: World,
    arn: string,
    body: string,
    caller: Caller,
    attributes: Readonly<Record<string, string>> = {},
): void {
    const [, , service] = arn.split(":");
    const MessageAttributes = Object.fromEntries(
        Object.entries(attributes).map(([name, value]) => [name, { DataType: "String", StringValue: value }]),
    );
    try {
        if (service === "sqs") {
            const queue = world.find(arn);
            const QueueUrl = queue instanceof Queue ? queue.url : arn;
            world.call("sqs", "SendMessage", { QueueUrl, MessageBody: body, MessageAttributes }, caller);
        } else if (service === "sns") {
            world.call("sns", "Publish", { TopicArn: arn, Message: body, MessageAttributes }, caller);
        } else {
            throw new UnsupportedError(`lambda: a destination must be a queue or a topic, not ${arn}`);
        }
    } catch (error) {
        if (!isRefusal(error)) throw error;
        world.count("lambda.destinationErrors");
    }
}
