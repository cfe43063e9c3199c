/**
 * JSONata as Step Functions evaluates it. An expression is a string that begins with `{%` and ends with `%}`. It is
 * compiled once for a machine; the rest of a template is constant, and all evaluations share it. The compilation finds what
 * an expression must not contain: Developer Guide, "Transforming data with JSONata in Step Functions".
 */
import jsonata from "jsonata";
import { ERROR, StateError } from "./errors.ts";
import { addFunctions, worldBinding } from "./functions.ts";
import { compileProgram, UNDECIDED } from "./program.ts";
import type { Ast, Program } from "./program.ts";
import type { Chronicle, Scope } from "./scope.ts";

/** The parts of `$states` that exist in a field besides `input` and `context`. */
export type StatesMember = "result" | "errorOutput";

/** The type that the field needs, by its JSON name. */
export type JsonType = "string" | "number" | "boolean" | "object" | "array" | "null";

/** An evaluation of an expression, as a watcher sees it: what went in, and what came out. */
export interface Evaluated {
    /** Without its brackets. */
    readonly source: string;
    /** What the expression names, and has a value. */
    readonly variables: Readonly<Record<string, unknown>>;
    /** The time that it saw, and the random numbers that it drew, in order. */
    readonly now: number;
    readonly random: readonly number[];
    /** Undefined if the expression has no value. */
    readonly value?: unknown;
    /** Why it failed. */
    readonly error?: string;
}

/** What expressions use of the world around them, and who watches them. */
export interface ExpressionHost extends Chronicle {
    readonly watchers?: readonly ((evaluated: Evaluated) => void)[];
}

/** A definition's mistake: AWS's code, what it says, and where. */
export type Report = (code: string, message: string, path: string) => void;

export interface CompileContext {
    readonly world: ExpressionHost;
    readonly report: Report;
    /** The state's path, such as `/States/Acquire slot`. */
    readonly path: string;
    readonly members: readonly StatesMember[];
}

/** What the text of an expression alone decides. All expressions with the text share it, whatever world they are in. */
interface Parsed {
    readonly compiled: jsonata.Expression;
    readonly ast: Ast;
    /** Faster than the library, if the expression is simple enough. */
    readonly program: Program | undefined;
    readonly names: readonly string[];
    readonly usesStates: boolean;
    /** An operator that Step Functions does not have yet. */
    readonly newer: string | undefined;
    /** What AWS refuses, by the members of `$states` that the field has. */
    readonly problems: Map<string, readonly string[]>;
}

const parsedTexts = new Map<string, Parsed>();

/** Throws what the parser finds. */
function parse(source: string): Parsed {
    const known = parsedTexts.get(source);
    if (known) return known;
    const compiled = jsonata(source);
    const ast = compiled.ast() as Ast;
    addFunctions(compiled);
    const names = variableNames(ast);
    const usesStates = names.delete("states");
    const parsed = {
        ...{ compiled, ast, program: compileProgram(ast), names: [...names], usesStates },
        ...{ newer: newerOperator(ast, source), problems: new Map<string, readonly string[]>() },
    };
    parsedTexts.set(source, parsed);
    return parsed;
}

export class Expression {
    /** Without its brackets, as AWS cites it. */
    readonly source: string;
    /** The field with the expression, such as `Arguments/Key/entry/S`. */
    readonly field: string;
    private readonly parsed: Parsed;
    private readonly world: ExpressionHost;

    constructor(source: string, field: string, parsed: Parsed, world: ExpressionHost) {
        this.source = source;
        this.field = field;
        this.parsed = parsed;
        this.world = world;
    }

    /** The value, or a promise of it. Throws a `StateError` if there is none, or if the expression fails. */
    evaluate(scope: Scope): unknown {
        return this.world.watchers?.length ? this.evaluateWatched(scope) : this.valueIn(scope, this.world);
    }

    /** Like `evaluate`; a `StateError` if the value is of another type. */
    evaluateAs(scope: Scope, type: JsonType): unknown {
        const value = this.evaluate(scope);
        return value instanceof Promise
            ? value.then((settled: unknown) => this.ofType(settled, type))
            : this.ofType(value, type);
    }

