/**
 * Update expressions: parsing, the checks that need a request's names and values, and application to an item.
 * Grammar and semantics: "Using update expressions in DynamoDB". All right-hand sides see the item as it was.
 */
import type { Bindings, Placeholders } from "./bindings.ts";
import { Draft } from "./draft.ts";
import { validation } from "./errors.ts";
import { ExpressionError, Tokens, tooManyOperators } from "./lexer.ts";
import { addNumbers, negateNumber } from "./numbers.ts";
import { checkOverlaps, placeholdersIn, parsePath } from "./paths.ts";
import type { Findings, Path } from "./paths.ts";
import { setElements, setOf, typeOf } from "./values.ts";
import type { AttributeValue, Item, ValueType } from "./values.ts";

export type UpdateOperand =
    | { readonly kind: "path"; readonly path: Path }
    | { readonly kind: "value"; readonly name: string }
    | {
          readonly kind: "function";
          readonly name: string;
          readonly operands: readonly UpdateOperand[];
      };

export type Action =
    | { readonly kind: "SET"; readonly path: Path; readonly operand: UpdateOperand }
    | { readonly kind: "REMOVE"; readonly path: Path }
    | { readonly kind: "ADD" | "DELETE"; readonly path: Path; readonly value: string };

export interface UpdateExpression extends Placeholders {
    readonly actions: readonly Action[];
    /** Every path in it, on either side. */
    readonly paths: readonly Path[];
    /** Every function and operator in it, in the order of the text. */
    readonly calls: readonly Call[];
}

type Call = UpdateOperand & { readonly kind: "function" };

/** "Expression operators and operands", in the service's quotas. `=` does not count. */
const MAX_OPERATORS = 300;
const SECTIONS = ["SET", "REMOVE", "ADD", "DELETE"] as const;
/** Other names of types, in AWS's errors of ADD and DELETE. */
const TYPE_NAMES: Partial<Record<ValueType, string>> = {
    S: "STRING",
    N: "NUMBER",
    B: "BINARY",
    NULL: "NULL",
    BOOL: "BOOLEAN",
    L: "LIST",
    M: "MAP",
};

/** Throws `ExpressionError` for every mistake that does not depend on names and values. */
export function parseUpdate(source: string): UpdateExpression {
    return new Parser(source).parse();
}

/** Throws `ExpressionError` if a placeholder is not defined, paths overlap or an operand cannot be what it is. */
export function checkUpdate(expression: UpdateExpression, bindings: Bindings): void {
    for (const path of expression.paths) bindings.checkNamesOf(path);
    for (const value of expression.values) bindings.checkValue(value);
    const { actions } = expression;
    if (actions.length > 1) checkOverlaps(actions.map(({ path }) => bindings.resolve(path)));
    for (const action of actions) {
        if (action.kind !== "ADD" && action.kind !== "DELETE") continue;
        const type = typeOf(bindings.valueOf(action.value));
        const name = TYPE_NAMES[type];
        if (name === undefined || (action.kind === "ADD" && type === "N")) continue;
        throw new ExpressionError(
            `Incorrect operand type for operator or function; operator: ${action.kind}, operand type: ${name}`,
        );
    }
    for (const call of expression.calls) checkCall(call, bindings);
}

/** The item after the update. `before` is the item, or only its key if there is none; `size` is its size. */
export function applyUpdate(
    expression: UpdateExpression,
    before: Item,
    size: number,
    bindings: Bindings,
): Draft {
    const { actions } = expression;
    const assigned = actions.map((action) =>
        action.kind === "SET" ? operandValue(action.operand, before, bindings) : undefined,
    );
    const draft = new Draft(before, size);
    actions.forEach((action, i) => {
        const value = assigned[i] ?? combined(action, before, bindings);
        const path = bindings.resolve(action.path);
        if (value) draft.set(path, value);
        else draft.remove(path);
    });
    draft.finish();
    return draft;
}

/** What ADD, DELETE or REMOVE leaves at its path; undefined for nothing. */
function combined(action: Action, before: Item, bindings: Bindings): AttributeValue | undefined {
    if (action.kind === "REMOVE" || action.kind === "SET") return undefined;
    const existing = bindings.lookUp(before, action.path);
    const value = bindings.valueOf(action.value);
    if (!existing) return action.kind === "ADD" ? value : undefined;
    if (typeOf(existing) !== typeOf(value)) throw wrongType();
    if (value.N !== undefined) return { N: addNumbers(existing.N as string, value.N) };
    const old = setElements(existing);
    const elements = new Set(setElements(value));
    if (action.kind === "DELETE")
        return setOf(
            value,
            old.filter((element) => !elements.has(element)),
        );
    const known = new Set(old);
    return setOf(value, [...old, ...[...elements].filter((element) => !known.has(element))]);
}

