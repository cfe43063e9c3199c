/**
 * A short cut through JSONata. The library evaluates a syntax tree with a promise for each node, which takes a hundred times
 * as long as the same in plain JavaScript. Here the trees of everyday expressions become closures: paths, arithmetic,
 * comparisons, texts, conditions, constructors, and a few functions.
 *
 * A program has the library's value or none. What JSONata would do with a sequence, a missing operand or a wrong type is
 * left to the library: a tree that has anything else in it has no program, and a program that meets such a value gives up.
 */
import { millisOf } from "./functions.ts";
import type { Chronicle, Scope } from "./scope.ts";

/** A node of JSONata's syntax tree. */
export interface Ast {
    readonly type?: string;
    readonly value?: unknown;
    readonly [member: string]: unknown;
}

/** What a program answers when the library has to find the value. */
export const UNDECIDED = Symbol("undecided");

/** Returns the value, or `UNDECIDED`. */
export type Program = (scope: Scope, world: Chronicle) => unknown;

interface Frame {
    readonly scope: Scope;
    readonly world: Chronicle;
    /** The values of `:=`. */
    readonly locals: unknown[];
}

type Code = (frame: Frame) => unknown;

/** Thrown by code that meets a value on which the library has to decide. */
const GIVE_UP = new Error("left to the library");

/** Thrown by the compiler. */
const NO_PROGRAM = new Error("not an everyday expression");

/** The program of a tree; undefined if it has none. */
export function compileProgram(ast: Ast): Program | undefined {
    const compiler = new Compiler();
    let code: Code;
    try {
        code = compiler.code(ast);
    } catch (error) {
        if (error === NO_PROGRAM) return undefined;
        throw error;
    }
    const functions = [...compiler.functions];
    const { draws } = compiler;
    return (scope, world) => {
        // A variable hides a function of its name.
        for (const name of functions) if (Object.hasOwn(scope.variables, name)) return UNDECIDED;
        const goBack = draws > 0 ? world.random.mark() : undefined;
        try {
            return code({ scope, world, locals: [] });
        } catch (error) {
            if (error !== GIVE_UP) throw error;
            goBack?.();
            return UNDECIDED;
        }
    };
}

/** The members that a node of a type may have. A node with any other means more than the closures know. */
const MEMBERS: Readonly<Record<string, readonly string[]>> = {
    string: [],
    number: [],
    value: [],
    variable: [],
    name: [],
    path: ["steps"],
    binary: ["lhs", "rhs"],
    unary: ["lhs", "expression", "expressions"],
    condition: ["condition", "then", "else"],
    block: ["expressions"],
    bind: ["lhs", "rhs"],
    function: ["procedure", "arguments"],
};

class Compiler {
    /** The names of the functions that are called. */
    readonly functions = new Set<string>();
    /** How many calls of `$random` there are. */
    draws = 0;
    private locals: ReadonlyMap<string, number> = new Map();
    private slots = 0;

    code(node: Ast): Code {
        checkMembers(node);
        switch (node.type) {
            case "string":
            case "number":
            case "value":
                return constant(node.value);
            case "variable":
                return this.variable(String(node.value));
            case "path":
                return this.path(node.steps as Ast[]);
            case "binary":
                return this.binary(node);
            case "unary":
                return this.unary(node);
            case "condition":
                return this.condition(node);
            case "block":
                return this.block(node.expressions as Ast[]);
            case "function":
                return this.call(node.procedure as Ast, node.arguments as Ast[]);
            default:
                throw NO_PROGRAM;
        }
    }

    private variable(name: string): Code {
        const slot = this.locals.get(name);
        if (slot !== undefined) return ({ locals }) => locals[slot];
        if (name === "states") return ({ scope }) => scope.states;
        // "" and "$" mean the context. Any other name that is no variable may be a function.
        if (name === "" || name === "$") throw NO_PROGRAM;
        return ({ scope: { variables } }) =>
            Object.hasOwn(variables, name) ? unmarked(variables[name]) : giveUp();
    }

