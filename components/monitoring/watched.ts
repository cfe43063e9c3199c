/** The names in AWS of what the alarms and the dashboard watch. */
import type * as pulumi from "@pulumi/pulumi";
import type { MonitoringArgs } from "../monitoring.ts";

export interface WatchedNames {
    readonly pool: string;
    readonly table: string;
    readonly queue: string;
    readonly deadLetterQueue: string;
    readonly reaperDeadLetterQueue: string;
    readonly starter: string;
    readonly dispatcher: string;
    readonly reaper: string;
    readonly stateMachineArn: string;
}

/** The names as a program has them, before they are known. */
export type Watched = { readonly [K in keyof WatchedNames]: pulumi.Input<WatchedNames[K]> };

export function watchedNames({ queue, bucket, workflow }: MonitoringArgs): Watched {
    return {
        pool: workflow.pool,
        table: bucket.tableName,
        queue: queue.queue.name,
        deadLetterQueue: queue.deadLetterQueue.name,
        reaperDeadLetterQueue: bucket.reaperDeadLetterQueue.name,
        starter: workflow.starter.name,
        dispatcher: bucket.dispatcher.name,
        reaper: bucket.reaper.name,
        stateMachineArn: workflow.stateMachineArn,
    };
}
