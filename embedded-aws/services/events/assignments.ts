/** What AWS assigns to the resources of EventBridge. */
import type { Assigned, Assignments, Naming } from "../../recording/assignment.ts";

export const ASSIGNMENTS: Assignments = {
    module: import.meta.url,
    types: {
        "aws:cloudwatch/eventRule:EventRule": eventRule,
        "aws:cloudwatch/eventTarget:EventTarget": eventTarget,
    },
};

function eventRule(naming: Naming): Assigned {
    const name = naming.physicalName({ maxLength: 64 });
    const bus = naming.optionalText("eventBusName") ?? "default";
    const path = bus === "default" ? name : `${bus}/${name}`;
    return { id: path, name, eventBusName: bus, arn: naming.arn("events", `rule/${path}`) };
}

function eventTarget(naming: Naming): Assigned {
    const targetId = naming.optionalText("targetId") ?? `terraform-${naming.digits(26)}`;
    return { id: `${naming.text("rule")}-${targetId}`, targetId };
}
