import assert from "node:assert/strict";
import { Key } from "../../../embedded-aws/services/kms/service.ts";
import type { World } from "../../../embedded-aws/service.ts";
import { machine } from "../../../conformance/cases/step-functions/machine.ts";
import { failing, refusal, waiting } from "./fixtures.ts";
import { Machines, ROLE } from "./machines.ts";

type Need = Parameters<World["allows"]>[1];

describe("A state machine with a customer managed key", () => {
    const MACHINE = "kms:EncryptionContext:aws:states:stateMachineArn";
    const DELIVERY = "kms:EncryptionContext:SourceArn";

    /** A machine, its key, and what its role was asked for; `lacks` are actions that the role does not have. */
    function encrypted(
        definition: object,
        {
            lacks = [],
            policy,
            ...inputs
        }: { lacks?: string[]; policy?: object; [input: string]: unknown } = {},
    ) {
        const machines = new Machines().answer({ "dynamodb:UpdateItem": [{}] });
        const arn = machines.world.arn("kms", "key/1234");
        const key = new Key(arn, "1234", true, policy);
        machines.world.register(arn, key);
        const needs: string[] = [];
        machines.world.allows = (_caller?: unknown, need?: Need) => {
            if (need?.resource === arn) needs.push(`${need.action} ${JSON.stringify(need.context?.())}`);
            return !lacks.includes(need?.action ?? "");
        };
        const encryptionConfiguration = { type: "CUSTOMER_MANAGED_KMS_KEY", kmsKeyId: arn };
        const create = (): Machines => machines.create(definition, { encryptionConfiguration, ...inputs });
        return { machines, key, needs, create };
    }

    it("starts nothing whose role may not use the key as itself, in the machine's context", () => {
        const { machines, needs, create } = encrypted(failing, { lacks: ["kms:GenerateDataKey"] });
        create();
        assert.throws(
            () => machines.start("one"),
            refusal(
                "KmsAccessDeniedException",
                /assumed-role\/machine\/machine is not .*: kms:GenerateDataKey/,
            ),
        );
        const context = JSON.stringify({ [MACHINE]: machines.arn });
        assert.deepEqual(needs, [`kms:Decrypt ${context}`, `kms:GenerateDataKey ${context}`]);
    });

    it("fails what runs, and takes no answer that it would have to keep, when the key is disabled", async () => {
        const { machines, key, create } = encrypted(waiting);
        create();
        for (const name of ["one", "two"]) machines.start(name);
        await machines.world.pass(1);
        const [taskToken, other] = machines.tokens;
        key.enabled = false;
        assert.throws(() => machines.start("three"), refusal("KmsInvalidStateException", /is disabled/));
        assert.throws(
            () => machines.call("SendTaskSuccess", { taskToken, output: "1" }),
            refusal("KmsInvalidStateException"),
        );
        assert.throws(
            () => machines.call("SendTaskFailure", { taskToken, error: "E" }),
            refusal("KmsInvalidStateException"),
        );
        machines.call("SendTaskFailure", { taskToken });
        await machines.world.pass(1);
        assert.equal(machines.describe("one").status, "FAILED");
        key.enabled = true;
        machines.call("SendTaskSuccess", { taskToken: other, output: "1" });
        await machines.world.pass(1);
        assert.equal(machines.describe("two").status, "SUCCEEDED");
    });

    it("fails an execution at the next state after its key was disabled", async () => {
        const { machines, key, create } = encrypted(
            machine({ W: { Type: "Wait", Seconds: 10, Next: "S" }, S: { Type: "Succeed" } }),
        );
        create().start("one");
        await machines.world.pass(1);
        key.enabled = false;
        await machines.finish();
        const { status, error, cause } = machines.describe("one");
        assert.deepEqual([status, error], ["FAILED", "States.Runtime"]);
        assert.match(cause ?? "", /key\/1234 is disabled/);
    });

    it("has no data in its events", async () => {
        const { machines, create } = encrypted(failing);
        create().start("one", { secret: true });
        await machines.finish();
        assert.equal(machines.statusEvents.length, 2);
        for (const event of machines.statusEvents) {
            const { input, output, error, cause, inputDetails } = event;
            assert.deepEqual([input, output, error, cause], [null, null, null, null]);
            assert.deepEqual(inputDetails, { included: false });
        }
    });

    it("needs its role to encrypt the log on its way, and the delivery of logs to decrypt it", () => {
        const loggingConfiguration = {
            level: "ERROR",
            logDestination: "arn:aws:logs:eu-west-1:1:log-group:g:*",
        };
        const context = { [DELIVERY]: "arn:aws:logs:eu-west-1:123456789012:*" };
        const statements = [
            {
                Effect: "Allow",
                Principal: { AWS: "arn:aws:iam::123456789012:root" },
                Action: "kms:*",
                Resource: "*",
            },
            {
                Effect: "Allow",
                Principal: { Service: "delivery.logs.amazonaws.com" },
                Action: "kms:Decrypt",
                Resource: "*",
                Condition: { StringEquals: context },
            },
        ];
        const policy = (count: number) => ({ Version: "2012-10-17", Statement: statements.slice(0, count) });
        const denied = refusal("AccessDeniedException", /not authorized to access the Log Destination/);
        for (const [lacks, count] of [
            [["kms:GenerateDataKey"], 2],
            [[], 1],
        ] as const) {
            const wrong = encrypted(failing, {
                lacks: [...lacks],
                policy: policy(count),
                loggingConfiguration,
            });
            wrong.machines.world.register("arn:aws:logs:eu-west-1:1:log-group:g", {});
            assert.throws(wrong.create, denied);
        }
        const right = encrypted(failing, { policy: policy(2), loggingConfiguration });
        right.machines.world.register("arn:aws:logs:eu-west-1:1:log-group:g", {});
        right.create();
        assert.deepEqual(right.needs, [`kms:GenerateDataKey ${JSON.stringify(context)}`]);
    });

    it("is not made by somebody whom the key's own policy keeps out", () => {
        const Statement = { Effect: "Allow", Principal: { AWS: ROLE }, Action: "kms:*", Resource: "*" };
        const { create } = encrypted(failing, { policy: { Version: "2012-10-17", Statement } });
        assert.throws(create, refusal("KmsAccessDeniedException", /kms:DescribeKey/));
    });
});
