/** What a role needs to be allowed for the operations of SQS (Service Authorization Reference). */
import { on, onAll, READ, remembering, text, WRITE } from "../../authorization/needs.ts";
import { arnIn } from "../../location.ts";
import type { Need, Needs, NeedsOf, World } from "../../service.ts";

export const NEEDS: Needs = {
    SendMessage: queue("SendMessage", WRITE),
    SendMessageBatch: queue("SendMessage", WRITE),
    ReceiveMessage: queue("ReceiveMessage", READ),
    DeleteMessage: queue("DeleteMessage"),
    DeleteMessageBatch: queue("DeleteMessage"),
    ChangeMessageVisibility: queue("ChangeMessageVisibility"),
    ChangeMessageVisibilityBatch: queue("ChangeMessageVisibility"),
    GetQueueAttributes: queue("GetQueueAttributes"),
    SetQueueAttributes: queue("SetQueueAttributes"),
    PurgeQueue: queue("PurgeQueue"),
    ListDeadLetterSourceQueues: queue("ListDeadLetterSourceQueues"),
    GetQueueUrl: ({ QueueName }, world) => ({
        action: "sqs:GetQueueUrl",
        resource: arnIn(world, "sqs", text(QueueName)),
    }),
    ListQueues: onAll("sqs:ListQueues"),
    StartMessageMoveTask: moveTask,
    ListMessageMoveTasks: on("sqs:ListMessageMoveTasks", "SourceArn"),
};

function queue(operation: string, keyActions?: readonly string[]): NeedsOf {
    const action = `sqs:${operation}`;
    return ({ QueueUrl }, world) => {
        const resource = queueArn(world, QueueUrl);
        if (keyActions === undefined) return { action, resource };
        return { action, resource, key: { of: resource, through: "sqs", actions: keyActions } };
    };
}

/** A queue's URL ends with its account and name. */
function queueArn(world: World, url: unknown): string {
    return queueArnOf(world, text(url));
}

const queueArnOf = remembering((world: World, path) => {
    const name = path.slice(path.lastIndexOf("/") + 1);
    const account = path.slice(0, -name.length - 1).match(/\d{12}$/)?.[0] ?? world.account;
    const { partition, region } = world;
    return arnIn({ partition, region, account }, "sqs", name);
});

/** SQS Developer Guide, "Configuring queue permissions" of dead-letter queue redrives. */
function moveTask({ SourceArn, DestinationArn }: Readonly<Record<string, unknown>>): Need[] {
    const resource = text(SourceArn);
    const actions = ["StartMessageMoveTask", "ReceiveMessage", "DeleteMessage", "GetQueueAttributes"];
    const needs = actions.map((action) => ({ action: `sqs:${action}`, resource }));
    if (DestinationArn === undefined) return needs;
    return [...needs, { action: "sqs:SendMessage", resource: text(DestinationArn) }];
}
