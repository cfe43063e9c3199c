/** The program: configuration in, components, outputs out. */
import { GlueJob, JobWorkflow, Monitoring, TokenBucket, WorkQueue } from "./components/index.ts";
import { forPeople } from "./components/access.ts";
import { allTags, readConfiguration } from "./config.ts";

const configuration = readConfiguration();
const { pool, limit, cooldownSeconds, pauseAfterFailures } = configuration;
const { maxReceiveCount, retentionDays, protect, longestJobMinutes } = configuration;
const tags = allTags(configuration);
const shared = { kmsKeyArn: configuration.kmsKeyArn, tags };
const logged = { logRetentionDays: configuration.logRetentionDays, tags };

const queue = new WorkQueue("turnstile-queue", { maxReceiveCount, retentionDays, ...shared }, { protect });
const pools = { [pool]: { limit, cooldownSeconds, pauseAfterFailures } };
const bucket = new TokenBucket("turnstile-slots", { pools, protect, ...shared, ...logged });
const workflow = new JobWorkflow("turnstile-jobs", {
    pool,
    queue,
    bucket,
    jobName: configuration.jobName ?? demonstrationJob().jobName,
    formerJobNames: configuration.formerJobNames,
    argumentNames: configuration.argumentNames,
    maxAttempts: configuration.maxAttempts,
    retryDelaySeconds: configuration.retryDelaySeconds,
    startBudgetSeconds: configuration.startBudgetSeconds,
    jobTimeoutMinutes: configuration.jobTimeoutMinutes,
    failureTopicArn: configuration.failureTopicArn,
    ...logged,
});

const { alarmTopicArn: topicArn, alarmEmail: email } = configuration;
const alarms = { topicArn, email, longestJobMinutes };
const monitoring = new Monitoring("turnstile-monitoring", { queue, bucket, workflow, ...alarms, ...shared });

/** The job that runs when none is configured: the stack works in an empty account. */
function demonstrationJob(): GlueJob {
    return new GlueJob("turnstile-demonstration", {
        script: new URL("./examples/weather/aggregate.py", import.meta.url),
        // Twice the limit, because Glue still counts a run that has just ended; and 10 more, for an operator to raise it.
        maxConcurrentRuns: Math.min(1000, 2 * limit + 10),
        timeoutMinutes: configuration.jobTimeoutMinutes,
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
export const { operator, viewerPolicy, operatorPolicy } = forPeople({ queue, bucket, workflow, monitoring });
