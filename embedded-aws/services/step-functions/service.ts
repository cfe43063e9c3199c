/**
 * Step Functions, Standard workflows in JSONata: state machines, their executions and task tokens. This file is the
 * API. interpreter.ts runs executions, and definition.ts checks definitions.
 */
import type { Resource } from "../../recording/resource.ts";
import { UnsupportedError } from "../../service.ts";
import type { Caller, Operations, ResourceKinds, Service, World } from "../../service.ts";
import { RateLimit } from "../lib/rate-limit.ts";
import { StaleReads } from "../lib/stale-reads.ts";
import type { ReadLag } from "../lib/stale-reads.ts";
import { checkFailure, checkName, page, STATUS_FILTERS } from "./api.ts";
import type * as input from "./api.ts";
import { checkDefinition, parseDefinition } from "./definition.ts";
import { encryptionFault, keyArnOf } from "./encryption.ts";
import { api, exceedsPayload, PAYLOAD_BYTES } from "./errors.ts";
import { Execution } from "./execution.ts";
import type { Evaluated } from "./expressions.ts";
import type { OpenTask, Progress, Status, WaitingFor } from "./execution.ts";
import type { KeepHistory } from "./history.ts";
import { Interpreter } from "./interpreter.ts";
import type { EndListener, Engine, Listeners } from "./interpreter.ts";
import { StateMachine } from "./machine.ts";
import type { Definition } from "./machine.ts";
import { redriveStatus } from "./redrive.ts";
import { checkLogging, checkRole, isTraced } from "./roles.ts";
import { sendStatusEvent } from "./status-events.ts";
import { TaskTokens } from "./tokens.ts";

export interface StepFunctionsOptions {
    /** Which histories GetExecutionHistory can read. @default "running" */
    keepHistory?: KeepHistory;
    /** Open executions of the account. @default 1,000,000, AWS's quota */
    maxOpenExecutions?: number;
}

/** An execution, for reports and tests. */
export interface ExecutionSummary {
    readonly arn: string;
    readonly name: string;
    readonly status: Status;
    /** Milliseconds since 1970. */
    readonly startTime: number;
    readonly stopTime: number | undefined;
    readonly output: string | undefined;
    readonly error: string | undefined;
    readonly cause: string | undefined;
    /** Billed state transitions so far. */
    readonly transitions: number;
    /** Events in its history. */
    readonly events: number;
    readonly redriveCount: number;
    /** The state that it is in, or that it ended in without success. */
    readonly state: string | undefined;
    readonly waitingFor: WaitingFor | undefined;
    /** Until when it waits, if that is known: milliseconds since 1970. */
    readonly waitsUntil: number | undefined;
}

export class StepFunctionsService implements Service {
    readonly operations: Operations = {
        StartExecution: this.startExecution.bind(this),
        StopExecution: this.stopExecution.bind(this),
        RedriveExecution: this.redriveExecution.bind(this),
        DescribeExecution: this.describeExecution.bind(this),
        ListExecutions: this.listExecutions.bind(this),
        GetExecutionHistory: this.getExecutionHistory.bind(this),
        SendTaskSuccess: this.sendTaskSuccess.bind(this),
        SendTaskFailure: this.sendTaskFailure.bind(this),
        SendTaskHeartbeat: this.sendTaskHeartbeat.bind(this),
        ListStateMachines: this.listStateMachines.bind(this),
        DescribeStateMachine: this.describeStateMachine.bind(this),
        DescribeStateMachineForExecution: this.describeStateMachineForExecution.bind(this),
        UpdateStateMachine: this.updateStateMachine.bind(this),
        ValidateStateMachineDefinition: this.validateStateMachineDefinition.bind(this),
    };
    readonly kinds: ResourceKinds = {
        "aws:sfn/stateMachine:StateMachine": {
            inputs: [
                "name",
                "definition",
                "roleArn",
                "type",
                "tags",
                "publish",
                "loggingConfiguration",
                "tracingConfiguration",
                "encryptionConfiguration",
            ],
            create: this.create.bind(this),
            update: this.update.bind(this),
            remove: this.remove.bind(this),
        },
    };
    private readonly world: World;
    private readonly keepHistory: KeepHistory;
    private readonly maxOpenExecutions: number;
    private readonly machines = new Map<string, StateMachine>();
    private readonly byArn = new Map<string, Execution>();
    /** In the order of their start. Tokens carry the index. */
    private readonly executions: Execution[] = [];
    /** Those that ended without success. They are few as a rule, and are listed again and again. */
    private readonly unsuccessful = new Set<Execution>();
    private readonly tokens: TaskTokens;
    private readonly engine: Engine;
    private readonly starts: RateLimit;
    private readonly reads: StaleReads;
    private readonly listeners: Listeners = { transition: [], end: [], status: [] };
    private readonly evaluationWatchers: ((evaluated: Evaluated) => void)[] = [];
    private open = 0;

