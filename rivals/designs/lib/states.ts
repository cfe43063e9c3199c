/** The states that rivals share, in JSONata. Names of states are verb phrases. */
import { JOB_NAME } from "./parts.ts";

/** The execution's id, by which it owns a slot. */
export const ME = "{% $states.context.Execution.Id %}";
export const NOW = "{% $states.context.State.EnteredTime %}";

/**
 * Runs the Glue job and waits for its end. Every rival tries a start again that Glue refused, since that proves that no run
 * has started; none tries again what may have started.
 */
export function runJob(next: object): object {
    return {
        Type: "Task",
        Resource: "arn:aws:states:::glue:startJobRun.sync",
        Arguments: {
            JobName: JOB_NAME,
            Arguments: "{% $states.context.Execution.Input.arguments %}",
        },
        Retry: [
            {
                ErrorEquals: [
                    "Glue.ConcurrentRunsExceededException",
                    "Glue.ResourceNumberLimitExceededException",
                    "Glue.AWSGlueException",
                ],
                IntervalSeconds: 5,
                BackoffRate: 1.5,
                MaxAttempts: 5000,
                MaxDelaySeconds: 300,
                JitterStrategy: "FULL",
            },
        ],
        ...next,
    };
}

/** A write of the only item of a lock table. */
export function updateLock(tableName: string, update: object): object {
    return {
        Type: "Task",
        Resource: "arn:aws:states:::dynamodb:updateItem",
        Arguments: { TableName: tableName, Key: { LockName: { S: "jobs" } }, ...update },
    };
}
