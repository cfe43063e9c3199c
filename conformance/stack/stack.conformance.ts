import assert from "node:assert/strict";
import { isDeepStrictEqual } from "node:util";
import { DeleteRolePolicyCommand } from "@aws-sdk/client-iam";
import { InvokeCommand } from "@aws-sdk/client-lambda";
import { recordProgram } from "../../embedded-aws/index.ts";
import type { RecordedProgram, Resource } from "../../embedded-aws/index.ts";
import { recorded, ROOT } from "../../test/stack/test-stack.ts";
import { need } from "../installation.ts";
import { installMiniStack } from "../ministack/install.ts";
import { connect, disconnect } from "./clients.ts";
import { CONFIG, demonstrate, LIMIT, LINE, MESSAGES } from "./demonstration.ts";
import type { Demonstrated } from "./demonstration.ts";
import { deploy } from "./deploy.ts";
import { openElsewhere } from "./elsewhere.ts";
import type { Elsewhere } from "./elsewhere.ts";
import { openHere } from "./here.ts";
import { knownDifferences, normalized } from "./known-differences.ts";
import { SKIPPED_INPUTS, WITHOUT_EFFECT } from "./skips.ts";

describe("The whole stack", () => {
    let program: RecordedProgram;
    let elsewhere: Elsewhere | undefined;
    let ours: Demonstrated;
    let theirs: Demonstrated;

    before(async function () {
        const installed = need(this, await installMiniStack());
        program = await recorded(CONFIG);
        elsewhere = await openElsewhere(installed, program);
        const here = await openHere(program);
        try {
            [ours, theirs] = await Promise.all([demonstrate(here), demonstrate(elsewhere)]);
        } finally {
            await here.close();
        }
    });

    after(async () => elsewhere?.close());

    function there(): Elsewhere {
        assert.ok(elsewhere);
        return elsewhere;
    }

    it("is accepted by MiniStack resource by resource, and nothing that it declares is left out but what the table of skips names", () => {
        const skips = Object.entries(SKIPPED_INPUTS).flatMap(([type, inputs]) =>
            Object.keys(inputs).map((input) => `${type}.${input}`),
        );
        assert.deepEqual([...there().deployment.skipped].sort(), skips.sort());
    });

    it("is accepted by MiniStack with a customer-managed key, mails, protection and a cooldown as well", async () => {
        const account = "000000000002";
        const everything = await recordProgram({
            directory: ROOT,
            stack: "dev",
            account,
            // All accounts share the names of buckets.
            seed: 2,
            config: {
                kmsKeyArn: `arn:aws:kms:${program.region}:${account}:key/0e36ce7d-96f2-4f0c-9a3b-3a1e3f0d2c11`,
                alarmEmail: "operators@example.com",
                cooldownSeconds: "30",
                protect: "true",
            },
        });
        const types = new Set(everything.resources.map(({ type }) => type));
        assert.ok(types.has("aws:sns/topicSubscription:TopicSubscription"));
        const clients = connect({ endpoint: there().endpoint, region: program.region, account });
        try {
            await deploy({ program: everything, clients });
        } finally {
            disconnect(clients);
        }
    });

    it("has the recorded ARNs there, except the stream's, which holds the time", () => {
        const renamed = [...there().deployment.renamed.keys()].filter((text) => text.startsWith("arn:"));
        assert.deepEqual(
            renamed.map((arn) => arn.replace(/stream\/.*/, "stream/")),
            [
                `arn:aws:dynamodb:${program.region}:${program.account}:table/${there().output("tableName")}/stream/`,
            ],
        );
    });

    it("ends every message there as here: the execution, its runs, what they print, and the row", () => {
        assert.deepEqual(normalized(theirs.outcome).messages, ours.outcome.messages);
        const labels = [...MESSAGES.map(({ label }) => label), "late"];
        assert.deepEqual(Object.keys(ours.outcome.messages).sort(), labels.sort());
    });

    it("has the same dead letters there as here, with the same reasons and bodies", () => {
        assert.deepEqual(theirs.outcome.deadLetters, ours.outcome.deadLetters);
        assert.deepEqual(Object.keys(ours.outcome.deadLetters).sort(), [
            "a job that fails",
            "a priority of 10",
            "a reserved argument",
            "aborted in line",
            "not JSON",
        ]);
    });

    it("leaves an empty gate with its limit there as here, and the same items besides the rows", () => {
        assert.deepEqual(theirs.outcome.gate, { limit: LIMIT, holders: {} });
        assert.deepEqual(ours.outcome.gate, theirs.outcome.gate);
        assert.deepEqual(theirs.outcome.otherItems, ours.outcome.otherItems);
    });

    for (const [site, course] of [
        ["there", () => theirs.course],
        ["here", () => ours.course],
    ] as const) {
        it(`starts nothing ${site} while the operator has paused the line`, () => {
            assert.equal(course().startedInPause, 0);
        });

        it(`has as many Glue runs at a time ${site} as the limit says, and never more`, () => {
            assert.equal(course().mostAtOnce, LIMIT);
        });

        it(`starts jobs ${site} by priority and then by arrival, except among those that hold turns at the same time`, () => {
            const line = LINE.filter((label) => course().starts.includes(label));
            assert.equal(line.length, LINE.length - 1, "all but the aborted message have started");
            for (const [position, label] of course().starts.entries()) {
                const overtaken = line
                    .slice(0, line.indexOf(label))
                    .filter((other) => course().starts.indexOf(other) > position);
                assert.ok(
                    overtaken.length < LIMIT,
                    `${label} started before ${overtaken.join(", ")}, of ${course().starts.join(", ")}`,
                );
            }
        });
    }

    it("starts a message that finds the line empty there and here without waiting for the schedule", () => {
        assert.ok(theirs.course.lateSeconds < 15, `it took ${theirs.course.lateSeconds} s`);
        assert.ok(ours.course.lateSeconds < 15, `it took ${ours.course.lateSeconds} s here`);
    });

    it("lists no input as skipped or without effect that the program does not declare", () => {
        for (const [type, inputs] of Object.entries({ ...SKIPPED_INPUTS, ...WITHOUT_EFFECT })) {
            const declared = program.resources.filter((one) => one.type === type);
            const names = new Set(declared.flatMap((one) => Object.keys(one.inputs)));
            for (const input of Object.keys(inputs)) assert.ok(names.has(input), `${type}.${input}`);
        }
    });

    for (const { what, source, normalize } of knownDifferences) {
        it(`differs there from AWS in a known way: ${what} (${source})`, () => {
            assert.ok(!isDeepStrictEqual(normalize(theirs.outcome), theirs.outcome), "it no longer differs");
        });
    }

    it("may do there what its roles allow and nothing else: without its policy, the dispatcher is refused", async () => {
        const { endpoint } = there();
        const clients = connect({ endpoint, region: program.region, account: program.account });
        try {
            const FunctionName = named(program, "turnstile-slots-dispatcher");
            const look = new InvokeCommand({ FunctionName, Payload: JSON.stringify({ sweep: true }) });
            assert.equal((await clients.lambda.send(look)).FunctionError, undefined);
            const policy = resource(program, "turnstile-slots-dispatcher-policy");
            const [RoleName, PolicyName] = [policy.inputs["role"], policy.outputs["name"]].map(String);
            await clients.iam.send(new DeleteRolePolicyCommand({ RoleName, PolicyName }));
            const { FunctionError, Payload } = await clients.lambda.send(look);
            assert.equal(FunctionError, "Unhandled");
            assert.match(
                new TextDecoder().decode(Payload),
                /turnstile-slots-dispatcher-role-\w+\/.* is not authorized to perform: dynamodb:GetItem/,
            );
        } finally {
            disconnect(clients);
        }
    });

    it("names an input that a deployment would drop, and does not deploy", async () => {
        const queue = resource(program, "turnstile-queue-dead-letter");
        const misspelt = { ...queue, inputs: { ...queue.inputs, visibilityTimeout: 30 } };
        const { endpoint } = there();
        const clients = connect({ endpoint, region: program.region, account: "000000000001" });
        try {
            await assert.rejects(
                deploy({ program: { ...program, resources: [misspelt] }, clients }),
                /'turnstile-queue-dead-letter': the input visibilityTimeout is neither applied nor in the table of skips/,
            );
        } finally {
            disconnect(clients);
        }
    });
});

function resource({ resources }: RecordedProgram, name: string): Resource {
    const found = resources.find((one) => one.name === name && one.type.startsWith("aws:"));
    assert.ok(found, `the program declares no ${name}`);
    return found;
}

function named(program: RecordedProgram, name: string): string {
    return String(resource(program, name).outputs["name"]);
}
