/** What a call does to the course of a message, and what it is answered. Broken properties are noted where they break. */
import type { Item } from "../../slots/items.ts";
import { ENTRY, HOLDER_ARGUMENT, OUTCOME, POOL_ARGUMENT, TABLE } from "../../slots/table.ts";
import type { Bounds } from "./bounds.ts";
import { forDispatcher, gateOf, hasEnded, isOver, plainRow } from "./course.ts";
import type { Around, Course, Run, Slots, Who } from "./course.ts";
import { INPUT, SCHEDULED, SUBMITTED, TASK_SUCCEEDED } from "./execution.ts";
import type { Call, Execution, Workflow } from "./execution.ts";
import type { Answer } from "./invocation.ts";
import {
    DEAD_LETTER_QUEUE,
    executionArn,
    iso,
    JOB,
    NOW,
    OTHER,
    PAST,
    POOL,
    REAPER_QUEUE,
    SELF,
} from "./names.ts";
import type { Table } from "./table.ts";

export const PROPERTIES = {
    grant: "a slot is granted only below the limit",
    oneRun: "a slot has one run",
    hasSlot: "a run starts only with a slot",
    afterEnd: "no run starts after its message has ended",
    release: "a slot is released only when its run is over",
    oneOutcome: "a row that has ended keeps its outcome",
    notWhileRunning: "a message ends only when its job is over",
    doneIsDone: "a message is done only if its job succeeded",
    deadIsDead: "a message is dead-lettered only if its letter was sent",
    letterOnce: "a message that is done gets no letter",
    cancelledIsUnstarted: "no job is started for a message after a person has cancelled it",
    cancelledIsCancelled: "a message ends as cancelled if a person has cancelled it, and only then",
} as const;
export type Property = (typeof PROPERTIES)[keyof typeof PROPERTIES];

export interface Effect {
    readonly course: Course;
    readonly answer: Answer;
    readonly broken: readonly Property[];
}

export class Services {
    private readonly table: Table;
    private readonly workflow: Workflow;
    private readonly limit: number;
    private readonly visits: number;

    constructor(table: Table, workflow: Workflow, { limit, visits }: Pick<Bounds, "limit" | "visits">) {
        this.table = table;
        this.workflow = workflow;
        this.limit = limit;
        this.visits = visits;
    }

    /** Makes a call that is about the message of the course. */
    async perform(course: Course, call: Call, around: Around, who: Who): Promise<Effect> {
        const { service, operation, input } = call;
        switch (`${service} ${operation}`) {
            case "dynamodb GetItem":
                return reply(course, { Item: this.read(course, input, who) });
            case "dynamodb UpdateItem":
                return entryOf(input) === ENTRY.gate
                    ? this.writeGate(course, input, around)
                    : this.writeRow(course, input);
            case "glue StartJobRun":
                return start(course, input);
            case "glue GetJobRuns":
                return reply(course, { JobRuns: course.runs.map((run) => shown(course, run)) });
            case "glue GetJobRun": {
                const run = course.runs.find(({ id }) => id === input["RunId"]);
                return run
                    ? reply(course, { JobRun: shown(course, run) })
                    : refusal(course, "EntityNotFoundException");
            }
            case "sqs SendMessage":
                return send(course, input, who);
            case "states SendTaskSuccess":
                return this.wake(course, input);
            case "states SendTaskFailure":
                return this.drop(course, input);
            case "states DescribeExecution":
                return reply(course, described(course.execution));
            case "states GetExecutionHistory":
                return reply(course, { events: history(course.execution) });
            default:
                throw new Error(`${service} ${operation}: the small world has no such call`);
        }
    }

    /** What a function reads, as far as it looks at it: of the gate, the holders of its message; the reaper looks at no token. */
    private read(course: Course, input: Call["input"], who: Who): Item {
        if (entryOf(input) === ENTRY.gate) return gateOf(course.slots, {}, this.limit, false);
        const { token: _token, ...row } = course.row;
        return who === "dispatcher" ? forDispatcher(course.row) : row;
    }

