/** The way to AWS: the clients that the commands call, and the time there. Tests hand in others. */
import type { CloudWatchClient } from "@aws-sdk/client-cloudwatch";
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { GlueClient } from "@aws-sdk/client-glue";
import type { LambdaClient } from "@aws-sdk/client-lambda";
import { SFNClient } from "@aws-sdk/client-sfn";
import type { SNSClient } from "@aws-sdk/client-sns";
import { SQSClient } from "@aws-sdk/client-sqs";
import type { Operator } from "./operator.ts";

/** Something that sends the commands of one service. */
export interface Aws {
    readonly dynamodb: Pick<DynamoDBClient, "send">;
    readonly glue: Pick<GlueClient, "send">;
    readonly sfn: Pick<SFNClient, "send">;
    readonly sqs: Pick<SQSClient, "send">;
    /** The services that few commands ask, the same clients at each call. */
    others(): Promise<OtherServices>;
    /** Milliseconds since 1970 by the clock of AWS, as far as its answers have shown it. */
    now(): number;
    close(): void;
}

/** The clients of services that few commands ask: loading them takes time. */
export interface OtherServices {
    readonly cloudwatch: Pick<CloudWatchClient, "send">;
    readonly lambda: Pick<LambdaClient, "send">;
    readonly sns: Pick<SNSClient, "send">;
}

export interface AwsOptions {
    readonly profile?: string;
    readonly region?: string;
    readonly endpointUrl?: string;
}

type Environment = Readonly<Record<string, string | undefined>>;

/** Answers are dated in whole seconds, so a smaller difference shows nothing. Milliseconds. */
const CLOCK_NOISE = 2000;

export function connect(operator: Operator, options: AwsOptions, env: Environment): Aws {
    const { profile, endpointUrl: endpoint } = options;
    const credentials = credentialsIn(env, profile);
    const settings = {
        region: options.region ?? operator.region,
        ...(profile !== undefined && { profile }),
        ...(credentials && { credentials }),
        ...(endpoint !== undefined && { endpoint }),
    };
    const isElsewhere = endpoint !== undefined || env["AWS_ENDPOINT_URL"] !== undefined;
    const clients = {
        dynamodb: new DynamoDBClient(settings),
        glue: new GlueClient(settings),
        sfn: new SFNClient(settings),
        // SQS clients call the host of a queue's URL, unless they are told not to.
        sqs: new SQSClient({ ...settings, ...(isElsewhere && { useQueueUrlAsEndpoint: false }) }),
    };
    let others: Promise<OtherServices> | undefined;
    let ahead = 0;
    for (const client of Object.values(clients)) {
        onDate(client as Watchable, (date) => {
            const difference = date - Date.now();
            if (Math.abs(difference) > CLOCK_NOISE) ahead = difference;
        });
    }
    return {
        ...clients,
        others: () => (others ??= load(settings)),
        now: () => Date.now() + ahead,
        close: () => {
            for (const client of Object.values(clients)) client.destroy();
        },
    };
}

async function load(settings: object): Promise<OtherServices> {
    const [{ CloudWatchClient }, { LambdaClient }, { SNSClient }] = await Promise.all([
        import("@aws-sdk/client-cloudwatch"),
        import("@aws-sdk/client-lambda"),
        import("@aws-sdk/client-sns"),
    ]);
    return {
        cloudwatch: new CloudWatchClient(settings),
        lambda: new LambdaClient(settings),
        sns: new SNSClient(settings),
    };
}

/** A client, as far as its answers are watched. */
interface Watchable {
    readonly middlewareStack: {
        add(
            watch: (
                next: (args: object) => Promise<{ response: unknown }>,
            ) => (args: object) => Promise<never>,
            options: { step: "deserialize" },
        ): void;
    };
}

/** Calls `see` with the date of each answer. */
function onDate(client: Watchable, see: (date: number) => void): void {
    client.middlewareStack.add(
        (next) => async (args) => {
            const result = await next(args);
            const { headers } = result.response as { headers?: Record<string, string> };
            const date = Date.parse(headers?.["date"] ?? "");
            if (!Number.isNaN(date)) see(date);
            return result as never;
        },
        { step: "deserialize" },
    );
}

/** The keys in the environment, where they count: a profile comes before them. The SDK finds everything else by itself. */
function credentialsIn(
    env: Environment,
    profile: string | undefined,
): { accessKeyId: string; secretAccessKey: string; sessionToken?: string } | undefined {
    const accessKeyId = env["AWS_ACCESS_KEY_ID"] ?? "";
    const secretAccessKey = env["AWS_SECRET_ACCESS_KEY"] ?? "";
    if (profile !== undefined || env["AWS_PROFILE"] || accessKeyId === "" || secretAccessKey === "")
        return undefined;
    const sessionToken = env["AWS_SESSION_TOKEN"];
    return { accessKeyId, secretAccessKey, ...(sessionToken ? { sessionToken } : {}) };
}
