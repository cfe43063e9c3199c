/**
 * Attribute values and items. A value comes in once, through `admit`, which checks, normalizes and copies it. From then on
 * it is immutable, has exactly one member, and is shared between items, indexes, stream records and outputs.
 */
import { AwsError } from "../../service.ts";
import { invalidParameter, validation } from "./errors.ts";
import { compareNumbers, normalizeNumber, numberOrder, numberSize } from "./numbers.ts";

/** An attribute value as the SDK has it, with exactly one member. */
export interface AttributeValue {
    readonly S?: string;
    readonly N?: string;
    readonly B?: Uint8Array;
    readonly BOOL?: boolean;
    readonly NULL?: boolean;
    readonly SS?: readonly string[];
    readonly NS?: readonly string[];
    readonly BS?: readonly Uint8Array[];
    readonly L?: readonly AttributeValue[];
    readonly M?: Item;
}

export type ValueType = keyof AttributeValue;

export type Item = Readonly<Record<string, AttributeValue>>;

/** "Item size" in "Service, account, and table quotas in Amazon DynamoDB". */
export const MAX_ITEM_BYTES = 400 * 1024;
/** "Nested attribute depth", same page. */
const MAX_DEPTH = 32;

/** An attribute of an item or an entry of a map, never a member that JavaScript objects inherit. */
export function get(map: Item, name: string): AttributeValue | undefined {
    return Object.hasOwn(map, name) ? map[name] : undefined;
}

/** Sets an entry of a new map. It may have any name, even `__proto__`. */
export function put(map: Record<string, AttributeValue>, name: string, value: AttributeValue): void {
    if (name !== "__proto__") map[name] = value;
    else Object.defineProperty(map, name, { value, enumerable: true, configurable: true, writable: true });
}

/** The number of entries of a map. */
export function countOf(map: Item): number {
    return Object.keys(map).length;
}

export function typeOf(value: AttributeValue): ValueType {
    return Object.keys(value)[0] as ValueType;
}

/**
 * Checks a value of a request and returns an immutable, normalized copy. Binary values may be bytes, as the SDK has
 * them, or base64 text, as JSON has them. Throws what AWS would.
 */
export function admit(value: unknown, depth = 0): AttributeValue {
    checkDepth(depth);
    if (typeof value !== "object" || value === null)
        throw serialization(`an attribute value is ${typeof value}`);
    const type = onlyMember(value);
    const content = type === undefined ? undefined : (value as Record<string, unknown>)[type];
    switch (type) {
        case "S":
            return { S: text(content, "S") };
        case "N":
            return { N: number(content, "N") };
        case "B":
            return { B: bytes(content) };
        case "BOOL":
            return { BOOL: boolean(content) };
        case "NULL":
            return { NULL: nullMark(content) };
        case "SS":
            return { SS: stringSet(list(content, "SS").map((element) => text(element, "SS"))) };
        case "NS":
            return { NS: numberSet(list(content, "NS").map((element) => number(element, "NS"))) };
        case "BS":
            return { BS: binarySet(list(content, "BS").map(bytes)) };
        case "L":
            return { L: list(content, "L").map((element) => admit(element, depth + 1)) };
        case "M":
            return { M: admitItem(content, depth + 1) };
        default:
            throw validation(
                "Supplied AttributeValue is empty, must contain exactly one of the supported datatypes",
            );
    }
}

/** Checks and copies an item, a key or the content of a map. */
export function admitItem(item: unknown, depth = 0): Item {
    if (typeof item !== "object" || item === null || Array.isArray(item)) {
        throw serialization("a map of attribute values is none");
    }
    const copy: Record<string, AttributeValue> = {};
    for (const name of Object.keys(item)) {
        const value = (item as Record<string, unknown>)[name];
        if (value !== undefined) put(copy, name, admit(value, depth));
    }
    return copy;
}

/** Bytes that an item takes: "DynamoDB item sizes and formats" of the Developer Guide. */
export function itemSize(item: Item): number {
    let size = 0;
    for (const name of Object.keys(item))
        size += Buffer.byteLength(name) + valueSize(item[name] as AttributeValue);
    return size;
}

export function valueSize(value: AttributeValue): number {
    if (value.S !== undefined) return Buffer.byteLength(value.S);
    if (value.N !== undefined) return numberSize(value.N);
    if (value.M !== undefined) return 3 + Object.keys(value.M).length + itemSize(value.M);
    if (value.L !== undefined) return value.L.reduce((size, element) => size + 1 + valueSize(element), 3);
    if (value.B !== undefined) return value.B.length;
    if (value.SS !== undefined)
        return value.SS.reduce((size, element) => size + Buffer.byteLength(element), 0);
    if (value.NS !== undefined) return value.NS.reduce((size, element) => size + numberSize(element), 0);
    if (value.BS !== undefined) return value.BS.reduce((size, element) => size + element.length, 0);
    return 1;
}

/** Deep equality; the order of a set does not matter. The comparison of a value with itself costs nothing. */
export function equal(a: AttributeValue, b: AttributeValue): boolean {
    if (a === b) return true;
    if (a.S !== undefined) return a.S === b.S;
    if (a.N !== undefined) return a.N === b.N;
    if (a.M !== undefined) return b.M !== undefined && equalItems(a.M, b.M);
    if (a.BOOL !== undefined) return a.BOOL === b.BOOL;
    if (a.NULL !== undefined) return b.NULL !== undefined;
    if (a.B !== undefined) return b.B !== undefined && compareBytes(a.B, b.B) === 0;
    if (a.L !== undefined) {
        const other = b.L;
        return (
            other?.length === a.L.length &&
            a.L.every((element, i) => equal(element, other[i] as AttributeValue))
        );
    }
    const type = typeOf(a);
    if (!(type in b)) return false;
    const left = setElements(a);
    const right = new Set(setElements(b));
    return left.length === right.size && left.every((element) => right.has(element));
}

