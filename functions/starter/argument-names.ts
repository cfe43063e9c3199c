/**
 * Which names of arguments a message may not use although they have the right form. The job gets the arguments as words of a
 * command line, and whoever reads such words may read more than its own names: Glue its parameters, Turnstile its two, and
 * Python's argparse each beginning of a name for the whole name (`allow_abbrev`). Glue's own programs and awsglue up to Glue
 * 5.1 use argparse that way, and nobody outside knows which names they declare. So every beginning is refused.
 */
import schema from "./message.schema.json" with { type: "json" };

const [{ pattern: FAMILIES_PATTERN = "" }, { enum: RESERVED = [] }] = schema.properties.arguments
    .propertyNames.not.anyOf as [{ pattern?: string }, { enum?: readonly string[] }];

/** All names that begin with one of these are reserved. The schema has them as `^--(a|b)`. */
const FAMILY = new RegExp(FAMILIES_PATTERN);
const FAMILIES = (/\((.*)\)/.exec(FAMILIES_PATTERN)?.[1] ?? "").split("|").map((name) => `--${name}`);
const TURNSTILES_FAMILY = "--turnstile";

/** Names of Glue's that a message may use: they only say which data the job reads. */
const DATA_NAMES = ["--job-bookmark-from", "--job-bookmark-option", "--job-bookmark-to"];
const GLUES_NAMES = [...RESERVED, ...DATA_NAMES];

/** Reserved names of several words, by their look: without case, and with every separator as a dash. */
const LOOKS: ReadonlyMap<string, string> = new Map(
    RESERVED.filter((name) => /[-_A-Z]/.test(name.slice(2))).map((name) => [looks(name), name]),
);

/** Why the schema refuses a name: a sentence or two that follow a colon. */
export function whyReserved(name: string): string {
    const family = FAMILY.exec(name)?.[0];
    if (family === TURNSTILES_FAMILY) return `names that begin with ${family} are Turnstile's own.`;
    const what = family === undefined ? "it" : `names that begin with ${family}`;
    return `AWS Glue gives ${what} a meaning. If your script reads it, send the value under another name; if Glue should, set it in the job's default arguments.`;
}

/** Why a name that the schema lets pass is refused, in the same form; undefined if it is not. */
export function whyMistakable(name: string): string | undefined {
    const look = looks(name);
    const family = FAMILY.exec(look)?.[0] ?? FAMILIES.find((beginning) => beginning.startsWith(name));
    if (family === TURNSTILES_FAMILY) return mistakable(`one of Turnstile's own, which begin with ${family}`);
    const taken = LOOKS.get(look) ?? GLUES_NAMES.find((whole) => isBeginning(name, whole));
    const whole = taken ?? (family && `a name that begins with ${family}`);
    return whole && mistakable(`${whole}, to which AWS Glue gives a meaning`);
}

function mistakable(whole: string): string {
    return `it may be taken for ${whole}. Send the value under another name.`;
}

function isBeginning(name: string, whole: string): boolean {
    return whole.length > name.length && whole.startsWith(name);
}

function looks(name: string): string {
    return name.toLowerCase().replaceAll(/[_.]/g, "-");
}
