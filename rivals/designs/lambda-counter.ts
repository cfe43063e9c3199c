/**
 * AWS's CDK sample with the counter in the Lambda function: one more for each start, one less for each end of an execution,
 * and a message that finds no slot is sent again as a new one.
 */
import type { EmbeddedWorld, RecordedProgram } from "../../embedded-aws/index.ts";
import type { Rival } from "../rival.ts";
import {
    job,
    lambda,
    LOCK_KEY,
    lockTable,
    onExecutionEnd,
    outputsOf,
    queues,
    reads,
    role,
    stateMachine,
} from "./lib/parts.ts";
import { Stack } from "./lib/stack.ts";
import { runJob } from "./lib/states.ts";

/** The sample's own settings. */
const TIMEOUT_SECONDS = 30;
const MAX_RECEIVES = 3;

export const lambdaCounter: Rival = {
    name: "lambda-counter",
    family: "lambda-counter",
    title: "Counter in the Lambda",
    source: {
        text: "aws-samples/aws-cdk-state-machine-with-concurrency-controls",
        url: "https://github.com/aws-samples/aws-cdk-state-machine-with-concurrency-controls",
    },
    eleventh:
        "The counter is compared in the write that raises it, and in this test every end comes once. An end that comes twice lets an eleventh in.",
    program: (settings) => {
        const stack = new Stack("lambda-counter");
        const roleArn = role(stack);
        job(stack, roleArn, settings);
        const tableName = lockTable(stack, { counter: { N: "0" } });
        const machine = stateMachine(stack, roleArn, {
            QueryLanguage: "JSONata",
            StartAt: "Run job",
            States: { "Run job": runJob({ End: true }) },
        });
        // A single message can be delayed in a standard queue only.
        const both = queues(stack, {
            fifo: false,
            visibilitySeconds: 6 * TIMEOUT_SECONDS,
            maxReceives: MAX_RECEIVES,
        });
        const common = { roleArn, timeoutSeconds: TIMEOUT_SECONDS };
        const variables = {
            TABLE_NAME: tableName,
            STATE_MACHINE_ARN: machine["arn"],
            QUEUE_URL: both.queue["url"],
            LIMIT: String(settings.limit),
        };
        const increment = lambda(stack, "increment", { ...common, module: "increment", variables });
        // By default Lambda takes a message that its function sends again for a loop, and ends it after 16 rounds.
        stack.add("aws:lambda/functionRecursionConfig:FunctionRecursionConfig", "recursion", {
            functionName: increment["name"],
            recursiveLoop: "Allow",
        });
        reads(stack, increment, both);
        const decrement = lambda(stack, "decrement", {
            ...common,
            module: "decrement",
            variables: { TABLE_NAME: tableName },
        });
        onExecutionEnd(stack, decrement, machine, ["ABORTED", "TIMED_OUT", "SUCCEEDED", "FAILED"]);
        return stack.program({ ...outputsOf(both), tableName });
    },
    slotsTaken: (world: EmbeddedWorld, { outputs }: RecordedProgram) => {
        const input = { TableName: outputs["tableName"], Key: LOCK_KEY };
        const { Item } = world.call("dynamodb", "GetItem", input, { principal: "user" }) as {
            Item?: { counter?: { N: string } };
        };
        return Number(Item?.counter?.N ?? 0);
    },
};
