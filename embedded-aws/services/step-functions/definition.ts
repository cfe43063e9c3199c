/**
 * Turns the text of a definition into a program. It is as strict as CreateStateMachine, and reports every mistake at once.
 * It takes only JSONata, and the states of a Standard workflow without branches; an error names Map and Parallel.
 * Rules: States Language specification; Developer Guide, the page of each state type; texts as AWS words them.
 */
import { UnsupportedError } from "../../service.ts";
import type { World } from "../../service.ts";
import { api } from "./errors.ts";
import { compileExpression, isExpression, Template } from "./expressions.ts";
import type { CompileContext, ExpressionHost, StatesMember } from "./expressions.ts";
import { parseResource } from "./integrations.ts";
import type { Catcher, ChoiceRule, NumberField, Program, State, TextField } from "./machine.ts";
import type { Retrier } from "./retry.ts";

export interface Diagnostic {
    readonly code: string;
    readonly message: string;
    /** Such as `/States/Acquire slot/Next`. */
    readonly location: string;
}

type ParserWorld = Pick<World, "partition"> & ExpressionHost;
type Json = Readonly<Record<string, unknown>>;

const RETRIER_FIELDS = [
    "ErrorEquals",
    "IntervalSeconds",
    "BackoffRate",
    "MaxAttempts",
    "MaxDelaySeconds",
    "JitterStrategy",
    "Comment",
];

/** Most seconds of a timeout or a wait. */
const MAX_SECONDS = 99_999_999;
const MAX_DELAY_SECONDS = 31_622_400;

const TOP_FIELDS = ["Comment", "QueryLanguage", "StartAt", "States", "TimeoutSeconds", "Version"];
const COMMON_FIELDS = ["Type", "Comment", "QueryLanguage", "Output"];
const FIELDS: Readonly<Record<string, readonly string[]>> = {
    Task: [
        "Assign",
        "Next",
        "End",
        "Resource",
        "Arguments",
        "Retry",
        "Catch",
        "TimeoutSeconds",
        "HeartbeatSeconds",
    ],
    Choice: ["Assign", "Choices", "Default"],
    Wait: ["Assign", "Next", "End", "Seconds", "Timestamp"],
    Pass: ["Assign", "Next", "End"],
    Succeed: [],
    Fail: ["Error", "Cause"],
};
const ERROR_NAMES = new Set(
    [
        "ALL",
        "HeartbeatTimeout",
        "Timeout",
        "TaskFailed",
        "Permissions",
        "ResultPathMatchFailure",
        "ParameterPathFailure",
        "BranchFailed",
        "NoChoiceMatched",
        "IntrinsicFailure",
        "Runtime",
        "ExceedToleratedFailureThreshold",
        "ItemReaderFailed",
        "ResultWriterFailed",
        "DataLimitExceeded",
        "QueryEvaluationError",
        "Http.Socket",
    ].map((name) => `States.${name}`),
);

/** The program of a definition. Throws `InvalidDefinition` with every mistake, or `UnsupportedError`. */
export function parseDefinition(text: string, world: ParserWorld): Program {
    const { program, diagnostics } = checkDefinition(text, world);
    if (program) return program;
    const all = diagnostics.map(({ code, message, location }) => `${code}: ${message} at ${location}`);
    throw api.invalidDefinition(all.join(", "));
}

/** Like `parseDefinition`, but returns the mistakes. There is a program only if there are none. */
export function checkDefinition(
    text: string,
    world: ParserWorld,
): { program?: Program; diagnostics: Diagnostic[] } {
    const diagnostics: Diagnostic[] = [];
    const document = parseJson(text, diagnostics);
    if (!document) return { diagnostics };
    const program = new Parser(world, diagnostics).program(document);
    return program && diagnostics.length === 0 ? { program, diagnostics } : { diagnostics };
}

