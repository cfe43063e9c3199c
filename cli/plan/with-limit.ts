/** A recorded program as it is with another limit: plan needs many, and each recording takes seconds. */
import { MAX_LIMIT } from "../../slots/table.ts";
import type { RecordedProgram, Resource } from "../../embedded-aws/index.ts";
import { settingsOf } from "../run/stack.ts";

/** The settings get the limit, and the Glue job of the program allows as many runs. */
export function withLimit(program: RecordedProgram, limit: number): RecordedProgram {
    const { resource: settings, item } = settingsOf(program);
    const changed = { ...item, limit: { N: String(limit) } };
    return {
        ...program,
        resources: program.resources.map((resource) => {
            if (resource === settings) return withInput(resource, "item", JSON.stringify(changed));
            return isJobOf(program, resource) ? withRuns(resource, limit) : resource;
        }),
    };
}

/** The Glue job that the program makes for its workflow; undefined where it uses one that is there already. */
export function jobOf(program: RecordedProgram): Resource | undefined {
    return program.resources.find((resource) => isJobOf(program, resource));
}

function isJobOf({ outputs }: RecordedProgram, resource: Resource): boolean {
    return resource.type === "aws:glue/job:Job" && resource.outputs["name"] === outputs["jobName"];
}

/** Twice the limit, because Glue still counts a run that has just ended. */
function withRuns(job: Resource, limit: number): Resource {
    const given = job.inputs["executionProperty"] as { maxConcurrentRuns?: number } | undefined;
    const maxConcurrentRuns = Math.max(given?.maxConcurrentRuns ?? 1, Math.min(MAX_LIMIT, 2 * limit + 10));
    return withInput(job, "executionProperty", { maxConcurrentRuns });
}

function withInput(resource: Resource, name: string, value: unknown): Resource {
    return {
        ...resource,
        inputs: { ...resource.inputs, [name]: value },
        outputs: { ...resource.outputs, [name]: value },
    };
}
