/**
 * `turnstile serve`, by Amazon's own clients: the AWS CLI and boto3 do what an operator does. An operation answers, and its
 * client makes sense of the answer.
 */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { need, ROOT } from "../installation.ts";
import { KeptServer } from "../kept-server.ts";
import { installClients } from "./install.ts";

const run = promisify(execFile);

/** What the AWS CLI prints. */
type Json = Readonly<Record<string, unknown>>;

interface Ready {
    readonly env: Readonly<Record<string, string>>;
    readonly operator: Readonly<Record<string, string>>;
}

/** The commands of the AWS CLI in docs/run-locally.md that need no name of a resource. */
function documented(): string[] {
    const page = readFileSync(join(ROOT, "docs/run-locally.md"), "utf8");
    return page.split("\n").filter((line) => /^aws /.test(line));
}

describe("turnstile serve, by the AWS CLI and boto3", () => {
    let python: string;
    let server: KeptServer;
    let ready: Ready;

    before(async function () {
        ({ python } = need(this, await installClients()));
        const command = (port: number): [string, ...string[]] => {
            const options = ["--json", "--speed", "600", "--port", String(port)];
            return [process.execPath, join(ROOT, "cli/main.ts"), "serve", ...options];
        };
        server = await KeptServer.start("turnstile serve", "/", (port) => ({ command: command(port) }));
        ready = JSON.parse(await server.log()) as Ready;
    });
    after(async () => {
        await server?.stop();
    });

    /** Runs the AWS CLI and reads what it prints. */
    async function aws(...args: string[]): Promise<Json> {
        const endpoint = ["--endpoint-url", ready.env["AWS_ENDPOINT_URL"] ?? ""];
        const text = await cli(...endpoint, "--output", "json", ...args);
        return (text.trim() === "" ? {} : JSON.parse(text)) as Json;
    }

    /** The script `aws` names the folder in which pip made it, which was moved since. */
    function cli(...args: string[]): Promise<string> {
        return output(python, ["-m", "awscli", ...args]);
    }

    function environment(): NodeJS.ProcessEnv {
        return {
            ...process.env,
            ...ready.env,
            AWS_PAGER: "",
            AWS_PROFILE: undefined,
            AWS_CONFIG_FILE: "/dev/null",
        };
    }

    async function output(file: string, args: readonly string[]): Promise<string> {
        return (await run(file, args, { env: environment(), cwd: ROOT })).stdout;
    }

    it("runs the job of a message that `aws sqs send-message` sends, to its end", async () => {
        const { queueUrl = "", stateMachineArn = "", jobName = "" } = ready.operator;
        const message = [
            "--message-body",
            '{"arguments": {}}',
            "--message-group-id",
            "a",
            "--queue-url",
            queueUrl,
        ];
        await aws("sqs", "send-message", ...message);
        const succeeded = ["--state-machine-arn", stateMachineArn, "--status-filter", "SUCCEEDED"];
        let executions: { executionArn: string }[] = [];
        while (executions.length === 0) {
            const listed = await aws("stepfunctions", "list-executions", ...succeeded);
            executions = listed["executions"] as { executionArn: string }[];
        }
        const named = ["--execution-arn", executions[0]?.executionArn ?? ""];
        const { status } = await aws("stepfunctions", "describe-execution", ...named);
        assert.equal(status, "SUCCEEDED");
        const { events } = await aws("stepfunctions", "get-execution-history", ...named);
        assert.equal((events as { type: string }[]).at(-1)?.type, "ExecutionSucceeded");
        const { JobRuns } = await aws("glue", "get-job-runs", "--job-name", jobName);
        assert.equal((JobRuns as { JobRunState: string }[])[0]?.JobRunState, "SUCCEEDED");
        const key = [
            "--key-condition-expression",
            "poolName = :p",
            "--expression-attribute-values",
            '{":p":{"S":"jobs"}}',
        ];
        const { Count } = await aws(
            "dynamodb",
            "query",
            "--table-name",
            ready.operator["tableName"] ?? "",
            ...key,
        );
        assert.ok(Number(Count) > 3);
    });

    it("has the lines of its functions", async () => {
        const { Functions } = await aws("lambda", "list-functions");
        const dispatcher = (Functions as { FunctionName: string }[]).find(({ FunctionName }) =>
            FunctionName.includes("dispatcher"),
        );
        const { LoggingConfig } = await aws(
            "lambda",
            "get-function-configuration",
            "--function-name",
            dispatcher?.FunctionName ?? "",
        );
        const group = (LoggingConfig as { LogGroup: string }).LogGroup;
        const named = ["--log-group-name", group];
        const { events } = await aws(
            "logs",
            "filter-log-events",
            ...named,
            "--filter-pattern",
            '"waiter woken"',
        );
        assert.match((events as { message: string }[])[0]?.message ?? "", /waiter woken/);
    });

    it("copies a file to its bucket, into a folder, back", async () => {
        const { Buckets } = await aws("s3api", "list-buckets");
        const bucket = (Buckets as { Name: string }[])[0]?.Name ?? "";
        await cli("s3", "cp", "package.json", `s3://${bucket}/folder/package.json`);
        assert.match(await cli("s3", "ls", `s3://${bucket}/`), /PRE folder\//);
        assert.match(await cli("s3", "ls", `s3://${bucket}/folder/`), /package\.json/);
        const copy = await cli("s3", "cp", `s3://${bucket}/folder/package.json`, "-");
        assert.match(copy, /"pulumi-turnstile"/);
        await cli("s3", "rm", "--recursive", `s3://${bucket}/folder/`);
        assert.doesNotMatch(await cli("s3", "ls", `s3://${bucket}/`), /folder/);
    });

    it("shows its alarms", async () => {
        const { MetricAlarms } = await aws("cloudwatch", "describe-alarms");
        const alarms = MetricAlarms as { AlarmName: string; Threshold: number; Period: number }[];
        assert.ok(alarms.length > 5);
        assert.equal(typeof alarms[0]?.Threshold, "number");
    });

    it("has the data of its metrics", async () => {
        const Dimensions = [
            { Name: "pool", Value: "jobs" },
            { Name: "table", Value: ready.operator["tableName"] },
        ];
        const Metric = { Namespace: "Turnstile", MetricName: "Limit", Dimensions };
        const queries = [{ Id: "m", MetricStat: { Metric, Period: 60, Stat: "Maximum" } }];
        const far = new Date(Date.now() + 60 * 86_400_000).toISOString();
        const times = ["--start-time", new Date().toISOString(), "--end-time", far];
        const data = ["--metric-data-queries", JSON.stringify(queries), ...times];
        const { MetricDataResults } = await aws("cloudwatch", "get-metric-data", ...data);
        assert.equal((MetricDataResults as { Values: number[] }[])[0]?.Values[0], 3);
    });

    it("sends what is published to a queue that subscribed", async () => {
        const { Topics } = await aws("sns", "list-topics");
        const topic = ["--topic-arn", (Topics as { TopicArn: string }[])[0]?.TopicArn ?? ""];
        const email = ["--protocol", "email", "--notification-endpoint", "ana@example.com"];
        const { SubscriptionArn } = await aws("sns", "subscribe", ...topic, ...email);
        const { Subscriptions } = await aws("sns", "list-subscriptions-by-topic", ...topic);
        const arns = (Subscriptions as { SubscriptionArn: string }[]).map((each) => each.SubscriptionArn);
        assert.ok(arns.includes(String(SubscriptionArn)));
        assert.ok((await aws("sns", "publish", ...topic, "--message", "a & b"))["MessageId"]);
        await aws("sns", "unsubscribe", "--subscription-arn", String(SubscriptionArn));
    });

    for (const [title, args, members] of [
        ["who calls", ["sts", "get-caller-identity"], ["Account", "Arn"]],
        ["its queues", ["sqs", "list-queues"], ["QueueUrls"]],
        ["its tables", ["dynamodb", "list-tables"], ["TableNames"]],
        ["its rules", ["events", "list-rules"], ["Rules"]],
        ["its roles", ["iam", "list-roles"], ["Roles"]],
        ["its log groups", ["logs", "describe-log-groups"], ["logGroups"]],
        ["its state machines", ["stepfunctions", "list-state-machines"], ["stateMachines"]],
        ["its mappings", ["lambda", "list-event-source-mappings"], ["EventSourceMappings"]],
    ] as const) {
        it(`tells ${title}`, async () => {
            const answer = await aws(...args);
            for (const member of members)
                assert.ok((answer[member] as { length: number }).length > 0, member);
        });
    }

    for (const command of documented()) {
        it(`runs \`${command}\`, as docs/run-locally.md shows it`, async () => {
            await cli(...command.split(" ").slice(1));
        });
    }

    it("names an operation that it lacks", async () => {
        await assert.rejects(aws("kms", "list-keys"), /UnsupportedError.*ListKeys operation.*kms:ListKeys/s);
    });

    it("names a service that it lacks", async () => {
        await assert.rejects(aws("ec2", "describe-instances"), /no service 'ec2'/);
    });

    it("makes sense to boto3", async () => {
        const script = join(import.meta.dirname, "boto.py");
        const seen = JSON.parse(await output(python, [script, JSON.stringify(ready.operator)])) as object;
        assert.deepEqual(
            { ...seen, alarms: undefined },
            {
                body: 2000,
                contentType: "text/x",
                listed: ["boto/a key+b.bin"],
                signed: 2000,
                gate: true,
                sent: 36,
                alarms: undefined,
                published: 36,
                functions: 3,
                noFunction: "ResourceNotFoundException",
                noBucket: "NoSuchBucket",
                noTopic: "NotFound",
                noRole: "NoSuchEntity",
                noQueue: "AWS.SimpleQueueService.NonExistentQueue",
                lacking: "UnsupportedError",
            },
        );
    });

    it("is where the commands of turnstile work", async () => {
        const status = await output(process.execPath, ["cli/main.ts", "status", "--json"]);
        assert.equal((JSON.parse(status) as { pool: string }).pool, "jobs");
    });
});
