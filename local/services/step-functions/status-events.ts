/**
 * The "Step Functions Execution Status Change" event: its shape is that of the Developer Guide, "Automating Step Functions
 * event delivery with EventBridge"; dates are milliseconds.
 */
import type { World } from "../service.ts";
import type { Execution } from "./execution.ts";
import { redriveStatus } from "./redrive.ts";

/** Input and output together; beyond it the input, and then the output, is left out. */
const EVENT_BYTES = 248 * 1024;

/** Sends the execution's present status, after a while. */
export function sendStatusEvent(world: World, execution: Execution): void {
    const entry = {
        Source: "aws.states",
        DetailType: "Step Functions Execution Status Change",
        Detail: statusDetail(execution, world.clock.now()),
        Resources: [execution.arn],
        Time: new Date(world.clock.now()),
    };
    const caller = { principal: "states.amazonaws.com", sourceArn: execution.machine.arn };
    world.clock.after(world.model.eventMillis, () => {
        world.call("events", "PutServiceEvents", { Entries: [entry] }, caller);
    });
}

function statusDetail(execution: Execution, now: number): Record<string, unknown> {
    const { inputText, output } = execution;
    const outputFits = output !== undefined && escapedBytes(output) <= EVENT_BYTES;
    const room = EVENT_BYTES - (outputFits ? escapedBytes(output) : 0);
    const inputFits = escapedBytes(inputText) <= room;
    return {
        executionArn: execution.arn,
        stateMachineArn: execution.machine.arn,
        name: execution.name,
        status: execution.status,
        startDate: execution.startTime,
        stopDate: execution.stopTime ?? null,
        input: inputFits ? inputText : null,
        output: outputFits ? output : null,
        inputDetails: { included: inputFits },
        outputDetails: output === undefined ? null : { included: outputFits },
        error: execution.error ?? null,
        cause: execution.cause ?? null,
        stateMachineVersionArn: null,
        stateMachineAliasArn: null,
        redriveCount: execution.redriveCount,
        redriveDate: execution.redriveTime ?? null,
        ...redriveStatus(execution, now),
    };
}

function escapedBytes(text: string): number {
    if (text.length * 6 <= EVENT_BYTES / 2) return text.length * 6;
    return Buffer.byteLength(JSON.stringify(text));
}
