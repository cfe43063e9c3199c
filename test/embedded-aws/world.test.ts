import assert from "node:assert/strict";
import type { RecordedProgram, Resource } from "../../embedded-aws/recording/resource.ts";
import { AwsError, UnsupportedError } from "../../embedded-aws/service.ts";
import { sqs } from "../../embedded-aws/services/sqs/index.ts";
import type { Caller, ResourceKind, Service, World } from "../../embedded-aws/service.ts";
import { EmbeddedWorld } from "../../embedded-aws/world.ts";
import type { WorldOptions } from "../../embedded-aws/world.ts";

const user: Caller = { principal: "user" };

/** A service of things with a name, which counts pings and notes what deployments did to it. */
class ThingService implements Service {
    readonly log: string[] = [];
    readonly callers: Caller[] = [];
    readonly operations = {
        Ping: (input: { times: number }, caller: Caller) => {
            this.callers.push(caller);
            this.world.count("pings", input.times);
            return { pinged: true };
        },
        Refuse: () => {
            throw new AwsError("ThrottlingException", "Rate exceeded");
        },
        Slip: () => {
            throw new UnsupportedError("Slipping is not supported");
        },
    };
    readonly kinds: Record<string, ResourceKind> = {
        "aws:test/thing:Thing": {
            inputs: ["size", "color"],
            create: ({ name, outputs }) => {
                this.world.register(String(outputs["arn"]), { name });
                this.log.push(`create ${name}`);
            },
            update: ({ name, inputs }, previous) => {
                this.log.push(
                    `update ${name} ${String(previous.inputs["size"])} to ${String(inputs["size"])}`,
                );
            },
            remove: ({ name, outputs }) => {
                this.world.unregister(String(outputs["arn"]));
                this.log.push(`remove ${name}`);
            },
        },
        "aws:test/fixed:Fixed": {
            inputs: ["size"],
            create: ({ name }) => void this.log.push(`create ${name}`),
        },
    };
    readonly world: World;
    isReady = false;
    isClosed = false;

    constructor(world: World) {
        this.world = world;
    }

    ready(): Promise<void> {
        this.isReady = true;
        return Promise.resolve();
    }

    close(): void {
        this.isClosed = true;
    }
}

function thing(
    name: string,
    inputs: Record<string, unknown> = {},
    type = "aws:test/thing:Thing",
    stack = "dev",
): Resource {
    const outputs = { ...inputs, id: name, arn: `arn:aws:sqs:eu-west-1:123456789012:${name}` };
    return { type, name, urn: `urn:pulumi:${stack}::test::${type}::${name}`, inputs, outputs };
}

function program(resources: readonly Resource[], stack = "dev"): RecordedProgram {
    const place = { account: "123456789012", region: "eu-west-1", partition: "aws" };
    return { project: "test", stack, ...place, resources, outputs: {} };
}

interface Opened {
    readonly world: EmbeddedWorld;
    readonly things: ThingService;
}

function open(...programs: RecordedProgram[]): Promise<Opened> {
    return openWith({}, ...programs);
}

async function openWith(
    options: Pick<WorldOptions, "leaveOut">,
    ...programs: RecordedProgram[]
): Promise<Opened> {
    let things: ThingService | undefined;
    const world = await EmbeddedWorld.open({
        ...options,
        authorization: "off",
        programs,
        services: [{ ...sqs, create: (opened) => (things = new ThingService(opened)) }],
    });
    assert.ok(things);
    return { world, things };
}

