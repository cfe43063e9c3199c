/** The states whose names others read in an execution's history. The definition uses the same constants. */
export const STATE = {
    /** The job runs in it. An execution that never entered it has started nothing. */
    runJob: "Run job",
    /** Before a further attempt. */
    backOff: "Back off",
    /** Its task sends the message to the dead-letter queue. Once that task has succeeded, the message is there. */
    deadLetterMessage: "Dead-letter message",
    /** It follows the send to the dead-letter queue. An execution that entered it has sent its message. */
    closeAsDeadLettered: "Close as dead-lettered",
} as const;

/** The states in which an execution has a slot: from the one after the acquire to the one that releases it. */
export const HOLDING_STATES: ReadonlySet<string> = new Set([
    STATE.runJob,
    "Was it redriven",
    "Is the job over",
    "Ask the reaper",
    "Was it started",
    "Pause before starting",
    "Cool down",
    "Cool down after failure",
    "Release slot",
    "Release after failure",
]);
