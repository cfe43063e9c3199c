/** What a role needs to be allowed for the operations of SNS (Service Authorization Reference). */
import { text, WRITE } from "../../authorization/needs.ts";
import type { Needs } from "../../service.ts";

export const NEEDS: Needs = {
    ListSubscriptionsByTopic: ({ TopicArn }) => ({
        action: "sns:ListSubscriptionsByTopic",
        resource: text(TopicArn),
    }),
    Publish: ({ TopicArn, TargetArn }) => {
        const resource = text(TopicArn ?? TargetArn);
        return {
            action: "sns:Publish",
            resource,
            key: { of: resource, through: "sns", actions: WRITE },
        };
    },
};
