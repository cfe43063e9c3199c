/**
 * Runs functions in this thread, with clients that call the services directly: fast enough for millions of calls. It
 * calls the export `create` of the deployed bundle. Whoever opens the world decides what `create` gets.
 */
import { CallerCrash } from "../crash.ts";
import { AwsError } from "../service.ts";
import type { Caller, ServiceName, World } from "../service.ts";
import { callerOf } from "../services/lambda/index.ts";
import type {
    FunctionRuntime,
    InvocationContext,
    InvocationResult,
    LambdaFunction,
    Measurement,
} from "../services/lambda/index.ts";
import { StacklessError } from "../stackless-error.ts";
import { BundleError, unpack } from "./bundle.ts";
import type { Bundle } from "./bundle.ts";
import type { ClockOffset } from "./clock-offset.ts";
import { environmentOf } from "./environment.ts";
import { exited, failed, loadFailed } from "./failures.ts";
import { NO_ATTEMPTS, Retries } from "./retries.ts";
import type { Attempts, ClientConfiguration } from "./retries.ts";

/** What an instance of a function gets from the embedded AWS. */
export interface FunctionHost {
    /** The function's environment variables, those of Lambda's runtime included. */
    readonly env: Readonly<Record<string, string>>;
    /** The time by the function's clock: milliseconds since 1970. */
    now(): number;
    /**
     * A client of a service, with the `send` of the SDK's clients. It calls under the function's role, and tries again as
     * they do, on the world's clock.
     */
    client(
        service: ServiceName,
        configuration?: ClientConfiguration,
    ): { send(command: unknown): Promise<never> };
    /** Writes a line to the function's log group. */
    log(line: string): void;
    /** Records values of metrics, as a log line in Embedded Metric Format would. */
    metrics(measurement: Measurement): void;
}

/** Makes the argument of a bundle's `create` from what the embedded AWS has. */
export type PlatformFactory = (host: FunctionHost) => object;

export interface DirectRuntimeOptions {
    /** Makes the argument of `create` for each instance. */
    platform: PlatformFactory;
    /**
     * Whether each call of a function is an event of its own, `model.callMillis` after the call before, so functions
     * that run at the same time interleave. @default false: an invocation is one step, during which nothing else
     * happens, unless a client pauses before it tries a call again
     */
    interleaved?: boolean;
    clockOffset?: ClockOffset | undefined;
}

type Handler = (event: unknown, context: unknown) => Promise<unknown>;

type Create = (platform: object) => Handler;

/** The imported code of a function, and its idle instances. */
interface Loaded {
    readonly bundle: Bundle;
    readonly create: Promise<Create>;
    readonly idle: Instance[];
}

export class DirectRuntime implements FunctionRuntime {
    readonly interleaved: boolean;
    private readonly world: World;
    private readonly options: DirectRuntimeOptions;
    private readonly loaded = new Map<string, Loaded>();

    constructor(world: World, options: DirectRuntimeOptions) {
        this.world = world;
        this.options = options;
        this.interleaved = options.interleaved ?? false;
    }

    async load(fn: LambdaFunction): Promise<void> {
        const { files, handler } = fn.configuration;
        const previous = this.loaded.get(fn.arn);
        const bundle = unpack(files, handler);
        const create = importCreate(bundle);
        this.loaded.set(fn.arn, { bundle, create, idle: [] });
        previous?.bundle.release();
        // A function whose code cannot be loaded is deployed all the same. Its invocations fail.
        await Promise.allSettled([create]);
    }

    async invoke(fn: LambdaFunction, event: unknown, context: InvocationContext): Promise<InvocationResult> {
        const loaded = this.loaded.get(fn.arn);
        if (!loaded) throw new Error(`${fn.arn} was invoked, but not loaded.`);
        let instance = loaded.idle.pop();
        try {
            instance ??= new Instance(this.world, fn, await loaded.create, this.options);
        } catch (error) {
            return loadFailed(error);
        }
        const result = await instance.invoke(event, context);
        if (!instance.isDead) loaded.idle.push(instance);
        return result;
    }

    close(): void {
        for (const { bundle } of this.loaded.values()) bundle.release();
        this.loaded.clear();
    }
}

async function importCreate(bundle: Bundle): Promise<Create> {
    const module = (await import(bundle.url)) as Record<string, unknown>;
    const create = module["create"];
    if (typeof create === "function") return create as Create;
    throw new BundleError(
        "Runtime.HandlerNotFound",
        "The bundle exports no `create`, by which it is given its clients: run it with the SDK's own clients instead.",
    );
}

/** One execution environment of a function. It serves one invocation at a time, and keeps what the code keeps between them. */
class Instance {
    /** Serves no other invocation: its process ended, or Lambda ended it at its time limit. */
    isDead = false;
    private readonly world: World;
    private readonly fn: LambdaFunction;
    /** With the trace header of the invocation. */
    private caller: Caller;
    private readonly interleaved: boolean;
    private readonly handler: Handler;
    private invocation: InvocationContext | undefined;
    private crash: (() => void) | undefined;
    private calls = 0;

