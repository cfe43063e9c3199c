/** The policy pack, held against the recorded program as it is, and with each mistake that it must find. */
import assert from "node:assert/strict";
import { createRequire } from "node:module";
import type { Policies, PolicyResource, ResourceValidationArgs, StackValidationArgs } from "@pulumi/policy";
import type { RecordedProgram, Resource } from "../../embedded-aws/index.ts";
import { recorded } from "../stack/test-stack.ts";

const { POLICIES } = createRequire(import.meta.url)("../../policy/policies.js") as { POLICIES: Policies };

/** The item that says what serves the pool. */
const WORKFLOW = "turnstile-slots-workflow-jobs";

/** What a resource has besides what was recorded. */
interface Options {
    readonly ignoreChanges?: string[];
    /** The names of the resources that an input depends on, by the input. */
    readonly dependencies?: Readonly<Record<string, readonly string[]>>;
}

interface Violation {
    readonly policy: string;
    readonly resource: string;
    readonly message: string;
}

describe("The policy pack", () => {
    let resources: readonly Resource[];

    before(async () => {
        ({ resources } = await recorded({}));
    });

    it("finds nothing wrong with the program", () => {
        assert.deepEqual(violations(resources), []);
    });

    it("finds nothing wrong with the program in production, its alarms subscribed", () => {
        const topic = resources.find(({ name }) => name === "turnstile-monitoring-alarms")?.outputs["arn"];
        const subscribed = [...inProduction(resources), subscriptionTo({ topic, protocol: "email" })];
        assert.deepEqual(violations(subscribed), []);
    });

    describe("settings-owned-whole", () => {
        const settings = "turnstile-slots-settings-jobs";

        for (const entry of ["gate", "override", "job#1"]) {
            it(`refuses an item ${entry}, which the running system writes`, () => {
                const changed = withItem(resources, settings, { entry: { S: entry } });
                assertOne(violations(changed), settings, /is written while jobs run/);
            });
        }

        for (const limit of [undefined, { N: "-1" }, { N: "1001" }, { N: "2.5" }, { S: "3" }]) {
            it(`refuses the limit ${JSON.stringify(limit)}`, () => {
                const changed = withItem(resources, settings, { limit });
                const found = violations(changed, { only: "settings-owned-whole" });
                assertOne(found, settings, /expected a whole number from 0 to 1000/);
            });
        }

        it("refuses settings whose changes are ignored", () => {
            const options = { [settings]: { ignoreChanges: ["item"] } };
            assertOne(violations(resources, { options }), settings, /ignore changes of item/);
        });

        it("leaves another table's items alone", () => {
            const changed = withItem(resources, settings, { entry: { S: "gate" } });
            assert.deepEqual(violations(change(changed, settings, { hashKey: "id" })), []);
        });
    });

    describe("no-public-queue", () => {
        const policy = "turnstile-queue-policy";
        const open = { Sid: "Send", Effect: "Allow", Action: "sqs:SendMessage", Resource: "*" };
        const ofAccount = { StringEquals: { "aws:PrincipalAccount": "123456789012" } };

        const refused: readonly object[] = [
            { Principal: "*" },
            { Principal: { AWS: "*" } },
            { Principal: { AWS: ["arn:aws:iam::123456789012:root", "*"] } },
            { NotPrincipal: { AWS: "arn:aws:iam::123456789012:root" } },
            { Principal: "*", Condition: { Bool: { "aws:SecureTransport": "true" } } },
            { Principal: "*", Condition: { StringNotEquals: { "aws:PrincipalAccount": "1" } } },
            { Principal: "*", Condition: { StringEqualsIfExists: { "aws:SourceAccount": "1" } } },
            { Principal: "*", Condition: { StringLike: { "aws:PrincipalOrgID": "*" } } },
        ];
        for (const who of refused) {
            it(`refuses ${JSON.stringify(who)}`, () => {
                const changed = withPolicy({ ...open, ...who });
                assertOne(
                    violations(changed),
                    policy,
                    /^The statement Send lets everybody sqs:SendMessage\./,
                );
            });
        }

        const accepted: readonly object[] = [
            { Principal: { Service: "events.amazonaws.com" } },
            { Principal: { AWS: "arn:aws:iam::210987654321:root" } },
            { Principal: "*", Condition: ofAccount },
            { Principal: "*", Condition: { ArnLike: { "AWS:SourceArn": "arn:aws:s3:::uploads" } } },
        ];
        for (const who of accepted) {
            it(`accepts ${JSON.stringify(who)}`, () => {
                assert.deepEqual(violations(withPolicy({ ...open, ...who })), []);
            });
        }

        it("looks at the policy that a queue has itself", () => {
            const document = JSON.stringify({ Statement: { ...open, Principal: "*" } });
            const changed = change(resources, "turnstile-queue", { policy: document });
            assertOne(violations(changed), "turnstile-queue", /lets everybody/);
        });

        function withPolicy(statement: object): readonly Resource[] {
            return change(resources, policy, { policy: JSON.stringify({ Statement: [statement] }) });
        }
    });

    describe("job-without-retries", () => {
        const job = "turnstile-demonstration";
        const only = "job-without-retries";

        it("refuses a job that Glue retries", () => {
            assertOne(
                violations(change(resources, job, { maxRetries: 1 })),
                job,
                /maxRetries is 1; expected 0/,
            );
        });

        it("refuses a job that Glue queues", () => {
            const changed = change(resources, job, { jobRunQueuingEnabled: true });
            assertOne(violations(changed), job, /jobRunQueuingEnabled is true/);
        });

        it("leaves a job alone that Turnstile does not run", () => {
            const changed = change(resources, job, { maxRetries: 3, name: "another" });
            assert.deepEqual(violations(changed, { only }), []);
        });

        it("finds a job in a first preview too, which knows what depends on what", () => {
            const changed = unknown(change(resources, job, { maxRetries: 1 }), WORKFLOW, "item");
            const options = { [WORKFLOW]: { dependencies: { item: [job] } } };
            assertOne(violations(changed, { options, only }), job, /maxRetries is 1/);
        });
    });

    describe("runs-above-limit", () => {
        const job = "turnstile-demonstration";

        it("refuses a job that may run no more often than the limit", () => {
            const changed = change(resources, job, { executionProperty: { maxConcurrentRuns: 3 } });
            assertOne(violations(changed), job, /maxConcurrentRuns is 3; expected more than 3/);
        });

        it("takes a job that does not say how often for one run", () => {
            const changed = change(resources, job, { executionProperty: undefined });
            assertOne(violations(changed), job, /maxConcurrentRuns is 1; expected more than 3/);
        });

        it("adds up the limits of all pools that run a job", () => {
            const items = ["turnstile-slots-settings-jobs", WORKFLOW];
            const second = items.reduce<readonly Resource[]>(
                (all, name) => withItem(all, name, { poolName: { S: "backfill" } }),
                resources.filter(({ name }) => items.includes(name)),
            );
            const runs = (maxConcurrentRuns: number): readonly Violation[] =>
                violations(
                    change([...resources, ...second], job, { executionProperty: { maxConcurrentRuns } }),
                );
            assert.deepEqual(runs(7), []);
            assertOne(runs(6), job, /maxConcurrentRuns is 6; expected more than 6/);
        });
    });

    describe("alarms-subscribed", () => {
        const topic = "turnstile-monitoring-alarms";

        it("refuses alarms in production that nobody hears", () => {
            assertOne(violations(inProduction(resources)), topic, /nobody is subscribed/);
        });

        it("refuses a workflow in production without alarms", () => {
            const silent = inProduction(resources).filter(({ type }) => !type.endsWith(":MetricAlarm"));
            assertOne(violations(silent), "turnstile-jobs", /Add a Monitoring/);
        });

        it("knows production by the names in its configuration", () => {
            assert.deepEqual(violations(inProduction(resources), { config: { stacks: ["live"] } }), []);
            assert.equal(violations(resources, { config: { stacks: ["dev"] } }).length, 1);
        });

        it("trusts a topic that is not in the stack", () => {
            const others = inProduction(resources).map((resource) =>
                resource.type.endsWith(":MetricAlarm")
                    ? {
                          ...resource,
                          inputs: { ...resource.inputs, alarmActions: ["arn:aws:sns:us-east-1:1:a"] },
                      }
                    : resource,
            );
            assert.deepEqual(violations(others), []);
        });

        it("finds topic and subscription in a first preview too", () => {
            const alarm = "turnstile-monitoring-dead-letters";
            const first = unknown(
                inProduction(resources).filter(
                    ({ type, name }) => !type.endsWith(":MetricAlarm") || name === alarm,
                ),
                alarm,
                "alarmActions",
            );
            const options = {
                [alarm]: { dependencies: { alarmActions: [topic] } },
                subscription: { dependencies: { topic: [topic] } },
            };
            assertOne(violations(first, { options }), topic, /nobody is subscribed/);
            assert.deepEqual(violations([...first, subscriptionTo({})], { options }), []);
        });
    });
});

