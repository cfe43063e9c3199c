/** docs/schemas/ against what the commands print: every field is in a schema, and every schema is of something. */
import assert from "node:assert/strict";
import { PHASES } from "../../cli/page/data.ts";
import { TRACE_OUTCOMES } from "../../cli/trace/format.ts";
import { jsonOutputs } from "./json-outputs.ts";
import type { Printed } from "./json-outputs.ts";
import { checkDocument, schemaNameOf, schemaNames, schemaOf, validatorOf } from "./json-schemas.ts";
import type { Schema } from "./json-schemas.ts";

describe("The JSON Schemas in docs/schemas", () => {
    let printed: readonly Printed[];

    before(async () => {
        printed = await jsonOutputs();
    });

    it("take what every command prints, and know every field of it", () => {
        for (const each of printed) checkDocument(each);
    });

    it("are each of something that a command prints", () => {
        const used = new Set(printed.map(schemaNameOf));
        assert.deepEqual(
            schemaNames().filter((name) => !used.has(name)),
            [],
        );
    });

    it("refuse a document without one of its fields", () => {
        for (const each of printed) {
            const { required } = schemaOf(schemaNameOf(each)) as { required?: readonly string[] };
            for (const field of required ?? []) {
                const less = { ...each.json, [field]: undefined };
                assert.equal(
                    validatorOf(schemaNameOf(each))(JSON.parse(JSON.stringify(less))),
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
