/**
 * Document paths such as `holders.#me` or `list[0]`. An element is an attribute's name, a placeholder for one (it begins
 * with `#`, which a plain name cannot) or a list index.
 */
import { ExpressionError, type Tokens } from "./lexer.ts";
import { entryOf } from "./large-map.ts";
import { isReserved } from "./reserved-words.ts";
import { get, type AttributeValue, type Item } from "./values.ts";

export type Path = readonly (string | number)[];

/** What the placeholders of a path stand for. */
interface Names {
    /** The attribute's name that a placeholder stands for; any other element itself. */
    elementOf(element: string | number): string | number;
}

/** What a parser gathers while it reads an expression: what is wrong whatever the request's names and values are. */
export interface Findings {
    reserved?: string;
}

export function parsePath(tokens: Tokens, findings: Findings): Path {
    const path: (string | number)[] = [parseName(tokens, findings)];
    for (;;) {
        if (tokens.accept(".")) {
            path.push(parseName(tokens, findings));
        } else if (tokens.accept("[")) {
            if (tokens.current.kind !== "number") tokens.fail();
            path.push(Number(tokens.next().text));
            tokens.expect("]");
        } else {
            return path;
        }
    }
}

function parseName(tokens: Tokens, findings: Findings): string {
    const { kind, text } = tokens.current;
    if (kind !== "word" && kind !== "name") tokens.fail();
    if (kind === "word" && isReserved(text)) {
        findings.reserved ??= `Attribute name is a reserved keyword; reserved keyword: ${text}`;
    }
    tokens.next();
    return text;
}

export function isPlaceholder(element: string | number): element is string {
    return typeof element === "string" && element.charCodeAt(0) === 35;
}

/** The path with the request's names in it. */
export function resolve(path: Path, names: Names): Path {
    return path.some(isPlaceholder) ? path.map((element) => names.elementOf(element)) : path;
}

/** The attribute's name that the path begins with. */
export function headOf(path: Path, names: Names): string {
    return names.elementOf(path[0] as string) as string;
}

/** What an item has at a path, whose placeholders are looked up on the way. */
export function lookUp(item: Item | undefined, path: Path, names: Names): AttributeValue | undefined {
    if (!item) return undefined;
    let value = get(item, headOf(path, names));
    for (let i = 1; i < path.length && value !== undefined; i++) {
        const element = names.elementOf(path[i] as string | number);
        value = typeof element === "number" ? value.L?.[element] : entryOf(value, element);
    }
    return value;
}

/** Throws if one path is, or begins with, another one; else, if one takes for a list what another takes for a map. */
export function checkOverlaps(paths: readonly Path[]): void {
    for (const how of ["overlap", "conflict"] as const) {
        for (let i = 1; i < paths.length; i++) {
            for (let j = 0; j < i; j++) {
                const [one, two] = [paths[j] as Path, paths[i] as Path];
                if (relation(one, two) !== how) continue;
                throw new ExpressionError(
                    `Two document paths ${how} with each other; must remove or rewrite one of these paths; ` +
                        `path one: ${show(one)}, path two: ${show(two)}`,
                );
            }
        }
    }
}

export function show(path: Path): string {
    return `[${path.map((element) => (typeof element === "number" ? `[${element}]` : element)).join(", ")}]`;
}

function relation(one: Path, two: Path): "overlap" | "conflict" | undefined {
    for (let i = 0; i < one.length && i < two.length; i++) {
        if (typeof one[i] !== typeof two[i]) return "conflict";
        if (one[i] !== two[i]) return undefined;
    }
    return "overlap";
}
