/** A pool of one holder, as the reaper sees it, and what it does about it: for the tests of the reaper alone. */
import { create } from "../../functions/reaper.ts";
import { CONTEXT, FakeAws } from "./fake-aws.ts";
import type { Answer } from "./fake-aws.ts";

export const ENV = { TABLE_NAME: "slots", POOLS: '["etl"]', REAPER_QUEUE_URL: "https://reaper" };
export const EXECUTION = "arn:aws:states:eu-west-1:123456789012:execution:etl:a";
export const MACHINE = "arn:aws:states:eu-west-1:123456789012:stateMachine:new";
export const ACQUIRED = Date.parse("2026-03-01T11:50:00Z");
export const ENDED = Date.parse("2026-03-01T11:59:00Z");

export interface RunParts {
    state: string;
    holder?: string;
    id?: string;
    startedOn?: number;
    error?: string;
    pool?: string;
}

export function glueRun({ state, holder, id, startedOn, error, pool }: RunParts): object {
    const isOver = !["STARTING", "RUNNING", "STOPPING", "WAITING"].includes(state);
    return {
        Id: id ?? "jr_1",
        JobRunState: state,
        StartedOn: new Date(startedOn ?? ACQUIRED + 1000),
        ...(isOver && { CompletedOn: new Date(ENDED) }),
        ...(error !== undefined && { ErrorMessage: error }),
        Arguments: { "--turnstile-pool": pool ?? "etl", "--turnstile-holder": holder ?? "a/1/0" },
    };
}

/** On a row: the reaper saw two minutes ago that the execution has left its slots, or asks. */
export const IDLE = { idle: { M: { since: iso(ENDED), seen: iso(ENDED - 60_000) } } };
export const ASKED = { asked: IDLE.idle };

function iso(time: number): { S: string } {
    return { S: new Date(time).toISOString() };
}

/** One holder, `a/1/0`, in the gate; the runs, the row and the execution as given. */
export function scene(parts: {
    runs?: readonly RunParts[];
    row?: object;
    execution?: object;
    settle?: string;
    history?: readonly object[];
    /** Items of the table that are other than here; undefined: missing. */
    items?: Record<string, object | undefined>;
    more?: Record<string, Answer>;
}): FakeAws {
    const slot = {
        M: { since: { N: String(ACQUIRED) } },
    };
    const items: Record<string, object | undefined> = {
        gate: { holders: { M: { "a/1/0": slot } }, limit: { N: "1" } },
        settings: { limit: { N: "1" }, cooldownSeconds: { N: parts.settle ?? "0" } },
        "job#a": {
            ...{
                entry: { S: "job#a" },
                messageId: { S: "m" },
                holder: { S: "a/1/0" },
                execution: { S: EXECUTION },
            },
            ...{ job: { S: "job" }, opened: { S: new Date(ACQUIRED).toISOString() }, ...parts.row },
        },
        workflow: {
            stateMachine: { S: MACHINE },
            job: { S: "job" },
            deadLetterQueueUrl: { S: "https://dead" },
        },
        ...parts.items,
    };
    const input = JSON.stringify({ message: { id: "m", group: "g", body: "{ }" } });
    return new FakeAws({
        GetItem: (input: { Key: { entry: { S: string } } }) => ({ Item: items[input.Key.entry.S] }),
        GetJobRun: () => ({ JobRun: glueRun(parts.runs?.[0] ?? { state: "SUCCEEDED" }) }),
        GetJobRuns: () => ({ JobRuns: (parts.runs ?? []).map(glueRun) }),
        DescribeExecution: () => ({ status: "RUNNING", redriveCount: 0, input, ...parts.execution }),
        GetExecutionHistory: () => ({
            events: [...endIn(parts.execution), ...(parts.history ?? [scheduled("a/1/0"), ranJob(ACQUIRED)])],
        }),
        ListExecutions: () => ({ executions: [] }),
        Query: () => ({ Items: [] }),
        GetJob: () => ({ Job: { MaxRetries: 0, ExecutionProperty: { MaxConcurrentRuns: 5 } } }),
        UpdateItem: () => ({}),
        SendMessage: () => ({}),
        ChangeMessageVisibility: () => ({}),
        SendTaskSuccess: () => ({}),
        ...parts.more,
    });
}

/** A history begins, read backwards, with the end that Step Functions shows. */
function endIn(execution: { status?: string; stopDate?: Date } = {}): object[] {
    const { status = "RUNNING", stopDate } = execution;
    return status === "RUNNING" ? [] : [ended(stopDate?.getTime() ?? 0)];
}

