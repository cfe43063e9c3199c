import assert from "node:assert/strict";
import { GlueService, timedRuns } from "../../../embedded-aws/services/glue/index.ts";
import type { GlueRun, JobBehavior, RunEnd } from "../../../embedded-aws/services/glue/index.ts";
import { IamService } from "../../../embedded-aws/services/iam/index.ts";
import { S3Service } from "../../../embedded-aws/services/s3/index.ts";
import type { Model } from "../../../embedded-aws/service.ts";
import { FakeWorld, user } from "../fake-world.ts";

const minute = 60_000;
const role = "arn:aws:iam::123456789012:role/job";

/** Starts in 10 s, runs for a minute, stops in 5 s, and counts for 3 s after its end. */
const durations: Partial<Model> = {
    glueStartMillis: () => 10_000,
    glueStopMillis: () => 5_000,
    glueTailMillis: () => 3_000,
    glueQuota: { concurrentRuns: 100, burst: 1000, perSecond: 1000 },
};

const MANY_RUNS: Partial<Model> = {
    glueQuota: { concurrentRuns: 2000, burst: 2000, perSecond: 1000 },
};

interface JobRun {
    Id: string;
    JobRunState: string;
    Attempt: number;
    PreviousRunId?: string;
    StartedOn: Date;
    CompletedOn?: Date;
    ErrorMessage?: string;
    ExecutionTime: number;
    MaxCapacity: number;
    Arguments?: Record<string, string>;
}

interface StateChange {
    Source: string;
    DetailType: string;
    Detail: { jobName: string; severity: string; state: string; jobRunId: string; message: string };
}

interface Setting {
    world: FakeWorld;
    glue: GlueService;
    start: (input?: object) => string;
    run: (id: string) => JobRun;
    state: (id: string) => string;
    stop: (...ids: string[]) => {
        SuccessfulSubmissions: { JobRunId: string }[];
        Errors: { ErrorDetail: { ErrorCode: string } }[];
    };
    events: () => StateChange[];
}

function createRole(world: FakeWorld, service: string): void {
    const statement = { Effect: "Allow", Principal: { Service: service }, Action: "sts:AssumeRole" };
    const assumeRolePolicy = JSON.stringify({ Version: "2012-10-17", Statement: [statement] });
    world.create("aws:iam/role:Role", "job", { assumeRolePolicy }, { arn: role });
}

function createJob(world: FakeWorld, inputs: Record<string, unknown> = {}): void {
    const command = { name: "glueetl", scriptLocation: "s3://scripts/job.py" };
    const declared = {
        name: "demo",
        roleArn: role,
        command,
        workerType: "G.1X",
        numberOfWorkers: 2,
        ...inputs,
    };
    world.create("aws:glue/job:Job", "demo", declared, { arn: world.arn("glue", "job/demo") });
}

function setUp(
    inputs: Record<string, unknown> = {},
    model: Partial<Model> = {},
    behavior?: (world: FakeWorld) => JobBehavior,
): Setting {
    const world = new FakeWorld({ ...durations, ...model });
    world.add(new IamService(world));
    world.add(new S3Service(world));
    world.fake("events", { PutServiceEvents: () => ({}) });
    const glue = world.add(new GlueService(world, behavior?.(world) ?? timedRuns(world.clock, () => minute)));
    createRole(world, "glue.amazonaws.com");
    world.create("aws:s3/bucket:Bucket", "scripts", {}, { arn: "arn:aws:s3:::scripts", bucket: "scripts" });
    const script = { bucket: "scripts", key: "job.py", content: "print()" };
    world.create("aws:s3/bucketObjectv2:BucketObjectv2", "script", script);
    createJob(world, { executionProperty: { maxConcurrentRuns: 2 }, ...inputs });
    const call = (operation: string, input: object): unknown =>
        world.call("glue", operation, { JobName: "demo", ...input }, user);
    const run = (RunId: string): JobRun => (call("GetJobRun", { RunId }) as { JobRun: JobRun }).JobRun;
    return {
        world,
        glue,
        run,
        start: (input = {}) => (call("StartJobRun", input) as { JobRunId: string }).JobRunId,
        state: (id) => run(id).JobRunState,
        stop: (...JobRunIds) => call("BatchStopJobRun", { JobRunIds }) as never,
        events: () =>
            world.calls
                .filter(({ operation }) => operation === "PutServiceEvents")
                .flatMap(({ input }) => (input as { Entries: StateChange[] }).Entries),
    };
}

