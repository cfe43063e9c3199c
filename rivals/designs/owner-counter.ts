/**
 * The version that people write first, and ask about: the Lambda function takes the slot, a counter with an attribute for
 * each execution, and raises when there is none, so that the queue delivers again; the last step gives the slot back.
 */
import type { Rival } from "../rival.ts";
import { countTaken, EMPTY, release } from "./lib/owner-count.ts";
import { job, lambda, lockTable, outputsOf, queues, reads, role, stateMachine } from "./lib/parts.ts";
import { Stack } from "./lib/stack.ts";
import { runJob } from "./lib/states.ts";

/** As short as Lambda's own advice allows, six times the function's timeout: a slot is found sooner. */
const TIMEOUT_SECONDS = 5;
const VISIBILITY_SECONDS = 30;

export const ownerCounter: Rival = {
    name: "owner-counter",
    family: "owner-counter",
    title: "Counter with owners",
    source: {
        text: "the original problem's own version: AWS's lock item, taken in the Lambda function",
        url: "https://github.com/aws-samples/aws-stepfunctions-examples/tree/main/sam/app-control-concurrency-with-dynamodb",
    },
    eleventh: "The counter is compared in the write that raises it, before anything starts.",
    program: (settings) => {
        const stack = new Stack("owner-counter");
        const roleArn = role(stack);
        job(stack, roleArn, settings);
        const tableName = lockTable(stack, EMPTY);
        const machine = stateMachine(stack, roleArn, definition(tableName));
        const both = queues(stack, { fifo: true, visibilitySeconds: VISIBILITY_SECONDS, isLine: true });
        const taker = lambda(stack, "taker", {
            module: "taker",
            roleArn,
            timeoutSeconds: TIMEOUT_SECONDS,
            variables: {
                TABLE_NAME: tableName,
                STATE_MACHINE_ARN: machine["arn"],
                LIMIT: String(settings.limit),
            },
        });
        reads(stack, taker, both, 1);
        return stack.program({ ...outputsOf(both), tableName });
    },
    slotsTaken: countTaken,
};

function definition(tableName: string): object {
    const giveBack = {
        ...release(tableName, "{% $states.context.Execution.Name %}"),
        Retry: [
            { ErrorEquals: ["DynamoDB.ConditionalCheckFailedException"], MaxAttempts: 0 },
            { ErrorEquals: ["States.ALL"], IntervalSeconds: 5, BackoffRate: 1.4, MaxAttempts: 20 },
        ],
    };
    return {
        QueryLanguage: "JSONata",
        StartAt: "Run job",
        States: {
            "Run job": runJob({
                Catch: [{ ErrorEquals: ["States.ALL"], Next: "Give back after failure" }],
                Next: "Give back",
            }),
            "Give back": { ...giveBack, End: true },
            "Give back after failure": { ...giveBack, Next: "Fail" },
            Fail: { Type: "Fail", Error: "JobFailed" },
        },
    };
}
