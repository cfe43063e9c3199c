/** One invocation of the reaper, as its parts share it, and the messages of its queue. */
import { SendMessageCommand } from "@aws-sdk/client-sqs";
import type { Platform } from "../lib/platform.ts";
import type { TableCache } from "./table-cache.ts";
import type { Runs } from "./runs.ts";

export interface Reaper {
    readonly platform: Platform;
    readonly table: string;
    readonly pools: readonly string[];
    readonly queueUrl: string;
    readonly runs: Runs;
    readonly cache: TableCache;
}

/** The question of an execution that does not know how its job ended. */
export interface Ask {
    readonly pool: string;
    readonly holder: string;
    readonly job: string;
    /** When it acquired its slot, ISO 8601. */
    readonly acquired: string;
    /** Since when it starts no run, ISO 8601. */
    readonly since: string;
    /** Whether Glue answered its start with an error: then no start can be in flight. */
    readonly isAnswered: boolean;
    readonly token: string;
}

/** A holder to look at. */
export interface Suspect {
    readonly pool: string;
    readonly holder: string;
}

/** An execution that may have died before its message ended. */
export interface Rescue {
    readonly pool: string;
    /** Its name. */
    readonly execution: string;
    /** How often the reaper has looked already. */
    readonly looks?: number;
}

/** The messages of the reaper's queue. */
export type Message =
    /** Of every pool, or of one pool by its name. */
    | { readonly sweep: true | string }
    | { readonly ask: Ask }
    | { readonly check: Suspect }
    | { readonly rescue: Rescue }
    | {
          readonly "detail-type": "Glue Job State Change";
          readonly detail: { jobName: string; jobRunId: string };
      }
    | {
          readonly "detail-type": "Step Functions Execution Status Change";
          readonly detail: { name: string; stateMachineArn: string };
      };

/** SQS delays a message by 15 minutes at most (SendMessage, "DelaySeconds"). */
const MAX_DELAY_SECONDS = 900;

/** Sends the reaper a message, to look again later. */
export async function later(reaper: Reaper, message: Message, seconds: number): Promise<void> {
    await reaper.platform.sqs.send(
        new SendMessageCommand({
            QueueUrl: reaper.queueUrl,
            MessageBody: JSON.stringify(message),
            DelaySeconds: Math.min(MAX_DELAY_SECONDS, Math.max(1, Math.ceil(seconds))),
        }),
    );
}
