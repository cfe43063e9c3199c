import assert from "node:assert/strict";
import { request } from "node:http";
import { DynamoDBClient, GetItemCommand, PutItemCommand, UpdateItemCommand } from "@aws-sdk/client-dynamodb";
import { GetJobRunCommand, GlueClient } from "@aws-sdk/client-glue";
import { DescribeExecutionCommand, SendTaskSuccessCommand, SFNClient } from "@aws-sdk/client-sfn";
import { GetQueueUrlCommand, SendMessageCommand, SQSClient } from "@aws-sdk/client-sqs";
import { Endpoint } from "../../embedded-aws/endpoint.ts";
import type { Credentials } from "../../embedded-aws/endpoint.ts";
import { AwsError } from "../../embedded-aws/service.ts";
import type { Caller } from "../../embedded-aws/service.ts";
import { FakeWorld } from "./fake-world.ts";

describe("the endpoint for real SDK clients", () => {
    const caller: Caller = { principal: "lambda.amazonaws.com", roleArn: "arn:aws:iam::123456789012:role/r" };
    let world: FakeWorld;
    let endpoint: Endpoint;
    let settings: { region: string; endpoint: string; credentials: Credentials; maxAttempts: number };

    beforeEach(async () => {
        world = new FakeWorld();
        endpoint = new Endpoint(world);
        await endpoint.listen();
        const credentials = endpoint.credentialsFor(caller);
        settings = { region: "eu-west-1", endpoint: endpoint.url, credentials, maxAttempts: 1 };
    });

    afterEach(async () => {
        await endpoint.close();
    });

    it("hands a DynamoDB call over with its input and its caller", async () => {
        world.fake("dynamodb", { UpdateItem: () => ({ Attributes: { n: { N: "1" } } }) });
        const input = {
            TableName: "t",
            Key: { key: { S: "ключ" } },
            UpdateExpression: "SET #n = :n",
            ExpressionAttributeNames: { "#n": "n" },
            ExpressionAttributeValues: { ":n": { M: { list: { L: [{ BOOL: true }, { NULL: true }] } } } },
        };
        const { Attributes } = await new DynamoDBClient(settings).send(new UpdateItemCommand(input));
        assert.deepEqual(Attributes, { n: { N: "1" } });
        assert.deepEqual(world.calls, [{ service: "dynamodb", operation: "UpdateItem", input, caller }]);
    });

    it("carries bytes both ways, and attributes that are called like the bytes' type", async () => {
        const item = {
            key: { S: "a" },
            B: { B: new Uint8Array([0, 255]) },
            BS: { BS: [new Uint8Array([1])] },
        };
        world.fake("dynamodb", { PutItem: () => undefined, GetItem: () => ({ Item: item }) });
        const client = new DynamoDBClient(settings);
        await client.send(new PutItemCommand({ TableName: "t", Item: item }));
        assert.deepEqual(world.calls[0]?.input, { TableName: "t", Item: item });
        const { Item } = await client.send(new GetItemCommand({ TableName: "t", Key: { key: { S: "a" } } }));
        assert.deepEqual(Item, item);
    });

    it("gives instants to clients as dates", async () => {
        const startDate = new Date("2026-01-01T00:00:01.250Z");
        world.fake("states", { DescribeExecution: () => ({ name: "e", status: "RUNNING", startDate }) });
        const execution = await new SFNClient(settings).send(
            new DescribeExecutionCommand({ executionArn: "arn" }),
        );
        assert.deepEqual(execution.startDate, startDate);
    });

    it("answers an operation without output", async () => {
        world.fake("states", { SendTaskSuccess: () => undefined });
        const answer = await new SFNClient(settings).send(
            new SendTaskSuccessCommand({ taskToken: "t", output: "{}" }),
        );
        assert.equal(answer.$metadata.httpStatusCode, 200);
    });

    it("gives errors their class, text, status and members", async () => {
        world.fake("dynamodb", {
            UpdateItem: () => {
                const Item = { n: { N: "7" } };
                throw new AwsError("ConditionalCheckFailedException", "The conditional request failed", 400, {
                    Item,
                });
            },
        });
        const command = new UpdateItemCommand({ TableName: "t", Key: {} });
        await assert.rejects(new DynamoDBClient(settings).send(command), {
            name: "ConditionalCheckFailedException",
            message: "The conditional request failed",
            $fault: "client",
            Item: { n: { N: "7" } },
        });
    });

    it("gives errors that the clients do not know their name all the same", async () => {
        world.fake("glue", {
            GetJobRun: () => {
                throw new AwsError("ThrottlingException", "Rate exceeded");
            },
        });
        await assert.rejects(
            new GlueClient(settings).send(new GetJobRunCommand({ JobName: "j", RunId: "r" })),
            {
                name: "ThrottlingException",
                message: "Rate exceeded",
            },
        );
    });

    it("gives SQS errors by the name that the clients know and the code that AWS sends", async () => {
        world.fake("sqs", {
            GetQueueUrl: () => {
                throw new AwsError("QueueDoesNotExist", "The specified queue does not exist.");
            },
        });
        await assert.rejects(new SQSClient(settings).send(new GetQueueUrlCommand({ QueueName: "q" })), {
            name: "QueueDoesNotExist",
            Code: "AWS.SimpleQueueService.NonExistentQueue",
        });
    });

    it("is where the URLs of queues lead, to clients; the services see their own", async () => {
        const url = "https://sqs.eu-west-1.amazonaws.com/123456789012/work";
        const md5 = "5d41402abc4b2a76b9719d911017c592";
        world.fake("sqs", {
            GetQueueUrl: () => ({ QueueUrl: url }),
            SendMessage: () => ({ MessageId: "m", MD5OfMessageBody: md5 }),
        });
        // As a function has it: the endpoint in the environment alone, where SQS clients go by the queue's URL instead.
        const client = new SQSClient({ ...settings, endpoint: endpoint.url });
        const { QueueUrl } = await client.send(new GetQueueUrlCommand({ QueueName: "work" }));
        assert.equal(QueueUrl, `${endpoint.url}/123456789012/work`);
        await client.send(new SendMessageCommand({ QueueUrl, MessageBody: "hello" }));
        assert.deepEqual(world.calls[1]?.input, { QueueUrl: url, MessageBody: "hello" });
    });

    it("is where the URLs of queues lead that a table holds; written back, they are the services' own again", async () => {
        const url = "https://sqs.eu-west-1.amazonaws.com/123456789012/work";
        world.fake("dynamodb", {
            GetItem: () => ({ Item: { queue: { S: url } } }),
            PutItem: () => undefined,
        });
        const client = new DynamoDBClient(settings);
        const { Item } = await client.send(
            new GetItemCommand({ TableName: "t", Key: { key: { S: "workflow" } } }),
        );
        assert.deepEqual(Item, { queue: { S: `${endpoint.url}/123456789012/work` } });
        await client.send(new PutItemCommand({ TableName: "t", Item }));
        assert.deepEqual(world.calls[1]?.input, { TableName: "t", Item: { queue: { S: url } } });
    });

    it("refuses keys that it did not give, or has taken back", async () => {
        const refused = { name: "UnrecognizedClientException" };
        const command = new GetItemCommand({ TableName: "t", Key: {} });
        const credentials = { accessKeyId: "AKIAOTHER", secretAccessKey: "x" };
        await assert.rejects(new DynamoDBClient({ ...settings, credentials }).send(command), refused);
        endpoint.revoke(settings.credentials);
        await assert.rejects(new DynamoDBClient(settings).send(command), refused);
        assert.deepEqual(world.calls, []);
    });

    it("counts the calls made under its keys", async () => {
        world.fake("dynamodb", { GetItem: () => ({}) });
        const client = new DynamoDBClient(settings);
        for (let i = 0; i < 3; i++) await client.send(new GetItemCommand({ TableName: "t", Key: {} }));
        assert.equal(endpoint.takeCalls(settings.credentials), 3);
        assert.equal(endpoint.takeCalls(settings.credentials), 0);
    });

    it("refuses a request that nobody signed", async () => {
        const response = await fetch(endpoint.url, { method: "POST", body: "Action=ListTopics" });
        assert.equal(response.status, 403);
        assert.equal(response.headers.get("x-amzn-errortype"), "MissingAuthenticationToken");
    });

    it("refuses a request from a page that a browser shows", async () => {
        assert.deepEqual(await statusWith({ origin: "https://example.com" }), 403);
    });

    it("refuses a request from a page without an origin", async () => {
        assert.deepEqual(await statusWith({ origin: "null" }), 403);
    });

    it("refuses a request to a name that somebody else gave this address", async () => {
        assert.deepEqual(
            await statusWith({ host: `rebound.example.com:${new URL(endpoint.url).port}` }),
            403,
        );
    });

    it("takes a request to localhost", async () => {
        const { port } = new URL(endpoint.url);
        const authorization = signedBy(settings);
        const headers = {
            host: `localhost:${port}`,
            authorization,
            "x-amz-target": "DynamoDB_20120810.GetItem",
        };
        world.fake("dynamodb", { GetItem: () => ({}) });
        assert.deepEqual(await statusWith(headers), 200);
    });

    it("calls a body that is no JSON a mistake of the client", async () => {
        const response = await fetch(endpoint.url, {
            method: "POST",
            headers: { "x-amz-target": "DynamoDB_20120810.GetItem", authorization: signedBy(settings) },
            body: "{",
        });
        assert.equal(response.headers.get("x-amzn-errortype"), "SerializationException");
    });

    describe("for clients outside of the run", () => {
        const guest: Caller = { principal: "user", isGuest: true };
        let open: Endpoint;
        let credentials: Credentials;

        beforeEach(async () => {
            open = new Endpoint(world, { calls: "as events" });
            await open.listen();
            credentials = open.credentialsFor(guest);
        });

        afterEach(async () => {
            world.clock.stop();
            await open.close();
        });

        it("takes keys that it was given", async () => {
            const other = { accessKeyId: "LOCAL1", secretAccessKey: "x" };
            open.admit(other, guest);
            world.fake("dynamodb", { GetItem: () => ({}) });
            const client = new DynamoDBClient({ ...settings, endpoint: open.url, credentials: other });
            const release = world.clock.hold();
            const running = world.clock.run();
            await client.send(new GetItemCommand({ TableName: "t", Key: {} }));
            release();
            await running;
            assert.deepEqual(world.calls[0]?.caller, guest);
        });

        it("makes a call as an event of the clock", async () => {
            world.fake("dynamodb", { GetItem: () => ({}) });
            const client = new DynamoDBClient({ ...settings, endpoint: open.url, credentials });
            const called = client.send(new GetItemCommand({ TableName: "t", Key: {} }));
            const posted = await new Promise<boolean>((resolve) => {
                const { clock } = world;
                const post = clock.post.bind(clock);
                clock.post = (task) => {
                    post(task);
                    resolve(world.calls.length === 0);
                };
            });
            await world.clock.run();
            await called;
            assert.ok(posted);
            assert.equal(world.calls.length, 1);
        });

        it("dates its answers by the clock", async () => {
            const headers = { authorization: signedBy({ credentials }) };
            const response = await fetch(open.url, { method: "POST", headers });
            assert.equal(response.headers.get("date"), "Thu, 01 Jan 2026 00:00:00 GMT");
        });

        it("says that a port is taken", async () => {
            const port = Number(new URL(open.url).port);
            await assert.rejects(new Endpoint(world).listen(port), { code: "EADDRINUSE" });
        });
    });

    /** The status of the answer to a request with these headers. */
    function statusWith(headers: Record<string, string>): Promise<number | undefined> {
        return new Promise((resolve, reject) => {
            const sent = request(endpoint.url, { method: "POST", headers }, (response) => {
                response.resume();
                resolve(response.statusCode);
            });
            sent.on("error", reject).end();
        });
    }
});

function signedBy({ credentials }: { credentials: Credentials }): string {
    return `AWS4-HMAC-SHA256 Credential=${credentials.accessKeyId}/20260101/eu-west-1/dynamodb/aws4_request`;
}
