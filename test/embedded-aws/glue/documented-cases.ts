/** What the Glue Developer Guide says of jobs and their runs. */
import assert from "node:assert/strict";
import type { GlueCase, Stage, Step } from "./documented-run.ts";

const JOBS = "Glue Developer Guide: Jobs API, Jobs";
const RUNS = "Glue Developer Guide: Jobs API, Job runs";
const STATUSES = "Glue Developer Guide: AWS Glue job run statuses";
const PROPERTIES = "Glue Developer Guide: Configuring job properties for Spark jobs in AWS Glue; unchecked";
const EVENTS = "Glue Developer Guide: Automating AWS Glue with EventBridge";
const ERRORS = "Glue Developer Guide: Exceptions";
const QUOTAS = "AWS General Reference: AWS Glue endpoints and quotas";
const NO_CAPACITY =
    "Exceeded maximum concurrent capacity for your account: 5. Please contact AWS Support to increase this limit.";
const NOT_FOUND = "EntityNotFoundException";
const INVALID = "InvalidInputException";
const FULL = "ConcurrentRunsExceededException";

const fails = { Arguments: { "--fails": "exit code 1" } };
const hangs = { Arguments: { "--hangs": "" } };
const roomy = { concurrentRuns: 100, burst: 1000, perSecond: 1000 };
const many = { executionProperty: { maxConcurrentRuns: 100 } };

/** Long enough for every run to start, run and end. */
const ended: Step = ["wait", 70];

function starts(count: number): Step[] {
    return Array.from({ length: count }, (_, index) => ["start", `run${index + 1}`] as const);
}

function refusing(title: string, source: string, job: Record<string, unknown>): GlueCase {
    return { title, source, job, refused: INVALID };
}

/** A page of GetJobRuns: the runs' ids. */
function page(stage: Stage, input: object): { ids: unknown[]; token: unknown } {
    const { JobRuns, NextToken } = stage.call("GetJobRuns", input);
    return { ids: (JobRuns as { Id: string }[]).map(({ Id }) => Id), token: NextToken };
}

