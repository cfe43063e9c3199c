/**
 * `turnstile cancel`: stops the execution of one message. Its run is asked to stop and keeps its slot until Glue shows the
 * end; then the reaper puts the message into the dead-letter queue.
 */
import os from "node:os";
import { StopExecutionCommand } from "@aws-sdk/client-sfn";
import type { Row } from "../../slots/table.ts";
import { EXIT } from "../lib/exit-codes.ts";
import { confirmed, declined } from "./confirm.ts";
import type { ChangeOptions } from "./confirm.ts";
import { readExecution } from "./executions.ts";
import { findRow } from "./find-row.ts";
import { shortId } from "./ids.ts";
import { readPool } from "./pool.ts";
import { print } from "./session.ts";
import type { Session } from "./session.ts";

export interface CancelOptions extends ChangeOptions {
    readonly reason?: string;
    readonly by?: string;
}

/** StopExecution, "cause": characters. */
const MAX_CAUSE = 1000;

export async function cancel(session: Session, message: string, options: CancelOptions): Promise<number> {
    const pool = await readPool(session);
    const { row, ahead } = await findRow(session, message);
    const json = { messageId: row.messageId, execution: row.execution };
    if (row.ended !== undefined) {
        const how = row.outcome === "done" ? "is done" : "is in the dead-letter queue";
        print(session, "cancel", { ...json, changed: false }, `${row.messageId} has ended: it ${how}.`);
        return EXIT.done;
    }
    const execution = await readExecution(session, row.execution);
    if (execution && execution.status !== "RUNNING") {
        const text = `Its execution is ${execution.status} already; the reaper puts the message into the dead-letter queue.`;
        print(session, "cancel", { ...json, changed: false }, text);
        return EXIT.done;
    }
    const isHolder = row.holder !== undefined && pool.gate?.holders[row.holder] !== undefined;
    const preview = previewOf(row, isHolder, ahead);
    if (options.dryRun === true) {
        print(
            session,
            "cancel",
            { ...json, effect: preview, changed: false },
            [...preview, "Nothing was changed."].join("\n"),
        );
        return EXIT.done;
    }
    session.around.stderr.write(`${preview.join("\n")}\n`);
    if (!(await confirmed(session, "Stop it?", options))) return declined(session);
    await stop(session, row, options);
    const text = `Stopped. turnstile why ${shortId(row.messageId)} shows when it has ended.`;
    print(session, "cancel", { ...json, effect: preview, changed: true }, text);
    return EXIT.done;
}

function previewOf(row: Row, isHolder: boolean, ahead: number | undefined): string[] {
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
        "Then the message goes to the dead-letter queue, from where turnstile retry sends it again.",
    ];
}

async function stop(
    { aws }: Session,
    row: Row,
    { reason, by = os.userInfo().username }: CancelOptions,
): Promise<void> {
    const cause = `cancelled by ${by}${reason === undefined ? "" : `: ${reason}`}`.slice(0, MAX_CAUSE);
    await aws.sfn.send(new StopExecutionCommand({ executionArn: row.execution, error: "Cancelled", cause }));
}
