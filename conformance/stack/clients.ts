/** The AWS SDK's clients of every service that the program uses, for one endpoint. */
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

export interface Location {
    readonly endpoint: string;
    readonly region: string;
    readonly account: string;
}

export type Clients = ReturnType<typeof connect>;

export function connect({ endpoint, region, account }: Location) {
    // MiniStack reads the account from a key of twelve digits ("Multi-tenancy" in its README).
    const credentials = { accessKeyId: account, secretAccessKey: "not-a-secret" };
    // No second try: a request that needs one is a finding.
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

/** Closes the connections, which would keep the process alive. */
export function disconnect(clients: Clients): void {
    for (const client of Object.values(clients)) client.destroy();
}
