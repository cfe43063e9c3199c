/**
 * Records what components declare. It answers as AWS would, by the embedded AWS's own table of types and lookups, and
 * rejects types and lookups that are not in that table. Tests compare whole lists, so nothing unexpected passes.
 */
import { readFileSync } from "node:fs";
import * as pulumi from "@pulumi/pulumi";
import * as state from "@pulumi/pulumi/runtime/state.js";
import { assign, invoke, partitionOf } from "../embedded-aws/index.ts";

export interface Recorded {
    readonly type: string;
    readonly name: string;
    /** The name of the provider that the program chose; absent for the default one. */
    readonly provider?: string;
    /** Type and name of the parent, such as `turnstile:index:WorkQueue jobs`; absent at the top. */
    readonly parent?: string;
    /** Assets are objects with the path of their file and its text; what is not known before deployment is `UNKNOWN`. */
    readonly inputs: Readonly<Record<string, unknown>>;
    /** What AWS assigned: `id`, `arn`, `name` … */
    readonly outputs: Readonly<Record<string, unknown>>;
    /** The inputs that are secret, or have a secret in them. */
    readonly secrets: readonly string[];
}

export const UNKNOWN = "(unknown)";
export const ACCOUNT = "123456789012";

/** A registration as Pulumi's monitor sees it. Mocks do not see the parent. */
interface Registration {
    getType(): string;
    getName(): string;
    getParent(): string;
}

interface Monitor {
    registerResource(request: Registration, callback: unknown): Promise<void>;
}

/** The part of Pulumi's own store that is touched. */
interface Store {
    readonly leakCandidates: Set<unknown>;
}

export interface RecordOptions {
    /** @default eu-west-1 */
    region?: string;
    /** Whether values that AWS assigns are unknown, as before a first deployment. @default false */
    preview?: boolean;
    /** @default test */
    stack?: string;
    /** Gets each call of a provider's function, with the name of the provider that the program chose. @default nobody */
    called?: (token: string, provider: string | undefined) => void;
    /** By namespaced key, as the engine passes it. @default none */
    config?: Readonly<Record<string, string>>;
}

/** Everything that `build` declares, in the order of type and name. */
export async function record(build: () => unknown, options: RecordOptions = {}): Promise<Recorded[]> {
    const { region = "eu-west-1", preview = false, stack = "test", config = {}, called } = options;
    const regions = new Map<string, string>();
    const locationOf = (provider: string | undefined) => {
        const here = regions.get(provider ?? "") ?? region;
        return { account: ACCOUNT, region: here, partition: partitionOf(here), seed: 1 };
    };
    const recorded: Recorded[] = [];
    const parents = new Map<string, string>();
    await pulumi.runtime.setMocks(
        {
            newResource: async ({ type, name, inputs, custom = false, provider: reference }) => {
                const plainInputs = (await plain(inputs)) as Record<string, unknown>;
                if (type === PROVIDER) {
                    regions.set(name, String(plainInputs["region"]));
                    return { id: name, state: plainInputs };
                }
                const provider = providerOf(reference);
                const declaration = { type, name, inputs: plainInputs, urn: `${type}::${name}` };
                const assigned =
                    custom && !preview
                        ? assign(declaration, locationOf(provider))
                        : { id: "", outputs: plainInputs };
                const parent = parents.get(`${type} ${name}`);
                const secrets = Object.entries(inputs as object).filter(([, value]) => hasSecret(value));
                const entry = {
                    type,
                    name,
                    ...(provider !== undefined && { provider }),
                    inputs: plainInputs,
                    outputs: assigned.outputs,
                    secrets: secrets.map(([input]) => input),
                };
                recorded.push(parent === undefined ? entry : { ...entry, parent });
                return {
                    id: assigned.id,
                    state: { ...assigned.outputs, ...(inputs as Record<string, unknown>) },
                };
            },
            call: async ({ token, inputs, provider: reference }) => {
                const provider = providerOf(reference);
                called?.(token, provider);
                return invoke(token, (await plain(inputs)) as Record<string, unknown>, locationOf(provider));
            },
        },
        "turnstile",
        stack,
        preview,
        "organization",
    );
    pulumi.runtime.setAllConfig({ ...config });
    watchParents(parents);
    try {
        await build();
    } finally {
        await pulumi.runtime.disconnect();
    }
    return recorded.sort((a, b) => (key(a) < key(b) ? -1 : 1));
}

