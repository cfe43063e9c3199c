/** What the alarms and the dashboard watch, by its names in AWS. */
import type * as pulumi from "@pulumi/pulumi";
import { orNothing } from "../location.ts";
import type { MonitoringArgs } from "../monitoring.ts";

export interface Watched {
    readonly pool: string;
    readonly table: pulumi.Input<string>;
    readonly queue: pulumi.Input<string>;
    readonly deadLetterQueue: pulumi.Input<string>;
    readonly reaperDeadLetterQueue: pulumi.Input<string>;
    readonly starter: pulumi.Input<string>;
    readonly dispatcher: pulumi.Input<string>;
    readonly reaper: pulumi.Input<string>;
    readonly stateMachineArn: pulumi.Input<string>;
}

/** The same names once all of them are known. */
export type WatchedNames = pulumi.Unwrap<Watched>;

export function watchedBy({ queue, bucket, workflow }: MonitoringArgs): Watched {
    return {
        pool: workflow.pool,
        table: bucket.tableName,
        queue: queue.queue.name,
        deadLetterQueue: queue.deadLetterQueue.name,
        reaperDeadLetterQueue: bucket.reaperDeadLetterQueue.name,
        starter: workflow.starter.name,
        dispatcher: bucket.dispatcher.name,
        reaper: bucket.reaper.name,
        stateMachineArn: orNothing(workflow.stateMachineArn),
    };
}
