/** Names that a pattern of `pulumi:autonaming` makes: those that AWS would refuse are found before anything is created. */
import assert from "node:assert/strict";
import * as aws from "@pulumi/aws";
import {
    GlueJob,
    JobQueue,
    JobWorkflow,
    Monitoring,
    TokenBucket,
    WorkQueue,
} from "../../components/index.ts";
import { autonamingMistakes, NAMED } from "../../components/autonaming.ts";
import { key, record } from "../mocks.ts";
import type { Recorded } from "../mocks.ts";

const script = new URL("../../examples/weather/aggregate.py", import.meta.url);

function makeAll(): void {
    const queue = new WorkQueue("work");
    const bucket = new TokenBucket("slots", { pools: { reports: { limit: 3 } } });
    const { jobName } = new GlueJob("report", { script, maxConcurrentRuns: 9 });
    const workflow = new JobWorkflow("jobs", { pool: "reports", queue, bucket, jobName });
    new Monitoring("watch", { queue, bucket, workflow });
}

function recordNamed(build: () => unknown, autonaming: object, config = {}): Promise<Recorded[]> {
    return record(build, { config: { ...config, "pulumi:autonaming": JSON.stringify(autonaming) } });
}

/** What is wrong with the names of all components. */
async function mistakesWith(autonaming: object): Promise<(string | undefined)[]> {
    const components = Object.keys(NAMED) as (keyof typeof NAMED)[];
    let found: (string | undefined)[] = [];
    await recordNamed(() => {
        found = components.flatMap((component) => autonamingMistakes(component, "reports"));
    }, autonaming);
    return found.filter((mistake) => mistake !== undefined);
}

describe("pulumi:autonaming", () => {
    for (const [title, autonaming] of Object.entries({
        "a pattern that leaves room": { pattern: "${project}-${stack}-${name}-${hex(4)}" },
        "a pattern with what nobody knows": { pattern: "${name}-${nobody}-${config.nothing}" },
        "a mode": { mode: "default" },
        "a pattern for another provider": { providers: { gcp: { pattern: "${name}${hex(99)}" } } },
        "a pattern for another type": {
            providers: { aws: { resources: { "aws:ec2/vpc:Vpc": { pattern: "${hex(400)}" } } } },
        },
        "a mode of the provider that goes before the root's pattern": {
            pattern: "${name}-${hex(99)}",
            providers: { aws: { mode: "default" } },
        },
    }))
        it(`lets ${title} pass`, async () => {
            assert.deepEqual(await mistakesWith(autonaming), []);
        });

    const refusals: readonly (readonly [title: string, autonaming: object, message: RegExp])[] = [
        [
            "the name, its length, what AWS takes and where the pattern is",
            { providers: { aws: { pattern: "acme-${stack}-${name}-${alphanum(60)}" } } },
            /^WorkQueue "work" cannot be created: its Queue work-dead-letter would get the name "acme-test-work-dead-letter-x{60}\.fifo", which has 92 characters; expected 80 at most: shorten pulumi:autonaming\.providers\.aws\.pattern, or the component's name\.$/,
        ],
        [
            "the pattern of the root",
            { pattern: "${name}-${uuid}-${num(40)}" },
            /shorten pulumi:autonaming\.pattern, or the component's name\.$/,
        ],
        [
            "the pattern of a type",
            {
                providers: {
                    aws: {
                        pattern: "${name}",
                        resources: { "aws:iam/role:Role": { pattern: "${name}-${string(60)}" } },
                    },
                },
            },
            /^TokenBucket "slots" cannot be created: its Role slots-dispatcher-role would get .*: shorten pulumi:autonaming\.providers\.aws\.resources\["aws:iam\/role:Role"\]\.pattern, or/,
        ],
    ];
    for (const [what, autonaming, message] of refusals)
        it(`is refused where a name is too long, with ${what}`, async () => {
            await assert.rejects(recordNamed(makeAll, autonaming), { name: "ArgumentsError", message });
        });

    it("counts what the configuration puts into a name", async () => {
        const autonaming = { pattern: "${organization}-${config.owner}-${name}" };
        await assert.rejects(recordNamed(makeAll, autonaming, { "turnstile:owner": "o".repeat(70) }), {
            message:
                /"organization-o{70}-work-dead-letter\.fifo", which has 105 characters; expected 80 at most/,
        });
    });

    for (const [title, autonaming] of Object.entries({
        "the mode verbatim": { mode: "verbatim" },
        "an enforced pattern": { pattern: "${name}-${hex(4)}", enforce: true },
    }))
        it(`is refused for a FIFO queue whose name has no .fifo, by ${title}`, async () => {
            await assert.rejects(recordNamed(makeAll, autonaming), {
                message:
                    /^WorkQueue "work" cannot be created: its Queue work-dead-letter would get the name "work-dead-letter(-x{4})?", in which \.fifo is missing; expected a pattern for aws:sqs\/queue:Queue without enforce, such as "\$\{name\}", to which the provider adds it: pulumi:autonaming\.providers\.aws\.resources\.$/,
            });
        });

    it("is followed exactly where each name can be", async () => {
        const resources = { "aws:sqs/queue:Queue": { pattern: "${name}" } };
        const autonaming = { mode: "verbatim", providers: { aws: { resources } } };
        assert.deepEqual(await mistakesWith(autonaming), []);
    });

    it("concerns no queue that a component does not make", async () => {
        const made = (name: string): aws.sqs.Queue =>
            new aws.sqs.Queue(name, {
                name: `${name}.fifo`,
                fifoQueue: true,
                visibilityTimeoutSeconds: 240,
                messageRetentionSeconds: 1_209_600,
            });
        await assert.doesNotReject(
            recordNamed(
                () =>
                    new WorkQueue("work", {
                        existing: { queue: made("mine"), deadLetterQueue: made("dead") },
                    }),
                { mode: "verbatim" },
            ),
        );
    });

    it("is checked for a JobQueue by what it is made of", async () => {
        const build = () => new JobQueue("all", { jobName: "report", limit: 3 });
        await assert.rejects(recordNamed(build, { pattern: "${name}-${hex(99)}" }), {
            message:
                /^WorkQueue "all-queue" cannot be created: its Queue all-queue-dead-letter would get the name/,
        });
    });

    it("is checked for everything that Pulumi names in a component", async () => {
        const recorded = await record(makeAll);
        const missing = recorded.filter(isNamedByPulumi).filter((resource) => !isChecked(resource));
        assert.deepEqual(missing.map(key), []);
        assert.ok(recorded.filter(isNamedByPulumi).length > 30);
    });
});

/** Whether the name in AWS is one that Pulumi makes where nothing is configured. */
function isNamedByPulumi({ name, inputs, outputs }: Recorded): boolean {
    const physical = outputs["bucket"] ?? outputs["statementId"] ?? outputs["name"];
    const isMade = typeof physical === "string" && /-[0-9a-f]{7}(\.fifo)?$/.test(physical);
    return isMade && physical.startsWith(`${name}-`) && !("namePrefix" in inputs);
}

/** Whether the list of its component has its type, with a name that is as long at least. */
function isChecked({ type, name }: Recorded): boolean {
    const [component = ""] = name.split("-");
    const parts = NAMED[COMPONENTS[component] ?? "WorkQueue"];
    return parts.some((part) => part[0].type === type && component.length + part[1].length >= name.length);
}

const COMPONENTS: Readonly<Record<string, keyof typeof NAMED>> = {
    work: "WorkQueue",
    slots: "TokenBucket",
    report: "GlueJob",
    jobs: "JobWorkflow",
    watch: "Monitoring",
};