    failure(what: string): StateError {
        const cause = `The JSONata expression '${this.source}' specified for the field '${this.field}' ${what}`;
        return new StateError(ERROR.queryEvaluation, cause, this.field);
    }

    private valueIn(scope: Scope, world: Chronicle): unknown {
        const { program } = this.parsed;
        const value = program ? program(scope, world) : UNDECIDED;
        if (value === UNDECIDED) return this.evaluateByLibrary(scope, world);
        return value === undefined ? this.nothing() : value;
    }

    private async evaluateWatched(scope: Scope): Promise<unknown> {
        const { clock, random, watchers = [] } = this.world;
        const chance = new WatchedChance(random);
        const tell = (outcome: Pick<Evaluated, "value" | "error">): void => {
            const [source, variables] = [this.source, this.bindings(scope)];
            const evaluated = { source, variables, now: clock.now(), random: chance.drawn, ...outcome };
            for (const watcher of watchers) watcher(evaluated);
        };
        try {
            const value = await this.valueIn(scope, { clock, random: chance });
            tell({ value });
            return value;
        } catch (error) {
            tell({ error: messageOf(error) });
            throw error;
        }
    }

    /** What the expression can see of the scope, as far as it names it. */
    private bindings(scope: Scope): Record<string, unknown> {
        const { names, usesStates } = this.parsed;
        const bindings: Record<string, unknown> = {};
        if (usesStates) bindings.states = scope.states;
        for (const name of names) {
            if (Object.hasOwn(scope.variables, name)) bindings[name] = scope.variables[name];
        }
        return bindings;
    }

    private async evaluateByLibrary(scope: Scope, world: Chronicle): Promise<unknown> {
        let value: unknown;
        try {
            const bindings = { ...worldBinding(world), ...this.bindings(scope) };
            value = await this.parsed.compiled.evaluate(undefined, bindings);
        } catch (error) {
            throw this.failure(`threw an error during evaluation${described(error)}`);
        }
        return value === undefined ? this.nothing() : plainMember(value, this);
    }

    private nothing(): never {
        throw this.failure("returned nothing (undefined).");
    }

    private ofType(value: unknown, type: JsonType): unknown {
        const found = jsonType(value);
        if (found === type) return value;
        throw this.failure(
            `returned an unexpected result type. Expected '${type}', but was '${found}' for value: ${JSON.stringify(value)}`,
        );
    }
}

/** Chance that remembers the numbers that were drawn from it. */
class WatchedChance {
    readonly drawn: number[] = [];
    private readonly random: Chronicle["random"];

    constructor(random: Chronicle["random"]) {
        this.random = random;
    }

    next(): number {
        const number = this.random.next();
        this.drawn.push(number);
        return number;
    }

    uuid(): string {
        return this.random.uuid();
    }

    mark(): () => void {
        const [goBack, length] = [this.random.mark(), this.drawn.length];
        return () => {
            goBack();
            this.drawn.length = length;
        };
    }
}

type Node =
    | { readonly kind: "constant"; readonly value: unknown }
    | { readonly kind: "expression"; readonly index: number }
    | { readonly kind: "object"; readonly members: readonly (readonly [string, Node])[] }
    | { readonly kind: "array"; readonly items: readonly Node[] };

/** A JSON value with expressions in it. */
export class Template {
    private readonly root: Node;
    private readonly expressions: readonly Expression[];

    constructor(value: unknown, field: string, context: CompileContext) {
        const expressions: Expression[] = [];
        this.root = compileNode(value, field, context, expressions);
        this.expressions = expressions;
    }

    /** The value, or a promise of it. All expressions see the same scope. Results share their constant parts, so nobody may change a result. */
    evaluate(scope: Scope): unknown {
        if (this.root.kind === "constant") return this.root.value;
        const values: unknown[] = [];
        for (const expression of this.expressions) {
            const value = expression.evaluate(scope);
            if (value instanceof Promise) return this.awaitValues(scope, values, value);
            values.push(value);
        }
        return build(this.root, values);
    }

