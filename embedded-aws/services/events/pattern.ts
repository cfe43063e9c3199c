/**
 * Event patterns. EventBridge rules and Lambda's event filters select events with the same small language. A pattern is
 * compiled once into a function of the event.
 *
 * From the EventBridge User Guide, "Comparison operators for use in event patterns", and Amazon's event-ruler, whose
 * semantics these are. Lambda ("Control which events Lambda sends to your function") has fewer operators: no
 * `wildcard`, no `cidr`, and `anything-but` with literals only. The `lambda` dialect refuses the rest. Lambda also has
 * another error for a bad filter: InvalidParameterValueException "Invalid filter pattern definition."
 */
import { BlockList, isIP, isIPv6 } from "node:net";
import { AwsError } from "../../service.ts";

export type Matcher = (event: object) => boolean;

export type Dialect = "events" | "lambda";

type Test = (value: unknown) => boolean;

/** Compiles a pattern, given as JSON text or as its value. Throws what the service would for one that is not valid. */
export function compile(pattern: string | object, dialect: Dialect = "events"): Matcher {
    const value = typeof pattern === "string" ? fromJson(pattern, dialect) : pattern;
    if (!isObject(value)) throw invalid("Filter is not an object", dialect);
    if (dialect === "events" && Object.keys(value).length === 0)
        throw invalid("Empty objects are not allowed", dialect);
    return compileObject(value, dialect);
}

function fromJson(text: string, dialect: Dialect): unknown {
    try {
        return JSON.parse(text) as unknown;
    } catch (error) {
        throw invalid((error as Error).message, dialect);
    }
}

function invalid(reason: string, dialect: Dialect): AwsError {
    return dialect === "events"
        ? new AwsError("InvalidEventPatternException", `Event pattern is not valid. Reason: ${reason}`)
        : new AwsError("InvalidParameterValueException", `Invalid filter pattern definition. ${reason}`);
}

/** All fields must match, within one and the same element where the event has an array of objects. */
function compileObject(pattern: Record<string, unknown>, dialect: Dialect): Matcher {
    const tests = Object.entries(pattern).map(([key, value]): Matcher => {
        if (key === "$or" && isOr(value)) return compileOr(value, dialect);
        return compileField(key, value, dialect);
    });
    const [only] = tests;
    if (tests.length === 1 && only) return only;
    return (event) => tests.every((test) => test(event));
}

function isOr(value: unknown): value is Record<string, unknown>[] {
    return (
        Array.isArray(value) &&
        value.length > 1 &&
        value.every((entry) => isObject(entry) && !isOperator(entry))
    );
}

/** `$or` is a plain field's name too: a list of operators below it is a list of values. */
function isOperator(value: Record<string, unknown>): boolean {
    const keys = Object.keys(value);
    return keys.length === 1 && keys[0] !== undefined && Object.hasOwn(OPERATORS, keys[0]);
}

function compileOr(patterns: Record<string, unknown>[], dialect: Dialect): Matcher {
    const tests = patterns.map((pattern) => {
        if (Object.keys(pattern).length === 0) throw invalid("Empty objects are not allowed", dialect);
        return compileObject(pattern, dialect);
    });
    return (event) => tests.some((test) => test(event));
}

function compileField(key: string, pattern: unknown, dialect: Dialect): Matcher {
    if (Array.isArray(pattern)) {
        const test = compileValues(pattern, dialect);
        return (event) => test(own(event, key));
    }
    if (!isObject(pattern)) throw invalid(`"${key}" must be an object or an array`, dialect);
    if (Object.keys(pattern).length === 0) throw invalid("Empty objects are not allowed", dialect);
    const test = compileObject(pattern, dialect);
    return (event) => {
        const value = own(event, key);
        if (Array.isArray(value))
            return value.some((element: unknown) => test(isObject(element) ? element : NOTHING));
        // An absent object may still match: `exists: false` below it.
        return test(isObject(value) ? value : NOTHING);
    };
}

const NOTHING: object = Object.freeze({});

function own(event: object, key: string): unknown {
    return Object.hasOwn(event, key) ? (event as Record<string, unknown>)[key] : undefined;
}