    constructor(world: World, options: StepFunctionsOptions = {}) {
        this.world = world;
        this.keepHistory = options.keepHistory ?? "running";
        this.maxOpenExecutions = options.maxOpenExecutions ?? 1_000_000;
        this.tokens = new TaskTokens(world.random.integer(0, 0xffffffff));
        this.engine = {
            world,
            tokens: this.tokens,
            listeners: this.listeners,
            transitions: new RateLimit(world.clock, world.model.stateTransitionQuota),
        };
        this.reads = new StaleReads(world, "states");
        this.starts = new RateLimit(world.clock, world.model.startExecutionQuota);
        this.listeners.status.push((execution) => {
            this.open += execution.status === "RUNNING" ? 1 : -1;
            if (isUnsuccessful(execution.status)) this.unsuccessful.add(execution);
            else this.unsuccessful.delete(execution);
            sendStatusEvent(world, execution);
            if (execution.status !== "RUNNING") this.trace(execution);
            if (!this.keeps(execution.status)) execution.history.drop();
        });
    }

    /** One execution, by its ARN. */
    execution(arn: string): ExecutionSummary | undefined {
        const execution = this.byArn.get(arn);
        return execution && summaryOf(execution);
    }

    /** All executions, in the order of their start. */
    *allExecutions(): IterableIterator<ExecutionSummary> {
        for (const execution of this.executions) yield summaryOf(execution);
    }

    /** Calls the listener whenever an execution enters a state or tries it again. */
    onTransition(listener: (execution: string, state: string, time: number) => void): void {
        this.listeners.transition.push((execution, state, time) => listener(execution.name, state, time));
    }

    /** Calls the listener whenever an execution ends. */
    onEnd(listener: (execution: ExecutionSummary) => void): void {
        const onEnd: EndListener = (execution) => listener(summaryOf(execution));
        this.listeners.end.push(onEnd);
    }

    /** Calls the watcher with every evaluation of an expression, its failures included. */
    onEvaluation(watcher: (evaluated: Evaluated) => void): void {
        this.evaluationWatchers.push(watcher);
    }

    /**
     * Has DescribeExecution, ListExecutions and GetExecutionHistory answer as of so many milliseconds ago. They are "eventually
     * consistent" (API Reference).
     */
    onRead(lagOf: ReadLag): void {
        this.reads.lagBy(lagOf);
    }

    private create(resource: Resource): void {
        const { arn, name } = identity(resource);
        if (this.machines.has(arn)) throw api.stateMachineAlreadyExists(arn);
        const creationDate = new Date(this.world.clock.now());
        const machine = new StateMachine(arn, name, creationDate, this.defineFrom(resource));
        this.world.register(arn, machine);
        this.machines.set(arn, machine);
    }

    /** Running executions keep the definition that they began with. */
    private update(resource: Resource): void {
        this.machine(identity(resource).arn).definition = this.defineFrom(resource);
    }

    /** Running executions go on. No more can be started. */
    private remove(resource: Resource): void {
        const { arn } = identity(resource);
        this.machines.delete(arn);
        this.world.unregister(arn);
    }

