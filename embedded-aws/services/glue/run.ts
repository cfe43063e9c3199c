/** A Glue job, its runs, and the interface of what a run does. Small, because a simulation keeps tens of thousands of runs. */
import type { Timer } from "../../clock.ts";
import { capacityOf, DEFAULT_GLUE_VERSION, timeoutOf } from "./definition.ts";
import type { Capacity, JobDefinition } from "./definition.ts";

export type RunState =
    | "WAITING"
    | "STARTING"
    | "RUNNING"
    | "STOPPING"
    | "STOPPED"
    | "SUCCEEDED"
    | "FAILED"
    | "ERROR"
    | "TIMEOUT"
    | "EXPIRED";

/** How a run ended: by its work (SUCCEEDED, FAILED), or by Glue itself (ERROR, EXPIRED), which sends no event for that. */
export interface RunEnd {
    readonly state: "SUCCEEDED" | "FAILED" | "ERROR" | "EXPIRED";
    readonly errorMessage?: string;
}

/**
 * Is called when the run is stopped or has timed out. Returns true if the work calls `finish` once it has really ended,
 * such as a process that has to exit. Otherwise the run ends after the model's stopping time.
 */
export type StopRun = () => boolean | void;

/** What a run does once it is RUNNING. `finish` must be called within an event of the clock. A second call is ignored. */
export interface JobBehavior {
    start(run: GlueRun, finish: (end: RunEnd) => void): StopRun | void;
}

/** Descriptions of so many of a job's latest runs are kept: nobody lists the others, as a rule. */
const DESCRIBED_RUNS = 1000;

/** A job, as found under its ARN. */
export class GlueJob {
    readonly arn: string;
    readonly name: string;
    readonly createdOn: number;
    readonly tags: Readonly<Record<string, string>>;
    definition: JobDefinition;
    lastModifiedOn: number;
    /** In the order in which they were started. */
    readonly runs: GlueRun[] = [];
    readonly byId = new Map<string, GlueRun>();
    /** Queued runs, in no order: Glue promises none. */
    readonly waiting: GlueRun[] = [];
    /** Runs that count against MaxConcurrentRuns: those that have not ended, and ended ones for a while. */
    counted = 0;
    /** Runs of the API's callers that are starting, running or stopping, and the most there were at once. */
    running = 0;
    peak = 0;

    constructor(
        arn: string,
        name: string,
        definition: JobDefinition,
        tags: Readonly<Record<string, string>>,
        now: number,
    ) {
        this.arn = arn;
        this.name = name;
        this.definition = definition;
        this.tags = tags;
        this.createdOn = now;
        this.lastModifiedOn = now;
    }

    add(run: GlueRun): void {
        this.runs.push(run);
        this.byId.set(run.id, run);
        const old = this.runs[this.runs.length - 1 - DESCRIBED_RUNS];
        if (old) old.description = undefined;
    }

    get maxConcurrentRuns(): number {
        return this.definition.ExecutionProperty?.MaxConcurrentRuns ?? 1;
    }
}

const NO_ARGUMENTS: Readonly<Record<string, string>> = Object.freeze({});

export class GlueRun {
    readonly id: string;
    readonly job: GlueJob;
    /** The run's own arguments; `effectiveArguments` has the job's as well. */
    readonly arguments: Readonly<Record<string, string>>;
    readonly attempt: number;
    readonly previousRunId: string | undefined;
    /** How long a run of `startOutsideRun` takes. Undefined for all other runs. */
    readonly outsideMillis: number | undefined;
    readonly capacity: number;
    readonly ownCapacity: Capacity | undefined;
    readonly timeoutMinutes: number;
    readonly startedOn: number;
    state: RunState = "STARTING";
    lastModifiedOn: number;
    runningSince: number | undefined;
    /** Whether the account had too few DPUs left when it was started. Glue accepts such a run, and fails it. */
    lacksCapacity = false;
    completedOn: number | undefined;
    errorMessage: string | undefined;
    /** The state before its end, which reads show that lag behind. */
    lastState: RunState = "STARTING";
    /** When all reads begin to show its end. */
    endShownFrom = 0;
    /** The state that it will end in, once it is stopped or has timed out. Its work may not have ended yet. */
    endingAs: "STOPPED" | "TIMEOUT" | undefined;
    /** Its next event: running, its timeout, or the end of stopping. */
    timer: Timer | undefined;
    stop: StopRun | undefined;
    /** Is kept once the run has ended and was described, until many others have started. */
    description: JobRun | undefined;

