/** The names and ARNs of executions: one for each message, and the same each time. */

/** Step Functions takes 80 characters (StartExecution, "name"); a message id has 36, and a dash goes between. */
const GROUP_CHARACTERS = 40;

/** `<message group, made safe>-<message id>`: 77 characters at most. */
export function executionName(group: string, messageId: string): string {
    const safe = group.replaceAll(/[^A-Za-z0-9_-]+/g, "-").slice(0, GROUP_CHARACTERS);
    return `${safe}-${messageId}`;
}

/** The name of an execution. */
export function nameOfExecution(arn: string): string {
    return arn.slice(arn.lastIndexOf(":") + 1);
}

/** The ARN that an execution of a state machine has by its name. */
export function executionArn(stateMachineArn: string, name: string): string {
    return `${stateMachineArn.replace(":stateMachine:", ":execution:")}:${name}`;
}
