/** What the parts of the reaper share: one invocation, with what it has read and how it puts things off. */
import { SendMessageCommand } from "@aws-sdk/client-sqs";
import type { Platform } from "../lib/platform.ts";
import type { Reading } from "./table-cache.ts";
import type { Runs } from "./runs.ts";

export interface Reaper {
    readonly platform: Platform;
    readonly table: string;
    readonly processes: readonly string[];
    readonly queueUrl: string;
    readonly runs: Runs;
    readonly reading: Reading;
}

/** A question of an execution that does not know how its job ended. */
export interface Ask {
    readonly process: string;
    readonly holder: string;
    readonly job: string;
    /** When its slot was taken, ISO 8601. */
    readonly taken: string;
    /** Since when it starts nothing any more, ISO 8601. */
    readonly since: string;
    /** Whether Glue answered, with an error: then no start can be in flight. */
    readonly isAnswered: boolean;
    readonly token: string;
}

/** A holder to look at. */
export interface Suspect {
    readonly process: string;
    readonly holder: string;
}

/** An execution that may have died before its message was settled. */
export interface Rescue {
    readonly process: string;
    /** Its name. */
    readonly execution: string;
    /** How often it was put off already. */
    readonly looks?: number;
}

/** The messages of the reaper's queue. */
export type Message =
    /** Of every process, or of one. */
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
const LONGEST_DELAY_SECONDS = 900;

/** Sends the reaper a message of its own, to look again later. */
export async function later(reaper: Reaper, message: Message, seconds: number): Promise<void> {
    await reaper.platform.sqs.send(
        new SendMessageCommand({
            QueueUrl: reaper.queueUrl,
            MessageBody: JSON.stringify(message),
            DelaySeconds: Math.min(LONGEST_DELAY_SECONDS, Math.max(1, Math.ceil(seconds))),
        }),
    );
}
