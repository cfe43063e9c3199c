/** Holds what a program hands to the provider against what the provider declares. */
import * as pulumi from "@pulumi/pulumi";
import { deprecationOfType, inputsOf } from "./declarations.ts";
import type { Shape, Type } from "./declarations.ts";
import { meant } from "./spelling.ts";

export interface Declared {
    /** Pulumi's type token, such as `aws:sqs/queue:Queue`, or a function's. */
    readonly type: string;
    readonly name: string;
    /** What the program gave, with every output resolved: a constructor silently drops what it does not know. */
    readonly given: Readonly<Record<string, unknown>>;
}

/** Everything that is wrong with a resource's inputs, each with the resource, its type and the input. */
export function schemaMistakes({ type, name, given }: Declared): string[] {
    const against = deprecationOfType(type);
    return [
        ...(against === undefined ? [] : [`the type is deprecated: ${against}`]),
        ...objectMistakes(inputsOf(type), given, ""),
    ].map((mistake) => `${name} (${type}): ${mistake}`);
}

function objectMistakes(shape: Shape, value: object, at: string): string[] {
    const given = Object.entries(value);
    const unknown = given.map(([name]) => name).filter((name) => !shape.has(name));
    const values = new Map(given);
    const declared = [...shape].flatMap(([name, { type, isRequired, deprecated }]) => {
        const item: unknown = values.get(name);
        // An input that is undefined or null is one that was not given.
        if (item === undefined || item === null) {
            return isRequired ? [`${at}${name} is missing; expected ${described(type)}`] : [];
        }
        const against = deprecated === undefined ? [] : [`${at}${name} is deprecated: ${deprecated}`];
        return [...against, ...mistakes(type, item, `${at}${name}`)];
    });
    return [
        ...unknown.map((name) => `${at}${name} is not an input${suggestion(name, [...shape.keys()])}`),
        ...declared,
    ];
}

function mistakes(type: Type, value: unknown, at: string): string[] {
    switch (type.kind) {
        case "any":
            return [];
        case "list":
            return Array.isArray(value)
                ? value.flatMap((item, i) => mistakes(type.of, item, `${at}[${i}]`))
                : wrong(type, value, at);
        case "map":
            return isPlain(value)
                ? Object.entries(value).flatMap(([key, item]) => mistakes(type.of, item, `${at}.${key}`))
                : wrong(type, value, at);
        case "object":
            return isPlain(value) ? objectMistakes(type.shape(), value, `${at}.`) : wrong(type, value, at);
        case "choice":
            return choiceMistakes(type, value, at);
        case "union":
            return unionMistakes(type.of, value, at);
        default:
            return isOf(type.kind, value) ? [] : wrong(type, value, at);
    }
}

function isOf(
    kind: "nothing" | "string" | "number" | "boolean" | "asset" | "archive" | "resource",
    value: unknown,
) {
    switch (kind) {
        case "nothing":
            return value === undefined;
        case "asset":
            return pulumi.asset.Asset.isInstance(value);
        case "archive":
            return pulumi.asset.Archive.isInstance(value);
        case "resource":
            return pulumi.Resource.isInstance(value);
        case "number":
            return Number.isFinite(value);
        default:
            return typeof value === kind;
    }
}

function choiceMistakes(type: Type & { kind: "choice" }, value: unknown, at: string): string[] {
    const choice = typeof value === "string" ? type.choices.get(value) : undefined;
    if (choice?.deprecated !== undefined)
        return [`${at} is ${show(value)}, which is deprecated: ${choice.deprecated}`];
    if (choice) return [];
    const current = [...type.choices].filter(([, { deprecated }]) => deprecated === undefined);
    const names = current.map(([name]) => name);
    const [mistake = ""] = wrong(type, value, at);
    return [typeof value === "string" ? mistake + suggestion(value, names) : mistake];
}

/**
 * Of the alternatives the one that fits best is what was meant. Where a document may be given as text as well, such as a
 * policy, the text is held against the document's type.
 */
function unionMistakes(types: readonly Type[], value: unknown, at: string): string[] {
    const document = types.find(({ kind }) => kind === "object");
    const parsed = typeof value === "string" && document ? parseJson(value) : undefined;
    if (document && isPlain(parsed)) return mistakes(document, parsed, at);
    const found = types.map((type) => ({ type, mistakes: mistakes(type, value, at) }));
    if (found.some((each) => each.mistakes.length === 0)) return [];
    const sameForm = found.filter(({ type }) =>
        type.kind === "list" ? Array.isArray(value) : ["object", "map"].includes(type.kind) && isPlain(value),
    );
    const [best] = sameForm.sort((a, b) => a.mistakes.length - b.mistakes.length);
    return best?.mistakes ?? wrong({ kind: "union", of: types }, value, at);
}

function wrong(type: Type, value: unknown, at: string): string[] {
    return [`${at} is ${show(value)}; expected ${described(type)}`];
}

function described(type: Type): string {
    switch (type.kind) {
        case "any":
            return "a value";
        case "nothing":
            return "nothing";
        case "string":
            return "a text";
        case "number":
        case "boolean":
        case "resource":
            return `a ${type.kind}`;
        case "asset":
        case "archive":
            return `an ${type.kind}`;
        case "choice":
            return `one of ${[...type.choices.keys()].join(", ")}`;
        case "list":
            return `a list, each item ${described(type.of)}`;
        case "map":
            return `a map, each value ${described(type.of)}`;
        case "object":
            return `an object with ${[...type.shape().keys()].join(", ")}`;
        case "union":
            return type.of.map(described).join(" or ");
    }
}

function suggestion(name: string, names: readonly string[]): string {
    const nearest = meant(name, names);
    return nearest === undefined ? "" : `; did you mean ${nearest}?`;
}

function show(value: unknown): string {
    const text = JSON.stringify(value) ?? String(value);
    return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}

function isPlain(value: unknown): value is Record<string, unknown> {
    if (typeof value !== "object" || value === null || Array.isArray(value)) return false;
    return ![pulumi.asset.Asset, pulumi.asset.Archive, pulumi.Resource].some((each) =>
        each.isInstance(value),
    );
}

function parseJson(text: string): unknown {
    try {
        return JSON.parse(text);
    } catch {
        return undefined;
    }
}
