/**
 * JSONata as Step Functions evaluates it. An expression is a string that begins with `{%` and ends with `%}`. It is
 * compiled once for a machine; the rest of a template is constant, and all evaluations share it. The compilation finds what
 * an expression must not contain: Developer Guide, "Transforming data with JSONata in Step Functions".
 */
import jsonata from "jsonata";
import type { World } from "../../service.ts";
import { ERROR, StateError } from "./errors.ts";
import { addFunctions } from "./functions.ts";

/** What an expression can see. */
export interface Scope {
    readonly variables: Readonly<Record<string, unknown>>;
    /** The value of `$states`. */
    readonly states: Readonly<Record<string, unknown>>;
}

/** The parts of `$states` that exist in a field besides `input` and `context`. */
export type StatesMember = "result" | "errorOutput";

/** The type that the field needs, by its JSON name. */
export type JsonType = "string" | "number" | "boolean" | "object" | "array" | "null";

/** A definition's mistake: AWS's code, what it says, and where. */
export type Report = (code: string, message: string, path: string) => void;

export interface CompileContext {
    readonly world: Pick<World, "clock" | "random">;
    readonly report: Report;
    /** The state's path, such as `/States/Acquire slot`. */
    readonly path: string;
    readonly members: readonly StatesMember[];
}

interface Ast {
    readonly type?: string;
    readonly value?: unknown;
    readonly [member: string]: unknown;
}

export class Expression {
    /** Without its brackets, as AWS cites it. */
    readonly source: string;
    /** The field with the expression, such as `Arguments/Key/entry/S`. */
    readonly field: string;
    private readonly compiled: jsonata.Expression;
    private readonly names: readonly string[];
    private readonly usesStates: boolean;
    /** The variable and the names below it, if the expression is no more than that. */
    private readonly path: readonly string[] | undefined;

    constructor(source: string, field: string, compiled: jsonata.Expression) {
        this.source = source;
        this.field = field;
        this.compiled = compiled;
        const names = variableNames(compiled.ast() as Ast);
        this.usesStates = names.delete("states");
        this.names = [...names];
        this.path = plainPath(compiled.ast() as Ast);
    }

    /** The value. Throws a `StateError` if there is none, or if the expression fails. */
    async evaluate(scope: Scope): Promise<unknown> {
        const found = this.path && follow(this.path, scope);
        if (found) return this.checked(found.value);
        const bindings: Record<string, unknown> = {};
        if (this.usesStates) bindings.states = scope.states;
        for (const name of this.names) {
            if (Object.hasOwn(scope.variables, name)) bindings[name] = scope.variables[name];
        }
        let value: unknown;
        try {
            value = await this.compiled.evaluate(undefined, bindings);
        } catch (error) {
            throw this.failure(`threw an error during evaluation${described(error)}`);
        }
        if (typeof value !== "object" || value === null) return this.checked(value);
        return plain(value, this);
    }

    /** Like `evaluate`; a `StateError` if the value is of another type. */
    async evaluateAs(scope: Scope, type: JsonType): Promise<unknown> {
        const value = await this.evaluate(scope);
        const found = jsonType(value);
        if (found === type) return value;
        throw this.failure(
            `returned an unexpected result type. Expected '${type}', but was '${found}' for value: ${JSON.stringify(value)}`,
        );
    }

    failure(what: string): StateError {
        const cause = `The JSONata expression '${this.source}' specified for the field '${this.field}' ${what}`;
        return new StateError(ERROR.queryEvaluation, cause, this.field);
    }

    private checked(value: unknown): unknown {
        if (value === undefined) throw this.failure("returned nothing (undefined).");
        if (typeof value === "function") throw this.failure("returned an unsupported result type.");
        return value;
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

    /** The value, if there are no expressions in it. Then there is nothing to await. */
    get constant(): { readonly value: unknown } | undefined {
        return this.root.kind === "constant" ? this.root : undefined;
    }

    /** All expressions see the same scope. Results share their constant parts, so nobody may change a result. */
    async evaluate(scope: Scope): Promise<unknown> {
        if (this.root.kind === "constant") return this.root.value;
        const values: unknown[] = [];
        for (const expression of this.expressions) values.push(await expression.evaluate(scope));
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
    let compiled: jsonata.Expression;
    try {
        compiled = jsonata(source);
    } catch (error) {
        context.report("INVALID_JSONATA_EXPRESSION", messageOf(error), path);
        return undefined;
    }
    const newer = newerOperator(compiled.ast() as Ast, source);
    if (newer !== undefined) {
        const message = `The symbol "${newer.at(-1)}" cannot be used as a unary operator`;
        context.report("INVALID_JSONATA_EXPRESSION", message, path);
        return undefined;
    }
    const problems = unsupported(compiled.ast() as Ast, context.members);
    for (const problem of problems) context.report("UNSUPPORTED_JSONATA_EXPRESSION", problem, path);
    if (problems.length > 0) return undefined;
    addFunctions(compiled, context.world);
    return new Expression(source, field, compiled);
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

/**
 * Follows a plain path such as `$a.b.c`, a third of all expressions, without JSONata's interpreter. Undefined where JSONata
 * does more: it maps over arrays and flattens them.
 */
function follow(
    path: readonly string[],
    { variables, states }: Scope,
): { readonly value: unknown } | undefined {
    const [variable, ...names] = path as [string, ...string[]];
    let value: unknown = variable === "states" ? states : variables[variable];
    if (value === undefined) return undefined;
    for (const name of names) {
        if (Array.isArray(value)) return undefined;
        const inside = typeof value === "object" && value !== null && Object.hasOwn(value, name);
        value = inside ? (value as Record<string, unknown>)[name] : undefined;
    }
    return Array.isArray(value) ? undefined : { value };
}

/** Of `$a.b.c`: a, b, c. Undefined for anything else. */
function plainPath(ast: Ast): string[] | undefined {
    const steps = ast.type === "path" ? (ast.steps as Ast[]) : [ast];
    const plainSteps = steps.every((step, i) => {
        const isPlain = Object.keys(step).every((member) => PLAIN_MEMBERS.has(member));
        return isPlain && step.type === (i === 0 ? "variable" : "name") && typeof step.value === "string";
    });
    const isPlain =
        ast.type !== "path" || Object.keys(ast).every((member) => ["type", "steps"].includes(member));
    return plainSteps && isPlain ? steps.map((step) => step.value as string) : undefined;
}

const PLAIN_MEMBERS: ReadonlySet<string> = new Set(["type", "value", "position"]);

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
