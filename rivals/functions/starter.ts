/** Starts one execution for each message, named after the message: what rivals that limit inside the execution need. */
import { StartExecutionCommand } from "@aws-sdk/client-sfn";
import type { SQSBatchResponse, SQSEvent, SQSRecord } from "aws-lambda";
import { required } from "../../functions/lib/platform.ts";
import type { Handler, Platform } from "../../functions/lib/platform.ts";

export function create({ env, sfn }: Platform): Handler {
    const stateMachineArn = required(env, "STATE_MACHINE_ARN");
    const start = async ({ messageId, body }: SQSRecord): Promise<void> => {
        try {
            await sfn.send(new StartExecutionCommand({ stateMachineArn, name: messageId, input: body }));
        } catch (error) {
            if ((error as Error).name !== "ExecutionAlreadyExists") throw error;
        }
    };
    return (event) => eachAlone(event as SQSEvent, start);
}

/** Works on each message of a batch, and gives back those that fail. */
export async function eachAlone(
    { Records }: SQSEvent,
    work: (record: SQSRecord) => Promise<void>,
): Promise<SQSBatchResponse> {
    const batchItemFailures: { itemIdentifier: string }[] = [];
    for (const record of Records) {
        try {
            await work(record);
        } catch {
            batchItemFailures.push({ itemIdentifier: record.messageId });
        }
    }
    return { batchItemFailures };
}
