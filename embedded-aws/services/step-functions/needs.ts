/** What a role needs to be allowed for the operations of Step Functions (Service Authorization Reference). */
import { on, onAll, READ, text } from "../../authorization/needs.ts";
import type { Needs, NeedsOf } from "../../service.ts";

export const NEEDS: Needs = {
    StartExecution: on("states:StartExecution", "stateMachineArn"),
    ListExecutions: on("states:ListExecutions", "stateMachineArn"),
    DescribeStateMachine: onEncrypted("DescribeStateMachine", "stateMachineArn", READ),
    UpdateStateMachine: onEncrypted("UpdateStateMachine", "stateMachineArn", [
        "kms:DescribeKey",
        "kms:GenerateDataKey",
    ]),
    DescribeExecution: onEncrypted("DescribeExecution", "executionArn", READ),
    DescribeStateMachineForExecution: onEncrypted("DescribeStateMachineForExecution", "executionArn", READ),
    GetExecutionHistory: onEncrypted("GetExecutionHistory", "executionArn", READ),
    StopExecution: on("states:StopExecution", "executionArn"),
    RedriveExecution: on("states:RedriveExecution", "executionArn"),
    ValidateStateMachineDefinition: onAll("states:ValidateStateMachineDefinition"),
    SendTaskSuccess: onAll("states:SendTaskSuccess"),
    SendTaskFailure: onAll("states:SendTaskFailure"),
    SendTaskHeartbeat: onAll("states:SendTaskHeartbeat"),
};

/**
 * An action of Step Functions that hands out what a machine's key encrypts (Step Functions Developer Guide, "Data at rest
 * encryption", "Required permissions for API callers"). Starting, stopping and answering take no key of their callers.
 */
function onEncrypted(operation: string, member: string, keyActions: readonly string[]): NeedsOf {
    return (input) => {
        const resource = text(input[member]);
        const of = resource.replace(/:execution:([^:]*):.*$/, ":stateMachine:$1");
        return {
            action: `states:${operation}`,
            resource,
            key: { of, through: "states", actions: keyActions },
        };
    };
}
