/** A world for tests of single services: real clock and chance, a registry, and whichever services the test puts in. */
import { Clock } from "../../embedded-aws/clock.ts";
import { createModel } from "../../embedded-aws/model.ts";
import { Random } from "../../embedded-aws/random.ts";
import type { Resource } from "../../embedded-aws/recording/resource.ts";
import { createServices } from "../../embedded-aws/services/index.ts";
import { UnsupportedError } from "../../embedded-aws/service.ts";
import type {
    Caller,
    Model,
    Operation,
    ResourceKind,
    Service,
    ServiceName,
    World,
} from "../../embedded-aws/service.ts";

/** Whoever runs the stack. */
export const user: Caller = { principal: "user" };

export class FakeWorld implements World {
    readonly clock = new Clock();
    readonly random = new Random(1);
    readonly account = "123456789012";
    readonly region = "eu-west-1";
    readonly partition = "aws";
    readonly model: Model;
    readonly descriptors = new Map(createServices().map((descriptor) => [descriptor.name, descriptor]));
    readonly counters: Record<string, number> = {};
    /** Every call that was made, in order. */
    readonly calls: { service: ServiceName; operation: string; input: unknown; caller: Caller }[] = [];
    private readonly things = new Map<string, object>();
    private readonly services = new Map<ServiceName, Service>();

    constructor(model: Partial<Model> = {}) {
        this.model = createModel("aws", this.random, model);
    }

    /** Puts a service in; `fake` takes single operations instead of a whole service. */
    add<T extends Service>(service: T): T {
        const [type = ""] = Object.keys(service.kinds);
        const descriptor = [...this.descriptors.values()].find(
            ({ assignments }) => type in assignments.types,
        );
        if (!descriptor) throw new Error(`No service of the embedded AWS has the resource type '${type}'.`);
        this.services.set(descriptor.name, service);
        return service;
    }

    fake(name: ServiceName, operations: Readonly<Record<string, Operation>>): void {
        this.services.set(name, { operations, kinds: {} });
    }

    call(service: ServiceName, operation: string, input: unknown, caller: Caller): unknown {
        this.calls.push({ service, operation, input, caller });
        const perform = this.services.get(service)?.operations[operation];
        if (!perform) throw new UnsupportedError(`${service}:${operation} is not in this test's world`);
        return perform(input as never, caller);
    }

    /** Single services are tested without IAM. */
    allows(): boolean {
        return true;
    }

    register(arn: string, thing: object): void {
        if (this.things.has(arn)) throw new Error(`${arn} is taken`);
        this.things.set(arn, thing);
    }

    unregister(arn: string): void {
        this.things.delete(arn);
    }

    find(arn: string): object | undefined {
        return this.things.get(arn);
    }

    record(): void {
        // No test of a service alone looks at it.
    }

    recorded(): [] {
        return [];
    }

    count(what: string, by = 1): void {
        this.counters[what] = (this.counters[what] ?? 0) + by;
    }

    /** Brings a resource to life, as the program would; outputs are the inputs plus what is given. */
    create(
        type: string,
        name: string,
        inputs: Record<string, unknown>,
        outputs: Record<string, unknown> = {},
    ): Resource {
        const kind = this.kind(type);
        const unknown = Object.keys(inputs).filter((input) => !kind.inputs.includes(input));
        if (unknown.length > 0) throw new UnsupportedError(`${type} ${name} has ${unknown.join(", ")}`);
        const all = { name, id: name, ...inputs, ...outputs };
        const resource: Resource = {
            type,
            name,
            urn: `urn:pulumi:test::test::${type}::${name}`,
            inputs,
            outputs: all,
        };
        kind.create(resource);
        return resource;
    }

    /** Deletes a resource, as a later deployment would. */
    remove(resource: Resource): void {
        this.kind(resource.type).remove?.(resource);
    }

    /** Changes a resource's inputs, as a later deployment would. */
    update(resource: Resource, inputs: Record<string, unknown>): Resource {
        const changed = { ...resource, inputs, outputs: { ...resource.outputs, ...inputs } };
        this.kind(resource.type).update?.(changed, resource);
        return changed;
    }

    arn(service: string, resource: string): string {
        const global = service === "iam" || service === "s3";
        const region = global ? "" : this.region;
        return `arn:${this.partition}:${service}:${region}:${service === "s3" ? "" : this.account}:${resource}`;
    }

    /** Lets virtual time pass; what is due at its end, and what that makes due at once, is done too. */
    async pass(milliseconds: number): Promise<void> {
        const stopAfter = (rounds: number) => (): void => {
            if (rounds === 0) this.clock.stop();
            else this.clock.after(0, stopAfter(rounds - 1));
        };
        this.clock.after(milliseconds, stopAfter(3));
        await this.clock.run();
    }

    private kind(type: string): ResourceKind {
        const kind = [...this.services.values()].map((service) => service.kinds[type]).find((found) => found);
        if (!kind) throw new UnsupportedError(`${type} is not in this test's world`);
        return kind;
    }
}
