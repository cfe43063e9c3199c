/**
 * The events of one execution. They are always counted, kept as long as `keepHistory` says, and written out only when
 * somebody reads them. Order, numbering and details are those of recorded histories of AWS.
 */
import { HISTORY_EVENTS, HistoryLimitError } from "./errors.ts";
import type { Failure } from "./errors.ts";
import type { Integration } from "./integrations.ts";

/**
 * Which histories can be read. The less is kept, the less memory a long run needs.
 *
 * - `all`: of every execution
 * - `running`: of every execution that still runs
 * - `states`: of every execution that did not succeed, but only its outline: the states that it entered, the runs that it
 *   asked for and got, which tasks succeeded, and how it ended, without other data
 * - `none`: of no execution
 */
export type KeepHistory = "all" | "running" | "states" | "none";

/** What happened. Keeps values as they are. */
export type EventBody =
    | { readonly kind: "started"; readonly input: string; readonly roleArn: string }
    | { readonly kind: "entered"; readonly state: string; readonly input: unknown }
    | {
          readonly kind: "exited";
          readonly state: string;
          readonly output: unknown;
          readonly assigned: unknown;
      }
    | {
          readonly kind: "scheduled";
          readonly integration: Integration;
          readonly region: string;
          readonly parameters: unknown;
          readonly timeout: number | undefined;
          readonly heartbeat: number | undefined;
      }
    | { readonly kind: "taskStarted"; readonly integration: Integration }
    | { readonly kind: "taskSubmitted"; readonly integration: Integration; readonly output: unknown }
    | { readonly kind: "taskSucceeded"; readonly integration: Integration; readonly output: unknown }
    | ({ readonly kind: "taskFailed"; readonly integration: Integration } & Failure)
    | ({ readonly kind: "taskTimedOut"; readonly integration: Integration } & Failure)
    | ({ readonly kind: "evaluationFailed"; readonly state: string; readonly location?: string } & Failure)
    | { readonly kind: "succeeded"; readonly output: string }
    | ({ readonly kind: "failed" } & Failure)
    | ({ readonly kind: "aborted" } & Failure)
    | ({ readonly kind: "timedOut" } & Failure)
    | { readonly kind: "redriven"; readonly redriveCount: number };

interface Entry {
    readonly type: string;
    readonly time: number;
    readonly previous: number;
    readonly id: number;
    readonly body: EventBody;
}

/** An event as GetExecutionHistory returns it. */
export type HistoryEvent = Readonly<Record<string, unknown>> & {
    readonly id: number;
    readonly previousEventId: number;
    readonly type: string;
    readonly timestamp: Date;
};

const LAST_EVENTS: ReadonlySet<string> = new Set(["succeeded", "failed", "aborted", "timedOut"]);

export class History {
    /** The number of events, which is also the id of the last one. */
    count = 0;
    private entries: Entry[] | undefined;
    private readonly statesOnly: boolean;

    constructor(keep: KeepHistory) {
        this.statesOnly = keep === "states";
        this.entries = keep === "none" ? undefined : [];
    }

    /** Adds an event and returns its id. Throws when only the event of the execution's end still fits. */
    add(type: string, time: number, body: EventBody, previous: number = this.count): number {
        if (this.count >= HISTORY_EVENTS - 1 && !LAST_EVENTS.has(body.kind)) throw new HistoryLimitError();
        const id = ++this.count;
        const kept = this.statesOnly ? outline(body) : body;
        if (kept) this.entries?.push({ type, time, previous, id, body: kept });
        return id;
    }

    /** Drops the events, but not their number. */
    drop(): void {
        this.entries = undefined;
    }

    /** All events, or undefined if they were not kept. */
    read(includeData: boolean): HistoryEvent[] | undefined {
        if (!this.statesOnly && this.entries?.length !== this.count) return undefined;
        return this.entries?.map((entry) => ({
            timestamp: new Date(entry.time),
            type: entry.type,
            id: entry.id,
            previousEventId: entry.previous,
            ...details(entry.body, includeData),
        }));
    }
}