    /** Goes on where an expression takes a while. */
    private async awaitValues(scope: Scope, values: unknown[], pending: Promise<unknown>): Promise<unknown> {
        values.push(await pending);
        for (const expression of this.expressions.slice(values.length)) {
            values.push(await expression.evaluate(scope));
        }
        return build(this.root, values);
    }
}

export function isExpression(value: unknown): value is string {
    return typeof value === "string" && value.startsWith("{%") && value.endsWith("%}") && value.length >= 4;
}

/** Compiles `{% … %}`. Reports what AWS would refuse, and returns undefined. */
export function compileExpression(
    text: string,
    field: string,
    context: CompileContext,
): Expression | undefined {
    const source = text.slice(2, -2).trim();
    const path = `${context.path}/${field}`;
    let parsed: Parsed;
    try {
        parsed = parse(source);
    } catch (error) {
        context.report("INVALID_JSONATA_EXPRESSION", messageOf(error), path);
        return undefined;
    }
    const { newer } = parsed;
    if (newer !== undefined) {
        const message = `The symbol "${newer.at(-1)}" cannot be used as a unary operator`;
        context.report("INVALID_JSONATA_EXPRESSION", message, path);
        return undefined;
    }
    const problems = problemsOf(parsed, context.members);
    for (const problem of problems) context.report("UNSUPPORTED_JSONATA_EXPRESSION", problem, path);
    if (problems.length > 0) return undefined;
    return new Expression(source, field, parsed, context.world);
}

function problemsOf({ ast, problems }: Parsed, members: readonly StatesMember[]): readonly string[] {
    const key = members.join();
    let found = problems.get(key);
    if (!found) problems.set(key, (found = unsupported(ast, members)));
    return found;
}

export function jsonType(value: unknown): JsonType {
    if (value === null) return "null";
    if (Array.isArray(value)) return "array";
    const type = typeof value;
    return type === "string" || type === "number" || type === "boolean" ? type : "object";
}

function compileNode(
    value: unknown,
    field: string,
    context: CompileContext,
    expressions: Expression[],
): Node {
    if (isExpression(value)) {
        const expression = compileExpression(value, field, context);
        if (!expression) return { kind: "constant", value };
        return { kind: "expression", index: expressions.push(expression) - 1 };
    }
    if (typeof value !== "object" || value === null) return { kind: "constant", value };
    const before = expressions.length;
    if (Array.isArray(value)) {
        const items = value.map((item, i) => compileNode(item, `${field}[${i}]`, context, expressions));
        return expressions.length === before ? { kind: "constant", value } : { kind: "array", items };
    }
    const members = Object.entries(value).map(
        ([name, member]) => [name, compileNode(member, `${field}/${name}`, context, expressions)] as const,
    );
    return expressions.length === before ? { kind: "constant", value } : { kind: "object", members };
}

function build(node: Node, values: readonly unknown[]): unknown {
    switch (node.kind) {
        case "constant":
            return node.value;
        case "expression":
            return values[node.index];
        case "array":
            return node.items.map((item) => build(item, values));
        case "object": {
            const result: Record<string, unknown> = {};
            for (const [name, member] of node.members) result[name] = build(member, values);
            return result;
        }
    }
}

/** The value without JSONata's marks on arrays and objects; the same value if it has none. */
function plain(value: object, expression: Expression): unknown {
    if ("_jsonata_function" in value || "_jsonata_lambda" in value) {
        throw expression.failure("returned an unsupported result type.");
    }
    if (Array.isArray(value)) {
        const items = value.map((item: unknown) => plainMember(item, expression));
        const same = !("sequence" in value || "cons" in value) && items.every((item, i) => item === value[i]);
        return same ? value : items;
    }
    // JSONata's own objects have no prototype, which others might miss.
    let copy: Record<string, unknown> | undefined = Object.getPrototypeOf(value) ? undefined : { ...value };
    for (const key of Object.keys(value)) {
        const member = (value as Record<string, unknown>)[key];
        const cleaned = plainMember(member, expression);
        if (cleaned !== member) (copy ??= { ...value })[key] = cleaned;
    }
    return copy ?? value;
}