function failing(world: FakeWorld): JobBehavior {
    return timedRuns(
        world.clock,
        () => minute,
        () => ({ state: "FAILED", errorMessage: "exit code 1" }),
    );
}

/** Runs whose end the test calls; `stops` says whether the work answers to being stopped. */
function byHand(
    finishes: ((end: RunEnd) => void)[],
    stops: { asked: number; willFinish: boolean },
): () => JobBehavior {
    return () => ({
        start: (_, finish) => {
            finishes.push(finish);
            return () => {
                stops.asked++;
                return stops.willFinish;
            };
        },
    });
}

const good: RunEnd = { state: "SUCCEEDED" };

describe("a Glue run", () => {
    it("goes from STARTING over RUNNING to SUCCEEDED, each in its time", async () => {
        const { world, start, state, run } = setUp();
        const began = world.clock.now();
        const id = start({ Arguments: { "--month": "2012-01" } });
        assert.match(id, /^jr_[0-9a-f]{64}$/);
        assert.equal(state(id), "STARTING");
        await world.pass(10_000);
        assert.equal(state(id), "RUNNING");
        await world.pass(30_000);
        assert.equal(run(id).ExecutionTime, 30);
        await world.pass(30_000);
        const ended = run(id);
        assert.equal(ended.JobRunState, "SUCCEEDED");
        assert.equal(ended.StartedOn.getTime(), began);
        assert.equal(ended.CompletedOn?.getTime(), began + 10_000 + minute);
        assert.equal(ended.ExecutionTime, 60);
        assert.equal(ended.Attempt, 0);
        assert.equal(ended.MaxCapacity, 2);
        assert.deepEqual(ended.Arguments, { "--month": "2012-01" });
    });

    it("is described behind a thousand others as it was at its end", async () => {
        const { world, start, run } = setUp({ executionProperty: { maxConcurrentRuns: 2000 } }, MANY_RUNS);
        const first = start({ Arguments: { "--month": "2026-01" } });
        await world.pass(2 * minute);
        const described = run(first);
        for (let i = 0; i < 1001; i++) start();
        assert.deepEqual(run(first), described);
        assert.deepEqual(run(first), described);
    });

    it("fails with the message of its work", async () => {
        const { world, start, run } = setUp({}, {}, failing);
        const id = start();
        await world.pass(2 * minute);
        assert.equal(run(id).JobRunState, "FAILED");
        assert.equal(run(id).ErrorMessage, "exit code 1");
    });

    it("shows its end a while after its event, where reads lag", async () => {
        const { world, start, run, events } = setUp(
            {},
            { eventMillis: 500, glueReadLagMillis: () => 2000 },
            failing,
        );
        const id = start();
        await world.pass(10_000 + minute + 500);
        assert.equal(events().length, 1);
        await world.pass(1999);
        const { JobRunState, CompletedOn, ErrorMessage } = run(id);
        assert.deepEqual([JobRunState, CompletedOn, ErrorMessage], ["RUNNING", undefined, undefined]);
        await world.pass(1);
        assert.deepEqual([run(id).JobRunState, run(id).ErrorMessage], ["FAILED", "exit code 1"]);
    });

    it("is STOPPING for a while when it is stopped, and its work is told at once", async () => {
        const stops = { asked: 0, willFinish: false };
        const finishes: ((end: RunEnd) => void)[] = [];
        const { world, start, state, stop } = setUp({}, {}, byHand(finishes, stops));
        const id = start();
        await world.pass(20_000);
        assert.deepEqual(stop(id).SuccessfulSubmissions, [{ JobName: "demo", JobRunId: id }]);
        assert.equal(stops.asked, 1);
        assert.equal(state(id), "STOPPING");
        await world.pass(4_999);
        assert.equal(state(id), "STOPPING");
        await world.pass(1);
        assert.equal(state(id), "STOPPED");
        finishes[0]?.(good);
        assert.equal(state(id), "STOPPED");
    });

    it("stays STOPPING until its work is really over, where that says so", async () => {
        const stops = { asked: 0, willFinish: true };
        const finishes: ((end: RunEnd) => void)[] = [];
        const { world, start, state, stop } = setUp({}, {}, byHand(finishes, stops));
        const id = start();
        await world.pass(20_000);
        stop(id);
        await world.pass(10 * minute);
        assert.equal(state(id), "STOPPING");
        finishes[0]?.({ state: "FAILED", errorMessage: "killed" });
        assert.equal(state(id), "STOPPED");
    });

    it("fails to launch when its script is not there", async () => {
        const { world, start, run } = setUp({ command: { scriptLocation: "s3://scripts/other.py" } });
        const id = start();
        await world.pass(minute);
        assert.equal(run(id).JobRunState, "FAILED");
        assert.match(run(id).ErrorMessage ?? "", /bucket: scripts, key: other\.py.*Error Code: NoSuchKey/);
        assert.equal(world.counters["glue.runMillis"], undefined);
    });

    it("fetches its script under the job's role", async () => {
        const { world, start } = setUp();
        start();
        await world.pass(minute);
        const fetched = world.calls.find(({ service }) => service === "s3");
        const sourceArn = "arn:aws:glue:eu-west-1:123456789012:job/demo";
        assert.deepEqual(fetched?.caller, { principal: "glue.amazonaws.com", roleArn: role, sourceArn });
    });

    it("is billed by its seconds, with a minimum of a minute", async () => {
        const { world, start } = setUp({}, {}, (fake) =>
            timedRuns(fake.clock, (run) => Number(run.arguments["--ms"])),
        );
        start({ Arguments: { "--ms": "90500" } });
        start({ Arguments: { "--ms": "1000" } });
        await world.pass(5 * minute);
        assert.equal(world.counters["glue.runMillis"], 91_500);
        assert.equal(world.counters["glue.dpuSeconds"], 2 * (91 + 60));
    });
});

