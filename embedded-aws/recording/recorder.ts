/**
 * The child process of record-program.ts. Imports a Pulumi program under mocks that answer as the provider would, and
 * sends back what the program declared.
 */
import { readFileSync, readdirSync, statSync } from "node:fs";
import { createRequire } from "node:module";
import { join, relative, resolve, sep } from "node:path";
import { fileURLToPath } from "node:url";
import type * as Pulumi from "@pulumi/pulumi";
import { assignAnything, assignFrom, isAssigned } from "./assignment.ts";
import type { Assignment, Assignments, Declaration } from "./assignment.ts";
import { invoke } from "./invokes.ts";
import { loadProgram } from "./load-program.ts";
import type { RecordReply, RecordRequest } from "./record-program.ts";
import type { RecordedAsset, Resource } from "./resource.ts";

process.once("message", (request) => {
    const recording = new Recording(request as RecordRequest);
    process.once("uncaughtException", (error) => {
        recording.fail(error);
    });
    process.once("unhandledRejection", (error) => {
        recording.fail(error);
    });
    // As under the engine, the program has ended when nothing is left to do. The channel to the parent does not count.
    process.channel?.unref();
    process.once("beforeExit", () => {
        recording.finish();
    });
    void recording.run();
});

/** A registration as Pulumi's monitor gets it. The mocks do not get the parent and the dependencies. */
interface Registration {
    getType(): string;
    getName(): string;
    getParent(): string;
    getDependenciesList(): string[];
}

/** The parts of Pulumi's mock monitor that a recording replaces. */
interface Monitor {
    newUrn(parent: string, type: string, name: string): string;
    registerResource(request: Registration, callback: unknown): Promise<void>;
}

/** The content of an asset or archive, as Pulumi deserializes it. It has one of these. */
interface AssetContent {
    readonly text?: Promise<string>;
    readonly path?: Promise<string>;
    readonly assets?: Promise<Record<string, Pulumi.asset.Asset>>;
}

interface Recorded {
    readonly resource: Resource;
    readonly dependencies: readonly string[];
}

class Recording {
    private readonly request: RecordRequest;
    private readonly recorded = new Map<string, Recorded>();
    private readonly urns = new Set<string>();
    private assignments: readonly Assignments[] = [];
    private pulumi!: typeof Pulumi;
    private registering: Registration | undefined;
    private outputs: Resource["outputs"] | undefined;
    private isOver = false;

    constructor(request: RecordRequest) {
        this.request = request;
    }

    async run(): Promise<void> {
        try {
            const { entry, config, secretKeys, project, stack, preview, assignmentModules } = this.request;
            this.assignments = await Promise.all(assignmentModules.map(importAssignments));
            // The program's own copy of Pulumi. It would not see mocks that are set on another one.
            this.pulumi = createRequire(entry)("@pulumi/pulumi") as typeof Pulumi;
            const { runtime } = this.pulumi;
            const monitor = await this.mockMonitor(project, stack, preview);
            this.watch(monitor);
            runtime.setAllConfig({ ...config }, [...secretKeys]);
            const outputs: unknown = await runtime.runInPulumiStack(() => this.importProgram());
            await runtime.disconnect();
            this.outputs = (await this.plain(outputs ?? {})) as Resource["outputs"];
        } catch (error) {
            this.fail(error);
        }
    }

    finish(): void {
        if (this.outputs) {
            this.reply({
                kind: "recorded",
                resources: inDependencyOrder(this.recorded),
                outputs: this.outputs,
            });
        } else {
            this.fail(
                new Error("The program waits for something that never happens: its stack was not completed."),
            );
        }
    }

    fail(error: unknown): void {
        const { name, message } = error instanceof Error ? error : { name: "Error", message: String(error) };
        const where =
            error instanceof Error && isMistakeInCode(error) ? this.firstOwnFrame(error) : undefined;
        this.reply({ kind: "failed", name, message: where ? `${name}: ${message} (${where})` : message });
    }