function parseJson(text: string, diagnostics: Diagnostic[]): Json | undefined {
    let reason = "The definition must be a JSON object";
    try {
        const document = JSON.parse(text) as unknown;
        if (isObject(document)) return document;
    } catch (error) {
        reason = (error as Error).message;
    }
    diagnostics.push({ code: "INVALID_JSON_DESCRIPTION", message: reason, location: "/" });
    return undefined;
}

class Parser {
    private readonly world: ParserWorld;
    private readonly diagnostics: Diagnostic[];

    constructor(world: ParserWorld, diagnostics: Diagnostic[]) {
        this.world = world;
        this.diagnostics = diagnostics;
    }

    program(document: Json): Program | undefined {
        const missing = ["StartAt", "States"].filter((field) => document[field] === undefined);
        if (missing.length > 0) this.invalid(`These fields are required: [${missing.join(", ")}]`, "/");
        this.checkFields(document, TOP_FIELDS, "/");
        if (document.QueryLanguage !== "JSONata") {
            throw new UnsupportedError(
                `The definition's QueryLanguage is ${JSON.stringify(document.QueryLanguage ?? "JSONPath")}; only "JSONata" is supported.`,
            );
        }
        const timeout = document.TimeoutSeconds;
        if (timeout !== undefined && !isInteger(timeout, 1, MAX_SECONDS)) {
            this.invalid(`TimeoutSeconds must be an integer from 1 to ${MAX_SECONDS}`, "/TimeoutSeconds");
        }
        if (!isObject(document.States) || typeof document.StartAt !== "string") return undefined;
        const states = new Map<string, State>();
        for (const [name, body] of Object.entries(document.States)) {
            const state = this.state(name, body);
            if (state) states.set(name, state);
        }
        this.checkTransitions(document.StartAt, document.States as Record<string, Json>);
        const startAt = states.get(document.StartAt);
        if (!startAt) return undefined;
        return { startAt, states, timeoutSeconds: timeout as number | undefined };
    }

    private state(name: string, body: unknown): State | undefined {
        const path = `/States/${name}`;
        if (!isObject(body)) return void this.invalid("A state must be an object", path);
        if (name.length > 80) this.invalid("The name of a state must have at most 80 characters", path);
        const type = String(body.Type);
        if (type === "Map" || type === "Parallel") {
            throw new UnsupportedError(`State "${name}" is a ${type} state, which is not supported.`);
        }
        const fields = FIELDS[type];
        if (!fields) {
            const known = "Task, Wait, Pass, Succeed, Fail, Choice, Parallel, Map";
            return void this.invalid(
                `The field 'Type' should have one of these values: [${known}]`,
                `${path}/Type`,
            );
        }
        if (body.QueryLanguage !== undefined && body.QueryLanguage !== "JSONata") {
            this.invalid(
                "'QueryLanguage' can not be 'JSONPath' if set to 'JSONata' for whole state machine",
                path,
            );
        }
        const allowed = type === "Fail" ? COMMON_FIELDS.filter((field) => field !== "Output") : COMMON_FIELDS;
        this.checkFields(body, [...allowed, ...fields], path);
        return this.stateOf(type as State["type"], name, body, path);
    }

    private stateOf(type: State["type"], name: string, body: Json, path: string): State {
        const context = this.context(path, type === "Task" ? ["result"] : []);
        const output = this.template(body.Output, "Output", context);
        const common = { name, output, assign: this.assign(body.Assign, "Assign", context) };
        const next = FIELDS[type]?.includes("Next") ? this.next(body, path) : undefined;
        switch (type) {
            case "Task":
                return { type, ...common, next, ...this.task(body, path) };
            case "Choice":
                return { type, ...common, choices: this.choices(body, path), default: textOf(body.Default) };
            case "Wait":
                return { type, ...common, next, ...this.wait(body, path) };
            case "Pass":
                return { type, ...common, next };
            case "Succeed":
                return { type, ...common };
            case "Fail":
                return {
                    type,
                    ...common,
                    error: this.text(body.Error, "Error", context),
                    cause: this.text(body.Cause, "Cause", context),
                };
        }
    }

