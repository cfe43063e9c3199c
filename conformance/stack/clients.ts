/** AWS's own clients of every service that the program uses, all speaking to one endpoint. */
import { CloudWatchClient } from "@aws-sdk/client-cloudwatch";
import { CloudWatchLogsClient } from "@aws-sdk/client-cloudwatch-logs";
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { EventBridgeClient } from "@aws-sdk/client-eventbridge";
import { GlueClient } from "@aws-sdk/client-glue";
import { IAMClient } from "@aws-sdk/client-iam";
import { LambdaClient } from "@aws-sdk/client-lambda";
import { S3Client } from "@aws-sdk/client-s3";
import { SFNClient } from "@aws-sdk/client-sfn";
import { SNSClient } from "@aws-sdk/client-sns";
import { SQSClient } from "@aws-sdk/client-sqs";

export interface Place {
    readonly endpoint: string;
    readonly region: string;
    readonly account: string;
}

export type Clients = ReturnType<typeof connect>;

export function connect({ endpoint, region, account }: Place) {
    // MiniStack takes a key of twelve digits for the account's number ("Multi-tenancy" in its README).
    const credentials = { accessKeyId: account, secretAccessKey: "not-a-secret" };
    // A deployment that needs a second try is a finding, not weather.
    const settings = { endpoint, region, credentials, maxAttempts: 1 };
    return {
        cloudwatch: new CloudWatchClient(settings),
        dynamodb: new DynamoDBClient(settings),
        events: new EventBridgeClient(settings),
        glue: new GlueClient(settings),
        iam: new IAMClient(settings),
        lambda: new LambdaClient(settings),
        logs: new CloudWatchLogsClient(settings),
        s3: new S3Client({ ...settings, forcePathStyle: true }),
        sns: new SNSClient(settings),
        sqs: new SQSClient(settings),
        states: new SFNClient(settings),
    };
}

/** Lets go of the connections, which would keep the process alive. */
export function disconnect(clients: Clients): void {
    for (const client of Object.values(clients)) client.destroy();
}
