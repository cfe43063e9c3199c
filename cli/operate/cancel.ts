/**
 * `turnstile cancel`: stops the execution of one message. Its run is asked to stop and keeps its slot until Glue shows the
 * end; then the reaper puts the message into the dead-letter queue. `--drop` takes a message out of the line for good: a task
 * token can be answered once, so whoever answers it knows that nobody else has woken the execution, and that it has no slot.
 */
import os from "node:os";
import { SendTaskFailureCommand, StopExecutionCommand } from "@aws-sdk/client-sfn";
import { isTokenGone } from "../../functions/lib/errors.ts";
import { OUTCOME } from "../../slots/table.ts";
import type { Row } from "../../slots/table.ts";
import { CANCELLED } from "../../workflow/errors.ts";
import { CommandError } from "../lib/command-error.ts";
import { EXIT } from "../lib/exit-codes.ts";
import { confirmed, declined } from "./confirm.ts";
import type { ChangeOptions } from "./confirm.ts";
import { readExecution } from "./executions.ts";
import type { ExecutionView } from "./executions.ts";
import { findRow } from "./find-row.ts";
import { shortId } from "./ids.ts";
import { readPool } from "./pool.ts";
import { print, say } from "./session.ts";
import type { Session } from "./session.ts";

export interface CancelOptions extends ChangeOptions {
    readonly reason?: string;
    readonly by?: string;
    /** Whether the message of one that waits ends as cancelled, without a dead letter. */
    readonly drop?: boolean;
}

/** StopExecution, "cause": characters. */
const MAX_CAUSE = 1000;

export async function cancel(session: Session, message: string, options: CancelOptions): Promise<number> {
    const pool = await readPool(session);
    const { row, ahead } = await findRow(session, message);
    const json = { messageId: row.messageId, execution: row.execution === "" ? null : row.execution };
    const execution = await readExecution(session, row.execution);
    const over = whyOver(row, execution);
    if (over !== undefined) {
        print(session, "cancel", { ...json, changed: false }, over);
        return EXIT.done;
    }
    if (options.drop === true && (row.token === undefined || row.joined === undefined)) {
        const text = `${row.messageId} is not in line now. Try again later, or without --drop.`;
        print(session, "cancel", { ...json, changed: false }, text);
        return EXIT.declined;
    }
    const isHolder = row.holder !== undefined && pool.gate?.holders[row.holder] !== undefined;
    const preview = previewOf(row, isHolder, ahead, options);
    if (options.dryRun === true) {
        print(
            session,
            "cancel",
            { ...json, effect: preview, changed: false },
            [...preview, "Nothing was changed."].join("\n"),
        );
        return EXIT.done;
    }
    say(session, ...preview);
    if (!(await confirmed(session, "Stop it?", options))) return declined(session);
    if (options.drop === true) await drop(session, row, options);
    else await stop(session, row, options);
    const text = `Stopped. turnstile why ${shortId(row.messageId)} shows when it has ended.`;
    print(session, "cancel", { ...json, effect: preview, changed: true }, text);
    return EXIT.done;
}

/** Why there is nothing to cancel; undefined if there is. */
function whyOver(row: Row, execution: ExecutionView | undefined): string | undefined {
    if (row.outcome !== undefined && row.outcome !== OUTCOME.cancelled) {
        const how = row.outcome === OUTCOME.done ? "is done" : "is in the dead-letter queue";
        return `${row.messageId} has ended: it ${how}.`;
    }
    if (!execution || execution.status === "RUNNING") return undefined;
    if (row.ended !== undefined) return `${row.messageId} has ended: it was cancelled.`;
    if (execution.status === "FAILED" && execution.error === CANCELLED)
        return "It was taken out of the line already; the reaper closes its row.";
    return `Its execution is ${execution.status} already; the reaper puts the message into the dead-letter queue.`;
}

function previewOf(
    row: Row,
    isHolder: boolean,
    ahead: number | undefined,
    { drop: isDropped = false }: CancelOptions,
): string[] {
    const where = isHolder
        ? "its job has a slot"
        : ahead === undefined
          ? "on its way"
          : `${ahead + 1}. in line`;
    return [
        `Stop ${row.messageId} of group ${row.group}: ${where}, attempt ${row.attempt}.`,
        isHolder
            ? "Its run is asked to stop, and keeps its slot until Glue shows that it has ended."
            : "Its job does not start.",
        isDropped
            ? "The message ends as cancelled. It leaves no dead letter, and nothing sends it again."
            : "Then the message goes to the dead-letter queue, from where turnstile retry sends it again.",
    ];
}

/**
 * Ends the wait of an execution as cancelled: its workflow ends then, and the reaper closes the row. A token can be answered once,
 * so either this ends it or it was woken before.
 */
async function drop({ aws }: Session, { token: taskToken }: Row, options: CancelOptions): Promise<void> {
    const cause = causeOf(options);
    try {
        await aws.sfn.send(new SendTaskFailureCommand({ taskToken, error: CANCELLED, cause }));
    } catch (error) {
        if (isTokenGone(error)) throw tooLate();
        throw error;
    }
}

function tooLate(): CommandError {
    return new CommandError("too-late", "It has left the line just now. Nothing was changed.", {
        exitCode: EXIT.declined,
        hint: "turnstile why shows where it is; turnstile cancel without --drop stops its job",
    });
}

function causeOf({ reason, by = os.userInfo().username }: CancelOptions): string {
    return `cancelled by ${by}${reason === undefined ? "" : `: ${reason}`}`.slice(0, MAX_CAUSE);
}

async function stop({ aws }: Session, row: Row, options: CancelOptions): Promise<void> {
    const cause = causeOf(options);
    await aws.sfn.send(new StopExecutionCommand({ executionArn: row.execution, error: CANCELLED, cause }));
}
