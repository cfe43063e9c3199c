/** Where the Java engine is known to differ, each with the reason. Any other difference fails, and so does an entry that none shows. */

export interface KnownDifference {
    /** What the expressions have in common. */
    readonly source: RegExp;
    /** The error there. */
    readonly error: string;
    readonly reason: string;
}

export const knownDifferences: readonly KnownDifference[] = [
    {
        source: /\$substring\(/,
        error: "java.lang.IndexOutOfBoundsException",
        reason:
            "the Java engine's $substring fails where a text has characters beyond 16 bits and fewer characters than are asked for; " +
            'docs.jsonata.org, "String functions": it returns what there is',
    },
];