    private writeGate(course: Course, input: Call["input"], { holders, isSilent }: Around): Effect {
        const others: Slots = {};
        for (let i = 0; i < holders; i++) others[`${OTHER}/${i + 1}/0`] = { M: { since: { N: "0" } } };
        const before = gateOf(course.slots, others, this.limit, isSilent);
        const { after, output, error } = this.table.update(before, input);
        if (error !== undefined) return refusal(course, error);
        const present = after["holders"]?.M ?? {};
        const slots = Object.fromEntries(
            Object.entries(present).filter(([holder]) => holder.startsWith(SELF)),
        );
        const broken: Property[] = [];
        for (const holder of Object.keys(slots)) {
            if (!(holder in course.slots) && Object.keys(present).length > this.limit)
                broken.push(PROPERTIES.grant);
        }
        for (const holder of Object.keys(course.slots)) {
            if (!(holder in slots) && mayRun(course, holder)) broken.push(PROPERTIES.release);
        }
        return { course: { ...course, slots }, answer: { output }, broken };
    }

    private writeRow(course: Course, input: Call["input"]): Effect {
        const { after, output, error } = this.table.update(course.row, input);
        if (error !== undefined) return refusal(course, error);
        const row = plainRow(after, this.visits);
        return { course: { ...course, row }, answer: { output }, broken: brokenByRow(course, row) };
    }

    /** Ends the wait of an execution under a token that a person has read on its row. */
    private async drop(course: Course, { taskToken, error }: Call["input"]): Promise<Effect> {
        const { execution } = course;
        if (execution.waitsFor !== "token" || taskToken !== this.workflow.tokenOf(execution)) {
            return refusal(course, "TaskTimedOut");
        }
        const next = await this.workflow.goOn(execution, { error: String(error), cause: "" });
        return reply({ ...course, execution: next, isCancelled: true }, {});
    }

    /** Answers the token under which the execution waits. */
    private async wake(course: Course, { taskToken, output }: Call["input"]): Promise<Effect> {
        const { execution } = course;
        if (execution.waitsFor !== "token" || taskToken !== this.workflow.tokenOf(execution)) {
            return refusal(course, "TaskTimedOut");
        }
        const result = JSON.parse(String(output)) as unknown;
        const next = await this.workflow.goOn(execution, { result });
        return reply({ ...course, execution: next, questions: [] }, {});
    }
}

function reply(course: Course, output: unknown): Effect {
    return { course, answer: { output }, broken: [] };
}

function refusal(course: Course, error: string): Effect {
    return { course, answer: { error }, broken: [] };
}

function entryOf(input: Call["input"]): string | undefined {
    return (input["Key"] as Item)[TABLE.sortKey]?.S;
}

/** Whether a holder's run goes on, or may still start. */
function mayRun({ runs, late }: Course, holder: string): boolean {
    return (
        runs.some((run) => run.holder === holder && !isOver(run)) ||
        late.some(({ call }) => call.operation === "StartJobRun" && holderOf(call.input) === holder)
    );
}

function holderOf(input: Call["input"]): string {
    return (input["Arguments"] as Record<string, string>)[HOLDER_ARGUMENT] ?? "";
}

function start(course: Course, input: Call["input"]): Effect {
    const holder = holderOf(input);
    const own = course.runs.filter((run) => run.holder === holder).length;
    const run: Run = { id: `jr_${holder.replaceAll("/", "_")}_${own + 1}`, holder, state: "RUNNING" };
    const broken: Property[] = [];
    if (own > 0) broken.push(PROPERTIES.oneRun);
    if (!(holder in course.slots)) broken.push(PROPERTIES.hasSlot);
    if (hasEnded(course) || course.letter !== "") broken.push(PROPERTIES.afterEnd);
    if (course.isCancelled) broken.push(PROPERTIES.cancelledIsUnstarted);
    return {
        course: { ...course, runs: [...course.runs, run] },
        answer: { output: { JobRunId: run.id } },
        broken,
    };
}

