/** Records a program once for everything that is checked of it: what it gave, what was passed on, and in which order. */
import { pathToFileURL } from "node:url";
import * as pulumi from "@pulumi/pulumi";
import { partitionOf, readStackConfig } from "../../../embedded-aws/index.ts";
import type { RecordedProgram, Resource } from "../../../embedded-aws/index.ts";
import { ACCOUNT, key, record } from "../../mocks.ts";
import type { Recorded, RecordOptions } from "../../mocks.ts";
import type { Declared } from "./check.ts";
import { watchGiven } from "./given.ts";

export interface Declaration {
    /** What constructors and functions of @pulumi/aws were given. */
    readonly given: readonly Declared[];
    /** The resources of AWS, each after those that it depends on. */
    readonly resources: readonly Recorded[];
    readonly region: string;
}

/** Records what `build` declares. */
export async function declare(build: () => unknown, options: RecordOptions = {}): Promise<Declaration> {
    const order: string[] = [];
    const invoked: Declared[] = [];
    let recorded: readonly Recorded[] = [];
    const given = await watchGiven(async () => {
        recorded = await record(async () => {
            watchMonitor(order, invoked);
            await build();
        }, options);
    });
    const resources = recorded.filter(({ type }) => type.startsWith("aws:"));
    const unseen = resources.filter((resource) => !given.some((each) => key(each) === key(resource)));
    if (unseen.length > 0) throw new Error(`nobody saw what these were given: ${unseen.map(key).join(", ")}`);
    return {
        given: [...given, ...invoked],
        resources: resources.sort((a, b) => order.indexOf(key(a)) - order.indexOf(key(b))),
        region: options.region ?? "eu-west-1",
    };
}

let runs = 0;

/** Records a program of its own: a folder's `index.ts` as its dev stack is configured, but for `overrides`. */
export function declareProgram(
    directory: string,
    overrides: Readonly<Record<string, string>> = {},
    stack = "dev",
): Promise<Declaration> {
    const { config, region, entry } = readStackConfig({ directory, stack: "dev", overrides });
    // A program runs when it is imported, so each run imports it under another URL.
    const program = `${pathToFileURL(entry).href}?schema=${String(runs++)}`;
    return declare(() => import(program), { stack, region, config });
}

/** The program as the embedded AWS deploys it. */
export function deployable({ resources, region }: Declaration): RecordedProgram {
    return {
        project: "turnstile",
        stack: "test",
        account: ACCOUNT,
        region,
        partition: partitionOf(region),
        resources: resources.map(toResource),
        outputs: {},
    };
}

function toResource({ type, name, inputs, outputs }: Recorded): Resource {
    const { code, source } = inputs as { code?: Record<string, { text: string }>; source?: { text: string } };
    const files = Object.entries(code ?? {}).map(([file, { text }]) => [file, text] as const);
    const assets = {
        ...(code && { code: { kind: "archive", files: Object.fromEntries(files) } }),
        ...(source && { source: { kind: "text", text: source.text } }),
    };
    return {
        type,
        name,
        urn: `${type}::${name}`,
        inputs: { ...inputs, ...assets },
        outputs: { ...outputs, ...assets },
    };
}

/** The parts of Pulumi's monitor that are watched. */
interface Monitor {
    registerResource(request: { getType(): string; getName(): string }, callback: unknown): Promise<void>;
    invoke(request: { getTok(): string; getArgs(): unknown }, callback: unknown): Promise<void>;
}

/** Resources are registered when what they depend on has been; of the package's own functions only this sees the arguments. */
function watchMonitor(order: string[], invoked: Declared[]): void {
    const { getMonitor } = pulumi.runtime as unknown as { getMonitor: () => Monitor };
    const monitor = getMonitor();
    const register = monitor.registerResource.bind(monitor);
    const invoke = monitor.invoke.bind(monitor);
    monitor.registerResource = (request, callback) => {
        order.push(key({ type: request.getType(), name: request.getName() }));
        return register(request, callback);
    };
    monitor.invoke = (request, callback) => {
        const type = request.getTok();
        invoked.push({ type, name: type.split(":")[2] ?? "", given: plainArguments(request.getArgs()) });
        return invoke(request, callback);
    };
}

function plainArguments(struct: unknown): Record<string, unknown> {
    return (struct as { toJavaScript(): Record<string, unknown> }).toJavaScript();
}
