/**
 * Condition, filter and key condition expressions: the tree that they are parsed into, and its evaluation against an
 * item, after "Condition and filter expressions, operators, and functions in DynamoDB".
 */
import type { Bindings, Placeholders } from "./bindings.ts";
import { entryCount } from "./large-map.ts";
import type { Path } from "./paths.ts";
import { compare, equal, setElements, typeOf } from "./values.ts";
import type { AttributeValue, Item } from "./values.ts";

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

/** The operands of a predicate, in the order of the text. */
export function operandsOf(predicate: Predicate): readonly Operand[] {
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

export function evaluate(condition: Condition, item: Item | undefined, bindings: Bindings): boolean {
    switch (condition.kind) {
        case "or":
            return evaluate(condition.left, item, bindings) || evaluate(condition.right, item, bindings);
        case "and":
            return evaluate(condition.left, item, bindings) && evaluate(condition.right, item, bindings);
        case "not":
            return !evaluate(condition.condition, item, bindings);
        case "compare":
            return comparisonHolds(
                condition.comparator,
                valueOf(condition.left, item, bindings),
                valueOf(condition.right, item, bindings),
            );
        case "between": {
            const value = valueOf(condition.operand, item, bindings);
            return (
                comparisonHolds(">=", value, valueOf(condition.low, item, bindings)) &&
                comparisonHolds("<=", value, valueOf(condition.high, item, bindings))
            );
        }
        case "in": {
            const value = valueOf(condition.operand, item, bindings);
            return condition.list.some((operand) =>
                comparisonHolds("=", value, valueOf(operand, item, bindings)),
            );
        }
        case "function":
            return functionHolds(condition.name, condition.operands, item, bindings);
    }
}

export function comparisonHolds(
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

function functionHolds(
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
    if (operand.kind === "path") return bindings.lookUp(item, operand.path);
    if (operand.kind === "value") return bindings.valueOf(operand.name);
    const size = sizeOf(valueOf(operand.operands[0] as Operand, item, bindings));
    return size === undefined ? undefined : { N: String(size) };
}

function sizeOf(value: AttributeValue | undefined): number | undefined {
    if (value === undefined) return undefined;
    if ("M" in value) return entryCount(value);
    if (value.S !== undefined) return value.S.length;
    return (value.L ?? value.B ?? value.SS ?? value.NS ?? value.BS)?.length;
}
