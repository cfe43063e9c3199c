/**
 * The names of arguments that a deployment lets messages use. A list is checked twice: when the program is deployed, so that
 * no list has a name that every message is refused for, and when the function starts, in case somebody changed it since.
 */
import { whyMistakable, whyReserved } from "./argument-names.ts";
import schema from "./message.schema.json" with { type: "json" };
import { distance } from "./spelling.ts";
import { show } from "./words.ts";

const { pattern: FORM, not: RESERVED } = schema.properties.arguments.propertyNames;

/** Characters of a list. Lambda has 4 KB for all environment variables of a function (quotas page). */
export const MAX_LIST_CHARACTERS = 2000;

/** What is wrong with a deployment's list of names; nothing if it is right. */
export function listMistakes(names: readonly unknown[]): string[] {
    if (names.length === 0) return ["it has no names; leave it out to let messages use every name"];
    const mistakes = names.flatMap((name, i) => nameMistake(name, names.indexOf(name) < i) ?? []);
    const length = JSON.stringify(names).length;
    if (length <= MAX_LIST_CHARACTERS) return mistakes;
    return [...mistakes, `it has ${length} characters; at most ${MAX_LIST_CHARACTERS} fit`];
}

function nameMistake(name: unknown, isRepeated: boolean): string | undefined {
    if (typeof name !== "string") return `${show(name)} is not a text`;
    if (isRepeated) return `${show(name)} stands in it twice`;
    if (!new RegExp(FORM).test(name)) {
        return `${show(name)} is not a name: expected --, a letter or digit, then letters, digits, _, . and -, 129 characters at most`;
    }
    const why = isReserved(name) ? whyReserved(name) : whyMistakable(name);
    return why === undefined ? undefined : `${show(name)} cannot be used: ${why.replace(/\.$/, "")}`;
}

function isReserved(name: string): boolean {
    return RESERVED.anyOf.some((rule) =>
        "enum" in rule ? rule.enum.includes(name) : new RegExp(rule.pattern).test(name),
    );
}

/**
 * The names of the function's list: JSON, such as `["--day", "--month"]`. None or an empty list allows each name that is not
 * reserved. Throws an error for anything that is not a list of texts.
 */
export function allowedNames(list: string | undefined): ReadonlySet<string> {
    if (list === undefined || list === "") return new Set();
    const names = parsed(list);
    if (!Array.isArray(names) || names.some((name) => typeof name !== "string")) {
        throw new Error(
            `The environment variable ARGUMENT_NAMES must be a JSON list of names, such as ["--day"], but it is ${list.slice(0, 100)}: deploy the function with the component that makes it.`,
        );
    }
    return new Set(names as string[]);
}

function parsed(json: string): unknown {
    try {
        return JSON.parse(json);
    } catch {
        return undefined;
    }
}

/** Why a name that is not in the deployment's list is refused: sentences that follow a colon. */
export function whyNotAllowed(name: string, allowed: ReadonlySet<string>): string {
    const meant = nearest(name, [...allowed]);
    const advice =
        meant === undefined ? "Use one of these" : `Did you mean ${meant}? Otherwise use one of these`;
    return `this queue takes only ${listed([...allowed])}. ${advice}, or have the name added to argumentNames of the deployment.`;
}

/** The name that was probably meant: one that differs in a third of its letters at most. */
function nearest(name: string, names: readonly string[]): string | undefined {
    const distances = names.map((other) => ({ other, distance: distance(name, other) }));
    const best = distances.reduce((a, b) => (b.distance < a.distance ? b : a));
    return best.distance <= Math.max(1, Math.floor((best.other.length - 2) / 3)) ? best.other : undefined;
}

/** Characters of the names that a reason lists. */
const MAX_LISTED = 120;

function listed(names: readonly string[]): string {
    let length = 0;
    const shown = names.filter((name, i) => (length += name.length + 2) <= MAX_LISTED || i === 0);
    const rest = names.length - shown.length;
    if (rest > 0) return `${shown.join(", ").slice(0, MAX_LISTED)} and ${rest} more`;
    return shown.length < 2 ? shown.join() : `${shown.slice(0, -1).join(", ")} and ${shown.at(-1)}`;
}
