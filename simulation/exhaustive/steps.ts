/** Every step that the course of a message may take next: its execution's, its runs', the reaper's, people's, and time's. */
import { resultOf } from "../../embedded-aws/index.ts";
import { POSITION, TABLE } from "../../slots/table.ts";
import { CANCELLED } from "../../workflow/errors.ts";
import type { Bounds, Fault } from "./bounds.ts";
import { aged, hasEnded, hasFreshNote, isOver, runPositionIsFresh, turnOver } from "./course.ts";
import type { Around, Course, LateCall, Run, Who } from "./course.ts";
import { SUBMITTED } from "./execution.ts";
import type { Call, Execution, Outcome, Workflow } from "./execution.ts";
import { FAILURE, reap } from "./invocation.ts";
import type { Answer, Beginning, Invocations } from "./invocation.ts";
import { settle } from "./later.ts";
import { executionName, iso, JOB, NOW, SELF, STATE_MACHINE } from "./names.ts";
import type { Effect, Property, Services } from "./services.ts";

export interface Step {
    /** What happens, for a story. */
    readonly label: string;
    readonly fault?: Fault;
    readonly course: Course;
    readonly broken: readonly Property[];
}

const LINE = ["Enter line", "Wait in line"];
const ASK = "Ask the reaper";

/** The operations that change something: a late one matters. */
const WRITES = new Set(["UpdateItem", "SendMessage", "SendTaskSuccess", "StartJobRun"]);

export class Steps {
    private readonly workflow: Workflow;
    private readonly services: Services;
    private readonly invocations: Invocations;
    private readonly bounds: Bounds;

    constructor(workflow: Workflow, services: Services, invocations: Invocations, bounds: Bounds) {
        this.workflow = workflow;
        this.services = services;
        this.invocations = invocations;
        this.bounds = bounds;
    }

    async of(course: Course, around: Around): Promise<Step[]> {
        const steps: Step[] = [
            ...(await this.ofExecution(course, around)),
            ...ofRuns(course),
            ...(await this.ofPeople(course, around)),
            ...this.ofTime(course),
            ...(await this.ofLateCalls(course, around)),
            ...(await this.ofReaper(course, around)),
        ];
        return steps.filter(({ fault }) => fault === undefined || around.faults.has(fault));
    }

    /**
     * A call of a function about the message, and what becomes of it: it is made, it fails, its reply is lost, it comes late.
     * Returns what the function is told with each.
     */
    async call(
        course: Course,
        call: Call,
        around: Around,
        by: Who,
    ): Promise<(Omit<Step, "label"> & { told: Answer; how: string })[]> {
        const done = await this.services.perform(course, call, around, by);
        const told: Answer = { error: FAILURE };
        const { broken } = done;
        const all: Awaited<ReturnType<Steps["call"]>> = [
            { course: done.course, broken, told: done.answer, how: "" },
        ];
        if (around.faults.has("lost")) all.push({ course, broken: [], told, how: ": fails", fault: "lost" });
        if (!WRITES.has(call.operation)) return all;
        if (around.faults.has("lost")) {
            const how = ": done, its reply is lost";
            all.push({ course: done.course, broken, told, how, fault: "lost" });
        }
        if (around.faults.has("late")) {
            const late = { ...course, late: [...course.late, { by, call }] };
            all.push({
                course: late,
                broken: [],
                told,
                how: ": fails, and is still on its way",
                fault: "late",
            });
        }
        return all;
    }

    private async ofExecution(course: Course, around: Around): Promise<Step[]> {
        const { execution } = course;
        if (execution.status !== "RUNNING") return [];
        switch (execution.waitsFor) {
            case "reply":
                return this.ofCall(course, await this.workflow.call(execution), around);
            case "token":
                if (!LINE.includes(execution.state)) return [];
                return [
                    await this.told(course, "rechecks by itself", { error: "States.Timeout", cause: "" }),
                ];
            case "run":
                return this.ofWaitForRun(course, around);
            case "nothing":
                return [];
        }
    }

