/**
 * Scenes that use everything the program declares, and what can be observed of them: tests take something away and see
 * which promise is broken.
 */
import assert from "node:assert/strict";
import { AwsError, Topic } from "../../embedded-aws/index.ts";
import type { Call, RecordedProgram } from "../../embedded-aws/index.ts";
import {
    changeGate,
    denyAcquires,
    fillTable,
    giveReaperUp,
    kill,
    misconfigureJob,
    setMapping,
    wentOff,
} from "./alarm-scenes.ts";
import { DAY, HOUR, MINUTE, SECOND, TestStack } from "./test-stack.ts";
import type { DeadLetter } from "./test-stack.ts";

/** The promises that a program breaks; its deployment's error if it cannot be deployed. `afterwards` sees the stack at the end. */
export async function broken(
    program: RecordedProgram,
    afterwards: (stack: TestStack) => void = () => undefined,
): Promise<string[]> {
    const found: string[] = [];
    for await (const promise of breaches(program, afterwards)) found.push(promise);
    return found;
}

/** The first promise that a program breaks, and no look at the others; undefined when it keeps them all. */
export async function firstBroken(program: RecordedProgram): Promise<string | undefined> {
    const looking = breaches(program);
    const { value, done } = await looking.next();
    await looking.return();
    return done === true ? undefined : value;
}

async function* breaches(
    program: RecordedProgram,
    afterwards: (stack: TestStack) => void = () => undefined,
): AsyncGenerator<string, void> {
    let stack: TestStack | undefined;
    try {
        stack = await TestStack.open({
            programs: [program],
            job: ({ arguments: args }) =>
                args["--kind"] === "bad"
                    ? { millis: MINUTE, end: { state: "FAILED", errorMessage: "no such day" } }
                    : { millis: args["--kind"] === "long" ? 60 * MINUTE : 2 * MINUTE },
            model: {
                glueStartMillis: () => 10 * SECOND,
                glueStopMillis: () => 20 * SECOND,
                glueTailMillis: () => 0,
            },
        });
        for await (const [promise, isKept] of observations(stack)) if (!isKept) yield promise;
        afterwards(stack);
    } catch (error) {
        yield (error as Error).message;
    } finally {
        await stack?.close();
    }
}

/** A promise, and whether a stack has kept it. */
type Observation = readonly [promise: string, isKept: boolean];

/**
 * A day in the life of a stack: jobs that succeed, one that fails, a message that can never start, a job whose start
 * had no answer, an execution that is aborted, events that get lost, and an operator who changes the limit.
 */
async function* observations(stack: TestStack): AsyncGenerator<Observation> {
    const { world } = stack;
    await stack.pass(90 * SECOND);
    yield ["the gate follows the settings", stack.gate()?.limit === 2];

    const started = world.clock.now();
    yield* ordinaryJobs(stack);
    yield* logsAndTraces(stack);

    const beat = stack.gate()?.dispatcherSeen ?? "";
    await stack.pass(3 * MINUTE);
    yield ["the dispatcher's heart beats", (stack.gate()?.dispatcherSeen ?? "") > beat];

    override(stack, 0);
    await stack.pass(5 * SECOND);
    yield ["an override is in force within seconds", stack.gate()?.limit === 0];
    override(stack, 2);
    await stack.pass(5 * SECOND);

    const unanswered = loseOneReply(stack);
    const asking = stack.send({ arguments: { "--kind": "good" } }, "asking");
    await stack.untilEnded(8, 2 * HOUR);
    yield [
        "a start without an answer ends as its run did",
        unanswered() === 1 && stack.execution(asking)?.status === "SUCCEEDED" && stack.runs.length === 9,
    ];
    const answeredAfter = (stack.execution(asking)?.stopTime ?? Infinity) - (stack.runs[8]?.completedOn ?? 0);
    yield [
        "a start without an answer is answered within seconds of its run's end",
        answeredAfter < 5 * SECOND,
    ];

    yield* abortedExecutions(stack);
    yield ["an execution that ended before its start is noticed by its event", await abortBeforeStart(stack)];
    yield ["an execution that died in the line is found when its turn comes", await dieInLine(stack)];
    yield ["a message whose start was refused is started within a minute", await startLater(stack)];

    const alarms = [...wentOff(stack, started)];
    yield ["so far there was no alarm without a reason", alarms.every((what) => what === "dead-letters")];
    for (const what of ["dead-letters", ...(await alarmed(stack))])
        yield [`the alarm for ${what} goes off`, wentOff(stack, started).has(what)];
    yield* logsAndTraces(stack);
}

function* logsAndTraces({ world }: TestStack): Generator<Observation> {
    for (const lost of ["lambda.logsLost", "glue.logsLost", "xray.tracesLost"])
        yield [`nothing of logs and traces is lost (${lost})`, !world.counters.has(lost)];
}