const PROVIDER = "pulumi:providers:aws";

/** The name of a provider by which Pulumi refers to it: its URN and its id, here the name. */
function providerOf(reference: string | undefined): string | undefined {
    return reference?.split("::")[4];
}

/** The errors with which a deployment of what `build` declares fails, each once. Nothing may wait for them. */
export async function failuresOf(build: () => unknown, options?: RecordOptions): Promise<Error[]> {
    const former = process.listeners("unhandledRejection");
    process.removeAllListeners("unhandledRejection");
    const errors = new Set<Error>();
    const note = (error: unknown) => void errors.add(error as Error);
    process.on("unhandledRejection", note);
    try {
        let isRecorded = false;
        const end = () => {
            isRecorded = true;
        };
        record(build, options).catch(note).finally(end);
        // A program that fails never ends; the same error comes from each promise that waited for it.
        for (let quiet = 0, known = 0; quiet < 50; quiet++) {
            await new Promise(setImmediate);
            if (known !== errors.size || (known === 0 && !isRecorded)) quiet = 0;
            known = errors.size;
        }
        return [...errors];
    } finally {
        process.off("unhandledRejection", note);
        for (const listener of former) process.on("unhandledRejection", listener);
        // Pulumi would fail the process for what a program that failed still waits for.
        (state as unknown as { getStore: () => Store }).getStore().leakCandidates.clear();
    }
}

/** The one error with which a deployment of what `build` declares fails. */
export async function failureOf(build: () => unknown, options?: RecordOptions): Promise<Error> {
    const [error, ...others] = await failuresOf(build, options);
    if (error === undefined) throw new Error("it was deployed");
    if (others.length > 0) throw new Error(`it failed ${others.length + 1} times, and not once`);
    return error;
}

/** Type and name of everything recorded. */
export function key({ type, name }: { readonly type: string; readonly name: string }): string {
    return `${type} ${name}`;
}

/** The one resource of a name and a type that ends so, such as `:Queue`. */
export function find(recorded: readonly Recorded[], name: string, type: string): Recorded {
    const found = recorded.filter((resource) => resource.name === name && resource.type.endsWith(type));
    if (found.length !== 1 || !found[0]) {
        throw new Error(
            `${found.length} resources ${type} ${name} among ${recorded.map(key).join(", ")}; expected one`,
        );
    }
    return found[0];
}

/** An input that is JSON, parsed. */
export function json(resource: Recorded, input: string): unknown {
    return JSON.parse(String(resource.inputs[input]));
}

function watchParents(parents: Map<string, string>): void {
    const { getMonitor } = pulumi.runtime as unknown as { getMonitor: () => Monitor };
    const monitor = getMonitor();
    const register = monitor.registerResource.bind(monitor);
    monitor.registerResource = (request, callback) => {
        const [, , types = "", name = ""] = request.getParent().split("::");
        if (name !== "") {
            parents.set(
                `${request.getType()} ${request.getName()}`,
                `${types.split("$").at(-1) ?? ""} ${name}`,
            );
        }
        return register(request, callback);
    };
}

function hasSecret(value: unknown): boolean {
    if (typeof value !== "object" || value === null) return false;
    return pulumi.runtime.isRpcSecret(value) || Object.values(value).some(hasSecret);
}

async function plain(value: unknown): Promise<unknown> {
    if (value === pulumi.unknown) return UNKNOWN;
    if (pulumi.runtime.isRpcSecret(value)) return plain(pulumi.runtime.unwrapRpcSecret(value));
    if (typeof value !== "object" || value === null) return value;
    if (Array.isArray(value)) return Promise.all(value.map(plain));
    if (pulumi.asset.Asset.isInstance(value)) return asset(value);
    if (pulumi.asset.Archive.isInstance(value))
        return plain(await (value as pulumi.asset.AssetArchive).assets);
    const entries = Object.entries(value).map(async ([name, item]) => [name, await plain(item)] as const);
    return Object.fromEntries(await Promise.all(entries));
}

/** What the state has of a file is its path and its hash. */
async function asset(value: pulumi.asset.Asset): Promise<{ path?: string; text: string }> {
    const { path, text } = value as pulumi.asset.FileAsset & pulumi.asset.StringAsset;
    if ((await path) === undefined) return { text: await text };
    return { path: await path, text: readFileSync(await path, "utf8") };
}
