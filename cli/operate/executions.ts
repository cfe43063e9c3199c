/** What Step Functions knows of the execution of a message. */
import { DescribeExecutionCommand, GetExecutionHistoryCommand } from "@aws-sdk/client-sfn";
import { errorName } from "../../functions/lib/errors.ts";
import type { Session } from "./session.ts";
import { unlessDenied } from "./session.ts";

export interface ExecutionView {
    readonly arn: string;
    /** Such as RUNNING. */
    readonly status: string;
    /** The state that it entered last. */
    readonly state?: string;
    /** Why it ended. */
    readonly error?: string;
    readonly cause?: string;
}

/** Events read to find the state that was entered last. */
const EVENTS = 50;

/** Undefined if there is no such execution, or the caller may not see it. */
export async function readExecution(session: Session, arn: string): Promise<ExecutionView | undefined> {
    // A message that was refused has none.
    if (arn === "") return undefined;
    const read = session.aws.sfn.send(new DescribeExecutionCommand({ executionArn: arn }));
    const described = await unlessDenied(session, "states:DescribeExecution", arn, read.catch(unlessMissing));
    if (!described) return undefined;
    const { status = "", error, cause } = described;
    const state = status === "RUNNING" ? await stateOf(session, arn) : undefined;
    return {
        arn,
        status,
        ...(state !== undefined && { state }),
        ...(error !== undefined && { error }),
        ...(cause !== undefined && { cause }),
    };
}

async function stateOf(session: Session, arn: string): Promise<string | undefined> {
    const input = { executionArn: arn, reverseOrder: true, maxResults: EVENTS, includeExecutionData: false };
    const read = session.aws.sfn.send(new GetExecutionHistoryCommand(input));
    const history = await unlessDenied(session, "states:GetExecutionHistory", arn, read);
    return history?.events?.find((event) => event.stateEnteredEventDetails)?.stateEnteredEventDetails?.name;
}

function unlessMissing(error: unknown): undefined {
    if (errorName(error) !== "ExecutionDoesNotExist") throw error;
}
