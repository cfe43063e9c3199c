/** docs/schemas/ against what the commands print: every field is in a schema, and every schema is of something. */
import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import path from "node:path";
import { Ajv2020 } from "ajv/dist/2020.js";
import type { ValidateFunction } from "ajv/dist/2020.js";
import { PHASES } from "../../cli/page/data.ts";
import { TRACE_OUTCOMES } from "../../cli/trace/format.ts";
import { ROOT } from "./command-line.ts";
import { jsonOutputs } from "./json-outputs.ts";
import type { Printed } from "./json-outputs.ts";

type Schema = Readonly<Record<string, unknown>>;

const FOLDER = "docs/schemas";

function schemaOf(name: string): Schema {
    return JSON.parse(readFileSync(path.join(ROOT, FOLDER, `${name}.schema.json`), "utf8")) as Schema;
}

function names(): string[] {
    return globSync("*.schema.json", { cwd: path.join(ROOT, FOLDER) }).map((file) =>
        path.basename(file, ".schema.json"),
    );
}

/** The schema of what was printed. */
function nameOf({ json }: Printed): string {
    const { format, type, exit } = json;
    if (typeof format === "string") return /^turnstile\.([a-z-]+)\/1\.\d+$/.exec(format)?.[1] ?? format;
    return exit !== undefined ? "error" : `trace of ${String(type)}`.slice(0, 5);
}

/** The same schema without room for a field that it does not name: readers ignore what they do not know, this test does not. */
function closed(schema: unknown): unknown {
    if (typeof schema !== "object" || schema === null) return schema;
    if (Array.isArray(schema)) return schema.map(closed);
    const inner = Object.fromEntries(Object.entries(schema).map(([key, value]) => [key, closed(value)]));
    const isOpen = "required" in inner && "properties" in inner && !("additionalProperties" in inner);
    return isOpen ? { ...inner, additionalProperties: false } : inner;
}

describe("The JSON Schemas in docs/schemas", () => {
    let printed: readonly Printed[];
    const validators = new Map<string, ValidateFunction>();

    before(async () => {
        printed = await jsonOutputs();
        const ajv = new Ajv2020({ allErrors: true, strict: true, allowUnionTypes: true });
        for (const name of names()) validators.set(name, ajv.compile(closed(schemaOf(name)) as Schema));
    });

    it("take what every command prints, and know every field of it", () => {
        for (const each of printed) {
            const validate = validators.get(nameOf(each));
            assert.ok(validate, `${each.by}: there is no schema ${nameOf(each)}`);
            assert.ok(
                validate(each.json),
                `${each.by}: ${JSON.stringify(validate.errors)} in ${JSON.stringify(each.json)}`,
            );
        }
    });

    it("are each of something that a command prints", () => {
        const used = new Set(printed.map(nameOf));
        assert.deepEqual(
            names().filter((name) => !used.has(name)),
            [],
        );
    });

    it("refuse a document without one of its fields", () => {
        for (const each of printed) {
            const { required } = schemaOf(nameOf(each)) as { required?: readonly string[] };
            for (const field of required ?? []) {
                const less = { ...each.json, [field]: undefined };
                assert.equal(
                    validators.get(nameOf(each))?.(JSON.parse(JSON.stringify(less))),
                    false,
                    `${each.by}: ${field}`,
                );
            }
        }
    });

    it("name the phases and the ends of a trace as the code does", () => {
        const { $defs } = schemaOf("trace") as { $defs: { message: { properties: Record<string, Schema> } } };
        const { outcome, phases } = $defs.message.properties;
        assert.deepEqual(outcome?.["enum"], [...TRACE_OUTCOMES, null]);
        assert.match(JSON.stringify(phases), new RegExp(JSON.stringify(PHASES).replace(/[[\]]/g, "\\$&")));
    });
});
