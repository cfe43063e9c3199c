/**
 * Condition, filter and key condition expressions: parsing into a tree, the checks that need a request's names and
 * values, and evaluation against an item. Grammar and errors: "Condition and filter expressions, operators, and
 * functions in DynamoDB" and what the service answers.
 */
import type { Bindings, Placeholders } from "./bindings.ts";
import { ExpressionError, Tokens } from "./lexer.ts";
import { lookUp, parsePath, resolve, show, type Findings, type Path } from "./paths.ts";
import {
    compare,
    equal,
    setElements,
    typeOf,
    type AttributeValue,
    type Item,
    type ValueType,
} from "./values.ts";

export type Comparator = "=" | "<>" | "<" | "<=" | ">" | ">=";

export type Operand =
    | { readonly kind: "path"; readonly path: Path }
    | { readonly kind: "value"; readonly name: string }
    | { readonly kind: "function"; readonly name: string; readonly operands: readonly Operand[] };

/** What is true or false by itself. */
export type Predicate =
    | {
          readonly kind: "compare";
          readonly comparator: Comparator;
          readonly left: Operand;
          readonly right: Operand;
      }
    | { readonly kind: "between"; readonly operand: Operand; readonly low: Operand; readonly high: Operand }
    | { readonly kind: "in"; readonly operand: Operand; readonly list: readonly Operand[] }
    | { readonly kind: "function"; readonly name: string; readonly operands: readonly Operand[] };

export type Condition =
    | { readonly kind: "or" | "and"; readonly left: Condition; readonly right: Condition }
    | { readonly kind: "not"; readonly condition: Condition }
    | Predicate;

export interface ConditionExpression extends Placeholders {
    readonly root: Condition;
    /** In the order of the text. */
    readonly predicates: readonly Predicate[];
    /** Every path in it. */
    readonly paths: readonly Path[];
}

const arity: Readonly<Record<string, number>> = {
    attribute_exists: 1,
    attribute_not_exists: 1,
    attribute_type: 2,
    begins_with: 2,
    contains: 2,
    size: 1,
};
const comparators = new Set<string>(["=", "<>", "<", "<=", ">", ">="]);
const valueTypes = new Set<string>(["S", "N", "B", "NULL", "SS", "BOOL", "L", "BS", "NS", "M"]);
/** "Length of operand list", in the service's quotas. */
const maxListed = 100;

/** Throws `ExpressionError` for what is wrong whatever the names and values are. */
export function parseCondition(source: string): ConditionExpression {
    return new Parser(source).parse();
}

/** Throws `ExpressionError` if a placeholder is not defined or an operand cannot be what it is. */
export function checkCondition(expression: ConditionExpression, bindings: Bindings): void {
    for (const predicate of expression.predicates) checkPredicate(predicate, bindings);
}

export function evaluate(condition: Condition, item: Item | undefined, bindings: Bindings): boolean {
    switch (condition.kind) {
        case "or":
            return evaluate(condition.left, item, bindings) || evaluate(condition.right, item, bindings);
        case "and":
            return evaluate(condition.left, item, bindings) && evaluate(condition.right, item, bindings);
        case "not":
            return !evaluate(condition.condition, item, bindings);
        case "compare":
            return holds(
                condition.comparator,
                valueOf(condition.left, item, bindings),
                valueOf(condition.right, item, bindings),
            );
        case "between": {
            const value = valueOf(condition.operand, item, bindings);
            return (
                holds(">=", value, valueOf(condition.low, item, bindings)) &&
                holds("<=", value, valueOf(condition.high, item, bindings))
            );
        }
        case "in": {
            const value = valueOf(condition.operand, item, bindings);
            return condition.list.some((operand) => holds("=", value, valueOf(operand, item, bindings)));
        }
        case "function":
            return holdsFunction(condition.name, condition.operands, item, bindings);
    }
}

export function holds(
    comparator: Comparator,
    left: AttributeValue | undefined,
    right: AttributeValue | undefined,
): boolean {
    if (comparator === "=") return left !== undefined && right !== undefined && equal(left, right);
    if (comparator === "<>") return !(left !== undefined && right !== undefined && equal(left, right));
    const order = left && right && compare(left, right);
    if (order === undefined) return false;
    switch (comparator) {
        case "<":
            return order < 0;
        case "<=":
            return order <= 0;
        case ">":
            return order > 0;
        case ">=":
            return order >= 0;
    }
}

export function beginsWith(value: AttributeValue | undefined, prefix: AttributeValue | undefined): boolean {
    if (value?.S !== undefined) return prefix?.S !== undefined && value.S.startsWith(prefix.S);
    if (!value?.B || !prefix?.B) return false;
    return Buffer.compare(value.B.subarray(0, prefix.B.length), prefix.B) === 0;
}

