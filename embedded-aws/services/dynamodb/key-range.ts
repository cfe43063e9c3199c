/** Key conditions: from an expression to one partition and a range of sort keys in it. */
import { beginsWith, comparisonHolds, operandsOf } from "./condition.ts";
import type { Comparator, Condition, Predicate } from "./condition.ts";
import { invalidParameter, validation } from "./errors.ts";
import type { Expressions } from "./expressions.ts";
import type { KeyAttribute } from "./table.ts";
import { compare, get, keyOrder, typeOf } from "./values.ts";
import type { AttributeValue, Item } from "./values.ts";

type Operator = Exclude<Comparator, "<>"> | "between" | "begins_with";

interface KeyCondition {
    readonly operator: Operator;
    readonly values: readonly AttributeValue[];
}

/** By attribute. */
export type KeyConditions = ReadonlyMap<string, KeyCondition>;

export interface KeyRange {
    readonly partition: AttributeValue;
    /** Whether a sortable key comes before all keys of the range. */
    readonly isBelow: (order: string) => boolean;
    /** Whether it comes after all of them. */
    readonly isAbove: (order: string) => boolean;
}

/** The names of the operators in AWS's errors of this check, which is older than expressions. */
const OPERATOR_NAMES: Record<Operator, string> = {
    "=": "EQ",
    "<": "LT",
    "<=": "LE",
    ">": "GT",
    ">=": "GE",
    between: "BETWEEN",
    begins_with: "BEGINS_WITH",
};
const MIRRORED: Record<Exclude<Comparator, "<>">, Operator> = {
    "=": "=",
    "<": ">",
    "<=": ">=",
    ">": "<",
    ">=": "<=",
};

/** The conditions of a key condition expression. Throws unless keys can have each of them. */
export function keyConditions(expressions: Expressions): KeyConditions {
    const conditions = new Map<string, KeyCondition>();
    if (expressions.keyCondition) collect(expressions.keyCondition.root, expressions, conditions);
    if (conditions.size > 2) throw validation("Conditions can be of length 1 or 2 only");
    return conditions;
}

/** Throws unless the conditions are for one partition of a table or index with these keys, and `start` is in the range. */
export function keyRange(
    conditions: KeyConditions,
    keys: readonly KeyAttribute[],
    start: Item | undefined,
): KeyRange {
    const [partitionKey, sortKey] = keys as readonly [KeyAttribute, KeyAttribute | undefined];
    const partition = conditions.get(partitionKey.name);
    if (!sortKey && conditions.size > 1) throw validation("Query key condition not supported");
    if (!partition) throw missed(partitionKey);
    checkType(partition, partitionKey);
    if (partition.operator !== "=") throw validation("Query key condition not supported");
    const sort = sortKey && conditions.get(sortKey.name);
    if (sortKey && !sort && conditions.size > 1) throw missed(sortKey);
    if (sortKey && sort) checkType(sort, sortKey);
    const value = partition.values[0] as AttributeValue;
    if (start) checkStart(keys, value, sort, start);
    return { partition: value, ...bounds(sort) };
}

function collect(condition: Condition, expressions: Expressions, into: Map<string, KeyCondition>): void {
    const invalid = "Invalid operator used in KeyConditionExpression:";
    switch (condition.kind) {
        case "and":
            collect(condition.left, expressions, into);
            collect(condition.right, expressions, into);
            return;
        case "or":
        case "not":
        case "in":
            throw validation(`${invalid} ${condition.kind.toUpperCase()}`);
        case "compare":
            if (condition.comparator === "<>") throw validation(`${invalid} <>`);
            break;
        case "between":
            break;
        case "function":
            if (condition.name !== "begins_with") throw validation(`${invalid} ${condition.name}`);
    }
    add(condition, expressions, into);
}

