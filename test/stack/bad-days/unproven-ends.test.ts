/** Ends that prove nothing: the slot stays taken until Glue shows that the job has ended, and that end decides. */
import assert from "node:assert/strict";
import { AwsError } from "../../../embedded-aws/index.ts";
import { badDay, CONFIG, DAY, HOUR, LIMIT, LOST, MINUTE, operation, record, SECOND } from "./bad-day.ts";

/** A job may take an hour at most; the task waits an hour longer. */
const TIMED = { ...CONFIG, jobTimeoutMinutes: "60" };

before(record(CONFIG, TIMED));

describe("An end that proves nothing", () => {
    it("a start whose reply was lost: the slot stays until its run has ended, and the job is done without another run", async () => {
        await badDay({}, async (day) => {
            day.loseReply(operation("StartJobRun"), LOST);
            const id = day.send({ minutes: 20 });
            await day.until("it asks", () => day.state(id) === "Ask the reaper");
            const others = day.sendMany(LIMIT);
            await day.pass(15 * MINUTE);
            assert.ok(day.holds(id));
            const { rows } = await day.ends({ done: [id, ...others] });
            assert.equal(day.runsOf(id).length, 1);
            assert.equal(rows.get(id)?.run, day.runsOf(id)[0]?.id);
        });
    });

    it("a start whose reply was lost and whose job then fails: the dead letter has the run's own failure", async () => {
        await badDay({}, async (day) => {
            day.loseReply(operation("StartJobRun"), LOST, 2);
            const id = day.send({ fails: 2 });
            const { letters } = await day.ends({ dead: [id] });
            assert.match(letters.get(id)?.cause ?? "", /^JobEndUnseen: .*FAILED: no "such" day, attempt 2$/);
            assert.equal(day.runsOf(id).length, 2);
        });
    });

    it("a start whose request was lost: after two minutes it is certain that there is no run, and the next attempt is done", async () => {
        await badDay({}, async (day) => {
            day.refuse(operation("StartJobRun"), LOST, 1);
            const id = day.send();
            await day.until("it asks", () => day.state(id) === "Ask the reaper");
            await day.ends({ done: [id] });
            assert.equal(day.runsOf(id).length, 1);
            assert.match(day.execution(id).output ?? "", /"attempts":2/);
        });
    });

    it("a start whose reply was lost and whose job runs for 50 minutes: the reaper never sends itself a message, and answers at the end", async () => {
        const job = () => ({ millis: 50 * MINUTE });
        await badDay({ job, model: { syncPollMillis: () => 24 * HOUR } }, async (day) => {
            day.loseReply(operation("StartJobRun"), LOST);
            const reaper = day.by("reaper");
            let sent = 0;
            day.stack.world.intercept((call, next) => {
                if (reaper(call) && call.operation.startsWith("SendMessage")) sent++;
                return next();
            });
            const id = day.send();
            await day.ends({ done: [id] });
            const [run] = day.runsOf(id);
            assert.equal(sent, 0);
            assert.equal(day.runsOf(id).length, 1);
            const late = (day.execution(id).stopTime ?? Infinity) - (run?.completedOn ?? 0);
            assert.ok(late < MINUTE, `${late} ms after the run`);
        });
    });

    it("a question that is lost with the reaper's queue: it is asked again within an hour", async () => {
        const job = () => ({ millis: 10 * MINUTE });
        await badDay({ job, model: { syncPollMillis: () => 24 * HOUR } }, async (day) => {
            day.loseReply(operation("StartJobRun"), LOST);
            const asks = (call: { operation: string; input: unknown }): boolean =>
                call.operation === "SendMessage" && JSON.stringify(call.input).includes('{\\"ask\\"');
            const lost = day.fault(asks, 1, {
                happens: [],
                caller: { MessageId: "lost", MD5OfMessageBody: "" },
            });
            const id = day.send();
            await day.until("its question is lost", () => lost.happened === 1);
            const asked = day.stack.world.clock.now();
            await day.ends({ done: [id] });
            assert.ok((day.execution(id).stopTime ?? Infinity) - asked < 65 * MINUTE);
            assert.equal(day.runsOf(id).length, 1);
        });
    });

    it("a start whose reply was lost and whose job runs for seven days: it is answered at the end", async () => {
        const job = () => ({ millis: 7 * DAY - HOUR });
        const config = { ...CONFIG, jobTimeoutMinutes: String(7 * 24 * 60) };
        await badDay({ config, job, model: { syncPollMillis: () => 9 * DAY } }, async (day) => {
            day.loseReply(operation("StartJobRun"), LOST);
            const id = day.send();
            await day.until("it asks", () => day.state(id) === "Ask the reaper");
            // Ten thousand looks that find nothing take long.
            const quiet = day.loseInvocations("dispatcher");
            await day.until("its run has ended", () => day.runsOf(id)[0]?.isTerminal === true, 8 * DAY);
            quiet.end();
            await day.until("it is answered", () => day.execution(id).status === "SUCCEEDED", MINUTE);
            const [released] = day.stack.released();
            assert.ok((released?.time ?? 0) >= (day.runsOf(id)[0]?.completedOn ?? Infinity));
            await day.ends({ done: [id] });
            assert.equal(day.runsOf(id).length, 1);
        });
    });

    it("a task that times out while its job goes on: the slot stays until the run is terminal, and no second job is started on it", async () => {
        const job = () => ({ millis: 30 * MINUTE });
        const model = { syncPollMillis: () => 24 * HOUR, glueStopMillis: () => 10 * MINUTE };
        await badDay({ config: TIMED, job, model }, async (day) => {
            const id = day.send();
            // Step Functions stops looking, and cannot stop the run either.
            day.refuse(operation("BatchStopJobRun"), new AwsError("AccessDeniedException", "no"));
            const others = day.sendMany(3);
            const { rows } = await day.ends({ done: [id, ...others] }, 12 * HOUR);
            assert.equal(day.execution(id).status, "SUCCEEDED");
            assert.equal(rows.get(id)?.run, day.runsOf(id)[0]?.id);
            assert.equal(day.runsOf(id).length, 1);
        });
    });

    it("a poll that failed, minutes into the job: the execution waits for the job, and its success counts", async () => {
        await badDay({}, async (day) => {
            const { clock } = day.stack.world;
            const failed = day.fault(operation("StartJobRun"), 1, (next) => {
                next();
                return new Promise((_, reject) => clock.after(5 * MINUTE, () => reject(LOST)));
            });
            const id = day.send({ minutes: 20 });
            await day.until("it asks", () => day.state(id) === "Ask the reaper");
            const others = day.sendMany(LIMIT);
            await day.pass(10 * MINUTE);
            assert.ok(day.holds(id));
            await day.ends({ done: [id, ...others] });
            assert.equal(failed.happened, 1);
            assert.equal(day.runsOf(id).length, 1);
        });
    });

    it("a throttled answer that may be a poll's: no second run is started, and the first one decides", async () => {
        await badDay({}, async (day) => {
            const rate = new AwsError("ThrottlingException", "Rate exceeded");
            const lost = day.loseReply(operation("StartJobRun"), rate);
            const id = day.send({ minutes: 10 });
            await day.ends({ done: [id] });
            assert.equal(lost.happened, 1);
            assert.equal(day.runsOf(id).length, 1);
        });
    });

    it("keeps its slot although the reaper cannot see Glue for an hour", async () => {
        await badDay({}, async (day) => {
            day.loseReply(operation("StartJobRun"), LOST);
            const id = day.send({ minutes: 5 });
            const blind = day.refuse(
                operation("GetJobRuns"),
                new AwsError("ThrottlingException", "Rate exceeded"),
            );
            await day.pass(HOUR);
            assert.ok(blind.happened > 5);
            assert.ok(day.holds(id));
            blind.end();
            await day.ends({ done: [id] });
        });
    });

    it("an execution that asks is answered within seconds of its run's end", async () => {
        await badDay({}, async (day) => {
            day.loseReply(operation("StartJobRun"), LOST);
            const id = day.send({ minutes: 12 });
            await day.ends({ done: [id] });
            const run = day.runsOf(id)[0];
            const took = (day.execution(id).stopTime ?? Infinity) - (run?.completedOn ?? 0);
            assert.ok(took < 75 * SECOND, `${took} ms`);
        });
    });
});
