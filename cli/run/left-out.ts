/** What a program has besides Turnstile, and the embedded AWS does not: a run does without it, and says so. */
import type { RecordedProgram, Resource } from "../../embedded-aws/index.ts";

/** Whether a resource is one of the components' own. Without one of these a run would show something else than AWS. */
export function isOwn({ urn }: Resource): boolean {
    return urn.split("::")[2]?.includes("turnstile:index:") === true;
}

/** The resources of other providers than AWS's. A component is none, and has no id. */
export function ofOtherProviders({ resources }: RecordedProgram): Resource[] {
    return resources.filter(
        ({ type, outputs }) =>
            !type.startsWith("aws:") && !type.startsWith("pulumi:") && (outputs["id"] ?? "") !== "",
    );
}

export function leftOutText(resources: readonly Resource[]): string {
    const named = resources.map(({ type, name }) => `${type} ${name}`);
    return `left out, because the embedded AWS does not have it: ${named.join(", ")}`;
}
