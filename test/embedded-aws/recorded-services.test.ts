import assert from "node:assert/strict";
import { KmsService } from "../../embedded-aws/services/kms/index.ts";
import type { Key } from "../../embedded-aws/services/kms/index.ts";
import { LogsService } from "../../embedded-aws/services/logs/index.ts";
import type { LogGroup } from "../../embedded-aws/services/logs/index.ts";
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
        for (const inputs of [{ retentionInDays: 31 }, { name: "with space" }]) {
            assert.throws(() => create(world(), inputs), { name: "InvalidParameterException" });
        }
        assert.throws(() => create(world(), { kmsKeyId: keyArn }), { name: "AccessDeniedException" });
    });

    it("refuses a key whose policy does not let CloudWatch Logs use it for the group", () => {
        const statement = (group: string, principal = "logs.eu-west-1.amazonaws.com") => ({
            Effect: "Allow",
            Principal: { Service: principal },
            Resource: "*",
            Action: ["kms:Encrypt", "kms:Decrypt", "kms:ReEncrypt*", "kms:GenerateDataKey*"],
            Condition: { ArnLike: { "kms:EncryptionContext:aws:logs:arn": group } },
        });
        const made = (Statement: object): LogGroup => {
            const fake = world();
            const policy = JSON.stringify({ Version: "2012-10-17", Statement });
            fake.create("aws:kms/key:Key", "k", { policy }, { arn: keyArn, keyId: "k" });
            create(fake, { kmsKeyId: keyArn });
            return fake.find(groupArn) as LogGroup;
        };
        assert.equal(made(statement(`${groupArn}*`)).keyArn, keyArn);
        const decryptOnly = { ...statement(`${groupArn}*`), Action: "kms:Decrypt" };
        for (const wrong of [statement(`${groupArn}2`), statement("*", "logs.amazonaws.com"), decryptOnly]) {
            assert.throws(() => made(wrong), {
                name: "AccessDeniedException",
                message: `The specified KMS key does not exist or is not allowed to be used with Arn '${groupArn}'`,
            });
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
