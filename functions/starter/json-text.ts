/**
 * Finds in a JSON text what its parsed value no longer says: a name that comes twice in one object, and how a number was
 * written. The text must be JSON: JSON.parse has read it. One pass without recursion, because a body may be deep and large.
 */

export interface Repetition {
    readonly name: string;
    /** The names that lead from the text's top to the object; lists have none. */
    readonly path: readonly string[];
}

/** An open object. */
interface Level {
    /** The name of the member that is being read; undefined before the first. */
    name: string | undefined;
    /** Its names so far, from the second on: most objects of a deep text have one. */
    names: Set<string> | undefined;
}

/** The objects and lists that are open; undefined is a list. */
type Open = readonly (Level | undefined)[];

/** The first name that comes twice in its object, of which JSON.parse keeps the last member alone. */
export function findRepetition(json: string): Repetition | undefined {
    let found: Repetition | undefined;
    walk(json, {
        name: (name, open) => {
            const level = open.at(-1);
            if (level?.name === undefined) return false;
            level.names ??= new Set([level.name]);
            if (level.names.has(name)) found = { name, path: pathOf(open.slice(0, -1)) };
            level.names.add(name);
            return found !== undefined;
        },
    });
    return found;
}

/** How the number at the end of a path of names was written; undefined if no number is there. */
export function findNumber(json: string, path: readonly string[]): string | undefined {
    let found: string | undefined;
    walk(json, {
        number: (text, open) => {
            if (open.length === path.length && path.every((name, i) => open[i]?.name === name)) found = text;
            return found !== undefined;
        },
    });
    return found;
}

function pathOf(open: Open): string[] {
    return open.map((level) => level?.name).filter((name) => name !== undefined);
}

/** What is called for each name and number; the walk ends when a call returns true. */
interface Visitor {
    /** The open object still has its last name. */
    name?(name: string, open: Open): boolean;
    number?(text: string, open: Open): boolean;
}

function walk(json: string, visitor: Visitor): void {
    const open: (Level | undefined)[] = [];
    let isNameNext = false;
    for (let at = 0; at < json.length; at++) {
        switch (json[at]) {
            case "{":
                open.push({ name: undefined, names: undefined });
                isNameNext = true;
                break;
            case "[":
                open.push(undefined);
                isNameNext = false;
                break;
            case "}":
            case "]":
                open.pop();
                isNameNext = false;
                break;
            case ",":
                isNameNext = open.at(-1) !== undefined;
                break;
            case '"': {
                const end = endOfString(json, at);
                const level = open.at(-1);
                if (isNameNext && level) {
                    const name = unquoted(json.slice(at, end + 1));
                    if (visitor.name?.(name, open) === true) return;
                    level.name = name;
                }
                isNameNext = false;
                at = end;
                break;
            }
            default: {
                // What is left are numbers, true, false, null, colons and white space.
                if (!visitor.number || !"-0123456789".includes(json[at] ?? "")) break;
                const end = endOfNumber(json, at);
                if (visitor.number(json.slice(at, end), open)) return;
                at = end - 1;
            }
        }
    }
}

/** Where the string that begins at `start` has its closing quotation mark. */
function endOfString(json: string, start: number): number {
    let end = json.indexOf('"', start + 1);
    while (isEscaped(json, end)) end = json.indexOf('"', end + 1);
    return end;
}

function isEscaped(json: string, at: number): boolean {
    let first = at;
    while (json[first - 1] === "\\") first--;
    return (at - first) % 2 === 1;
}

function unquoted(string: string): string {
    return string.includes("\\") ? (JSON.parse(string) as string) : string.slice(1, -1);
}

function endOfNumber(json: string, start: number): number {
    let end = start + 1;
    while ("+-.0123456789Ee".includes(json[end] ?? " ")) end++;
    return end;
}