const states: readonly GlueCase[] = [
    {
        title: "a run is STARTING, RUNNING and then SUCCEEDED",
        source: STATUSES,
        steps: [
            ["start", "run"],
            ["states", { run: "STARTING" }],
            ["wait", 10],
            ["states", { run: "RUNNING" }],
            ["wait", 60],
            ["states", { run: "SUCCEEDED" }],
        ],
    },
    {
        title: "a run tells when it was started and ended, and for how many seconds it used resources",
        source: RUNS,
        steps: [
            ["start", "run"],
            ["wait", 40],
            ["run", "run", { ExecutionTime: 30, JobName: "job", Attempt: 0, JobMode: "SCRIPT" }],
            ["wait", 60],
            [
                "check",
                (stage) => {
                    const { StartedOn, CompletedOn, LastModifiedOn, ExecutionTime } = stage.run("run");
                    assert.equal(Number(CompletedOn) - Number(StartedOn), 70_000);
                    assert.deepEqual(LastModifiedOn, CompletedOn);
                    assert.equal(ExecutionTime, 60);
                },
            ],
        ],
    },
    {
        title: "a run whose script fails is FAILED, with a message",
        source: STATUSES,
        steps: [
            ["start", "run", fails],
            ended,
            ["run", "run", { JobRunState: "FAILED", ErrorMessage: "exit code 1" }],
        ],
    },
    {
        title: "a run that exceeds its timeout in minutes is TIMEOUT",
        source: STATUSES,
        job: { timeout: 2 },
        steps: [
            ["start", "run", hangs],
            ["wait", 129],
            ["states", { run: "RUNNING" }],
            ["wait", 1],
            ["states", { run: "TIMEOUT" }],
        ],
    },
    {
        title: "a run's own timeout replaces that of its job",
        source: RUNS,
        job: { timeout: 10 },
        steps: [
            ["start", "run", { ...hangs, Timeout: 1 }],
            ["run", "run", { Timeout: 1 }],
            ["wait", 70],
            ["states", { run: "TIMEOUT" }],
        ],
    },
    ...[
        ["4.0", 2880],
        ["5.0", 480],
        [undefined, 480],
    ].map(([glueVersion, Timeout]): GlueCase => ({
        title: `without a timeout a job of Glue ${glueVersion ?? "without a version, which is 5.1,"} has ${Timeout} minutes`,
        source: JOBS,
        job: glueVersion === undefined ? {} : { glueVersion },
        steps: [
            ["call", "GetJob", {}, { Job: { Timeout } }],
            ["start", "run"],
            ["run", "run", { Timeout, GlueVersion: glueVersion ?? "5.1" }],
        ],
    })),
    refusing("a job's timeout is 10,080 minutes at most", JOBS, { timeout: 10_081 }),
    refusing("a job's timeout is at least a minute", JOBS, { timeout: 0 }),
    {
        title: "a run's timeout is from 1 to 10,080 minutes",
        source: RUNS,
        steps: [
            ["refused", INVALID, ["start", "run", { Timeout: 10_081 }]],
            ["refused", INVALID, ["start", "run", { Timeout: 0 }]],
            ["start", "run", { Timeout: 10_080 }],
        ],
    },
    {
        title: "a run that is stopped is STOPPING, and STOPPED later",
        source: STATUSES,
        steps: [
            ["start", "run"],
            ["wait", 20],
            ["stop", ["run"]],
            ["states", { run: "STOPPING" }],
            ["wait", 4],
            ["states", { run: "STOPPING" }],
            ["wait", 1],
            ["states", { run: "STOPPED" }],
        ],
    },
    {
        title: "a run may be stopped while it is STARTING, and uses no resources then",
        source: STATUSES,
        steps: [
            ["start", "run"],
            ["stop", ["run"]],
            ["wait", 60],
            ["run", "run", { JobRunState: "STOPPED", ExecutionTime: 0 }],
        ],
    },
    {
        title: "BatchStopJobRun answers of each run whether it was submitted, or why not",
        source: ERRORS,
        job: many,
        steps: [
            ["start", "ended"],
            ended,
            ["start", "stopping"],
            ["start", "running"],
            ["stop", ["stopping"]],
            [
                "stop",
                ["running", "ended", "stopping", "jr_0"],
                {
                    ended: "JobRunInTerminalStateException",
                    stopping: "JobRunInvalidStateTransitionException",
                    jr_0: NOT_FOUND,
                },
            ],
        ],
    },
    {
        title: "BatchStopJobRun takes 1 to 25 runs",
        source: "Glue Web API Reference: BatchStopJobRun",
        steps: [
            ["refused", INVALID, ["stop", []]],
            ["refused", INVALID, ["stop", Array.from({ length: 26 }, (_, index) => `jr_${index}`)]],
        ],
    },
    {
        title: "a run is ERROR or EXPIRED when a trigger starts a deleted job",
        source: STATUSES,
        notModelled: "there are no triggers and no workflows",
        steps: [
            [
                "check",
                ({ glue }) =>
                    assert.deepEqual(
                        Object.keys(glue.operations).filter((name) => /Trigger|Workflow/.test(name)),
                        [],
                    ),
            ],
        ],
    },
    {
        title: "runs are forgotten after 90 days",
        source: RUNS,
        notModelled: "a world keeps them for as long as it runs",
        steps: [
            ["start", "run"],
            ["wait", 91 * 86_400],
            ["states", { run: "SUCCEEDED" }],
        ],
    },
];