    private path([first, ...rest]: readonly Ast[]): Code {
        if (first?.type !== "variable" || rest.length === 0) throw NO_PROGRAM;
        const start = this.code(first);
        const names = rest.map((step) => {
            checkMembers(step);
            return step.type === "name" ? String(step.value) : unknownNode();
        });
        return (frame) => {
            let value = start(frame);
            for (const name of names) value = memberOf(value, name);
            return value;
        };
    }

    private binary({ value: operator, lhs, rhs }: Ast): Code {
        const left = this.code(lhs as Ast);
        const right = this.code(rhs as Ast);
        return (OPERATORS[String(operator)] ?? unknownNode())(left, right);
    }

    private unary({ value: operator, lhs, expressions, expression }: Ast): Code {
        if (operator === "[") return this.array(expressions as Ast[]);
        if (operator === "{") return this.object(lhs as [Ast, Ast][]);
        const operand = this.code(expression as Ast);
        return (frame) => -number(operand(frame));
    }

    private array(nodes: readonly Ast[]): Code {
        const items = this.parallel(nodes);
        const nested = nodes.map((node) => node.value === "[");
        return (frame) => {
            const result: unknown[] = [];
            for (let i = 0; i < items.length; i++) {
                const value = (items[i] as Code)(frame);
                // JSONata appends the items of an array, except of one that is written here.
                if (Array.isArray(value) && nested[i] !== true) giveUp();
                if (value !== undefined) result.push(value);
            }
            return result;
        };
    }

    private object(pairs: readonly (readonly [Ast, Ast])[]): Code {
        const names = pairs.map(([key]) =>
            key.type === "string" && isHarmless(String(key.value)) ? String(key.value) : unknownNode(),
        );
        if (new Set(names).size < names.length) throw NO_PROGRAM;
        const values = this.parallel(pairs.map(([, value]) => value));
        return (frame) => {
            const result: Record<string, unknown> = {};
            for (let i = 0; i < names.length; i++) {
                const value = (values[i] as Code)(frame);
                if (value !== undefined) result[names[i] as string] = value;
            }
            return result;
        };
    }

    /** JSONata evaluates these side by side: chance may be asked in one of them only. */
    private parallel(nodes: readonly Ast[]): Code[] {
        let drawing = 0;
        return nodes.map((node) => {
            const { draws } = this;
            const code = this.code(node);
            if (this.draws > draws && ++drawing > 1) throw NO_PROGRAM;
            return code;
        });
    }

    private condition(node: Ast): Code {
        const condition = this.code(node.condition as Ast);
        const yes = this.code(node.then as Ast);
        const no = node.else === undefined ? constant(undefined) : this.code(node.else as Ast);
        return (frame) => (truth(condition(frame)) ? yes(frame) : no(frame));
    }

    private block(nodes: readonly Ast[]): Code {
        const outside = this.locals;
        const steps = nodes.map((node) => (node.type === "bind" ? this.bind(node) : this.code(node)));
        this.locals = outside;
        return (frame) => {
            let value: unknown;
            for (const step of steps) value = step(frame);
            return value;
        };
    }

    private bind(node: Ast): Code {
        checkMembers(node);
        const value = this.code(node.rhs as Ast);
        const slot = this.slots++;
        this.locals = new Map(this.locals).set(String((node.lhs as Ast).value), slot);
        return (frame) => (frame.locals[slot] = value(frame));
    }

    private call(procedure: Ast, nodes: readonly Ast[]): Code {
        const name = String(procedure.value);
        checkMembers(procedure);
        if (procedure.type !== "variable" || this.locals.has(name)) throw NO_PROGRAM;
        const known = Object.hasOwn(FUNCTIONS, name) ? FUNCTIONS[name] : undefined;
        if (known?.parameters !== nodes.length) throw NO_PROGRAM;
        this.functions.add(name);
        if (name === "random") this.draws++;
        const [argument = constant(undefined), second = constant(undefined)] = nodes.map((node) =>
            this.code(node),
        );
        const { call } = known;
        return (frame) => call(frame, argument(frame), second(frame));
    }
}

