/** The states whose names others read in an execution's history. The definition uses the same constants. */
export const STATE = {
    /** The job runs in it. An execution that never entered it has started nothing. */
    runJob: "Run job",
    /** It follows the send to the dead-letter queue. An execution that entered it has sent its message. */
    closeAsDeadLettered: "Close as dead-lettered",
} as const;
