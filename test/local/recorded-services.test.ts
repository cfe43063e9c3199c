import assert from "node:assert/strict";
import { KmsService } from "../../local/services/kms.ts";
import type { Key } from "../../local/services/kms.ts";
import { LogsService } from "../../local/services/logs.ts";
import type { LogGroup } from "../../local/services/logs.ts";
import { FakeWorld } from "./fake-world.ts";

const keyArn = "arn:aws:kms:eu-west-1:123456789012:key/k";
const groupArn = "arn:aws:logs:eu-west-1:123456789012:log-group:/turnstile/jobs";

function world(): FakeWorld {
    const fake = new FakeWorld();
    fake.add(new LogsService(fake));
    fake.add(new KmsService(fake));
    return fake;
}

describe("CloudWatch Logs", () => {
    const create = (fake: FakeWorld, inputs: Record<string, unknown>): unknown =>
        fake.create("aws:cloudwatch/logGroup:LogGroup", "/turnstile/jobs", inputs, { arn: groupArn });

    it("makes a log group known under its ARN", () => {
        const fake = world();
        create(fake, { retentionInDays: 30 });
        assert.equal((fake.find(groupArn) as LogGroup).retentionInDays, 30);
        assert.throws(() => create(fake, {}), { name: "ResourceAlreadyExistsException" });
    });

    it("refuses retentions, names and keys that it does not have", () => {
        for (const inputs of [{ retentionInDays: 31 }, { name: "with space" }, { kmsKeyId: keyArn }]) {
            assert.throws(() => create(world(), inputs), { name: "InvalidParameterException" });
        }
    });
});

describe("KMS", () => {
    it("finds a key by its ARN and by its alias, with what its policy says", () => {
        const fake = world();
        const statement = {
            Effect: "Allow",
            Principal: { Service: "events.amazonaws.com" },
            Action: "kms:Decrypt",
            Resource: "*",
        };
        const policy = JSON.stringify({ Version: "2012-10-17", Statement: statement });
        fake.create("aws:kms/key:Key", "k", { policy }, { arn: keyArn, keyId: "k" });
        const aliasArn = fake.arn("kms", "alias/turnstile");
        fake.create("aws:kms/alias:Alias", "alias/turnstile", { targetKeyId: "k" }, { arn: aliasArn });
        const key = fake.find(aliasArn) as Key;
        assert.equal(key, fake.find(keyArn));
        assert.equal(key.decides({ principal: "events.amazonaws.com" }, "kms:Decrypt"), "allowed");
        assert.equal(key.decides({ principal: "sns.amazonaws.com" }, "kms:Decrypt"), "not stated");
    });

    it("refuses an alias of no key, and a malformed policy", () => {
        const alias = (): unknown =>
            world().create("aws:kms/alias:Alias", "alias/x", { targetKeyId: "k" }, { arn: "arn:a" });
        assert.throws(alias, { name: "NotFoundException" });
        const key = (): unknown =>
            world().create("aws:kms/key:Key", "k", { policy: "{" }, { arn: keyArn, keyId: "k" });
        assert.throws(key, { name: "MalformedPolicyDocumentException" });
    });
});