function holdsFunction(
    name: string,
    operands: readonly Operand[],
    item: Item | undefined,
    bindings: Bindings,
): boolean {
    const first = valueOf(operands[0] as Operand, item, bindings);
    if (name === "attribute_exists") return first !== undefined;
    if (name === "attribute_not_exists") return first === undefined;
    const second = valueOf(operands[1] as Operand, item, bindings);
    if (name === "begins_with") return beginsWith(first, second);
    if (name === "contains") return contains(first, second);
    return first !== undefined && typeOf(first) === second?.S;
}

function contains(container: AttributeValue | undefined, element: AttributeValue | undefined): boolean {
    if (!container || !element) return false;
    if (container.L) return container.L.some((one) => equal(one, element));
    if (element.S !== undefined)
        return container.S?.includes(element.S) ?? container.SS?.includes(element.S) ?? false;
    if (element.N !== undefined) return container.NS?.includes(element.N) ?? false;
    if (!element.B) return false;
    const bytes = Buffer.from(element.B);
    if (container.B) return Buffer.from(container.B).includes(bytes);
    return container.BS !== undefined && setElements(container).includes(bytes.toString("latin1"));
}

function valueOf(operand: Operand, item: Item | undefined, bindings: Bindings): AttributeValue | undefined {
    if (operand.kind === "path") return lookUp(item, operand.path, bindings);
    if (operand.kind === "value") return bindings.valueOf(operand.name);
    const size = sizeOf(valueOf(operand.operands[0] as Operand, item, bindings));
    return size === undefined ? undefined : { N: String(size) };
}

function sizeOf(value: AttributeValue | undefined): number | undefined {
    if (value === undefined) return undefined;
    if (value.M) return countOf(value.M);
    if (value.S !== undefined) return value.S.length;
    return (value.L ?? value.B ?? value.SS ?? value.NS ?? value.BS)?.length;
}

const counts = new WeakMap<Item, number>();

/** The number of entries of a map, counted once for as long as the map is the same. */
function countOf(map: Item): number {
    let count = counts.get(map);
    if (count === undefined) {
        count = Object.keys(map).length;
        counts.set(map, count);
    }
    return count;
}

/** AWS reports the first predicate with a mistake: undefined placeholders first, then what does not fit. */
function checkPredicate(predicate: Predicate, bindings: Bindings): void {
    const operands = operandsOf(predicate);
    for (const operand of operands) checkDefined(operand, bindings);
    for (const operand of operands)
        if (operand.kind === "function") checkArity(operand.name, operand.operands);
    if (predicate.kind === "function") checkArity(predicate.name, predicate.operands);
    if (predicate.kind === "compare") checkDistinct(predicate.comparator, operands, bindings);
    if (predicate.kind === "function") checkDistinct(predicate.name, operands, bindings);
    for (const operand of operands) if (operand.kind === "function") checkFunction(operand, bindings);
    if (predicate.kind === "function") checkFunction(predicate, bindings);
    if (predicate.kind === "between") checkBetween(predicate.low, predicate.high, bindings);
    if (predicate.kind === "compare") checkOrdered(predicate.comparator, operands, bindings);
}

function operandsOf(predicate: Predicate): readonly Operand[] {
    switch (predicate.kind) {
        case "compare":
            return [predicate.left, predicate.right];
        case "between":
            return [predicate.operand, predicate.low, predicate.high];
        case "in":
            return [predicate.operand, ...predicate.list];
        case "function":
            return predicate.operands;
    }
}

function checkDefined(operand: Operand, bindings: Bindings): void {
    if (operand.kind === "path") bindings.checkNamesOf(operand.path);
    else if (operand.kind === "value") bindings.checkValue(operand.name);
    else for (const inner of operand.operands) checkDefined(inner, bindings);
}

function checkArity(name: string, operands: readonly Operand[]): void {
    if (arity[name] === operands.length) return;
    throw new ExpressionError(
        "Incorrect number of operands for operator or function; " +
            `operator or function: ${name}, number of operands: ${operands.length}`,
    );
}

function checkDistinct(operator: string, operands: readonly Operand[], bindings: Bindings): void {
    const [first, second] = operands;
    if (operands.length !== 2 || first?.kind !== "path" || second?.kind !== "path") return;
    const path = show(resolve(first.path, bindings));
    if (path !== show(resolve(second.path, bindings))) return;
    throw new ExpressionError(
        "The first operand must be distinct from the remaining operands for this operator or function; " +
            `operator: ${operator}, first operand: ${path}`,
    );
}

