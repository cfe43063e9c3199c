/** What every command on a stack starts from, and how it ends: the stack, the way to AWS, and one document on standard output. */
import { createPaint, wantsColor } from "../lib/color.ts";
import type { ColorChoice, Paint } from "../lib/color.ts";
import { fold } from "../lib/fold.ts";
import type { Surroundings } from "../lib/surroundings.ts";
import { printable } from "../lib/printable.ts";
import { explainAwsError, isDenied } from "./aws-errors.ts";
import { connect } from "./aws.ts";
import type { Aws, AwsOptions } from "./aws.ts";
import { findOperator } from "./operator.ts";
import type { Operator, StackOptions } from "./operator.ts";

export interface CommonOptions extends AwsOptions, StackOptions {
    readonly json?: boolean;
    readonly color: ColorChoice;
}

/** Something that the caller may not read, and which is missing in the answer. */
export interface Missing {
    readonly action: string;
    readonly resource: string;
}

export interface Session {
    readonly aws: Aws;
    readonly operator: Operator;
    readonly around: Surroundings;
    readonly isJson: boolean;
    readonly paint: Paint;
    readonly partial: Missing[];
    /** Whether the document of this part of a command is not printed: another one follows. */
    readonly isQuiet?: boolean;
    /** Asks the person; without it, the terminal does. */
    readonly ask?: (question: string) => Promise<string>;
    /** An error of AWS as a person is told of it. */
    readonly explain: (error: unknown) => unknown;
}

/** Runs a command on the stack that the options name; returns its exit code. */
export async function onStack(
    options: CommonOptions,
    around: Surroundings,
    command: (session: Session) => Promise<number>,
): Promise<number> {
    const session = openSession(await findOperator(options, around), options, around);
    try {
        return await command(session);
    } catch (error) {
        throw session.explain(error);
    } finally {
        session.aws.close();
    }
}

export function openSession(operator: Operator, options: CommonOptions, around: Surroundings): Session {
    const isColored = wantsColor(options.color, around.env, around.stdout.isTTY === true);
    return {
        aws: connect(operator, options, around.env),
        operator,
        around,
        isJson: options.json === true,
        paint: createPaint(isColored),
        partial: [],
        explain: (error) => explainAwsError(error, operator, options),
    };
}

/** Waits for something that the answer can do without. What the caller may not read is noted instead. */
export async function unlessDenied<T>(
    { partial }: Session,
    action: string,
    resource: string,
    read: Promise<T>,
): Promise<T | undefined> {
    try {
        return await read;
    } catch (error) {
        if (!isDenied(error)) throw error;
        partial.push({ action, resource });
        return undefined;
    }
}

/** Prints the one document of a command: JSON with its format first, or text, after which it says what is missing. */
export function print(session: Session, format: string, json: object, text: string): void {
    const { around, isJson, isQuiet = false } = session;
    if (isQuiet) {
        say(session, text);
        return;
    }
    const written = isJson
        ? JSON.stringify(documentOf(session, format, json), null, 4)
        : fold(withMissing(session, text), around.stdout);
    around.stdout.write(`${written}\n`);
}

/** The JSON document of a command. */
export function documentOf({ partial, operator }: Session, format: string, json: object): object {
    const { stack, region, pool } = operator;
    const head = { format: `turnstile.${format}/1.0`, stack, region, pool };
    return { ...head, ...json, ...(partial.length > 0 && { partial }) };
}

/** Says something beside the document, such as what will happen. */
export function say({ around }: Pick<Session, "around">, ...lines: readonly string[]): void {
    around.stderr.write(`${fold(printable(lines.join("\n")), around.stderr)}\n`);
}

/** A text, safe to print, and below it what is missing in it. */
export function withMissing({ partial, paint }: Session, text: string): string {
    const missing = partial.map(
        ({ action, resource }) => `Missing: ${action} on ${resource} is not allowed.`,
    );
    return printable([text, ...missing].join("\n"), paint.isColored);
}
