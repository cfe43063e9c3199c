/**
 * Checks what a program passes to a component: what is known at once, before anything is created; what is known later, an
 * output, as soon as it is known. By the same rules, and with the same words.
 */
import * as pulumi from "@pulumi/pulumi";
import { isWithin, wordsOf } from "./allowed-values.ts";
import type { Range, TextRule } from "./allowed-values.ts";
import { fieldMistakes } from "./fields.ts";
import type { Fields } from "./fields.ts";

/**
 * The arguments of a component are wrong. The engine shows the message alone, without a stack.
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 *
 * // In your unit tests: nothing is deployed with such a limit.
 * assert.throws(() => new TokenBucket("slots", { pools: { reports: { limit: 5000 } } }), ArgumentsError);
 * ```
 */
export class ArgumentsError extends pulumi.RunError {
    override readonly name = "ArgumentsError";

    constructor(message: string) {
        super(message);
        // Pulumi puts before it the names of all inputs that the wrong argument went into.
        Object.defineProperty(this, "message", { get: () => message, set: () => undefined });
    }
}

/**
 * Tags, by key.
 * @example
 * ```ts
 * const tags: Tags = { team: "data", stack: pulumi.getStack() };
 *
 * new WorkQueue("reports", { tags });
 * ```
 */
export type Tags = pulumi.Input<Record<string, pulumi.Input<string>>>;

/** What is wrong with one argument; undefined if nothing is. */
export type Mistake = string | undefined;

/** What the value of an argument must be. */
export interface Rule {
    /** What is expected, in words. */
    readonly expects: string | ((others: Others) => string);
    readonly accepts: (value: unknown, others: Others) => boolean;
    /** Other arguments that it looks at. */
    readonly besides?: readonly string[];
    /** What is wrong with parts of a value that is not accepted. @default the whole value is shown */
    readonly mistakesIn?: (field: string, value: unknown, others: Others) => readonly Mistake[];
}

/** The arguments that a rule looks at besides, by name. */
export type Others = Readonly<Record<string, unknown>>;

/** The rules of a component's arguments, by name. */
export type Rules<Args> = { readonly [Name in keyof Args]?: Rule };

/** What a component asks of its arguments. */
export interface Demands<Args> {
    readonly fields: Fields<Args>;
    readonly rules: Rules<Args>;
    /** What is wrong besides; it is called only with an object, in which what must be there may be missing. */
    readonly mistakes: (name: string, args: Partial<Args>) => readonly Mistake[];
    /** Checks the values within values. */
    readonly within?: (subject: Subject, args: Partial<Args>) => Checked<Partial<Args>>;
}

/** Arguments, in which each that is known later fails the deployment if it is wrong; and what is wrong already. */
export interface Checked<Args> {
    readonly checked: Args;
    readonly mistakes: readonly Mistake[];
}

/** Whose arguments they are, in an error. */
export interface Subject {
    readonly component: string;
    readonly name: string;
}

/**
 * Throws one error that lists every mistake in the arguments of a component.
 * @returns the arguments, in which each that is known later fails the deployment if it is wrong
 */
export function checkArguments<Args extends object>(
    component: string,
    name: string,
    args: Args,
    { fields, rules, mistakes, within }: Demands<Args>,
): Args {
    const subject = { component, name };
    const inFields = fieldMistakes(args, fields);
    if (typeof args !== "object" || args === null) throw errorOf(subject, inFields);
    const values = checkValues(subject, args, fields, rules);
    const inner = within?.(subject, args);
    const found = [...inFields, ...mistakes(name, args), ...values.mistakes, ...(inner?.mistakes ?? [])];
    if (found.some((mistake) => mistake !== undefined)) throw errorOf(subject, found);
    return { ...values.checked, ...inner?.checked };
}

/**
 * Applies rules to what is known, and has them applied later to the rest.
 * @param path what stands before a name, such as `pools.reports.`
 */
export function checkValues<Args extends object>(
    subject: Subject,
    args: Args,
    fields: Fields<Args>,
    rules: Rules<Args>,
    path = "",
): Checked<Args> {
    const given = args as Readonly<Record<string, unknown>>;
    const mistakes: Mistake[] = [];
    const later: Record<string, unknown> = {};
    for (const [field, rule] of Object.entries<Rule | undefined>(rules)) {
        const value = given[field];
        const isMissing = value === null && fields[field as keyof Args] !== undefined;
        if (rule === undefined || value === undefined || isMissing) continue;
        const others = Object.fromEntries((rule.besides ?? []).map((other) => [other, given[other]]));
        if (isPlain(value) && isPlain(others))
            mistakes.push(...mistakesOf(rule, `${path}${field}`, value, others));
        else later[field] = checkedLater(subject, rule, `${path}${field}`, value, others);
    }
    return { checked: { ...args, ...later }, mistakes };
}