    private defineFrom(resource: Resource): Definition {
        const { name, inputs } = resource;
        const { definition, roleArn, type } = inputs;
        if (type !== undefined && type !== "STANDARD") {
            throw new UnsupportedError(
                `State machine ${name} has type ${JSON.stringify(type)}; only STANDARD is supported.`,
            );
        }
        return this.define(identity(resource).arn, {
            keyArn: keyArnOf(this.world, inputs.encryptionConfiguration),
            definition: String(definition),
            roleArn: String(roleArn),
            loggingConfiguration: (inputs.loggingConfiguration ?? { level: "OFF" }) as Record<
                string,
                unknown
            >,
            tracingConfiguration: (inputs.tracingConfiguration ?? { enabled: false }) as Record<
                string,
                unknown
            >,
        });
    }

    private define(
        machineArn: string,
        parts: {
            definition: string;
            roleArn: string;
            keyArn: string | undefined;
            loggingConfiguration: Readonly<Record<string, unknown>>;
            tracingConfiguration: Readonly<Record<string, unknown>>;
        },
    ): Definition {
        const { definition: text, ...rest } = parts;
        checkRole(this.world, rest.roleArn, machineArn);
        const caller = { principal: "states.amazonaws.com", roleArn: rest.roleArn, sourceArn: machineArn };
        checkLogging(this.world, rest.loggingConfiguration, rest.keyArn, caller);
        const { clock, random, partition } = this.world;
        const program = parseDefinition(text, {
            clock,
            random,
            partition,
            watchers: this.evaluationWatchers,
        });
        const updateDate = new Date(this.world.clock.now());
        return { text, ...rest, program, updateDate, revisionId: this.world.random.uuid() };
    }

    private startExecution({ stateMachineArn, name, input = "{}" }: input.StartExecutionInput): unknown {
        if (stateMachineArn === undefined) throw api.missing("stateMachineArn");
        const machine = this.machine(stateMachineArn);
        if (name !== undefined) checkName(name);
        checkInput(input);
        if (!this.starts.take()) throw api.throttled();
        const chosen = name ?? this.world.random.uuid();
        const arn = `${stateMachineArn.replace(":stateMachine:", ":execution:")}:${chosen}`;
        const existing = this.byArn.get(arn);
        if (existing) {
            // "If the execution is running and the name and input are the same, the call succeeds."
            if (existing.status === "RUNNING" && existing.inputText === input) return started(existing);
            throw api.executionAlreadyExists(arn);
        }
        if (this.open >= this.maxOpenExecutions) throw api.tooManyExecutions(this.maxOpenExecutions);
        this.demandKey(machine.definition, machine);
        const execution = new Execution(
            this.executions.length,
            arn,
            chosen,
            machine,
            input,
            this.world.clock.now(),
            this.keepHistory,
        );
        this.byArn.set(arn, execution);
        this.executions.push(execution);
        this.world.count("states.startedExecutions");
        this.world.record("AWS/States", "ExecutionsStarted", machine.arn);
        new Interpreter(this.engine, execution).start();
        return started(execution);
    }

    private trace({ definition, machine }: Execution): void {
        if (definition.tracingConfiguration["enabled"] !== true) return;
        const caller = {
            principal: "states.amazonaws.com",
            roleArn: definition.roleArn,
            sourceArn: machine.arn,
        };
        this.world.count(isTraced(this.world, caller) ? "xray.traces" : "xray.tracesLost");
    }

    private stopExecution({ executionArn, error, cause }: input.StopExecutionInput): unknown {
        checkFailure({ error, cause });
        const execution = this.executionOf(executionArn);
        // "Without using any KMS permissions … if the caller provides a null value for both" (API reference, StopExecution).
        if ((error ?? cause) !== undefined) this.demandKey(execution.definition, execution.machine);
        if (execution.status === "RUNNING") new Interpreter(this.engine, execution).abort({ error, cause });
        return { stopDate: new Date(execution.stopTime as number) };
    }

