/**
 * Runs functions as Lambda does: each instance is a thread of its own, with the function's environment, the deployed
 * handler and the real SDK clients, which call the embedded AWS over HTTP.
 */
import { once } from "node:events";
import type { EventEmitter } from "node:events";
import { createInterface } from "node:readline";
import { Worker } from "node:worker_threads";
import { Endpoint } from "../endpoint.ts";
import type { Credentials } from "../endpoint.ts";
import type { World } from "../service.ts";
import { callerOf, timedOut } from "../services/lambda/index.ts";
import type {
    FunctionRuntime,
    InvocationContext,
    InvocationOutcome,
    InvocationResult,
    LambdaFunction,
} from "../services/lambda/index.ts";
import { unpack } from "./bundle.ts";
import type { Bundle } from "./bundle.ts";
import type { ClockOffset } from "./clock-offset.ts";
import { environmentOf } from "./environment.ts";
import { exited, loadFailed } from "./failures.ts";

export interface SdkRuntimeOptions {
    /**
     * Milliseconds of real time after which an invocation counts as timed out. Virtual time stands still while a
     * function runs. @default the function's timeout, but at least 30 seconds
     */
    wallTimeoutMillis?: (fn: LambdaFunction) => number;
    clockOffset?: ClockOffset | undefined;
}

/** What a worker gets for each invocation. */
export interface WorkerRequest {
    readonly event: unknown;
    /** These two by the function's clock. */
    readonly now: number;
    readonly deadline: number;
    readonly functionName: string;
    readonly functionArn: string;
    readonly requestId: string;
    readonly traceHeader: string;
}

interface Loaded {
    readonly bundle: Bundle;
    readonly idle: Instance[];
    readonly all: Set<Instance>;
}

export class SdkRuntime implements FunctionRuntime {
    /** The clock waits for each invocation, so runs with real clients are in the same order each time. */
    readonly interleaved = false;
    readonly endpoint: Endpoint;
    private readonly world: World;
    private readonly options: SdkRuntimeOptions;
    private readonly loaded = new Map<string, Loaded | InvocationOutcome>();
    private listening: Promise<void> | undefined;

    constructor(world: World, options: SdkRuntimeOptions = {}) {
        this.world = world;
        this.options = options;
        this.endpoint = new Endpoint(world);
    }

    async load(fn: LambdaFunction): Promise<void> {
        const previous = this.loaded.get(fn.arn);
        const { files, handler } = fn.configuration;
        try {
            this.loaded.set(fn.arn, { bundle: unpack(files, handler), idle: [], all: new Set() });
        } catch (error) {
            this.loaded.set(fn.arn, loadFailed(error));
        }
        if (previous) await discard(previous);
        await this.listen();
    }

    async invoke(fn: LambdaFunction, event: unknown, context: InvocationContext): Promise<InvocationResult> {
        await this.listen();
        const loaded = this.loaded.get(fn.arn);
        if (!loaded) throw new Error(`${fn.arn} was invoked, but not loaded.`);
        if ("kind" in loaded) return loaded;
        let instance = loaded.idle.pop();
        if (!instance || instance.isDead) instance = this.start(fn, loaded);
        const outcome = await instance.invoke(event, context, {
            now: Math.floor(this.world.clock.now()),
            offset: this.options.clockOffset?.(fn.name) ?? 0,
        });
        if (instance.isDead) loaded.all.delete(instance);
        else loaded.idle.push(instance);
        return { ...outcome, durationMillis: instance.calls * this.world.model.callMillis };
    }

    async close(): Promise<void> {
        for (const loaded of this.loaded.values()) await discard(loaded);
        this.loaded.clear();
        await this.listening;
        if (this.listening) await this.endpoint.close();
    }

    private listen(): Promise<void> {
        return (this.listening ??= this.endpoint.listen());
    }

    private start(fn: LambdaFunction, loaded: Loaded): Instance {
        const millis =
            this.options.wallTimeoutMillis?.(fn) ?? Math.max(30_000, fn.configuration.timeoutSeconds * 1000);
        const instance = new Instance(fn, loaded.bundle, this.environment(fn), this.endpoint, millis);
        loaded.all.add(instance);
        return instance;
    }