function plainMember(member: unknown, expression: Expression): unknown {
    if (typeof member === "function") throw expression.failure("returned an unsupported result type.");
    return typeof member === "object" && member !== null ? plain(member, expression) : member;
}

/** Every variable that occurs in the expression, its own local ones and functions included. */
function variableNames(ast: Ast): Set<string> {
    const names = new Set<string>();
    for (const { type, value } of nodesOf(ast)) {
        if (type === "variable" && typeof value === "string") names.add(value);
    }
    return names;
}

/**
 * "Step Functions supports JSONata version 2.0.6": `??` and `?:` came later and do not parse there. The library turns them
 * into conditions; only the text before the node's position shows which operator it was.
 */
function newerOperator(ast: Ast, source: string): string | undefined {
    for (const { type, position } of nodesOf(ast)) {
        if (type !== "condition" || typeof position !== "number") continue;
        const operator = source.slice(position - 2, position);
        if (operator === "??" || operator === "?:") return operator;
    }
    return undefined;
}

function nodesOf(ast: Ast): Set<Ast> {
    const nodes = new Set<Ast>();
    const visit = (node: unknown): void => {
        if (typeof node !== "object" || node === null || nodes.has(node as Ast)) return;
        nodes.add(node as Ast);
        for (const member of Object.values(node)) visit(member);
    };
    visit(ast);
    return nodes;
}

/**
 * What AWS refuses in an expression that parses. There is no context item: a name, `$` or `$$` means nothing except in the
 * later steps of a path. Of `$states`, an expression may name only what exists in the field.
 */
function unsupported(ast: Ast, members: readonly StatesMember[]): string[] {
    const problems = new Set<string>();
    const visit = (node: unknown): void => {
        if (Array.isArray(node)) return node.forEach(visit);
        if (typeof node !== "object" || node === null) return;
        const { type } = node as Ast;
        const reference = contextReference(node as Ast);
        if (reference !== undefined) {
            problems.add(`Reference to '${reference}' at the top level is not supported.`);
        } else if (type === "path") {
            const steps = (node as Ast).steps as Ast[];
            const second = steps[1];
            if (steps[0]?.type === "variable" && steps[0].value === "states" && second?.type === "name") {
                checkMember(String(second.value));
            }
            visit(steps[0]);
        } else if (type === "lambda") return;
        else {
            for (const member of OUTER[type ?? ""] ?? []) visit((node as Ast)[member]);
        }
    };
    const checkMember = (name: string): void => {
        if (name === "input" || name === "context") return;
        if ((name === "result" || name === "errorOutput") && members.includes(name)) return;
        problems.add(`Reference to '$states.${name}' is not supported in this field.`);
    };
    visit(ast);
    return [...problems];
}

/** The name with which a node refers to the context item; undefined if it does not. */
function contextReference({ type, value }: Ast): string | undefined {
    if (type === "name") return String(value);
    if (type === "variable") return value === "" || value === "$" ? `$${value}` : undefined;
    if (type === "wildcard" || type === "descendant" || type === "parent") {
        return typeof value === "string" ? value : "%";
    }
    return undefined;
}

/** The members of a syntax node that are evaluated in the node's own context. */
const OUTER: Readonly<Record<string, readonly string[]>> = {
    binary: ["lhs", "rhs"],
    unary: ["expression", "expressions", "lhs"],
    function: ["arguments", "procedure"],
    partial: ["arguments", "procedure"],
    condition: ["condition", "then", "else"],
    block: ["expressions"],
    bind: ["rhs"],
    apply: ["lhs", "rhs"],
};

/** `. T1006: Attempted to …` for JSONata's own errors, `: …` for others, as in AWS's texts. */
function described(error: unknown): string {
    const code = (error as { code?: unknown } | null)?.code;
    return typeof code === "string" && /^[STDU]\d{4}$/.test(code)
        ? `. ${code}: ${messageOf(error)}`
        : `: ${messageOf(error)}`;
}

function messageOf(error: unknown): string {
    const message = (error as { message?: unknown } | null)?.message;
    return typeof message === "string" ? message : String(error);
}
