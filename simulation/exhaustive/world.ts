/**
 * The small world: the courses of a few messages, and the dispatcher's invocations, which see all of them. Which message is
 * which decides nothing, so worlds that differ in the messages' names alone are one.
 */
import type { Item } from "../../slots/items.ts";
import { ENTRY, POSITION, TABLE } from "../../slots/table.ts";
import { Spent } from "./bounds.ts";
import type { Bounds, Fault } from "./bounds.ts";
import { courseOf, forDispatcher, gateOf, isOver, isSettled } from "./course.ts";
import type { Around, Course, LateCall, Slots } from "./course.ts";
import { Workflow } from "./execution.ts";
import type { Call } from "./execution.ts";
import { DISPATCH, FAILURE, Invocations } from "./invocation.ts";
import type { Answer } from "./invocation.ts";
import { Catalogue, Later } from "./later.ts";
import { asMessage, asSelf, canonical, messageIn, textOf } from "./names.ts";
import { PROPERTIES, Services } from "./services.ts";
import type { Property } from "./services.ts";
import { describe, Steps } from "./steps.ts";
import { Table } from "./table.ts";

/** A property of the world as a whole. */
export const LIMIT = "runs never exceed the limit";
export type Broken = Property | typeof LIMIT;
export const ALL_PROPERTIES: readonly Broken[] = [...Object.values(PROPERTIES), LIMIT];

/** A state. Courses and invocations are numbers of the catalogues. */
export interface State {
    readonly isSilent: boolean;
    readonly spent: number;
    readonly dispatchers: readonly number[];
    readonly courses: readonly number[];
}

export interface Successor {
    readonly state: State;
    /** What happens, for a story. */
    readonly label: string;
    /** The number of the message that it happens to; -1 if it is none in particular. */
    readonly about: number;
    readonly isFault: boolean;
    readonly broken: readonly Broken[];
}

/** What is known of a course by its number. */
interface Known {
    readonly course: Course;
    readonly holders: number;
    readonly running: number;
    readonly isSettled: boolean;
    /** Whether its next step may depend on the other holders. */
    readonly acquires: boolean;
}

/** A step of a course, with numbers. */
interface NumberedStep {
    readonly label: string;
    readonly fault: Fault | undefined;
    readonly course: number;
    readonly beginsReaper: boolean;
    readonly broken: readonly Property[];
}

export interface WorldOptions {
    readonly bounds: Bounds;
    /** The text of the state machine's definition. */
    readonly definition: string;
}

export class SmallWorld {
    readonly bounds: Bounds;
    readonly first: State;
    private readonly spent: Spent;
    private readonly steps: Steps;
    private readonly invocations: Invocations;
    private readonly courses: Catalogue<Known>;
    private readonly courseSteps = new Later<string, readonly NumberedStep[]>();
    private readonly calls = new Later<string, readonly (NumberedStep & { told: string })[]>();
    private readonly shown = new Map<string, Item | undefined>();
    private readonly table: Table;

    private constructor(
        bounds: Bounds,
        parts: { table: Table; steps: Steps; invocations: Invocations },
        first: Course,
    ) {
        this.bounds = bounds;
        this.spent = new Spent(bounds);
        this.table = parts.table;
        this.steps = parts.steps;
        this.invocations = parts.invocations;
        this.courses = new Catalogue();
        const number = this.numberOf(first);
        this.first = {
            ...{ isSilent: false, spent: 0, dispatchers: [] },
            courses: Array.from({ length: bounds.executions }, () => number),
        };
    }

    static async open({ bounds, definition }: WorldOptions): Promise<SmallWorld> {
        const table = await Table.open();
        const workflow = new Workflow(definition, bounds);
        const invocations = new Invocations();
        const services = new Services(table, workflow, bounds);
        const steps = new Steps(workflow, services, invocations, bounds);
        const first = courseOf(await workflow.begin());
        return new SmallWorld(bounds, { table, steps, invocations }, first);
    }

    /** How many different courses and points of invocations have been met. */
    get sizes(): { courses: number; points: number } {
        return { courses: this.courses.size, points: this.invocations.size };
    }

    course(number: number): Course {
        return this.courses.at(number).course;
    }

    /** Whether every message has ended, and nothing is left under way. */
    isSettled({ courses, dispatchers }: State): boolean {
        return dispatchers.length === 0 && courses.every((course) => this.courses.at(course).isSettled);
    }

    /** What may happen next. Throws `Pending` while some of it is computed. */
    successors(state: State): Successor[] {
        const found: Successor[] = [];
        for (let i = 0; i < state.courses.length; i++) this.ofCourse(state, i, found);
        for (let i = 0; i < state.dispatchers.length; i++) this.ofDispatcher(state, i, found);
        if (state.dispatchers.length < this.bounds.dispatchers) {
            const begun = this.invocations.begin(DISPATCH);
            const rest = { ...state, dispatchers: [...state.dispatchers, begun] };
            this.ofPoint(rest, rest.dispatchers.length - 1, found);
        }
        if (!state.isSilent) {
            const spent = this.spent.plus(state.spent, "silence");
            if (spent !== undefined) {
                const label = "the dispatcher has been silent for five minutes";
                found.push({
                    state: { ...state, isSilent: true, spent },
                    label,
                    about: -1,
                    isFault: true,
                    broken: [],
                });
            }
        }
        return found;
    }

