/** The key of a workflow: its own, or that of its bucket. */
import * as pulumi from "@pulumi/pulumi";
import type { JobWorkflowArgs } from "../job-workflow.ts";

/** What encrypts the executions, their log, the topic, and the starter's log and environment. */
export function keyOf({ kmsKeyArn, bucket }: JobWorkflowArgs): pulumi.Output<string> | undefined {
    return kmsKeyArn === undefined ? bucket.kmsKeyArn : pulumi.output(kmsKeyArn);
}
