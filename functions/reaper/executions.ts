/** What Step Functions knows of an execution. */
import { DescribeExecutionCommand } from "@aws-sdk/client-sfn";
import type { DescribeExecutionCommandOutput } from "@aws-sdk/client-sfn";
import type { Row } from "../../slots/table.ts";
import { errorName } from "../lib/errors.ts";
import { executionArn } from "../lib/execution.ts";
import type { Platform } from "../lib/platform.ts";
import type { Reaper } from "./invocation.ts";

/** What Step Functions knows of an execution; undefined if it never existed, or its state machine is gone. */
export async function describeExecution(
    platform: Platform,
    executionArn: string,
): Promise<DescribeExecutionCommandOutput | undefined> {
    try {
        return await platform.sfn.send(new DescribeExecutionCommand({ executionArn }));
    } catch (error) {
        if (errorName(error) === "ExecutionDoesNotExist") return undefined;
        throw error;
    }
}

/**
 * The execution of a row. It may belong to the present state machine instead of the one on the row, if a deployment
 * replaced the machine between the opening of the row and the start of the execution.
 */
export async function executionOfRow(
    reaper: Pick<Reaper, "platform" | "cache">,
    pool: string,
    row: Row,
): Promise<DescribeExecutionCommandOutput | undefined> {
    const execution = await describeExecution(reaper.platform, row.execution);
    if (execution) return execution;
    const workflow = await reaper.cache.workflow(pool);
    const present = workflow && executionArn(workflow.stateMachine, row.name);
    return present === undefined || present === row.execution
        ? undefined
        : describeExecution(reaper.platform, present);
}
