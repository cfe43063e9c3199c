/** What AWS assigns to the resources of SNS. */
import { settingOf } from "../../recording/assignment.ts";
import type { Assigned, Assignments, Naming } from "../../recording/assignment.ts";

export const ASSIGNMENTS: Assignments = {
    module: import.meta.url,
    types: {
        "aws:sns/topic:Topic": topic,
        "aws:sns/topicPolicy:TopicPolicy": settingOf("arn"),
        "aws:sns/topicSubscription:TopicSubscription": topicSubscription,
    },
};

function topic(naming: Naming): Assigned {
    const name = naming.physicalName({ maxLength: 256, suffix: naming.is("fifoTopic") ? ".fifo" : "" });
    const arn = naming.arn("sns", name);
    return { id: arn, name, arn };
}

function topicSubscription(naming: Naming): Assigned {
    const arn = `${naming.text("topic")}:${naming.uuid("subscription")}`;
    return { id: arn, arn };
}
