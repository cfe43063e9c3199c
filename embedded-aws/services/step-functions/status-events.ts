/**
 * The "Step Functions Execution Status Change" event. Its shape is from the Developer Guide, "Automating Step Functions
 * event delivery with EventBridge". Dates are milliseconds.
 */
import type { World } from "../../service.ts";
import type { Execution } from "./execution.ts";
import { redriveStatus } from "./redrive.ts";

/** Most bytes of input and output together. Above it, the event leaves out the input, then the output. */
const EVENT_BYTES = 248 * 1024;

/** Sends the execution's present status; it arrives later. */
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

/**
 * The event leaves out what a key of the account encrypts: input, output, error and cause ("Data at rest encryption",
 * FAQs).
 */
function statusDetail(execution: Execution, now: number): Record<string, unknown> {
    const { inputText, output, definition } = execution;
    const isOpen = definition.keyArn === undefined;
    // Most are so short that they fit even if every character is escaped. They need not be measured.
    const isShort = 6 * (inputText.length + (output?.length ?? 0)) <= EVENT_BYTES;
    const bytesOf = isShort ? () => 0 : escapedBytes;
    const outputFits = isOpen && output !== undefined && bytesOf(output) <= EVENT_BYTES;
    const room = EVENT_BYTES - (outputFits ? bytesOf(output) : 0);
    const inputFits = isOpen && bytesOf(inputText) <= room;
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
        error: (isOpen ? execution.error : undefined) ?? null,
        cause: (isOpen ? execution.cause : undefined) ?? null,
        stateMachineVersionArn: null,
        stateMachineAliasArn: null,
        redriveCount: execution.redriveCount,
        redriveDate: execution.redriveTime ?? null,
        ...redriveStatus(execution, now),
    };
}

function escapedBytes(text: string): number {
    return Buffer.byteLength(JSON.stringify(text));
}