/** The alternatives for one field; in an event's array any element may match. */
function compileValues(alternatives: unknown[], dialect: Dialect): Test {
    if (alternatives.length === 0) throw invalid("Empty arrays are not allowed", dialect);
    const exact = new Set<unknown>();
    const tests: Test[] = [];
    let whenAbsent = false;
    for (const alternative of alternatives) {
        if (!isObject(alternative)) {
            if (Array.isArray(alternative))
                throw invalid("Match value must be String, number, true, false, or null", dialect);
            exact.add(alternative);
        } else if (isOperator(alternative) && "exists" in alternative) {
            const present = alternative["exists"];
            if (typeof present !== "boolean")
                throw invalid("exists match pattern must be either true or false.", dialect);
            if (present) tests.push(() => true);
            else whenAbsent = true;
        } else tests.push(compileOperator(alternative, dialect));
    }
    const matches: Test = (value) => exact.has(value) || tests.some((test) => test(value));
    return (value) => {
        if (Array.isArray(value) && value.length > 0)
            return value.some((element: unknown) => isLeaf(element) && matches(element));
        return isLeaf(value) ? matches(value) : whenAbsent;
    };
}

function isLeaf(value: unknown): boolean {
    return value !== undefined && (value === null || typeof value !== "object");
}

function compileOperator(alternative: Record<string, unknown>, dialect: Dialect): Test {
    const [name, ...others] = Object.keys(alternative);
    if (name === undefined || others.length > 0)
        throw invalid("Only one key allowed in match expression", dialect);
    const operator = Object.hasOwn(OPERATORS, name) ? OPERATORS[name] : undefined;
    if (!operator || (dialect === "lambda" && (name === "wildcard" || name === "cidr"))) {
        throw invalid(`Unrecognized match type ${name}`, dialect);
    }
    return operator(alternative[name], dialect);
}

const OPERATORS: Readonly<Record<string, (value: unknown, dialect: Dialect) => Test>> = {
    prefix: (value, dialect) => affix("prefix", value, dialect, (text, part) => text.startsWith(part)),
    suffix: (value, dialect) => affix("suffix", value, dialect, (text, part) => text.endsWith(part)),
    "equals-ignore-case": (value, dialect) => {
        const lower = text(value, "equals-ignore-case", dialect).toLowerCase();
        return (actual) => typeof actual === "string" && actual.toLowerCase() === lower;
    },
    wildcard: (value, dialect) => wildcard(text(value, "wildcard", dialect), dialect),
    cidr: (value, dialect) => cidr(text(value, "cidr", dialect), dialect),
    numeric: (value, dialect) => numeric(value, dialect),
    "anything-but": (value, dialect) => anythingBut(value, dialect),
    exists: () => () => true,
};

function affix(
    name: "prefix" | "suffix",
    value: unknown,
    dialect: Dialect,
    has: (text: string, part: string) => boolean,
): Test {
    if (isObject(value) && Object.keys(value).join() === "equals-ignore-case") {
        const lower = text(value["equals-ignore-case"], "equals-ignore-case", dialect).toLowerCase();
        return (actual) => typeof actual === "string" && has(actual.toLowerCase(), lower);
    }
    const part = text(value, name, dialect);
    return (actual) => typeof actual === "string" && has(actual, part);
}

function wildcard(pattern: string, dialect: Dialect): Test {
    if (/(^|[^\\])(\\\\)*\*\*/.test(pattern)) throw invalid("Consecutive wildcard characters", dialect);
    if (/\\(?![*\\])/.test(pattern.replace(/\\\\/g, ""))) throw invalid("Invalid escape character", dialect);
    const source = pattern.replace(
        /\\([*\\])|\*|[\^$.?()[\]{}|+\\]/g,
        (match, escaped: string | undefined) =>
            escaped !== undefined ? `\\${escaped}` : match === "*" ? "[^]*" : `\\${match}`,
    );
    const expression = new RegExp(`^${source}$`);
    return (actual) => typeof actual === "string" && expression.test(actual);
}

