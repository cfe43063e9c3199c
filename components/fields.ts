/**
 * Which arguments a component has. The compiler checks that each list is complete; a program in plain JavaScript, or one that
 * builds its arguments elsewhere, is checked by it when it runs.
 */
import { distance } from "../functions/starter/spelling.ts";
import type { Mistake } from "./arguments.ts";

/** Each argument by name: what is expected of one that must be there, `undefined` for one that may be left out. */
export type Fields<Args> = {
    readonly [Name in keyof Args]-?: Partial<Pick<Args, Name>> extends Pick<Args, Name> ? undefined : string;
};

/** How many letters of a name may be wrong for another one to be meant. */
const MAX_DISTANCE = 3;

/**
 * The arguments that are missing, and those that do not exist: a constructor would drop them in silence.
 * @param path what stands before a name, such as `pools.reports.`
 */
export function fieldMistakes<Args>(args: unknown, fields: Fields<Args>, path = ""): Mistake[] {
    if (typeof args !== "object" || args === null) {
        const what = path === "" ? "its arguments are" : `${path.slice(0, -1)} is`;
        const needed = needs(fields).map(([name]) => name);
        return [
            `${what} ${String(args)}; expected an object${needed.length > 0 ? ` with ${needed.join(", ")}` : ""}`,
        ];
    }
    const given = args as Readonly<Record<string, unknown>>;
    return [
        ...Object.keys(given)
            .filter((name) => !(name in fields))
            .map((name) => `${path}${name} is not an argument${meant(name, Object.keys(fields))}`),
        ...needs(fields)
            .filter(([name]) => given[name] === undefined || given[name] === null)
            .map(([name, expected]) => `${path}${name} is missing; expected ${expected}`),
    ];
}

/** The arguments that must be there, with what is expected of each. */
function needs(fields: object): [name: string, expected: string][] {
    return Object.entries(fields).filter((field): field is [string, string] => field[1] !== undefined);
}

/** The rest of a sentence about a name that nobody knows: the one that was probably meant, or all that there are. */
export function meant(name: string, known: readonly string[]): string {
    const near = known
        .map((other) => ({ other, letters: distance(name, other) }))
        .filter(({ letters, other }) => letters <= MAX_DISTANCE && letters < other.length / 2)
        .sort((a, b) => a.letters - b.letters)[0];
    return near ? `; did you mean ${near.other}?` : `; expected one of ${known.join(", ")}`;
}