const limits: readonly GlueCase[] = [
    {
        title: "a job runs once at a time unless it says otherwise",
        source: JOBS,
        steps: [["start", "run"], ["refused", FULL, ["start", "other"]], ended, ["start", "other"]],
    },
    {
        title: "starts beyond MaxConcurrentRuns are refused",
        source: JOBS,
        job: { executionProperty: { maxConcurrentRuns: 3 } },
        steps: [...starts(3), ["refused", FULL, ["start", "run4"]], ["wait", 70], ["start", "run4"]],
    },
    {
        title: "a run counts until it is STOPPED, not only until it is asked to stop",
        source: STATUSES,
        steps: [
            ["start", "run"],
            ["wait", 20],
            ["stop", ["run"]],
            ["refused", FULL, ["start", "other"]],
            ["wait", 5],
            ["start", "other"],
        ],
    },
    {
        title: "starts beyond the account's quota of runs are refused",
        source: RUNS,
        job: many,
        model: { glueQuota: { concurrentRuns: 2, burst: 100, perSecond: 100 } },
        steps: [...starts(2), ["refused", "ResourceNumberLimitExceededException", ["start", "run3"]]],
    },
    {
        title: "a job allows no more concurrent runs than the account's quota for a job",
        source: `${QUOTAS}; CloudFormation Template Reference: AWS::Glue::Job ExecutionProperty`,
        model: { glueQuota: { ...roomy, runsOfJob: 99 } },
        job: many,
        refused: "ResourceNumberLimitExceededException",
    },
    {
        title: "a run beyond the account's quota of DPUs is accepted, and fails when it would start",
        source: `${STATUSES} (Max concurrent compute exceeded); ${QUOTAS}`,
        job: many,
        model: { glueQuota: { ...roomy, dpus: 5 } },
        steps: [
            ...starts(3),
            ["wait", 10],
            ["states", { run1: "RUNNING", run2: "RUNNING", run3: "FAILED" }],
            ["run", "run3", { ErrorMessage: NO_CAPACITY, ExecutionTime: 0 }],
            ended,
            ["start", "run4"],
            ["wait", 10],
            ["states", { run4: "RUNNING" }],
        ],
    },
    {
        title: "with job run queuing the account's quota of DPUs makes runs wait",
        source: STATUSES,
        job: { ...many, jobRunQueuingEnabled: true },
        model: { glueQuota: { ...roomy, dpus: 3 } },
        steps: [
            ...starts(2),
            ["states", { run1: "STARTING", run2: "WAITING" }],
            ended,
            ["states", { run2: "STARTING" }],
        ],
    },
    {
        title: "starts beyond the account's quota of queued runs are refused",
        source: QUOTAS,
        job: { jobRunQueuingEnabled: true },
        model: { glueQuota: { ...roomy, queuedRuns: 1 } },
        steps: [
            ...starts(2),
            ["states", { run1: "STARTING", run2: "WAITING" }],
            ["refused", "ResourceNumberLimitExceededException", ["start", "run3"]],
        ],
    },
    {
        title: "starts in quick succession are throttled",
        source: "observed: Rate exceeded above 15 starts at once (AWS re:Post)",
        job: many,
        model: { glueQuota: { concurrentRuns: 100, burst: 15, perSecond: 1 } },
        steps: [
            ...starts(15),
            ["refused", "ThrottlingException", ["start", "run16"]],
            ["wait", 1],
            ["start", "run16"],
        ],
    },
    {
        title: "with job run queuing a run that finds no room is WAITING, and starts when there is some",
        source: STATUSES,
        job: { jobRunQueuingEnabled: true },
        steps: [
            ["start", "run"],
            ["start", "queued"],
            ["states", { run: "STARTING", queued: "WAITING" }],
            ["run", "queued", { JobRunQueuingEnabled: true }],
            ended,
            ["states", { run: "SUCCEEDED", queued: "STARTING" }],
            ended,
            ["states", { queued: "SUCCEEDED" }],
        ],
    },
    {
        title: "with job run queuing the account's quota makes runs wait, too",
        source: STATUSES,
        job: { ...many, jobRunQueuingEnabled: true },
        model: { glueQuota: { concurrentRuns: 1, burst: 100, perSecond: 100 } },
        steps: [
            ["start", "run"],
            ["start", "queued"],
            ["states", { run: "STARTING", queued: "WAITING" }],
        ],
    },
    {
        title: "a run that is WAITING can be stopped",
        source: STATUSES,
        job: { jobRunQueuingEnabled: true },
        steps: [
            ["start", "run"],
            ["start", "queued"],
            ["stop", ["queued"]],
            ["states", { queued: "STOPPED" }],
            ["wait", 300],
            ["states", { queued: "STOPPED" }],
        ],
    },
    {
        title: "a start may ask for queuing, a retry of a run, an execution class or a notification of its own",
        source: RUNS,
        notModelled: "the program does not use them, and they are refused by name",
        steps: [
            ["unsupported", /JobRunQueuingEnabled/, ["start", "run", { JobRunQueuingEnabled: true }]],
            ["unsupported", /JobRunId/, ["start", "run", { JobRunId: "jr_1" }]],
            ["unsupported", /ExecutionClass/, ["start", "run", { ExecutionClass: "FLEX" }]],
            ["unsupported", /NotificationProperty/, ["start", "run", { NotificationProperty: {} }]],
        ],
    },
];

