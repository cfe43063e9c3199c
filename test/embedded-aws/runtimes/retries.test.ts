/**
 * What the clients of functions in this thread try again (AWS SDKs and Tools Reference Guide, "Retry behavior"; the numbers
 * are those of the SDK in this repository).
 */
import assert from "node:assert/strict";
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { SFNClient } from "@aws-sdk/client-sfn";
import { DirectRuntime } from "../../../embedded-aws/runtimes/direct.ts";
import { Retries, NO_ATTEMPTS } from "../../../embedded-aws/runtimes/retries.ts";
import { Random } from "../../../embedded-aws/random.ts";
import { IamService } from "../../../embedded-aws/services/iam/index.ts";
import { LambdaService } from "../../../embedded-aws/services/lambda/index.ts";
import { LogsService } from "../../../embedded-aws/services/logs/index.ts";
import { AwsError } from "../../../embedded-aws/service.ts";
import type { ClientConfiguration, FunctionHost } from "../../../embedded-aws/runtimes/index.ts";
import { FakeWorld, user } from "../fake-world.ts";

const THROTTLED = new AwsError("ThrottlingException", "Rate exceeded");
const BROKEN = new AwsError("InternalServerError", "Internal server error", 500);
const REFUSED = new AwsError("ValidationException", "no");

/** Starts so many executions at once, and returns what became of each. */
const CODE = `class StartExecutionCommand { constructor(input) { this.input = input; } }
export const create = ({ sfn, now }) => async ({ calls = 1 }) => {
    const start = now();
    const call = (i) => sfn.send(new StartExecutionCommand({ i })).then(
        () => ({ after: now() - start }),
        ({ name, $metadata: { attempts, totalRetryDelay } }) => ({ name, attempts, totalRetryDelay }),
    );
    return Promise.all(Array.from({ length: calls }, (_, i) => call(i)));
};`;

interface Outcome {
    readonly after?: number;
    readonly name?: string;
    readonly attempts?: number;
    readonly totalRetryDelay?: number;
}

/** A function that starts executions, and what refuses its calls. */
class Starts {
    readonly world = new FakeWorld();
    readonly lambda: LambdaService;
    /** When each call was made: milliseconds since the first. */
    readonly calls: number[] = [];
    /** Answers the calls one after the other; then they succeed. */
    readonly errors: AwsError[];
    private began = 0;

    constructor(
        errors: AwsError[],
        {
            interleaved = false,
            configuration = {},
            inputs = {},
        }: { interleaved?: boolean; configuration?: ClientConfiguration; inputs?: object } = {},
    ) {
        const { world } = this;
        this.errors = errors;
        const platform = (host: FunctionHost): object => ({
            sfn: host.client("states", configuration),
            now: () => host.now(),
        });
        const runtime = new DirectRuntime(world, { platform, interleaved });
        world.add(new IamService(world));
        world.add(new LogsService(world));
        this.lambda = world.add(new LambdaService(world, runtime));
        world.fake("states", {
            StartExecution: () => {
                this.calls.push(world.clock.now() - this.began);
                const error = this.errors.shift();
                if (error) throw error;
                return {};
            },
        });
        const role = world.arn("iam", "role/starts");
        const Statement = {
            Effect: "Allow",
            Principal: { Service: "lambda.amazonaws.com" },
            Action: "sts:AssumeRole",
        };
        const assumeRolePolicy = JSON.stringify({ Version: "2012-10-17", Statement });
        world.create("aws:iam/role:Role", "starts", { assumeRolePolicy }, { arn: role });
        const code = { kind: "archive", files: { "index.mjs": CODE } };
        const all = { role, code, handler: "index.handler", runtime: "nodejs24.x", timeout: 60, ...inputs };
        const arn = world.arn("lambda", "function:starts");
        world.create("aws:lambda/function:Function", "starts", all, { arn });
    }

    async run(calls = 1): Promise<{ outcomes: Outcome[]; error?: string; took: number }> {
        await this.lambda.ready();
        const { clock } = this.world;
        this.began = clock.now() + this.world.model.invokeMillis;
        let ended = 0;
        const answer = this.lambda.invoke("starts", { calls }, user).then((result) => {
            ended = clock.now();
            return result;
        });
        await clock.run();
        const { Payload, FunctionError } = await answer;
        const took = ended - this.began;
        if (FunctionError) return { outcomes: [], error: (Payload as { errorType: string }).errorType, took };
        return { outcomes: Payload as Outcome[], took };
    }
}