    private redriveExecution({ executionArn }: input.ExecutionInput): unknown {
        const execution = this.executionOf(executionArn);
        const { redriveStatusReason: reason } = redriveStatus(execution, this.world.clock.now());
        if (reason !== undefined) throw api.notRedrivable(reason);
        if (this.open >= this.maxOpenExecutions) throw api.tooManyExecutions(this.maxOpenExecutions);
        this.demandKey(execution.definition, execution.machine);
        new Interpreter(this.engine, execution).redrive();
        return { redriveDate: new Date(execution.redriveTime as number) };
    }

    private describeExecution({ executionArn }: input.ExecutionInput, caller: Caller): unknown {
        const execution = this.executionOf(executionArn);
        const moment = this.reads.momentOf("DescribeExecution", caller);
        const isThere = execution.startTime <= moment;
        const shown = execution.shownAt(moment);
        this.reads.count("DescribeExecution", !isThere || shown !== execution);
        if (!isThere) throw api.executionDoesNotExist(execution.arn);
        const { output, error, cause } = shown;
        return {
            ...listing(execution, shown),
            input: execution.inputText,
            inputDetails: { included: true },
            ...(output === undefined ? {} : { output, outputDetails: { included: true } }),
            ...(error === undefined ? {} : { error }),
            ...(cause === undefined ? {} : { cause }),
            ...redriveStatus(execution, this.world.clock.now(), shown),
        };
    }

    private listStateMachines(): unknown {
        const stateMachines = [...this.machines.values()].map(({ arn, name, creationDate }) => ({
            stateMachineArn: arn,
            name,
            type: "STANDARD",
            creationDate,
        }));
        return { stateMachines };
    }

    private listExecutions(query: input.ListExecutionsInput, caller: Caller): unknown {
        const { stateMachineArn, statusFilter, redriveFilter } = query;
        if (stateMachineArn === undefined) throw api.missing("stateMachineArn");
        if (statusFilter !== undefined && !STATUS_FILTERS.includes(statusFilter)) {
            const allowed = `Member must satisfy enum value set: [${STATUS_FILTERS.join(", ")}]`;
            throw api.constraint(statusFilter, "statusFilter", allowed);
        }
        if (redriveFilter !== undefined && redriveFilter !== "REDRIVEN" && redriveFilter !== "NOT_REDRIVEN") {
            const allowed = "Member must satisfy enum value set: [NOT_REDRIVEN, REDRIVEN]";
            throw api.constraint(redriveFilter, "redriveFilter", allowed);
        }
        const machine = this.machine(stateMachineArn);
        const found = this.withStatus(statusFilter).filter(
            (execution) =>
                execution.machine === machine &&
                (statusFilter === undefined || execution.status === statusFilter) &&
                (redriveFilter === undefined ||
                    execution.redriveCount > 0 === (redriveFilter === "REDRIVEN")),
        );
        // "Results are sorted by time, with the most recent execution first."
        const { items, ...next } = page(found.reverse(), query);
        const moment = this.reads.momentOf("ListExecutions", caller);
        // What has started or ended since is in no list: it has left the one, and the other does not have it yet.
        const seen = items.filter(
            ({ startTime, stopTime = startTime }) => Math.max(startTime, stopTime) <= moment,
        );
        this.reads.count("ListExecutions", seen.length < items.length);
        return { executions: seen.map((execution) => listing(execution, execution)), ...next };
    }

    /** In the order of their start: all executions that may have a status, and perhaps others. */
    private withStatus(status: string | undefined): readonly Execution[] {
        if (!isUnsuccessful(status)) return this.executions;
        return [...this.unsuccessful].sort((a, b) => a.sequence - b.sequence);
    }

    private keeps(status: Status): boolean {
        if (this.keepHistory === "states") return status !== "SUCCEEDED";
        return status === "RUNNING" || this.keepHistory === "all";
    }

