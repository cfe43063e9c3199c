/** What cfn-lint finds and what stands all the same, each with the reason. One that suppresses nothing fails. */

export interface Finding {
    readonly title: string;
    /** Such as `E3601`. */
    readonly rule: string;
    /** Into the template, such as `Resources/JobsStateMachine/Properties/DefinitionString`. */
    readonly path: string;
    readonly message: string;
}

export interface Suppression {
    readonly rule: string;
    readonly message: RegExp;
    readonly reason: string;
}

export const SUPPRESSED: readonly Suppression[] = [
    {
        rule: "E3601",
        message: /^'\{% .* %\}' is not of type 'number' at 'States\/[^/]+\/TimeoutSeconds'$/s,
        reason: 'cfn-lint\'s schema of the States Language has no JSONata here; the Developer Guide, "Task workflow state", has',
    },
    {
        rule: "E3601",
        message: /^'arn:aws-(us-gov|cn):states:::[\w:.-]+' does not match '\^arn:aws:/,
        reason: "cfn-lint's schema of the States Language has no partitions but aws",
    },
];

export function isSuppressed(
    { rule, message }: Finding,
    { rule: other, message: pattern }: Suppression,
): boolean {
    return rule === other && pattern.test(message);
}
