/** What AWS assigns to the resources of SQS. */
import { settingOf } from "../../recording/assignment.ts";
import type { Assigned, Assignments, Naming } from "../../recording/assignment.ts";

export const ASSIGNMENTS: Assignments = {
    module: import.meta.url,
    types: {
        "aws:sqs/queue:Queue": queue,
        "aws:sqs/queuePolicy:QueuePolicy": settingOf("queueUrl"),
        "aws:sqs/redriveAllowPolicy:RedriveAllowPolicy": settingOf("queueUrl"),
        "aws:sqs/redrivePolicy:RedrivePolicy": settingOf("queueUrl"),
    },
};

function queue(naming: Naming): Assigned {
    const name = naming.physicalName({ maxLength: 80, suffix: naming.is("fifoQueue") ? ".fifo" : "" });
    const url = `https://${naming.domain("sqs")}/${naming.destination.account}/${name}`;
    return { id: url, name, url, arn: naming.arn("sqs", name) };
}
