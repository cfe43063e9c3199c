/** What AWS assigns to the resources of CloudWatch. */
import type { Assigned, Assignments, Naming } from "../../recording/assignment.ts";

export const ASSIGNMENTS: Assignments = {
    module: import.meta.url,
    types: {
        "aws:cloudwatch/dashboard:Dashboard": dashboard,
        "aws:cloudwatch/metricAlarm:MetricAlarm": alarm,
    },
};

function dashboard(naming: Naming): Assigned {
    const dashboardName = naming.text("dashboardName");
    return {
        id: dashboardName,
        dashboardArn: naming.accountArn("cloudwatch", `dashboard/${dashboardName}`),
    };
}

function alarm(naming: Naming): Assigned {
    const name = naming.physicalName({ maxLength: 255 });
    return { id: name, name, arn: naming.arn("cloudwatch", `alarm:${name}`) };
}