    private task(body: Json, path: string) {
        const context = this.context(path, []);
        if (typeof body.Resource !== "string") {
            this.invalid("These fields are required: [Resource]", path);
        }
        const integration = parseResource(textOf(body.Resource) ?? "", this.world.partition);
        const timeout = this.seconds(body.TimeoutSeconds, "TimeoutSeconds", context, 1);
        const heartbeat = this.seconds(body.HeartbeatSeconds, "HeartbeatSeconds", context, 1);
        if (typeof timeout === "number" && typeof heartbeat === "number" && heartbeat >= timeout) {
            this.invalid("HeartbeatSeconds must be smaller than TimeoutSeconds", `${path}/HeartbeatSeconds`);
        }
        return {
            integration,
            arguments: this.template(body.Arguments, "Arguments", context),
            timeoutSeconds: timeout,
            heartbeatSeconds: heartbeat,
            retry: this.list(body.Retry, `${path}/Retry`).map((one, i) =>
                this.retrier(one, `${path}/Retry[${i}]`),
            ),
            catch: this.list(body.Catch, `${path}/Catch`).map((one, i) => this.catcher(one, i, path)),
        };
    }

    private retrier(body: Json, path: string): Retrier {
        this.checkFields(body, RETRIER_FIELDS, path);
        const interval = body.IntervalSeconds ?? 1;
        const attempts = body.MaxAttempts ?? 3;
        const rate = body.BackoffRate ?? 2;
        const maxDelay = body.MaxDelaySeconds;
        if (!isInteger(interval, 1, MAX_SECONDS))
            this.invalid("IntervalSeconds must be a positive integer", path);
        if (!isInteger(attempts, 0, MAX_SECONDS))
            this.invalid("MaxAttempts must be an integer from 0 on", path);
        if (typeof rate !== "number" || rate < 1) this.invalid("BackoffRate must be at least 1.0", path);
        if (maxDelay !== undefined && !isInteger(maxDelay, Number(interval) + 1, MAX_DELAY_SECONDS - 1)) {
            this.invalid("MaxDelaySeconds must be greater than IntervalSeconds and less than 31622400", path);
        }
        const jitter = body.JitterStrategy ?? "NONE";
        if (jitter !== "FULL" && jitter !== "NONE") {
            this.invalid("The field 'JitterStrategy' should have one of these values: [FULL, NONE]", path);
        }
        return {
            errorEquals: this.errorEquals(body.ErrorEquals, path),
            intervalSeconds: Number(interval),
            backoffRate: Number(rate),
            maxAttempts: Number(attempts),
            maxDelaySeconds: maxDelay === undefined ? Infinity : Number(maxDelay),
            jitter: jitter === "FULL",
        };
    }

    private catcher(body: Json, index: number, statePath: string): Catcher {
        const path = `${statePath}/Catch[${index}]`;
        this.checkFields(body, ["ErrorEquals", "Next", "Output", "Assign", "Comment"], path);
        if (typeof body.Next !== "string") this.invalid("These fields are required: [Next]", path);
        const context = this.context(statePath, ["errorOutput"]);
        return {
            errorEquals: this.errorEquals(body.ErrorEquals, path),
            next: String(body.Next),
            output: this.template(body.Output, `Catch[${index}]/Output`, context),
            assign: this.assign(body.Assign, `Catch[${index}]/Assign`, context),
        };
    }

    private errorEquals(value: unknown, path: string): string[] {
        const names = Array.isArray(value) ? value.filter((name) => typeof name === "string") : [];
        if (names.length === 0 || names.length !== (value as unknown[]).length) {
            this.invalid("ErrorEquals must be a non-empty array of strings", path);
        }
        for (const name of names) {
            if (name.startsWith("States.") && !ERROR_NAMES.has(name)) {
                this.invalid(`'${name}' is not a predefined error name`, `${path}/ErrorEquals`);
            }
        }
        return names;
    }

