/**
 * The starter: starts one execution for each message of the work queue. It opens the message's row first: an accepted
 * message can be found whatever happens next. It may be called again for the same message at any point.
 */
import { StartExecutionCommand } from "@aws-sdk/client-sfn";
import { ChangeMessageVisibilityBatchCommand } from "@aws-sdk/client-sqs";
import type { SQSBatchResponse, SQSEvent, SQSRecord } from "aws-lambda";
import type { Row } from "../slots/table.ts";
import { errorFields, errorName } from "./lib/errors.ts";
import { executionName, nameOfExecution } from "./lib/execution.ts";
import { METRIC } from "./lib/metrics.ts";
import { deployed, required } from "./lib/platform.ts";
import type { Handler, Platform } from "./lib/platform.ts";
import { allowedNames } from "./starter/allowed-names.ts";
import { keepAttributes } from "./starter/attributes.ts";
import { executionInput, sizeProblem } from "./starter/input.ts";
import { acceptedWork, readMessage } from "./starter/message.ts";
import { hashOf } from "./starter/received.ts";
import type { Message, Received, Starter } from "./starter/received.ts";
import { refuse, sendLetter } from "./starter/refusal.ts";
import type { Problem } from "./starter/refusal.ts";
import { isMark, markRefusal, openRow } from "./starter/row.ts";

/** Seconds until a message that could not be accepted comes back: the first time, and at most. */
const FIRST_RETURN_SECONDS = 5;
const MAX_RETURN_SECONDS = 240;

export function create(platform: Platform): Handler {
    const starter = {
        platform,
        table: required(platform.env, "TABLE_NAME"),
        pool: required(platform.env, "POOL"),
        queue: required(platform.env, "QUEUE_URL"),
        stateMachine: required(platform.env, "STATE_MACHINE_ARN"),
        job: required(platform.env, "JOB_NAME"),
        deadLetterQueue: required(platform.env, "DEAD_LETTER_QUEUE_URL"),
        allowedNames: allowedNames(platform.env["ARGUMENT_NAMES"]),
    };
    return async (event) => startAll(starter, (event as SQSEvent).Records);
}

export const handler = deployed(create);

/**
 * Accepts the messages in order. SQS must get the failures back message by message (ReportBatchItemFailures), and in a FIFO
 * queue in order: once a message of a group fails, the rest of its group goes back with it. A message that can never start
 * goes to the dead-letter queue at once, with the reason; it counts as accepted and does not hold up its group.
 */
async function startAll(starter: Starter, records: readonly SQSRecord[]): Promise<SQSBatchResponse> {
    const failed: SQSRecord[] = [];
    const stoppedGroups = new Set<string>();
    for (const record of records) {
        const received = fromRecord(record);
        const { message } = received;
        if (!stoppedGroups.has(message.group)) {
            try {
                await accept(starter, received);
                continue;
            } catch (error) {
                stoppedGroups.add(message.group);
                starter.platform.metrics({ [METRIC.messageReturned]: 1 }, { pool: starter.pool });
                starter.platform.log.error("message goes back to the queue", {
                    messageId: message.id,
                    group: message.group,
                    ...errorFields(error),
                });
            }
        }
        failed.push(record);
    }
    if (failed.length > 0) await bringBackSoon(starter, failed);
    return { batchItemFailures: failed.map(({ messageId }) => ({ itemIdentifier: messageId })) };
}

/**
 * Makes messages that go back visible again sooner than the queue would: a throttled call must not hold up a whole group for
 * minutes. The wait doubles with each delivery, so an outage of days does not use up the deliveries. If the call fails, the
 * queue's own visibility timeout holds.
 */