/** A run as Glue shows it. Runs of earlier attempts started long ago. */
function shown({ execution }: Course, { id, holder, state }: Run): object {
    const isLast = execution.trail.includes(`${SCHEDULED}${holder}`);
    const moment = iso(isLast ? NOW : PAST);
    return {
        ...{ Id: id, JobName: JOB, JobRunState: state, StartedOn: moment },
        Arguments: { [HOLDER_ARGUMENT]: holder, [POOL_ARGUMENT]: POOL },
        ...(state !== "RUNNING" && { CompletedOn: moment }),
    };
}

function send(course: Course, input: Call["input"], who: Who): Effect {
    if (input["QueueUrl"] === REAPER_QUEUE) {
        const questions = new Set([...course.questions, String(input["MessageBody"])]);
        return reply({ ...course, questions: [...questions].sort() }, {});
    }
    if (input["QueueUrl"] !== DEAD_LETTER_QUEUE)
        throw new Error(`unknown queue ${String(input["QueueUrl"])}`);
    const broken: Property[] = [];
    if (course.row["outcome"]?.S === OUTCOME.done) broken.push(PROPERTIES.letterOnce);
    if (course.runs.some((run) => !isOver(run))) broken.push(PROPERTIES.notWhileRunning);
    const letter = course.letter === "" ? (who === "reaper" ? "reaper" : "execution") : course.letter;
    return { course: { ...course, letter }, answer: { output: {} }, broken };
}

function brokenByRow(course: Course, row: Item): Property[] {
    const [before, outcome] = [course.row["outcome"]?.S, row["outcome"]?.S];
    if (outcome === undefined && before === undefined) return [];
    const broken: Property[] = [];
    if (before !== undefined && outcome !== before) broken.push(PROPERTIES.oneOutcome);
    if (before !== undefined) return broken;
    if (course.runs.some((run) => !isOver(run))) broken.push(PROPERTIES.notWhileRunning);
    const succeeded = course.runs.some(({ state }) => state === "SUCCEEDED");
    if ((outcome === OUTCOME.cancelled) !== (course.isCancelled && !succeeded))
        broken.push(PROPERTIES.cancelledIsCancelled);
    if (outcome === OUTCOME.done && !succeeded) broken.push(PROPERTIES.doneIsDone);
    if (outcome === OUTCOME.deadLettered && course.letter === "") broken.push(PROPERTIES.deadIsDead);
    return broken;
}

function described({ status, redrives, isPast, error }: Execution): object {
    const moment = iso(isPast ? PAST : NOW);
    return {
        ...{ executionArn: executionArn(SELF), status, redriveCount: redrives, input: JSON.stringify(INPUT) },
        ...(status !== "RUNNING" && { stopDate: moment }),
        ...(redrives > 0 && { redriveDate: moment }),
        ...(error !== "" && { error }),
    };
}

/** The events that the reaper reads, the newest first. */
function history({ trail, status, isPast }: Execution): object[] {
    const timestamp = iso(NOW);
    const resourceType = "glue";
    const end = { type: "ExecutionAborted", timestamp: iso(isPast ? PAST : NOW) };
    const events = trail
        .map((told): object => {
            if (told === TASK_SUCCEEDED) return { type: "TaskSucceeded", timestamp };
            if (told.startsWith(SCHEDULED)) {
                const Arguments = { [HOLDER_ARGUMENT]: told.slice(SCHEDULED.length) };
                const parameters = JSON.stringify({ Arguments });
                return {
                    type: "TaskScheduled",
                    timestamp,
                    taskScheduledEventDetails: { resourceType, parameters },
                };
            }
            if (told.startsWith(SUBMITTED)) {
                const output = JSON.stringify({ JobRunId: told.slice(SUBMITTED.length) });
                return {
                    type: "TaskSubmitted",
                    timestamp,
                    taskSubmittedEventDetails: { resourceType, output },
                };
            }
            return { type: "TaskStateEntered", timestamp, stateEnteredEventDetails: { name: told } };
        })
        .reverse();
    return status === "RUNNING" ? events : [end, ...events];
}
