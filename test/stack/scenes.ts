/**
 * Scenes that use everything the program declares, and what can be observed of them: tests take something away and see
 * which promise is not kept.
 */
import assert from "node:assert/strict";
import { AwsError, Topic } from "../../embedded-aws/index.ts";
import type { Call, RecordedProgram } from "../../embedded-aws/index.ts";
import { giveReaperUp, kill, misconfigureJob, setMapping, wentOff } from "./alarm-scenes.ts";
import { TestStack } from "./test-stack.ts";

const MINUTE = 60_000;

/** The configuration that the scenes are made for. */
export const CONFIG = { limit: "2", maxAttempts: "2", retryDelaySeconds: "10" };

/** The promises that a program does not keep; its deployment's error if it cannot even be deployed. `afterwards` sees the stack at the end. */
export async function broken(
    program: RecordedProgram,
    afterwards: (stack: TestStack) => void = () => undefined,
): Promise<string[]> {
    let stack: TestStack | undefined;
    try {
        stack = await TestStack.open({
            programs: [program],
            job: ({ arguments: args }) =>
                args["--kind"] === "bad"
                    ? { millis: MINUTE, end: { state: "FAILED", errorMessage: "no such day" } }
                    : { millis: args["--kind"] === "long" ? 60 * MINUTE : 2 * MINUTE },
            model: { glueStartMillis: () => 10_000, glueStopMillis: () => 20_000, glueTailMillis: () => 0 },
        });
        const seen = await live(stack);
        afterwards(stack);
        return Object.keys(seen).filter((promise) => !seen[promise]);
    } catch (error) {
        return [(error as Error).message];
    } finally {
        await stack?.close();
    }
}

/** What can be observed of a stack that works; each is one promise. */
interface Observations {
    [promise: string]: boolean;
}

/**
 * A day in the life of a stack: jobs that succeed, one that fails, a message that can never start, a job whose start
 * had no answer, an execution that is aborted, events that get lost, and an operator who changes the limit.
 */
async function live(stack: TestStack): Promise<Observations> {
    const { world } = stack;
    const seen: Observations = {};
    await stack.pass(90_000);
    seen["the gate follows the settings"] = stack.gate()?.limit === 2;

    const good = Array.from({ length: 6 }, (_, i) =>
        stack.send({ arguments: { "--kind": "good" } }, `good-${i}`),
    );
    const bad = stack.send({ arguments: { "--kind": "bad" } }, "bad");
    stack.send("not JSON", "nonsense");
    const started = world.clock.now();
    await stack.untilEnded(7, 1);
    const slowest = Math.max(...stack.ended.map(({ stopTime }) => stopTime ?? Infinity)) - started;
    seen["good jobs are done"] = good.every((id) => stack.execution(id)?.status === "SUCCEEDED");
    seen["a bad job fails"] = stack.execution(bad)?.status === "FAILED";
    const dead = stack.deadLetters();
    seen["dead letters say why"] =
        dead.length === 2 &&
        dead.every((letter) => (letter.MessageAttributes["cause"]?.StringValue ?? "") !== "");
    const failures = world.find(stack.output("failureTopicArn"));
    seen["a failure is published"] = failures instanceof Topic && failures.published.length === 1;
    seen["nothing waits for a schedule"] = slowest < 30 * MINUTE && takesAfterGives(stack) < 5000;

    const beat = stack.gate()?.dispatcherSeen ?? "";
    await stack.pass(3 * MINUTE);
    seen["the dispatcher's heart beats"] = (stack.gate()?.dispatcherSeen ?? "") > beat;

    override(stack, 0);
    await stack.pass(5000);
    seen["an override is in force within seconds"] = stack.gate()?.limit === 0;
    override(stack, 2);
    await stack.pass(5000);

    const unanswered = loseOneReply(stack);
    const asking = stack.send({ arguments: { "--kind": "good" } }, "asking");
    await stack.untilEnded(8, 1);
    seen["a start without an answer ends as its run did"] =
        unanswered() === 1 && stack.execution(asking)?.status === "SUCCEEDED" && stack.runs.length === 9;

    const aborted = stack.send({ arguments: { "--kind": "long" } }, "aborted");
    await stack.pass(2 * MINUTE);
    abort(stack, aborted);
    await stack.pass(90_000);
    seen["an aborted execution's slot comes back when its run has stopped"] = held(stack) === 0;

    const lost = stack.send({ arguments: { "--kind": "long" } }, "lost");
    await stack.pass(2 * MINUTE);
    const deliver = loseEvents(stack);
    abort(stack, lost);
    await stack.pass(12 * MINUTE);
    deliver();
    seen["a sweep finds a slot whose events were lost"] = held(stack) === 0;
    const saved = stack
        .deadLetters()
        .map(({ MessageAttributes }) => MessageAttributes["cause"]?.StringValue ?? "");
    seen["the messages of aborted executions are saved"] =
        saved.length === 2 && saved.every((cause) => cause.startsWith("ExecutionABORTED"));

    seen["an execution that ended before its start is noticed by its event"] = await abortBeforeStart(stack);
    seen["an execution that died in the line is found when its turn comes"] = await dieInLine(stack);

    seen["a message whose start was refused is started within a minute"] = await startLater(stack);

    const alarms = [...wentOff(stack, started)];
    seen["so far there was no alarm without a reason"] = alarms.every((what) => what === "dead-letters");
    for (const what of ["dead-letters", ...(await alarmed(stack))])
        seen[`the alarm for ${what} goes off`] = wentOff(stack, started).has(what);
    for (const lost of ["lambda.logsLost", "glue.logsLost", "xray.tracesLost"])
        seen[`nothing of logs and traces is lost (${lost})`] = !world.counters.has(lost);
    return seen;
}