describe("Glue", () => {
    it("refuses runs beyond MaxConcurrentRuns, also while an ended one still counts", async () => {
        const { world, start, state } = setUp();
        const refusal = {
            name: "ConcurrentRunsExceededException",
            message: "Concurrent runs exceeded for demo",
        };
        const ids = [start(), start()];
        assert.throws(() => start(), refusal);
        await world.pass(10_000 + minute);
        assert.deepEqual(ids.map(state), ["SUCCEEDED", "SUCCEEDED"]);
        assert.throws(() => start(), refusal);
        await world.pass(3_000);
        start();
        assert.equal(world.counters["glue.refused"], 2);
        assert.equal(world.counters["glue.runs"], 3);
    });

    it("queues runs where the job says so, and starts them as room comes", async () => {
        const { world, start, state, stop, glue } = setUp({ jobRunQueuingEnabled: true });
        const ids = [start(), start(), start(), start()];
        assert.deepEqual(ids.map(state), ["STARTING", "STARTING", "WAITING", "WAITING"]);
        assert.equal(glue.running, 2);
        stop(ids[2] ?? "");
        assert.equal(state(ids[2] ?? ""), "STOPPED");
        await world.pass(10_000 + minute + 3_000);
        assert.equal(state(ids[3] ?? ""), "STARTING");
        await world.pass(2 * minute);
        assert.equal(state(ids[3] ?? ""), "SUCCEEDED");
        assert.equal(glue.running, 0);
        assert.equal(glue.peak, 2);
    });

    it("counts outside runs against the job, but not as the stack's", async () => {
        const { world, start, state, glue } = setUp();
        const outside = glue.startOutsideRun("demo", 5 * minute);
        start();
        assert.throws(() => start(), { name: "ConcurrentRunsExceededException" });
        assert.equal(glue.peak, 1);
        await world.pass(10_000 + 5 * minute);
        assert.equal(state(outside.id), "SUCCEEDED");
        assert.equal(glue.running, 0);
    });

    it("tells listeners of every start and every end", async () => {
        const { world, start, glue } = setUp();
        const seen: string[] = [];
        const note = (what: string) => (run: GlueRun) => void seen.push(`${what} ${run.id} ${run.state}`);
        glue.onStart(note("start"));
        glue.onEnd(note("end"));
        const id = start();
        await world.pass(2 * minute);
        assert.deepEqual(seen, [`start ${id} STARTING`, `end ${id} SUCCEEDED`]);
    });

    it("tells listeners when a run leaves the queue, which is when it begins to count", async () => {
        const { world, start, glue } = setUp({ jobRunQueuingEnabled: true });
        start();
        start();
        const seen: string[] = [];
        glue.onBegin(({ id }) => void seen.push(id));
        const third = start();
        assert.deepEqual(seen, []);
        await world.pass(2 * minute);
        assert.deepEqual(seen, [third]);
    });

    it("takes a new definition whole", async () => {
        const { world, start } = setUp();
        start();
        start();
        const get = (): { ExecutionProperty: { MaxConcurrentRuns: number }; NumberOfWorkers?: number } =>
            (world.call("glue", "GetJob", { JobName: "demo" }, user) as { Job: never }).Job;
        const Command = { Name: "glueetl", ScriptLocation: "s3://scripts/job.py" };
        const JobUpdate = { Role: role, Command, ExecutionProperty: { MaxConcurrentRuns: 3 } };
        world.call("glue", "UpdateJob", { JobName: "demo", JobUpdate }, user);
        start();
        assert.equal(get().ExecutionProperty.MaxConcurrentRuns, 3);
        assert.equal(get().NumberOfWorkers, undefined);
        await world.pass(2 * minute);
    });

    it("follows a later deployment that changes a job or takes it away", () => {
        const { world, glue, start } = setUp();
        const command = { name: "glueetl", scriptLocation: "s3://scripts/job.py" };
        const arn = world.arn("glue", "job/second");
        const inputs = { name: "second", roleArn: role, command };
        const job = world.create("aws:glue/job:Job", "second", inputs, { arn });
        world.update(job, { ...inputs, executionProperty: { maxConcurrentRuns: 7 } });
        assert.equal(glue.job("second").maxConcurrentRuns, 7);
        world.remove(job);
        assert.throws(() => start({ JobName: "second" }), { name: "EntityNotFoundException" });
        assert.equal(world.find(arn), undefined);
    });

    it("refuses a job whose role does not exist or does not trust it", () => {
        for (const service of ["", "lambda.amazonaws.com"]) {
            const world = new FakeWorld();
            world.add(new IamService(world));
            world.add(
                new GlueService(
                    world,
                    timedRuns(world.clock, () => 0),
                ),
            );
            if (service !== "") createRole(world, service);
            assert.throws(() => createJob(world), {
                name: "InvalidInputException",
                message: `Role ${role} should be given assume role permissions for Glue Service.`,
            });
        }
    });
});

