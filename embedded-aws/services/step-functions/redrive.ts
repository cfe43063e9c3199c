/** Whether an execution can be redriven: Developer Guide, "Restarting state machine executions with redrive". */
import { HISTORY_EVENTS } from "./errors.ts";
import type { Execution } from "./execution.ts";

const REDRIVABLE_MILLIS = 14 * 24 * 3600 * 1000;
const MAX_REDRIVES = 1000;

export interface RedriveStatus {
    readonly redriveStatus: "REDRIVABLE" | "NOT_REDRIVABLE";
    readonly redriveStatusReason?: string;
}

export function redriveStatus(execution: Execution, now: number): RedriveStatus {
    const reason = obstacle(execution, now);
    return reason === undefined
        ? { redriveStatus: "REDRIVABLE" }
        : { redriveStatus: "NOT_REDRIVABLE", redriveStatusReason: reason };
}

function obstacle(
    { status, stopTime = 0, history, redriveCount }: Execution,
    now: number,
): string | undefined {
    if (status === "RUNNING" || status === "SUCCEEDED") {
        return `Execution is ${status} and cannot be redriven`;
    }
    if (now - stopTime > REDRIVABLE_MILLIS) {
        return "Execution cannot be redriven because it exceeded its redrivable period of 14 days";
    }
    if (history.count >= HISTORY_EVENTS - 1) {
        return `Execution cannot be redriven because its history has ${history.count} events`;
    }
    if (redriveCount >= MAX_REDRIVES) {
        return `Execution cannot be redriven because it was redriven ${redriveCount} times already`;
    }
    return undefined;
}
