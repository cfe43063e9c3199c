/** What is wrong with a Glue job that runs on slots: each setting by which Glue would start runs, or refuse them, by itself. */
import type { Job } from "@aws-sdk/client-glue";

export interface JobProblem {
    readonly setting: "MaxRetries" | "JobRunQueuingEnabled" | "MaxConcurrentRuns";
    /** What is wrong, what it does, and how to mend it. */
    readonly problem: string;
}

/** @param limit how many runs may go on at once */
export function jobProblems(job: Job, limit: number): JobProblem[] {
    const { MaxRetries = 0, JobRunQueuingEnabled = false } = job;
    const most = job.ExecutionProperty?.MaxConcurrentRuns ?? 1;
    const problems: JobProblem[] = [];
    if (MaxRetries > 0) {
        const problem = `MaxRetries is ${MaxRetries}: Glue's own retry runs without a slot; set it to 0`;
        problems.push({ setting: "MaxRetries", problem });
    }
    if (JobRunQueuingEnabled) {
        const problem = "JobRunQueuingEnabled is on: a queued run holds a slot without running; turn it off";
        problems.push({ setting: "JobRunQueuingEnabled", problem });
    }
    if (most < limit) {
        const problem = `MaxConcurrentRuns is ${most}, below the limit of ${limit}: starts are refused; raise it above the limit`;
        problems.push({ setting: "MaxConcurrentRuns", problem });
    }
    return problems;
}
