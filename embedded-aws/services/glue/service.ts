/**
 * Glue: jobs and their runs, with everything that makes it hard to start jobs: MaxConcurrentRuns, runs that still count
 * for a while after their end, the account's quota and rate, queueing, retries by Glue itself, and stops that take
 * time.
 *
 * From the Glue Developer Guide ("Jobs API", "AWS Glue job run statuses", "Automating AWS Glue with EventBridge").
 * Where AWS publishes no text for an error, the text is ours.
 */
import { arnIn } from "../../location.ts";
import type { Resource } from "../../recording/resource.ts";
import { AwsError, UnsupportedError } from "../../service.ts";
import type { Caller, Operations, ResourceKinds, Service, World } from "../../service.ts";
import { Role } from "../iam/index.ts";
import { RateLimit } from "../lib/rate-limit.ts";
import { StaleReads } from "../lib/stale-reads.ts";
import type { ReadLag } from "../lib/stale-reads.ts";
import {
    capacityOf,
    checkArguments,
    checkCapacity,
    checkDefinition,
    checkTimeout,
    DEFINITION_INPUTS,
    definitionOf,
    invalidInput,
} from "./definition.ts";
import type { Capacity, JobDefinition } from "./definition.ts";
import { describeJob, describeRun, GlueJob, GlueRun } from "./run.ts";
import type { JobBehavior, RunEnd, RunOptions, RunState } from "./run.ts";

type RunListener = (run: GlueRun) => void;

interface StartJobRunInput extends Capacity {
    JobName: string;
    Arguments?: Record<string, string>;
    Timeout?: number;
}

interface GetJobRunsInput {
    JobName: string;
    MaxResults?: number;
    NextToken?: string;
}

const START_MEMBERS = ["JobName", "Arguments", "Timeout", "WorkerType", "NumberOfWorkers", "MaxCapacity"];

/** Glue API Reference, "GetJobRuns": MaxResults is 1 to 200. */
const MAX_PAGE = 200;

/**
 * The messages of events. A failure has its own message. There is no event for another end (Glue Developer Guide, "Automating
 * AWS Glue with EventBridge").
 */
const END_MESSAGES: Partial<Record<RunState, string>> = {
    SUCCEEDED: "Job run succeeded",
    TIMEOUT: "Job run timed out",
    STOPPED: "Job run stopped",
};

/** For each end that has an event. */
const EVENT_SEVERITIES: Partial<Record<RunState, string>> = {
    SUCCEEDED: "INFO",
    FAILED: "ERROR",
    TIMEOUT: "WARN",
    STOPPED: "INFO",
};

export class GlueService implements Service {
    readonly operations: Operations = {
        StartJobRun: this.startJobRun.bind(this),
        GetJobRun: this.getJobRun.bind(this),
        GetJobRuns: this.getJobRuns.bind(this),
        BatchStopJobRun: this.batchStopJobRun.bind(this),
        GetJob: this.getJob.bind(this),
        UpdateJob: this.updateJob.bind(this),
        ListJobs: this.listJobs.bind(this),
    };
    readonly kinds: ResourceKinds = {
        "aws:glue/job:Job": {
            inputs: ["name", ...DEFINITION_INPUTS, "tags"],
            create: this.createJob.bind(this),
            update: this.redefineJob.bind(this),
            remove: this.removeJob.bind(this),
        },
    };
    /** Runs of the API's callers that are starting, running or stopping, and the most there were at once. */
    running = 0;
    peak = 0;
    private readonly world: World;
    private readonly behavior: JobBehavior;
    private readonly jobs = new Map<string, GlueJob>();
    /** The ARNs of the log groups that Glue has created. */
    private readonly logGroups = new Set<string>();
    private readonly startRate: RateLimit;
    private readonly reads: StaleReads;
    private readonly startListeners: RunListener[] = [];
    private readonly beginListeners: RunListener[] = [];
    private readonly endListeners: RunListener[] = [];
    /** Runs that count against the account's quota: those that have not ended, and ended ones for a while. */
    private counted = 0;
    /** Data processing units of the runs that are starting, running or stopping. */
    private dpus = 0;

