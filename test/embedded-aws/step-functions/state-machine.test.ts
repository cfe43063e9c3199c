import assert from "node:assert/strict";
import { Key } from "../../../embedded-aws/services/kms/service.ts";
import { UnsupportedError } from "../../../embedded-aws/service.ts";
import { machine } from "../../../conformance/cases/step-functions/machine.ts";
import { failing, awaitingToken, refusal, sleeping, UPDATE } from "./fixtures.ts";
import { KIND, Machines, ROLE } from "./machines.ts";

describe("A state machine", () => {
    it("needs a role that exists and trusts Step Functions", () => {
        const machines = new Machines();
        const roleArn = ROLE.replace("machine", "nobody");
        assert.throws(
            () => machines.create(failing, { roleArn }),
            refusal("AccessDeniedException", /nobody/),
        );
    });

    it("needs the log group that it logs to", () => {
        const machines = new Machines();
        const logDestination = machines.world.arn("logs", "log-group:/turnstile:*");
        const loggingConfiguration = { level: "ALL", logDestination };
        const create = (): unknown => machines.create(failing, { loggingConfiguration });
        assert.throws(create, refusal("InvalidLoggingConfiguration", /log-group:\/turnstile/));
        machines.world.register(logDestination.replace(/:\*$/, ""), {});
        create();
    });

    it("needs the key that it is encrypted with", () => {
        const machines = new Machines();
        const encryptionConfiguration = { type: "CUSTOMER_MANAGED_KMS_KEY", kmsKeyId: "1234" };
        const create = (): unknown => machines.create(failing, { encryptionConfiguration });
        assert.throws(create, refusal("KmsAccessDeniedException", /1234/));
        const arn = machines.world.arn("kms", "key/1234");
        machines.world.register(arn, new Key(arn, "1234", true, undefined));
        create();
        const reuse = { ...encryptionConfiguration, kmsDataKeyReusePeriodSeconds: 901 };
        assert.throws(
            () => new Machines().create(failing, { encryptionConfiguration: reuse }),
            refusal("ValidationException", /from 60 to 900/),
        );
    });

    it("of type EXPRESS is unsupported", () => {
        assert.throws(() => new Machines().create(failing, { type: "EXPRESS" }), UnsupportedError);
    });

    it("calls under its role, on behalf of the machine, for its execution", async () => {
        const { machines } = await awaitingToken();
        const call = machines.world.calls.find(({ service }) => service === "dynamodb");
        assert.deepEqual(call?.caller, {
            principal: "states.amazonaws.com",
            roleArn: ROLE,
            sourceArn: machines.arn,
            executionArn: machines.executionArn("one"),
        });
    });

    it("lets what a service lacks end the run instead of catching it", async () => {
        const machines = new Machines().create(
            machine({
                T: {
                    Type: "Task",
                    Resource: UPDATE,
                    Catch: [{ ErrorEquals: ["States.ALL"], Next: "S" }],
                    Next: "S",
                },
                S: { Type: "Succeed" },
            }),
        );
        machines.start("one");
        await assert.rejects(machines.finish(), UnsupportedError);
    });

    it("describes the definition that an execution began with, and the one in force", async () => {
        const machines = new Machines().create(sleeping);
        machines.start("one");
        const definition = JSON.stringify(failing);
        const arn = machines.arn;
        const resource = { type: KIND, name: "machine", urn: "", inputs: { definition, roleArn: ROLE } };
        const kind = machines.service.kinds[KIND];
        const outputs = { ...resource.inputs, arn, name: "machine" };
        kind?.update?.({ ...resource, outputs }, { ...resource, outputs });
        const executionArn = machines.executionArn("one");
        const began = machines.call("DescribeStateMachineForExecution", { executionArn });
        const now = machines.call("DescribeStateMachine", { stateMachineArn: arn });
        assert.equal((began as { definition: string }).definition, JSON.stringify(sleeping));
        assert.equal((now as { definition: string }).definition, definition);
        await machines.finish();
        assert.equal(machines.describe("one").status, "SUCCEEDED");
    });
});