function checkFunction(call: { name: string; operands: readonly Operand[] }, bindings: Bindings): void {
    const { name, operands } = call;
    const [first, second] = operands;
    switch (name) {
        case "attribute_exists":
        case "attribute_not_exists":
            if (first?.kind !== "path") {
                throw new ExpressionError(
                    `Operator or function requires a document path; operator or function: ${name}`,
                );
            }
            return;
        case "begins_with":
            for (const operand of operands) {
                const type = literalType(operand, bindings);
                if (type && type !== "S" && type !== "B") throw wrongOperand(name, type);
            }
            return;
        case "attribute_type": {
            const type = second && literalType(second, bindings);
            if (type !== "S") throw wrongOperand(name, type ?? "{NS,SS,L,BS,N,M,B,BOOL,NULL,S}");
            const named = bindings.valueOf((second as Operand & { kind: "value" }).name).S as string;
            if (valueTypes.has(named)) return;
            throw new ExpressionError(
                `Invalid attribute type name found; type: ${named}, valid types: {B,NULL,SS,BOOL,L,BS,N,NS,S,M}`,
            );
        }
        case "size": {
            const type = first && literalType(first, bindings);
            if (type === "N" || type === "BOOL" || type === "NULL") throw wrongOperand(name, type);
        }
    }
}

function wrongOperand(name: string, type: string): ExpressionError {
    return new ExpressionError(
        `Incorrect operand type for operator or function; operator or function: ${name}, operand type: ${type}`,
    );
}

function checkBetween(low: Operand, high: Operand, bindings: Bindings): void {
    if (low.kind !== "value" || high.kind !== "value") return;
    const from = bindings.valueOf(low.name);
    const to = bindings.valueOf(high.name);
    const bounds = `lower bound operand: ${showValue(from)}, upper bound operand: ${showValue(to)}`;
    if (typeOf(from) !== typeOf(to)) {
        throw new ExpressionError(
            `The BETWEEN operator requires same data type for lower and upper bounds; ${bounds}`,
        );
    }
    const order = compare(from, to);
    if (order !== undefined && order > 0) {
        throw new ExpressionError(
            `The BETWEEN operator requires upper bound to be greater than or equal to lower bound; ${bounds}`,
        );
    }
}

function checkOrdered(comparator: Comparator, operands: readonly Operand[], bindings: Bindings): void {
    if (comparator === "=" || comparator === "<>") return;
    for (const operand of operands) {
        const type = literalType(operand, bindings);
        if (!type || type === "S" || type === "N" || type === "B") continue;
        throw new ExpressionError(
            `Incorrect operand type for operator or function; operator: ${comparator}, operand type: ${type}`,
        );
    }
}

function showValue(value: AttributeValue): string {
    const type = typeOf(value);
    const content = value[type];
    const text = content instanceof Uint8Array ? Buffer.from(content).toString("base64") : String(content);
    return `AttributeValue: {${type}:${text}}`;
}

/** The type that an operand has in every item; undefined for a path. */
function literalType(operand: Operand, bindings: Bindings): ValueType | undefined {
    if (operand.kind === "value") return typeOf(bindings.valueOf(operand.name));
    return operand.kind === "function" ? "N" : undefined;
}

/** What was read so far: a condition, or an operand whose operator, if any, is still to come. */
type Parsed = ({ readonly condition: Condition } | { readonly operand: Operand }) & {
    /** Does one pair of parentheses enclose all of it? */
    readonly isEnclosed?: boolean;
};

class Parser {
    private readonly tokens: Tokens;
    private readonly findings: Findings = {};
    private readonly predicates: Predicate[] = [];
    private readonly paths: Path[] = [];
    private readonly names = new Set<string>();
    private readonly values = new Set<string>();
    private redundantParentheses = false;
    private unknownFunction: string | undefined;
    private misusedFunction: string | undefined;

    constructor(source: string) {
        this.tokens = new Tokens(source);
    }

    parse(): ConditionExpression {
        const root = this.need(this.parseOr());
        this.tokens.expectEnd();
        this.checkFindings();
        for (const path of this.paths) {
            for (const element of path)
                if (String(element).startsWith("#")) this.names.add(element as string);
        }
        return {
            root,
            predicates: this.predicates,
            paths: this.paths,
            names: [...this.names],
            values: [...this.values],
        };
    }

    private checkFindings(): void {
        if (this.redundantParentheses) throw new ExpressionError("The expression has redundant parentheses;");
        if (this.unknownFunction !== undefined) {
            throw new ExpressionError(`Invalid function name; function: ${this.unknownFunction}`);
        }
        if (this.misusedFunction !== undefined) {
            throw new ExpressionError(
                `The function is not allowed to be used this way in an expression; function: ${this.misusedFunction}`,
            );
        }
        if (this.findings.reserved !== undefined) throw new ExpressionError(this.findings.reserved);
    }

