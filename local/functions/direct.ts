/**
 * Runs functions in this thread, with clients that call the services without a network in between: fast enough for
 * millions of calls. The code is the deployed bundle's `create`; only the platform that it is given differs.
 */
import { measurement, NAMESPACE } from "../../functions/lib/metrics.ts";
import type { MetricDimensions, MetricName } from "../../functions/lib/metrics.ts";
import { CallerCrash } from "../crash.ts";
import { AwsError } from "../services/service.ts";
import type { Caller, ServiceName, World } from "../services/service.ts";
import type { LambdaFunction } from "../services/lambda/function.ts";
import { callerOf } from "../services/lambda/invoker.ts";
import type { FunctionRuntime, InvocationContext, InvocationResult } from "../services/lambda/runtime.ts";
import { BundleError, unpack } from "./bundle.ts";
import type { Bundle } from "./bundle.ts";
import { environmentOf } from "./environment.ts";
import { exited, failed, loadFailed } from "./failures.ts";

export interface DirectRuntimeOptions {
    /**
     * Whether each call of a function is an event of its own, `model.callMillis` after the one before, so that functions
     * that run at the same time interleave. @default false: an invocation is one step during which nothing else happens
     */
    interleaved?: boolean;
}

type Handler = (event: unknown, context: unknown) => Promise<unknown>;

type Create = (platform: Record<string, unknown>) => Handler;

/** A function's code, imported, and its instances that wait for the next invocation. */
interface Loaded {
    readonly bundle: Bundle;
    readonly create: Promise<Create>;
    readonly idle: Instance[];
}

export class DirectRuntime implements FunctionRuntime {
    readonly interleaved: boolean;
    private readonly world: World;
    private readonly loaded = new Map<string, Loaded>();

    constructor(world: World, options: DirectRuntimeOptions = {}) {
        this.world = world;
        this.interleaved = options.interleaved ?? false;
    }

    async load(fn: LambdaFunction): Promise<void> {
        const { files, handler } = fn.configuration;
        const previous = this.loaded.get(fn.arn);
        const bundle = unpack(files, handler);
        const create = importCreate(bundle);
        this.loaded.set(fn.arn, { bundle, create, idle: [] });
        previous?.bundle.release();
        // A function whose code cannot be loaded is deployed all the same; invoking it fails.
        await Promise.allSettled([create]);
    }

    async invoke(fn: LambdaFunction, event: unknown, context: InvocationContext): Promise<InvocationResult> {
        const loaded = this.loaded.get(fn.arn);
        if (!loaded) throw new Error(`${fn.arn} was invoked, but not loaded.`);
        let instance = loaded.idle.pop();
        try {
            instance ??= new Instance(this.world, fn, await loaded.create, this.interleaved);
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

/** One execution environment of a function: serves one invocation at a time and keeps what the code keeps between them. */
class Instance {
    /** Serves no other invocation: its process ended, or Lambda ended it at its time limit. */
    isDead = false;
    private readonly world: World;
    private readonly fn: LambdaFunction;
    private readonly caller: Caller;
    private readonly interleaved: boolean;
    private readonly handler: Handler;
    private invocation: InvocationContext | undefined;
    private crash: (() => void) | undefined;
    private calls = 0;

    constructor(world: World, fn: LambdaFunction, create: Create, interleaved: boolean) {
        this.world = world;
        this.fn = fn;
        this.interleaved = interleaved;
        this.caller = callerOf(fn);
        const env = environmentOf(fn, world);
        this.handler = create({
            env,
            now: () => world.clock.now(),
            dynamodb: this.client("dynamodb"),
            sfn: this.client("states"),
            glue: this.client("glue"),
            sqs: this.client("sqs"),
            log: { info: this.logger("INFO"), warn: this.logger("WARN"), error: this.logger("ERROR") },
            metric: (name: MetricName, value: number, dimensions: MetricDimensions) =>
                this.invocation?.metric({
                    namespace: NAMESPACE,
                    ...measurement(env, name, value, dimensions),
                }),
        });
    }

    async invoke(event: unknown, invocation: InvocationContext): Promise<InvocationResult> {
        this.invocation = invocation;
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

    private client(service: ServiceName): { send(command: Command): Promise<unknown> } {
        return {
            send: (command) =>
                this.interleaved ? this.callLater(service, command) : this.callNow(service, command),
        };
    }

    private callNow(service: ServiceName, command: Command): Promise<unknown> {
        this.calls++;
        try {
            const output = this.world.call(service, operationOf(command), command.input, this.caller);
            return Promise.resolve(output ?? {});
        } catch (error) {
            if (!(error instanceof CallerCrash)) return Promise.reject(toClientError(error));
            this.crash?.();
            return NEVER;
        }
    }

    private callLater(service: ServiceName, command: Command): Promise<unknown> {
        const { invocation } = this;
        return new Promise((resolve, reject) => {
            this.world.clock.after(this.world.model.callMillis, () => {
                // What a function that was ended still wanted to do does not happen.
                if (this.isDead || invocation?.isOver()) return;
                this.callNow(service, command).then(resolve, reject);
            });
        });
    }

    /** Writes lines as the runtime's own logger does, with the time and the request beside them in the log group. */
    private logger(level: string): (message: string, fields?: object) => void {
        return (message, fields) => {
            this.invocation?.log(JSON.stringify({ level, message, ...fields }));
        };
    }
}

/** What a call is answered whose caller has ended. */
const NEVER = new Promise<never>(() => undefined);

interface Command {
    readonly input: unknown;
    /** The SDK's description of the operation: its kind, its service's namespace, its name … */
    readonly schema?: unknown;
}

const operationNames = new Map<unknown, string>();

/** The API's name of a command's operation. Not from the class alone: a bundle may have been minified. */
function operationOf(command: Command): string {
    const known = operationNames.get(command.constructor);
    if (known !== undefined) return known;
    const { schema } = command;
    const name = Array.isArray(schema) ? String(schema[2]) : command.constructor.name.replace(/Command$/, "");
    operationNames.set(command.constructor, name);
    return name;
}

/** The error as the SDK's clients throw it: their `instanceof` goes by the name and these members. */
function toClientError(error: unknown): Error {
    if (!(error instanceof AwsError)) return error as Error;
    const { statusCode } = error;
    return Object.assign(withoutStack(error.message), error.details, {
        name: error.name,
        $fault: statusCode < 500 ? "client" : "server",
        $metadata: { httpStatusCode: statusCode, attempts: 1, totalRetryDelay: 0 },
    });
}

/** Refusals are a function's daily bread, and nobody reads where in here they were made: a stack would cost most of the call. */
function withoutStack(message: string): Error {
    const { stackTraceLimit } = Error;
    Error.stackTraceLimit = 0;
    const error = new Error(message);
    Error.stackTraceLimit = stackTraceLimit;
    return error;
}
