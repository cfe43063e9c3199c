/** A topic and its subscriptions. */
import type { Matcher } from "../events/index.ts";

export interface PublishedMessage {
    readonly MessageId: string;
    readonly Message: string;
    readonly Subject?: string;
    readonly MessageAttributes?: MessageAttributes;
    readonly publishedAt: number;
}

export type MessageAttributes = Readonly<Record<string, { DataType: string; StringValue?: string }>>;

export interface Subscription {
    readonly arn: string;
    readonly protocol: string;
    readonly endpoint: string;
    readonly raw: boolean;
    readonly filter: Matcher | undefined;
}

/** A topic, as found under its ARN. */
export class Topic {
    readonly arn: string;
    readonly name: string;
    /** The latest messages, oldest first. */
    readonly published: PublishedMessage[] = [];
    readonly subscriptions: Subscription[] = [];
    policy: string | object | undefined;
    /** As declared. Undefined: not encrypted. */
    keyId: string | undefined;

    constructor(arn: string, name: string) {
        this.arn = arn;
        this.name = name;
    }
}
