/** Machines and calls that several tests of Step Functions use. */
import assert from "node:assert/strict";
import type { AwsError } from "../../../embedded-aws/service.ts";
import { machine } from "../../../conformance/cases/step-functions/machine.ts";
import { Machines } from "./machines.ts";

export const UPDATE = "arn:aws:states:::dynamodb:updateItem";
export const WAIT = `${UPDATE}.waitForTaskToken`;
export const GLUE = "arn:aws:states:::glue:startJobRun.sync";
export const MINUTE = 60_000;

/** Waits until somebody answers its token, then ends with the answer. */
export const waiting = machine({
    T: { Type: "Task", Resource: WAIT, Arguments: { token: "{% $states.context.Task.Token %}" }, End: true },
});
export const sleeping = machine({ W: { Type: "Wait", Seconds: 100, End: true } });
export const failing = machine({ F: { Type: "Fail", Error: "E", Cause: "c" } });

/** Checks that an error has this name, and a message like this. */
export function refusal(name: string, message?: RegExp): (error: AwsError) => boolean {
    return (error) => {
        assert.equal(error.name, name);
        if (message) assert.match(error.message, message);
        return true;
    };
}

/** An execution named `one` that waits for its token, which is returned. */
export async function awaitingToken(
    fields: object = {},
    answers = {},
): Promise<{ machines: Machines; token: string }> {
    const definition = machine({
        T: {
            Type: "Task",
            Resource: WAIT,
            Arguments: { token: "{% $states.context.Task.Token %}" },
            ...fields,
            End: true,
        },
    });
    const machines = new Machines().answer({ "dynamodb:UpdateItem": [{}], ...answers }).create(definition);
    machines.start("one");
    await machines.world.pass(1);
    return { machines, token: machines.tokens[0] as string };
}
