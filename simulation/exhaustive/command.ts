/** Explores small worlds as the command line asks, and tells what does not hold as the shortest story that leads there. */
import { definition } from "../../workflow/definition.ts";
import { explore } from "./explore.ts";
import type { Explored } from "./explore.ts";
import { DEAD_LETTER_QUEUE, JOB, POOL, REAPER_QUEUE, TABLE_NAME } from "./names.ts";
import type { ExploreOptions } from "./options.ts";
import { SmallWorld } from "./world.ts";

/** The definition of the small world: one attempt, no cooldown, and time to start a job that Glue refused. */
export function smallDefinition(): string {
    const names = {
        ...{ partition: "aws", tableName: TABLE_NAME, pool: POOL, jobName: JOB },
        ...{ deadLetterQueueUrl: DEAD_LETTER_QUEUE, reaperQueueUrl: REAPER_QUEUE },
        failureTopicArn: "arn:aws:sns:eu-west-1:123456789012:failures",
    };
    return JSON.stringify(
        definition(names, {
            ...{ maxAttempts: 1, retryDelaySeconds: 5, cooldownSeconds: 0, startBudgetSeconds: 300 },
            jobTimeoutMinutes: undefined,
        }),
    );
}

/** What the command needs of the process around it. */
export interface Around {
    readonly out: (text: string) => void;
    readonly error: (text: string) => void;
    /** Milliseconds, from any moment on. */
    readonly now: () => number;
    /** @default the deployed definition */
    readonly definition?: string;
}

/** Returns the exit code: 1 if something does not hold. */
export async function runExplore({ worlds, states, json }: ExploreOptions, around: Around): Promise<number> {
    const results: object[] = [];
    let isGood = true;
    for (const { name, bounds } of worlds) {
        const began = around.now();
        const world = await SmallWorld.open({ bounds, definition: around.definition ?? smallDefinition() });
        const explored = await explore(world, {
            most: states,
            onProgress: (found, depth) =>
                around.error(`explore: ${name}: ${number(found)} states, ${depth} steps deep\n`),
        });
        const seconds = (around.now() - began) / 1000;
        if (explored.broken.length > 0 || explored.stuck > 0) isGood = false;
        if (json) results.push({ name, bounds, seconds, ...explored });
        else for (const line of linesOf(name, explored, seconds)) around.out(`${line}\n`);
    }
    if (json) around.out(`${JSON.stringify(results, null, 4)}\n`);
    return isGood ? 0 : 1;
}

function linesOf(name: string, explored: Explored, seconds: number): string[] {
    const { states, steps, depth, isComplete, broken, stuck, stuckPath } = explored;
    const lines = [
        `${name}: ${number(states)} states, ${number(steps)} steps, ${depth} steps deep at most, in ${seconds.toFixed(0)} s` +
            (isComplete ? "" : "; stopped there: there are more"),
    ];
    for (const { property, path } of broken) {
        lines.push(`${name} breaks: ${property}`, ...path.map((step) => `  ${step}`));
    }
    if (stuck > 0) {
        lines.push(`${name}: ${number(stuck)} states cannot end`, ...stuckPath.map((step) => `  ${step}`));
    }
    const end = isComplete ? ", and from every state everything can still end" : "";
    if (broken.length === 0 && stuck === 0) lines.push(`${name}: every property holds in every state${end}`);
    return lines;
}

function number(count: number): string {
    return count.toLocaleString("en-US");
}
