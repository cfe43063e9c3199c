/** Pulumi's own options on components: what their children inherit, and what becomes of them when a component is renamed. */
import assert from "node:assert/strict";
import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { GlueJob, JobWorkflow, Monitoring, TokenBucket, WorkQueue } from "../../components/index.ts";
import { forPeople } from "../../components/access.ts";
import { find, key, record } from "../mocks.ts";
import type { Recorded, RecordOptions } from "../mocks.ts";

const script = new URL("../../examples/weather/aggregate.py", import.meta.url);

/** One of each component. */
interface Names {
    queue: string;
    bucket: string;
    workflow: string;
    job: string;
    monitoring: string;
}

const NAMES: Names = {
    queue: "work",
    bucket: "slots",
    workflow: "jobs",
    job: "report",
    monitoring: "monitoring",
};

type Options = (component: keyof Names) => pulumi.ComponentResourceOptions;

/** All components, and the policies for people. */
function makeAll(options: Options, names: Names = NAMES, topicArn?: string): void {
    const queue = new WorkQueue(names.queue, {}, options("queue"));
    const pools = { reports: { limit: 3 } };
    const bucket = new TokenBucket(names.bucket, { pools }, options("bucket"));
    const job = new GlueJob(names.job, { script, maxConcurrentRuns: 9 }, options("job"));
    const { jobName } = job;
    const args = { pool: "reports", queue, bucket, jobName, failureTopicArn: topicArn };
    const workflow = new JobWorkflow(names.workflow, args, options("workflow"));
    const watched = { queue, bucket, workflow, topicArn };
    const monitoring = new Monitoring(names.monitoring, watched, options("monitoring"));
    forPeople({ queue, bucket, workflow, monitoring });
}

const isAws = ({ type }: Recorded) => type.startsWith("aws:");

describe("An explicit provider", () => {
    for (const [what, options] of [
        ["provider", (provider: aws.Provider) => ({ provider })],
        ["a list of providers", (provider: aws.Provider) => ({ providers: [provider] })],
        ["a map of providers", (provider: aws.Provider) => ({ providers: { aws: provider } })],
    ] as const) {
        it(`reaches each child and each call of a function, given as ${what}`, async () => {
            const called: (string | undefined)[] = [];
            const recorded = await record(
                () => {
                    const provider = new aws.Provider("mine", { region: "eu-west-3" });
                    makeAll(() => options(provider));
                },
                { called: (_token, provider) => called.push(provider) },
            );
            const without = recorded.filter((each) => isAws(each) && each.provider !== "mine");
            assert.deepEqual(without.map(key), []);
            assert.ok(called.length > 0);
            assert.deepEqual(new Set(called), new Set(["mine"]));
        });
    }

    it("puts everything of two regions where it belongs", async () => {
        const recorded = await record(() => {
            for (const region of ["eu-west-3", "us-east-2"]) {
                const provider = new aws.Provider(region, { region });
                const names: Names = {
                    queue: `work-${region}`,
                    bucket: `slots-${region}`,
                    workflow: `jobs-${region}`,
                    job: `report-${region}`,
                    monitoring: `monitoring-${region}`,
                };
                makeAll(() => ({ provider }), names);
            }
        });
        const places = { "eu-west-3": "us-east-2", "us-east-2": "eu-west-3" };
        for (const [region, other] of Object.entries(places)) {
            const here = recorded.filter(({ provider }) => provider === region);
            assert.ok(here.length > 50);
            // The code of a function has the names of all regions.
            const strays = here.filter(({ inputs: { code: _, ...inputs } }) =>
                JSON.stringify(inputs).includes(other),
            );
            assert.deepEqual(strays.map(key), []);
        }
    });
});

/** What is registered with the engine besides inputs. */
interface Registered {
    readonly urn: string;
    readonly name: string;
    readonly type: string;
    readonly parent: string;
    /** By their names. */
    readonly aliases: readonly string[];
    readonly ignored: readonly string[];
    readonly protect: boolean;
    readonly retain: boolean | undefined;
}

interface Request {
    getType(): string;
    getName(): string;
    getParent(): string;
    getAliasesList(): { getSpec(): { getName(): string } }[];
    getIgnorechangesList(): string[];
    getProtect(): boolean;
    hasRetainondelete(): boolean;
    getRetainondelete(): boolean;
}