    constructor(world: World, behavior: JobBehavior) {
        this.world = world;
        this.behavior = behavior;
        this.startRate = new RateLimit(world.clock, world.model.glueQuota);
        this.reads = new StaleReads(world, "glue");
    }

    /** Calls `listener` with every accepted run, runs from outside and retries by Glue included. */
    onStart(listener: RunListener): void {
        this.startListeners.push(listener);
    }

    /** Calls `listener` with every run that leaves Glue's queue, or was never in it: from now on it counts. */
    onBegin(listener: RunListener): void {
        this.beginListeners.push(listener);
    }

    /** Calls `listener` with every run that ended. */
    onEnd(listener: RunListener): void {
        this.endListeners.push(listener);
    }

    /** Has GetJobRun and GetJobRuns answer as of so many milliseconds ago: runs are not there yet, or have not ended. */
    onRead(lagOf: ReadLag): void {
        this.reads.lagBy(lagOf);
    }

    /** Starts a run of somebody else, by hand or from another system. It counts, and ends after `durationMillis`. */
    startOutsideRun(jobName: string, durationMillis: number): GlueRun {
        return this.accept(this.job(jobName), { outsideMillis: durationMillis });
    }

    /** The job with a name. Throws EntityNotFoundException if there is none. */
    job(name: string): GlueJob {
        const job = this.jobs.get(name);
        if (!job) throw notFound(`Job ${name} not found.`);
        return job;
    }

    private createJob({ inputs, outputs }: Resource): void {
        const name = String(outputs["name"]);
        const definition = definitionOf(inputs);
        this.check(name, definition);
        if (this.jobs.has(name))
            throw new AwsError("AlreadyExistsException", `Job with name ${name} already submitted.`);
        const tags = (inputs["tags"] ?? {}) as Record<string, string>;
        const job = new GlueJob(String(outputs["arn"]), name, definition, tags, this.world.clock.now());
        const problem = this.roleProblem(job);
        if (problem !== undefined) throw invalidInput(problem);
        this.world.register(job.arn, job);
        this.jobs.set(name, job);
    }

    private redefineJob({ inputs, outputs }: Resource): void {
        this.define(this.job(String(outputs["name"])), definitionOf(inputs));
    }

    /** The runs of the job go on, but cannot be found any more. */
    private removeJob({ outputs }: Resource): void {
        const job = this.job(String(outputs["name"]));
        this.jobs.delete(job.name);
        this.world.unregister(job.arn);
    }

    private startJobRun(input: StartJobRunInput): { JobRunId: string } {
        const unknown = Object.keys(input).find((name) => !START_MEMBERS.includes(name));
        if (unknown !== undefined)
            throw new UnsupportedError(`The embedded AWS does not support glue:StartJobRun with ${unknown}.`);
        if (!this.startRate.take()) throw this.refused("ThrottlingException", "Rate exceeded");
        const job = this.jobs.get(input.JobName);
        if (!job) throw notFound("Failed to start job run due to missing metadata");
        const { argumentBytes = Infinity } = this.world.model.glueQuota;
        return { JobRunId: this.accept(job, runOptions(input, argumentBytes)).id };
    }

    /** Starts a run, queues it or refuses it. */
    private accept(job: GlueJob, options: RunOptions): GlueRun {
        const queue = job.definition.JobRunQueuingEnabled === true && !this.hasRoom(job);
        if (queue) this.checkQueue();
        else this.checkRoom(job);
        const id = `jr_${this.world.random.hex(64)}`;
        const run = this.createRun(job, id, queue ? "WAITING" : "STARTING", options);
        if (queue) job.waiting.push(run);
        else this.begin(run);
        return run;
    }

    private createRun(job: GlueJob, id: string, state: RunState, options: RunOptions): GlueRun {
        const run = new GlueRun(job, id, this.world.clock.now(), options);
        run.state = state;
        job.add(run);
        this.world.count("glue.runs");
        for (const listener of this.startListeners) listener(run);
        return run;
    }

    private checkRoom(job: GlueJob): void {
        if (job.counted >= job.maxConcurrentRuns) {
            throw this.refused("ConcurrentRunsExceededException", `Concurrent runs exceeded for ${job.name}`);
        }
        const { concurrentRuns } = this.world.model.glueQuota;
        if (this.counted >= concurrentRuns) {
            const message = `Concurrent runs exceeded for account ${this.world.account}: ${concurrentRuns}`;
            throw this.exceeded(message);
        }
    }

