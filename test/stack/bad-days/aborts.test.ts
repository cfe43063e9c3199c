/**
 * Executions that end outside their own failure path: aborted by somebody, or timed out, in each state. Their slot comes
 * back only when their runs have ended, and their message ends exactly once.
 */
import assert from "node:assert/strict";
import { AwsError } from "../../../embedded-aws/index.ts";
import type { Call, RecordedProgram } from "../../../embedded-aws/index.ts";
import { recorded } from "../test-stack.ts";
import {
    CONCURRENT,
    CONFIG,
    LOST,
    makes,
    MINUTE,
    operation,
    record,
    SECOND,
    COOLING_DOWN,
    seenOn,
} from "./bad-day.ts";
import type { BadDay, Behavior, Ends } from "./bad-day.ts";

interface Moment {
    /** What the execution was doing. */
    readonly while: string;
    readonly state: string;
    /** From entering the state: five milliseconds is while its call is on its way. */
    readonly delay?: number;
    /** At which visit of the state. @default 1 */
    readonly visit?: number;
    readonly job?: Behavior;
    readonly config?: Record<string, string>;
    /** Whether the pool is paused meanwhile. */
    readonly inLine?: boolean;
    readonly prepare?: (day: BadDay) => void;
    /** How the message ends, and what its dead letter says. */
    readonly end: "done" | RegExp;
    /** How many Glue runs there are of it. */
    readonly runs: number;
}

const ABORTED = /^ExecutionABORTED: Operator: because; /;

const MOMENTS: readonly Moment[] = [
    { while: "joining the line", state: "Enter line", end: ABORTED, runs: 0 },
    { while: "in line", state: "Enter line", delay: MINUTE, inLine: true, end: ABORTED, runs: 0 },
    {
        while: "pausing because the line cannot be joined",
        state: "Pause",
        delay: SECOND,
        prepare: (day) => void day.refuse(makes("join"), new AwsError("AccessDeniedException", "no")),
        end: ABORTED,
        runs: 0,
    },
    { while: "acquiring its slot", state: "Acquire slot", end: ABORTED, runs: 0 },
    { while: "starting its job, whose run is started all the same", state: "Run job", end: "done", runs: 1 },
    {
        while: "its start is on its way, and takes a minute to get there",
        state: "Run job",
        prepare: (day) => void day.fault(operation("StartJobRun"), 1, { happens: [MINUTE] }),
        end: "done",
        runs: 1,
    },
    {
        while: "its start is being refused",
        state: "Run job",
        delay: 30 * SECOND,
        prepare: (day) => void day.refuse(operation("StartJobRun"), CONCURRENT),
        end: /^ExecutionABORTED: .*no Glue run$/,
        runs: 0,
    },
    {
        while: "its job runs",
        state: "Run job",
        delay: MINUTE,
        job: { minutes: 30 },
        end: /^ExecutionABORTED: .*; Glue run jr_\w+ STOPPED$/,
        runs: 1,
    },
    {
        while: "its job runs and cannot be stopped",
        state: "Run job",
        delay: MINUTE,
        job: { minutes: 30 },
        prepare: (day) =>
            void day.refuse(operation("BatchStopJobRun"), new AwsError("AccessDeniedException", "no")),
        end: "done",
        runs: 1,
    },
    {
        while: "it asks the reaper, and its run then fails",
        state: "Ask the reaper",
        delay: 20 * SECOND,
        job: { minutes: 3, fails: 9 },
        prepare: (day) => void day.loseReply(operation("StartJobRun"), LOST),
        end: /^ExecutionABORTED: .* FAILED: no "such" day, attempt 1$/,
        runs: 1,
    },
    {
        while: "cooling down",
        state: "Cool down",
        delay: SECOND,
        job: { minutes: 2.7 },
        config: COOLING_DOWN,
        end: "done",
        runs: 1,
    },
    { while: "releasing its slot", state: "Release slot", end: "done", runs: 1 },
    { while: "closing its job", state: "Close job", end: "done", runs: 1 },
    {
        while: "backing off after a failed attempt",
        state: "Back off",
        delay: SECOND,
        job: { fails: 1 },
        end: /^ExecutionABORTED: .* FAILED: no "such" day, attempt 1$/,
        runs: 1,
    },
    {
        while: "in line for its second attempt",
        state: "Wait in line",
        job: { fails: 1 },
        end: /^ExecutionABORTED: .* FAILED: no "such" day, attempt 1$/,
        runs: 1,
    },
    {
        while: "releasing its slot after its last attempt",
        state: "Release after failure",
        visit: 2,
        job: { fails: 9 },
        end: /^ExecutionABORTED: .* FAILED: no "such" day, attempt 2$/,
        runs: 2,
    },
    {
        while: "sending its message to the dead-letter queue",
        state: "Dead-letter message",
        job: { fails: 9 },
        end: /^States\.TaskFailed: no "such" day, attempt 2$/,
        runs: 2,
    },
    {
        while: "closing its row as dead-lettered",
        state: "Close as dead-lettered",
        job: { fails: 9 },
        end: /^States\.TaskFailed: no "such" day, attempt 2$/,
        runs: 2,
    },
    {
        while: "notifying",
        state: "Notify",
        job: { fails: 9 },
        end: /^States\.TaskFailed: no "such" day, attempt 2$/,
        runs: 2,
    },
];

