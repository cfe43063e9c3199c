/** Whether alarms are quiet, and whether anybody hears them. */
import { DescribeAlarmsCommand } from "@aws-sdk/client-cloudwatch";
import type { MetricAlarm } from "@aws-sdk/client-cloudwatch";
import { ListSubscriptionsByTopicCommand } from "@aws-sdk/client-sns";
import { plural } from "../../lib/format.ts";
import type { Session } from "../session.ts";
import { fail, ok, warn } from "./finding.ts";
import type { Finding } from "./finding.ts";

export async function alarms({ aws, operator }: Session): Promise<Finding[]> {
    const { alarmTopicArn } = operator;
    if (alarmTopicArn === undefined)
        return [warn("alarms", "the stack has no alarms", "add the component Monitoring")];
    const { cloudwatch } = await aws.others();
    const found: MetricAlarm[] = [];
    let NextToken: string | undefined;
    do {
        const input = { ActionPrefix: alarmTopicArn, ...(NextToken !== undefined && { NextToken }) };
        const answer = await cloudwatch.send(new DescribeAlarmsCommand(input));
        found.push(...(answer.MetricAlarms ?? []));
        ({ NextToken } = answer);
    } while (NextToken !== undefined);
    // The topic may serve other stacks, too.
    const own = found.filter((alarm) => isOf(alarm, operator));
    const ringing = own.filter(({ StateValue }) => StateValue === "ALARM");
    const mute = own.filter(({ ActionsEnabled }) => ActionsEnabled === false);
    return [
        ...ringing.map(({ AlarmName = "", StateReason = "" }) =>
            fail("alarms", `${AlarmName}: ${StateReason}`, "its description says what to do"),
        ),
        ...mute.map(({ AlarmName = "" }) =>
            warn(
                "alarms",
                `${AlarmName} notifies nobody: its actions are off`,
                `aws cloudwatch enable-alarm-actions --alarm-names ${AlarmName}`,
            ),
        ),
        ...(own.length === 0 ? [warn("alarms", "the stack's alarms are gone", "npm run up")] : []),
        ...(own.length > 0 && ringing.length + mute.length === 0
            ? [ok("alarms", `${plural(own.length, "alarm")}, none goes off`)]
            : []),
    ];
}

function isOf({ Dimensions = [] }: MetricAlarm, operator: Session["operator"]): boolean {
    const { tableName, queueUrl, deadLetterQueueUrl, reaperDeadLetterQueueUrl, functions } = operator;
    const queues = [queueUrl, deadLetterQueueUrl, reaperDeadLetterQueueUrl].map((url) =>
        url.split("/").at(-1),
    );
    const names: readonly (string | undefined)[] = [tableName, ...queues, ...Object.values(functions)];
    return Dimensions.some(({ Value }) => names.includes(Value));
}

/** Whether the topics have a subscriber who has confirmed. */
export async function subscribers({ aws, operator }: Session): Promise<Finding[]> {
    const { sns } = await aws.others();
    const topics = [
        ["alarm-subscribers", "alarms", operator.alarmTopicArn],
        ["failure-subscribers", "failed jobs", operator.failureTopicArn],
    ] as const;
    const found: Finding[] = [];
    for (const [check, what, TopicArn] of topics) {
        if (TopicArn === undefined) continue;
        const { Subscriptions = [] } = await sns.send(new ListSubscriptionsByTopicCommand({ TopicArn }));
        const confirmed = Subscriptions.filter(({ SubscriptionArn }) => SubscriptionArn?.startsWith("arn:"));
        const mend = `aws sns subscribe --topic-arn ${TopicArn} --protocol email --notification-endpoint YOU`;
        found.push(
            confirmed.length > 0
                ? ok(check, `${plural(confirmed.length, "subscriber")} of ${what}`)
                : warn(check, `nobody hears of ${what}: the topic has no confirmed subscriber`, mend),
        );
    }
    return found;
}
