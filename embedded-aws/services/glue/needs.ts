/** What a role needs to be allowed for the operations of Glue (Service Authorization Reference). */
import { onAll, text } from "../../authorization/needs.ts";
import { arnIn } from "../../location.ts";
import type { Needs, NeedsOf } from "../../service.ts";

export const NEEDS: Needs = {
    StartJobRun: job("StartJobRun"),
    GetJobRun: job("GetJobRun"),
    GetJobRuns: job("GetJobRuns"),
    BatchStopJobRun: job("BatchStopJobRun"),
    GetJob: job("GetJob"),
    UpdateJob: job("UpdateJob"),
    ListJobs: onAll("glue:ListJobs"),
};

function job(operation: string): NeedsOf {
    const action = `glue:${operation}`;
    return ({ JobName }, world) => ({ action, resource: arnIn(world, "glue", `job/${text(JobName)}`) });
}