    private getExecutionHistory(query: input.HistoryInput, caller: Caller): unknown {
        const execution = this.executionOf(query.executionArn);
        const events = execution.history.read(query.includeExecutionData ?? true);
        if (!events) {
            throw new UnsupportedError(
                `The history of execution ${execution.name} was not kept; keepHistory is "${this.keepHistory}", "all" keeps every history.`,
            );
        }
        const { items, ...next } = page(query.reverseOrder ? events.reverse() : events, query);
        const moment = this.reads.momentOf("GetExecutionHistory", caller);
        const seen = items.filter(({ timestamp }) => timestamp.getTime() <= moment);
        this.reads.count("GetExecutionHistory", seen.length < items.length);
        return { events: seen, ...next };
    }

    private sendTaskSuccess({ taskToken, output }: input.TaskSuccessInput): unknown {
        if (output === undefined) throw api.missing("output");
        const { execution, task } = this.openTask(taskToken);
        this.demandKey(execution.definition, execution.machine);
        task.answer({ kind: "succeeded", result: parseOutput(output) });
        return {};
    }

    private sendTaskFailure({ taskToken, error, cause }: input.TaskFailureInput): unknown {
        checkFailure({ error, cause });
        const { execution, task } = this.openTask(taskToken);
        // "Without using any KMS permissions …" (API reference, SendTaskFailure), as with StopExecution.
        if ((error ?? cause) !== undefined) this.demandKey(execution.definition, execution.machine);
        task.answer({ kind: "failed", error, cause });
        return {};
    }

    private sendTaskHeartbeat({ taskToken }: input.TaskInput): unknown {
        this.openTask(taskToken).task.heartbeat();
        return {};
    }

    private describeStateMachine({ stateMachineArn }: input.StateMachineInput): unknown {
        if (stateMachineArn === undefined) throw api.missing("stateMachineArn");
        const machine = this.machine(stateMachineArn);
        return {
            ...description(machine.definition, machine),
            status: "ACTIVE",
            type: "STANDARD",
            creationDate: machine.creationDate,
        };
    }

    private describeStateMachineForExecution({ executionArn }: input.ExecutionInput): unknown {
        const { definition, machine } = this.executionOf(executionArn);
        return { ...description(definition, machine), updateDate: definition.updateDate };
    }

    private updateStateMachine(change: input.UpdateStateMachineInput): unknown {
        const { stateMachineArn, definition, roleArn, loggingConfiguration, tracingConfiguration } = change;
        if (stateMachineArn === undefined) throw api.missing("stateMachineArn");
        const machine = this.machine(stateMachineArn);
        const before = machine.definition;
        machine.definition = this.define(machine.arn, {
            definition: definition ?? before.text,
            roleArn: roleArn ?? before.roleArn,
            keyArn: before.keyArn,
            loggingConfiguration: loggingConfiguration ?? before.loggingConfiguration,
            tracingConfiguration: tracingConfiguration ?? before.tracingConfiguration,
        });
        const { updateDate, revisionId } = machine.definition;
        return { updateDate, revisionId };
    }

    private validateStateMachineDefinition({ definition, maxResults }: input.ValidateInput): unknown {
        if (definition === undefined) throw api.missing("definition");
        const { diagnostics } = checkDefinition(definition, this.world);
        const shown = diagnostics.slice(0, maxResults || 100);
        return {
            result: diagnostics.length === 0 ? "OK" : "FAIL",
            diagnostics: shown.map((diagnostic) => ({ severity: "ERROR", ...diagnostic })),
            truncated: shown.length < diagnostics.length,
        };
    }

    private machine(arn: string): StateMachine {
        if (!/^arn:[^:]+:states:[^:]+:\d{12}:stateMachine:[^:]+/.test(arn)) throw api.invalidArn(arn);
        const machine = this.machines.get(arn);
        if (!machine) throw api.stateMachineDoesNotExist(arn);
        return machine;
    }

    /** Throws if the machine's role cannot encrypt what an execution has to keep. */
    private demandKey(definition: Definition, machine: StateMachine): void {
        const fault = encryptionFault(this.world, definition, machine);
        if (fault) throw fault;
    }

