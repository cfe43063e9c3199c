/** What a role needs to be allowed for the operations of CloudWatch (Service Authorization Reference). */
import { onAll, text } from "../../authorization/needs.ts";
import type { Needs } from "../../service.ts";

export const NEEDS: Needs = {
    PutMetricData: ({ Namespace }) => ({
        action: "cloudwatch:PutMetricData",
        resource: "*",
        context: () => ({ "cloudwatch:namespace": text(Namespace) }),
    }),
    GetMetricData: onAll("cloudwatch:GetMetricData"),
    GetMetricStatistics: onAll("cloudwatch:GetMetricStatistics"),
    DescribeAlarms: onAll("cloudwatch:DescribeAlarms"),
};