const OPERATORS: Readonly<Record<string, (left: Code, right: Code) => Code>> = {
    and: (left, right) => (frame) => truth(left(frame)) && truth(right(frame)),
    or: (left, right) => (frame) => truth(left(frame)) || truth(right(frame)),
    "+": (left, right) => (frame) => number(left(frame)) + number(right(frame)),
    "-": (left, right) => (frame) => number(left(frame)) - number(right(frame)),
    "*": (left, right) => (frame) => number(left(frame)) * number(right(frame)),
    "/": (left, right) => (frame) => number(left(frame)) / number(right(frame)),
    "%": (left, right) => (frame) => number(left(frame)) % number(right(frame)),
    "=": (left, right) => (frame) => equal(left(frame), right(frame)) === true,
    "!=": (left, right) => (frame) => equal(left(frame), right(frame)) === false,
    "<": (left, right) => (frame) => compare(left(frame), right(frame), (a, b) => a < b),
    "<=": (left, right) => (frame) => compare(left(frame), right(frame), (a, b) => a <= b),
    ">": (left, right) => (frame) => compare(left(frame), right(frame), (a, b) => a > b),
    ">=": (left, right) => (frame) => compare(left(frame), right(frame), (a, b) => a >= b),
    "&": (left, right) => (frame) => concatenable(left(frame)) + concatenable(right(frame)),
    in: (left, right) => (frame) => includes(left(frame), right(frame)),
};

/** A function with a fixed number of parameters, two at most. */
interface NativeFunction {
    readonly parameters: number;
    readonly call: (frame: Frame, argument: unknown, second: unknown) => unknown;
}

const FUNCTIONS: Readonly<Record<string, NativeFunction>> = {
    error: { parameters: 1, call: giveUp },
    exists: { parameters: 1, call: (_, value) => value !== undefined },
    floor: { parameters: 1, call: (_, value) => Math.floor(number(value)) },
    fromMillis: { parameters: 1, call: (_, value) => timestamp(number(value)) },
    max: { parameters: 1, call: (_, values) => Math.max(...numbers(values)) },
    merge: { parameters: 1, call: (_, objects) => merged(objects) },
    millis: { parameters: 0, call: ({ world }) => millisOf(world) },
    min: { parameters: 1, call: (_, values) => Math.min(...numbers(values)) },
    now: { parameters: 0, call: ({ world }) => new Date(world.clock.now()).toISOString() },
    power: { parameters: 2, call: (_, base, exponent) => number(number(base) ** number(exponent)) },
    random: { parameters: 0, call: ({ world }) => world.random.next() },
    string: { parameters: 1, call: (_, value) => text(value) },
    substring: { parameters: 2, call: (_, value, start) => substring(value, number(start)) },
    toMillis: { parameters: 1, call: (_, value) => millisAt(value) },
    type: { parameters: 1, call: (_, value) => typeName(value) },
};

function giveUp(): never {
    throw GIVE_UP;
}

function unknownNode(): never {
    throw NO_PROGRAM;
}

function checkMembers(node: Ast): void {
    const known = MEMBERS[node.type ?? ""] ?? unknownNode();
    for (const [member, value] of Object.entries(node)) {
        if (member === "type" || member === "value" || member === "position" || value === undefined) continue;
        if (!known.includes(member)) unknownNode();
    }
}

function constant(value: unknown): Code {
    return () => value;
}

/** A step of a path. It maps over arrays, which are left to the library. */
function memberOf(value: unknown, name: string): unknown {
    if (typeof value !== "object" || value === null) return undefined;
    if (Array.isArray(value)) giveUp();
    return Object.hasOwn(value, name) ? unmarked((value as Record<string, unknown>)[name]) : undefined;
}