    constructor(
        world: World,
        fn: LambdaFunction,
        create: Create,
        { platform, interleaved = false, clockOffset }: DirectRuntimeOptions,
    ) {
        this.world = world;
        this.fn = fn;
        this.interleaved = interleaved;
        this.caller = callerOf(fn);
        const env = environmentOf(fn, world);
        this.handler = create(
            platform({
                env,
                // Instants of the clock may lie between two milliseconds; Date.now() counts whole ones.
                now: () => Math.floor(world.clock.now() + (clockOffset?.(fn.name) ?? 0)),
                client: (service, configuration = {}) => this.client(service, configuration, env),
                log: (line) => this.invocation?.log(line),
                metrics: (measurement) => this.invocation?.metrics(measurement),
            }),
        );
    }

    async invoke(event: unknown, invocation: InvocationContext): Promise<InvocationResult> {
        this.invocation = invocation;
        this.caller = { ...callerOf(this.fn), traceHeader: invocation.traceHeader };
        this.calls = 0;
        const crashed = new Promise<InvocationResult>((resolve) => {
            this.crash = () => {
                this.isDead = true;
                resolve(exited(invocation.requestId));
            };
        });
        const result = await Promise.race([this.run(event, invocation), crashed]);
        if (invocation.isOver()) this.isDead = true;
        const durationMillis = this.interleaved ? 0 : this.calls * this.world.model.callMillis;
        return { ...result, durationMillis };
    }

    private async run(event: unknown, invocation: InvocationContext): Promise<InvocationResult> {
        try {
            const payload = await this.handler(event, {
                functionName: this.fn.name,
                functionVersion: "$LATEST",
                invokedFunctionArn: this.fn.arn,
                awsRequestId: invocation.requestId,
                getRemainingTimeInMillis: () => invocation.remainingMillis(),
            });
            return { kind: "returned", payload: payload ?? null };
        } catch (error) {
            return failed(error);
        }
    }

    private client(
        service: ServiceName,
        configuration: ClientConfiguration,
        env: FunctionHost["env"],
    ): ReturnType<FunctionHost["client"]> {
        const retries = new Retries(this.world.random, service, env, configuration);
        return {
            send: (command) =>
                this.send({ service, command: command as Command, retries }, NO_ATTEMPTS) as Promise<never>,
        };
    }

    private send(call: ClientCall, failed: Attempts): Promise<unknown> {
        return this.interleaved ? this.callLater(call, failed) : this.callNow(call, failed);
    }

    private callNow(call: ClientCall, failed: Attempts): Promise<unknown> {
        const { service, command, retries } = call;
        this.calls++;
        try {
            const output = this.world.call(service, operationOf(command), command.input, this.caller);
            // An interceptor may have the call made later.
            if (output instanceof Promise)
                return output.catch((error: unknown) => this.fail(call, failed, error));
            retries.succeeded(failed);
            return Promise.resolve(output ?? {});
        } catch (error) {
            return this.fail(call, failed, error);
        }
    }

    /** What a call comes to that was refused, or during which the process ended. */
    private fail(call: ClientCall, failed: Attempts, error: unknown): Promise<unknown> {
        if (!(error instanceof CallerCrash)) return this.callAgain(call, failed, error);
        this.crash?.();
        return never();
    }

    private callLater(call: ClientCall, failed: Attempts): Promise<unknown> {
        const { invocation } = this;
        return new Promise((resolve, reject) => {
            this.world.clock.after(this.world.model.callMillis, () => {
                // A function that was ended makes no more calls.
                if (this.isDead || invocation?.isOver()) return;
                this.callNow(call, failed).then(resolve, reject);
            });
        });
    }

    /** Makes a call again that failed, if the SDK would. */
    private callAgain(call: ClientCall, failed: Attempts, error: unknown): Promise<unknown> {
        const { invocation } = this;
        const count = failed.count + 1;
        const next = invocation && error instanceof AwsError ? call.retries.next(error, failed) : undefined;
        if (!invocation || !next) return Promise.reject(toClientError(error, count, failed.waited));
        const waited = failed.waited + next.pause;
        return invocation.sleep(next.pause).then(() => {
            if (this.isDead || invocation.isOver()) return never();
            return this.send(call, { count, waited, cost: next.cost });
        });
    }
}

/** A call that a client makes, perhaps several times. */
interface ClientCall {
    readonly service: ServiceName;
    readonly command: Command;
    readonly retries: Retries;
}

/** The answer to a call whose caller has ended. A new one each time: a shared one would keep all who ever waited for it. */
function never(): Promise<never> {
    return new Promise(() => undefined);
}

interface Command {
    readonly input: unknown;
    /** The SDK's description of the operation: its kind, its service's namespace, its name … */
    readonly schema?: unknown;
}

const operationNames = new Map<unknown, string>();

/** The name of a command's operation in the API. The class alone does not say it: the bundle may be minified. */
function operationOf(command: Command): string {
    const known = operationNames.get(command.constructor);
    if (known !== undefined) return known;
    const { schema } = command;
    const name = Array.isArray(schema) ? String(schema[2]) : command.constructor.name.replace(/Command$/, "");
    operationNames.set(command.constructor, name);
    return name;
}

/** The error as the SDK's clients throw it. `instanceof` with their classes looks at the name and these members. */
function toClientError(error: unknown, attempts: number, totalRetryDelay: number): Error {
    if (!(error instanceof AwsError)) return error as Error;
    const { statusCode } = error;
    return Object.assign(new StacklessError(error.message), error.details, {
        name: error.name,
        $fault: statusCode < 500 ? "client" : "server",
        $metadata: { httpStatusCode: statusCode, attempts, totalRetryDelay },
    });
}