    private async mockMonitor(project: string, stack: string, preview: boolean): Promise<Monitor> {
        const { runtime } = this.pulumi;
        const mocks: Pulumi.runtime.Mocks = {
            newResource: (args) => this.orFail(this.newResource(args)),
            call: (args) => this.orFail(this.answer(args)),
        };
        await runtime.setMocks(mocks, project, stack, preview, "organization");
        return (runtime as unknown as { getMonitor(): Monitor }).getMonitor();
    }

    /** Reports an error of the mocks itself, because Pulumi would change its words or drop it. */
    private orFail<T>(result: Promise<T>): Promise<T> {
        return result.catch((error: unknown) => {
            this.fail(error);
            throw error;
        });
    }

    private async answer({ token, inputs }: Pulumi.runtime.MockCallArgs): Promise<Record<string, unknown>> {
        return invoke(token, (await this.plain(inputs)) as Resource["inputs"], this.request.destination);
    }

    /** Makes the monitor give the URNs of the engine, and notes each registration for `newResource`. */
    private watch(monitor: Monitor): void {
        monitor.newUrn = (parent, type, name) => this.urn(parent, type, name);
        const register = monitor.registerResource.bind(monitor);
        monitor.registerResource = (request, callback) => {
            this.registering = request;
            const registered = register(request, callback);
            this.registering = undefined;
            return registered;
        };
    }

    private urn(parent: string, type: string, name: string): string {
        const { stack, project } = this.request;
        const parentType = parent.split("::")[2];
        const chain = parentType && parentType !== STACK_TYPE ? `${parentType}$${type}` : type;
        return `urn:pulumi:${stack}::${project}::${chain}::${name}`;
    }

    private async newResource(
        args: Pulumi.runtime.MockResourceArgs,
    ): Promise<Pulumi.runtime.MockResourceResult> {
        // The monitor calls this before it gives up control, so this is the registration of the resource.
        const registration = this.registering;
        if (!registration) {
            throw new Error(
                `'${args.name}' reads an existing ${args.type} (${String(args.id)}); the embedded AWS starts empty, so declare it instead.`,
            );
        }
        const { type, name } = args;
        const parent = registration.getParent();
        const urn = this.urn(parent, type, name);
        if (this.urns.has(urn))
            throw new Error(`Duplicate resource URN '${urn}'; try giving it a unique name`);
        this.urns.add(urn);
        const inputs = (await this.plain(args.inputs)) as Record<string, unknown>;
        const isKnown = args.custom === true && !this.request.preview;
        const { id, outputs } = isKnown
            ? this.assign({ type, name, inputs, urn })
            : { id: "", outputs: inputs };
        const resource = { type, name, urn, ...(parent && { parent }), inputs, outputs };
        this.recorded.set(urn, { resource, dependencies: [parent, ...registration.getDependenciesList()] });
        // The program gets its own inputs back, with secrets still marked and assets still assets, and what was
        // assigned.
        const assigned = Object.entries(outputs).filter(([key]) => !(key in inputs));
        return { id, state: { ...(args.inputs as object), ...Object.fromEntries(assigned) } };
    }

    private assign(declaration: Declaration): Assignment {
        const { destination, allowUnknownTypes } = this.request;
        if (allowUnknownTypes && !isAssigned(this.assignments, declaration.type))
            return assignAnything(declaration, destination);
        return assignFrom(this.assignments, declaration, destination);
    }

    private async importProgram(): Promise<unknown> {
        const program = await loadProgram(this.request);
        return typeof program === "function" ? (program as () => unknown)() : program;
    }

    /** A value as JSON: with assets read, secrets opened and unknown values named. */
    private async plain(value: unknown): Promise<unknown> {
        const { asset, Output, runtime, unknown } = this.pulumi;
        if (value === unknown) return this.request.unknown;
        if (typeof value !== "object" || value === null) return value;
        if (Array.isArray(value)) return Promise.all(value.map((item) => this.plain(item)));
        if (Output.isInstance(value)) return this.plain(await promiseOf(value));
        if (asset.Asset.isInstance(value) || asset.Archive.isInstance(value)) return this.readAsset(value);
        if (runtime.isRpcSecret(value)) return this.plain(runtime.unwrapRpcSecret(value));
        const entries = Object.entries(value).map(
            async ([key, item]) => [key, await this.plain(item)] as const,
        );
        return Object.fromEntries((await Promise.all(entries)).filter(([, item]) => item !== undefined));
    }