    private checkQueue(): void {
        const { queuedRuns = Infinity } = this.world.model.glueQuota;
        const queued = [...this.jobs.values()].reduce((sum, { waiting }) => sum + waiting.length, 0);
        if (queued >= queuedRuns) throw this.exceeded(`Queued runs exceeded for account: ${queuedRuns}`);
    }

    private exceeded(message: string): AwsError {
        return this.refused("ResourceNumberLimitExceededException", message);
    }

    private hasRoom(job: GlueJob): boolean {
        return (
            job.counted < job.maxConcurrentRuns &&
            this.counted < this.world.model.glueQuota.concurrentRuns &&
            this.dpus + capacityOf(job.definition) <= this.maxDpus
        );
    }

    private refused(name: string, message: string): AwsError {
        this.world.count("glue.refused");
        return new AwsError(name, message);
    }

    private begin(run: GlueRun): void {
        const { job } = run;
        job.counted++;
        this.counted++;
        this.dpus += run.capacity;
        run.lacksCapacity = this.dpus > this.maxDpus;
        if (run.outsideMillis === undefined) {
            this.peak = Math.max(this.peak, ++this.running);
            job.peak = Math.max(job.peak, ++job.running);
        }
        this.change(run, "STARTING");
        for (const listener of this.beginListeners) listener(run);
        run.timer = this.world.clock.after(this.world.model.glueStartMillis(), () => this.launch(run));
    }

    private get maxDpus(): number {
        return this.world.model.glueQuota.dpus ?? Infinity;
    }

    private launch(run: GlueRun): void {
        if (run.lacksCapacity) {
            const message = `Exceeded maximum concurrent capacity for your account: ${this.maxDpus}. Please contact AWS Support to increase this limit.`;
            this.end(run, "FAILED", message);
            return;
        }
        const problem = this.roleProblem(run.job) ?? this.scriptProblem(run.job);
        if (problem !== undefined) {
            const prefix = `JobName:${run.job.name} and JobRunId:${run.id} failed to execute with exception `;
            this.end(run, "FAILED", prefix + problem);
            return;
        }
        this.openLogs(run.job);
        this.change(run, "RUNNING");
        const { clock } = this.world;
        run.runningSince = clock.now();
        run.timer = clock.after(run.timeoutMinutes * 60_000, () => this.halt(run, "TIMEOUT"));
        if (run.outsideMillis !== undefined) {
            const timer = clock.after(run.outsideMillis, () => this.finish(run, { state: "SUCCEEDED" }));
            run.stop = () => clock.cancel(timer);
            return;
        }
        const stop = this.behavior.start(run, (end) => this.finish(run, end));
        if (stop && !run.isTerminal) run.stop = stop;
    }

    /** Glue does not say for which job it assumes a role. */
    private roleProblem({ definition: { Role: name } }: GlueJob): string | undefined {
        const role = this.world.find(this.roleArn(name));
        if (role instanceof Role && role.trusts("glue.amazonaws.com")) return undefined;
        return `Role ${name} should be given assume role permissions for Glue Service.`;
    }

    /** Glue fetches the script under the job's role. */
    private scriptProblem({ definition: { Command, Role }, arn }: GlueJob): string | undefined {
        const [, bucket = "", key = ""] = /^s3:\/\/([^/]+)\/(.+)$/.exec(Command.ScriptLocation ?? "") ?? [];
        const caller = this.callerOf(Role, arn);
        try {
            this.world.call("s3", "GetObject", { Bucket: bucket, Key: key }, caller);
            return undefined;
        } catch (error) {
            if (!(error instanceof AwsError)) throw error;
            const status = `Service: Amazon S3; Status Code: ${error.statusCode}; Error Code: ${error.name}`;
            return `LAUNCH ERROR | Error downloading from S3 for bucket: ${bucket}, key: ${key}.${error.message} (${status})`;
        }
    }

