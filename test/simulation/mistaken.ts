/** Programs with a mistake in the workflow or in an alarm, which the simulator must notice. */
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

/** @param inputs what an alarm is declared with instead; undefined: it is not declared */
export function mistakenAlarm(
    programs: readonly RecordedProgram[],
    what: string,
    inputs: Readonly<Record<string, unknown>> | undefined,
): RecordedProgram[] {
    return programs.map((program) => {
        const isIt = ({ type, name }: RecordedProgram["resources"][number]): boolean =>
            type === "aws:cloudwatch/metricAlarm:MetricAlarm" && name === `turnstile-monitoring-${what}`;
        assert.equal(program.resources.filter(isIt).length, 1);
        const resources = program.resources.flatMap((resource) => {
            if (!isIt(resource)) return [resource];
            return inputs ? [{ ...resource, inputs: { ...resource.inputs, ...inputs } }] : [];
        });
        return { ...program, resources };
    });
}
