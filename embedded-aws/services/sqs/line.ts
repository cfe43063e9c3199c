/**
 * Which message a queue gives out next. A standard queue keeps the order in which messages became visible; SQS promises
 * no order. A FIFO queue keeps a line for each message group. A group with a message in flight gives out nothing until
 * that message is deleted or visible again. One request takes as many messages of a group as it can before it goes on
 * to the next (SQS Developer Guide, "FIFO queue delivery logic"). Between groups the oldest message goes first.
 */
import { Heap, type HeapItem } from "../../heap.ts";
import { Deque } from "./deque.ts";
import type { Message } from "./message.ts";

/** The messages of a queue that are not gone. Each method returns whether `take` can now give more than before. */
export interface Line {
    /** A new message, later than all others. It may be delayed. */
    add(message: Message): boolean;
    /** A delay has ended. */
    release(message: Message): boolean;
    /** A visibility timeout has ended. */
    putBack(message: Message): boolean;
    /** A message is gone. Its state is "gone" already; `was` is the state before. */
    remove(message: Message, was: Message["state"]): boolean;
    /** Removes the next messages, at most `count`. Messages that `drop` returns true for are skipped. */
    take(count: number, drop: (message: Message) => boolean): Message[];
    clear(): void;
}

export class StandardLine implements Line {
    private readonly visible = new Deque<Message>();

    add(message: Message): boolean {
        return message.state === "ready" && this.release(message);
    }

    release(message: Message): boolean {
        this.visible.push(message);
        return true;
    }

    putBack(message: Message): boolean {
        return this.release(message);
    }

    remove(): boolean {
        return false;
    }

    take(count: number, drop: (message: Message) => boolean): Message[] {
        const taken: Message[] = [];
        while (taken.length < count) {
            const message = this.visible.shift();
            if (!message) break;
            if (message.state !== "gone" && !drop(message)) taken.push(message);
        }
        return taken;
    }

    clear(): void {
        this.visible.clear();
    }
}

interface Group extends HeapItem {
    readonly id: string;
    /** Delayed and ready messages, and gone ones until they are dropped, by age. Those in flight are not in it. */
    readonly messages: Deque<Message>;
    /** Messages in flight, and one more while messages are being taken. */
    inFlight: number;
}

export class FifoLine implements Line {
    private readonly reach: number;
    private readonly groups = new Map<string, Group>();
    /** The groups with a message to give out, by the age of their oldest message. */
    private readonly ready = new Heap<Group>((a, b) => oldest(a) < oldest(b));
    /** Messages that are not gone, among the first `reach` of the queue. */
    private inReach = 0;
    private readonly beyond = new Deque<Message>();

    /** @param reach how many messages of a backlog are looked at (SQS Developer Guide, "FIFO queue and message group ID quotas"). */
    constructor(reach = 120_000) {
        this.reach = reach;
    }

    add(message: Message): boolean {
        if (this.inReach < this.reach) return this.admit(message);
        this.beyond.push(message);
        return false;
    }

    release(message: Message): boolean {
        const group = message.isInReach ? this.groups.get(groupOf(message)) : undefined;
        return group !== undefined && this.offer(group);
    }

    putBack(message: Message): boolean {
        const group = this.groups.get(groupOf(message)) as Group;
        const earlier: Message[] = [];
        for (let first = group.messages.first(); first && first.sequence < message.sequence;) {
            earlier.push(group.messages.shift() as Message);
            first = group.messages.first();
        }
        group.messages.unshift(message);
        while (earlier.length > 0) group.messages.unshift(earlier.pop() as Message);
        group.inFlight--;
        return this.offer(group);
    }

    remove(message: Message, was: Message["state"]): boolean {
        if (!message.isInReach) return false;
        let isMore = false;
        const group = this.groups.get(groupOf(message)) as Group;
        if (was === "inFlight") {
            group.inFlight--;
            isMore = this.offer(group);
        }
        if (group.inFlight === 0 && group.messages.length === 0) this.groups.delete(group.id);
        this.inReach--;
        while (this.inReach < this.reach) {
            const next = this.beyond.shift();
            if (!next) break;
            if (next.state !== "gone" && this.admit(next)) isMore = true;
        }
        return isMore;
    }

    take(count: number, drop: (message: Message) => boolean): Message[] {
        const taken: Message[] = [];
        while (taken.length < count) {
            const group = this.ready.pop();
            if (!group) break;
            this.takeFrom(group, count, taken, drop);
        }
        return taken;
    }

    clear(): void {
        this.ready.clear();
        this.groups.clear();
        this.beyond.clear();
        this.inReach = 0;
    }

    private takeFrom(
        group: Group,
        count: number,
        taken: Message[],
        drop: (message: Message) => boolean,
    ): void {
        const { messages } = group;
        group.inFlight++;
        while (taken.length < count) {
            const message = messages.first();
            if (!message || message.state === "delayed") break;
            messages.shift();
            if (message.state === "gone" || drop(message)) continue;
            group.inFlight++;
            taken.push(message);
        }
        group.inFlight--;
        this.offer(group);
        if (group.inFlight === 0 && messages.length === 0) this.groups.delete(group.id);
    }

    private admit(message: Message): boolean {
        const id = groupOf(message);
        let group = this.groups.get(id);
        if (!group) {
            group = { id, messages: new Deque(), inFlight: 0, heapIndex: -1 };
            this.groups.set(id, group);
        }
        message.isInReach = true;
        this.inReach++;
        group.messages.push(message);
        return this.offer(group);
    }

    /** Adds a group to the ready ones if it is ready. */
    private offer(group: Group): boolean {
        if (group.inFlight > 0 || group.heapIndex >= 0) return false;
        while (group.messages.first()?.state === "gone") group.messages.shift();
        if (group.messages.first()?.state !== "ready") return false;
        this.ready.push(group);
        return true;
    }
}

function groupOf(message: Message): string {
    return message.content.group ?? "";
}

function oldest(group: Group): number {
    return group.messages.first()?.sequence ?? 0;
}
