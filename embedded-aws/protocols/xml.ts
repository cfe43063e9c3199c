/** Writes values as XML, as their shapes say. */
import { toText } from "./shapes.ts";
import type { Shape } from "./shapes.ts";

interface XmlTraits {
    readonly xmlName?: string;
    readonly xmlFlattened?: number;
    readonly xmlAttribute?: number;
    readonly xmlNamespace?: readonly string[];
}

/** The element `name` with what is in `value`. */
export function element(name: string, shape: Shape, value: unknown): string {
    if (shape.isStructSchema()) return structure(name, shape, value as Readonly<Record<string, unknown>>);
    if (shape.isListSchema())
        return wrapped(name, list(nameIn(shape.getValueSchema(), "member"), shape, value));
    if (shape.isMapSchema()) return wrapped(name, map("entry", shape, value as object));
    return wrapped(name, escaped(toText(shape, value, "date-time")));
}

/** The elements of a structure's members, without one around them. */
export function members(shape: Shape, value: Readonly<Record<string, unknown>>): string {
    const written = [...shape.structIterator()].map(([name, member]) => {
        const given = value[name];
        if (given === undefined || given === null || traitsOf(member).xmlAttribute) return "";
        return memberElement(nameIn(member, name), member, given);
    });
    return written.join("");
}

export function wrapped(name: string, content: string, attributes = ""): string {
    return `<${name}${attributes}>${content}</${name}>`;
}

export function escaped(text: string): string {
    return text.replace(
        /[&<>"\r\u0085\u2028]/g,
        (character) => `&#x${character.charCodeAt(0).toString(16)};`,
    );
}

/** The name of an element, which a shape may change. */
export function nameIn(shape: Shape, name: string): string {
    return traitsOf(shape).xmlName ?? name;
}

function structure(name: string, shape: Shape, value: Readonly<Record<string, unknown>>): string {
    const attributes = [...shape.structIterator()].map(([member, of]) => {
        const traits = traitsOf(of);
        if (!traits.xmlAttribute || value[member] === undefined) return "";
        return ` ${traits.xmlName ?? member}="${escaped(toText(of, value[member], "date-time"))}"`;
    });
    return wrapped(name, members(shape, value), attributes.join(""));
}

function memberElement(name: string, shape: Shape, value: unknown): string {
    if (!traitsOf(shape).xmlFlattened) return element(name, shape, value);
    return shape.isMapSchema() ? map(name, shape, value as object) : list(name, shape, value);
}

function list(name: string, shape: Shape, value: unknown): string {
    const member = shape.getValueSchema();
    return (value as readonly unknown[]).map((each) => element(name, member, each)).join("");
}

function map(name: string, shape: Shape, value: object): string {
    const [key, member] = [shape.getKeySchema(), shape.getValueSchema()];
    const entries = Object.entries(value).map(([each, content]) => {
        const pair =
            element(nameIn(key, "key"), key, each) + element(nameIn(member, "value"), member, content);
        return wrapped(name, pair);
    });
    return entries.join("");
}

function traitsOf(shape: Shape): XmlTraits {
    return shape.getMergedTraits();
}
