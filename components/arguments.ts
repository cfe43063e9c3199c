/**
 * Checks what a program passes to a component, before anything is created. Only plain values can be checked so early: an
 * output is known later, and AWS checks it then.
 */
import * as pulumi from "@pulumi/pulumi";
import { isWithin, wordsOf } from "./allowed-values.ts";
import type { Range, TextRule } from "./allowed-values.ts";
import { fieldMistakes } from "./fields.ts";
import type { Fields } from "./fields.ts";

/** The arguments of a component are wrong. The engine shows the message alone, without a stack. */
export class ArgumentsError extends pulumi.RunError {
    override readonly name = "ArgumentsError";
}

/** Tags, by key. */
export type Tags = pulumi.Input<Record<string, pulumi.Input<string>>>;

/** What is wrong with one argument; undefined if nothing is. */
export type Mistake = string | undefined;

/**
 * Throws one error that lists every mistake in the arguments of a component.
 * @param mistakes what is wrong with their values; it is called only with an object, in which what must be there may be missing
 */
export function checkArguments<Args extends object>(
    component: string,
    name: string,
    args: Args,
    fields: Fields<Args>,
    mistakes: (name: string, args: Partial<Args>) => readonly Mistake[],
): void {
    const inFields = fieldMistakes(args, fields);
    const isObject = typeof args === "object" && args !== null;
    const found = [...inFields, ...(isObject ? mistakes(name, args) : [])].filter(
        (mistake) => mistake !== undefined,
    );
    if (found.length === 0) return;
    throw new ArgumentsError(`${component} "${name}" cannot be created: ${found.join("; ")}.`);
}

/** A component of the right kind, recognised by what only that kind has; a missing one is no mistake here. */
export function componentMistake<T extends object>(
    field: string,
    value: T | undefined,
    kind: string,
    own: keyof T & string,
): Mistake {
    if (value === undefined || value === null || (typeof value === "object" && own in value))
        return undefined;
    return `${field} is no ${kind}; expected a ${kind} of this program`;
}

/** A name from which names in AWS are made. `longest` is what AWS allows, less what is added to it. */
export function nameMistake(name: string, longest: number): Mistake {
    if (/^[A-Za-z][A-Za-z0-9-]*$/.test(name) && name.length <= longest) return undefined;
    return `its name has ${name.length} characters; expected a letter, then letters, digits and hyphens, ${longest} characters at most`;
}

/** A whole number within a range; absent is right. */
export function numberMistake(field: string, value: pulumi.Input<number> | undefined, range: Range): Mistake {
    if (value === undefined || isKnownLater(value) || isWithin(range, value)) return undefined;
    return `${field} is ${show(value)}; expected ${wordsOf(range)}`;
}

/** A text that a rule accepts; absent is right. */
export function textMistake(field: string, value: pulumi.Input<string> | undefined, rule: TextRule): Mistake {
    return value === undefined ? undefined : requiredTextMistake(field, value, rule);
}

/** A text that a rule accepts, and that a program in plain JavaScript may have left out. */
export function requiredTextMistake(field: string, value: pulumi.Input<string>, rule: TextRule): Mistake {
    if (isKnownLater(value) || (typeof value === "string" && rule.accepts(value))) return undefined;
    return `${field} is ${show(value)}; expected ${rule.expects}`;
}

/** One of the values that AWS has; absent is right. */
export function choiceMistake<T extends string | number>(
    field: string,
    value: pulumi.Input<T> | undefined,
    choices: readonly T[],
): Mistake {
    if (value === undefined || isKnownLater(value) || choices.includes(value)) return undefined;
    return `${field} is ${show(value)}; expected one of ${choices.join(", ")}`;
}

/** Whether a value is an output or a promise. */
function isKnownLater<T extends string | number>(
    value: pulumi.Input<T>,
): value is pulumi.Output<T> | pulumi.OutputInstance<T> | Promise<T> {
    return typeof value === "object" && value !== null;
}

function show(value: unknown): string {
    return JSON.stringify(value) ?? String(value);
}
