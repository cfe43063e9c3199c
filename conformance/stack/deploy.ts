/**
 * Deploys a recorded program to any endpoint that has AWS's API. Resources are created in the order of dependence, by one function for each
 * type. An input that neither the function reads nor the table of skips names is an error, so nothing is dropped in silence.
 */
import type { RecordedProgram, Resource } from "../../embedded-aws/index.ts";
import type { Clients } from "./clients.ts";
import { Inputs } from "./inputs.ts";
import { KINDS } from "./kinds.ts";
import type { Kind } from "./kinds.ts";
import { SKIPPED_INPUTS } from "./skips.ts";

/** The deployment failed. The message lists every mistake. */
export class DeploymentError extends Error {
    override readonly name = "DeploymentError";
}

export interface Deployment {
    /** An output of the stack, with assigned URLs and ARNs instead of recorded ones. */
    readonly output: (name: string) => string;
    /** The entries of the table of skips that applied, as `type.input`. */
    readonly skipped: ReadonlySet<string>;
    /** Recorded texts, each with the assigned text that replaces it. */
    readonly renamed: ReadonlyMap<string, string>;
}

export interface DeployOptions {
    readonly program: RecordedProgram;
    readonly clients: Clients;
    /** @default KINDS */
    readonly kinds?: Readonly<Record<string, Kind>>;
    /** By Pulumi type, then by input. @default SKIPPED_INPUTS */
    readonly skips?: typeof SKIPPED_INPUTS;
}

export async function deploy(options: DeployOptions): Promise<Deployment> {
    const { program, clients, kinds = KINDS, skips = SKIPPED_INPUTS } = options;
    const renamed = new Map<string, string>();
    const skipped = new Set<string>();
    const mistakes: string[] = [];
    for (const resource of program.resources.filter(isOfAws)) {
        const inputs = new Inputs("", rename(resource.inputs, renamed) as Resource["inputs"]);
        try {
            const kind = kinds[resource.type];
            if (!kind) throw new Error("no function makes resources of this type");
            const assigned = await kind({ inputs, clients, output: (name) => outputOf(resource, name) });
            for (const [name, value] of Object.entries(assigned ?? {})) {
                const recorded = outputOf(resource, name);
                if (value === undefined) mistakes.push(`${label(resource)}: the service assigned no ${name}`);
                else if (value !== recorded) renamed.set(recorded, value);
            }
        } catch (error) {
            mistakes.push(`${label(resource)}: ${(error as Error).name}: ${(error as Error).message}`);
            continue;
        }
        for (const input of inputs.unread()) {
            if (skips[resource.type]?.[input] === undefined) {
                mistakes.push(
                    `${label(resource)}: the input ${input} is neither applied nor in the table of skips`,
                );
            } else skipped.add(`${resource.type}.${input}`);
        }
    }
    if (mistakes.length > 0) throw new DeploymentError(mistakes.join("\n"));
    return {
        output: (name) => rename(String(program.outputs[name]), renamed) as string,
        skipped,
        renamed,
    };
}

/** Components and the stack itself exist only in Pulumi. */
function isOfAws({ type }: Resource): boolean {
    return type.startsWith("aws:");
}

function label({ type, name }: Resource): string {
    return `${type} '${name}'`;
}

function outputOf(resource: Resource, name: string): string {
    const value = resource.outputs[name];
    if (typeof value === "string") return value;
    throw new Error(`${label(resource)} was recorded without the output ${name}`);
}

/** `value` with recorded texts replaced. Assets stay as they were built. */
function rename(value: unknown, renamed: ReadonlyMap<string, string>): unknown {
    if (typeof value === "string") {
        let text = value;
        for (const [recorded, assigned] of renamed) text = text.replaceAll(recorded, assigned);
        return text;
    }
    if (typeof value !== "object" || value === null || isAsset(value)) return value;
    if (Array.isArray(value)) return value.map((element) => rename(element, renamed));
    return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, rename(member, renamed)]));
}

function isAsset(value: object): boolean {
    return "kind" in value;
}