function operandValue(operand: UpdateOperand, before: Item, bindings: Bindings): AttributeValue {
    if (operand.kind === "value") return bindings.valueOf(operand.name);
    if (operand.kind === "path") {
        const value = bindings.lookUp(before, operand.path);
        if (value) return value;
        throw validation("The provided expression refers to an attribute that does not exist in the item");
    }
    const [first, second] = operand.operands as [UpdateOperand, UpdateOperand];
    if (operand.name === "if_not_exists") {
        const existing = first.kind === "path" ? bindings.lookUp(before, first.path) : undefined;
        return existing ?? operandValue(second, before, bindings);
    }
    const left = operandValue(first, before, bindings);
    if (operand.name === "list_append" ? !left.L : left.N === undefined) throw wrongType();
    const right = operandValue(second, before, bindings);
    if (operand.name === "list_append") {
        if (!right.L) throw wrongType();
        return { L: [...(left.L ?? []), ...right.L] };
    }
    if (right.N === undefined) throw wrongType();
    return { N: addNumbers(left.N as string, operand.name === "+" ? right.N : negateNumber(right.N)) };
}

function wrongType(): Error {
    return validation("An operand in the update expression has an incorrect data type");
}

function checkCall({ name, operands }: Call, bindings: Bindings): void {
    if (operands.length !== 2) {
        throw new ExpressionError(
            "Incorrect number of operands for operator or function; " +
                `operator or function: ${name}, number of operands: ${operands.length}`,
        );
    }
    if (name === "if_not_exists") {
        if (operands[0]?.kind === "path") return;
        throw new ExpressionError(
            `Operator or function requires a document path; operator or function: ${name}`,
        );
    }
    const needed = name === "list_append" ? "L" : "N";
    for (const operand of operands) {
        const type = operand.kind === "value" ? typeOf(bindings.valueOf(operand.name)) : needed;
        if (type === needed) continue;
        throw new ExpressionError(
            `Incorrect operand type for operator or function; operator or function: ${name}, operand type: ${type}`,
        );
    }
}

class Parser {
    private readonly tokens: Tokens;
    private readonly findings: Findings = {};
    private readonly actions: Action[] = [];
    private readonly paths: Path[] = [];
    private readonly values = new Set<string>();
    private readonly calls: Call[] = [];
    private readonly seen = new Set<string>();
    private unknownFunction: string | undefined;
    private repeatedSection: string | undefined;

    constructor(source: string) {
        this.tokens = new Tokens(source);
    }

    parse(): UpdateExpression {
        do this.parseSection();
        while (this.tokens.current.kind !== "end");
        this.checkFindings();
        return {
            actions: this.actions,
            paths: this.paths,
            calls: this.calls,
            names: placeholdersIn(this.paths),
            values: [...this.values],
        };
    }

    private checkFindings(): void {
        if (this.findings.reserved !== undefined) throw new ExpressionError(this.findings.reserved);
        if (this.unknownFunction !== undefined) {
            throw new ExpressionError(`Invalid function name; function: ${this.unknownFunction}`);
        }
        if (this.repeatedSection !== undefined) {
            throw new ExpressionError(
                `The "${this.repeatedSection}" section can only be used once in an update expression;`,
            );
        }
        if (this.calls.length > MAX_OPERATORS) throw tooManyOperators(MAX_OPERATORS);
    }

    private parseSection(): void {
        const section = SECTIONS.find((keyword) => this.tokens.acceptWord(keyword)) ?? this.tokens.fail();
        if (this.seen.has(section)) this.repeatedSection ??= section;
        this.seen.add(section);
        do this.actions.push(this.parseAction(section));
        while (this.tokens.accept(","));
    }

    private parseAction(kind: Action["kind"]): Action {
        const path = this.parsePath();
        if (kind === "REMOVE") return { kind, path };
        if (kind === "SET") {
            this.tokens.expect("=");
            return { kind, path, operand: this.parseSum() };
        }
        if (this.tokens.current.kind !== "value") this.tokens.fail();
        return { kind, path, value: this.parseValue() };
    }

    private parseSum(): UpdateOperand {
        const left = this.parseOperand();
        const operator = ["+", "-"].find((symbol) => this.tokens.accept(symbol));
        if (operator === undefined) return left;
        return this.note({ kind: "function", name: operator, operands: [left, this.parseOperand()] });
    }

    private parseOperand(): UpdateOperand {
        const { tokens } = this;
        if (tokens.current.kind === "value") return { kind: "value", name: this.parseValue() };
        if (tokens.accept("(")) {
            const operand = this.parseSum();
            tokens.expect(")");
            return operand;
        }
        if (tokens.current.kind === "word" && tokens.following?.text === "(") return this.parseCall();
        return { kind: "path", path: this.parsePath() };
    }

    private parseCall(): UpdateOperand {
        const name = this.tokens.next().text;
        this.tokens.expect("(");
        const operands = [this.parseSum()];
        while (this.tokens.accept(",")) operands.push(this.parseSum());
        this.tokens.expect(")");
        if (name !== "if_not_exists" && name !== "list_append") this.unknownFunction ??= name;
        return this.note({ kind: "function", name, operands });
    }

    private parsePath(): Path {
        const path = parsePath(this.tokens, this.findings);
        this.paths.push(path);
        return path;
    }

    private parseValue(): string {
        const name = this.tokens.next().text;
        this.values.add(name);
        return name;
    }

    private note(call: Call): Call {
        this.calls.push(call);
        return call;
    }
}
