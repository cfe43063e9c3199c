/** Counts the running executions once for each batch, and starts as many of its messages as there is room for. */
import { ListExecutionsCommand, StartExecutionCommand } from "@aws-sdk/client-sfn";
import type { SQSEvent } from "aws-lambda";
import { required } from "../../functions/lib/platform.ts";
import type { Handler, Platform } from "../../functions/lib/platform.ts";
import { eachAlone } from "./starter.ts";

export function create({ env, sfn }: Platform): Handler {
    const stateMachineArn = required(env, "STATE_MACHINE_ARN");
    const limit = Number(required(env, "LIMIT"));
    return async (event) => {
        const { executions = [] } = await sfn.send(
            new ListExecutionsCommand({ stateMachineArn, statusFilter: "RUNNING", maxResults: limit }),
        );
        let room = limit - executions.length;
        return eachAlone(event as SQSEvent, async ({ messageId: name, body: input }) => {
            if (room <= 0) throw new Error("as many executions run as the limit allows");
            room--;
            try {
                await sfn.send(new StartExecutionCommand({ stateMachineArn, name, input }));
            } catch (error) {
                if ((error as Error).name !== "ExecutionAlreadyExists") throw error;
            }
        });
    };
}
