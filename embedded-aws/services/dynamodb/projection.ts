/** Projection expressions: which parts of an item to return. */
import type { Bindings, Placeholders } from "./bindings.ts";
import { ExpressionError, Tokens } from "./lexer.ts";
import { checkOverlaps, placeholdersIn, parsePath } from "./paths.ts";
import type { Findings, Path } from "./paths.ts";
import { get, put } from "./values.ts";
import type { AttributeValue, Item } from "./values.ts";

export interface ProjectionExpression extends Placeholders {
    readonly paths: readonly Path[];
}

export function parseProjection(source: string): ProjectionExpression {
    const tokens = new Tokens(source);
    const findings: Findings = {};
    const paths = [parsePath(tokens, findings)];
    while (tokens.accept(",")) paths.push(parsePath(tokens, findings));
    tokens.expectEnd();
    if (findings.reserved !== undefined) throw new ExpressionError(findings.reserved);
    return { paths, names: placeholdersIn(paths), values: [] };
}

export function checkProjection({ paths }: ProjectionExpression, bindings: Bindings): void {
    for (const path of paths) bindings.checkNamesOf(path);
    checkOverlaps(paths.map((path) => bindings.resolve(path)));
}

/** The parts of an item at the paths, each where it was. Lists have no gaps. */
export function project(item: Item, paths: readonly Path[]): Item {
    const tree: Tree = new Map();
    for (const path of paths) grow(tree, path);
    return prune(item, tree);
}

/** What is wanted below a map or a list; a leaf is wanted whole. */
type Tree = Map<string | number, Tree | undefined>;

function grow(tree: Tree, path: Path): void {
    let branch = tree;
    path.forEach((element, i) => {
        if (i === path.length - 1) {
            branch.set(element, undefined);
            return;
        }
        let next = branch.get(element);
        if (!next) {
            next = new Map();
            branch.set(element, next);
        }
        branch = next;
    });
}

function prune(map: Item, tree: Tree): Item {
    const pruned: Record<string, AttributeValue> = {};
    for (const [element, branch] of tree) {
        const value = typeof element === "string" ? get(map, element) : undefined;
        const part = value && pruneValue(value, branch);
        if (part) put(pruned, element as string, part);
    }
    return pruned;
}

/** What is left of a value; undefined if nothing is. No empty map or list remains for a path that leads nowhere. */
function pruneValue(value: AttributeValue, tree: Tree | undefined): AttributeValue | undefined {
    if (!tree) return value;
    if (value.M) {
        const map = prune(value.M, tree);
        return Object.keys(map).length > 0 ? { M: map } : undefined;
    }
    if (!value.L) return undefined;
    const list: AttributeValue[] = [];
    for (const element of [...tree.keys()].filter((key) => typeof key === "number").sort((a, b) => a - b)) {
        const part = value.L[element] && pruneValue(value.L[element], tree.get(element));
        if (part) list.push(part);
    }
    return list.length > 0 ? { L: list } : undefined;
}