    private parseOr(): Parsed {
        let left = this.parseAnd();
        while (this.tokens.atWord("OR")) {
            const condition = this.need(left);
            this.tokens.next();
            left = { condition: { kind: "or", left: condition, right: this.need(this.parseAnd()) } };
        }
        return left;
    }

    private parseAnd(): Parsed {
        let left = this.parseNot();
        while (this.tokens.atWord("AND")) {
            const condition = this.need(left);
            this.tokens.next();
            left = { condition: { kind: "and", left: condition, right: this.need(this.parseNot()) } };
        }
        return left;
    }

    private parseNot(): Parsed {
        if (!this.tokens.acceptWord("NOT")) return this.parsePredicate();
        return { condition: { kind: "not", condition: this.need(this.parseNot()) } };
    }

    /** A condition where one must be: an operand is none, unless it is a function. */
    private need(parsed: Parsed): Condition {
        if ("condition" in parsed) return parsed.condition;
        if (parsed.operand.kind !== "function") this.tokens.fail();
        if (parsed.operand.name === "size") this.misusedFunction ??= "size";
        return this.note(parsed.operand);
    }

    private parsePredicate(): Parsed {
        const first = this.tokens.at("(") ? this.parseParentheses() : { operand: this.parseOperand() };
        if ("condition" in first || !this.atOperator()) return first;
        return { condition: this.parseOperator(first.operand) };
    }

    private parseParentheses(): Parsed {
        this.tokens.expect("(");
        const inner = this.parseOr();
        this.tokens.expect(")");
        if (inner.isEnclosed) this.redundantParentheses = true;
        return { ...inner, isEnclosed: true };
    }

    private atOperator(): boolean {
        const { kind, text } = this.tokens.current;
        if (kind === "symbol") return comparators.has(text);
        return this.tokens.atWord("BETWEEN") || this.tokens.atWord("IN");
    }

    private parseOperator(operand: Operand): Condition {
        if (this.tokens.acceptWord("BETWEEN")) {
            const low = this.parseGrouped();
            if (!this.tokens.acceptWord("AND")) this.tokens.fail();
            const high = this.parseGrouped();
            this.checkMisuse([operand, low, high]);
            return this.note({ kind: "between", operand, low, high });
        }
        if (this.tokens.acceptWord("IN")) {
            this.tokens.expect("(");
            const list = this.parseOperands();
            this.checkMisuse([operand, ...list]);
            if (list.length > maxListed) {
                throw new ExpressionError(
                    `The IN operator is provided with too many operands; number of operands: ${list.length}`,
                );
            }
            return this.note({ kind: "in", operand, list });
        }
        const comparator = this.tokens.next().text as Comparator;
        const right = this.parseGrouped();
        this.checkMisuse([operand, right]);
        return this.note({ kind: "compare", comparator, left: operand, right });
    }

    /** An operand, in parentheses or not. */
    private parseGrouped(): Operand {
        if (!this.tokens.accept("(")) return this.parseOperand();
        if (this.tokens.at("(")) this.redundantParentheses = true;
        const operand = this.parseGrouped();
        this.tokens.expect(")");
        return operand;
    }

    private parseOperands(): readonly Operand[] {
        const operands = [this.parseGrouped()];
        while (this.tokens.accept(",")) operands.push(this.parseGrouped());
        this.tokens.expect(")");
        return operands;
    }

    private parseOperand(): Operand {
        const { tokens } = this;
        if (tokens.current.kind === "value") {
            const name = tokens.next().text;
            this.values.add(name);
            return { kind: "value", name };
        }
        if (tokens.current.kind === "word" && tokens.following?.text === "(") {
            const name = tokens.next().text;
            if (["AND", "OR", "NOT", "IN", "BETWEEN"].includes(name.toUpperCase())) tokens.fail();
            tokens.expect("(");
            const operands = this.parseOperands();
            if (!Object.hasOwn(arity, name)) this.unknownFunction ??= name;
            this.checkMisuse(operands);
            return { kind: "function", name, operands };
        }
        const path = parsePath(tokens, this.findings);
        this.paths.push(path);
        return { kind: "path", path };
    }

    /** Of all functions only `size` is a value. */
    private checkMisuse(operands: readonly Operand[]): void {
        for (const operand of operands) {
            if (operand.kind === "function" && operand.name !== "size") this.misusedFunction ??= operand.name;
        }
    }

    private note(predicate: Predicate): Predicate {
        this.predicates.push(predicate);
        return predicate;
    }
}
