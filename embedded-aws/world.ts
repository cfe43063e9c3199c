/**
 * An AWS account and region in this process. It creates the services, brings the resources of recorded programs to life
 * in them, and passes every call to its service. `clock.run()` lets time pass.
 */
import { isDeepStrictEqual } from "node:util";
import { Authorization } from "./authorization/authorization.ts";
import { Clock } from "./clock.ts";
import type { ClockOptions } from "./clock.ts";
import { HourlySums } from "./hourly-sums.ts";
import { createModel } from "./model.ts";
import type { ModelName } from "./model.ts";
import { carryOut } from "./outcomes.ts";
import type { CallOutcome } from "./outcomes.ts";
import { Random } from "./random.ts";
import type { RecordedProgram, Resource } from "./recording/resource.ts";
import { AwsError, UnsupportedError } from "./service.ts";
import type {
    Caller,
    Model,
    Need,
    ResourceKind,
    Service,
    ServiceDescriptor,
    ServiceName,
    World,
} from "./service.ts";

export interface WorldOptions {
    /** The stacks that live in this account; their resources are created in this order. */
    programs: readonly RecordedProgram[];
    /** The seed of everything that is left to chance. @default 1 */
    seed?: number;
    /** When time begins, and how fast it passes. @default 2026-01-01T00:00:00Z, as fast as possible */
    clock?: ClockOptions;
    /** Durations and quotas, by the name of a model. `modelOverrides` replaces single members. @default "aws" */
    model?: ModelName;
    modelOverrides?: Partial<Model>;
    /** "enforced": a role may do only what policies allow. "off" is for tests of single services. @default "enforced" */
    authorization?: "enforced" | "off";
    /** The services that the account has. */
    services: readonly ServiceDescriptor[];
    /**
     * Whether to deploy a program without a resource that the embedded AWS does not have, or not with these inputs.
     * @default no: the error is thrown
     */
    leaveOut?: (resource: Resource, why: UnsupportedError) => boolean;
}

/** A call of an operation, as an interceptor sees it. */
export interface Call {
    readonly service: ServiceName;
    readonly operation: string;
    readonly input: unknown;
    readonly caller: Caller;
}

/**
 * Sees a call before its service does. `next` makes the call. An interceptor that throws before `next` refuses the
 * call, one that throws after it loses the answer, and one that calls it twice makes the call twice.
 */
export type Interceptor = (call: Call, next: () => unknown) => unknown;

/** Something that sees calls: one of the two. */
interface Hook {
    readonly interceptor?: Interceptor;
    /** Whose calls the interceptor sees. Undefined: everybody's. */
    readonly service?: ServiceName | undefined;
    readonly outcomeOf?: (call: Call) => CallOutcome | undefined;
}

/** The URNs of the resources that a deployment created, updated, removed or left alone. */
export interface Deployment {
    readonly created: readonly string[];
    readonly updated: readonly string[];
    readonly removed: readonly string[];
    readonly unchanged: readonly string[];
}

/** AWS refused a resource; the cause is its `AwsError`. */
export class DeploymentError extends Error {
    override readonly name = "DeploymentError";
}

export class EmbeddedWorld implements World {
    readonly clock: Clock;
    readonly random: Random;
    readonly account: string;
    readonly region: string;
    readonly partition: string;
    readonly model: Model;
    readonly descriptors: ReadonlyMap<ServiceName, ServiceDescriptor>;
    /** The run's bill and statistics. */
    readonly counters = new Map<string, number>();
    private readonly sums = new HourlySums();
    /** Decides what roles may do, and notes which of their permissions were used. */
    readonly authorization: Authorization;
    private readonly isEnforced: boolean;
    private readonly leaveOut: NonNullable<WorldOptions["leaveOut"]>;
    private readonly services = new Map<ServiceName, Service>();
    private readonly operations: Partial<Record<ServiceName, Service["operations"]>> = {};
    private readonly kinds = new Map<string, ResourceKind>();
    private readonly things = new Map<string, object>();
    private readonly deployed = new Map<string, Map<string, Resource>>();
    /** The last one sees a call first. */
    private hooks: readonly Hook[] = [];
    private failure: Error | undefined;

