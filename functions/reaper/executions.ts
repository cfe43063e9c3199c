/** What Step Functions knows of an execution. */
import { DescribeExecutionCommand, GetExecutionHistoryCommand } from "@aws-sdk/client-sfn";
import type { DescribeExecutionCommandOutput, HistoryEvent } from "@aws-sdk/client-sfn";
import { parseHolderId } from "../../slots/holder.ts";
import type { Row } from "../../slots/table.ts";
import { errorName } from "../lib/errors.ts";
import { executionArn, nameOfExecution } from "../lib/execution.ts";
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
    const present = workflow && executionArn(workflow.stateMachine, nameOfExecution(row.execution));
    return present === undefined || present === row.execution
        ? undefined
        : describeExecution(reaper.platform, present);
}

/**
 * Whether Step Functions shows an execution as it was before the redrive under which a holder joined the line. What it shows
 * of its end is past then: reads may lag behind ("DescribeExecution": "eventually consistent").
 */
export function isBehind({ redriveCount = 0 }: DescribeExecutionCommandOutput, holder: string): boolean {
    return redriveCount < (parseHolderId(holder)?.redrives ?? 0);
}

/** GetExecutionHistory, "maxResults", and how many pages are read at most: a history has 25,000 events. */
const HISTORY_PAGE = 1000;
const HISTORY_PAGES = 25;

/** The events of an execution, from the newest back. */
export async function* eventsBackwards(
    platform: Platform,
    executionArn: string,
    includeExecutionData = false,
): AsyncGenerator<HistoryEvent> {
    let nextToken: string | undefined;
    for (let page = 0; page < HISTORY_PAGES; page++) {
        const history = await platform.sfn.send(
            new GetExecutionHistoryCommand({
                executionArn,
                reverseOrder: true,
                includeExecutionData,
                maxResults: HISTORY_PAGE,
                ...(nextToken !== undefined && { nextToken }),
            }),
        );
        yield* history.events ?? [];
        nextToken = history.nextToken;
        if (nextToken === undefined) return;
    }
}

/** The id of the run that Glue accepted from a holder, from its execution's history; undefined if that shows none. */
export async function submittedRun(
    reaper: Pick<Reaper, "platform" | "cache">,
    pool: string,
    row: Row,
    holder: string,
): Promise<string | undefined> {
    const execution = await executionOfRow(reaper, pool, row);
    if (!execution) return undefined;
    const arn = execution.executionArn ?? row.execution;
    let run: string | undefined;
    for await (const event of eventsBackwards(reaper.platform, arn, true)) {
        const submitted = event.taskSubmittedEventDetails;
        if (submitted?.resourceType === "glue") {
            run = /"(?:JobRunId|Id)":\s*"([^"]+)"/.exec(submitted.output ?? "")?.[1];
        }
        const scheduled = event.taskScheduledEventDetails;
        if (scheduled?.resourceType !== "glue") continue;
        if (run !== undefined && scheduled.parameters?.includes(`"${holder}"`) === true) return run;
        run = undefined;
    }
    return undefined;
}