describe("Reads of Glue that are five seconds old", () => {
    const LAG = 5000;

    function setUpOld(behavior?: (world: FakeWorld) => JobBehavior): Setting & { list: () => JobRun[] } {
        const setting = setUp({}, {}, behavior);
        setting.glue.onRead((_, { principal }) => (principal === "user" ? LAG : 0));
        const list = (): JobRun[] => {
            const answer = setting.world.call("glue", "GetJobRuns", { JobName: "demo" }, user);
            return (answer as { JobRuns: JobRun[] }).JobRuns;
        };
        return { ...setting, list };
    }

    it("do not show a run yet that was started since", async () => {
        const { world, start, run, list } = setUpOld();
        const first = start();
        await world.pass(3000);
        const second = start();
        assert.throws(() => run(first), { name: "EntityNotFoundException" });
        await world.pass(2000);
        assert.equal(run(first).Id, first);
        assert.deepEqual(
            list().map(({ Id }) => Id),
            [first],
        );
        await world.pass(3000);
        assert.deepEqual(
            list().map(({ Id }) => Id),
            [second, first],
        );
        assert.deepEqual(
            [world.counters["glue.staleGetJobRun"], world.counters["glue.staleGetJobRuns"]],
            [1, 1],
        );
    });

    it("show a run that has ended since as it was before its end", async () => {
        const { world, start, run, list } = setUpOld(failing);
        const id = start();
        await world.pass(10_000 + minute + LAG - 1);
        for (const shown of [run(id), ...list()]) {
            const { JobRunState, CompletedOn, ErrorMessage } = shown;
            assert.deepEqual([JobRunState, CompletedOn, ErrorMessage], ["RUNNING", undefined, undefined]);
        }
        await world.pass(1);
        for (const { JobRunState } of [run(id), ...list()]) assert.equal(JobRunState, "FAILED");
    });

    it("show a run that has been stopped since as STOPPING", async () => {
        const { world, start, state, stop } = setUpOld();
        const id = start();
        await world.pass(20_000);
        stop(id);
        await world.pass(5000 + LAG - 1);
        assert.equal(state(id), "STOPPING");
        await world.pass(1);
        assert.equal(state(id), "STOPPED");
    });

    it("are the present ones for a caller that does not lag", () => {
        const { world, start } = setUpOld();
        const RunId = start();
        const caller = { principal: "lambda.amazonaws.com" };
        const answer = world.call("glue", "GetJobRun", { JobName: "demo", RunId }, caller);
        assert.equal((answer as { JobRun: JobRun }).JobRun.Id, RunId);
        assert.equal(world.counters["glue.staleGetJobRun"], undefined);
    });
});
