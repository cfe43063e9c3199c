import assert from "node:assert/strict";
import { findKey, isManaged, KmsService } from "../../../embedded-aws/services/kms/index.ts";
import type { Key } from "../../../embedded-aws/services/kms/index.ts";
import { FakeWorld, user } from "../fake-world.ts";

const POLICY = JSON.stringify({
    Version: "2012-10-17",
    Statement: { Effect: "Allow", Principal: "*", Action: "kms:Decrypt", Resource: "*" },
});

function world(): { fake: FakeWorld; arn: string } {
    const fake = new FakeWorld();
    fake.add(new KmsService(fake));
    return { fake, arn: fake.arn("kms", "key/1") };
}

function key(fake: FakeWorld, inputs: Record<string, unknown> = {}) {
    return fake.create("aws:kms/key:Key", "key", inputs, { arn: fake.arn("kms", "key/1"), keyId: "1" });
}

function alias(fake: FakeWorld, name: string, targetKeyId = "1") {
    const arn = fake.arn("kms", name);
    return fake.create("aws:kms/alias:Alias", "alias", { name, targetKeyId }, { arn });
}

describe("KMS", () => {
    it("finds a key by its id, its ARN and its alias", () => {
        const { fake, arn } = world();
        key(fake);
        alias(fake, "alias/jobs");
        for (const name of ["1", arn, "alias/jobs"]) assert.equal(findKey(fake, name)?.arn, arn, name);
        assert.equal(findKey(fake, "2"), undefined);
    });

    it("forgets a key and an alias that are removed", () => {
        const { fake } = world();
        const declared = key(fake);
        fake.remove(alias(fake, "alias/jobs"));
        assert.equal(findKey(fake, "alias/jobs"), undefined);
        fake.remove(declared);
        assert.equal(findKey(fake, "1"), undefined);
    });

    it("refuses an alias that is AWS's own or none at all", () => {
        const { fake } = world();
        key(fake);
        for (const name of ["alias/aws/sqs", "jobs", "alias/a b"]) {
            assert.throws(() => alias(fake, name), { name: "InvalidAliasNameException" });
        }
        assert.deepEqual([isManaged("alias/aws/sqs"), isManaged("alias/jobs")], [true, false]);
    });

    it("refuses an alias of a key that does not exist", () => {
        const { fake } = world();
        assert.throws(() => alias(fake, "alias/jobs"), { name: "NotFoundException", message: /key\/1/ });
        assert.throws(() => alias(fake, "alias/jobs", fake.arn("kms", "key/1")), {
            name: "NotFoundException",
        });
    });

    it("disables a key and changes its policy with a later deployment", () => {
        const { fake, arn } = world();
        const declared = key(fake);
        const found = fake.find(arn) as Key;
        assert.deepEqual([found.enabled, found.decides(user, "kms:Decrypt")], [true, "not stated"]);
        fake.update(declared, { isEnabled: false, policy: POLICY });
        assert.deepEqual([found.enabled, found.decides(user, "kms:Decrypt")], [false, "allowed"]);
    });

    it("lets whoever deploys do what the key's policy leaves to the account", () => {
        const { fake, arn } = world();
        key(fake);
        const found = fake.find(arn) as Key;
        assert.ok(found.serves("kms:Encrypt"));
        const inputs = { keyId: "1", policy: POLICY };
        const declared = fake.create("aws:kms/keyPolicy:KeyPolicy", "policy", inputs);
        assert.deepEqual([found.serves("kms:Encrypt"), found.serves("kms:Decrypt")], [false, true]);
        fake.remove(declared);
        assert.ok(found.serves("kms:Encrypt"));
    });

    it("refuses a policy that is malformed", () => {
        const { fake } = world();
        assert.throws(() => key(fake, { policy: "{" }), { name: "MalformedPolicyDocumentException" });
    });
});