const argumentsAndRetries: readonly GlueCase[] = [
    {
        title: "a run's arguments replace its job's, one by one, but for those that none may replace",
        source: RUNS,
        job: {
            defaultArguments: { "--a": "job", "--b": "job" },
            nonOverridableArguments: { "--c": "job" },
        },
        steps: [
            ["start", "run", { Arguments: { "--b": "run", "--c": "run" } }],
            ["run", "run", { Arguments: { "--b": "run", "--c": "run" } }],
            [
                "check",
                ({ glue, ids }) => {
                    const run = glue.job("job").byId.get(ids.get("run") ?? "");
                    assert.deepEqual(run?.effectiveArguments(), { "--a": "job", "--b": "run", "--c": "job" });
                },
            ],
        ],
    },
    {
        title: "arguments are strings",
        source: RUNS,
        steps: [["refused", INVALID, ["start", "run", { Arguments: { "--n": 1 } }]]],
    },
    {
        title: "arguments have 260 KB at most",
        source: "Glue Developer Guide: Using job parameters in AWS Glue jobs",
        job: many,
        model: { glueQuota: { ...roomy, argumentBytes: 260 * 1024 } },
        steps: [
            ["start", "run", { Arguments: { "--n": "x".repeat(260 * 1024 - 3) } }],
            ["refused", INVALID, ["start", "other", { Arguments: { "--n": "x".repeat(260 * 1024 - 2) } }]],
        ],
    },
    {
        title: "a run that failed is started again as often as MaxRetries says, each with its own id and the same arguments",
        source: `${JOBS}; the form of the ids is observed`,
        job: { maxRetries: 2 },
        steps: [
            ["start", "run", fails],
            ["wait", 600],
            [
                "check",
                (stage) => {
                    const id = stage.id("run");
                    const { ids } = page(stage, {});
                    assert.deepEqual(ids, [`${id}_attempt_2`, `${id}_attempt_1`, id]);
                    for (const attempt of [1, 2]) {
                        const PreviousRunId = attempt === 1 ? id : `${id}_attempt_1`;
                        assert.partialDeepStrictEqual(stage.run(`${id}_attempt_${attempt}`), {
                            JobRunState: "FAILED",
                            Attempt: attempt,
                            PreviousRunId,
                            ...fails,
                        });
                    }
                },
            ],
        ],
    },
    {
        title: "a run that timed out is not started again",
        source: JOBS,
        job: { maxRetries: 2, timeout: 1 },
        steps: [
            ["start", "run", hangs],
            ["wait", 600],
            ["check", (stage) => assert.equal(page(stage, {}).ids.length, 1)],
        ],
    },
    {
        title: "a run that was stopped is not started again",
        source: JOBS,
        job: { maxRetries: 2 },
        steps: [
            ["start", "run", fails],
            ["stop", ["run"]],
            ["wait", 600],
            ["check", (stage) => assert.equal(page(stage, {}).ids.length, 1)],
        ],
    },
    refusing("a job is retried ten times at most", PROPERTIES, { maxRetries: 11 }),
];