describe("a deployment", () => {
    it("creates the declared resources in their order, and leaves components out", async () => {
        const component = thing("shop", {}, "test:index:Shop");
        const { things, world } = await open(program([component, thing("a"), thing("b")]));
        assert.deepEqual(things.log, ["create a", "create b"]);
        assert.deepEqual(world.find("arn:aws:sqs:eu-west-1:123456789012:a"), { name: "a" });
    });

    it("waits until the services are ready, and ends them when the world is closed", async () => {
        const { things, world } = await open(program([]));
        assert.ok(things.isReady);
        await world.close();
        assert.ok(things.isClosed);
    });

    it("leaves out what it does not have where it may, and tells of it", async () => {
        const told: string[] = [];
        const unknown = { ...thing("c"), type: "aws:ec2/vpc:Vpc" };
        const { things } = await openWith(
            {
                leaveOut: (resource, why) => {
                    told.push(`${resource.name}: ${why.message}`);
                    return true;
                },
            },
            program([thing("a"), thing("b", { smell: "sweet" }), unknown]),
        );
        assert.deepEqual(things.log, ["create a"]);
        assert.match(told[0] ?? "", /^b: .*does not understand `smell`/);
        assert.match(told[1] ?? "", /^c: .*does not have the resource type/);
    });

    it("refuses what it does not have where that may not be left out", async () => {
        const opening = openWith({ leaveOut: () => false }, program([thing("b", { smell: "sweet" })]));
        await assert.rejects(opening, /does not understand `smell`/);
    });

    it("names the type, the resource and the input that the embedded AWS does not understand", async () => {
        await assert.rejects(open(program([thing("a"), thing("b", { size: 1, smell: "sweet" })])), {
            name: "UnsupportedError",
            message:
                "The embedded AWS does not understand `smell` of aws:test/thing:Thing 'b' (urn:pulumi:dev::test::aws:test/thing:Thing::b).",
        });
    });

    it("names a resource type that no service has", async () => {
        await assert.rejects(open(program([thing("a", {}, "aws:test/other:Other")])), {
            name: "UnsupportedError",
            message: /does not have the resource type of aws:test\/other:Other 'a'/,
        });
    });

    it("fails when two resources end up with one name, even in two stacks", async () => {
        const stacks = [program([thing("a")], "dev"), program([thing("a", {}, undefined, "prod")], "prod")];
        await assert.rejects(open(...stacks), {
            name: "DeploymentError",
            message:
                /^creating aws:test\/thing:Thing 'a' \(urn:pulumi:prod::.*\): QueueAlreadyExists: A queue already exists/,
        });
    });

    it("refuses a stack that is for another region", async () => {
        await assert.rejects(open(program([]), { ...program([]), region: "us-east-1" }), {
            name: "UnsupportedError",
            message:
                /is for account 123456789012 in us-east-1, but this embedded AWS is account 123456789012 in eu-west-1/,
        });
    });
});

describe("a second deployment", () => {
    it("touches nothing when nothing changed", async () => {
        const { world, things } = await open(program([thing("a", { size: 1 }), thing("b")]));
        things.log.length = 0;
        const { unchanged } = await world.deploy(program([thing("a", { size: 1 }), thing("b")]));
        assert.deepEqual(things.log, []);
        assert.equal(unchanged.length, 2);
    });

    it("changes, creates and removes what the program declares otherwise, more or no longer", async () => {
        const { world, things } = await open(program([thing("a", { size: 1 }), thing("b")]));
        things.log.length = 0;
        await world.deploy(program([thing("a", { size: 2 }), thing("c")]));
        assert.deepEqual(things.log, ["update a 1 to 2", "create c", "remove b"]);
        assert.equal(world.find("arn:aws:sqs:eu-west-1:123456789012:b"), undefined);
        assert.deepEqual(
            world.resources().map(({ name }) => name),
            ["a", "c"],
        );
    });

    it("leaves the resources of other stacks alone", async () => {
        const other = program([thing("b", {}, undefined, "prod")], "prod");
        const { world, things } = await open(program([thing("a")]), other);
        things.log.length = 0;
        await world.deploy(program([]));
        assert.deepEqual(things.log, ["remove a"]);
    });

    it("names a change that the embedded AWS cannot make, before it touches anything", async () => {
        const { world, things } = await open(program([thing("a", { size: 1 }, "aws:test/fixed:Fixed")]));
        things.log.length = 0;
        const changed = program([thing("b"), thing("a", { size: 2 }, "aws:test/fixed:Fixed")]);
        await assert.rejects(world.deploy(changed), {
            name: "UnsupportedError",
            message: /cannot change `size` of aws:test\/fixed:Fixed 'a'/,
        });
        await assert.rejects(world.deploy(program([])), {
            name: "UnsupportedError",
            message: /cannot delete aws:test\/fixed:Fixed 'a'/,
        });
        assert.deepEqual(things.log, []);
    });
});

