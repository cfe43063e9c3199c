/**
 * Document paths such as `holders.#me` or `list[0]`. An element is an attribute's name, a placeholder for one (it begins
 * with `#`, which a plain name cannot) or a list index.
 */
import { ExpressionError } from "./lexer.ts";
import type { Tokens } from "./lexer.ts";
import { isReserved } from "./reserved-words.ts";

export type Path = readonly (string | number)[];

/** Mistakes that a parser finds in an expression, and reports after syntax errors. */
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

/** Each placeholder in the paths, once. */
export function placeholdersIn(paths: readonly Path[]): readonly string[] {
    return [...new Set(paths.flat().filter(isPlaceholder))];
}

/** Throws if one path equals or begins with another; else, if one treats as a list what another treats as a map. */
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
