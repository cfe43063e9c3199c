/** The CDK construct `@dontirun/state-machine-semaphore`: the states of AWS's sample, without any clean-up. */
import type { Rival } from "../rival.ts";
import { countTaken, EMPTY, semaphore } from "./lib/owner-count.ts";
import { job, lockTable, role, startedAtOnce } from "./lib/parts.ts";
import { Stack } from "./lib/stack.ts";
import { runJob } from "./lib/states.ts";

export const semaphoreConstruct: Rival = {
    name: "semaphore",
    family: "semaphore",
    title: "Semaphore construct",
    source: {
        text: "CDK construct @dontirun/state-machine-semaphore",
        url: "https://github.com/dontirun/state-machine-semaphore",
    },
    eleventh: "As AWS's sample.",
    program: (settings) => {
        const stack = new Stack("semaphore");
        const roleArn = role(stack);
        job(stack, roleArn, settings);
        const tableName = lockTable(stack, EMPTY);
        // The construct asks whether the text ends in Z. It is JSON and ends in a brace, so this is never true.
        const owns = '{% $substring($states.input, -1) = "Z" %}';
        const definition = semaphore(tableName, settings.limit, owns, runJob({ Next: "Release lock" }));
        return stack.program({ ...startedAtOnce(stack, roleArn, definition).outputs, tableName });
    },
    slotsTaken: countTaken,
};
