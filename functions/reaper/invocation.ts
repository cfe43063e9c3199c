/** One invocation of the reaper, as its parts share it, and the messages of its queue. */
import type { Ask } from "../../slots/table.ts";
import type { Platform } from "../lib/platform.ts";
import type { Source } from "../lib/rows.ts";
import type { Runs } from "./runs.ts";
import type { TableCache } from "./table-cache.ts";

export interface Reaper {
    readonly platform: Platform;
    readonly table: string;
    readonly pools: readonly string[];
    readonly queueUrl: string;
    readonly runs: Runs;
    readonly cache: TableCache;
    /** The holders that this invocation has looked at because an event told that their run had ended. */
    readonly ended: { readonly pool: string; readonly job: string; readonly holder: string }[];
}

/** Where to read the rows of a pool. */
export function sourceOf({ platform, table }: Reaper, pool: string): Source {
    return { platform, table, pool };
}

/** A holder to look at. */
export interface Suspect {
    readonly pool: string;
    readonly holder: string;
    /** A run of its that somebody has seen. */
    readonly run?: string;
    /** When to look again if its work goes on by all that can be seen: an event says that it has ended. */
    readonly ifGoesOn?: LookAgain;
}

/** An execution that may have died before its message ended. */
export interface Rescue {
    readonly pool: string;
    /** Its name. */
    readonly execution: string;
    /** When to look again if it runs by all that can be seen: an event says that it has ended. */
    readonly ifGoesOn?: LookAgain;
}

/** The question of an execution that does not know how its job ended. */
export interface Question extends Ask {
    readonly pool: string;
    /** The execution's name. */
    readonly execution: string;
    /** When to look again if its job goes on by all that Glue shows: an event says that it has ended. */
    readonly ifGoesOn?: LookAgain;
}

/** The messages of the reaper's queue. */
export type Message =
    /** Of every pool, or of one pool by its name. */
    | { readonly sweep: true | string }
    | { readonly ask: Question }
    | { readonly rescue: Rescue }
    /** The pool's gate is gone. */
    | { readonly rebuild: { readonly pool: string } }
    | {
          readonly "detail-type": "Glue Job State Change";
          readonly detail: { jobName: string; jobRunId: string };
      }
    | {
          readonly "detail-type": "Step Functions Execution Status Change";
          readonly detail: { name: string; stateMachineArn: string };
      };

/**
 * Seconds after which to look again at what a message is about; undefined: the message is done. The message itself comes
 * back then. A function that sent itself a new one would make a chain, which Lambda ends after about 16 invocations (Lambda
 * Developer Guide, "Use Lambda recursive loop detection to prevent infinite loops").
 */
export type LookAgain = number | undefined;

/** The sooner of two. */
export function sooner(one: LookAgain, other: LookAgain): LookAgain {
    if (one === undefined || other === undefined) return one ?? other;
    return Math.min(one, other);
}