/** JSONata takes an object with one of its marks for a function. */
function unmarked(value: unknown): unknown {
    if (typeof value !== "object" || value === null) return value;
    const { _jsonata_function: isNative, _jsonata_lambda: isLambda } = value as Record<string, unknown>;
    return isNative === undefined && isLambda === undefined ? value : giveUp();
}

/** JSONata refuses numbers that are not finite. */
function number(value: unknown): number {
    return typeof value === "number" && Number.isFinite(value) ? value : giveUp();
}

function numbers(values: unknown): number[] {
    if (!Array.isArray(values) || values.length === 0) giveUp();
    for (const value of values as unknown[]) number(value);
    return values as number[];
}

function truth(value: unknown): boolean {
    if (typeof value === "boolean") return value;
    if (typeof value === "string") return value !== "";
    if (typeof value === "number") return number(value) !== 0;
    return value === undefined || value === null ? false : giveUp();
}

/** Undefined where an operand is missing: then JSONata finds the two neither equal nor different. */
function equal(left: unknown, right: unknown): boolean | undefined {
    if (left === undefined || right === undefined) return undefined;
    if ((typeof left === "object" && left !== null) || (typeof right === "object" && right !== null))
        giveUp();
    return left === right;
}

function compare(
    left: unknown,
    right: unknown,
    holds: (left: string | number, right: string | number) => boolean,
): boolean {
    if (typeof left === "number" && typeof right === "number") return holds(left, right);
    if (typeof left === "string" && typeof right === "string") return holds(left, right);
    return giveUp();
}

function includes(value: unknown, list: unknown): boolean {
    if (value === undefined || !Array.isArray(list)) giveUp();
    return (list as unknown[]).indexOf(value) >= 0;
}

function concatenable(value: unknown): string {
    return value === undefined ? "" : text(value);
}

/** JSONata writes numbers with 15 digits. */
function text(value: unknown): string {
    if (typeof value === "string") return value;
    if (typeof value === "number") {
        return String(Number.isInteger(value) ? value : Number(number(value).toPrecision(15)));
    }
    return typeof value === "boolean" || value === null ? String(value) : giveUp();
}

function typeName(value: unknown): string {
    if (typeof value === "string" || typeof value === "boolean") return typeof value;
    if (typeof value === "number") return number(value) === value ? "number" : giveUp();
    if (value === undefined) giveUp();
    if (value === null) return "null";
    return Array.isArray(value) ? "array" : "object";
}

/** Years have four digits here. */
function timestamp(millis: number): string {
    return millis >= 0 && millis < 253_402_300_800_000 ? new Date(millis).toISOString() : giveUp();
}

/** The form that AWS itself writes. JSONata knows others. */
const TIMESTAMP = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/;

function millisAt(value: unknown): number {
    return typeof value === "string" && TIMESTAMP.test(value) ? number(Date.parse(value)) : giveUp();
}

/** JSONata counts code points, which are JavaScript's units up to the first surrogate. */
const SURROGATE = /[\ud800-\udfff]/;

/** From a place to the end, counted from the end if it is negative. */
function substring(value: unknown, start: number): string {
    return typeof value === "string" && !SURROGATE.test(value) ? value.slice(start) : giveUp();
}

function merged(objects: unknown): Record<string, unknown> {
    if (!Array.isArray(objects)) giveUp();
    const result: Record<string, unknown> = {};
    for (const object of objects as unknown[]) {
        if (typeof object !== "object" || object === null || Array.isArray(object)) giveUp();
        for (const name of Object.keys(object)) {
            if (!isHarmless(name)) giveUp();
            result[name] = (object as Record<string, unknown>)[name];
        }
    }
    return result;
}

/** Whether an object may simply be given a member of this name: JSONata marks its functions by such names. */
function isHarmless(name: string): boolean {
    return name !== "__proto__" && !name.startsWith("_jsonata_");
}
