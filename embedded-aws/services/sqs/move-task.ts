/**
 * Redrive: StartMessageMoveTask moves messages out of a dead-letter queue, each as a new message with a new id, to one
 * destination or to the queues that they came from. Without a destination, a message that SQS itself did not
 * dead-letter cannot go back, and the task fails at it (SQS API Reference, "StartMessageMoveTask").
 */
import type { World } from "../../service.ts";
import type { Message } from "./message.ts";
import type { Queue } from "./queue.ts";

export interface MoveTask {
    readonly handle: string;
    readonly source: Queue;
    readonly destination: Queue | undefined;
    readonly perSecond: number | undefined;
    readonly startedAt: number;
    /** How many messages there were to move when it started. */
    readonly toMove: number;
    moved: number;
    status: "RUNNING" | "COMPLETED" | "CANCELLING" | "CANCELLED" | "FAILED";
    failureReason?: string;
}

/** SQS API Reference, "StartMessageMoveTask": 500 messages a second at most; SQS chooses when no rate is given. */
const MAX_PER_SECOND = 500;
const SECOND = 1000;

/** Moves messages until there are no more, a second's worth at a time. */
export function run(task: MoveTask, world: World, queueByArn: (arn: string) => Queue | undefined): void {
    const step = (): void => {
        if (task.status === "CANCELLING") task.status = "CANCELLED";
        for (let i = 0; i < (task.perSecond ?? MAX_PER_SECOND) && task.status === "RUNNING"; i++) {
            moveOne(task, queueByArn);
        }
        if (task.status === "RUNNING") world.clock.after(SECOND, step);
    };
    world.clock.after(world.model.callMillis, step);
}

function moveOne(task: MoveTask, queueByArn: (arn: string) => Queue | undefined): void {
    const target = (message: Message): Queue | undefined =>
        task.destination ?? queueByArn(message.deadLetterSourceArn ?? "");
    const isDone = task.moved >= task.toMove;
    const message = isDone
        ? undefined
        : task.source.takeForMove((candidate) => target(candidate) !== undefined);
    if (message === undefined) {
        task.status = "COMPLETED";
    } else if (message === "refused") {
        task.status = "FAILED";
        task.failureReason = "CouldNotDetermineMessageSource";
    } else {
        target(message)?.takeMoved(message.content);
        task.moved++;
    }
}
