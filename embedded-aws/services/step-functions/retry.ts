/**
 * Which errors a retrier or catcher matches, and how long a retrier waits: Developer Guide, "Handling errors in Step
 * Functions workflows"; States Language, "Errors".
 */
import type { Random } from "../../random.ts";
import { ERROR } from "./errors.ts";

export interface Retrier {
    readonly errorEquals: readonly string[];
    readonly intervalSeconds: number;
    readonly backoffRate: number;
    readonly maxAttempts: number;
    readonly maxDelaySeconds: number;
    readonly jitter: boolean;
}

/** Whether a retrier or catcher with these names matches the error. */
export function matches(errorEquals: readonly string[], error: string | undefined): boolean {
    // "A Retry or Catch on States.ALL will not catch States.Runtime errors", which always fail the execution.
    if (error === ERROR.runtime) return false;
    for (const name of errorEquals) {
        if (name === error) return true;
        if (error === ERROR.dataLimitExceeded) continue;
        if (name === ERROR.all) return true;
        // "A wildcard that matches any known error name except for States.Timeout."
        if (name === ERROR.taskFailed && error !== ERROR.timeout) return true;
        // States.Timeout also matches a missing heartbeat, whose own name is narrower.
        if (name === ERROR.timeout && error === ERROR.heartbeatTimeout) return true;
    }
    return false;
}

/** How long to wait before the retry with this number (0 is the first), in milliseconds. */
export function retryDelay(retrier: Retrier, attempt: number, random: Random): number {
    const seconds = Math.min(
        retrier.intervalSeconds * retrier.backoffRate ** attempt,
        retrier.maxDelaySeconds,
    );
    // FULL jitter: anything from zero to the delay.
    return (retrier.jitter ? random.next() * seconds : seconds) * 1000;
}