before(record(CONFIG, COOLING_DOWN));

describe("An execution that is aborted", () => {
    for (const moment of MOMENTS) {
        describe(`while ${moment.while}`, () => {
            const { state, delay = 5, visit = 1, job, config, prepare, end } = moment;
            const seen = seenOn({ config: config ?? CONFIG }, async (day) => {
                prepare?.(day);
                if (moment.inLine === true) day.override(0);
                const id = day.send(job);
                const happened = day.at(id, state, () => abort(day, id), { delay, visit });
                await day.until("it is aborted", () => happened() && status(day, id) === "ABORTED");
                return theEnd(day, id, end);
            });
            testEnd(moment, seen);
        });
    }

    describe("and whose event was lost", () => {
        const seen = seenOn({}, async (day) => {
            day.loseEvents();
            const running = day.send({ minutes: 30 });
            const [other = ""] = day.sendMany(1, { minutes: 30 });
            const waiting = day.send();
            await day.pass(MINUTE);
            for (const id of [running, waiting]) abort(day, id);
            await day.pass(11 * MINUTE);
            const held = [day.holds(running), day.holds(other)];
            const { letters } = await day.ends({ done: [other], dead: [running, waiting] });
            return { held, aborted: [running, waiting], letters };
        });

        it("is found by the sweep, which frees its slot and no other", () => {
            assert.deepEqual(seen().held, [false, true]);
        });

        it("has its message saved, whether it held a slot or waited", () => {
            const { aborted, letters } = seen();
            assert.deepEqual([...letters.keys()].sort(), aborted.toSorted());
        });
    });
});

describe("An execution that times out", () => {
    const SECONDS = 375;
    const hang = (matches: (call: Call) => boolean, makes: boolean) => (day: BadDay) =>
        void day.fault((call) => call.caller.principal === "states.amazonaws.com" && matches(call), 1, {
            happens: makes ? [0] : [],
            caller: "nothing",
        });

    const moments: readonly Moment[] = [
        {
            while: "joining the line",
            state: "Enter line",
            prepare: hang(makes("join"), true),
            end: /./,
            runs: 0,
        },
        { while: "in line", state: "Enter line", inLine: true, end: /./, runs: 0 },
        {
            while: "acquiring its slot",
            state: "Acquire slot",
            prepare: hang(makes("acquire"), true),
            end: /./,
            runs: 0,
        },
        {
            while: "starting its job, whose run is started all the same",
            state: "Run job",
            prepare: hang(operation("StartJobRun"), true),
            job: { minutes: 10 },
            end: "done",
            runs: 1,
        },
        {
            while: "starting its job, and the start was never made",
            state: "Run job",
            prepare: hang(operation("StartJobRun"), false),
            end: /no Glue run$/,
            runs: 0,
        },
        { while: "its job runs", state: "Run job", job: { minutes: 30 }, end: /STOPPED$/, runs: 1 },
        {
            while: "cooling down",
            state: "Cool down",
            job: { minutes: 5.7 },
            config: COOLING_DOWN,
            end: "done",
            runs: 1,
        },
        {
            while: "releasing its slot",
            state: "Release slot",
            prepare: hang(makes("release"), false),
            end: "done",
            runs: 1,
        },
        {
            while: "closing its job",
            state: "Close job",
            prepare: hang(makes("close"), false),
            end: "done",
            runs: 1,
        },
        {
            while: "sending its message to the dead-letter queue",
            state: "Dead-letter message",
            prepare: (day) =>
                hang(operation("SendMessage", day.stack.output("deadLetterQueueUrl")), true)(day),
            job: { minutes: 0.5, fails: 9 },
            end: /^States.TaskFailed: no "such" day, attempt 2$/,
            runs: 2,
        },
    ];
    for (const moment of moments) {
        describe(`while ${moment.while}`, () => {
            const { state, job, config, inLine, prepare, end } = moment;
            const options = async () => ({ programs: [timed(await recorded(config ?? CONFIG), SECONDS)] });
            const seen = seenOn(options, async (day) => {
                prepare?.(day);
                if (inLine === true) day.override(0);
                const id = day.send(job);
                await day.until("it times out", () => status(day, id) === "TIMED_OUT");
                assert.equal(day.execution(id).state, state);
                return theEnd(day, id, end);
            });
            testEnd(moment, seen);
        });
    }
});

