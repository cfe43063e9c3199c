/**
 * How a command of `--exec` gets the arguments of its run: at its end, at the places that it names, and as environment
 * variables. No shell reads them in any of these.
 */

/** A line of shell and its positional parameters. */
export interface Placed {
    readonly line: string;
    readonly parameters: readonly string[];
}

/** An argument that a command names, such as `{--month}`. */
const PLACE = /^\{(--[A-Za-z0-9][\w.-]*)\}/;

/**
 * Puts the arguments where the command names them, or all of them at its end as `--name value` if it names none.
 * @returns the problem, if the command names an argument that the run does not have
 */
export function placeArguments(
    command: string,
    args: Readonly<Record<string, string>>,
): Placed | { readonly problem: string } {
    const parts = readLine(command);
    const names = parts.flatMap((part) => (typeof part === "string" ? [] : [part.name]));
    if (names.length === 0) return { line: `${command} "$@"`, parameters: toArgv(args) };
    const missing = names.find((name) => args[name] === undefined);
    if (missing !== undefined) {
        return { problem: `--exec has the place {${missing}}, but the message has no argument ${missing}` };
    }
    const line = parts
        .map((part, index) => {
            if (typeof part === "string") return part;
            const number = parts.slice(0, index).filter((other) => typeof other !== "string").length + 1;
            return QUOTED[part.within](`\${${number}}`);
        })
        .join("");
    return { line, parameters: names.map((name) => args[name] ?? "") };
}

/** Whether a command names arguments. Then it gets none at its end. */
export function hasPlaces(command: string): boolean {
    return readLine(command).some((part) => typeof part !== "string");
}

/** `--name value` for each argument, as Glue hands them to a script. */
export function toArgv(args: Readonly<Record<string, string>>): string[] {
    return Object.entries(args).flat();
}

/** `TURNSTILE_ARG_DAY_OF_WEEK` for `--day-of-week`. */
export function toEnvironment(args: Readonly<Record<string, string>>): Record<string, string> {
    return Object.fromEntries(
        Object.entries(args).map(([name, value]) => [
            `TURNSTILE_ARG_${name
                .replace(/^--/, "")
                .replace(/[^A-Za-z0-9]/g, "_")
                .toUpperCase()}`,
            value,
        ]),
    );
}

type Quotes = "none" | "single" | "double";

interface Place {
    readonly name: string;
    /** The quotes that it stands in. */
    readonly within: Quotes;
}

/** A parameter as one word, whatever quotes it stands in. */
const QUOTED: Readonly<Record<Quotes, (parameter: string) => string>> = {
    none: (parameter) => `"${parameter}"`,
    single: (parameter) => `'"${parameter}"'`,
    double: (parameter) => parameter,
};

/** The text of a line between its places, and the places, in order. */
function readLine(command: string): (string | Place)[] {
    const parts: (string | Place)[] = [];
    let text = "";
    let within: Quotes = "none";
    for (let at = 0; at < command.length; at++) {
        const character = command.charAt(at);
        const place = character === "{" ? PLACE.exec(command.slice(at)) : null;
        if (place) {
            parts.push(text, { name: place[1] ?? "", within });
            text = "";
            at += place[0].length - 1;
            continue;
        }
        text += character;
        if (character === "\\" && within !== "single") text += command.charAt(++at);
        else within = quotesAfter(character, within);
    }
    return [...parts, text];
}

function quotesAfter(character: string, within: Quotes): Quotes {
    if (character === "'" && within !== "double") return within === "single" ? "none" : "single";
    if (character === '"' && within !== "single") return within === "double" ? "none" : "double";
    return within;
}
