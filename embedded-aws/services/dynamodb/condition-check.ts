/**
 * The checks of a condition that need a request's names and values: every placeholder is defined, and every operand can
 * be what its function or operator takes.
 */
import type { Bindings } from "./bindings.ts";
import { operandsOf } from "./condition.ts";
import type { Comparator, ConditionExpression, Operand, Predicate } from "./condition.ts";
import { ExpressionError } from "./lexer.ts";
import { show } from "./paths.ts";
import { compare, typeOf } from "./values.ts";
import type { AttributeValue, ValueType } from "./values.ts";

/** The functions, each with the number of its operands. */
export const ARITY: Readonly<Record<string, number>> = {
    attribute_exists: 1,
    attribute_not_exists: 1,
    attribute_type: 2,
    begins_with: 2,
    contains: 2,
    size: 1,
};
const VALUE_TYPES = new Set<string>(["S", "N", "B", "NULL", "SS", "BOOL", "L", "BS", "NS", "M"]);

/** Throws `ExpressionError` if a placeholder is not defined or an operand cannot be what it is. */
export function checkCondition(expression: ConditionExpression, bindings: Bindings): void {
    for (const predicate of expression.predicates) checkPredicate(predicate, bindings);
}

/** AWS reports the first predicate with a mistake: undefined placeholders first, then what does not fit. */
function checkPredicate(predicate: Predicate, bindings: Bindings): void {
    const operands = operandsOf(predicate);
    for (const operand of operands) checkDefined(operand, bindings);
    for (const operand of operands)
        if (operand.kind === "function") checkArity(operand.name, operand.operands);
    if (predicate.kind === "function") checkArity(predicate.name, predicate.operands);
    checkDistinct(operatorOf(predicate), operands, bindings);
    for (const operand of operands) if (operand.kind === "function") checkFunction(operand, bindings);
    if (predicate.kind === "function") checkFunction(predicate, bindings);
    if (predicate.kind === "between") checkOrdered("BETWEEN", operands, bindings);
    if (predicate.kind === "between") checkBetween(predicate.low, predicate.high, bindings);
    if (predicate.kind === "compare") checkOrdered(predicate.comparator, operands, bindings);
}

function checkDefined(operand: Operand, bindings: Bindings): void {
    if (operand.kind === "path") bindings.checkNamesOf(operand.path);
    else if (operand.kind === "value") bindings.checkValue(operand.name);
    else for (const inner of operand.operands) checkDefined(inner, bindings);
}

function checkArity(name: string, operands: readonly Operand[]): void {
    if (ARITY[name] === operands.length) return;
    throw new ExpressionError(
        "Incorrect number of operands for operator or function; " +
            `operator or function: ${name}, number of operands: ${operands.length}`,
    );
}

function checkDistinct(operator: string, operands: readonly Operand[], bindings: Bindings): void {
    const [first, ...rest] = operands;
    // Most conditions compare a path with values: no path needs to be written out.
    if (first?.kind !== "path" || !rest.some(({ kind }) => kind === "path")) return;
    const path = show(bindings.resolve(first.path));
    if (!rest.some((other) => other.kind === "path" && show(bindings.resolve(other.path)) === path)) return;
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
        case "attribute_type":
            checkNamedType(name, second, bindings);
            return;
        case "size": {
            const type = first && literalType(first, bindings);
            if (type === "N" || type === "BOOL" || type === "NULL") throw wrongOperand(name, type);
        }
    }
}

/** The second operand of `attribute_type` is a value that names a type. */
function checkNamedType(name: string, operand: Operand | undefined, bindings: Bindings): void {
    const type = operand && literalType(operand, bindings);
    if (type !== "S") throw wrongOperand(name, type ?? "{NS,SS,L,BS,N,M,B,BOOL,NULL,S}");
    const named = bindings.valueOf((operand as Operand & { kind: "value" }).name).S as string;
    if (VALUE_TYPES.has(named)) return;
    throw new ExpressionError(
        `Invalid attribute type name found; type: ${named}, valid types: {B,NULL,SS,BOOL,L,BS,N,NS,S,M}`,
    );
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

function checkOrdered(
    comparator: Comparator | "BETWEEN",
    operands: readonly Operand[],
    bindings: Bindings,
): void {
    if (comparator === "=" || comparator === "<>") return;
    for (const operand of operands) {
        const type = literalType(operand, bindings);
        if (!type || type === "S" || type === "N" || type === "B") continue;
        throw new ExpressionError(
            `Incorrect operand type for operator or function; operator or function: ${comparator}, operand type: ${type}`,
        );
    }
}

function operatorOf(predicate: Predicate): string {
    if (predicate.kind === "compare") return predicate.comparator;
    return predicate.kind === "function" ? predicate.name : predicate.kind.toUpperCase();
}

function showValue(value: AttributeValue): string {
    const type = typeOf(value);
    const bytes = value.B && Buffer.from(value.B).toString("base64");
    return `AttributeValue: {${type}:${value.S ?? value.N ?? bytes ?? JSON.stringify(value[type])}}`;
}

/** The type that an operand has in every item; undefined for a path. */
function literalType(operand: Operand, bindings: Bindings): ValueType | undefined {
    if (operand.kind === "value") return typeOf(bindings.valueOf(operand.name));
    return operand.kind === "function" ? "N" : undefined;
}
