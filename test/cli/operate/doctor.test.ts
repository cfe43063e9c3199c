import assert from "node:assert/strict";
import { AwsError } from "../../../embedded-aws/index.ts";
import { DAY, HOUR, MINUTE } from "../../stack/test-stack.ts";
import type { Job } from "../../stack/test-stack.ts";
import { Operated } from "./operated.ts";

interface Report {
    readonly format: string;
    readonly fail: number;
    readonly warn: number;
    readonly skip: number;
    readonly findings: readonly {
        readonly check: string;
        readonly result: string;
        readonly text: string;
        readonly mend?: string;
    }[];
}

const CONFIG = { limit: "2", alarmEmail: "ana@example.com", maxAttempts: "1", pauseAfterFailures: "1" };

describe("turnstile doctor", () => {
    let operated: Operated;
    let job: Job;

    beforeEach(async () => {
        job = () => ({ millis: 5 * MINUTE });
        operated = await Operated.open(CONFIG, { job: (run) => job(run), keepHistory: "all" });
        await operated.stack.pass(5 * MINUTE);
    });
    afterEach(() => operated.close());

    /** What is not well, as `result check: text`. */
    async function problems(): Promise<string[]> {
        const { findings } = await operated.json<Report>(["doctor"]);
        return findings
            .filter(({ result }) => result !== "ok")
            .map(({ result, check, text }) => `${result} ${check}: ${text}`);
    }

    const nobodyHears =
        "warn failure-subscribers: nobody hears of failed jobs: the topic has no confirmed subscriber";

    /** What is not well besides the topic of failed jobs, to which nobody has subscribed. */
    async function found(): Promise<string[]> {
        const all = await problems();
        assert.ok(all.includes(nobodyHears), all.join("\n"));
        return all.filter((each) => each !== nobodyHears);
    }

    function refuse(operation: string, error: Error): void {
        operated.stack.world.intercept((call, next) => {
            if (call.operation !== operation || call.caller.isGuest !== true) return next();
            throw error;
        });
    }

    /** Changes what an operation answers. */
    function change(operation: string, by: (answer: never) => unknown): void {
        operated.stack.world.intercept((call, next) => {
            const answer = next();
            return call.operation === operation && call.caller.isGuest === true
                ? by(answer as never)
                : answer;
        });
    }

    it("finds nothing in a good stack but topics that nobody has subscribed to", async () => {
        operated.stack.sendMany(4);
        await operated.stack.pass(2 * MINUTE);
        assert.deepEqual(await found(), []);
    });

    it("says what is wrong first, how to mend it, and what is well by name", async () => {
        const { code, out } = await operated.run(["doctor"]);
        assert.equal(code, 8);
        assert.match(out, /^turnstile\/dev · us-east-1, as of .*\nWARN {2}failure-subscribers: nobody hears/);
        assert.match(out, /^ {6}mend: aws sns subscribe --topic-arn arn:aws:sns:/m);
        assert.match(out, /^ok {4}place operator dispatcher breaker standstill leaks job-concurrency$/m);
        assert.match(out, /^0 failed, 1 warning, 0 skipped, \d+ ok$/m);
    });

    it("tells what is well in full with --verbose", async () => {
        const { out } = await operated.run(["doctor", "--verbose"]);
        assert.match(
            out,
            /^ok {4}job-concurrency: turnstile-demonstration\S* allows 14 runs at once, limit 2$/m,
        );
        assert.match(out, /^ok {4}releases: all parts are of release \d+\.\d+\.\d+$/m);
    });

    it("exits with 0 for warnings with --fail-on fail", async () => {
        assert.equal((await operated.run(["doctor", "--fail-on", "fail"])).code, 0);
    });

    it("finds a Glue job that retries, queues, or allows too few runs", async () => {
        change("GetJob", ({ Job }: { Job: object }) => ({
            Job: {
                ...Job,
                MaxRetries: 1,
                JobRunQueuingEnabled: true,
                ExecutionProperty: { MaxConcurrentRuns: 1 },
            },
        }));
        assert.deepEqual(
            (await found()).map((each) => each.split(":")[0]),
            ["fail job-concurrency", "fail job-retries", "fail job-queueing"],
        );
    });

    it("finds a function that nothing calls", async () => {
        const { functions } = operated.operator as { functions: { dispatcher: string } };
        const { EventSourceMappings } = operated.call("lambda", "ListEventSourceMappings", {
            FunctionName: functions.dispatcher,
        }) as { EventSourceMappings: { UUID: string }[] };
        const UUID = EventSourceMappings[0]?.UUID;
        operated.call("lambda", "UpdateEventSourceMapping", { UUID, Enabled: false });
        const [only] = await found();
        assert.match(only ?? "", /^fail dispatcher-mapping: nothing calls the dispatcher: .* is Disabled$/);
    });

    it("finds a mapping that is gone", async () => {
        change("ListEventSourceMappings", () => ({}));
        assert.equal((await found()).filter((each) => /mapping is gone$/.test(each)).length, 3);
    });

    it("finds a mapping with a problem", async () => {
        change("ListEventSourceMappings", () => ({
            EventSourceMappings: [
                { State: "Enabled", LastProcessingResult: "PROBLEM: Function call failed" },
            ],
        }));
        assert.match((await found())[0] ?? "", /starter's mapping: PROBLEM: Function call failed$/);
    });

    it("finds a function that cannot run", async () => {
        change("GetFunctionConfiguration", (answer: object) => ({ ...answer, State: "Failed" }));
        assert.match((await found())[0] ?? "", /^fail functions: the starter cannot run: Failed$/);
    });

    it("finds parts of another release", async () => {
        change("GetFunctionConfiguration", () => ({ Description: "Starts (Turnstile 0.0.9)" }));
        assert.match(
            (await found())[0] ?? "",
            /^fail releases: .*stack \d.*, starter 0\.0\.9, .*definition \d/,
        );
    });

    it("finds commands of another release than the stack's", async () => {
        const env = {
            TURNSTILE_OPERATOR: JSON.stringify({ ...operated.operator, version: "0.0.9" }),
        };
        change("GetFunctionConfiguration", () => ({ Description: "Starts (Turnstile 0.0.9)" }));
        change("DescribeStateMachine", () => ({ definition: '{"Comment": "Turnstile 0.0.9: x"}' }));
        const { out } = await operated.run(["doctor"], { env });
        assert.match(out, /^WARN {2}releases: the stack is of release 0\.0\.9, these commands are of /m);
    });

    it("finds a stream that is late", async () => {
        change("GetMetricStatistics", () => ({ Datapoints: [{ Maximum: 300_000 }] }));
        assert.match((await found())[0] ?? "", /^fail stream-lag: .*within 5 min in the last 10 min$/);
    });

    it("finds an alarm that goes off, with its reason", async () => {
        change("DescribeAlarms", ({ MetricAlarms }: { MetricAlarms: object[] }) => ({
            MetricAlarms: MetricAlarms.map((alarm, i) =>
                i === 0 ? { ...alarm, StateValue: "ALARM", StateReason: "above 1" } : alarm,
            ),
        }));
        assert.match((await found())[0] ?? "", /^fail alarms: \S+: above 1$/);
    });

    it("finds an alarm whose actions are off", async () => {
        change("DescribeAlarms", ({ MetricAlarms }: { MetricAlarms: object[] }) => ({
            MetricAlarms: MetricAlarms.map((alarm) => ({ ...alarm, ActionsEnabled: false })),
        }));
        assert.match((await found())[0] ?? "", /^warn alarms: .* notifies nobody/);
    });

    it("finds that the alarms are gone, whatever others use their topic", async () => {
        change("DescribeAlarms", () => ({ MetricAlarms: [{ Dimensions: [{ Value: "of another stack" }] }] }));
        assert.deepEqual(await found(), ["warn alarms: the stack's alarms are gone"]);
    });

    it("finds that the stack has no alarms", async () => {
        const { alarmTopicArn, ...rest } = operated.operator;
        assert.ok(alarmTopicArn);
        const env = { TURNSTILE_OPERATOR: JSON.stringify(rest) };
        assert.match(
            (await operated.run(["doctor"], { env })).out,
            /^WARN {2}alarms: the stack has no alarms$/m,
        );
    });

    it("reads every page of alarms", async () => {
        let pages = 0;
        change("DescribeAlarms", (answer: object) =>
            pages++ === 0 ? { ...answer, NextToken: "2" } : answer,
        );
        assert.deepEqual(await found(), []);
        assert.equal(pages, 2);
    });

    it("finds a slot that is held for nothing", async () => {
        const [sent = ""] = operated.stack.sendMany(1);
        await operated.stack.pass(HOUR);
        const gate = operated.stack.item("jobs", "gate") ?? {};
        const since = { M: { since: { N: "1767225600000" } } };
        operated.putItem("gate", { ...gate, holders: { M: { [`${sent}/2/0`]: since, "by-hand": since } } });
        const all = (await found()).filter((each) => each.startsWith("fail leaks"));
        assert.match(all[0] ?? "", /\/2\/0 keeps its slot, though its work is over$/);
        assert.match(all[1] ?? "", /by-hand keeps its slot: its id or its time cannot be read/);
    });

    it("finds a line that stands still beside free slots", async () => {
        operated.stack.world.intercept((call, next) => {
            if (call.operation !== "SendTaskSuccess") return next();
            throw new AwsError("ThrottlingException", "try later", 400);
        });
        operated.stack.sendMany(1);
        await operated.stack.pass(HOUR);
        assert.ok(
            (await found()).some((each) => /^fail standstill: 2 slots free, .* waited for 1 h$/.test(each)),
        );
    });

    it("finds an open breaker", async () => {
        job = () => ({ millis: MINUTE, end: { state: "FAILED", errorMessage: "broken" } });
        operated.stack.sendMany(1);
        await operated.stack.pass(10 * MINUTE);
        assert.ok(
            (await found()).some((each) => /^fail breaker: 1 message in a row failed for good/.test(each)),
        );
    });

    it("finds a dispatcher that is silent", async () => {
        const gate = operated.stack.item("jobs", "gate") ?? {};
        operated.putItem("gate", { ...gate, dispatcherSeen: { S: "2025-12-31T23:00:00.000Z" } });
        assert.match((await found())[0] ?? "", /^fail dispatcher-silent: /);
    });

    it("finds what the reaper has given up on", async () => {
        change("GetQueueAttributes", ({ Attributes }: { Attributes: object }) => ({
            Attributes: { ...Attributes, ApproximateNumberOfMessages: "2" },
        }));
        assert.deepEqual(await found(), ["fail reaper: the reaper has given up on 2 messages of its own"]);
    });

    it("finds an operator output that is older than the stack", async () => {
        operated.putItem("workflow", {
            stateMachine: { S: "arn:aws:states:us-east-1:1:stateMachine:new" },
            job: { S: "new" },
            deadLetterQueueUrl: { S: "https://sqs" },
        });
        assert.match((await found())[0] ?? "", /^fail operator: the output operator is older than the stack/);
    });

    it("finds that the item of the workflow is gone", async () => {
        operated.putItem("workflow", {});
        assert.match((await found())[0] ?? "", /^fail operator: the table's item workflow is gone/);
    });

    it("finds that the credentials lead to another account", async () => {
        change("DescribeTable", () => ({ Table: { TableArn: "arn:aws:dynamodb:eu-west-1:2:table/t" } }));
        assert.match((await found())[0] ?? "", /^fail place: account 2, region eu-west-1; the stack is in/);
    });

    it("skips what the caller may not see, with the permission", async () => {
        const denied = "User: u is not authorized to perform: glue:GetJob on resource: r";
        refuse("GetJob", new AwsError("AccessDeniedException", denied, 400));
        refuse("GetQueueAttributes", new AwsError("AccessDenied", "not authorized to perform it", 403));
        const { out } = await operated.run(["doctor"]);
        assert.match(out, /^SKIP {2}job: not allowed: glue:GetJob\n {6}mend: docs\/security\.md/m);
        assert.match(out, /^0 failed, 1 warning, 1 skipped, \d+ ok\. What was skipped was not looked at\.$/m);
        assert.match(out, /^Missing: sqs:GetQueueAttributes on /m);
    });

    it("skips what cannot be looked at, with the reason", async () => {
        refuse("ListSubscriptionsByTopic", new AwsError("InternalError", "try later", 400));
        const [only, ...others] = await problems();
        assert.match(only ?? "", /^skip subscribers: could not look: \w+: try later$/);
        assert.deepEqual(others, []);
    });

    it("says that there is no such stack, with exit code 5", async () => {
        const env = { TURNSTILE_OPERATOR: JSON.stringify({ ...operated.operator, tableName: "none" }) };
        assert.equal((await operated.run(["doctor"], { env })).code, 5);
    });

    it("changes nothing", async () => {
        const writes: string[] = [];
        operated.stack.world.intercept((call, next) => {
            if (call.caller.isGuest === true && !/^(Get|List|Describe|Query)/.test(call.operation))
                writes.push(call.operation);
            return next();
        });
        operated.stack.sendMany(3);
        await operated.stack.pass(DAY / 24 / 60);
        await operated.run(["doctor"]);
        assert.deepEqual(writes, []);
    });
});

describe("A change", () => {
    it("is refused in another account or region than the stack's, with exit code 2", async () => {
        const operated = await Operated.open(CONFIG);
        try {
            await operated.stack.pass(MINUTE);
            const env = {
                TURNSTILE_OPERATOR: JSON.stringify({ ...operated.operator, account: "999999999999" }),
            };
            const { code, error } = await operated.run(["pause", "--yes"], { env });
            assert.equal(code, 2);
            assert.match(
                error,
                /is in account 999999999999, us-east-1, but these credentials lead to \d+, us-east-1\. Nothing/,
            );
            assert.equal(operated.stack.item("jobs", "override"), undefined);
        } finally {
            await operated.close();
        }
    });
});
