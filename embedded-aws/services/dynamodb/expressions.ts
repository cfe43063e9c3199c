/**
 * All expressions of a request with its names and values, parsed and checked. Parsed expressions are kept by their text,
 * for a program has few different ones; names and values are bound each time.
 */
import { Bindings } from "./bindings.ts";
import type { Placeholders } from "./bindings.ts";
import { checkCondition } from "./condition-check.ts";
import { parseCondition } from "./condition-parser.ts";
import type { ConditionExpression } from "./condition.ts";
import { validation } from "./errors.ts";
import { ExpressionError } from "./lexer.ts";
import type { Path } from "./paths.ts";
import { checkProjection, parseProjection } from "./projection.ts";
import type { ProjectionExpression } from "./projection.ts";
import { checkUpdate, parseUpdate } from "./update.ts";
import type { UpdateExpression } from "./update.ts";

/** The members of a request that are or belong to expressions. */
export interface ExpressionInput {
    readonly UpdateExpression?: string | undefined;
    readonly ConditionExpression?: string | undefined;
    readonly KeyConditionExpression?: string | undefined;
    readonly FilterExpression?: string | undefined;
    readonly ProjectionExpression?: string | undefined;
    readonly ExpressionAttributeNames?: Record<string, string> | undefined;
    readonly ExpressionAttributeValues?: object | undefined;
}

export interface Expressions {
    readonly bindings: Bindings;
    readonly update: UpdateExpression | undefined;
    readonly condition: ConditionExpression | undefined;
    readonly keyCondition: ConditionExpression | undefined;
    readonly filter: ConditionExpression | undefined;
    /** With the request's names in them. */
    readonly projection: readonly Path[] | undefined;
}

type ExpressionName = keyof ExpressionInput & `${string}Expression`;

/** @param allowed the expressions that the operation has, in the order in which AWS's errors name them */
export function bind(input: ExpressionInput, allowed: readonly ExpressionName[]): Expressions {
    checkPresence(input, allowed);
    const bindings = new Bindings(input.ExpressionAttributeNames, input.ExpressionAttributeValues);
    const update = prepare(UPDATES, input.UpdateExpression, bindings);
    const condition = prepare(CONDITIONS, input.ConditionExpression, bindings);
    const keyCondition = prepare(KEY_CONDITIONS, input.KeyConditionExpression, bindings);
    const filter = prepare(FILTERS, input.FilterExpression, bindings);
    const projection = prepare(PROJECTIONS, input.ProjectionExpression, bindings);
    bindings.checkUnused();
    return {
        bindings,
        update,
        condition,
        keyCondition,
        filter,
        projection: projection?.paths.map((path) => bindings.resolve(path)),
    };
}

/** One kind of expression. */
interface Kind<E extends Placeholders> {
    readonly name: ExpressionName;
    readonly parse: (source: string) => E;
    readonly check: (expression: E, bindings: Bindings) => void;
    readonly parsed: Map<string, E | ExpressionError>;
}

const UPDATES = kind<UpdateExpression>("UpdateExpression", parseUpdate, checkUpdate);
const CONDITIONS = kind<ConditionExpression>("ConditionExpression", parseCondition, checkCondition);
const KEY_CONDITIONS = kind<ConditionExpression>("KeyConditionExpression", parseCondition, checkCondition);
const FILTERS = kind<ConditionExpression>("FilterExpression", parseCondition, checkCondition);
const PROJECTIONS = kind<ProjectionExpression>("ProjectionExpression", parseProjection, checkProjection);
const MAX_PARSED = 1_000;
/** "Expression string": 4 KB. */
const MAX_BYTES = 4096;

function kind<E extends Placeholders>(
    name: ExpressionName,
    parse: (source: string) => E,
    check: (expression: E, bindings: Bindings) => void,
): Kind<E> {
    return { name, parse, check, parsed: new Map() };
}

function prepare<E extends Placeholders>(
    { name, parse, check, parsed }: Kind<E>,
    source: string | undefined,
    bindings: Bindings,
): E | undefined {
    if (source === undefined) return undefined;
    try {
        let expression = parsed.get(source);
        if (!expression) {
            if (parsed.size >= MAX_PARSED) parsed.clear();
            expression = parseOnce(source, parse);
            parsed.set(source, expression);
        }
        if (expression instanceof ExpressionError) throw expression;
        check(expression, bindings);
        bindings.use(expression);
        return expression;
    } catch (error) {
        if (error instanceof ExpressionError) throw validation(`Invalid ${name}: ${error.message}`);
        throw error;
    }
}

function parseOnce<E>(source: string, parse: (source: string) => E): E | ExpressionError {
    try {
        const bytes = Buffer.byteLength(source);
        if (bytes > MAX_BYTES) {
            throw new ExpressionError(
                "Expression size has exceeded the maximum allowed size; " +
                    `expression size: ${bytes}, maximum allowed size: ${MAX_BYTES}`,
            );
        }
        return parse(source);
    } catch (error) {
        if (error instanceof ExpressionError) return error;
        throw error;
    }
}

function checkPresence(input: ExpressionInput, allowed: readonly ExpressionName[]): void {
    const isAny = allowed.some((name) => input[name] !== undefined);
    if (input.ExpressionAttributeNames !== undefined && !isAny) {
        throw validation("ExpressionAttributeNames can only be specified when using expressions");
    }
    const withValues = allowed.filter((name) => name !== "ProjectionExpression");
    if (input.ExpressionAttributeValues === undefined || withValues.some((name) => input[name] !== undefined))
        return;
    throw validation(
        "ExpressionAttributeValues can only be specified when using expressions: " +
            `${withValues.join(" and ")} ${withValues.length > 1 ? "are" : "is"} null`,
    );
}