function subscriptionTo(inputs: Resource["inputs"]): Resource {
    const type = "aws:sns/topicSubscription:TopicSubscription";
    const urn = `urn:pulumi:production::turnstile::${type}::subscription`;
    return { type, name: "subscription", urn, inputs, outputs: {} };
}

interface Looking {
    readonly options?: Readonly<Record<string, Options>>;
    readonly config?: object;
    /** The policy to ask. @default all */
    readonly only?: string;
}

/** What the pack reports of these resources, as Pulumi would ask it. */
function violations(resources: readonly Resource[], looking: Looking = {}): readonly Violation[] {
    const { options = {}, config = {}, only } = looking;
    const found: Violation[] = [];
    const asked = POLICIES.filter(({ name }) => only === undefined || name === only);
    const inputs = resources.map((resource) => toPolicy(resource, false, options[resource.name]));
    const outputs = resources.map((resource) => toPolicy(resource, true, options[resource.name]));
    for (const resource of outputs) {
        const names = Object.entries(options[resource.name]?.dependencies ?? {});
        for (const [property, on] of names)
            resource.propertyDependencies[property] = outputs.filter(({ name }) => on.includes(name));
    }
    const common = { getConfig: () => config, stackTags: new Map<string, string>(), notApplicable };
    for (const policy of asked) {
        const report = (urn: string) => (message: string, other?: string) => {
            const resource = resources.find((each) => each.urn === (other ?? urn))?.name ?? "";
            found.push({ policy: policy.name, resource, message });
        };
        if ("validateStack" in policy) {
            const { validateStack } = policy;
            void validateStack({ ...common, resources: outputs } as StackValidationArgs, report(""));
            continue;
        }
        for (const resource of inputs) {
            const { validateResource } = policy;
            assert.ok(typeof validateResource === "function");
            void validateResource({ ...resource, ...common } as ResourceValidationArgs, report(resource.urn));
        }
    }
    return found;
}

