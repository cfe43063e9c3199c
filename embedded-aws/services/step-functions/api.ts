/** The inputs of the API's operations, as far as they are understood, and checks that several operations share. */
import { api } from "./errors.ts";
import type { Failure } from "./errors.ts";

export interface StartExecutionInput {
    readonly stateMachineArn?: string;
    readonly name?: string;
    readonly input?: string;
    readonly traceHeader?: string;
}

export interface ExecutionInput {
    readonly executionArn?: string;
}

export interface StopExecutionInput extends ExecutionInput {
    readonly error?: string;
    readonly cause?: string;
}

export interface PageInput {
    readonly maxResults?: number;
    readonly nextToken?: string;
}

export interface ListExecutionsInput extends PageInput {
    readonly stateMachineArn?: string;
    readonly statusFilter?: string;
    readonly redriveFilter?: string;
}

export interface HistoryInput extends PageInput, ExecutionInput {
    readonly reverseOrder?: boolean;
    readonly includeExecutionData?: boolean;
}

export interface TaskInput {
    readonly taskToken?: string;
}

export interface TaskSuccessInput extends TaskInput {
    readonly output?: string;
}

export interface TaskFailureInput extends TaskInput {
    readonly error?: string;
    readonly cause?: string;
}

export interface StateMachineInput {
    readonly stateMachineArn?: string;
}

export interface UpdateStateMachineInput extends StateMachineInput {
    readonly definition?: string;
    readonly roleArn?: string;
    readonly loggingConfiguration?: Readonly<Record<string, unknown>>;
    readonly tracingConfiguration?: Readonly<Record<string, unknown>>;
}

export interface ValidateInput {
    readonly definition?: string;
    readonly type?: string;
    readonly severity?: string;
    readonly maxResults?: number;
}

export const STATUS_FILTERS = ["SUCCEEDED", "TIMED_OUT", "PENDING_REDRIVE", "ABORTED", "FAILED", "RUNNING"];

/** "Names must be unique … and must not contain" what this matches (API reference, StartExecution). */
// eslint-disable-next-line no-control-regex -- control characters are exactly what is looked for
const FORBIDDEN = /[\s<>{}[\]?*"#%\\^|~`$&,;:/\u0000-\u001f\u007f-\u009f\ufffe\uffff\ud800-\udfff]/;

export function checkName(name: string): string {
    if (name.length > 80) {
        throw api.constraint(name, "name", "Member must have length less than or equal to 80");
    }
    if (name.length < 1) {
        throw api.constraint(name, "name", "Member must have length greater than or equal to 1");
    }
    if (FORBIDDEN.test(name)) throw api.invalidName(name);
    return name;
}

/** Throws if an error or a cause that a caller sends is too long (API reference, SendTaskFailure, StopExecution). */
export function checkFailure(failure: Failure): void {
    const limits = { error: 256, cause: 32_768 } as const;
    for (const member of ["error", "cause"] as const) {
        const value = failure[member];
        if (value === undefined || value.length <= limits[member]) continue;
        const constraint = `Member must have length less than or equal to ${limits[member]}`;
        throw api.constraint(`${value.slice(0, 40)}…`, member, constraint);
    }
}

/** One page of a list. Its token says where the next one begins. */
export function page<T>(
    items: readonly T[],
    { maxResults, nextToken }: PageInput,
): { items: T[]; nextToken?: string } {
    if (maxResults !== undefined && maxResults > 1000) {
        throw api.constraint(maxResults, "maxResults", "Member must have value less than or equal to 1000");
    }
    const from = nextToken === undefined ? 0 : readPageToken(nextToken);
    const to = from + (maxResults || 100);
    const next = to < items.length ? { nextToken: Buffer.from(`page:${to}`).toString("base64") } : {};
    return { items: items.slice(from, to), ...next };
}

function readPageToken(token: string): number {
    const match = /^page:(\d+)$/.exec(Buffer.from(token, "base64").toString("utf8"));
    if (!match) throw api.invalidToken();
    return Number(match[1]);
}