    private ofCourse(state: State, i: number, found: Successor[]): void {
        const number = state.courses[i] as number;
        const around = this.around(state, i);
        const key = `${number} ${around.holders} ${around.isSilent} ${[...around.faults].join()}`;
        const steps = this.courseSteps.get(key, () => this.numberedSteps(number, around));
        const reapers = state.courses.filter((course) => this.courses.at(course).course.reaper !== -1).length;
        for (const step of steps) {
            if (step.beginsReaper && reapers >= this.bounds.reapers) continue;
            this.take(state, i, step, step.label, found);
        }
    }

    /** Adds the state after a step of a course, if the bounds allow it. */
    private take(state: State, i: number, step: NumberedStep, label: string, found: Successor[]): void {
        const spent = step.fault === undefined ? state.spent : this.spent.plus(state.spent, step.fault);
        if (spent === undefined) return;
        const courses = state.courses.with(i, step.course);
        const running = courses.reduce((sum, course) => sum + this.courses.at(course).running, 0);
        const broken = running > this.bounds.limit ? [...step.broken, LIMIT as Broken] : step.broken;
        const isFault = step.fault !== undefined;
        found.push({ state: { ...state, spent, courses }, label, about: i, isFault, broken });
    }

    private around({ courses, isSilent, spent }: State, i: number): Around {
        const faults = this.spent.left(spent);
        if (!this.courses.at(courses[i] as number).acquires) return { holders: 0, isSilent: false, faults };
        let holders = 0;
        for (const [j, course] of courses.entries()) if (j !== i) holders += this.courses.at(course).holders;
        return { holders, isSilent, faults };
    }

    private async numberedSteps(number: number, around: Around): Promise<NumberedStep[]> {
        const { course } = this.courses.at(number);
        const seen = new Set<string>();
        const found: NumberedStep[] = [];
        for (const { label, fault, course: after, broken } of await this.steps.of(course, around)) {
            const next = this.numberOf(after);
            const isNew = !seen.has(`${next} ${fault}`) && next !== number;
            if (!isNew && broken.length === 0) continue;
            seen.add(`${next} ${fault}`);
            const beginsReaper = course.reaper === -1 && label.includes("the reaper's ");
            found.push({ label, fault, broken, course: next, beginsReaper });
        }
        return found;
    }

    private ofDispatcher(state: State, i: number, found: Successor[]): void {
        const spent = this.spent.plus(state.spent, "kill");
        if (spent !== undefined) {
            const dispatchers = state.dispatchers.toSpliced(i, 1);
            found.push({
                state: { ...state, spent, dispatchers },
                ...{ label: "the dispatcher dies", about: -1, isFault: true, broken: [] },
            });
        }
        this.ofPoint(state, i, found);
    }

    /** The next call of an invocation of the dispatcher. */
    private ofPoint(state: State, i: number, found: Successor[]): void {
        const point = state.dispatchers[i] as number;
        const { call, text } = this.invocations.at(point);
        if (!call) return;
        const label = `the dispatcher's ${describe(call)}`;
        const told = (answer: Answer, from: State, how: string, isFault = false): void => {
            const next = this.invocations.after(point, answer);
            const isUnderWay = this.invocations.at(next).call !== undefined;
            const dispatchers = isUnderWay
                ? from.dispatchers.with(i, next)
                : from.dispatchers.toSpliced(i, 1);
            found.push({
                state: { ...from, dispatchers },
                label: label + how,
                about: -1,
                isFault,
                broken: [],
            });
        };
        const lost = this.spent.plus(state.spent, "lost");
        const failed: Answer = { error: FAILURE };
        if (call.operation === "UpdateItem" && !text.includes("job#")) {
            // Its only write to the gate says that it lives.
            told({ output: {} }, { ...state, isSilent: false }, "");
            if (lost !== undefined) told(failed, { ...state, spent: lost }, ": fails", true);
            return;
        }
        const message = messageIn(text);
        if (message >= 0) return this.ofCallAbout(state, i, message, found);
        for (const answer of this.answersTo(state, call, text)) told(answer, state, "");
        if (lost !== undefined) told(failed, { ...state, spent: lost }, ": fails", true);
    }

    /** A call of the dispatcher that is about one message. */
    private ofCallAbout(state: State, i: number, message: number, found: Successor[]): void {
        const point = state.dispatchers[i] as number;
        const { text } = this.invocations.at(point);
        const number = state.courses[message] as number;
        const around = this.around(state, message);
        const own = asSelf(text, message);
        const outcomes = this.calls.get(`${number} ${[...around.faults].join()} ${own}`, () =>
            this.numberedCalls(number, own, around),
        );
        for (const step of outcomes) {
            const answer = JSON.parse(asMessage(step.told, message)) as Answer;
            const next = this.invocations.after(point, answer);
            const isUnderWay = this.invocations.at(next).call !== undefined;
            const dispatchers = isUnderWay
                ? state.dispatchers.with(i, next)
                : state.dispatchers.toSpliced(i, 1);
            const label = `the dispatcher's ${step.label}`;
            this.take({ ...state, dispatchers }, message, step, label, found);
        }
    }

