import assert from "node:assert/strict";
import type { Role } from "../../../embedded-aws/services/iam/index.ts";
import { IamService } from "../../../embedded-aws/services/iam/index.ts";
import { FakeWorld } from "../fake-world.ts";

const trust = JSON.stringify({
    Version: "2012-10-17",
    Statement: [
        { Effect: "Allow", Principal: { Service: "lambda.amazonaws.com" }, Action: "sts:AssumeRole" },
    ],
});
const document = JSON.stringify({
    Version: "2012-10-17",
    Statement: [{ Effect: "Allow", Action: "sqs:SendMessage", Resource: "*" }],
});

function world(): FakeWorld {
    const fake = new FakeWorld();
    fake.add(new IamService(fake));
    return fake;
}

function createRole(fake: FakeWorld, inputs: Record<string, unknown> = {}): Role {
    const arn = fake.arn("iam", "role/starter");
    fake.create("aws:iam/role:Role", "starter", { assumeRolePolicy: trust, ...inputs }, { arn });
    return fake.find(arn) as Role;
}

describe("IAM", () => {
    it("makes a role known under its ARN, with whom it trusts", () => {
        const role = createRole(world());
        assert.equal(role.trusts("lambda.amazonaws.com"), true);
        assert.equal(role.trusts("states.amazonaws.com"), false);
    });

    it("holds a trust's condition on the source against the one who assumes the role", () => {
        const statement = {
            Effect: "Allow",
            Principal: { Service: "states.amazonaws.com" },
            Action: "sts:AssumeRole",
            Condition: {
                StringEquals: { "aws:SourceAccount": "123456789012" },
                ArnLike: { "aws:SourceArn": "arn:aws:states:*:123456789012:stateMachine:turnstile" },
            },
        };
        const role = createRole(world(), {
            assumeRolePolicy: { Version: "2012-10-17", Statement: statement },
        });
        const machine = "arn:aws:states:eu-west-1:123456789012:stateMachine:";
        assert.equal(role.trusts("states.amazonaws.com", `${machine}turnstile`), true);
        assert.equal(role.trusts("states.amazonaws.com", `${machine}other`), false);
        assert.equal(role.trusts("states.amazonaws.com"), false);
    });

    it("keeps inline, managed and AWS's policies with the role", () => {
        const fake = world();
        const role = createRole(fake);
        const arn = fake.arn("iam", "policy/send");
        fake.create("aws:iam/rolePolicy:RolePolicy", "inline", { role: "starter", policy: document });
        fake.create("aws:iam/policy:Policy", "send", { policy: document }, { arn });
        fake.create("aws:iam/rolePolicyAttachment:RolePolicyAttachment", "a", {
            role: "starter",
            policyArn: arn,
        });
        const aws = "arn:aws:iam::aws:policy/service-role/AWSGlueServiceRole";
        fake.create("aws:iam/rolePolicyAttachment:RolePolicyAttachment", "b", {
            role: "starter",
            policyArn: aws,
        });
        assert.deepEqual([...role.policies.keys()], ["inline", arn]);
        assert.deepEqual([...role.awsManagedPolicies], [aws]);
        assert.equal([...role.statements()].length, 2);
    });

    it("refuses a policy for a role that does not exist", () => {
        const fake = world();
        const rolePolicy = (): unknown =>
            fake.create("aws:iam/rolePolicy:RolePolicy", "p", { role: "starter", policy: document });
        assert.throws(rolePolicy, {
            name: "NoSuchEntity",
            message: "The role with name starter cannot be found.",
        });
    });

    it("refuses to attach a policy that does not exist", () => {
        const fake = world();
        createRole(fake);
        const inputs = { role: "starter", policyArn: fake.arn("iam", "policy/none") };
        const attach = (): unknown =>
            fake.create("aws:iam/rolePolicyAttachment:RolePolicyAttachment", "a", inputs);
        assert.throws(attach, { name: "NoSuchEntity", message: /none does not exist or is not attachable/ });
    });

    it("refuses malformed documents, each for what it is attached to", () => {
        const malformed = { name: "MalformedPolicyDocument" };
        assert.throws(() => createRole(world(), { assumeRolePolicy: document }), malformed);
        assert.throws(() => createRole(world(), { assumeRolePolicy: "{" }), malformed);
        const fake = world();
        createRole(fake);
        const inputs = { role: "starter", policy: trust };
        assert.throws(() => fake.create("aws:iam/rolePolicy:RolePolicy", "p", inputs), malformed);
    });

    it("follows a later deployment that changes a trust, a policy, or takes them away", () => {
        const fake = world();
        const arn = fake.arn("iam", "role/starter");
        const policyArn = fake.arn("iam", "policy/send");
        const created = fake.create("aws:iam/role:Role", "starter", { assumeRolePolicy: trust }, { arn });
        const role = fake.find(arn) as Role;
        const policy = fake.create("aws:iam/policy:Policy", "send", { policy: document }, { arn: policyArn });
        const attached = { role: "starter", policyArn };
        const attachment = fake.create("aws:iam/rolePolicyAttachment:RolePolicyAttachment", "a", attached);
        const inline = fake.create("aws:iam/rolePolicy:RolePolicy", "p", {
            role: "starter",
            policy: document,
        });

        fake.update(created, { assumeRolePolicy: trust.replace("lambda", "states") });
        assert.equal(role.trusts("states.amazonaws.com"), true);
        assert.equal(role.trusts("lambda.amazonaws.com"), false);
        fake.update(policy, { policy: document.replace("SendMessage", "DeleteMessage") });
        assert.deepEqual(role.policies.get(policyArn)?.statements[0]?.actions, ["sqs:DeleteMessage"]);
        for (const resource of [attachment, inline, created]) fake.remove(resource);
        assert.equal(role.policies.size, 0);
        assert.equal(fake.find(arn), undefined);
    });

    it("refuses names and documents beyond its limits", () => {
        const fake = world();
        const long = { name: "x".repeat(65), assumeRolePolicy: trust };
        assert.throws(() => fake.create("aws:iam/role:Role", "x", long, { arn: "arn:x" }), {
            name: "ValidationError",
        });
        createRole(fake);
        const statement = {
            Effect: "Allow",
            Action: "sqs:SendMessage",
            Resource: `arn:aws:sqs:::${"x".repeat(10_240)}`,
        };
        const inputs = { role: "starter", policy: JSON.stringify({ Statement: [statement] }) };
        assert.throws(() => fake.create("aws:iam/rolePolicy:RolePolicy", "p", inputs), {
            name: "LimitExceeded",
        });
    });
});