    private async ofCall(course: Course, call: Call, around: Around): Promise<Step[]> {
        const { execution } = course;
        const what = `${execution.state}`;
        const done = await this.services.perform(course, call, around, "execution");
        const { broken } = done;
        const steps: Step[] = [{ ...(await this.replied(done, execution)), label: what, broken }];
        const late: Course = { ...course, late: [...course.late, { by: "execution", call }] };
        if (!around.faults.has("lost") && !around.faults.has("late")) return steps;
        for (const outcome of failures(execution, this.workflow.errorName(execution, ""))) {
            const told = `the execution is told ${outcome.error}`;
            steps.push(
                { ...(await this.told(course, `${what}: fails, ${told}`, outcome)), fault: "lost" },
                {
                    ...(await this.told(done.course, `${what}: done, ${told}`, outcome)),
                    ...{ fault: "lost", broken },
                },
                {
                    ...(await this.told(late, `${what}: is still on its way, ${told}`, outcome)),
                    fault: "late",
                },
            );
        }
        return steps;
    }

    /** The reply to its call reaches the execution. */
    private async replied({ course, answer }: Effect, execution: Execution): Promise<Omit<Step, "label">> {
        const { integration } = this.workflow.task(execution);
        const next = async (): Promise<Execution> => {
            if ("error" in answer) {
                const error = this.workflow.errorName(execution, answer.error);
                return this.workflow.goOn(execution, { error, cause: "" });
            }
            if (integration.pattern === "waitForTaskToken") return this.workflow.accepted(execution);
            const { JobRunId } = answer.output as { JobRunId?: string };
            if (integration.pattern === "sync") return this.workflow.accepted(execution, JobRunId);
            return this.workflow.goOn(execution, { result: resultOf(integration, answer.output) });
        };
        return { course: { ...course, execution: await next() }, broken: [] };
    }

    /** The execution's task ends. */
    private async told(course: Course, label: string, outcome: Outcome): Promise<Step> {
        const execution = await this.workflow.goOn(course.execution, outcome);
        return { label, course: { ...course, execution }, broken: [] };
    }

    private async ofWaitForRun(course: Course, around: Around): Promise<Step[]> {
        const { execution, runs } = course;
        const submitted = execution.trail.findLast((told) => told.startsWith(SUBMITTED)) ?? "";
        const run = runs.find(({ id }) => id === submitted.slice(SUBMITTED.length));
        if (!run) throw new Error("an execution waits for a run that there is not");
        const steps: Step[] = [];
        if (isOver(run)) steps.push(await this.told(course, `sees its run ${run.state}`, endOf(run)));
        if (!around.faults.has("lost")) return steps;
        for (const outcome of failures(execution, this.workflow.errorName(execution, ""))) {
            const label = `cannot look at its run: ${outcome.error}`;
            steps.push({ ...(await this.told(course, label, outcome)), fault: "lost" });
        }
        return steps;
    }

    private async ofPeople(course: Course, around: Around): Promise<Step[]> {
        return [...(await this.ofAborts(course, around)), ...(await this.ofDrops(course, around))];
    }

    /** A person reads the token on the row, and answers it at once or later. */
    private async ofDrops(course: Course, around: Around): Promise<Step[]> {
        const token = course.row["token"]?.S;
        if (token === undefined || !around.faults.has("drop")) return [];
        const input = { taskToken: token, error: CANCELLED };
        const call: Call = { service: "states", operation: "SendTaskFailure", input };
        const done = await this.services.perform(course, call, around, "person");
        const late: Course = { ...course, late: [...course.late, { by: "person", call }] };
        return [
            { label: "is taken out of the line", fault: "drop", course: done.course, broken: done.broken },
            { label: "a person looks at its place in line", fault: "drop", course: late, broken: [] },
        ];
    }