    private environment(fn: LambdaFunction): Record<string, string> {
        const declared = environmentOf(fn, this.world);
        const reachable = Object.entries(declared).map(([name, value]) => [
            name,
            this.endpoint.toClient(value),
        ]);
        return {
            ...(Object.fromEntries(reachable) as Record<string, string>),
            AWS_ENDPOINT_URL: this.endpoint.url,
            AWS_EC2_METADATA_DISABLED: "true",
            // Nothing on this machine may decide which host the clients call, and with which keys.
            AWS_CONFIG_FILE: "/nonexistent",
            AWS_SHARED_CREDENTIALS_FILE: "/nonexistent",
        };
    }
}

/** Errors after which Lambda makes a new instance for the next invocation. */
const ENDED = /^(Runtime|Sandbox)\./;

async function discard(loaded: Loaded | InvocationOutcome): Promise<void> {
    if ("kind" in loaded) return;
    await Promise.all([...loaded.all].map((instance) => instance.end()));
    loaded.bundle.release();
}

/** One execution environment of a function: a thread that serves one invocation at a time. */
class Instance {
    isDead = false;
    /** How many calls the latest invocation made. */
    calls = 0;
    private readonly fn: LambdaFunction;
    private readonly endpoint: Endpoint;
    private readonly credentials: Credentials;
    private readonly wallTimeoutMillis: number;
    private readonly worker: Worker;
    /** Of the latest invocation. */
    private context: InvocationContext | undefined;

    constructor(
        fn: LambdaFunction,
        bundle: Bundle,
        environment: Readonly<Record<string, string>>,
        endpoint: Endpoint,
        wallTimeoutMillis: number,
    ) {
        this.fn = fn;
        this.endpoint = endpoint;
        this.wallTimeoutMillis = wallTimeoutMillis;
        this.credentials = endpoint.credentialsFor(callerOf(fn));
        const { accessKeyId, secretAccessKey } = this.credentials;
        this.worker = new Worker(new URL("sdk-worker.ts", import.meta.url), {
            env: { ...environment, AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey },
            execArgv: ["--no-warnings"],
            workerData: { url: bundle.url, exportName: bundle.exportName },
            stdout: true,
            stderr: true,
        });
        for (const input of [this.worker.stdout, this.worker.stderr]) {
            createInterface({ input }).on("line", (line) => this.context?.log(line));
        }
        // Code that fails between two invocations ends only its own instance, as on Lambda.
        this.worker.on("error", (error) => this.context?.log(String(error)));
        this.worker.on("exit", () => {
            this.isDead = true;
        });
        // A thread that waits for its next invocation must not keep the process running.
        this.worker.unref();
    }

    async invoke(
        event: unknown,
        context: InvocationContext,
        { now, offset }: { now: number; offset: number },
    ): Promise<InvocationOutcome> {
        const { requestId, functionName, functionArn, traceHeader, deadline } = context;
        this.context = context;
        const request: WorkerRequest = {
            event,
            now: now + offset,
            deadline: deadline + offset,
            functionName,
            functionArn,
            requestId,
            traceHeader,
        };
        const over = new AbortController();
        const next = async (emitter: EventEmitter | EventTarget, name: string): Promise<unknown> => {
            const [value] = (await once(emitter as EventEmitter, name, over)) as unknown[];
            return value;
        };
        this.worker.ref();
        this.worker.postMessage(request);
        const outcome = await Promise.race([
            next(this.worker, "message").then((reply) => reply as InvocationOutcome),
            next(this.worker, "exit").then((code) => exited(requestId, `exit status ${String(code)}`)),
            next(this.endpoint.crashOf(this.credentials), "abort").then(() => exited(requestId)),
            next(AbortSignal.timeout(this.wallTimeoutMillis), "abort").then(() => this.timedOut(requestId)),
        ]).catch((error: unknown) => exited(requestId, String(error)));
        over.abort();
        this.worker.unref();
        this.calls = this.endpoint.takeCalls(this.credentials);
        if (outcome.kind === "failed" && ENDED.test(outcome.errorType)) await this.end();
        return outcome;
    }

    async end(): Promise<void> {
        this.isDead = true;
        this.endpoint.revoke(this.credentials);
        await this.worker.terminate();
    }

    private timedOut(requestId: string): InvocationOutcome {
        return timedOut(requestId, this.fn.configuration.timeoutSeconds);
    }
}
