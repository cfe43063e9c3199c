/** The schemas in docs/schemas/, and whether one takes what a command printed. */
import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import path from "node:path";
import { Ajv2020 } from "ajv/dist/2020.js";
import type { ValidateFunction } from "ajv/dist/2020.js";
import { ROOT } from "./command-line.ts";
import type { Printed } from "./json-outputs.ts";

export type Schema = Readonly<Record<string, unknown>>;

const FOLDER = "docs/schemas";

export function schemaOf(name: string): Schema {
    return JSON.parse(readFileSync(path.join(ROOT, FOLDER, `${name}.schema.json`), "utf8")) as Schema;
}

export function schemaNames(): string[] {
    return globSync("*.schema.json", { cwd: path.join(ROOT, FOLDER) }).map((file) =>
        path.basename(file, ".schema.json"),
    );
}

/** The schema of what was printed. */
export function schemaNameOf({ json }: Printed): string {
    const { format, type, exit } = json;
    if (typeof format === "string") return /^turnstile\.([a-z-]+)\/1\.\d+$/.exec(format)?.[1] ?? format;
    return exit !== undefined ? "error" : `trace of ${String(type)}`.slice(0, 5);
}

const ajv = new Ajv2020({ allErrors: true, strict: true, allowUnionTypes: true });
const validators = new Map<string, ValidateFunction>();

/** Checks by a schema without room for a field that it does not name. */
export function validatorOf(name: string): ValidateFunction {
    const known = validators.get(name) ?? ajv.compile(closed(schemaOf(name)) as Schema);
    validators.set(name, known);
    return known;
}

/** Throws unless the document's schema takes it, and knows every field of it. */
export function checkDocument(printed: Printed): void {
    const name = schemaNameOf(printed);
    assert.ok(schemaNames().includes(name), `${printed.by}: there is no schema ${name}`);
    const validate = validatorOf(name);
    assert.ok(
        validate(printed.json),
        `${printed.by}: ${JSON.stringify(validate.errors)} in ${JSON.stringify(printed.json)}`,
    );
}

/** The same schema without room for a field that it does not name: readers ignore what they do not know, a test does not. */
function closed(schema: unknown): unknown {
    if (typeof schema !== "object" || schema === null) return schema;
    if (Array.isArray(schema)) return schema.map(closed);
    const inner = Object.fromEntries(Object.entries(schema).map(([key, value]) => [key, closed(value)]));
    const isOpen = "required" in inner && "properties" in inner && !("additionalProperties" in inner);
    return isOpen ? { ...inner, additionalProperties: false } : inner;
}
