/** Glue's own queue: every message starts its run at once, and Glue lets runs wait until MaxConcurrentRuns leaves room. */
import type { Rival } from "../rival.ts";
import { job, role, startedAtOnce } from "./lib/parts.ts";
import { Stack } from "./lib/stack.ts";
import { runJob } from "./lib/states.ts";

export const glueQueueing: Rival = {
    name: "glue-queueing",
    family: "glue-queueing",
    title: "Glue's queue alone",
    source: {
        text: 'AWS Glue Developer Guide, "AWS Glue job run statuses"',
        url: "https://docs.aws.amazon.com/glue/latest/dg/job-run-statuses.html",
    },
    eleventh: "Glue itself is the limit: MaxConcurrentRuns.",
    program: (settings) => {
        const stack = new Stack("glue-queueing");
        const roleArn = role(stack);
        job(stack, roleArn, settings, true);
        const definition = {
            QueryLanguage: "JSONata",
            StartAt: "Run job",
            States: { "Run job": runJob({ End: true }) },
        };
        return stack.program(startedAtOnce(stack, roleArn, definition).outputs);
    },
};
