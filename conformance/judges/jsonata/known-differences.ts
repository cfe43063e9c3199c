/** Where the Java engine is known to differ, by expression, each with the reason. Any other difference fails, and so does an entry without one. */

export interface KnownDifference {
    /** The expression as the workflow has it. */
    readonly source: string;
    readonly reason: string;
}

/** None: all evaluations of the workflow agree. */
export const knownDifferences: readonly KnownDifference[] = [];