/** Jobs that succeed, one that fails, and a message that can never start. */
async function* ordinaryJobs(stack: TestStack): AsyncGenerator<Observation> {
    const good = Array.from({ length: 6 }, (_, i) =>
        stack.send({ arguments: { "--kind": "good" } }, `good-${i}`),
    );
    const bad = stack.send({ arguments: { "--kind": "bad" } }, "bad");
    stack.send("not JSON", "nonsense");
    const started = stack.world.clock.now();
    await stack.untilEnded(7, 2 * HOUR);
    const slowest = Math.max(...stack.ended.map(({ stopTime }) => stopTime ?? Infinity)) - started;
    yield ["good jobs are done", good.every((id) => stack.execution(id)?.status === "SUCCEEDED")];
    yield ["a bad job fails", stack.execution(bad)?.status === "FAILED"];
    const causes = causesOf(stack.deadLetters());
    yield ["dead letters say why", causes.length === 2 && causes.every((cause) => cause !== "")];
    const failures = stack.world.find(stack.output("failureTopicArn"));
    yield ["a failure is published", failures instanceof Topic && failures.published.length === 1];
    const idle = stack.idleMillis(2).slice(0, 4);
    yield [
        "nothing waits for a schedule",
        slowest < 30 * MINUTE && idle.length === 4 && Math.max(...idle) < 5 * SECOND,
    ];
}

/** Two executions that are aborted while their jobs run; of the second nobody hears. */
async function* abortedExecutions(stack: TestStack): AsyncGenerator<Observation> {
    const aborted = stack.send({ arguments: { "--kind": "long" } }, "aborted");
    await stack.pass(2 * MINUTE);
    abort(stack, aborted);
    await stack.pass(90 * SECOND);
    yield ["an aborted execution's slot comes back when its run has stopped", held(stack) === 0];
    const stopped = stack.runs.at(-1)?.completedOn ?? -Infinity;
    const released = stack.released().at(-1)?.time ?? Infinity;
    yield ["Glue's event brings a slot back within seconds", released - stopped < 5 * SECOND];

    const lost = stack.send({ arguments: { "--kind": "long" } }, "lost");
    await stack.pass(2 * MINUTE);
    const deliver = loseEvents(stack);
    abort(stack, lost);
    await stack.pass(12 * MINUTE);
    deliver();
    yield ["a sweep finds a slot whose events were lost", held(stack) === 0];
    const causes = causesOf(stack.deadLetters());
    yield [
        "the messages of aborted executions are saved",
        causes.length === 2 && causes.every((cause) => cause.startsWith("ExecutionABORTED")),
    ];
}

function causesOf(letters: readonly DeadLetter[]): string[] {
    return letters.map(({ MessageAttributes }) => MessageAttributes["cause"]?.StringValue ?? "");
}

function held(stack: TestStack): number {
    return Object.keys(stack.gate()?.holders ?? {}).length;
}

/** Causes everything that there is an alarm for; returns the alarms. */
async function alarmed(stack: TestStack): Promise<string[]> {
    await standStill(stack);
    override(stack, "many");
    writeHolder(stack, "written by hand", {});
    const repairs = [
        misconfigureJob(stack),
        fillTable(stack),
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
        "limit-unreadable",
        "job-misconfigured",
        "table-filling",
        "slot-stuck",
        "starter-stuck",
        "reaper-stuck",
        "reaper-dead-letters",
        "starter-errors",
        "dispatcher-errors",
        "reaper-errors",
        "oldest-message",
        "dispatcher-silent",
        "breaker-open",
        "no-release",
        "no-acquire",
    ];
}

/** A message waits while the breaker is open, while all slots have been taken for days, and while every acquire is denied. */
async function standStill(stack: TestStack): Promise<void> {
    const since = { N: String(stack.world.clock.now() - 2 * DAY) };
    const holders = ["a", "b"];
    for (const holder of holders) writeHolder(stack, holder, { since });
    changeGate(stack, "", "SET failures = :many", { ":many": { N: "9" } });
    stack.send({ arguments: { "--kind": "good" } }, "waits");
    await stack.pass(7 * MINUTE);
    const admit = denyAcquires(stack);
    changeGate(stack, "", "REMOVE failures");
    for (const holder of holders) changeGate(stack, holder, "REMOVE holders.#me");
    await stack.pass(18 * MINUTE);
    admit();
    await stack.pass(20 * MINUTE);
}

/** Puts a holder into the gate by hand. */
function writeHolder(stack: TestStack, holder: string, slot: object): void {
    changeGate(stack, holder, "SET holders.#me = :slot", { ":slot": { M: slot } });
}

/** Refuses an operation to everybody but the user, until the returned function is called. */
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

/** Loses the answer of the next StartJobRun; the returned function says how often that has happened. */
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

/** Aborts an execution that has a slot while Glue refuses to start its run; true if the slot is back soon after two minutes. */
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
    await stack.pass(2 * MINUTE + 15 * SECOND);
    remove();
    return before === 1 && held(stack) === 0;
}

/** Refuses to start an execution for a few seconds; true if its message is tried again soon, and its job runs. */
async function startLater(stack: TestStack): Promise<boolean> {
    const repair = refuse(stack, "StartExecution");
    const before = stack.runs.length;
    stack.send({ arguments: { "--kind": "good" } }, "refused-at-first");
    await stack.pass(3 * SECOND);
    repair();
    const refused = stack.runs.length === before;
    await stack.pass(MINUTE);
    return refused && stack.runs.length === before + 1;
}

/** Aborts an execution in the line while all events are lost; true if its message is saved once its turn has come. */
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