for (const interleaved of [false, true]) {
    describe(`A call of a function${interleaved ? " whose calls interleave" : ""} that is refused`, () => {
        it("is made again after a throttle, and the function learns nothing of it", async () => {
            const starts = new Starts([THROTTLED], { interleaved });
            const { outcomes } = await starts.run();
            assert.equal(starts.calls.length, 2);
            assert.equal(outcomes[0]?.name, undefined);
        });

        it("is made three times, with a pause of at most one second, then two", async () => {
            const starts = new Starts([THROTTLED, THROTTLED, THROTTLED], { interleaved });
            const { outcomes } = await starts.run();
            const [first = 0, second = 0, third = 0, ...more] = starts.calls;
            const perCall = interleaved ? starts.world.model.callMillis : 0;
            const pauses = [second - first - perCall, third - second - perCall];
            assert.deepEqual(more, []);
            assert.ok((pauses[0] ?? 0) > 0 && (pauses[0] ?? 0) <= 1000, `${pauses[0]} ms`);
            assert.ok((pauses[1] ?? 0) > 0 && (pauses[1] ?? 0) <= 2000, `${pauses[1]} ms`);
            assert.deepEqual(outcomes, [
                {
                    name: "ThrottlingException",
                    attempts: 3,
                    totalRetryDelay: (pauses[0] ?? 0) + (pauses[1] ?? 0),
                },
            ]);
        });

        it("is made again at once when the service was in trouble, within 50 milliseconds", async () => {
            const starts = new Starts([BROKEN], { interleaved });
            await starts.run();
            const [first = 0, second = 0] = starts.calls;
            assert.equal(starts.calls.length, 2);
            assert.ok(second - first <= 50 + (interleaved ? starts.world.model.callMillis : 0));
        });

        it("is not made again for a mistake of the caller", async () => {
            const starts = new Starts([REFUSED], { interleaved });
            const { outcomes } = await starts.run();
            assert.deepEqual(outcomes, [{ name: "ValidationException", attempts: 1, totalRetryDelay: 0 }]);
        });

        it("is one of several, each of which pauses by itself", async () => {
            const starts = new Starts(Array<AwsError>(5).fill(THROTTLED), { interleaved });
            const { outcomes } = await starts.run(5);
            assert.equal(starts.calls.length, 10);
            assert.equal(new Set(starts.calls.slice(5)).size, 5);
            assert.deepEqual(
                outcomes.map(({ name }) => name),
                Array(5).fill(undefined),
            );
        });

        it("ends with the function at its time limit", async () => {
            const inputs = { timeout: 1 };
            const starts = new Starts(Array<AwsError>(60).fill(THROTTLED), {
                interleaved,
                inputs,
                configuration: { maxAttempts: 20 },
            });
            const { error, took } = await starts.run();
            const made = starts.calls.length;
            assert.equal(error, "Sandbox.Timedout");
            assert.equal(took, 1000 - starts.world.model.invokeMillis);
            await starts.world.pass(60_000);
            assert.equal(starts.calls.length, made);
        });
    });
}

describe("The retries of a client", () => {
    it("take as many attempts as the client is configured with", async () => {
        const starts = new Starts([BROKEN, BROKEN, BROKEN], { configuration: { maxAttempts: 1 } });
        await starts.run();
        assert.equal(starts.calls.length, 1);
    });

    it("take as many attempts as AWS_MAX_ATTEMPTS of the function's environment says", async () => {
        const inputs = { environment: { variables: { AWS_MAX_ATTEMPTS: "2" } } };
        const starts = new Starts([BROKEN, BROKEN, BROKEN], { inputs });
        await starts.run();
        assert.equal(starts.calls.length, 2);
    });

    it("fail for an AWS_MAX_ATTEMPTS that is no number", () => {
        assert.throws(() => new Retries(new Random(1), "sqs", { AWS_MAX_ATTEMPTS: "many" }, {}), {
            message: 'AWS_MAX_ATTEMPTS is "many", expected a number.',
        });
    });

    it("cost the invocation the time of every attempt, besides the pauses", async () => {
        const starts = new Starts([BROKEN, BROKEN]);
        const { outcomes, took } = await starts.run();
        assert.equal(took, (outcomes[0]?.after ?? 0) + 3 * starts.world.model.callMillis);
    });

    it("cost no time when no call fails", async () => {
        const starts = new Starts([]);
        const { outcomes, took } = await starts.run(7);
        assert.ok(outcomes.every(({ after }) => after === 0));
        assert.equal(took, 7 * starts.world.model.callMillis);
    });

    it("draw no number when no call fails", async () => {
        const starts = new Starts([]);
        await starts.run(7);
        const other = new Starts([]);
        await other.run(1);
        assert.equal(starts.world.random.next(), other.world.random.next());
    });

    it("are the same for the same seed", async () => {
        const runs = [new Starts([THROTTLED, BROKEN]), new Starts([THROTTLED, BROKEN])];
        for (const starts of runs) await starts.run(2);
        assert.deepEqual(runs[0]?.calls, runs[1]?.calls);
    });

    it("end when the client's tokens are used up, and begin again when calls have succeeded", () => {
        const retries = new Retries(new Random(1), "states", {}, { maxAttempts: 1000 });
        let paid = 0;
        while (retries.next(BROKEN, NO_ATTEMPTS)) paid++;
        assert.equal(paid, Math.floor(500 / 14));
        for (let i = 0; i < 14; i++) retries.succeeded(NO_ATTEMPTS);
        assert.ok(retries.next(BROKEN, NO_ATTEMPTS));
    });

    it("pause for twenty seconds at most", () => {
        const retries = new Retries(new Random(1), "states", {}, { maxAttempts: 1000 });
        const pauses = Array.from(
            { length: 100 },
            () => retries.next(THROTTLED, { count: 50, waited: 0, cost: 5 })?.pause ?? 0,
        );
        assert.ok(Math.max(...pauses) <= 20_000);
        assert.ok(Math.max(...pauses) > 19_000);
    });

    it("have as many attempts as the SDK's own clients", async () => {
        const region = "eu-west-1";
        const clients = [
            ["dynamodb", new DynamoDBClient({ region })],
            ["states", new SFNClient({ region })],
        ] as const;
        for (const [service, client] of clients) {
            const retries = new Retries(new Random(1), service, {}, {});
            let attempts = 1;
            while (retries.next(BROKEN, { count: attempts - 1, waited: 0, cost: 0 })) attempts++;
            assert.equal(attempts, await client.config.maxAttempts(), service);
        }
    });
});