export function equalItems(a: Item, b: Item): boolean {
    if (a === b) return true;
    const names = Object.keys(a);
    if (names.length !== Object.keys(b).length) return false;
    return names.every((name) => {
        const other = get(b, name);
        return other !== undefined && equal(a[name] as AttributeValue, other);
    });
}

/** The order of two strings, two numbers or two binaries; undefined for anything else. */
export function compare(a: AttributeValue, b: AttributeValue): number | undefined {
    if (a.N !== undefined) return b.N === undefined ? undefined : compareNumbers(a.N, b.N);
    if (a.S !== undefined) return b.S === undefined ? undefined : compareStrings(a.S, b.S);
    if (a.B !== undefined) return b.B === undefined ? undefined : compareBytes(a.B, b.B);
    return undefined;
}

/** A text for a key value. Texts of one type are equal only for equal values, and `<` sorts them as DynamoDB does. */
export function keyOrder(value: AttributeValue): string {
    if (value.S !== undefined) return stringOrder(value.S);
    if (value.N !== undefined) return numberOrder(value.N);
    if (value.B !== undefined) return Buffer.from(value.B).toString("latin1");
    throw new TypeError(`a key of type ${typeOf(value)}`);
}

/** The elements of a set; binary ones as text, which can be compared. */
export function setElements(value: AttributeValue): readonly string[] {
    if (value.SS) return value.SS;
    if (value.NS) return value.NS;
    return (value.BS ?? []).map((element) => Buffer.from(element).toString("latin1"));
}

/** A set of the type that `like` is of, from elements as `setElements` gives them; undefined if there are none. */
export function setOf(like: AttributeValue, elements: readonly string[]): AttributeValue | undefined {
    if (elements.length === 0) return undefined;
    if (like.SS) return { SS: elements };
    if (like.NS) return { NS: elements };
    return { BS: elements.map((element) => new Uint8Array(Buffer.from(element, "latin1"))) };
}

export function compareBytes(a: Uint8Array, b: Uint8Array): number {
    return Buffer.compare(a, b);
}

function compareStrings(a: string, b: string): number {
    if (a === b) return 0;
    return stringOrder(a) < stringOrder(b) ? -1 : 1;
}

/**
 * DynamoDB sorts strings by their UTF-8 bytes, which is by code points; JavaScript sorts by UTF-16 units. The orders of
 * surrogates and of U+E000 to U+FFFF differ, so these two ranges are exchanged.
 */
function stringOrder(value: string): string {
    if (!/[\ud800-\uffff]/.test(value)) return value;
    let order = "";
    for (let i = 0; i < value.length; i++) {
        const unit = value.charCodeAt(i);
        order += String.fromCharCode(unit < 0xd800 ? unit : unit < 0xe000 ? unit + 0x2000 : unit - 0x800);
    }
    return order;
}

function stringSet(elements: readonly string[]): readonly string[] {
    if (elements.length === 0) throw invalidParameter("An string set  may not be empty");
    if (new Set(elements).size < elements.length) {
        throw invalidParameter(`Input collection [${elements.join(", ")}] contains duplicates.`);
    }
    return elements;
}

function numberSet(elements: readonly string[]): readonly string[] {
    if (elements.length === 0) throw invalidParameter("An number set  may not be empty");
    if (new Set(elements).size < elements.length) throw validation("Input collection contains duplicates");
    return elements;
}

function binarySet(elements: readonly Uint8Array[]): readonly Uint8Array[] {
    if (elements.length === 0) throw invalidParameter("Binary sets should not be empty");
    const texts = elements.map((element) => Buffer.from(element).toString("base64"));
    if (new Set(texts).size < texts.length) {
        throw invalidParameter(`Input collection [${texts.join(", ")}]of type BS contains duplicates.`);
    }
    return elements;
}

function checkDepth(depth: number): void {
    if (depth >= MAX_DEPTH) {
        throw validation(
            "Nesting Levels have exceeded supported limits: Attributes in the item have nested levels beyond supported limit",
        );
    }
}

/** The name of a value's one member; undefined if it has none. */
function onlyMember(value: object): string | undefined {
    let type: string | undefined;
    for (const member in value) {
        if ((value as Record<string, unknown>)[member] === undefined) continue;
        if (type !== undefined) {
            throw validation(
                "Supplied AttributeValue has more than one datatypes set, must contain exactly one of the supported datatypes",
            );
        }
        type = member;
    }
    return type;
}

function boolean(content: unknown): boolean {
    if (typeof content !== "boolean") throw serialization(`BOOL is ${typeof content}`);
    return content;
}

function nullMark(content: unknown): true {
    if (content === true) return true;
    throw invalidParameter("Null attribute value types must have the value of true");
}

function number(content: unknown, type: string): string {
    return normalizeNumber(text(content, type));
}

function text(content: unknown, type: string): string {
    if (typeof content !== "string")
        throw serialization(`${type} is ${content === null ? "null" : typeof content}`);
    return content;
}

function list(content: unknown, type: string): readonly unknown[] {
    if (!Array.isArray(content)) throw serialization(`${type} is not a list`);
    return content;
}

function bytes(content: unknown): Uint8Array {
    if (content instanceof Uint8Array) return new Uint8Array(content);
    if (typeof content === "string") return new Uint8Array(Buffer.from(content, "base64"));
    throw serialization(`B is ${typeof content}`);
}

/** The error of a request that does not have the API's shape. */
function serialization(what: string): AwsError {
    return new AwsError("SerializationException", `Unexpected value type in payload: ${what}`);
}
