/**
 * No table: the function counts the running executions and starts as many as there is room for. One instance at a time, so
 * that it races nobody but Step Functions, whose list is eventually consistent.
 */
import type { Rival } from "../rival.ts";
import { job, lambda, outputsOf, queues, reads, role, stateMachine } from "./lib/parts.ts";
import { Stack } from "./lib/stack.ts";
import { runJob } from "./lib/states.ts";

const TIMEOUT_SECONDS = 5;
const VISIBILITY_SECONDS = 30;

export const listExecutions: Rival = {
    name: "list-executions",
    family: "list-executions",
    title: "Count of executions",
    source: {
        text: 'Yan Cui, "Step Functions: how to implement semaphores for state machines", the first of its two ways',
        url: "https://theburningmonk.com/2018/07/step-functions-how-to-implement-semaphores-for-state-machines/",
    },
    eleventh:
        "The list is two seconds old: it does not show what was started last, so each look starts as many again.",
    program: (settings) => {
        const stack = new Stack("list-executions");
        const roleArn = role(stack);
        job(stack, roleArn, settings);
        const machine = stateMachine(stack, roleArn, {
            QueryLanguage: "JSONata",
            StartAt: "Run job",
            States: { "Run job": runJob({ End: true }) },
        });
        const both = queues(stack, { fifo: true, visibilitySeconds: VISIBILITY_SECONDS, isLine: true });
        const counter = lambda(stack, "counter", {
            module: "counter",
            roleArn,
            timeoutSeconds: TIMEOUT_SECONDS,
            reservedConcurrency: 1,
            variables: { STATE_MACHINE_ARN: machine["arn"], LIMIT: String(settings.limit) },
        });
        reads(stack, counter, both);
        return stack.program(outputsOf(both));
    },
};
