/**
 * The lines with which the functions log what they decide, as far as a campaign of a few minutes sees them. It does not see a Glue
 * job that is gone or misconfigured, a run behind a thousand newer ones, a message that was abandoned for 15 days, a refusal that
 * could not be recorded, and a limit that could not be written in five tries.
 */
import type { FunctionName } from "./callers.ts";

export const LOG_LINES: Readonly<Record<FunctionName, readonly string[]>> = {
    starter: [
        "execution started",
        "execution had been started before",
        "message can never start: sent to the dead-letter queue",
        "message delivered again after it had ended: nothing started",
        "message goes back to the queue",
        "the visibility timeout was not shortened: messages come back later than necessary",
    ],
    dispatcher: [
        "could not dispatch",
        "could not wake a waiter",
        "limit in force",
        "no slot is granted: the limit cannot be read",
        "settings, override or limit changed meanwhile: the next look follows them",
        "the breaker is open: so many messages in a row failed for good that one job runs at a time",
        "the gate is gone: no slot is granted until the reaper has made it again",
        "waiter woken",
    ],
    reaper: [
        "a Glue run has been in STOPPING for over an hour and keeps its slot",
        "a slot is held, and nothing can prove that its work is over",
        "an execution asks how its job ended: not certain yet",
        "answered how the job ended",
        "could not look",
        "could not look: tries again",
        "could not sweep",
        "could not wake a waiter",
        "message saved: its execution died",
        "no execution waits for the answer any more",
        "row closed",
        "slot freed",
        "the breaker is open: so many messages in a row failed for good that one job runs at a time",
        "the gate had lost a holder whose job may run: put back",
        "the gate was gone: made again with the holders that executions and Glue show",
        "waiter woken",
    ],
};
