/** Where MiniStack's outcome is known to differ from AWS's, with the page that says so. Any other difference fails. */
import type { Outcome } from "./demonstration.ts";

export interface KnownDifference {
    readonly what: string;
    readonly source: string;
    /** Turns MiniStack's outcome into AWS's. */
    readonly normalize: (outcome: Outcome) => Outcome;
}

export const knownDifferences: readonly KnownDifference[] = [
    {
        what: "an execution that did not succeed has an output: its error and cause",
        source: "Step Functions API Reference, DescribeExecution: output is set only if the execution succeeds",
        normalize: (outcome) => ({
            ...outcome,
            messages: Object.fromEntries(
                Object.entries(outcome.messages).map(([label, message]) => [
                    label,
                    message.status === "SUCCEEDED" ? message : { ...message, output: undefined },
                ]),
            ),
        }),
    },
];

export function normalized(outcome: Outcome): Outcome {
    return knownDifferences.reduce((normalizedSoFar, { normalize }) => normalize(normalizedSoFar), outcome);
}
