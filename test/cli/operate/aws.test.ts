import assert from "node:assert/strict";
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { LambdaClient } from "@aws-sdk/client-lambda";
import { SQSClient } from "@aws-sdk/client-sqs";
import { connect } from "../../../cli/operate/aws.ts";
import type { Aws, AwsOptions } from "../../../cli/operate/aws.ts";
import { latestRuns, quantile, usualSeconds } from "../../../cli/operate/runs.ts";
import type { Operator } from "../../../cli/operate/operator.ts";

const KEYS = { AWS_ACCESS_KEY_ID: "AKIA", AWS_SECRET_ACCESS_KEY: "secret" };

function connected(options: AwsOptions = {}, env: Record<string, string> = {}): Aws {
    return connect({ region: "eu-west-1" } as Operator, options, env);
}

function dynamodbOf(aws: Aws): DynamoDBClient {
    assert.ok(aws.dynamodb instanceof DynamoDBClient);
    return aws.dynamodb;
}

describe("The way to AWS", () => {
    it("leads to the stack's region, unless another one is named", async () => {
        assert.equal(await dynamodbOf(connected()).config.region(), "eu-west-1");
        assert.equal(await dynamodbOf(connected({ region: "us-east-2" })).config.region(), "us-east-2");
    });

    it("takes the keys of the environment, with the session's token if there is one", async () => {
        const keys = await dynamodbOf(connected({}, KEYS)).config.credentials();
        assert.deepEqual([keys.accessKeyId, keys.sessionToken], ["AKIA", undefined]);
        const env = { ...KEYS, AWS_SESSION_TOKEN: "token" };
        assert.equal((await dynamodbOf(connected({}, env)).config.credentials()).sessionToken, "token");
    });

    it("takes a profile before the keys of the environment", async () => {
        for (const [options, env] of [
            [{ profile: "nobody" }, KEYS],
            [{}, { ...KEYS, AWS_PROFILE: "nobody" }],
        ] as const) {
            const keys = dynamodbOf(connected(options, env)).config.credentials();
            const found = await keys.then(({ accessKeyId }) => accessKeyId).catch(() => "none");
            assert.notEqual(found, "AKIA");
        }
    });

    it("leads to another endpoint, also for the queues, whose URLs name a host", async () => {
        const endpointUrl = "http://127.0.0.1:9";
        const { hostname } = (await dynamodbOf(connected({ endpointUrl })).config.endpoint?.()) ?? {};
        assert.equal(hostname, "127.0.0.1");
        for (const aws of [connected({ endpointUrl }), connected({}, { AWS_ENDPOINT_URL: endpointUrl })]) {
            assert.ok(aws.sqs instanceof SQSClient);
            assert.equal(aws.sqs.config.useQueueUrlAsEndpoint, false);
        }
    });

    it("loads the clients that few commands need, with the same settings", async () => {
        const { lambda } = await connected({ region: "us-east-2" }).others();
        assert.ok(lambda instanceof LambdaClient);
        assert.equal(await lambda.config.region(), "us-east-2");
    });

    it("makes the clients that few commands need once", async () => {
        const aws = connected();
        const first = await aws.others();
        assert.equal(await aws.others(), first);
    });
});

describe("The latest runs", () => {
    const pages = (answers: readonly object[]): Aws => {
        let page = 0;
        return { glue: { send: async () => answers[page++] ?? {} } } as unknown as Aws;
    };
    const at = (minutes: number): Date => new Date(minutes * 60_000);

    it("are read as far back as they are asked for", async () => {
        const aws = pages([
            { JobRuns: [{ Id: "b", JobRunState: "RUNNING", StartedOn: at(9) }], NextToken: "2" },
            {
                JobRuns: [{ Id: "a", JobRunState: "FAILED", StartedOn: at(1), LastModifiedOn: at(2) }],
                NextToken: "3",
            },
            { JobRuns: [{ Id: "never read" }] },
        ]);
        const runs = await latestRuns(aws, "job", at(5).getTime());
        assert.deepEqual(
            runs.map(({ id, completedOn }) => [id, completedOn]),
            [
                ["b", undefined],
                ["a", at(2).getTime()],
            ],
        );
    });

    it("are read from a few pages at most", async () => {
        const page = { JobRuns: [], NextToken: "more" };
        assert.deepEqual(
            await latestRuns(pages([page, page, page, page, page, { JobRuns: [{}] }]), "job", 0),
            [],
        );
    });

    it("are read whatever Glue leaves out", async () => {
        const [run] = await latestRuns(pages([{ JobRuns: [{ ErrorMessage: "no" }] }]), "job");
        assert.deepEqual(run, { id: "", holder: undefined, state: "", startedOn: 0, error: "no" });
        assert.deepEqual(await latestRuns(pages([{}]), "job"), []);
    });

    it("show how long a run usually takes by those that succeeded, if they are five", () => {
        const run = (state: string, seconds: number) => ({
            ...{ id: "", holder: undefined, state, startedOn: 0, completedOn: seconds * 1000 },
        });
        const took = usualSeconds([run("SUCCEEDED", 3), run("FAILED", 9), run("SUCCEEDED", 1)]);
        assert.deepEqual(took, [1, 3]);
        assert.equal(quantile(took, 0.5), undefined);
        assert.equal(quantile([1, 2, 3, 4, 5], 0.5), 3);
        assert.equal(quantile([1, 2, 3, 4, 5], 1), 5);
    });
});