/** What an outline keeps of an event; undefined: nothing. */
function outline(body: EventBody): EventBody | undefined {
    switch (body.kind) {
        case "entered":
            return { ...body, input: null };
        case "scheduled":
        case "taskSubmitted":
            return body.integration.pattern === "sync" ? body : undefined;
        case "taskSucceeded":
            return { ...body, output: null };
        case "failed":
        case "aborted":
        case "timedOut":
            return body;
        default:
            return undefined;
    }
}

/** The details of an event, under the name that they have for its type. */
function details(body: EventBody, includeData: boolean): Record<string, unknown> {
    const data: Data = (name, text) =>
        includeData ? { [name]: text, [`${name}Details`]: { truncated: false } } : {};
    switch (body.kind) {
        case "started":
            return { executionStartedEventDetails: { ...data("input", body.input), roleArn: body.roleArn } };
        case "succeeded":
            return { executionSucceededEventDetails: data("output", body.output) };
        case "failed":
            return { executionFailedEventDetails: failure(body) };
        case "aborted":
            return { executionAbortedEventDetails: failure(body) };
        case "timedOut":
            return { executionTimedOutEventDetails: failure(body) };
        case "redriven":
            return { executionRedrivenEventDetails: { redriveCount: body.redriveCount } };
        case "entered":
        case "exited":
        case "evaluationFailed":
            return stateDetails(body, data, includeData);
        default:
            return taskDetails(body, data, includeData);
    }
}

/** The members of some data, if the caller wants data. */
type Data = (name: "input" | "output", text: string) => object;

type StateBody = Extract<EventBody, { kind: "entered" | "exited" | "evaluationFailed" }>;
type TaskBody = Extract<EventBody, { integration: Integration }>;

function stateDetails(body: StateBody, data: Data, includeData: boolean): Record<string, unknown> {
    switch (body.kind) {
        case "entered":
            return {
                stateEnteredEventDetails: { name: body.state, ...data("input", JSON.stringify(body.input)) },
            };
        case "exited":
            return {
                stateExitedEventDetails: {
                    name: body.state,
                    ...data("output", JSON.stringify(body.output)),
                    ...(includeData && body.assigned !== undefined ? assigned(body.assigned) : {}),
                },
            };
        case "evaluationFailed":
            return {
                evaluationFailedEventDetails: {
                    ...failure(body),
                    ...defined({ location: body.location }),
                    state: body.state,
                },
            };
    }
}

function taskDetails(body: TaskBody, data: Data, includeData: boolean): Record<string, unknown> {
    const about = task(body.integration);
    switch (body.kind) {
        case "scheduled":
            return {
                taskScheduledEventDetails: {
                    ...about,
                    region: body.region,
                    parameters: includeData ? JSON.stringify(body.parameters) : "{}",
                    ...defined({ timeoutInSeconds: body.timeout, heartbeatInSeconds: body.heartbeat }),
                },
            };
        case "taskStarted":
            return { taskStartedEventDetails: about };
        case "taskSubmitted":
            return {
                taskSubmittedEventDetails: { ...about, ...data("output", JSON.stringify(body.output)) },
            };
        case "taskSucceeded":
            return {
                taskSucceededEventDetails: { ...about, ...data("output", JSON.stringify(body.output)) },
            };
        case "taskFailed":
            return { taskFailedEventDetails: { ...about, ...failure(body) } };
        case "taskTimedOut":
            return { taskTimedOutEventDetails: { ...about, ...failure(body) } };
    }
}

function task({ resourceType, historyResource }: Integration): object {
    return { resourceType, resource: historyResource };
}

function failure({ error, cause }: Failure): object {
    return defined({ error, cause });
}

function assigned(variables: unknown): object {
    const entries = Object.entries(variables as object).map(([name, value]) => [name, JSON.stringify(value)]);
    return {
        assignedVariables: Object.fromEntries(entries) as object,
        assignedVariablesDetails: { truncated: false },
    };
}

function defined(members: Record<string, unknown>): object {
    return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined));
}
