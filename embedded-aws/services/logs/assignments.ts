/** What AWS assigns to the resources of CloudWatch Logs. */
import type { Assigned, Assignments, Naming } from "../../recording/assignment.ts";

export const ASSIGNMENTS: Assignments = {
    module: import.meta.url,
    types: {
        "aws:cloudwatch/logGroup:LogGroup": logGroup,
    },
};

function logGroup(naming: Naming): Assigned {
    const name = naming.physicalName({ maxLength: 512 });
    return { id: name, name, arn: naming.arn("logs", `log-group:${name}`) };
}
