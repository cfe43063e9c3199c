/**
 * AWS's sample: a counter with an attribute for each owner, and a clean-up of slots whose execution failed, timed out or was
 * aborted. The sample's clean-up is a state machine; here a function makes its two calls, at no more cost.
 */
import type { Rival } from "../rival.ts";
import { countTaken, EMPTY, semaphore } from "./lib/owner-count.ts";
import { job, lambda, lockTable, onExecutionEnd, role, startedAtOnce } from "./lib/parts.ts";
import { Stack } from "./lib/stack.ts";
import { runJob } from "./lib/states.ts";

export const awsSample: Rival = {
    name: "aws-sample",
    family: "aws-sample",
    title: "AWS's sample",
    source: {
        text: 'AWS Compute Blog, "Controlling concurrency in distributed systems using AWS Step Functions"',
        url: "https://aws.amazon.com/blogs/compute/controlling-concurrency-in-distributed-systems-using-aws-step-functions/",
    },
    eleventh: "The condition compares the counter in the write that raises it, and an owner counts once.",
    program: (settings) => {
        const stack = new Stack("aws-sample");
        const roleArn = role(stack);
        job(stack, roleArn, settings);
        const tableName = lockTable(stack, EMPTY);
        // The sample looks for the Z of a time in the text of what it read.
        const owns = '{% $contains($states.input, "Z") %}';
        const { machine, outputs } = startedAtOnce(
            stack,
            roleArn,
            semaphore(tableName, settings.limit, owns, runJob({ Next: "Release lock" })),
        );
        const variables = { TABLE_NAME: tableName };
        const cleaner = lambda(stack, "cleaner", { module: "clean-up", roleArn, variables });
        onExecutionEnd(stack, cleaner, machine, ["FAILED", "TIMED_OUT", "ABORTED"]);
        return stack.program({ ...outputs, tableName });
    },
    slotsTaken: countTaken,
};