/** An execution was aborted. */
export function ended(time: number): object {
    return { type: "ExecutionAborted", timestamp: new Date(time) };
}

export function entered(state: string, time: number): object {
    return {
        type: "TaskStateEntered",
        stateEnteredEventDetails: { name: state },
        timestamp: new Date(time),
    };
}

/** Glue has accepted a run. */
export function submitted(run: string): object {
    const output = JSON.stringify({ JobRunId: run });
    return { type: "TaskSubmitted", taskSubmittedEventDetails: { resourceType: "glue", output } };
}

/** The state machine has asked Glue to start a run for a holder. */
export function scheduled(holder: string): object {
    const parameters = JSON.stringify({ Arguments: { "--turnstile-holder": holder } });
    const taskScheduledEventDetails = { resourceType: "glue", parameters };
    return { type: "TaskScheduled", timestamp: new Date(ACQUIRED), taskScheduledEventDetails };
}

/** The metrics that call for a person. */
export function reported(aws: FakeAws): string[] {
    return aws.metrics.map(({ name }) => name).filter((name) => name === "SlotStuck");
}

export function ranJob(time: number): object {
    return entered("Run job", time);
}

export const GLUE_EVENT = {
    "detail-type": "Glue Job State Change",
    detail: { jobName: "job", jobRunId: "jr_1", state: "SUCCEEDED" },
};
export const STATUS_EVENT = {
    "detail-type": "Step Functions Execution Status Change",
    detail: { name: "a", stateMachineArn: MACHINE },
};
export const SWEEP = { sweep: true };
export const ask = (since: number, isAnswered = false): object => ({
    ask: {
        ...{ pool: "etl", execution: "a", holder: "a/1/0", job: "job", run: "none" },
        ...{ token: "token", isAnswered },
        ...{ acquired: new Date(ACQUIRED).toISOString(), since: new Date(since).toISOString() },
    },
});

export function reap(aws: FakeAws, ...bodies: readonly object[]): Promise<string[]> {
    return reapAgain(1, aws, ...bodies);
}

/** @param receives how often the messages were delivered, this time included */
export async function reapAgain(
    receives: number,
    aws: FakeAws,
    ...bodies: readonly object[]
): Promise<string[]> {
    const Records = bodies.map((body, i) => ({
        messageId: `m-${i}`,
        body: JSON.stringify(body),
        receiptHandle: `handle-${i}`,
        attributes: { ApproximateReceiveCount: String(receives) },
    }));
    const answer = await create(aws.platform(ENV))({ Records }, CONTEXT);
    return (answer as { batchItemFailures: { itemIdentifier: string }[] }).batchItemFailures.map(
        (each) => each.itemIdentifier,
    );
}

/** The holders whose slots were given back. */
export function freed(aws: FakeAws): unknown[] {
    return aws
        .inputs("UpdateItem")
        .filter((input) => String(input["UpdateExpression"]).includes("REMOVE holders.#me"))
        .map((input) => (input["ExpressionAttributeNames"] as Record<string, string>)["#me"]);
}

/** After how many seconds it looks again. */
export function delays(aws: FakeAws): unknown[] {
    return aws.inputs("ChangeMessageVisibility").map((input) => input["VisibilityTimeout"]);
}

export function toItself(aws: FakeAws): Record<string, unknown>[] {
    return aws.inputs("SendMessage").filter((input) => input["QueueUrl"] === "https://reaper");
}

/** What was sent to the dead-letter queue. */
export function saved(aws: FakeAws): Record<string, unknown>[] {
    return aws.inputs("SendMessage").filter((input) => input["QueueUrl"] === "https://dead");
}

/** What was written on the row beside its end, by the attributes that were set. */
export function noted(aws: FakeAws, attribute: string): unknown[] {
    return aws
        .inputs("UpdateItem")
        .filter((input) => (input["UpdateExpression"] as string).startsWith(`SET ${attribute} = `))
        .map((input) => Object.values(input["ExpressionAttributeValues"] as Record<string, unknown>)[0]);
}

/** How the row was closed. */
export function closed(aws: FakeAws): unknown[] {
    return aws
        .inputs("UpdateItem")
        .filter((input) => (input["UpdateExpression"] as string).startsWith("SET ended"))
        .map((input) => (input["ExpressionAttributeValues"] as Record<string, { S: string }>)[":outcome"]?.S);
}

export const RESCUE = { rescue: { pool: "etl", execution: "a" } };
