/** What SNS shows of topics and subscriptions. */
import type { Subscription, Topic } from "./topic.ts";

export function listedTopics(topics: Iterable<Topic>): object {
    return { Topics: [...topics].map(({ arn }) => ({ TopicArn: arn })) };
}

export function listedSubscriptions(topics: Iterable<Topic>, owner: string): object {
    const listed = [...topics].flatMap((topic) =>
        topic.subscriptions.map((each) => shown(topic, each, owner)),
    );
    return { Subscriptions: listed };
}

function shown(topic: Topic, { arn, protocol, endpoint }: Subscription, Owner: string): object {
    return { SubscriptionArn: arn, Owner, Protocol: protocol, Endpoint: endpoint, TopicArn: topic.arn };
}
