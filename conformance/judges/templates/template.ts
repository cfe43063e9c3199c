/** A recorded program as one CloudFormation template. */
import type { RecordedProgram, Resource } from "../../../embedded-aws/index.ts";
import { Inputs } from "../../stack/inputs.ts";
import { SKIPPED_INPUTS } from "../../stack/skips.ts";
import { ADDED, NOT_IN_CLOUDFORMATION, WRITTEN } from "./types.ts";
import type { Addition, Draft, Properties } from "./types.ts";

export interface TemplateResource {
    readonly Type: string;
    readonly Properties: Properties;
}

export interface Template {
    readonly AWSTemplateFormatVersion: "2010-09-09";
    readonly Resources: Readonly<Record<string, TemplateResource>>;
}

/** Throws for an input that does not go into the template. */
export function templateOf(program: RecordedProgram): Template {
    const resources: Record<string, TemplateResource> = {};
    const additions: Addition[] = [];
    for (const resource of program.resources) {
        if (NOT_IN_CLOUDFORMATION.has(resource.type)) continue;
        const inputs = new Inputs("", resource.inputs);
        const draft: Draft = { inputs, output: (name) => String(resource.outputs[name]) };
        const write = WRITTEN[resource.type];
        const add = ADDED[resource.type];
        if (write) {
            const { type, properties } = write(draft);
            resources[logicalId(resource)] = { Type: type, Properties: properties };
        } else if (add) additions.push(add(draft));
        else throw new Error(`no function writes resources of the type ${resource.type}`);
        refuseUnread(resource, inputs);
    }
    for (const addition of additions) addTo(resources, addition);
    return { AWSTemplateFormatVersion: "2010-09-09", Resources: resources };
}

function addTo(resources: Record<string, TemplateResource>, { owner, by, name, properties }: Addition): void {
    const found = Object.entries(resources).find(
        ([, { Type, Properties }]) => Type === owner && Properties[by] === name,
    );
    if (!found) throw new Error(`there is no ${owner} with the ${by} ${name}`);
    const [id, resource] = found;
    const added = Object.entries(properties).map(([property, value]) => {
        const before = resource.Properties[property];
        return [
            property,
            Array.isArray(before) ? [...(before as unknown[]), ...(value as unknown[])] : value,
        ];
    });
    const all = { ...resource.Properties, ...(Object.fromEntries(added) as Properties) };
    resources[id] = { ...resource, Properties: all };
}

function refuseUnread({ type, name }: Resource, inputs: Inputs): void {
    const unread = inputs.unread().filter((input) => SKIPPED_INPUTS[type]?.[input] === undefined);
    if (unread.length > 0) throw new Error(`${name} (${type}): ${unread.join(", ")} is not in the template`);
}

/** Letters and digits, unique: the name, and the last part of the type. */
function logicalId({ name, type }: Resource): string {
    const words = `${name}-${type.split(":").at(-1) ?? ""}`.split(/[^a-zA-Z0-9]+/);
    return words.map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join("");
}
