/**
 * Checks a message against its published JSON schema, and for what a schema cannot say: names that come twice, names of
 * arguments that are like reserved ones, and names that the deployment does not allow. A message that passes can start. One
 * that does not can never start; its sender gets a sentence that says what came, what was expected and what to do. Senders
 * are trusted with the job's data, not with its code: no body makes this throw, and none is slow to read.
 */
import { Ajv } from "ajv";
import type { ErrorObject } from "ajv";
import { whyNotAllowed } from "./allowed-names.ts";
import { whyMistakable, whyReserved } from "./argument-names.ts";
import { envelopeHint, notJsonHint } from "./envelopes.ts";
import { findNumber, findRepetition } from "./json-text.ts";
import type { Repetition } from "./json-text.ts";
import schema from "./message.schema.json" with { type: "json" };
import { short, show, visible } from "./words.ts";

/** What a message asks for. */
export interface Work {
    readonly arguments: Readonly<Record<string, string>>;
    /** 0 (first) to 9 (last). */
    readonly priority: number;
}

/** Why a message can never start. */
export interface Refusal {
    /** A few sentences for its sender; quotes the body. */
    readonly problem: string;
    /** The rule that it broke, without a quotation: the log contains no bodies. */
    readonly rule: "JSON" | "name twice" | "schema" | "reserved argument" | "argument name";
}

const validate = new Ajv({ allErrors: false, verbose: true }).compile<Partial<Work>>(schema);

const DEFAULT_PRIORITY = 5;

const EXAMPLE = '{"arguments": {"--name": "value"}}';

/**
 * Reads a message's body: what it asks for, or why it can never start.
 * @param allowed the argument names that a message may use; none or an empty set: each that is not reserved
 */
export function readMessage(body: string, allowed?: ReadonlySet<string>): { work: Work } | Refusal {
    let parsed: unknown;
    try {
        parsed = JSON.parse(body);
    } catch (error) {
        const why = visible((error as Error).message);
        return {
            problem: sentences(`The body is not JSON (${why}). Send ${EXAMPLE}.`, notJsonHint(body)),
            rule: "JSON",
        };
    }
    const repetition = findRepetition(body);
    if (repetition) return { problem: twice(repetition), rule: "name twice" };
    if (!validate(parsed)) return describe(validate.errors?.[0], body, parsed);
    const { arguments: given = {}, priority = DEFAULT_PRIORITY } = parsed;
    for (const name in given) {
        const why = whyMistakable(name);
        if (why !== undefined) return refuseName(name, why, "reserved argument");
        if (allowed !== undefined && allowed.size > 0 && !allowed.has(name))
            return refuseName(name, whyNotAllowed(name, allowed), "argument name");
    }
    return { work: { arguments: given, priority } };
}

/**
 * What the body of a message asks for that was accepted before, whatever the rules are now.
 * @throws if no release can have accepted it
 */
export function acceptedWork(body: string): Work {
    const { arguments: given = {}, priority = DEFAULT_PRIORITY } = JSON.parse(body) as Partial<Work>;
    return { arguments: given, priority };
}

function refuseName(name: string, why: string, rule: Refusal["rule"]): Refusal {
    return { problem: `The argument name ${show(name)} cannot be used: ${why}`, rule };
}

function twice({ name, path }: Repetition): string {
    const where = place(path).replace("The", "the");
    return `The name ${show(name)} comes twice in ${where}: only the last value would count. Send each name once.`;
}

/** Describes an error of the schema's. */
function describe(error: ErrorObject | undefined, body: string, parsed: unknown): Refusal {
    if (!error)
        return { problem: `The body does not match the message schema. Send ${EXAMPLE}.`, rule: "schema" };
    const name = error.propertyName;
    if (name !== undefined && error.keyword === "not")
        return refuseName(name, whyReserved(name), "reserved argument");
    if (name !== undefined) return refuseName(name, NAME_FORM, "schema");
    const path = error.instancePath.split("/").slice(1);
    const came = typeof error.data === "number" ? short(findNumber(body, path) ?? "") : show(error.data);
    const hint = path.length === 0 ? envelopeHint(parsed) : undefined;
    return { problem: sentences(sentence(error, path, came), hint), rule: "schema" };
}

const NAME_FORM =
    "names begin with -- and a letter or digit, go on with letters, digits, _ . and - only, and have 128 characters or fewer.";

function sentence(error: ErrorObject, path: readonly string[], came: string): string {
    const where = place(path);
    const params = error.params as Record<string, unknown>;
    if (error.keyword === "additionalProperties")
        return `${where} has the unknown member ${show(params["additionalProperty"])}: it takes only "arguments" and "priority". Send what the job needs in "arguments".`;
    if (error.keyword === "maxProperties")
        return `${where} may have at most ${show(params["limit"])} names, but they have ${Object.keys(error.data as object).length}. Put the data into S3 and send its name.`;
    if (error.keyword === "pattern") return unusableText(where, String(error.data), came);
    if (path[0] === "priority") return `${where} must be a whole number from 0 to 9, but it is ${came}.`;
    if (path.length < 2) return `${where} must be a JSON object, but it is ${came}. Send ${EXAMPLE}.`;
    return `${where} must be text, but it is ${came}: Glue takes nothing else. Send it, or its JSON, in quotation marks.`;
}

function unusableText(where: string, text: string, came: string): string {
    return text.startsWith("-")
        ? `${where} must not begin with a dash (only - alone and numbers such as -5 and -0.5 may), but it is ${came}: Python's argparse would take it for an option. Put something before the dash, such as ./ before a path.`
        : `${where} must be text that a program can be given, without NUL and without half of a surrogate pair, but it is ${came}. Leave such characters out.`;
}

/** A place in the body, in words. */
function place(path: readonly string[]): string {
    return path.length === 0 ? "The body" : `The body's ${short(visible(path.slice(0, 50).join(".")))}`;
}

function sentences(first: string, hint: string | undefined): string {
    return hint === undefined ? first : `${first} ${hint}`;
}
