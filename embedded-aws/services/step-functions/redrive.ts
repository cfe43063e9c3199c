/** Whether an execution can be redriven: Developer Guide, "Restarting state machine executions with redrive". */
import { HISTORY_EVENTS } from "./errors.ts";
import type { Execution, Progress } from "./execution.ts";
import type { History } from "./history.ts";

const REDRIVABLE_MILLIS = 14 * 24 * 3600 * 1000;
const MAX_REDRIVES = 1000;

export interface RedriveStatus {
    readonly redriveStatus: "REDRIVABLE" | "NOT_REDRIVABLE";
    readonly redriveStatusReason?: string;
}

/** @param shown how far it is, or was: reads may be old. @default as far as it is */
export function redriveStatus(execution: Execution, now: number, shown: Progress = execution): RedriveStatus {
    const reason = obstacle(shown, execution.history, now);
    return reason === undefined
        ? { redriveStatus: "REDRIVABLE" }
        : { redriveStatus: "NOT_REDRIVABLE", redriveStatusReason: reason };
}

function obstacle(shown: Progress, history: History, now: number): string | undefined {
    const { status, stopTime = 0, redriveCount } = shown;
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
