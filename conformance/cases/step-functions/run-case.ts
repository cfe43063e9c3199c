/** Runs one case on an implementation, and returns the respects in which its outcome differs from what AWS states. */
import { isDeepStrictEqual } from "node:util";
import type { Case, Step } from "./index.ts";

/** An implementation, with one machine named `machine` of one case. */
export interface Engine {
    /** CreateStateMachine. */
    create(definition: object): Promise<void>;
    /** An operation of the API, for the execution or machine that the input leaves out. Errors have AWS's names. */
    call(operation: string, input: Readonly<Record<string, unknown>>): Promise<unknown>;
    /** Waits for the token with this index to be handed out. */
    token(index: number): Promise<string>;
    wait(seconds: number): Promise<void>;
    /** Waits until the execution named `case` has ended. */
    end(): Promise<void>;
    describe(): Promise<Described>;
    /** The types of its events, in order. */
    history(): Promise<string[]>;
    /** How often an operation was called, by `service:Operation`. */
    calls(name: string): Promise<number>;
}

export interface Described {
    readonly status: string;
    readonly output?: string;
    readonly error?: string;
    readonly cause?: string;
    /** Seconds from its start to its end. */
    readonly seconds: number;
}

/** The respects in which an outcome can differ. */
export type Respect =
    | "definition"
    | "steps"
    | "status"
    | "error"
    | "cause"
    | "output"
    | "history"
    | "events"
    | "seconds"
    | "calls";

export interface Difference {
    readonly respect: Respect;
    readonly expected: unknown;
    readonly found: unknown;
}

/** @param tolerance the most seconds that something may take longer than stated */
export async function run(one: Case, engine: Engine, tolerance = 0): Promise<Difference[]> {
    const differences: Difference[] = [];
    const compare = (respect: Respect, expected: unknown, found: unknown): void => {
        if (!isDeepStrictEqual(expected, found)) differences.push({ respect, expected, found });
    };
    const created = await nameOfError(() => engine.create(one.definition));
    compare("definition", one.refused, created);
    if (created !== undefined || one.refused !== undefined) return differences;
    for (const step of one.steps ?? [{ do: "start", input: "input" in one ? one.input : {} }]) {
        const refused = await nameOfError(() => take(step, engine));
        compare("steps", { ...step, refused: step.refused }, { ...step, refused });
    }
    await engine.end();
    const described = await engine.describe();
    compare("status", one.status, described.status);
    compare("error", one.error, described.error);
    if (one.cause !== undefined) compare("cause", one.cause, described.cause);
    if (one.causeHas) compare("cause", one.causeHas, parts(described.cause, one.causeHas));
    if (one.output !== undefined) compare("output", one.output, parsed(described.output));
    if (one.seconds !== undefined && !lasts(one.seconds, described.seconds, tolerance)) {
        differences.push({ respect: "seconds", expected: one.seconds, found: described.seconds });
    }
    if (one.history ?? one.events) {
        const history = await engine.history();
        if (one.history) compare("history", one.history, history);
        if (one.events) compare("events", one.events, history.length);
    }
    for (const [name, count] of Object.entries(one.calls ?? {})) {
        compare("calls", { [name]: count }, { [name]: await engine.calls(name) });
    }
    return differences;
}

async function take(step: Step, engine: Engine): Promise<unknown> {
    switch (step.do) {
        case "start": {
            const input = "text" in step ? step.text : JSON.stringify("input" in step ? step.input : {});
            return engine.call("StartExecution", {
                name: step.name ?? "case",
                ...(input === undefined ? {} : { input }),
            });
        }
        case "succeed": {
            const output = "text" in step ? step.text : JSON.stringify("output" in step ? step.output : {});
            return engine.call("SendTaskSuccess", { taskToken: await engine.token(step.token), output });
        }
        case "fail": {
            const { error, cause } = step;
            const taskToken = await engine.token(step.token);
            return engine.call("SendTaskFailure", { taskToken, ...defined({ error, cause }) });
        }
        case "beat":
            return engine.call("SendTaskHeartbeat", { taskToken: await engine.token(step.token) });
        case "forge":
            return engine.call("SendTaskSuccess", { taskToken: step.token, output: "{}" });
        case "stop": {
            const { error, cause } = step;
            return engine.call("StopExecution", defined({ error, cause }));
        }
        case "redrive":
            return engine.call("RedriveExecution", {});
        case "wait":
            return engine.wait(step.seconds);
        case "end":
            return engine.end();
    }
}

async function nameOfError(act: () => Promise<unknown>): Promise<string | undefined> {
    try {
        await act();
        return undefined;
    } catch (error) {
        return (error as Error).name;
    }
}

function lasts(expected: NonNullable<Case["seconds"]>, found: number, tolerance: number): boolean {
    const { least, most } = typeof expected === "number" ? { least: expected, most: expected } : expected;
    return found >= least - tolerance / 5 && found <= most + tolerance;
}

function parsed(text: string | undefined): unknown {
    return text === undefined ? undefined : (JSON.parse(text) as unknown);
}

/** Of the object that the text is, the members that `wanted` has. */
function parts(text: string | undefined, wanted: object): unknown {
    try {
        const found = parsed(text) as Readonly<Record<string, unknown>>;
        return Object.fromEntries(Object.keys(wanted).map((key) => [key, found[key]]));
    } catch {
        return text;
    }
}

function defined(members: Readonly<Record<string, unknown>>): Record<string, unknown> {
    return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined));
}