    private choices(body: Json, statePath: string): ChoiceRule[] {
        const rules = this.list(body.Choices, `${statePath}/Choices`);
        if (rules.length === 0) this.invalid("Value cannot be empty", `${statePath}/Choices`);
        const context = this.context(statePath, []);
        return rules.map((rule, index) => {
            const path = `${statePath}/Choices[${index}]`;
            this.checkFields(rule, ["Condition", "Next", "Output", "Assign", "Comment"], path);
            if (typeof rule.Next !== "string") this.invalid("These fields are required: [Next]", path);
            return {
                condition: this.condition(rule.Condition, index, context),
                next: String(rule.Next),
                output: this.template(rule.Output, `Choices[${index}]/Output`, context),
                assign: this.assign(rule.Assign, `Choices[${index}]/Assign`, context),
            };
        });
    }

    private condition(value: unknown, index: number, context: CompileContext) {
        const field = `Choices[${index}]/Condition`;
        if (typeof value === "boolean") return value;
        if (isExpression(value)) return compileExpression(value, field, context) ?? false;
        this.invalid("Condition must be a boolean or a JSONata expression", `${context.path}/${field}`);
        return false;
    }

    private wait(body: Json, path: string) {
        const context = this.context(path, []);
        const given = ["Seconds", "Timestamp"].filter((field) => body[field] !== undefined);
        if (given.length !== 1) this.invalid("Exactly one of [Seconds, Timestamp] is required", path);
        const timestamp = this.text(body.Timestamp, "Timestamp", context);
        if (typeof timestamp === "string" && parseTimestamp(timestamp) === undefined) {
            this.invalid("String does not match RFC3339 timestamp", `${path}/Timestamp`);
        }
        return { seconds: this.seconds(body.Seconds, "Seconds", context, 0), timestamp };
    }

    private next(body: Json, path: string): string | undefined {
        const { Next, End } = body;
        if (End !== undefined && typeof End !== "boolean")
            this.invalid("End must be a boolean", `${path}/End`);
        if ((Next === undefined) === (End !== true)) {
            this.invalid("A state needs either 'Next' or 'End': true", path);
        }
        return textOf(Next);
    }

    private assign(value: unknown, field: string, context: CompileContext): Template | undefined {
        if (value === undefined) return undefined;
        if (!isObject(value)) {
            this.invalid("Assign must be an object", `${context.path}/${field}`);
            return undefined;
        }
        for (const name of Object.keys(value)) {
            if (name === "states" || !/^[\p{ID_Start}][\p{ID_Continue}]{0,79}$/u.test(name)) {
                this.invalid(`'${name}' is not a valid variable name`, `${context.path}/${field}`);
            }
        }
        return new Template(value, field, context);
    }

    private template(value: unknown, field: string, context: CompileContext): Template | undefined {
        return value === undefined ? undefined : new Template(value, field, context);
    }

    private text(value: unknown, field: string, context: CompileContext): TextField | undefined {
        if (value === undefined) return undefined;
        if (isExpression(value)) return compileExpression(value, field, context);
        if (typeof value !== "string") this.invalid(`${field} must be a string`, `${context.path}/${field}`);
        return typeof value === "string" ? value : undefined;
    }

    private seconds(
        value: unknown,
        field: string,
        context: CompileContext,
        least: number,
    ): NumberField | undefined {
        if (value === undefined) return undefined;
        if (isExpression(value)) return compileExpression(value, field, context);
        if (!isInteger(value, least, MAX_SECONDS)) {
            const range = `an integer from ${least} to ${MAX_SECONDS} or a JSONata expression`;
            this.invalid(`${field} must be ${range}`, `${context.path}/${field}`);
        }
        return Number(value);
    }

    private list(value: unknown, path: string): Json[] {
        if (value === undefined) return [];
        if (Array.isArray(value) && value.every(isObject)) return value;
        this.invalid("Value must be an array of objects", path);
        return [];
    }