interface Monitor {
    newUrn(parent: string, type: string, name: string): string;
    registerResource(request: Request, callback: unknown): Promise<void>;
}

/** Records, and brings back what was registered by type and name. */
async function registered(
    build: () => void,
    options: RecordOptions = {},
): Promise<{ recorded: Recorded[]; registrations: Map<string, Registered> }> {
    const registrations = new Map<string, Registered>();
    const recorded = await record(() => {
        const { getMonitor } = pulumi.runtime as unknown as { getMonitor: () => Monitor };
        const monitor = getMonitor();
        const register = monitor.registerResource.bind(monitor);
        monitor.newUrn = urnOf;
        monitor.registerResource = (request, callback) => {
            registrations.set(`${request.getType()} ${request.getName()}`, {
                urn: urnOf(request.getParent(), request.getType(), request.getName()),
                name: request.getName(),
                type: request.getType(),
                parent: request.getParent(),
                aliases: request
                    .getAliasesList()
                    .map((alias) => alias.getSpec().getName())
                    .filter((alias) => alias !== ""),
                ignored: request.getIgnorechangesList(),
                protect: request.getProtect(),
                retain: request.hasRetainondelete() ? request.getRetainondelete() : undefined,
            });
            return register(request, callback);
        };
        build();
    }, options);
    return { recorded, registrations };
}

/** A URN with the types of all parents, as the engine makes it. */
function urnOf(parent: string, type: string, name: string): string {
    const [, , types = ""] = parent.split("::");
    const chain = types === "" || types === "pulumi:pulumi:Stack" ? type : `${types}$${type}`;
    return `urn:pulumi:test::turnstile::${chain}::${name}`;
}

describe("The option protect of a component", () => {
    it("protects each of its children", async () => {
        const { registrations } = await registered(() => makeAll(() => ({ protect: true })));
        const open = [...registrations].filter(([, { protect }]) => !protect);
        assert.deepEqual(open, []);
    });
});

describe("The option retainOnDelete of a component", () => {
    it("is for the engine to pass on: no child has one of its own but the script, which outlives a change", async () => {
        const { registrations } = await registered(() => makeAll(() => ({ retainOnDelete: true })));
        const own = [...registrations].filter(([, { retain }]) => retain !== undefined).map(([name]) => name);
        assert.deepEqual(
            own.map((name) => name.split(" ")[0]).sort(),
            ["GlueJob", "JobWorkflow", "Monitoring", "TokenBucket", "WorkQueue"]
                .map((component) => `turnstile:index:${component}`)
                .concat("aws:s3/bucketObjectv2:BucketObjectv2")
                .sort(),
        );
    });
});

describe("The option dependsOn of a component", () => {
    it("lets nothing of it begin before what it depends on", async () => {
        const order: string[] = [];
        await record(() => {
            const { getMonitor } = pulumi.runtime as unknown as { getMonitor: () => Monitor };
            const monitor = getMonitor();
            const register = monitor.registerResource.bind(monitor);
            monitor.registerResource = (request, callback) => {
                order.push(request.getName());
                return register(request, callback);
            };
            const first = new aws.s3.Bucket("first");
            makeAll(() => ({ dependsOn: [first] }));
        });
        assert.equal(order[0], "first");
    });

    it("may name the bucket and the queue of a workflow, and all components", async () => {
        const recorded = await record(() => {
            const queue = new WorkQueue("work");
            const bucket = new TokenBucket("slots", { pools: { reports: { limit: 3 } } });
            const args = { pool: "reports", queue, bucket, jobName: "report" };
            const workflow = new JobWorkflow("jobs", args, { dependsOn: [queue, bucket] });
            const all = [queue, bucket, workflow];
            new Monitoring("monitoring", { queue, bucket, workflow }, { dependsOn: all });
        });
        find(recorded, "slots-workflow-reports", ":TableItem");
        find(recorded, "monitoring-dashboard", ":Dashboard");
    });
});

describe("The option transformations of a component", () => {
    it("sees each of its children", async () => {
        const seen = new Set<string>();
        const transformations: pulumi.ResourceTransformation[] = [
            ({ type, name }) => {
                seen.add(`${type} ${name}`);
                return undefined;
            },
        ];
        const recorded = await record(() => makeAll(() => ({ transformations })));
        assert.deepEqual(
            recorded.map(key).filter((each) => !seen.has(each)),
            [],
        );
    });
});