function cidr(value: string, dialect: Dialect): Test {
    const [address = "", bits = isIPv6(address) ? "128" : "32"] = value.split("/");
    const family = isIP(address) === 6 ? "ipv6" : "ipv4";
    const list = new BlockList();
    try {
        list.addSubnet(address, Number(bits), family);
    } catch {
        throw invalid(`Malformed CIDR, one '/' required: ${value}`, dialect);
    }
    return (actual) =>
        typeof actual === "string" &&
        isIP(actual) !== 0 &&
        list.check(actual, isIPv6(actual) ? "ipv6" : "ipv4");
}

/** EventBridge compares numbers between -5.0e9 and 5.0e9 only. */
const MAX_NUMBER = 5e9;

const COMPARISONS: Readonly<Record<string, (a: number, b: number) => boolean>> = {
    "=": (a, b) => a === b,
    "<": (a, b) => a < b,
    "<=": (a, b) => a <= b,
    ">": (a, b) => a > b,
    ">=": (a, b) => a >= b,
};

function numeric(value: unknown, dialect: Dialect): Test {
    if (!isList(value)) throw invalid("Value of numeric must be an array.", dialect);
    if (value.length !== 2 && value.length !== 4) {
        throw invalid(
            "Value of numeric must be one or two comparisons, each an operator and a number",
            dialect,
        );
    }
    const tests: ((actual: number) => boolean)[] = [];
    for (let i = 0; i < value.length; i += 2) {
        const [name, bound] = [value[i], value[i + 1]];
        const compare =
            typeof name === "string" && Object.hasOwn(COMPARISONS, name) ? COMPARISONS[name] : undefined;
        if (!compare) throw invalid(`Unrecognized numeric range operator: ${String(name)}`, dialect);
        if (typeof bound !== "number") throw invalid("Value of numeric range must be a number", dialect);
        if (Math.abs(bound) > MAX_NUMBER) {
            throw invalid(`Value must be between ${-MAX_NUMBER} and ${MAX_NUMBER}, inclusive`, dialect);
        }
        if (value.length === 4 && (i === 0 ? !String(name).startsWith(">") : !String(name).startsWith("<"))) {
            throw invalid("Too many terms in numeric range expression", dialect);
        }
        tests.push((actual) => compare(actual, bound));
    }
    return (actual) => typeof actual === "number" && tests.every((test) => test(actual));
}

/** Matches what is there and is none of the given; a field that is absent does not match. */
function anythingBut(value: unknown, dialect: Dialect): Test {
    if (isObject(value)) {
        if (dialect === "lambda") throw invalid("Unsupported anything-but pattern", dialect);
        return anythingButOperator(value, dialect);
    }
    const list: unknown[] = Array.isArray(value) ? value : [value];
    if (list.length === 0) throw invalid("Empty arrays are not allowed", dialect);
    const [kind] = list.map((entry) => typeof entry);
    if ((kind !== "string" && kind !== "number") || list.some((entry) => typeof entry !== kind)) {
        throw invalid(
            "Inside anything but list, either all values are number or string, mixed type is not supported",
            dialect,
        );
    }
    const excluded = new Set(list);
    return (actual) => !excluded.has(actual);
}

const ANYTHING_BUT_OPERATORS = ["prefix", "suffix", "equals-ignore-case", "wildcard"];

function anythingButOperator(value: Record<string, unknown>, dialect: Dialect): Test {
    const [name, ...others] = Object.keys(value);
    if (name === undefined || others.length > 0 || !ANYTHING_BUT_OPERATORS.includes(name)) {
        throw invalid(`Unsupported anything-but pattern: ${String(name)}`, dialect);
    }
    const given = value[name];
    const list: unknown[] = Array.isArray(given) ? given : [given];
    const tests = list.map((entry) => compileOperator({ [name]: entry }, dialect));
    return (actual) => !tests.some((test) => test(actual));
}

function text(value: unknown, operator: string, dialect: Dialect): string {
    if (typeof value !== "string") throw invalid(`${operator} match pattern must be a string`, dialect);
    return value;
}

function isList(value: unknown): value is unknown[] {
    return Array.isArray(value);
}

function isObject(value: unknown): value is Record<string, unknown> {
    return typeof value === "object" && value !== null && !Array.isArray(value);
}