    private async numberedCalls(
        number: number,
        text: string,
        around: Around,
    ): Promise<(NumberedStep & { told: string })[]> {
        const { course } = this.courses.at(number);
        const call = JSON.parse(text) as Call;
        return (await this.steps.call(course, call, around, "dispatcher")).map((step) => ({
            ...{ label: `${describe(call)}${step.how}`, fault: step.fault, broken: step.broken },
            ...{ course: this.numberOf(step.course), told: canonical(step.told), beginsReaper: false },
        }));
    }

    /** What a read of the dispatcher may be answered. Who came first is left open: the line shows any order. */
    private answersTo(state: State, call: Call, text: string): Answer[] {
        if (call.operation === "GetItem") {
            const all: Slots = {};
            for (const [i, number] of state.courses.entries()) {
                for (const holder of Object.keys(this.courses.at(number).course.slots)) {
                    all[asMessage(holder, i)] = { M: { since: { N: "0" } } };
                }
            }
            if ((call.input["Key"] as Item)[TABLE.sortKey]?.S !== ENTRY.gate)
                throw new Error(`unknown read ${text}`);
            return [{ output: { Item: gateOf(all, {}, this.bounds.limit, state.isSilent) } }];
        }
        if (call.operation !== "Query") throw new Error(`unknown call ${text}`);
        const rows: Item[] = [];
        for (const [i, number] of state.courses.entries()) {
            const row = this.rowShown(number, call, text);
            if (row) rows.push(JSON.parse(asMessage(JSON.stringify(row), i)) as Item);
        }
        if (!text.includes(POSITION.wait)) return [{ output: { Items: rows } }];
        return orders(rows).map((Items) => ({ output: { Items, inOrder: true } }));
    }

    /** The row of a course, as far as the dispatcher reads it, if a query shows it. */
    private rowShown(number: number, call: Call, text: string): Item | undefined {
        const { row } = this.courses.at(number).course;
        const key = `${number} ${text}`;
        if (!this.shown.has(key)) {
            this.shown.set(key, this.table.shows(row, call.input) ? forDispatcher(row) : undefined);
        }
        return this.shown.get(key);
    }

    private numberOf(course: Course): number {
        const { execution, row, slots, runs, letter, isCancelled, questions, late, reaper } = course;
        const parts = [execution, row, slots, runs, late].map(textOf);
        return this.courses.numberOf(
            `${parts.join("|")}|${letter}|${isCancelled}|${questions.join()}|${reaper}`,
            () => ({
                course,
                holders: Object.keys(course.slots).length,
                running: course.runs.filter((run) => !isOver(run)).length,
                isSettled: isSettled(course),
                acquires: mayAcquire(course),
            }),
        );
    }

    /**
     * The one of the states that differ in the messages' names alone, and which message is where in it: `order[new]` is the
     * old number. Throws `Pending` while it is computed.
     */
    canonical(state: State): { readonly state: State; readonly order: readonly number[] } {
        const { courses, dispatchers } = state;
        const order = courses
            .map((_, i) => i)
            .sort((a, b) => (courses[a] as number) - (courses[b] as number));
        const sorted = order.map((i) => courses[i] as number);
        if (dispatchers.length === 0) return { state: { ...state, courses: sorted }, order };
        let best: { dispatchers: number[]; order: readonly number[] } | undefined;
        for (const tried of ordersWithin(order, courses)) {
            const renamed = dispatchers
                .map((point) => this.invocations.renamed(point, tried))
                .sort((a, b) => a - b);
            if (!best || isBefore(renamed, best.dispatchers)) best = { dispatchers: renamed, order: tried };
        }
        const { dispatchers: chosen, order: by } = best as NonNullable<typeof best>;
        return { state: { ...state, courses: sorted, dispatchers: chosen }, order: by };
    }
}

function mayAcquire({ execution, late }: Course): boolean {
    const isGate = ({ call }: LateCall): boolean => textOf(call).includes(`"entry":{"S":"${ENTRY.gate}"}`);
    return execution.state === "Acquire slot" || late.some(isGate);
}

/** The orders that sort the courses: those of equal courses may stand in any order. */
function* ordersWithin(order: readonly number[], courses: readonly number[]): Generator<readonly number[]> {
    for (const tried of orders([...order])) {
        if (tried.every((old, i) => courses[old] === courses[order[i] as number])) yield tried;
    }
}

function isBefore(one: readonly number[], other: readonly number[]): boolean {
    for (const [i, number] of one.entries()) {
        const against = other[i] as number;
        if (number !== against) return number < against;
    }
    return false;
}

function orders<T>(all: readonly T[]): T[][] {
    if (all.length < 2) return [[...all]];
    return all.flatMap((first, i) => orders(all.toSpliced(i, 1)).map((rest) => [first, ...rest]));
}
