/** Does the steps of a row with one job, `job`, whose runs start in 10 seconds, take a minute and stop in 5 seconds. */
import assert from "node:assert/strict";
import { GlueService } from "../../../embedded-aws/services/glue/index.ts";
import type { GlueRun, JobBehavior, RunEnd } from "../../../embedded-aws/services/glue/index.ts";
import { IamService } from "../../../embedded-aws/services/iam/index.ts";
import { S3Service } from "../../../embedded-aws/services/s3/index.ts";
import { AwsError, UnsupportedError } from "../../../embedded-aws/service.ts";
import type { Model } from "../../../embedded-aws/service.ts";
import { FakeWorld, user } from "../fake-world.ts";
import type { Documented } from "../documented.ts";

/** A run is meant by the name that the row gives it. */
export type Step =
    | readonly ["start", run: string, input?: object]
    /** And the errors that are answered, by run. */
    | readonly ["stop", runs: readonly string[], errors?: Readonly<Record<string, string>>]
    | readonly ["wait", seconds: number]
    | readonly ["states", states: Readonly<Record<string, string>>]
    /** Members that the run must have, as GetJobRun answers it. */
    | readonly ["run", run: string, members: object]
    | readonly ["call", operation: string, input: object, answer?: object]
    | readonly ["refused", error: string, step: Step]
    | readonly ["unsupported", message: RegExp, step: Step]
    | readonly ["check", assertion: (stage: Stage) => void];

export interface GlueCase extends Documented {
    /** Inputs of the job besides its name, role, command and workers. */
    readonly job?: Readonly<Record<string, unknown>>;
    readonly model?: Partial<Model>;
    readonly steps?: readonly Step[];
    /** The error with which the job is refused. */
    readonly refused?: string;
}

const second = 1000;
export const ROLE = "arn:aws:iam::123456789012:role/job";

export class Stage {
    readonly world: FakeWorld;
    readonly glue: GlueService;
    readonly ids = new Map<string, string>();

    constructor({ job = {}, model = {} }: Pick<GlueCase, "job" | "model"> = {}) {
        this.world = new FakeWorld({
            eventMillis: 0,
            glueStartMillis: () => 10 * second,
            glueStopMillis: () => 5 * second,
            glueTailMillis: () => 0,
            glueQuota: { concurrentRuns: 100, burst: 1000, perSecond: 1000 },
            ...model,
        });
        const { world } = this;
        world.add(new IamService(world));
        world.add(new S3Service(world));
        world.fake("events", { PutServiceEvents: () => ({}) });
        this.glue = world.add(new GlueService(world, { start: (run, finish) => this.work(run, finish) }));
        const Statement = {
            Effect: "Allow",
            Principal: { Service: "glue.amazonaws.com" },
            Action: "sts:AssumeRole",
        };
        const assumeRolePolicy = JSON.stringify({ Version: "2012-10-17", Statement });
        world.create("aws:iam/role:Role", "job", { assumeRolePolicy }, { arn: ROLE });
        world.create(
            "aws:s3/bucket:Bucket",
            "scripts",
            {},
            { arn: "arn:aws:s3:::scripts", bucket: "scripts" },
        );
        const script = { bucket: "scripts", key: "job.py", content: "print()" };
        world.create("aws:s3/bucketObjectv2:BucketObjectv2", "script", script);
        this.create("job", job);
    }

    create(name: string, inputs: object = {}): void {
        const command = { name: "glueetl", scriptLocation: "s3://scripts/job.py" };
        const declared = { name, roleArn: ROLE, command, workerType: "G.1X", numberOfWorkers: 2, ...inputs };
        this.world.create("aws:glue/job:Job", name, declared, { arn: this.world.arn("glue", `job/${name}`) });
    }

    call(operation: string, input: object = {}): Record<string, unknown> {
        const all = { JobName: "job", ...input };
        return this.world.call("glue", operation, all, user) as Record<string, unknown>;
    }

    id(run: string): string {
        return this.ids.get(run) ?? run;
    }

    run(run: string): Record<string, unknown> {
        return this.call("GetJobRun", { RunId: this.id(run) })["JobRun"] as Record<string, unknown>;
    }

    /** What was sent to EventBridge. */
    events(): { Source: string; DetailType: string; Detail: Record<string, unknown> }[] {
        return this.world.calls
            .filter(({ operation }) => operation === "PutServiceEvents")
            .flatMap(({ input }) => (input as { Entries: never[] }).Entries);
    }

    async do(step: Step): Promise<void> {
        switch (step[0]) {
            case "start":
                return void this.ids.set(step[1], String(this.call("StartJobRun", step[2])["JobRunId"]));
            case "stop":
                return this.stop(step[1], step[2] ?? {});
            case "wait":
                return this.world.pass(step[1] * second);
            case "states":
                for (const [run, state] of Object.entries(step[1]))
                    assert.equal(this.run(run)["JobRunState"], state, run);
                return;
            case "run":
                return assert.partialDeepStrictEqual(this.run(step[1]), step[2]);
            case "call":
                return assert.partialDeepStrictEqual(this.call(step[1], step[2]), step[3] ?? {});
            case "refused":
                return rejects(
                    () => this.do(step[2]),
                    AwsError,
                    (error) => assert.equal(error.name, step[1]),
                );
            case "unsupported":
                return rejects(
                    () => this.do(step[2]),
                    UnsupportedError,
                    (error) => assert.match(error.message, step[1]),
                );
            case "check":
                return step[1](this);
        }
    }

    private stop(runs: readonly string[], errors: Readonly<Record<string, string>>): void {
        const answer = this.call("BatchStopJobRun", { JobRunIds: runs.map((run) => this.id(run)) });
        const stopped = runs.filter((run) => !(run in errors));
        assert.deepEqual(
            answer["SuccessfulSubmissions"],
            stopped.map((run) => ({ JobName: "job", JobRunId: this.id(run) })),
        );
        const refused = (answer["Errors"] as { JobRunId: string; ErrorDetail: { ErrorCode: string } }[]).map(
            ({ JobRunId, ErrorDetail }) => [JobRunId, ErrorDetail.ErrorCode],
        );
        assert.deepEqual(
            refused,
            Object.entries(errors).map(([run, code]) => [this.id(run), code]),
        );
    }

    /** A run fails if its argument `--fails` says so, ends in the state `--ends`, and goes on for ever with `--hangs`. */
    private work(run: GlueRun, finish: Parameters<JobBehavior["start"]>[1]): () => void {
        const { "--fails": errorMessage, "--hangs": hangs, "--ends": ends } = run.effectiveArguments();
        const { clock } = this.world;
        if (hangs !== undefined) return () => undefined;
        const state = (ends ?? (errorMessage === undefined ? "SUCCEEDED" : "FAILED")) as RunEnd["state"];
        const timer = clock.after(60 * second, () =>
            finish({ state, ...(errorMessage !== undefined && { errorMessage }) }),
        );
        return () => clock.cancel(timer);
    }
}

async function rejects<E extends Error>(
    action: () => Promise<void>,
    kind: abstract new (...input: never[]) => E,
    check: (error: E) => void,
): Promise<void> {
    await assert.rejects(
        async () => action(),
        (error) => {
            assert(error instanceof kind, String(error));
            check(error);
            return true;
        },
    );
}

export async function run(row: GlueCase): Promise<void> {
    const { refused, steps = [] } = row;
    if (refused !== undefined) {
        assert.throws(() => new Stage(row), { name: refused });
        return;
    }
    const stage = new Stage(row);
    for (const step of steps) await stage.do(step);
}