    private constructor(options: WorldOptions) {
        const [first] = options.programs;
        if (!first) throw new Error("A world needs at least one program.");
        this.account = first.account;
        this.region = first.region;
        this.partition = first.partition;
        this.clock = new WorldClock(options.clock ?? {}, () => this.failure);
        this.random = new Random(options.seed ?? 1);
        this.model = createModel(options.model ?? "aws", this.random, options.modelOverrides ?? {});
        this.descriptors = new Map(options.services.map((descriptor) => [descriptor.name, descriptor]));
        this.authorization = new Authorization(this);
        this.isEnforced = options.authorization !== "off";
        this.leaveOut = options.leaveOut ?? (() => false);
        for (const descriptor of options.services) this.add(descriptor);
    }

    /** Opens an account and deploys the programs to it. */
    static async open(options: WorldOptions): Promise<EmbeddedWorld> {
        const world = new EmbeddedWorld(options);
        try {
            for (const program of options.programs) await world.deploy(program);
        } catch (error) {
            await world.close();
            throw error;
        }
        return world;
    }

    /**
     * Deploys a program. Creates what is new, updates what is declared differently, deletes what is gone, and leaves
     * the rest alone. Throws an `UnsupportedError` for what the embedded AWS does not have, before it changes anything.
     * A resource that AWS would refuse is a `DeploymentError`; what was deployed before it stays, as on AWS.
     */
    async deploy(program: RecordedProgram): Promise<Deployment> {
        this.checkLocation(program);
        const stack = `${program.project}/${program.stack}`;
        const existing = this.deployed.get(stack) ?? new Map<string, Resource>();
        this.deployed.set(stack, existing);
        const declared = program.resources.filter(
            (resource) => resource.type.startsWith("aws:") && this.has(resource),
        );
        for (const resource of declared) this.checkChange(resource, existing.get(resource.urn));
        const removed = this.removals(existing, declared);
        const result = {
            created: [] as string[],
            updated: [] as string[],
            removed: [] as string[],
            unchanged: [] as string[],
        };
        for (const resource of declared) {
            const previous = existing.get(resource.urn);
            result[this.apply(resource, previous)].push(resource.urn);
            existing.set(resource.urn, resource);
        }
        for (const resource of removed) {
            this.attempt("deleting", resource, () => this.kindOf(resource).remove?.(resource));
            existing.delete(resource.urn);
            result.removed.push(resource.urn);
        }
        for (const service of this.services.values()) await service.ready?.();
        return result;
    }

    call(service: ServiceName, operation: string, input: unknown, caller: Caller): unknown {
        if (this.hooks.length === 0) return this.perform(service, operation, input, caller);
        return this.intercepted({ service, operation, input, caller }, this.hooks.length);
    }

    allows(caller: Caller, need: Need): boolean {
        if (!this.isEnforced) return true;
        try {
            return this.authorization.allows(caller, need);
        } catch (error) {
            this.fail(error as Error);
            throw error;
        }
    }

    /**
     * From now on `interceptor` sees every call, or each of one service, before the interceptors that are there already.
     * The returned function removes it.
     */
    intercept(interceptor: Interceptor, service?: ServiceName): () => void {
        return this.hook({ interceptor, service });
    }

    /**
     * From now on calls come out as `outcomeOf` says, before interceptors that are there already see them; undefined: as the
     * service answers. The returned function ends that.
     */
    onCall(outcomeOf: (call: Call) => CallOutcome | undefined): () => void {
        return this.hook({ outcomeOf });
    }

    register(arn: string, thing: object): void {
        if (this.things.has(arn)) throw this.nameTaken(arn);
        this.things.set(arn, thing);
    }

    unregister(arn: string): void {
        this.things.delete(arn);
    }

    find(arn: string): object | undefined {
        return this.things.get(arn);
    }

