/** The items that a deployment writes, in the shapes that `items.ts` reads: a pool's settings, and what serves it. */
import { ENTRY, keyOf } from "./table.ts";
import type { Settings, Workflow } from "./table.ts";

/** An item as DynamoDB's JSON. */
export type DeployedItem = Readonly<Record<string, { readonly S: string } | { readonly N: string }>>;

/** A pool's item `settings`. */
export function settingsItem(pool: string, settings: Settings): DeployedItem {
    const { limit, cooldownSeconds, pauseAfterFailures = 0 } = settings;
    return {
        ...keyOf(pool, ENTRY.settings),
        limit: { N: String(limit) },
        cooldownSeconds: { N: String(cooldownSeconds) },
        pauseAfterFailures: { N: String(pauseAfterFailures) },
    };
}

/** A pool's item `workflow`. */
export function workflowItem(
    pool: string,
    { stateMachine, job, deadLetterQueueUrl }: Workflow,
): DeployedItem {
    return {
        ...keyOf(pool, ENTRY.workflow),
        stateMachine: { S: stateMachine },
        job: { S: job },
        deadLetterQueueUrl: { S: deadLetterQueueUrl },
    };
}