/** What has become of a message whose execution has just ended. */
interface TheEnd {
    readonly id: string;
    readonly ends: Ends;
    readonly runs: number;
    /** How late its slot came back, in milliseconds; undefined when it never had one. */
    readonly lateMillis: number | undefined;
}

/** Waits until everything has ended. */
async function theEnd(day: BadDay, id: string, end: Moment["end"]): Promise<TheEnd> {
    const ended = day.stack.world.clock.now();
    const ends = await day.ends(end === "done" ? { done: [id] } : { dead: [id] });
    return { id, ends, runs: day.runsOf(id).length, lateMillis: lateMillis(day, id, ended) };
}

/** The tests of a moment. */
function testEnd({ end, runs }: Moment, seen: () => TheEnd): void {
    if (end === "done") {
        it("is done, because its run succeeds", () => {
            const { id, ends } = seen();
            assert.equal(ends.rows.get(id)?.outcome, "done");
            assert.equal(ends.letters.size, 0);
        });
    } else {
        it("dead-letters its message once", () => {
            const { id, ends } = seen();
            assert.deepEqual([...ends.letters.keys()], [id]);
            assert.match(ends.letters.get(id)?.cause ?? "", end);
        });
    }

    it(`has ${runs === 0 ? "no Glue run" : `${runs} Glue run${runs === 1 ? "" : "s"}`}`, () => {
        assert.equal(seen().runs, runs);
    });

    it("leaves no slot behind: it is back within seconds after its run, or after two minutes without one", () => {
        const late = seen().lateMillis ?? 0;
        assert.ok(late <= 15 * SECOND, `the slot came back ${late / SECOND} s late`);
    });
}

function abort(day: BadDay, id: string): void {
    const executionArn = day.execution(id).arn;
    day.call("states", "StopExecution", { executionArn, error: "Operator", cause: "because" });
}

function status(day: BadDay, id: string): string | undefined {
    return [...day.stack.states.allExecutions()].find(({ name }) => name.endsWith(id))?.status;
}

/**
 * How late a slot came back, in milliseconds: after its run has ended and cooled down; without a run, after the two minutes
 * in which a start may show. Undefined when the message never had a slot.
 */
function lateMillis(day: BadDay, id: string, ended: number): number | undefined {
    const back = day.stack.released().findLast(({ holder }) => holder.includes(id));
    if (!back) {
        assert.ok(!day.stack.acquired().some(({ holder }) => holder.includes(id)));
        return undefined;
    }
    const completed = Math.max(...day.runsOf(id).map(({ completedOn }) => completedOn ?? Infinity), 0);
    const cooldown = Number(day.stack.item("jobs", "settings")?.["cooldownSeconds"]?.N ?? 0) * SECOND;
    return back.time - (completed > 0 ? Math.max(completed, ended) + cooldown : ended + 2 * MINUTE);
}

/** The program with a state machine whose executions may take so many seconds. */
function timed(program: RecordedProgram, TimeoutSeconds: number): RecordedProgram {
    const resources = program.resources.map((resource) => {
        if (resource.type !== "aws:sfn/stateMachine:StateMachine") return resource;
        const states = JSON.parse(String(resource.inputs["definition"])) as object;
        const definition = JSON.stringify({ ...states, TimeoutSeconds });
        return {
            ...resource,
            inputs: { ...resource.inputs, definition },
            outputs: { ...resource.outputs, definition },
        };
    });
    return { ...program, resources };
}