    /** States.ALL must be alone and last; targets must exist; every state must be reachable, and at least one must end. */
    private checkTransitions(startAt: string, states: Readonly<Record<string, Json>>): void {
        const missing = (field: string, target: string, location: string): void =>
            this.report("MISSING_TRANSITION_TARGET", `Missing '${field}' target: ${target}`, location);
        if (!Object.hasOwn(states, startAt)) missing("StartAt", startAt, "/StartAt");
        const reached = new Set<string>();
        const open = [startAt];
        for (let name = open.pop(); name !== undefined; name = open.pop()) {
            if (reached.has(name) || !Object.hasOwn(states, name)) continue;
            reached.add(name);
            open.push(...targetsOf(states[name] as Json).map(({ target }) => target));
        }
        for (const [name, body] of Object.entries(states)) {
            const path = `/States/${name}`;
            if (!reached.has(name) && reached.size > 0) {
                this.report("MISSING_TRANSITION_TARGET", `State "${name}" is not reachable.`, path);
            }
            for (const { field, target } of targetsOf(body)) {
                if (!Object.hasOwn(states, target)) missing(field, target, `${path}/${field}`);
            }
            this.checkCatchAll(body.Retry, `${path}/Retry`);
            this.checkCatchAll(body.Catch, `${path}/Catch`);
        }
        const ends = Object.values(states).some(
            ({ Type, End }) => End === true || Type === "Succeed" || Type === "Fail",
        );
        if (!ends)
            this.report("SCHEMA_VALIDATION_FAILED", "The state machine has no terminal state", "/States");
    }

    private checkCatchAll(list: unknown, path: string): void {
        if (!Array.isArray(list)) return;
        list.forEach((one: unknown, index) => {
            const names =
                isObject(one) && Array.isArray(one.ErrorEquals) ? (one.ErrorEquals as unknown[]) : [];
            if (!names.includes("States.ALL")) return;
            if (names.length > 1 || index < list.length - 1) {
                this.invalid("'States.ALL' must appear alone and in the last element", `${path}[${index}]`);
            }
        });
    }

    private checkFields(body: Json, allowed: readonly string[], path: string): void {
        for (const field of Object.keys(body)) {
            if (!allowed.includes(field)) this.invalid(`Field '${field}' is not supported`, path);
        }
    }

    private context(path: string, members: readonly StatesMember[]): CompileContext {
        const report = (code: string, message: string, at: string): void => this.report(code, message, at);
        return { world: this.world, path, members, report };
    }

    private invalid(message: string, location: string): void {
        this.report("SCHEMA_VALIDATION_FAILED", message, location);
    }

    private report(code: string, message: string, location: string): void {
        this.diagnostics.push({ code, message, location });
    }
}

/** Milliseconds since 1970; undefined if the text is not an RFC 3339 time. */
export function parseTimestamp(text: string): number | undefined {
    if (!/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)$/.test(text)) return undefined;
    const time = Date.parse(text);
    return Number.isNaN(time) ? undefined : time;
}

function targetsOf(body: Json): { field: string; target: string }[] {
    const targets: { field: string; target: string }[] = [];
    const add = (field: string, target: unknown): void => {
        if (typeof target === "string") targets.push({ field, target });
    };
    add("Next", body.Next);
    add("Default", body.Default);
    for (const field of ["Choices", "Catch"]) {
        if (!Array.isArray(body[field])) continue;
        body[field].forEach((rule: unknown, i) => isObject(rule) && add(`${field}[${i}]/Next`, rule.Next));
    }
    return targets;
}

function isObject(value: unknown): value is Json {
    return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isInteger(value: unknown, least: number, most: number): value is number {
    return Number.isInteger(value) && (value as number) >= least && (value as number) <= most;
}

function textOf(value: unknown): string | undefined {
    return typeof value === "string" ? value : undefined;
}