    /**
     * Glue writes the output of a run to log groups that all jobs share, and creates the groups if they are missing
     * (Glue Developer Guide, "Monitoring with Amazon CloudWatch"). A run whose role may not do that has no log.
     */
    private openLogs({ definition: { Role, Command }, arn }: GlueJob): void {
        const caller = this.callerOf(Role, arn);
        const family = Command.Name === "pythonshell" ? "python-jobs" : "jobs";
        for (const output of ["output", "error"]) {
            const group = arnIn(this.world, "logs", `log-group:/aws-glue/${family}/${output}`);
            const may = (action: string): boolean =>
                this.world.allows(caller, { action: `logs:${action}`, resource: `${group}:log-stream:run` });
            if (!this.logGroups.has(group) && may("CreateLogGroup")) this.logGroups.add(group);
            const isOpen = this.logGroups.has(group) && may("CreateLogStream") && may("PutLogEvents");
            if (!isOpen) this.world.count("glue.logsLost");
        }
    }

    private callerOf(role: string, sourceArn: string): Caller {
        return { principal: "glue.amazonaws.com", roleArn: this.roleArn(role), sourceArn };
    }

    /** The role of a job may be given by its name. */
    private roleArn(name: string): string {
        const { account, partition } = this.world;
        return name.startsWith("arn:") ? name : `arn:${partition}:iam::${account}:role/${name}`;
    }

    /** Ends a run whose work has ended. */
    private finish(run: GlueRun, { state, errorMessage }: RunEnd): void {
        if (run.isTerminal) return;
        if (run.endingAs) this.end(run, run.endingAs);
        else this.end(run, state, errorMessage);
    }

    /** Stops the work of a run, and ends the run when the work has ended. */
    private halt(run: GlueRun, endingAs: "STOPPED" | "TIMEOUT"): void {
        const { clock, model } = this.world;
        clock.cancel(run.timer);
        run.timer = undefined;
        run.endingAs = endingAs;
        if (endingAs === "STOPPED") this.change(run, "STOPPING");
        const finishes = run.stop?.() === true;
        run.stop = undefined;
        if (finishes || run.isTerminal) return;
        if (endingAs === "TIMEOUT") this.end(run, "TIMEOUT");
        else run.timer = clock.after(model.glueStopMillis(), () => this.end(run, "STOPPED"));
    }

    private end(run: GlueRun, state: RunState, errorMessage?: string): void {
        const { clock, model } = this.world;
        clock.cancel(run.timer);
        run.timer = undefined;
        run.stop = undefined;
        const counted = run.state !== "WAITING";
        const lag = model.glueReadLagMillis();
        if (lag > 0) run.endShownFrom = clock.now() + model.eventMillis + lag;
        run.lastState = run.state;
        this.change(run, state);
        run.completedOn = clock.now();
        run.errorMessage = errorMessage;
        if (counted && run.outsideMillis === undefined) {
            this.running--;
            run.job.running--;
        }
        if (counted) this.dpus -= run.capacity;
        this.bill(run);
        if (state in EVENT_SEVERITIES) this.sendEvent(run);
        for (const listener of this.endListeners) listener(run);
        if (counted) this.releaseAfterTail(run.job);
        if (state === "FAILED") this.retry(run);
    }

    private bill(run: GlueRun): void {
        if (run.runningSince === undefined) return;
        const millis = clockMillis(run);
        this.world.count("glue.runMillis", millis);
        // AWS Glue pricing: by the second, with a minimum of one minute.
        this.world.count("glue.dpuSeconds", Math.max(60, Math.ceil(millis / 1000)) * run.capacity);
    }

    private releaseAfterTail(job: GlueJob): void {
        const release = (): void => {
            job.counted--;
            this.counted--;
            this.admitWaiting();
        };
        const tail = this.world.model.glueTailMillis();
        if (tail > 0) this.world.clock.after(tail, release);
        else release();
    }

    private admitWaiting(): void {
        for (const job of this.jobs.values()) {
            while (job.waiting.length > 0 && this.hasRoom(job)) {
                const i = this.world.random.integer(0, job.waiting.length - 1);
                this.begin(takeOut(job.waiting, i));
            }
        }
    }