function add(predicate: Predicate, { bindings }: Expressions, into: Map<string, KeyCondition>): void {
    const operands = operandsOf(predicate);
    if (predicate.kind !== "compare" && operands[0]?.kind !== "path") {
        const name = predicate.kind === "function" ? predicate.name : predicate.kind.toUpperCase();
        throw invalidCondition(`${name} operator must have the key attribute as its first operand`);
    }
    const paths = operands.filter((operand) => operand.kind === "path");
    if (operands.some((operand) => operand.kind === "function")) {
        throw validation("KeyConditionExpressions cannot contain nested operations");
    }
    if (paths.length > 1) throw invalidCondition("Multiple attribute names used in one condition");
    const path = paths[0]?.path;
    if (!path) throw invalidCondition("No key attribute specified");
    if (path.length > 1)
        throw validation("KeyConditionExpressions cannot have conditions on nested attributes");
    const name = bindings.headOf(path);
    if (into.has(name)) throw validation("KeyConditionExpressions must only contain one condition per key");
    const isMirrored = operands[0]?.kind !== "path";
    const operator = operatorOf(predicate);
    into.set(name, {
        operator: isMirrored ? MIRRORED[operator as keyof typeof MIRRORED] : operator,
        values: operands.flatMap((operand) =>
            operand.kind === "value" ? [bindings.valueOf(operand.name)] : [],
        ),
    });
}

function operatorOf(predicate: Predicate): Operator {
    if (predicate.kind === "compare") return predicate.comparator as Operator;
    return predicate.kind === "between" ? "between" : "begins_with";
}

function invalidCondition(what: string): Error {
    return validation(`Invalid condition in KeyConditionExpression: ${what}`);
}

function missed(key: KeyAttribute): Error {
    return validation(`Query condition missed key schema element: ${key.name}`);
}

function checkType({ operator, values }: KeyCondition, { name, type }: KeyAttribute): void {
    for (const value of values) {
        const actual = typeOf(value);
        if (!["S", "N", "B"].includes(actual) && !(operator === "=" && ["SS", "NS", "BS"].includes(actual))) {
            throw invalidParameter(
                `ComparisonOperator ${OPERATOR_NAMES[operator]} is not valid for ${actual} AttributeValue type`,
            );
        }
        if (actual !== type) throw invalidParameter("Condition parameter type does not match schema type");
        if (value.S !== "" && value.B?.length !== 0) continue;
        throw validation(
            "One or more parameter values are not valid. The AttributeValue for a key attribute cannot contain an empty " +
                `${value.S === "" ? "string" : "binary"} value. Key: ${name}`,
        );
    }
    const [low, high] = values;
    if (operator === "between" && low && high && (compare(low, high) ?? 0) > 0) {
        throw validation(
            "The BETWEEN condition was provided a range where the lower bound is greater than the upper bound",
        );
    }
}

function bounds(condition: KeyCondition | undefined): Pick<KeyRange, "isBelow" | "isAbove"> {
    const never = (): boolean => false;
    if (!condition) return { isBelow: never, isAbove: never };
    const [low, high] = condition.values.map(keyOrder) as [string, string];
    const isBelow = (order: string): boolean => order < low;
    switch (condition.operator) {
        case "=":
            return { isBelow, isAbove: (order) => order > low };
        case "<":
            return { isBelow: never, isAbove: (order) => order >= low };
        case "<=":
            return { isBelow: never, isAbove: (order) => order > low };
        case ">":
            return { isBelow: (order) => order <= low, isAbove: never };
        case ">=":
            return { isBelow, isAbove: never };
        case "between":
            return { isBelow, isAbove: (order) => order > high };
        case "begins_with":
            return { isBelow, isAbove: (order) => order > low && !order.startsWith(low) };
    }
}

function checkStart(
    keys: readonly KeyAttribute[],
    partition: AttributeValue,
    sort: KeyCondition | undefined,
    start: Item,
): void {
    for (const { name, type } of keys) {
        if (get(start, name)?.[type] === undefined) throw validation("The provided starting key is invalid");
    }
    const [partitionKey, sortKey] = keys as readonly [KeyAttribute, KeyAttribute | undefined];
    const isInPartition = keyOrder(start[partitionKey.name] as AttributeValue) === keyOrder(partition);
    if (!sort || !sortKey) {
        if (isInPartition) return;
        throw validation(
            "The provided starting key is outside query boundaries based on provided conditions",
        );
    }
    if (!matches(sort, start[sortKey.name] as AttributeValue)) {
        throw validation("The provided starting key does not match the range key predicate");
    }
    if (!isInPartition) throw validation("The query can return at most one row and cannot be restarted");
}

function matches({ operator, values }: KeyCondition, value: AttributeValue): boolean {
    const [first, second] = values;
    if (operator === "begins_with") return beginsWith(value, first);
    if (operator === "between")
        return comparisonHolds(">=", value, first) && comparisonHolds("<=", value, second);
    return comparisonHolds(operator, value, first);
}
