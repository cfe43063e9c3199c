/** The program: configuration in, components, outputs out. */
import { GlueJob, JobWorkflow, Monitoring, TokenBucket, WorkQueue } from "./components/index.ts";
import { allTags, readSettings } from "./config.ts";

const settings = readSettings();
const { process, limit, settleSeconds, maxReceiveCount, retentionDays, protect } = settings;
const tags = allTags(settings);
const shared = { kmsKeyArn: settings.kmsKeyArn, tags };
const logged = { logRetentionDays: settings.logRetentionDays, tags };

const queue = new WorkQueue("turnstile-queue", { maxReceiveCount, retentionDays, ...shared }, { protect });
const processes = { [process]: { limit, settleSeconds } };
const bucket = new TokenBucket("turnstile-slots", { processes, protect, ...shared, ...logged });
const workflow = new JobWorkflow("turnstile-jobs", {
    process,
    queue,
    bucket,
    jobName: settings.jobName ?? demonstrationJob().jobName,
    formerJobNames: settings.formerJobNames,
    maxAttempts: settings.maxAttempts,
    retryDelaySeconds: settings.retryDelaySeconds,
    startBudgetSeconds: settings.startBudgetSeconds,
    jobTimeoutMinutes: settings.jobTimeoutMinutes,
    failureTopicArn: settings.failureTopicArn,
    ...logged,
});

const told = { topicArn: settings.alarmTopicArn, email: settings.alarmEmail };
const monitoring = new Monitoring("turnstile-monitoring", { queue, bucket, workflow, ...told, ...shared });

/** With no job configured the stack runs one of its own, so that it works in an empty account. */
function demonstrationJob(): GlueJob {
    return new GlueJob("turnstile-demonstration", {
        script: new URL("./examples/weather/aggregate.py", import.meta.url),
        // Twice the limit, because Glue still counts a run that has just ended; and some, for an operator to raise it.
        maxConcurrentRuns: Math.min(1000, 2 * limit + 10),
        timeoutMinutes: settings.jobTimeoutMinutes,
        ...shared,
    });
}

export const queueUrl = queue.url;
export const deadLetterQueueUrl = queue.deadLetterQueueUrl;
export const stateMachineArn = workflow.stateMachineArn;
export const tableName = bucket.tableName;
export const jobName = workflow.jobName;
export const failureTopicArn = workflow.failureTopicArn;
export const alarmTopicArn = monitoring.topicArn;
export const queueConsole = queue.consoleUrl;
export const deadLetterQueueConsole = queue.deadLetterQueueConsoleUrl;
export const stateMachineConsole = workflow.consoleUrl;
export const tableConsole = bucket.consoleUrl;
export const jobConsole = workflow.jobConsoleUrl;
export const dashboardConsole = monitoring.dashboardUrl;