function notApplicable(): never {
    throw new Error("a policy says that it is not applicable");
}

function toPolicy(resource: Resource, deployed: boolean, options: Options = {}): PolicyResource {
    const { type, name, urn, inputs, outputs } = resource;
    // Inputs last: a test changes these. What is unknown stays so.
    const props = Object.defineProperties(
        deployed ? { ...outputs } : {},
        Object.getOwnPropertyDescriptors(inputs),
    );
    const opts = { ignoreChanges: options.ignoreChanges ?? [] } as unknown as PolicyResource["opts"];
    const others = { dependencies: [], propertyDependencies: {} };
    return { type, name, urn, props, opts, ...others } as unknown as PolicyResource;
}

function assertOne(found: readonly Violation[], resource: string, message: RegExp): void {
    assert.equal(found.length, 1, JSON.stringify(found));
    assert.equal(found[0]?.resource, resource);
    assert.match(found[0]?.message ?? "", message);
}

/** The resources, one of them with other inputs. */
function change(
    resources: readonly Resource[],
    name: string,
    inputs: Readonly<Record<string, unknown>>,
): readonly Resource[] {
    const isIt = (resource: Resource): boolean => resource.name === name && resource.type.startsWith("aws:");
    assert.ok(resources.some(isIt), name);
    return resources.map((resource) =>
        isIt(resource) ? { ...resource, inputs: { ...resource.inputs, ...inputs } } : resource,
    );
}

/** The resources, with other attributes in an item; those that are undefined are missing. */
function withItem(
    resources: readonly Resource[],
    name: string,
    attributes: Readonly<Record<string, unknown>>,
): readonly Resource[] {
    const resource = resources.find((each) => each.name === name);
    const item = JSON.parse(String(resource?.inputs["item"])) as object;
    return change(resources, name, { item: JSON.stringify({ ...item, ...attributes }) });
}

/** The resources, an input of one unknown: Pulumi throws where a policy reads it. */
function unknown(resources: readonly Resource[], name: string, property: string): readonly Resource[] {
    class UnknownValueError extends Error {}
    assert.ok(
        resources.some((resource) => resource.name === name),
        name,
    );
    return resources.map((resource) => {
        if (resource.name !== name) return resource;
        const inputs = Object.defineProperty({ ...resource.inputs }, property, {
            get: () => {
                throw new UnknownValueError(`${property} is unknown`);
            },
            enumerable: true,
            configurable: true,
        });
        return { ...resource, inputs };
    });
}

function inProduction(resources: RecordedProgram["resources"]): readonly Resource[] {
    return resources.map((resource) => ({
        ...resource,
        urn: resource.urn.replace("urn:pulumi:dev::", "urn:pulumi:production::"),
    }));
}
