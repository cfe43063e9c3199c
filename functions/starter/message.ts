/**
 * Checks a message against its published JSON schema, and its argument names against look-alikes of reserved ones. A message
 * that passes can start. One that does not can never start; its sender gets one sentence that says why. Senders are trusted
 * with the job's data, not with its code: no body makes this throw, and none is slow to read.
 */
import { Ajv } from "ajv";
import type { ErrorObject } from "ajv";
import schema from "./message.schema.json" with { type: "json" };

/** What a message asks for. */
export interface Work {
    readonly arguments: Readonly<Record<string, string>>;
    /** 0 (first) to 9 (last). */
    readonly priority: number;
}

/** Why a message can never start. */
export interface Refusal {
    /** One sentence or two for its sender; quotes the body. */
    readonly problem: string;
    /** The rule that it broke, without a quotation: the log contains no bodies. */
    readonly rule: "JSON" | "schema" | "reserved argument";
}

const validate = new Ajv({ allErrors: false, verbose: true }).compile<Partial<Work>>(schema);

const DEFAULT_PRIORITY = 5;

/** Names that a message may not use, as the schema has them. */
const [{ pattern: RESERVED_FAMILIES = "" }, { enum: RESERVED = [] }] = schema.properties.arguments
    .propertyNames.not.anyOf as [{ pattern?: string }, { enum?: readonly string[] }];

/** Reserved names of several words, by their look: without case, and with every separator as a dash. */
const LOOKS: ReadonlyMap<string, string> = new Map(
    RESERVED.filter((name) => /[-_A-Z]/.test(name.slice(2))).map((name) => [looks(name), name]),
);
const FAMILIES = new RegExp(RESERVED_FAMILIES);
const TURNSTILES_FAMILY = "--turnstile";

/**
 * The options that `getResolvedOptions` reads by itself (`awsglue/utils.py` of aws-glue-libs). Up to Glue 5.0 it completes an
 * unambiguous beginning to the whole name, as Python's argparse does.
 */
const READ_BY_AWSGLUE = [
    "--JOB_ID",
    "--JOB_NAME",
    "--JOB_RUN_ID",
    "--RedshiftTempDir",
    "--SECURITY_CONFIGURATION",
    "--TempDir",
    "--continuation-option",
    "--encryption-type",
    "--help",
    "--job-bookmark-from",
    "--job-bookmark-option",
    "--job-bookmark-to",
];
/** Only some versions of the library read this one: it makes no beginning ambiguous. */
const READ_BY_SOME_AWSGLUE = "--enable-data-lineage";

/** Reads a message's body: what it asks for, or why it can never start. */
export function readMessage(body: string): { work: Work } | Refusal {
    let parsed: unknown;
    try {
        parsed = JSON.parse(body);
    } catch (error) {
        const why = visible((error as Error).message);
        return {
            problem: `The body is not JSON (${why}). Expected {"arguments": {"--name": "value"}}.`,
            rule: "JSON",
        };
    }
    if (!validate(parsed)) return describe(validate.errors?.[0]);
    const { arguments: given = {}, priority = DEFAULT_PRIORITY } = parsed;
    for (const name in given) {
        const taken = mistakableFor(name);
        if (taken !== undefined) {
            return refuseName(name, `it may be taken for ${taken}. Send the value under another name.`);
        }
    }
    return { work: { arguments: given, priority } };
}

/** In words, the reserved name, or family of names, that `name` looks like or abbreviates. */
function mistakableFor(name: string): string | undefined {
    const look = looks(name);
    const family = FAMILIES.exec(look)?.[0];
    if (family === TURNSTILES_FAMILY) return `one of Turnstile's own, which begin with ${family}`;
    const taken =
        family === undefined ? (LOOKS.get(look) ?? completed(name)) : `a name that begins with ${family}`;
    return taken && `${taken}, to which AWS Glue gives a meaning`;
}

/** The name to which awsglue completes a beginning. */
function completed(name: string): string | undefined {
    const longer = READ_BY_AWSGLUE.filter((option) => option.startsWith(name));
    if (longer.length === 0 && READ_BY_SOME_AWSGLUE.startsWith(name)) return READ_BY_SOME_AWSGLUE;
    return longer.length === 1 && longer[0] !== name ? longer[0] : undefined;
}

function looks(name: string): string {
    return name.toLowerCase().replaceAll(/[_.]/g, "-");
}

function describe(error: ErrorObject | undefined): Refusal {
    if (!error) return { problem: "The body does not match the message schema.", rule: "schema" };
    const params = error.params as Record<string, unknown>;
    const name = error.propertyName;
    if (name !== undefined && error.keyword === "not") return refuseName(name, whyReserved(name));
    const where = error.instancePath === "" ? "The body" : `The body's ${path(error.instancePath)}`;
    return { problem: sentence(error, where, params), rule: "schema" };
}

function whyReserved(name: string): string {
    const family = FAMILIES.exec(name)?.[0];
    if (family === TURNSTILES_FAMILY) return `names that begin with ${family} are Turnstile's own.`;
    const what = family === undefined ? "it" : `names that begin with ${family}`;
    return `AWS Glue gives ${what} a meaning. If your script reads it, send the value under another name; if Glue should, set it in the job's default arguments.`;
}

function refuseName(name: string, why: string): Refusal {
    return { problem: `The argument name ${show(name)} cannot be used: ${why}`, rule: "reserved argument" };
}

function sentence(error: ErrorObject, where: string, params: Record<string, unknown>): string {
    if (error.propertyName !== undefined) {
        return `The argument name ${show(error.propertyName)} cannot be used: names begin with -- and a letter or digit, go on with letters, digits, _ . and - only, and have 128 characters or fewer.`;
    }
    switch (error.keyword) {
        case "additionalProperties":
            return `${where} has the unknown member ${show(params["additionalProperty"])}. Expected only "arguments" and "priority".`;
        case "maxProperties":
            return `${where} has ${Object.keys(error.data as object).length} members; at most ${show(params["limit"])} are taken.`;
        case "pattern":
            return /^-[-h]/.test(String(error.data))
                ? `${where} must not begin with -- or -h, but it is ${show(error.data)}: scripts would take it for the name of an argument, or for a call for help.`
                : `${where} must be text that a program can be given: without NUL, and without half a surrogate pair.`;
        default:
            return `${where} ${error.message ?? "is wrong"}, but it is ${show(error.data)}.`;
    }
}

function path(pointer: string): string {
    return short(visible(pointer.slice(1).replaceAll("/", ".")));
}

/** A value in a few words, from its surface alone: it may be deep and large. */
function show(value: unknown): string {
    if (typeof value === "string") return short(visible(JSON.stringify(value.slice(0, SHOWN))));
    if (Array.isArray(value)) return value.length === 0 ? "[]" : `a list of ${value.length}`;
    if (typeof value === "object" && value !== null) return "an object";
    return String(value);
}

/** Longest quotation from a body: a reason has to fit into a message attribute. */
const SHOWN = 80;

function short(text: string): string {
    return text.length > SHOWN ? `${text.slice(0, SHOWN - 3).toWellFormed()}...` : text;
}

/** Text with invisible characters (control and format characters, line separators, lone surrogates) written out. */
function visible(text: string): string {
    return text.replaceAll(
        /[\p{C}\p{Zl}\p{Zp}]/gu,
        (character) => `\\u${(character.codePointAt(0) ?? 0).toString(16).padStart(4, "0")}`,
    );
}
