/** What AWS assigns to the resources of Step Functions. */
import type { Assigned, Assignments, Naming } from "../../recording/assignment.ts";

export const ASSIGNMENTS: Assignments = {
    module: import.meta.url,
    types: {
        "aws:sfn/stateMachine:StateMachine": stateMachine,
    },
};

function stateMachine(naming: Naming): Assigned {
    const name = naming.physicalName({ maxLength: 80 });
    const arn = naming.arn("states", `stateMachine:${name}`);
    return { id: arn, name, arn, status: "ACTIVE", creationDate: "2026-01-01T00:00:00Z" };
}