    constructor(job: GlueJob, id: string, now: number, options: RunOptions) {
        this.job = job;
        this.id = id;
        this.startedOn = now;
        this.lastModifiedOn = now;
        this.arguments = options.arguments ?? NO_ARGUMENTS;
        this.attempt = options.attempt ?? 0;
        this.previousRunId = options.previousRunId;
        this.outsideMillis = options.outsideMillis;
        this.ownCapacity = options.capacity;
        this.capacity = capacityOf(job.definition, options.capacity);
        this.timeoutMinutes = options.timeoutMinutes ?? timeoutOf(job.definition);
    }

    get isTerminal(): boolean {
        return this.completedOn !== undefined;
    }

    /** Whether reads that show a moment do not show its end yet. */
    endsAfter(moment: number, now: number): boolean {
        return this.completedOn !== undefined && (this.completedOn > moment || now < this.endShownFrom);
    }

    /** The arguments of the script: the run's own over the job's, except those that cannot be overridden. */
    effectiveArguments(): Record<string, string> {
        const { DefaultArguments, NonOverridableArguments } = this.job.definition;
        return { ...DefaultArguments, ...this.arguments, ...NonOverridableArguments };
    }

    /** Seconds in which it used resources. */
    executionSeconds(now: number): number {
        if (this.runningSince === undefined) return 0;
        return Math.floor(((this.completedOn ?? now) - this.runningSince) / 1000);
    }
}

export interface RunOptions {
    readonly arguments?: Readonly<Record<string, string>>;
    readonly attempt?: number;
    readonly previousRunId?: string;
    readonly outsideMillis?: number;
    readonly capacity?: Capacity;
    readonly timeoutMinutes?: number;
}

/** A run as `JobRun` of Glue's API, without the members that it does not have. */
export interface JobRun {
    Id: string;
    Attempt: number;
    PreviousRunId?: string;
    JobName: string;
    JobMode: string;
    JobRunQueuingEnabled: boolean;
    StartedOn: Date;
    LastModifiedOn: Date;
    CompletedOn?: Date;
    JobRunState: RunState;
    Arguments?: Readonly<Record<string, string>>;
    ErrorMessage?: string;
    ExecutionTime: number;
    Timeout: number;
    MaxCapacity: number;
    WorkerType?: string;
    NumberOfWorkers?: number;
    LogGroupName: string;
    GlueVersion: string;
    ExecutionClass?: string;
}

/**
 * Describes a run as of a moment. An ended run gives the same object again, because lists of runs are read again and again.
 */
export function describeRun(run: GlueRun, now: number, moment = Infinity): JobRun {
    const isBehind = run.endsAfter(moment, now);
    if (run.description && !isBehind) return run.description;
    const { definition } = run.job;
    const { WorkerType, NumberOfWorkers } = run.ownCapacity ?? definition;
    const described: JobRun = {
        Id: run.id,
        Attempt: run.attempt,
        JobName: run.job.name,
        JobMode: definition.JobMode ?? "SCRIPT",
        JobRunQueuingEnabled: definition.JobRunQueuingEnabled ?? false,
        StartedOn: new Date(run.startedOn),
        LastModifiedOn: new Date(run.lastModifiedOn),
        JobRunState: isBehind ? run.lastState : run.state,
        ExecutionTime: run.executionSeconds(now),
        Timeout: run.timeoutMinutes,
        MaxCapacity: run.capacity,
        LogGroupName: definition.Command.Name === "pythonshell" ? "/aws-glue/python-jobs" : "/aws-glue/jobs",
        GlueVersion: definition.GlueVersion ?? DEFAULT_GLUE_VERSION,
    };
    if (run.previousRunId !== undefined) described.PreviousRunId = run.previousRunId;
    if (run.arguments !== NO_ARGUMENTS) described.Arguments = run.arguments;
    if (WorkerType !== undefined) described.WorkerType = WorkerType;
    if (NumberOfWorkers !== undefined) described.NumberOfWorkers = NumberOfWorkers;
    if (definition.ExecutionClass !== undefined) described.ExecutionClass = definition.ExecutionClass;
    if (isBehind) return described;
    if (run.errorMessage !== undefined) described.ErrorMessage = run.errorMessage;
    if (run.completedOn !== undefined) {
        described.CompletedOn = new Date(run.completedOn);
        run.description = described;
    }
    return described;
}

/** A job as `Job` of Glue's API. */
export function describeJob(job: GlueJob): object {
    const { definition } = job;
    return {
        Name: job.name,
        ...definition,
        JobMode: definition.JobMode ?? "SCRIPT",
        ExecutionProperty: { MaxConcurrentRuns: job.maxConcurrentRuns },
        MaxRetries: definition.MaxRetries ?? 0,
        Timeout: timeoutOf(definition),
        MaxCapacity: capacityOf(definition),
        JobRunQueuingEnabled: definition.JobRunQueuingEnabled ?? false,
        CreatedOn: new Date(job.createdOn),
        LastModifiedOn: new Date(job.lastModifiedOn),
    };
}
