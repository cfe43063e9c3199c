/** The program with another Glue job, as a deployment leaves it that changes `jobName` and lists the old name in `formerJobNames`. */
import type { RecordedProgram } from "../embedded-aws/index.ts";

export const OTHER_JOB = "another-job";

type Resource = RecordedProgram["resources"][number];

/** The names of a program's jobs, once `withBothJobs` has added one. */
export function jobNames({ outputs }: RecordedProgram): readonly string[] {
    return [String(outputs["jobName"]), OTHER_JOB];
}

/** The program with one more Glue job, which nobody uses; everybody may who may use the first one. */
export function withBothJobs(program: RecordedProgram): RecordedProgram {
    const [job = ""] = jobNames(program);
    const resources = program.resources.flatMap((resource): Resource[] => {
        if (resource.type === "aws:glue/job:Job") return [resource, copyOf(resource, job)];
        const { policy } = resource.inputs;
        return [
            typeof policy === "string" ? withInputs(resource, { policy: alsoFor(policy, job) }) : resource,
        ];
    });
    return { ...program, resources };
}

/** The same two jobs, and new messages are run by the other one. */
export function withOtherJob(program: RecordedProgram): RecordedProgram {
    const both = withBothJobs(program);
    const [job = ""] = jobNames(program);
    const resources = both.resources.map((resource) => {
        if (resource.type === "aws:glue/job:Job") return resource;
        const inputs: Record<string, unknown> = {};
        for (const name of ["definition", "item", "eventPattern"]) {
            const text = resource.inputs[name];
            if (typeof text === "string") inputs[name] = text.replaceAll(job, OTHER_JOB);
        }
        const environment = resource.inputs["environment"] as
            { variables: Record<string, string> } | undefined;
        if (environment?.variables["JOB_NAME"] !== undefined)
            inputs["environment"] = { variables: { ...environment.variables, JOB_NAME: OTHER_JOB } };
        return withInputs(resource, inputs);
    });
    return { ...both, resources };
}

function copyOf(resource: Resource, job: string): Resource {
    const text = JSON.stringify({ inputs: resource.inputs, outputs: resource.outputs });
    const copy = JSON.parse(text.replaceAll(job, OTHER_JOB)) as Pick<Resource, "inputs" | "outputs">;
    return { ...resource, ...copy, name: OTHER_JOB, urn: `${resource.urn}-2` };
}

function withInputs(resource: Resource, inputs: Record<string, unknown>): Resource {
    return {
        ...resource,
        inputs: { ...resource.inputs, ...inputs },
        outputs: { ...resource.outputs, ...inputs },
    };
}

/** A policy that allows for the other job what it allows for this one, as `formerJobNames` has it. */
function alsoFor(policy: string, job: string): string {
    const document = JSON.parse(policy) as { Statement: { Resource?: string | string[] }[] };
    const Statement = document.Statement.map((statement) => {
        const arns = [statement.Resource ?? []].flat();
        const others = arns
            .filter((arn) => arn.endsWith(`:job/${job}`))
            .map((arn) => arn.replace(job, OTHER_JOB));
        return others.length > 0 ? { ...statement, Resource: [...arns, ...others] } : statement;
    });
    return JSON.stringify({ ...document, Statement });
}