    count(what: string, by = 1): void {
        this.counters.set(what, (this.counters.get(what) ?? 0) + by);
    }

    record(namespace: string, metric: string, of: string, by = 1): void {
        this.sums.add(namespace, metric, of, this.clock.now(), by);
    }

    recorded(
        namespace: string,
        metric: string,
        of: string,
        start: number,
        end: number,
    ): (readonly [time: number, sum: number])[] {
        return this.sums.between(namespace, metric, of, start, end);
    }

    /** The service of a class, for reports and tests. */
    service<T extends Service>(kind: new (...options: never[]) => T): T {
        for (const service of this.services.values()) if (service instanceof kind) return service;
        throw new Error(`This world was opened without a ${kind.name}.`);
    }

    /** The deployed resources of all stacks. */
    resources(): Resource[] {
        return [...this.deployed.values()].flatMap((stack) => [...stack.values()]);
    }

    /** Ends the run: `clock.run()` throws this error. If there are several, it throws the first. */
    fail(error: Error): void {
        this.failure ??= error;
        this.clock.stop();
    }

    /** Stops time, and ends servers, threads and files. */
    async close(): Promise<void> {
        this.clock.stop();
        for (const service of this.services.values()) await service.close?.();
    }

    private add(descriptor: ServiceDescriptor): void {
        const service = descriptor.create(this);
        this.services.set(descriptor.name, service);
        this.operations[descriptor.name] = service.operations;
        for (const [type, kind] of Object.entries(service.kinds)) {
            if (this.kinds.has(type))
                throw new Error(`Two services bring ${type} to life; one must leave it to the other.`);
            this.kinds.set(type, kind);
        }
    }

    private perform(service: ServiceName, operation: string, input: unknown, caller: Caller): unknown {
        try {
            const operations = this.operations[service];
            if (!operations)
                throw new UnsupportedError(
                    `The embedded AWS has no service '${service}' (${operation} was called).`,
                );
            if (!Object.hasOwn(operations, operation)) {
                throw new UnsupportedError(
                    `The embedded AWS does not have the operation ${service}:${operation}.`,
                );
            }
            if (this.isEnforced && caller.roleArn !== undefined)
                this.authorization.check(service, operation, input, caller);
            return (operations as Record<string, (input: unknown, caller: Caller) => unknown>)[operation]?.(
                input,
                caller,
            );
        } catch (error) {
            // Callers catch and retry what AWS may answer. They must not hide a fault of the embedded AWS.
            if (!(error instanceof AwsError) && caller.isGuest !== true) this.fail(error as Error);
            throw error;
        }
    }

    private hook(hook: Hook): () => void {
        this.hooks = [...this.hooks, hook];
        return () => {
            this.hooks = this.hooks.filter((other) => other !== hook);
        };
    }

    /** Makes a call, once the first `count` hooks have seen it. */
    private intercepted(call: Call, count: number): unknown {
        // Nearly all calls pass most of the hooks: only who has something to do with a call costs a closure.
        for (let i = count - 1; i >= 0; i--) {
            const { interceptor, outcomeOf, service } = this.hooks[i] as Hook;
            if (interceptor && (service === undefined || service === call.service))
                return interceptor(call, () => this.intercepted(call, i));
            const outcome = outcomeOf?.(call);
            if (outcome) return carryOut(outcome, this.clock, () => this.intercepted(call, i));
        }
        return this.perform(call.service, call.operation, call.input, call.caller);
    }

    /** The error that AWS gives for a name that is taken. */
    private nameTaken(arn: string): AwsError {
        const [, , service = "", , , ...rest] = arn.split(":");
        const resource = rest.join(":");
        const descriptor = this.descriptors.get(service as ServiceName);
        if (descriptor?.nameTaken) return descriptor.nameTaken(resource, arn);
        const name = resource.slice(resource.indexOf("/") + 1);
        return new AwsError("AlreadyExistsException", `${name} already exists (${arn})`);
    }