    /** A retry by Glue: one more run, with an id that is made from the first one's. */
    private retry(run: GlueRun): void {
        const attempt = run.attempt + 1;
        if (attempt > (run.job.definition.MaxRetries ?? 0) || run.outsideMillis !== undefined) return;
        const first = run.id.replace(/_attempt_\d+$/, "");
        const again = this.createRun(run.job, `${first}_attempt_${attempt}`, "STARTING", {
            arguments: run.arguments,
            attempt,
            previousRunId: run.id,
            timeoutMinutes: run.timeoutMinutes,
            ...(run.ownCapacity ? { capacity: run.ownCapacity } : {}),
        });
        this.begin(again);
    }

    private change(run: GlueRun, state: RunState): void {
        run.state = state;
        run.lastModifiedOn = this.world.clock.now();
    }

    private sendEvent({ job, id, state, errorMessage, completedOn = 0 }: GlueRun): void {
        const severity = EVENT_SEVERITIES[state];
        const Detail = {
            jobName: job.name,
            severity,
            state,
            jobRunId: id,
            message: errorMessage ?? END_MESSAGES[state] ?? "",
        };
        const entry = { Source: "aws.glue", DetailType: "Glue Job State Change", Detail, Resources: [] };
        const input = { Entries: [{ ...entry, Time: new Date(completedOn) }] };
        const caller: Caller = { principal: "glue.amazonaws.com", sourceArn: job.arn };
        const { clock, model } = this.world;
        clock.after(model.eventMillis, () => {
            this.world.call("events", "PutServiceEvents", input, caller);
        });
    }

    private getJob({ JobName }: { JobName: string }): object {
        return { Job: describeJob(this.job(JobName)) };
    }

    private getJobRun({ JobName, RunId }: { JobName: string; RunId: string }, caller: Caller): object {
        const run = this.job(JobName).byId.get(RunId);
        const moment = this.reads.momentOf("GetJobRun", caller);
        const now = this.world.clock.now();
        const isThere = run !== undefined && run.startedOn <= moment;
        this.reads.count("GetJobRun", run !== undefined && (!isThere || run.endsAfter(moment, now)));
        if (!isThere) throw notFound(`Job Run ${RunId} not found.`);
        return { JobRun: describeRun(run, now, moment) };
    }

    private getJobRuns(
        { JobName, MaxResults = MAX_PAGE, NextToken }: GetJobRunsInput,
        caller: Caller,
    ): object {
        const { runs } = this.job(JobName);
        checkPageSize(MaxResults, MAX_PAGE);
        // A token names the first run of its page, so new runs do not move the page.
        const first = NextToken === undefined ? runs.length - 1 : Number(NextToken);
        if (!Number.isInteger(first) || first >= runs.length) throw invalidInput("Invalid NextToken");
        const now = this.world.clock.now();
        const last = Math.max(-1, first - MaxResults);
        const moment = this.reads.momentOf("GetJobRuns", caller);
        let newest = first;
        while (newest > last && (runs[newest] as GlueRun).startedOn > moment) newest--;
        const page = new Array<object>(newest - last);
        let isStale = newest < first;
        for (let i = newest; i > last; i--) {
            const run = runs[i] as GlueRun;
            page[newest - i] = describeRun(run, now, moment);
            isStale ||= run.endsAfter(moment, now);
        }
        this.reads.count("GetJobRuns", isStale);
        return { JobRuns: page, ...(last >= 0 ? { NextToken: String(last) } : {}) };
    }

    private batchStopJobRun({ JobName, JobRunIds }: { JobName: string; JobRunIds: string[] }): object {
        const job = this.job(JobName);
        if (JobRunIds.length < 1 || JobRunIds.length > 25) {
            throw invalidInput(`JobRunIds has ${JobRunIds.length} ids, expected 1 to 25`);
        }
        const SuccessfulSubmissions: object[] = [];
        const Errors: object[] = [];
        for (const JobRunId of JobRunIds) {
            const problem = this.stopRun(job.byId.get(JobRunId));
            if (!problem) SuccessfulSubmissions.push({ JobName, JobRunId });
            else
                Errors.push({
                    JobName,
                    JobRunId,
                    ErrorDetail: { ErrorCode: problem.name, ErrorMessage: problem.message },
                });
        }
        return { SuccessfulSubmissions, Errors };
    }