    private async readAsset(value: Pulumi.asset.Asset | Pulumi.asset.Archive): Promise<RecordedAsset> {
        const { text, path, assets } = value as AssetContent;
        if (text !== undefined) return { kind: "text", text: await text };
        if (assets !== undefined) return { kind: "archive", files: await this.readArchive(await assets) };
        if (path === undefined) {
            throw new Error("The embedded AWS does not fetch remote assets; use a file or a text.");
        }
        const file = resolve(this.request.workingDirectory, await path);
        if (this.pulumi.asset.Asset.isInstance(value)) return { kind: "text", text: readText(file) };
        if (statSync(file).isDirectory()) return { kind: "archive", files: readDirectory(file) };
        throw new Error(
            `The embedded AWS does not open archives such as ${file}; use a directory or an AssetArchive.`,
        );
    }

    private async readArchive(
        assets: Readonly<Record<string, Pulumi.asset.Asset>>,
    ): Promise<Record<string, string>> {
        const files: Record<string, string> = {};
        for (const [name, item] of Object.entries(assets)) {
            const content = await this.readAsset(item);
            if (content.kind === "text") files[name] = content.text;
            else for (const [inner, text] of Object.entries(content.files)) files[`${name}/${inner}`] = text;
        }
        return files;
    }

    /** The first location in the stack of an error that is in the program itself, not in a package. */
    private firstOwnFrame(error: Error): string | undefined {
        const { directory } = this.request;
        for (const [, location = "", line] of (error.stack ?? "").matchAll(FRAME)) {
            const file = location.startsWith("file:") ? fileURLToPath(location) : location;
            if (file.startsWith(directory) && !file.includes("node_modules"))
                return `${relative(directory, file).split(sep).join("/")}:${line}`;
        }
        return undefined;
    }

    private reply(reply: RecordReply): void {
        if (this.isOver) return;
        this.isOver = true;
        process.send?.(reply, () => {
            process.exit(reply.kind === "failed" ? 1 : 0);
        });
    }
}

/** A line of a stack: the file, by its address or its path, and the line in it. */
const FRAME = /^ +at (?:.*\(|async )?(.+?):(\d+):\d+\)?$/gm;

const STACK_TYPE = "pulumi:pulumi:Stack";

/**
 * In the order of dependencies, otherwise sorted by URN. The order of registration is of no use: it depends on how long
 * the program's asynchronous work took.
 */
function inDependencyOrder(recorded: ReadonlyMap<string, Recorded>): Resource[] {
    const ordered: Resource[] = [];
    const seen = new Set<string>();
    const visit = (urn: string): void => {
        const found = recorded.get(urn);
        if (!found || seen.has(urn)) return;
        seen.add(urn);
        for (const dependency of [...found.dependencies].sort()) visit(dependency);
        ordered.push(found.resource);
    };
    for (const urn of [...recorded.keys()].sort()) visit(urn);
    return ordered;
}

async function importAssignments(module: string): Promise<Assignments> {
    return ((await import(module)) as { ASSIGNMENTS: Assignments }).ASSIGNMENTS;
}

/** The value of an output, from a method that is not in Pulumi's declarations. */
function promiseOf(output: unknown): Promise<unknown> {
    return (output as { promise(): Promise<unknown> }).promise();
}

function isMistakeInCode(error: Error): boolean {
    return error instanceof TypeError || error instanceof ReferenceError || error instanceof RangeError;
}

function readDirectory(directory: string): Record<string, string> {
    const files: Record<string, string> = {};
    for (const entry of readdirSync(directory, { recursive: true, withFileTypes: true })) {
        if (!entry.isFile()) continue;
        const file = join(entry.parentPath, entry.name);
        files[relative(directory, file).split(sep).join("/")] = readText(file);
    }
    return files;
}

function readText(file: string): string {
    try {
        return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(readFileSync(file));
    } catch (error) {
        throw new Error(
            `The asset ${file} cannot be read as UTF-8 text, which is all that the embedded AWS takes.`,
            { cause: error },
        );
    }
}