const requests: readonly GlueCase[] = [
    {
        title: "a job that does not exist is EntityNotFoundException",
        source: RUNS,
        steps: [
            ["refused", NOT_FOUND, ["start", "run", { JobName: "other" }]],
            ["refused", NOT_FOUND, ["call", "GetJobRun", { JobName: "other", RunId: "jr_0" }]],
            ["refused", NOT_FOUND, ["call", "GetJobRuns", { JobName: "other" }]],
            ["refused", NOT_FOUND, ["call", "GetJob", { JobName: "other" }]],
        ],
    },
    {
        title: "a run that does not exist is EntityNotFoundException",
        source: RUNS,
        steps: [["refused", NOT_FOUND, ["call", "GetJobRun", { RunId: "jr_0" }]]],
    },
    {
        title: "a run's id is jr_ and 64 hexadecimal digits",
        source: "observed",
        steps: [
            ["start", "run"],
            ["check", (stage) => assert.match(stage.id("run"), /^jr_[0-9a-f]{64}$/)],
        ],
    },
    {
        title: "GetJobRuns gives the newest runs first, in pages of 1 to 200",
        source: "Glue API Reference: GetJobRuns; the largest page is unchecked",
        job: many,
        steps: [
            ...starts(5),
            [
                "check",
                (stage) => {
                    const newestFirst = [5, 4, 3, 2, 1].map((number) => stage.id(`run${number}`));
                    const first = page(stage, { MaxResults: 2 });
                    stage.call("StartJobRun");
                    const second = page(stage, { MaxResults: 2, NextToken: first.token });
                    const third = page(stage, { MaxResults: 2, NextToken: second.token });
                    assert.deepEqual([...first.ids, ...second.ids, ...third.ids], newestFirst);
                    assert.equal(third.token, undefined);
                },
            ],
            ["refused", INVALID, ["call", "GetJobRuns", { MaxResults: 0 }]],
            ["refused", INVALID, ["call", "GetJobRuns", { MaxResults: 201 }]],
        ],
    },
    {
        title: "UpdateJob overwrites the whole definition",
        source: "Glue API Reference: UpdateJob",
        job: { timeout: 7, description: "old" },
        steps: [
            [
                "call",
                "UpdateJob",
                {
                    JobUpdate: {
                        Role: "arn:aws:iam::123456789012:role/job",
                        Command: { Name: "glueetl", ScriptLocation: "s3://scripts/job.py" },
                        ExecutionProperty: { MaxConcurrentRuns: 3 },
                    },
                },
            ],
            ["call", "GetJob", {}, { Job: { Timeout: 480, ExecutionProperty: { MaxConcurrentRuns: 3 } } }],
            [
                "check",
                (stage) => {
                    const job = stage.call("GetJob")["Job"] as Record<string, unknown>;
                    assert.equal(job["Description"], undefined);
                    assert.equal(job["WorkerType"], undefined);
                },
            ],
        ],
    },
    {
        title: "a second job of the same name is AlreadyExistsException",
        source: "Glue API Reference: CreateJob",
        steps: [["refused", "AlreadyExistsException", ["check", (stage) => stage.create("job")]]],
    },
    refusing("a job's command is one of those that Glue has", JOBS, {
        command: { name: "bash", scriptLocation: "s3://scripts/job.py" },
    }),
    refusing("a job's script is in S3", JOBS, {
        command: { name: "glueetl", scriptLocation: "/tmp/job.py" },
    }),
    refusing("a worker type and a number of workers go together", JOBS, { numberOfWorkers: undefined }),
    refusing("a maximum capacity excludes workers", JOBS, { maxCapacity: 2 }),
    refusing("a worker type is one of those that Glue has", JOBS, { workerType: "G.9X" }),
    refusing("a Python shell job has 0.0625 or 1 DPU", JOBS, {
        command: { name: "pythonshell", scriptLocation: "s3://scripts/job.py" },
        maxCapacity: 0.5,
        workerType: undefined,
        numberOfWorkers: undefined,
    }),
    {
        title: "a Python shell job has 0.0625 DPU unless it says otherwise",
        source: JOBS,
        job: {
            command: { name: "pythonshell", scriptLocation: "s3://scripts/job.py" },
            workerType: undefined,
            numberOfWorkers: undefined,
        },
        steps: [
            ["start", "run"],
            ["run", "run", { MaxCapacity: 0.0625 }],
        ],
    },
    refusing("a role that Glue may not assume is refused", EVENTS, {
        roleArn: "arn:aws:iam::123456789012:role/missing",
    }),
    {
        title: "a run is billed by the second, a minute at least",
        source: "AWS Glue pricing; unchecked",
        job: many,
        steps: [
            ["start", "run"],
            ["start", "stopped"],
            ["wait", 11],
            ["stop", ["stopped"]],
            ended,
            ["check", ({ world }) => assert.equal(world.counters["glue.dpuSeconds"], 2 * (60 + 60))],
        ],
    },
];

