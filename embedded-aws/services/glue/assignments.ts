/** What AWS assigns to the resources of Glue. */
import type { Assigned, Assignments, Naming } from "../../recording/assignment.ts";

export const ASSIGNMENTS: Assignments = {
    module: import.meta.url,
    types: {
        "aws:glue/job:Job": job,
    },
};

function job(naming: Naming): Assigned {
    const name = naming.physicalName({ maxLength: 255 });
    return { id: name, name, arn: naming.arn("glue", `job/${name}`) };
}