    private async ofAborts(course: Course, around: Around): Promise<Step[]> {
        const { execution } = course;
        if (execution.status === "RUNNING") {
            if (!around.faults.has("abort")) return [];
            const aborted: Course = {
                ...course,
                execution: { ...execution, status: "ABORTED", waitsFor: "nothing", isPast: false },
                questions: [],
            };
            const abort = { fault: "abort", broken: [] } as const;
            const steps: Step[] = [{ ...abort, label: `is aborted in ${execution.state}`, course: aborted }];
            if (execution.waitsFor !== "reply") return steps;
            const call = await this.workflow.call(execution);
            if (!WRITES.has(call.operation)) return steps;
            const late: LateCall[] = [...course.late, { by: "execution", call }];
            const label = `is aborted in ${execution.state}, whose call is still on its way`;
            return [...steps, { ...abort, label, course: { ...aborted, late } }];
        }
        if (!around.faults.has("redrive")) return [];
        if (execution.status !== "ABORTED") return [];
        const redriven = await this.workflow.redriven(execution);
        return [
            {
                label: "is redriven",
                fault: "redrive",
                course: { ...course, execution: redriven },
                broken: [],
            },
        ];
    }

    private ofTime(course: Course): Step[] {
        const steps: Step[] = [];
        if (runPositionIsFresh(course.row)) {
            steps.push({ label: "its turn is over", course: turnOver(course), broken: [] });
        }
        const { state, waitsFor, variables } = course.execution;
        if (state === ASK && waitsFor === "token" && variables["startingSince"] !== 0) {
            const execution = this.workflow.withoutBudget(course.execution);
            steps.push({ label: "its start budget is over", course: { ...course, execution }, broken: [] });
        }
        // An invocation of the reaper is shorter than any grace.
        if (course.reaper !== -1) return steps;
        // A start arrives within its grace, or never.
        if (course.late.some(({ call }) => call.operation === "StartJobRun")) return steps;
        if (!growsOld(course)) return steps;
        const execution = this.workflow.grownOld(course.execution);
        return [...steps, { label: "minutes pass", course: { ...aged(course), execution }, broken: [] }];
    }

    private async ofLateCalls(course: Course, around: Around): Promise<Step[]> {
        const steps: Step[] = [];
        for (const [i, { by, call }] of course.late.entries()) {
            const rest = { ...course, late: course.late.filter((_, j) => j !== i) };
            const { course: after, broken } = await this.services.perform(rest, call, around, by);
            steps.push({ label: `the late ${call.operation} of the ${by} arrives`, course: after, broken });
        }
        return steps;
    }

    private async ofReaper(course: Course, around: Around): Promise<Step[]> {
        if (course.reaper !== -1) {
            const dies: Step = {
                label: "the reaper dies",
                fault: "kill",
                course: { ...course, reaper: -1 },
                broken: [],
            };
            return [dies, ...(await this.ofPoint(course, course.reaper, around, ""))];
        }
        const steps: Step[] = [];
        for (const [label, beginning] of beginnings(course, this.bounds.sweeps)) {
            const point = await settle(() => this.invocations.begin(beginning));
            steps.push(...(await this.ofPoint(course, point, around, `${label}: `)));
        }
        return steps;
    }

    /** The next call of the reaper. */
    private async ofPoint(course: Course, point: number, around: Around, label: string): Promise<Step[]> {
        const { call } = this.invocations.at(point);
        if (!call) return [];
        const steps: Step[] = [];
        for (const { told, how, ...step } of await this.call(course, call, around, "reaper")) {
            const next = await settle(() => this.invocations.after(point, told));
            const reaper = this.invocations.at(next).call ? next : -1;
            const what = `${label}the reaper's ${describe(call)}${how}`;
            steps.push({ ...step, label: what, course: { ...step.course, reaper } });
        }
        return steps;
    }
}

/** What a call is about, in few words. */
export function describe({ operation, input }: Call): string {
    const { Key, UpdateExpression } = input as { Key?: { entry?: { S: string } }; UpdateExpression?: string };
    const entry = Key?.entry?.S.split("#")[0];
    const of = entry === undefined ? "" : ` of the ${entry === "job" ? "row" : entry}`;
    return `${operation}${of}${UpdateExpression === undefined ? "" : ` (${UpdateExpression.slice(0, 60)}…)`}`;
}