/** An output of a value that fails whatever uses it if the value is wrong. */
function checkedLater(
    subject: Subject,
    rule: Rule,
    field: string,
    value: unknown,
    others: Others,
): pulumi.Output<unknown> {
    const given = pulumi.output(value);
    return pulumi.all([given, pulumi.output(others)]).apply(async ([known, besides]) => {
        const mistakes = mistakesOf(rule, field, known, besides);
        if (mistakes.length === 0) return known;
        const isSecret = await pulumi.isSecret(pulumi.all([given, others]));
        throw errorOf(subject, isSecret ? [secretMistake(field, rule)] : mistakes);
    });
}

function mistakesOf(rule: Rule, field: string, value: unknown, others: Others): readonly Mistake[] {
    if (rule.accepts(value, others)) return [];
    return rule.mistakesIn?.(field, value, others) ?? [sentence(field, show(value), rule, others)];
}

/** A secret stays out of the error. */
function secretMistake(field: string, { expects, besides = [] }: Rule): Mistake {
    const expected = typeof expects === "string" ? expects : `one that fits ${besides.join(", ")}`;
    return `${field} is [secret]; expected ${expected}`;
}

function sentence(field: string, shown: string, { expects }: Rule, others: Others): string {
    return `${field} is ${shown}; expected ${typeof expects === "string" ? expects : expects(others)}`;
}

/** Whether nothing in a value is known later only. */
function isPlain(value: unknown): boolean {
    if (typeof value !== "object" || value === null) return true;
    if (isKnownLater(value)) return false;
    return Object.values(value).every(isPlain);
}

/** Whether a value is an output or a promise. */
export function isKnownLater(value: unknown): boolean {
    return pulumi.Output.isInstance(value) || value instanceof Promise;
}

/**
 * A value that fails whatever uses it if one of the checks fails. It becomes neither secret nor unknown because of what they
 * look at.
 */
export function unlessFailed<T>(
    value: pulumi.Input<T>,
    checks: readonly pulumi.Output<void>[],
): pulumi.Output<T> {
    return pulumi.output(value).apply(async (known) => {
        // It waits for each of them, whether that is known or not.
        await Promise.all(checks.map((check) => pulumi.isSecret(check)));
        return known;
    }) as pulumi.Output<T>;
}

/** The error that lists these mistakes. */
export function errorOf({ component, name }: Subject, mistakes: readonly Mistake[]): ArgumentsError {
    const found = mistakes.filter((mistake) => mistake !== undefined);
    return new ArgumentsError(`${component} "${name}" cannot be created: ${found.join("; ")}.`);
}

/** A whole number within a range. */
export function numberRule(range: Range): Rule {
    return { expects: wordsOf(range), accepts: (value) => isWithin(range, value as number) };
}

/** A text that is as it must be. */
export function textRule({ expects, accepts }: TextRule): Rule {
    return { expects, accepts: (value) => typeof value === "string" && accepts(value) };
}

/** One of the values that AWS has. */
export function choiceRule(choices: readonly (string | number)[]): Rule {
    return {
        expects: `one of ${choices.join(", ")}`,
        accepts: (value) => choices.includes(value as string | number),
    };
}

export const BOOLEAN_RULE: Rule = {
    expects: "true or false",
    accepts: (value) => typeof value === "boolean",
};

/** A list, each of whose values a rule accepts. */
export function listRule(item: Rule, longest: number): Rule {
    const accepts = (value: unknown): value is unknown[] => Array.isArray(value);
    return {
        expects: `a list of at most ${longest}, each ${String(item.expects)}`,
        accepts: (value, others) =>
            accepts(value) && value.length <= longest && value.every((each) => item.accepts(each, others)),
        mistakesIn: (field, value) => {
            if (!accepts(value)) return [`${field} is ${show(value)}; expected a list`];
            const { length } = value;
            return [
                length <= longest ? undefined : `${field} has ${length} names; expected at most ${longest}`,
                ...value.flatMap((each, i) => mistakesOf(item, `${field}[${i}]`, each, {})),
            ];
        },
    };
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

/** What decides which resources there are, or names them, must be known at once. */
export function plainMistake(field: string, value: unknown, expects: string): Mistake {
    if (!isKnownLater(value)) return undefined;
    return `${field} is an output; expected ${expects} that is known at once, because resources depend on it`;
}

/** A name from which names in AWS are made. `longest` is what AWS allows, less what is added to it. */
export function nameMistake(name: string, longest: number): Mistake {
    if (/^[A-Za-z][A-Za-z0-9-]*$/.test(name) && name.length <= longest) return undefined;
    return `its name has ${name.length} characters; expected a letter, then letters, digits and hyphens, ${longest} characters at most`;
}

export function show(value: unknown): string {
    return JSON.stringify(value) ?? String(value);
}
