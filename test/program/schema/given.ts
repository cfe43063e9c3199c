/**
 * What a program gives to the provider. Recording sees what the constructors of @pulumi/aws pass on, and a constructor
 * copies the inputs that it knows by name: a misspelt one is gone without a word, and the compiler does not see it either
 * where it is spread in with `...`. So the constructors themselves are watched while a program runs.
 */
import { createRequire } from "node:module";
import * as pulumi from "@pulumi/pulumi";
import type { Declared } from "./check.ts";

interface Given {
    readonly type: string;
    readonly name: string;
    readonly args: Promise<unknown>;
}

type See = (type: string, name: string, args: unknown) => void;

/** Runs what makes resources of @pulumi/aws and asks its functions, and brings back what they were given, in order. */
export async function watchGiven(run: () => Promise<void>): Promise<Declared[]> {
    const given: Given[] = [];
    const stop = watch((type, name, args) => {
        given.push({ type, name, args: promiseOf(pulumi.output(args)) });
    });
    try {
        await run();
    } finally {
        stop();
    }
    return Promise.all(
        given.map(async ({ type, name, args }) => ({
            type,
            name,
            given: ((await args) ?? {}) as Record<string, unknown>,
        })),
    );
}

/**
 * The modules, such as `aws.sqs`, load what is in them when it is first asked for, through getters: those are replaced, and
 * put back. (Those of the package itself are not: who imports it as a namespace has its functions already.)
 */
function watch(see: See): () => void {
    const aws = createRequire(import.meta.url)("@pulumi/aws") as Record<string, unknown>;
    const replaced: { module: object; name: string; descriptor: PropertyDescriptor }[] = [];
    for (const [moduleName, { value }] of Object.entries(Object.getOwnPropertyDescriptors(aws))) {
        const module: unknown = value;
        if (typeof module !== "object" || module === null) continue;
        for (const [name, descriptor] of Object.entries(Object.getOwnPropertyDescriptors(module))) {
            const load = descriptor.get?.bind(module);
            if (!load || descriptor.configurable !== true) continue;
            const token = tokenOfFunction(moduleName, name);
            const watched = once((value) => watcher(value, token, see));
            Object.defineProperty(module, name, { ...descriptor, get: () => watched(load()) });
            replaced.push({ module, name, descriptor });
        }
    }
    return () => {
        for (const { module, name, descriptor } of replaced) Object.defineProperty(module, name, descriptor);
    };
}

function tokenOfFunction(module: string, name: string): string {
    const plain = name.replace(/Output$/, "");
    return `aws:${module}/${plain}:${plain}`;
}

/** What tells of each use of a resource's class or of a function; anything else is as it was. */
function watcher(value: unknown, token: string, see: See): unknown {
    if (typeof value !== "function") return value;
    const { __pulumiType: type } = value as { __pulumiType?: string };
    if (type !== undefined) return watchedClass(value as unknown as Class, type, see);
    if (!/\/get[A-Z]/.test(token)) return value;
    return (...args: unknown[]): unknown => {
        see(token, token.split(":")[2] ?? "", args[0]);
        return Reflect.apply(value, undefined, args);
    };
}

type Class = new (...args: unknown[]) => object;

function watchedClass(resource: Class, type: string, see: See): unknown {
    const proxy: Class = new Proxy(resource, {
        construct(target, args: unknown[], newTarget) {
            see(type, String(args[0]), args[1]);
            return Reflect.construct(target, args, newTarget === proxy ? target : (newTarget as Class));
        },
    });
    return proxy;
}

function once(make: (value: unknown) => unknown): (value: unknown) => unknown {
    let made: { value: unknown } | undefined;
    return (value) => (made ??= { value: make(value) }).value;
}

/** The value of an output, by the method that Pulumi keeps out of its declarations. */
function promiseOf(output: unknown): Promise<unknown> {
    return (output as { promise(): Promise<unknown> }).promise();
}