/** The messages with which the reaper may begin to look at a message's course. */
function beginnings(course: Course, sweeps: boolean): (readonly [string, Beginning])[] {
    const { execution, row, slots, runs, questions } = course;
    const found: (readonly [string, Beginning])[] = [];
    const isAsking = execution.waitsFor === "token" && execution.state === ASK;
    for (const question of isAsking ? questions : []) {
        found.push(["asked", reap(JSON.parse(question) as object)]);
    }
    const isDead = execution.status !== "RUNNING" && !hasEnded(course);
    const own = `${SELF}/${Number(execution.variables["ordinal"])}/${execution.redrives}`;
    const holders = Object.keys(slots).filter(
        (holder) => sweeps || execution.status !== "RUNNING" || holder !== own,
    );
    // Of an execution that goes on an event may be late; a sweep looks at each holder in the same way.
    if (isDead || holders.length > 0) {
        const detail = { name: executionName(SELF), stateMachineArn: STATE_MACHINE };
        found.push([
            "an execution's event",
            reap({ "detail-type": "Step Functions Execution Status Change", detail }),
        ]);
    }
    for (const { id, holder, state } of runs) {
        if (state === "RUNNING" || (!(holder in slots) && row["ask"] === undefined)) continue;
        const detail = { jobName: JOB, jobRunId: id };
        found.push(["a run's event", reap({ "detail-type": "Glue Job State Change", detail })]);
    }
    return found;
}

/** The failures of which an execution may be told: those that its state tells apart. */
function failures({ state, retries }: Execution, prefix: string): { error: string; cause: string }[] {
    if (state === "Run job") {
        return [
            { error: `${prefix}ThrottlingException`, cause: "Rate exceeded" },
            { error: `${prefix}SdkClientException`, cause: "" },
        ];
    }
    const once = retries === 0 ? [{ error: `${prefix}SdkClientException`, cause: "" }] : [];
    return [...once, { error: `${prefix}ResourceNotFoundException`, cause: "" }];
}

function endOf({ id, state }: Run): Outcome {
    const run = { Id: id, JobRunState: state, CompletedOn: 0 };
    return state === "SUCCEEDED"
        ? { result: run }
        : { error: "States.TaskFailed", cause: JSON.stringify(run) };
}

function ofRuns(course: Course): Step[] {
    const steps: Step[] = [];
    for (const [i, run] of course.runs.entries()) {
        if (isOver(run)) continue;
        const end = (state: Run["state"]): Course => ({
            ...course,
            runs: course.runs.map((each, j) => (i === j ? { ...each, state } : each)),
        });
        steps.push({ label: "its run succeeds", course: end("SUCCEEDED"), broken: [] });
        steps.push({ label: "its run fails", fault: "failure", course: end("FAILED"), broken: [] });
        if (course.execution.status === "ABORTED") {
            steps.push({ label: "its run is stopped", course: end("STOPPED"), broken: [] });
        }
    }
    return steps;
}

/** Whether anything tells a course now from the same some minutes later. */
function growsOld({ execution, slots, row, questions }: Course): boolean {
    const { status, redrives, isPast, state, waitsFor, variables } = execution;
    if (hasFreshNote(row)) return true;
    if (status !== "RUNNING") return !isPast && (row["ended"] === undefined || Object.keys(slots).length > 0);
    if (redrives > 0 && !isPast) return true;
    if (waitsFor === "token" && state === ASK) return questions.some(askedLately);
    if (state === "Acquire slot" && waitsFor === "reply") return variables["wokenAt"] !== 0;
    // A slot that it left: since it joined the line again, no start can be on its way.
    const isJoined = LINE.includes(state) && row[TABLE.lineKey]?.S?.startsWith(POSITION.wait) === true;
    const { joined } = row;
    return isJoined && Object.keys(slots).length > 0 && (joined?.S ?? "") >= iso(NOW);
}

function askedLately(question: string): boolean {
    const [, since = ""] = /"since":"([^"]+)"/.exec(question) ?? [];
    return since >= iso(NOW);
}
