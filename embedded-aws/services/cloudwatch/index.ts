/** CloudWatch: its descriptor, and what the rest of the embedded AWS uses of it. */
import type { ServiceDescriptor } from "../../service.ts";
import { ASSIGNMENTS } from "./assignments.ts";
import { NEEDS } from "./needs.ts";
import { CloudWatchService } from "./service.ts";

export { Alarm } from "./alarm.ts";
export type { StateChange } from "./alarm.ts";
export { embeddedMetrics } from "./embedded-metrics.ts";
export type { EmbeddedMetric } from "./embedded-metrics.ts";
export type { AlarmState } from "./evaluation.ts";
export { CloudWatchService } from "./service.ts";

declare module "../../service.ts" {
    interface ServiceNames {
        cloudwatch: true;
    }
}

export const cloudwatch: ServiceDescriptor = {
    name: "cloudwatch",
    create: (world) => new CloudWatchService(world),
    assignments: ASSIGNMENTS,
    needs: NEEDS,
    conditionKeys: ["cloudwatch:namespace"],
    refusals: { call: { name: "AccessDenied", statusCode: 403 } },
    wire: {
        signedAs: "monitoring",
        namespace: "http://monitoring.amazonaws.com/doc/2010-08-01/",
        client: () => import("@aws-sdk/client-cloudwatch"),
    },
};