async function bringBackSoon(starter: Starter, records: readonly SQSRecord[]): Promise<void> {
    const { log, sqs } = starter.platform;
    const Entries = records.map(({ receiptHandle, attributes }, i) => ({
        Id: String(i),
        ReceiptHandle: receiptHandle,
        VisibilityTimeout: Math.min(
            MAX_RETURN_SECONDS,
            FIRST_RETURN_SECONDS * 2 ** (Number(attributes.ApproximateReceiveCount) - 1),
        ),
    }));
    try {
        await sqs.send(new ChangeMessageVisibilityBatchCommand({ QueueUrl: starter.queue, Entries }));
    } catch (error) {
        log.warn("the visibility timeout was not shortened: messages come back later than necessary", {
            pool: starter.pool,
            ...errorFields(error),
        });
    }
}

function fromRecord(record: SQSRecord): Received {
    const { kept, dropped } = keepAttributes(record.messageAttributes);
    return {
        message: {
            id: record.messageId,
            group: record.attributes.MessageGroupId ?? "",
            body: record.body,
            sentAt: new Date(Number(record.attributes.SentTimestamp)).toISOString(),
            sequence: record.attributes.SequenceNumber ?? "",
            attributes: kept,
        },
        dropped: dropped.length === 0 ? {} : { droppedAttributes: dropped },
    };
}

/**
 * A message that has a row is not judged again: a deployment may have changed the rules since, and the row says what was
 * decided. Without a row it is judged, and the row is written that says so.
 */
async function accept(starter: Starter, received: Received): Promise<void> {
    const { message } = received;
    const judged = judge(starter, message);
    const isRefused = "problem" in judged;
    const there = isRefused ? await markRefusal(starter, message) : await openRow(starter, message);
    if (there && there.bodyHash !== hashOf(message.body)) {
        // The row belongs to the message that came before under this id.
        await sendLetter(starter, received, isRefused ? judged : ANOTHER_BODY);
    } else if (there?.ended !== undefined) {
        starter.platform.log.info("message delivered again after it had ended: nothing started", {
            messageId: message.id,
            execution: executionName(message.group, message.id),
        });
    } else if (there?.joined !== undefined) {
        // Step Functions would say so too, but not of an execution on a state machine that a deployment has replaced.
        reportStartedBefore(starter, message, nameOf(message, there));
    } else if (there ? isMark(there) : isRefused) {
        await refuse(starter, received, isRefused ? judged : REFUSED_BEFORE);
    } else {
        const input = isRefused
            ? executionInput(starter.pool, message, acceptedWork(message.body))
            : judged.input;
        await startExecution(starter, received, nameOf(message, there), input);
    }
}

const ANOTHER_BODY: Problem = {
    problem:
        "A message with the same id but another body was accepted before. Send this one again: SQS gives it a new id.",
    rule: "id",
};

const REFUSED_BEFORE: Problem = {
    problem:
        "An earlier delivery of the message was refused. Since then a deployment has changed the rules, and they allow it: send it again.",
    rule: "before",
};

/** The input of the message's execution, or why the message can never start. */
function judge(starter: Starter, message: Message): { readonly input: string } | Problem {
    const read = readMessage(message.body, starter.allowedNames);
    if ("problem" in read) return read;
    const input = executionInput(starter.pool, message, read.work);
    const problem = sizeProblem(input);
    return problem === undefined ? { input } : { problem, rule: "size" };
}

/** The name of a message's execution: that in its row, whichever release wrote it. */
function nameOf({ group, id }: Message, row: Row | undefined): string {
    return row ? nameOfExecution(row.execution) : executionName(group, id);
}

async function startExecution(
    starter: Starter,
    { message, dropped }: Received,
    name: string,
    input: string,
): Promise<void> {
    const { log, sfn } = starter.platform;
    try {
        await sfn.send(new StartExecutionCommand({ stateMachineArn: starter.stateMachine, name, input }));
        starter.platform.metrics({ [METRIC.messageStarted]: 1 }, { pool: starter.pool });
        log.info("execution started", {
            messageId: message.id,
            group: message.group,
            execution: name,
            ...dropped,
        });
    } catch (error) {
        if (errorName(error) !== "ExecutionAlreadyExists") throw error;
        reportStartedBefore(starter, message, name);
    }
}

function reportStartedBefore({ platform }: Starter, { id }: Message, execution: string): void {
    platform.log.info("execution had been started before", { messageId: id, execution });
}
