/** A stack that `turnstile serve` keeps running in this process, for clients of the AWS SDK. */
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { SFNClient } from "@aws-sdk/client-sfn";
import { SQSClient } from "@aws-sdk/client-sqs";
import { runTurnstile } from "../command-line.ts";
import type { Outcome } from "../command-line.ts";

export interface Ready {
    readonly format: string;
    readonly env: Readonly<Record<string, string>>;
    readonly operator: Readonly<Record<string, string>>;
    /** The address of the live page. */
    readonly page: string;
}

export class Served {
    readonly ready: Ready;
    readonly dynamodb: DynamoDBClient;
    readonly sfn: SFNClient;
    readonly sqs: SQSClient;
    private readonly end: () => void;
    private readonly outcome: Promise<Outcome>;

    private constructor(ready: Ready, outcome: Promise<Outcome>, end: () => void) {
        this.ready = ready;
        this.outcome = outcome;
        this.end = end;
        const { AWS_ENDPOINT_URL: endpoint = "", AWS_REGION: region = "" } = ready.env;
        const { AWS_ACCESS_KEY_ID: accessKeyId = "", AWS_SECRET_ACCESS_KEY: secretAccessKey = "" } =
            ready.env;
        const credentials = { accessKeyId, secretAccessKey };
        const settings = { endpoint, region, credentials };
        this.dynamodb = new DynamoDBClient(settings);
        this.sfn = new SFNClient(settings);
        this.sqs = new SQSClient(settings);
    }

    /** Resolves when the stack can be called. */
    static async start(args: readonly string[]): Promise<Served> {
        const interrupts = {
            exitCode: undefined as number | undefined,
            stop: (): void => undefined,
            handle(stop: () => void): void {
                this.stop = stop;
            },
        };
        return new Promise((resolve, reject) => {
            const outcome = runTurnstile(["serve", "--port", "0", "--json", ...args], {
                interrupts,
                onOutput: (text) => {
                    const end = (): void => {
                        interrupts.exitCode = 130;
                        interrupts.stop();
                    };
                    resolve(new Served(JSON.parse(text) as Ready, outcome, end));
                },
            });
            outcome.then(({ error }) => reject(new Error(error)), reject);
        });
    }

    /** Ends it, as Ctrl-C does. */
    async stop(): Promise<Outcome> {
        for (const client of [this.dynamodb, this.sfn, this.sqs]) client.destroy();
        this.end();
        return this.outcome;
    }
}