    private checkLocation(program: RecordedProgram): void {
        const { account, region } = program;
        if (account === this.account && region === this.region) return;
        throw new UnsupportedError(
            `The stack ${program.project}/${program.stack} is for account ${account} in ${region}, ` +
                `but this embedded AWS is account ${this.account} in ${this.region}.`,
        );
    }

    /** Whether to deploy a resource. Throws if the embedded AWS does not have it and nobody lets it be left out. */
    private has(resource: Resource): boolean {
        try {
            const kind = this.kindOf(resource);
            const unknown = Object.keys(resource.inputs).filter((input) => !kind.inputs.includes(input));
            if (unknown.length === 0) return true;
            throw new UnsupportedError(
                `The embedded AWS does not understand ${unknown.map((input) => `\`${input}\``).join(", ")} of ${described(resource)}.`,
            );
        } catch (error) {
            if (error instanceof UnsupportedError && this.leaveOut(resource, error)) return false;
            throw error;
        }
    }

    /** Throws if the embedded AWS cannot make the change. */
    private checkChange(resource: Resource, previous: Resource | undefined): void {
        const kind = this.kindOf(resource);
        if (!previous || isDeepStrictEqual(previous.inputs, resource.inputs)) return;
        if (previous.outputs["id"] !== resource.outputs["id"]) {
            throw new UnsupportedError(
                `The embedded AWS cannot replace ${described(resource)}, which the change of its inputs asks for.`,
            );
        }
        if (!kind.update) {
            const changed = changedInputs(previous, resource).map((input) => `\`${input}\``);
            throw new UnsupportedError(
                `The embedded AWS cannot change ${changed.join(", ")} of ${described(resource)} once it exists.`,
            );
        }
    }

    private removals(existing: ReadonlyMap<string, Resource>, declared: readonly Resource[]): Resource[] {
        const kept = new Set(declared.map(({ urn }) => urn));
        const removed = [...existing.values()].filter(({ urn }) => !kept.has(urn)).reverse();
        for (const resource of removed) {
            if (this.kindOf(resource).remove) continue;
            throw new UnsupportedError(
                `The embedded AWS cannot delete ${described(resource)}, which the program no longer declares.`,
            );
        }
        return removed;
    }

    private apply(resource: Resource, previous: Resource | undefined): "created" | "updated" | "unchanged" {
        const kind = this.kindOf(resource);
        if (!previous) {
            this.attempt("creating", resource, () => kind.create(resource));
            return "created";
        }
        if (isDeepStrictEqual(previous.inputs, resource.inputs)) return "unchanged";
        this.attempt("updating", resource, () => kind.update?.(resource, previous));
        return "updated";
    }

    private attempt(doing: string, resource: Resource, action: () => void): void {
        try {
            action();
        } catch (error) {
            if (!(error instanceof AwsError)) throw error;
            throw new DeploymentError(`${doing} ${described(resource)}: ${error.name}: ${error.message}`, {
                cause: error,
            });
        }
    }

    private kindOf(resource: Resource): ResourceKind {
        const kind = this.kinds.get(resource.type);
        if (!kind)
            throw new UnsupportedError(
                `The embedded AWS does not have the resource type of ${described(resource)}.`,
            );
        return kind;
    }
}

/** A clock whose run ends with the error of the world, even if the code that caused it caught it. */
class WorldClock extends Clock {
    private readonly failure: () => Error | undefined;

    constructor(options: ClockOptions, failure: () => Error | undefined) {
        super(options);
        this.failure = failure;
    }

    override async run(): Promise<void> {
        await super.run();
        const failure = this.failure();
        if (failure) throw failure;
    }
}

function described(resource: Resource): string {
    return `${resource.type} '${resource.name}' (${resource.urn})`;
}

function changedInputs(previous: Resource, resource: Resource): string[] {
    const inputs = new Set([...Object.keys(previous.inputs), ...Object.keys(resource.inputs)]);
    return [...inputs].filter((input) => !isDeepStrictEqual(previous.inputs[input], resource.inputs[input]));
}
