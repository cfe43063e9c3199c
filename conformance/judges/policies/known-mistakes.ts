/** What the judge finds and what stands all the same, each with the reason. One that is no longer found fails. */

export interface KnownMistake {
    /** The end of what the judge says. */
    readonly mistake: string;
    readonly reason: string;
}

export const knownMistakes: readonly KnownMistake[] = [
    {
        mistake: "kms:Describe* has no action with the condition key kms:EncryptionContext:aws:logs:arn",
        reason: 'the CloudWatch Logs User Guide, "Encrypt log data", gives this statement, and it grants nothing that should not be',
    },
];

/** The mistakes that are not known. */
export function unknown(mistakes: readonly string[]): string[] {
    return mistakes.filter((each) => !knownMistakes.some(({ mistake }) => each.endsWith(mistake)));
}
