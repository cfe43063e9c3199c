/** Programs with a mistake in the workflow, which the simulator must notice. */
import assert from "node:assert/strict";
import type { RecordedProgram } from "../../embedded-aws/index.ts";

/** @param change makes the mistake in the text of the definition */
export function mistaken(
    programs: readonly RecordedProgram[],
    change: (definition: string) => string,
): RecordedProgram[] {
    return programs.map((program) => ({
        ...program,
        resources: program.resources.map((resource) => {
            const { definition } = resource.inputs;
            if (typeof definition !== "string") return resource;
            const changed = change(definition);
            assert.notEqual(changed, definition);
            return { ...resource, inputs: { ...resource.inputs, definition: changed } };
        }),
    }));
}
