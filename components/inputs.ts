/** What a component registers of its arguments: the console shows it, and policy packs look at it. */
import * as pulumi from "@pulumi/pulumi";
import { isKnownLater } from "./arguments.ts";

/**
 * The arguments without their secrets, and other components by their names. A component that had another one for an input
 * would wait for all its resources.
 * @param args in plain JavaScript anything
 */
export function inputsOf(args: unknown): pulumi.Inputs {
    return typeof args === "object" && args !== null ? (shown(args) as pulumi.Inputs) : {};
}

function shown(value: unknown): unknown {
    if (typeof value !== "object" || value === null) return value;
    if (isKnownLater(value)) return unlessSecret(pulumi.output(value));
    if (value instanceof URL) return value;
    if (pulumi.Resource.isInstance(value)) return (value as { readonly name?: unknown }).name;
    if (Array.isArray(value)) return value.map(shown);
    return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, shown(item)]));
}

async function unlessSecret(value: pulumi.Output<unknown>): Promise<pulumi.Output<unknown> | undefined> {
    return (await pulumi.isSecret(value)) ? undefined : value;
}