describe("a call in the world", () => {
    it("reaches the operation with its caller", async () => {
        const { world, things } = await open(program([]));
        const caller = { principal: "lambda.amazonaws.com", roleArn: "arn:aws:iam::123456789012:role/r" };
        assert.deepEqual(world.call("sqs", "Ping", { times: 3 }, caller), { pinged: true });
        assert.deepEqual(things.callers, [caller]);
        assert.equal(world.counters.get("pings"), 3);
    });

    it("goes on when somebody outside of the run asks for an operation that the embedded AWS lacks", async () => {
        const { world } = await open(program([]));
        let later = false;
        const guest: Caller = { principal: "user", isGuest: true };
        world.clock.after(1, () => {
            assert.throws(() => world.call("sqs", "Dance", {}, guest), UnsupportedError);
        });
        world.clock.after(2, () => {
            later = true;
        });
        await world.clock.run();
        assert.ok(later);
    });

    it("ends the run with its error when the embedded AWS lacks the operation, even if the caller hides it", async () => {
        const { world } = await open(program([]));
        let later = false;
        for (const [service, operation] of [
            ["sqs", "Dance"],
            ["sqs", "Slip"],
            ["sns", "Publish"],
        ] as const) {
            world.clock.after(1, () => {
                assert.throws(() => world.call(service, operation, {}, user), UnsupportedError);
            });
        }
        world.clock.after(2, () => {
            later = true;
        });
        await assert.rejects(world.clock.run(), {
            name: "UnsupportedError",
            message: "The embedded AWS does not have the operation sqs:Dance.",
        });
        assert.ok(!later);
    });

    it("leaves errors that AWS would give to the caller", async () => {
        const { world } = await open(program([]));
        world.clock.after(1, () => {
            assert.throws(() => world.call("sqs", "Refuse", {}, user), { name: "ThrottlingException" });
        });
        await world.clock.run();
    });

    it("can be refused, lost after it was made, or made twice by an interceptor", async () => {
        const { world } = await open(program([]));
        const ping = (): unknown => world.call("sqs", "Ping", { times: 1 }, user);
        const stopRefusing = world.intercept(() => {
            throw new AwsError("InternalServerError", "refused", 500);
        });
        assert.throws(ping, { message: "refused" });
        assert.equal(world.counters.get("pings"), undefined);
        stopRefusing();
        const stopLosing = world.intercept((_call, next) => {
            next();
            throw new AwsError("TimeoutError", "lost", 500);
        });
        assert.throws(ping, { message: "lost" });
        assert.equal(world.counters.get("pings"), 1);
        stopLosing();
        world.intercept(({ operation }, next) => {
            if (operation === "Ping") next();
            return next();
        });
        ping();
        assert.equal(world.counters.get("pings"), 3);
    });

    it("comes out as its outcome says, until that is ended", async () => {
        const { world } = await open(program([]));
        const end = world.onCall(({ operation }) =>
            operation === "Ping" ? { happens: [0, 0], caller: { pinged: "twice" } } : undefined,
        );
        assert.deepEqual(world.call("sqs", "Ping", { times: 1 }, user), { pinged: "twice" });
        assert.equal(world.counters.get("pings"), 2);
        assert.throws(() => world.call("sqs", "Refuse", {}, user), { name: "ThrottlingException" });
        end();
        assert.deepEqual(world.call("sqs", "Ping", { times: 1 }, user), { pinged: true });
    });

    it("passes the latest interceptor first", async () => {
        const { world } = await open(program([]));
        const seen: string[] = [];
        for (const name of ["inner", "outer"]) {
            world.intercept((_call, next) => {
                seen.push(name);
                return next();
            });
        }
        world.call("sqs", "Ping", { times: 1 }, user);
        assert.deepEqual(seen, ["outer", "inner"]);
    });
});