describe("A component that is renamed", () => {
    const topicArn = "arn:aws:sns:eu-west-1:123456789012:elsewhere";
    const recordNamed = (names: Names, options: Options = () => ({})) =>
        registered(() => makeAll(options, names, topicArn));

    let unchanged: Awaited<ReturnType<typeof registered>>;

    before(async () => {
        unchanged = await recordNamed(NAMES);
    });

    for (const component of Object.keys(NAMES) as (keyof Names)[]) {
        const renamed = { ...NAMES, [component]: "other" };

        it(`creates nothing that is there already: ${component}`, async () => {
            const after = await recordNamed(renamed);
            const urns = new Set([...unchanged.registrations.values()].map(({ urn }) => urn));
            const ids = new Set(unchanged.recorded.map(identity));
            const created = after.recorded.filter((each) => !urns.has(urnIn(after, each)));
            assert.ok(created.length > 3);
            assert.deepEqual(created.filter((each) => isAws(each) && ids.has(identity(each))).map(key), []);
        });

        it(`keeps everything if it has an alias: ${component}`, async () => {
            const name = NAMES[component];
            const after = await recordNamed(renamed, (each) =>
                each === component ? { aliases: [{ name }] } : {},
            );
            const all = new Map([...after.registrations.values()].map((each) => [each.urn, each]));
            const former = [...all.values()].map((each) => formerUrn(each, all));
            assert.deepEqual(
                former.sort(),
                [...unchanged.registrations.values()].map(({ urn }) => urn).sort(),
            );
        });
    }

    it("keeps its log groups by ignoring that their names begin otherwise", async () => {
        const { recorded, registrations } = unchanged;
        const groups = recorded.filter(({ type }) => type.endsWith(":LogGroup"));
        assert.equal(groups.length, 4);
        for (const group of groups) assert.deepEqual(registrations.get(key(group))?.ignored, ["namePrefix"]);
    });
});

function urnIn({ registrations }: Awaited<ReturnType<typeof registered>>, resource: Recorded): string {
    return registrations.get(key(resource))?.urn ?? "";
}

/**
 * The URN that a resource had before, as the engine finds it: by its own alias, or by that of its parent. Then a name that begins
 * with the parent's begins with the parent's former one.
 */
function formerUrn(resource: Registered, all: ReadonlyMap<string, Registered>): string {
    const [alias] = resource.aliases;
    if (alias !== undefined) return urnOf(resource.parent, resource.type, alias);
    const parent = all.get(resource.parent);
    const former = parent && formerUrn(parent, all);
    if (!parent || former === undefined || former === parent.urn) return resource.urn;
    const { name, type } = resource;
    const isNamedAfter = name.startsWith(parent.name);
    const before = former.split("::").at(-1) ?? "";
    return urnOf(former, type, isNamedAfter ? before + name.slice(parent.name.length) : name);
}

/** What a resource is in AWS. */
function identity({ type, outputs }: Recorded): string {
    return `${type} ${String(outputs["id"])}`;
}

describe("The inputs of a component", () => {
    it("are its arguments, with other components by their names", async () => {
        const recorded = await record(() => makeAll(() => ({})));
        const inputs = (name: string, type: string) => find(recorded, name, `index:${type}`).inputs;
        assert.deepEqual(inputs("slots", "TokenBucket"), { pools: { reports: { limit: 3 } } });
        assert.deepEqual(inputs("jobs", "JobWorkflow"), {
            pool: "reports",
            queue: "work",
            bucket: "slots",
            jobName: find(recorded, "report", ":Job").outputs["name"],
        });
        assert.deepEqual(inputs("report", "GlueJob"), {
            script: "examples/weather/aggregate.py",
            maxConcurrentRuns: 9,
        });
        assert.deepEqual(inputs("monitoring", "Monitoring"), {
            queue: "work",
            bucket: "slots",
            workflow: "jobs",
        });
    });

    it("have no secrets", async () => {
        const recorded = await record(() => {
            const pools = { reports: { limit: pulumi.secret(3), cooldownSeconds: pulumi.output(4) } };
            new TokenBucket("slots", { pools, logRetentionDays: pulumi.secret(7) });
        });
        const { inputs, secrets } = find(recorded, "slots", ":TokenBucket");
        assert.deepEqual([inputs, secrets], [{ pools: { reports: { cooldownSeconds: 4 } } }, []]);
    });
});
