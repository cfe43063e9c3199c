/** Executions: their names, one for each message and the same each time, and what Step Functions says of them. */
import { DescribeExecutionCommand } from "@aws-sdk/client-sfn";
import type { DescribeExecutionCommandOutput } from "@aws-sdk/client-sfn";
import type { Row } from "../../slots/table.ts";
import { errorName } from "./platform.ts";
import type { Platform } from "./platform.ts";
import type { Reaper } from "../reaper/invocation.ts";

/** Step Functions takes 80 characters (StartExecution, "name"); a message id has 36, and a dash goes between. */
const GROUP_CHARACTERS = 40;

/** `<message group, made safe>-<message id>`: 77 characters at most. */
export function executionName(group: string, messageId: string): string {
    const safe = group.replaceAll(/[^A-Za-z0-9_-]+/g, "-").slice(0, GROUP_CHARACTERS);
    return `${safe}-${messageId}`;
}

/** The ARN that an execution of a state machine has by its name. */
export function executionArn(stateMachineArn: string, name: string): string {
    return `${stateMachineArn.replace(":stateMachine:", ":execution:")}:${name}`;
}

/** What Step Functions says of an execution; undefined if it has never been, or its state machine is gone. */
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
 * The execution of a row. It is looked for in the present state machine as well: one that was replaced between the opening
 * of the row and the start has left its name on the row.
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
