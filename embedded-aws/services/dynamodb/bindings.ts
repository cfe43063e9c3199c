/**
 * The names and values that a request supplies for the placeholders of its expressions. A placeholder that is supplied
 * and not used is an error, as is one that is used and not supplied.
 */
import { AwsError } from "../../service.ts";
import { validation } from "./errors.ts";
import { ExpressionError } from "./lexer.ts";
import { entryOf } from "./large-map.ts";
import { isPlaceholder } from "./paths.ts";
import type { Path } from "./paths.ts";
import { admit, get } from "./values.ts";
import type { AttributeValue, Item } from "./values.ts";

/** The placeholders of a parsed expression. */
export interface Placeholders {
    /** Each `#name` in it, once. */
    readonly names: readonly string[];
    /** Each `:value` in it, once. */
    readonly values: readonly string[];
}

const NO_NAMES: Readonly<Record<string, string>> = {};
const NO_VALUES: Readonly<Record<string, AttributeValue>> = {};

/**
 *     const bindings = new Bindings({ "#h": "holders" }, { ":me": { S: "A" } });
 *     bindings.resolve(["#h", "A"]); //     ["holders", "A"]
 *     bindings.valueOf(":me"); //           { S: "A" }
 */
export class Bindings {
    private readonly names: Readonly<Record<string, string>>;
    private readonly values: Readonly<Record<string, AttributeValue>>;
    private readonly used: Placeholders[] = [];

    /** Checks the names and values of a request. */
    constructor(names: Readonly<Record<string, string>> | undefined, values: object | undefined) {
        this.names = names ? checkNames(names) : NO_NAMES;
        this.values = values ? admitValues(values) : NO_VALUES;
    }

    /** The path with the request's names in it. */
    resolve(path: Path): Path {
        return path.some(isPlaceholder) ? path.map((element) => this.elementOf(element)) : path;
    }

    /** The name of the attribute that the path begins with. */
    headOf(path: Path): string {
        return this.elementOf(path[0] as string) as string;
    }

    /** What an item has at a path. */
    lookUp(item: Item | undefined, path: Path): AttributeValue | undefined {
        if (!item) return undefined;
        let value = get(item, this.headOf(path));
        for (let i = 1; i < path.length && value !== undefined; i++) {
            const element = this.elementOf(path[i] as string | number);
            value = typeof element === "number" ? value.L?.[element] : entryOf(value, element);
        }
        return value;
    }

    /** The value of a placeholder, which `checkValue` must have found. */
    valueOf(placeholder: string): AttributeValue {
        const value = this.values[placeholder];
        if (!value) throw new TypeError(`${placeholder} was not checked`);
        return value;
    }

    /** Throws for the first name of the path that the request does not define. */
    checkNamesOf(path: Path): void {
        for (const element of path) {
            if (!isPlaceholder(element) || this.names[element]) continue;
            throw new ExpressionError(
                `An expression attribute name used in the document path is not defined; attribute name: ${element}`,
            );
        }
    }

    checkValue(placeholder: string): void {
        if (this.values[placeholder]) return;
        throw new ExpressionError(
            `An expression attribute value used in expression is not defined; attribute value: ${placeholder}`,
        );
    }

    /** Notes that an expression of the request uses these names and values. */
    use(expression: Placeholders): void {
        this.used.push(expression);
    }

    /** Throws if a name or a value is in none of the expressions. */
    checkUnused(): void {
        const { used } = this;
        const names = Object.keys(this.names).filter((name) => !used.some((one) => one.names.includes(name)));
        if (names.length > 0) throw unused("ExpressionAttributeNames", names);
        const values = Object.keys(this.values).filter(
            (value) => !used.some((one) => one.values.includes(value)),
        );
        if (values.length > 0) throw unused("ExpressionAttributeValues", values);
    }

    private elementOf(element: string | number): string | number {
        return isPlaceholder(element) ? (this.names[element] ?? element) : element;
    }
}

function unused(what: string, keys: readonly string[]): AwsError {
    return validation(`Value provided in ${what} unused in expressions: keys: {${keys.join(", ")}}`);
}

function checkNames(names: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
    const keys = Object.keys(names);
    if (keys.length === 0) throw validation("ExpressionAttributeNames must not be empty");
    for (const key of keys) {
        checkKey("ExpressionAttributeNames", key, /^#[0-9a-zA-Z_]+$/);
        if (typeof names[key] !== "string") {
            throw new AwsError(
                "SerializationException",
                `${key} of ExpressionAttributeNames is not a string`,
            );
        }
        if (names[key] === "") {
            throw validation(
                `ExpressionAttributeNames contains invalid value: Empty attribute name for key ${key}`,
            );
        }
    }
    return names;
}

function admitValues(values: object): Readonly<Record<string, AttributeValue>> {
    const keys = Object.keys(values);
    if (keys.length === 0) throw validation("ExpressionAttributeValues must not be empty");
    for (const key of keys) checkKey("ExpressionAttributeValues", key, /^:[0-9a-zA-Z_]+$/);
    const admitted: Record<string, AttributeValue> = {};
    for (const key of keys) {
        try {
            admitted[key] = admit((values as Record<string, unknown>)[key]);
        } catch (error) {
            if (!(error instanceof AwsError) || error.name !== "ValidationException") throw error;
            throw validation(
                `ExpressionAttributeValues contains invalid value: ${error.message} for key ${key}`,
            );
        }
    }
    return admitted;
}

function checkKey(what: string, key: string, form: RegExp): void {
    if (!form.test(key)) throw validation(`${what} contains invalid key: Syntax error; key: "${key}"`);
}
