/** Each protocol, spoken by the SDK's own client against operations that the test gives. */
import assert from "node:assert/strict";
import { AwsQueryProtocol } from "@aws-sdk/core/protocols";
import {
    CloudWatchClient,
    DescribeAlarmsCommand,
    GetMetricStatisticsCommand,
    PutMetricDataCommand,
} from "@aws-sdk/client-cloudwatch";
import { GetRoleCommand, IAMClient } from "@aws-sdk/client-iam";
import {
    InvokeCommand,
    LambdaClient,
    ListFunctionsCommand,
    UpdateEventSourceMappingCommand,
} from "@aws-sdk/client-lambda";
import {
    GetObjectCommand,
    HeadObjectCommand,
    ListObjectsV2Command,
    PutObjectCommand,
    S3Client,
} from "@aws-sdk/client-s3";
import { ListTopicsCommand, PublishCommand, SNSClient } from "@aws-sdk/client-sns";
import { SmithyRpcV2CborProtocol } from "@smithy/core/cbor";
import { Endpoint } from "../../embedded-aws/endpoint.ts";
import type { Credentials } from "../../embedded-aws/endpoint.ts";
import { AwsError } from "../../embedded-aws/service.ts";
import { FakeWorld, user } from "./fake-world.ts";

describe("the endpoint", () => {
    let world: FakeWorld;
    let endpoint: Endpoint;
    let settings: { region: string; endpoint: string; credentials: Credentials; maxAttempts: number };

    beforeEach(async () => {
        world = new FakeWorld();
        endpoint = new Endpoint(world);
        await endpoint.listen();
        const credentials = endpoint.credentialsFor(user);
        settings = { region: "eu-west-1", endpoint: endpoint.url, credentials, maxAttempts: 1 };
    });

    afterEach(async () => {
        await endpoint.close();
    });

    const cloudWatch = {
        JSON: {},
        "the query protocol": { protocol: AwsQueryProtocol },
        CBOR: { protocol: SmithyRpcV2CborProtocol },
    };
    for (const [protocol, more] of Object.entries(cloudWatch)) {
        describe(`for CloudWatch in ${protocol}`, () => {
            const client = (): CloudWatchClient => new CloudWatchClient({ ...settings, ...more });

            it("hands over numbers, times, lists of structures", async () => {
                world.fake("cloudwatch", { PutMetricData: () => ({}) });
                const MetricData = [
                    { MetricName: "a", Value: 1.5, Timestamp: new Date("2026-01-01T00:00:00Z") },
                    { MetricName: "b&c", Values: [1, 2], Dimensions: [{ Name: "d", Value: "é" }] },
                ];
                await client().send(new PutMetricDataCommand({ Namespace: "N", MetricData }));
                assert.deepEqual(world.calls[0]?.input, { Namespace: "N", MetricData });
            });

            it("answers with numbers, times, lists of structures", async () => {
                const Datapoints = [{ Timestamp: new Date("2026-01-01T00:00:00Z"), Sum: 2.5 }];
                world.fake("cloudwatch", { GetMetricStatistics: () => ({ Label: "<l>", Datapoints }) });
                const times = { StartTime: new Date(0), EndTime: new Date(60_000), Period: 60 };
                const input = { Namespace: "N", MetricName: "m", ...times };
                const answer = await client().send(new GetMetricStatisticsCommand(input));
                assert.deepEqual([answer.Label, answer.Datapoints], ["<l>", Datapoints]);
            });

            it("gives an error its name", async () => {
                world.fake("cloudwatch", {
                    DescribeAlarms: () => {
                        throw new AwsError("InvalidNextToken", "It is wrong.");
                    },
                });
                await assert.rejects(client().send(new DescribeAlarmsCommand({})), (error: Error) => {
                    assert.match(error.name, /^InvalidNextToken/);
                    assert.equal(error.message, "It is wrong.");
                    return true;
                });
            });

            it("refuses a key that it did not give", async () => {
                const credentials = { accessKeyId: "AKIAOTHER", secretAccessKey: "x" };
                const other = new CloudWatchClient({ ...settings, ...more, credentials });
                await assert.rejects(other.send(new DescribeAlarmsCommand({})), {
                    message: "The security token included in the request is invalid.",
                });
            });
        });
    }

    describe("for SNS", () => {
        it("hands over maps", async () => {
            world.fake("sns", { Publish: () => ({ MessageId: "m" }) });
            const MessageAttributes = { a: { DataType: "String", StringValue: "x y+z" } };
            const input = { TopicArn: "arn", Message: "<hello> & ü", MessageAttributes };
            const { MessageId } = await new SNSClient(settings).send(new PublishCommand(input));
            assert.equal(MessageId, "m");
            assert.deepEqual(world.calls[0]?.input, input);
        });

        it("answers an empty list", async () => {
            world.fake("sns", { ListTopics: () => ({ Topics: [] }) });
            const { Topics } = await new SNSClient(settings).send(new ListTopicsCommand());
            assert.deepEqual(Topics, []);
        });

        it("gives an error the name that the client knows", async () => {
            world.fake("sns", {
                Publish: () => {
                    throw new AwsError("NotFound", "Topic does not exist", 404);
                },
            });
            await assert.rejects(new SNSClient(settings).send(new PublishCommand({ Message: "a" })), {
                name: "NotFoundException",
            });
        });
    });

    it("names an operation that the embedded AWS lacks, in the client's protocol", async () => {
        world.fake("iam", {});
        await assert.rejects(new IAMClient(settings).send(new GetRoleCommand({ RoleName: "r" })), {
            name: "UnsupportedError",
            message: /iam:GetRole/,
        });
    });

    describe("for Lambda", () => {
        it("finds an operation by its path", async () => {
            world.fake("lambda", { UpdateEventSourceMapping: () => ({ UUID: "u", State: "Disabled" }) });
            const input = { UUID: "u", Enabled: false };
            const { State } = await new LambdaClient(settings).send(
                new UpdateEventSourceMappingCommand(input),
            );
            assert.equal(State, "Disabled");
            assert.deepEqual(world.calls[0]?.input, input);
        });

        it("reads members from the query", async () => {
            world.fake("lambda", { ListFunctions: () => ({ Functions: [] }) });
            await new LambdaClient(settings).send(new ListFunctionsCommand({ MaxItems: 3 }));
            assert.deepEqual(world.calls[0]?.input, { MaxItems: 3 });
        });

        it("carries a payload as it is", async () => {
            world.fake("lambda", { Invoke: () => ({ StatusCode: 202 }) });
            const input = {
                FunctionName: "f",
                InvocationType: "Event",
                Payload: Buffer.from('{"a":1}'),
            } as const;
            const { StatusCode } = await new LambdaClient(settings).send(new InvokeCommand(input));
            assert.equal(StatusCode, 202);
            assert.deepEqual(world.calls[0]?.input, input);
        });

        it("gives an error its name", async () => {
            world.fake("lambda", {
                ListFunctions: () => {
                    throw new AwsError("TooManyRequestsException", "Rate exceeded", 429);
                },
            });
            await assert.rejects(new LambdaClient(settings).send(new ListFunctionsCommand({})), {
                name: "TooManyRequestsException",
                message: "Rate exceeded",
            });
        });

        it("refuses a path that leads nowhere", async () => {
            const authorization = `AWS4-HMAC-SHA256 Credential=${settings.credentials.accessKeyId}/20260101/r/lambda/aws4_request`;
            const response = await fetch(`${endpoint.url}/nowhere`, { headers: { authorization } });
            assert.equal(response.status, 404);
            assert.match(await response.text(), /lambda has no operation 'GET \/nowhere'/);
        });
    });

    describe("for S3", () => {
        const object = { Bucket: "b", Key: "a b/c+d" };

        it("hands over the body of an object, its headers, its metadata", async () => {
            world.fake("s3", { PutObject: () => ({ ETag: '"e"' }) });
            const more = { Body: Buffer.from([0, 255]), ContentType: "text/x", Metadata: { m: "1" } };
            const { ETag } = await new S3Client(settings).send(new PutObjectCommand({ ...object, ...more }));
            assert.equal(ETag, '"e"');
            const { Bucket, Key, Body, ContentType, Metadata } = world.calls[0]?.input as Record<
                string,
                unknown
            >;
            assert.deepEqual({ Bucket, Key, Body, ContentType, Metadata }, { ...object, ...more });
        });

        it("takes the chunks of a stream together", async () => {
            world.fake("s3", { PutObject: () => ({}) });
            const accessKey = settings.credentials.accessKeyId;
            const headers = {
                authorization: `AWS4-HMAC-SHA256 Credential=${accessKey}/20260101/r/s3/aws4_request`,
                "content-encoding": "aws-chunked",
            };
            const body = "5;chunk-signature=a\r\nhello\r\n1\r\n!\r\n0\r\nx-amz-checksum-crc32:AAAA\r\n\r\n";
            await fetch(`${endpoint.url}/b/k`, { method: "PUT", headers, body });
            assert.deepEqual((world.calls[0]?.input as { Body: unknown }).Body, Buffer.from("hello!"));
        });

        it("answers with an object", async () => {
            const LastModified = new Date("2026-01-01T00:00:00Z");
            const found = { Body: Buffer.from("x"), ContentLength: 1, LastModified, Metadata: { m: "1" } };
            world.fake("s3", { GetObject: () => found });
            const answer = await new S3Client(settings).send(new GetObjectCommand(object));
            assert.equal(await answer.Body?.transformToString(), "x");
            assert.deepEqual([answer.LastModified, answer.Metadata], [LastModified, { m: "1" }]);
        });

        it("tells the length of an object without its body", async () => {
            world.fake("s3", { HeadObject: () => ({ ContentLength: 7 }) });
            const { ContentLength } = await new S3Client(settings).send(new HeadObjectCommand(object));
            assert.equal(ContentLength, 7);
        });

        it("knows a list from an object", async () => {
            const Contents = [
                { Key: "a&b", Size: 1 },
                { Key: "c", Size: 2 },
            ];
            world.fake("s3", { ListObjectsV2: () => ({ Contents, KeyCount: 2, IsTruncated: false }) });
            const list = new ListObjectsV2Command({ Bucket: "b", Prefix: "p/", MaxKeys: 2 });
            const answer = await new S3Client(settings).send(list);
            assert.deepEqual([answer.Contents, answer.IsTruncated], [Contents, false]);
            assert.deepEqual(world.calls[0]?.input, { Bucket: "b", Prefix: "p/", MaxKeys: 2 });
        });

        it("gives an error its name", async () => {
            world.fake("s3", {
                GetObject: () => {
                    throw new AwsError("NoSuchKey", "The specified key does not exist.", 404, { Key: "k" });
                },
            });
            await assert.rejects(new S3Client(settings).send(new GetObjectCommand(object)), {
                name: "NoSuchKey",
            });
        });
    });

    for (const [contentType, expected] of [
        ["application/x-www-form-urlencoded", /<Code>UnsupportedError<\/Code>.*ec2:DescribeInstances/],
        ["application/json", /ec2 has no operation 'POST \/'/],
    ] as const) {
        it(`names a service that it lacks, to a client that sends ${contentType}`, async () => {
            const accessKey = settings.credentials.accessKeyId;
            const authorization = `AWS4-HMAC-SHA256 Credential=${accessKey}/20260101/r/ec2/aws4_request`;
            const headers = { authorization, "content-type": contentType };
            const body = "Action=DescribeInstances";
            const response = await fetch(endpoint.url, { method: "POST", headers, body });
            assert.match(await response.text(), expected);
        });
    }
});
