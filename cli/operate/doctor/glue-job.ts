/** Whether the Glue job is set up as the slots need it. */
import { GetJobCommand } from "@aws-sdk/client-glue";
import { jobProblems } from "../../../functions/lib/glue-job.ts";
import type { Pool } from "../pool.ts";
import type { Session } from "../session.ts";
import { fail, ok } from "./finding.ts";
import type { Finding } from "./finding.ts";

const CHECKS = {
    MaxConcurrentRuns: "job-concurrency",
    MaxRetries: "job-retries",
    JobRunQueuingEnabled: "job-queueing",
} as const;

export async function glueJob({ aws, operator }: Session, pool: Pool): Promise<Finding[]> {
    const { jobName } = operator;
    const configured = "value" in pool.settings ? pool.settings.value.limit : operator.limit;
    const limit = Math.max(configured, pool.gate?.limit ?? 0);
    const { Job } = await aws.glue.send(new GetJobCommand({ JobName: jobName }));
    const problems = Job ? jobProblems(Job, limit) : [];
    const most = Job?.ExecutionProperty?.MaxConcurrentRuns ?? 1;
    const good = {
        MaxConcurrentRuns: `${jobName} allows ${most} runs at once, limit ${limit}`,
        MaxRetries: "Glue does not retry by itself",
        JobRunQueuingEnabled: "Glue does not queue by itself",
    };
    const mends = {
        MaxConcurrentRuns: `set MaxConcurrentRuns of ${jobName} to ${2 * limit}, or pulumi config set limit ${most}`,
        MaxRetries: `set MaxRetries of ${jobName} to 0; Turnstile's own are maxAttempts`,
        JobRunQueuingEnabled: `turn JobRunQueuingEnabled of ${jobName} off`,
    };
    return Object.entries(CHECKS).map(([setting, check]) => {
        const name = setting as keyof typeof CHECKS;
        const found = problems.find((problem) => problem.setting === name);
        return found ? fail(check, found.problem, mends[name]) : ok(check, good[name]);
    });
}