    private stopRun(run: GlueRun | undefined): AwsError | undefined {
        if (!run) return notFound("Job Run not found.");
        if (run.isTerminal) {
            return new AwsError(
                "JobRunInTerminalStateException",
                `Job Run ${run.id} is in terminal state ${run.state}.`,
            );
        }
        if (run.endingAs) {
            const message = `Job Run ${run.id} cannot go from ${run.state} to STOPPING.`;
            return new AwsError("JobRunInvalidStateTransitionException", message);
        }
        if (run.state === "WAITING") {
            takeOut(run.job.waiting, run.job.waiting.indexOf(run));
            this.end(run, "STOPPED");
        } else this.halt(run, "STOPPED");
        return undefined;
    }

    /** As on AWS, what an update leaves out goes back to its default. */
    private updateJob({ JobName, JobUpdate }: { JobName: string; JobUpdate: JobDefinition }): {
        JobName: string;
    } {
        const job = this.job(JobName);
        const unknown = Object.keys(JobUpdate).find((member) => !DEFINITION_MEMBERS.includes(member));
        if (unknown !== undefined)
            throw new UnsupportedError(
                `The embedded AWS does not support glue:UpdateJob with JobUpdate.${unknown}.`,
            );
        this.define(job, structuredClone(JobUpdate));
        return { JobName };
    }

    private check(name: string, definition: JobDefinition): void {
        checkDefinition(name, definition);
        const { runsOfJob = Infinity } = this.world.model.glueQuota;
        const runs = definition.ExecutionProperty?.MaxConcurrentRuns ?? 1;
        if (runs <= runsOfJob) return;
        throw this.exceeded(`MaxConcurrentRuns of job ${name} is ${runs}, expected at most ${runsOfJob}`);
    }

    private define(job: GlueJob, definition: JobDefinition): void {
        this.check(job.name, definition);
        job.definition = definition;
        job.lastModifiedOn = this.world.clock.now();
        this.admitWaiting();
    }

    private listJobs({
        MaxResults = 1000,
        NextToken = "0",
    }: {
        MaxResults?: number;
        NextToken?: string;
    }): object {
        checkPageSize(MaxResults, 1000);
        const names = [...this.jobs.keys()];
        const end = Number(NextToken) + MaxResults;
        return {
            JobNames: names.slice(Number(NextToken), end),
            ...(end < names.length ? { NextToken: String(end) } : {}),
        };
    }
}

const DEFINITION_MEMBERS = DEFINITION_INPUTS.map((input) =>
    input === "roleArn" ? "Role" : input.charAt(0).toUpperCase() + input.slice(1),
);

function runOptions(
    { Arguments, Timeout, WorkerType, NumberOfWorkers, MaxCapacity }: StartJobRunInput,
    argumentBytes: number,
): RunOptions {
    if (Arguments) {
        checkArguments(Arguments);
        const size = Object.entries(Arguments).reduce(
            (sum, [name, value]) => sum + name.length + Buffer.byteLength(value),
            0,
        );
        if (size > argumentBytes) throw invalidInput("Request size limit exceeded");
    }
    checkTimeout(Timeout);
    const options = {
        ...(Arguments ? { arguments: { ...Arguments } } : {}),
        ...(Timeout ? { timeoutMinutes: Timeout } : {}),
    };
    if (WorkerType === undefined && NumberOfWorkers === undefined && MaxCapacity === undefined)
        return options;
    const capacity: Capacity = {
        ...(WorkerType === undefined ? {} : { WorkerType }),
        ...(NumberOfWorkers === undefined ? {} : { NumberOfWorkers }),
        ...(MaxCapacity === undefined ? {} : { MaxCapacity }),
    };
    checkCapacity(capacity);
    return { ...options, capacity };
}

function clockMillis({ runningSince = 0, completedOn = 0 }: GlueRun): number {
    return completedOn - runningSince;
}

/** Removes an element of a list that has no order. */
function takeOut(list: GlueRun[], i: number): GlueRun {
    const taken = list[i] as GlueRun;
    const last = list.pop() as GlueRun;
    if (last !== taken) list[i] = last;
    return taken;
}

function checkPageSize(size: number, largest: number): void {
    if (Number.isInteger(size) && size >= 1 && size <= largest) return;
    throw invalidInput(`MaxResults is ${size}, expected 1 to ${largest}`);
}

function notFound(message: string): AwsError {
    return new AwsError("EntityNotFoundException", message);
}