    private executionOf(arn: string | undefined): Execution {
        if (arn === undefined) throw api.missing("executionArn");
        if (!/^arn:[^:]+:states:[^:]+:\d{12}:execution:[^:]+:[^:]+$/.test(arn)) throw api.invalidArn(arn);
        const execution = this.byArn.get(arn);
        if (!execution) throw api.executionDoesNotExist(arn);
        return execution;
    }

    private openTask(token: string | undefined): { execution: Execution; task: OpenTask } {
        if (token === undefined) throw api.missing("taskToken");
        const content = this.tokens.read(token);
        if (content === "malformed") throw api.invalidToken();
        const execution = content === "unknown" ? undefined : this.executions[content.execution];
        if (content === "unknown" || !execution) throw api.taskDoesNotExist();
        const { task } = execution;
        if (task?.id !== content.task || task.isAnswered) throw api.taskTimedOut();
        return { execution, task };
    }
}

function identity(resource: Resource): { arn: string; name: string } {
    const { arn, name } = resource.outputs;
    return { arn: String(arn), name: checkName(typeof name === "string" ? name : resource.name) };
}

/** Whether an execution has such a status once it has ended without success. */
function isUnsuccessful(status: string | undefined): boolean {
    return status === "FAILED" || status === "TIMED_OUT" || status === "ABORTED";
}

function started(execution: Execution): unknown {
    return { executionArn: execution.arn, startDate: new Date(execution.startTime) };
}

function listing({ arn, name, machine, startTime }: Execution, shown: Progress): Record<string, unknown> {
    const { status, stopTime, redriveCount, redriveTime } = shown;
    return {
        executionArn: arn,
        stateMachineArn: machine.arn,
        name,
        status,
        startDate: new Date(startTime),
        ...(stopTime === undefined ? {} : { stopDate: new Date(stopTime) }),
        redriveCount,
        ...(redriveTime === undefined ? {} : { redriveDate: new Date(redriveTime) }),
    };
}

function description(definition: Definition, { arn, name }: StateMachine): Record<string, unknown> {
    const { text, roleArn, loggingConfiguration, tracingConfiguration, revisionId } = definition;
    return {
        stateMachineArn: arn,
        name,
        definition: text,
        roleArn,
        loggingConfiguration,
        tracingConfiguration,
        revisionId,
    };
}

function summaryOf(execution: Execution): ExecutionSummary {
    const { arn, name, status, startTime, stopTime, output, error, cause } = execution;
    return {
        arn,
        name,
        status,
        startTime,
        stopTime,
        output,
        error,
        cause,
        transitions: execution.transitions,
        events: execution.history.count,
        redriveCount: execution.redriveCount,
        state: execution.visit?.state.name,
        waitingFor: execution.waitingFor,
        waitsUntil: execution.timer?.time,
    };
}

function checkInput(text: string): void {
    if (text.length > PAYLOAD_BYTES) {
        const constraint = `Member must have length less than or equal to ${PAYLOAD_BYTES}`;
        throw api.constraint(`${text.slice(0, 40)}…`, "input", constraint);
    }
    if (text.length * 3 > PAYLOAD_BYTES && Buffer.byteLength(text) > PAYLOAD_BYTES) {
        throw api.invalidInput(`The input exceeds the maximum of ${PAYLOAD_BYTES} bytes.`);
    }
    try {
        JSON.parse(text);
    } catch (error) {
        throw api.invalidInput((error as Error).message);
    }
}

function parseOutput(text: string): unknown {
    if (exceedsPayload(text) && Buffer.byteLength(text) > PAYLOAD_BYTES) {
        throw api.invalidOutput(`The output exceeds the maximum of ${PAYLOAD_BYTES} bytes.`);
    }
    try {
        return JSON.parse(text) as unknown;
    } catch (error) {
        throw api.invalidOutput((error as Error).message);
    }
}