function held(stack: TestStack): number {
    return Object.keys(stack.gate()?.holders ?? {}).length;
}

/** The longest time from a slot's return to its being taken again, among the first jobs. */
function takesAfterGives(stack: TestStack): number {
    const takes = stack.slots.filter(({ what }) => what === "take");
    const gives = stack.slots.filter(({ what }) => what === "release");
    return Math.max(...gives.slice(0, 4).map((give, i) => (takes[i + 2]?.time ?? Infinity) - give.time));
}

/** Lets everything be wrong that there is an alarm for; returns what. */
async function alarmed(stack: TestStack): Promise<string[]> {
    override(stack, "many");
    const repairs = [
        misconfigureJob(stack),
        refuse(stack, "ListExecutions"),
        refuse(stack, "StartExecution"),
    ];
    stack.send({ arguments: { "--kind": "good" } }, "refused");
    await stack.pass(12 * MINUTE);
    for (const repair of repairs) repair();

    kill(stack, ["starter", "dispatcher", "reaper"]);
    giveReaperUp(stack);
    await stack.pass(15 * MINUTE);
    setMapping(stack, "turnstile-jobs-messages", false);
    stack.send({ arguments: { "--kind": "good" } }, "left");
    await stack.pass(12 * MINUTE);
    return [
        ...["limit-unreadable", "job-misconfigured", "starter-stuck", "reaper-stuck", "reaper-dead-letters"],
        ...["starter-errors", "dispatcher-errors", "reaper-errors", "oldest-message", "dispatcher-silent"],
    ];
}

/** Refuses what functions ask, until the returned function is called. */
function refuse(stack: TestStack, operation: string): () => void {
    return stack.world.intercept((call, next) => {
        if (call.operation !== operation || call.caller.principal === "user") return next();
        throw new AwsError("AccessDeniedException", "refused by the test");
    });
}

function override(stack: TestStack, limit: number | "many"): void {
    const Item = {
        poolName: { S: "jobs" },
        entry: { S: "override" },
        limit: limit === "many" ? { S: limit } : { N: String(limit) },
        by: { S: "test" },
        why: { S: "test" },
    };
    stack.world.call(
        "dynamodb",
        "PutItem",
        { TableName: stack.output("tableName"), Item },
        { principal: "user" },
    );
}

/** Lets the next StartJobRun happen and its answer get lost; returns how often that has been done. */
function loseOneReply(stack: TestStack): () => number {
    let lost = 0;
    stack.world.intercept((call, next) => {
        const answer = next();
        if (call.operation !== "StartJobRun" || lost > 0) return answer;
        lost++;
        throw new AwsError("InternalServiceException", "the answer got lost", 500);
    });
    return () => lost;
}

/** Loses every event of Glue and Step Functions until the returned function is called. */
function loseEvents(stack: TestStack): () => void {
    return stack.world.intercept((call: Call, next) => (call.operation === "PutServiceEvents" ? {} : next()));
}

function abort(stack: TestStack, messageId: string): void {
    const machine = stack.output("stateMachineArn");
    const executions = stack.world.call(
        "states",
        "ListExecutions",
        { stateMachineArn: machine, statusFilter: "RUNNING" },
        { principal: "user" },
    ) as { executions: { executionArn: string; name: string }[] };
    const found = executions.executions.find(({ name }) => name.endsWith(messageId));
    assert.ok(found, `the execution of ${messageId} is not running`);
    stack.world.call("states", "StopExecution", { executionArn: found.executionArn }, { principal: "user" });
}

/** Aborts an execution that has a slot while Glue refuses to start its run; true if the slot is back soon after the grace. */
async function abortBeforeStart(stack: TestStack): Promise<boolean> {
    const remove = stack.world.intercept((call, next) => {
        if (call.operation === "StartJobRun")
            throw new AwsError("ConcurrentRunsExceededException", "refused by the test");
        return next();
    });
    const id = stack.send({ arguments: { "--kind": "good" } }, "refused");
    await stack.pass(MINUTE);
    const before = held(stack);
    abort(stack, id);
    await stack.pass(2 * MINUTE + 15_000);
    remove();
    return before === 1 && held(stack) === 0;
}

/** Refuses to start an execution for a few seconds; true if its message is tried again soon, and its job runs. */
async function startLater(stack: TestStack): Promise<boolean> {
    const repair = refuse(stack, "StartExecution");
    const before = stack.runs.length;
    stack.send({ arguments: { "--kind": "good" } }, "refused-at-first");
    await stack.pass(3000);
    repair();
    const refused = stack.runs.length === before;
    await stack.pass(MINUTE);
    return refused && stack.runs.length === before + 1;
}

/** Aborts an execution in the line, with nobody to tell of it; true if its message is saved once its turn has come. */
async function dieInLine(stack: TestStack): Promise<boolean> {
    override(stack, 0);
    await stack.pass(MINUTE);
    stack.deadLetters();
    const id = stack.send({ arguments: { "--kind": "good" } }, "dies-in-line");
    await stack.pass(MINUTE);
    const remove = stack.world.intercept((call, next) =>
        call.operation === "PutServiceEvents" || call.caller.principal === "events.amazonaws.com"
            ? {}
            : next(),
    );
    abort(stack, id);
    override(stack, 2);
    await stack.pass(5 * MINUTE);
    remove();
    return stack.deadLetters().length === 1;
}