const events: readonly GlueCase[] = [
    {
        title: "a Glue Job State Change is sent when a run is SUCCEEDED, FAILED, TIMEOUT or STOPPED, and for nothing else",
        source: EVENTS,
        job: { ...many, timeout: 5 },
        steps: [
            ["start", "succeeded"],
            ["start", "failed", fails],
            ["start", "timeout", hangs],
            ["start", "stopped", hangs],
            ["wait", 30],
            ["check", (stage) => assert.deepEqual(stage.events(), [])],
            ["stop", ["stopped"]],
            ["wait", 600],
            [
                "check",
                (stage) => {
                    for (const { Source, DetailType } of stage.events())
                        assert.deepEqual([Source, DetailType], ["aws.glue", "Glue Job State Change"]);
                    const details = stage.events().map(({ Detail }) => Detail);
                    const detail = (
                        run: string,
                        state: string,
                        severity: string,
                        message: string,
                    ): object => ({
                        jobName: "job",
                        severity,
                        state,
                        jobRunId: stage.id(run),
                        message,
                    });
                    assert.deepEqual(details, [
                        detail("stopped", "STOPPED", "INFO", "Job run stopped"),
                        detail("succeeded", "SUCCEEDED", "INFO", "Job run succeeded"),
                        detail("failed", "FAILED", "ERROR", "exit code 1"),
                        detail("timeout", "TIMEOUT", "WARN", "Job run timed out"),
                    ]);
                },
            ],
        ],
    },
    ...["ERROR", "EXPIRED"].map((state): GlueCase => ({
        title: `a run that Glue ends as ${state} has ended, and sends no event`,
        source: `${EVENTS}; Glue Developer Guide: Jobs API, Job runs, JobRunState`,
        steps: [
            ["start", "run", { Arguments: { "--ends": state } }],
            ended,
            ["states", { run: state }],
            ["stop", ["run"], { run: "JobRunInTerminalStateException" }],
            ["check", (stage) => assert.deepEqual(stage.events(), [])],
            ["start", "next"],
        ],
    })),
    {
        title: "each of Glue's own retries sends its event",
        source: EVENTS,
        job: { maxRetries: 1 },
        steps: [
            ["start", "run", fails],
            ["wait", 600],
            [
                "check",
                (stage) => {
                    const id = stage.id("run");
                    assert.deepEqual(
                        stage.events().map(({ Detail }) => Detail["jobRunId"]),
                        [id, `${id}_attempt_1`],
                    );
                },
            ],
        ],
    },
    {
        title: "a Glue Job Run Status is sent of runs that take longer than their notification threshold",
        source: EVENTS,
        notModelled: "a job's notification property is refused by name",
        steps: [
            [
                "unsupported",
                /notificationProperty/,
                [
                    "check",
                    (stage) => stage.create("other", { notificationProperty: { notifyDelayAfter: 1 } }),
                ],
            ],
        ],
    },
];

export const cases: readonly GlueCase[] = [
    ...states,
    ...limits,
    ...argumentsAndRetries,
    ...requests,
    ...events,
];
