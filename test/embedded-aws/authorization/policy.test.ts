import assert from "node:assert/strict";
import {
    allows,
    decide,
    parsePolicy,
    PolicyError,
    requestOf,
} from "../../../embedded-aws/authorization/policy.ts";
import type { PolicyRequest } from "../../../embedded-aws/authorization/policy.ts";

const queue = "arn:aws:sqs:eu-west-1:123456789012:work.fifo";
const rule = "arn:aws:events:eu-west-1:123456789012:rule/ended";
const role = "arn:aws:iam::123456789012:role/starter";

const fromRule = requestOf(
    { principal: "events.amazonaws.com", sourceArn: rule },
    "123456789012",
    "sqs:SendMessage",
    queue,
);

function statement(fields: object): object {
    const base = { Effect: "Allow", Principal: "*", Action: "sqs:SendMessage", Resource: queue };
    return { Version: "2012-10-17", Statement: [{ ...base, ...fields }] };
}

function asks(context: PolicyRequest["context"], fields: Partial<PolicyRequest> = {}): PolicyRequest {
    return { principal: role, action: "sqs:SendMessage", resource: queue, context, ...fields };
}

describe("policy documents", () => {
    it("allow a service principal whose source ARN the condition names", () => {
        const document = statement({
            Principal: { Service: "events.amazonaws.com" },
            Condition: { ArnEquals: { "aws:SourceArn": rule } },
        });
        assert.equal(decide(document, fromRule), "allowed");
        const other = { ...fromRule, context: { ...fromRule.context, "aws:SourceArn": `${rule}-2` } };
        assert.equal(decide(document, other), "not stated");
    });

    it("are read from JSON text as well", () => {
        assert.equal(allows(JSON.stringify(statement({})), fromRule), true);
    });

    it("deny whatever else they allow", () => {
        const deny = { Effect: "Deny", Principal: "*", Action: "sqs:*", Resource: "*" };
        const document = {
            Version: "2012-10-17",
            Statement: [
                { Effect: "Allow", Principal: "*", Action: "*", Resource: "*" },
                { ...deny, Condition: { Bool: { "aws:SecureTransport": "false" } } },
            ],
        };
        assert.equal(decide(document, asks({ "aws:SecureTransport": "true" })), "allowed");
        assert.equal(decide(document, asks({ "aws:SecureTransport": "false" })), "denied");
    });

    it("state nothing about another action, resource or principal", () => {
        const document = statement({ Principal: { AWS: role } });
        assert.equal(decide(document, asks({})), "allowed");
        assert.equal(decide(document, asks({}, { action: "sqs:ReceiveMessage" })), "not stated");
        assert.equal(decide(document, asks({}, { resource: `${queue}2` })), "not stated");
        assert.equal(decide(document, asks({}, { principal: `${role}2` })), "not stated");
    });

    it("mean everyone in an account by its number or its root", () => {
        for (const name of ["123456789012", "arn:aws:iam::123456789012:root"]) {
            const document = statement({ Principal: { AWS: [name] } });
            assert.equal(allows(document, asks({})), true);
            assert.equal(
                allows(document, asks({}, { principal: "arn:aws:iam::999999999999:role/x" })),
                false,
            );
            assert.equal(allows(document, fromRule), false);
        }
    });

    it("compare actions without regard to case and with wildcards", () => {
        assert.equal(allows(statement({ Action: ["SQS:send*"] }), asks({})), true);
        assert.equal(allows(statement({ Action: "sqs:Send?essage" }), asks({})), true);
        assert.equal(allows(statement({ Action: "sqs:Send" }), asks({})), false);
    });

    it("do not let a wildcard reach over a colon of an ARN, but in its last part", () => {
        assert.equal(allows(statement({ Resource: "arn:aws:sqs:*:*:work*" }), asks({})), true);
        assert.equal(allows(statement({ Resource: "arn:*:work.fifo:x:y:z" }), asks({})), false);
        const group = "arn:aws:logs:eu-west-1:123456789012:log-group:/aws/x:log-stream:y";
        const document = statement({ Resource: "arn:aws:logs:eu-west-1:123456789012:log-group:/aws/x:*" });
        assert.equal(allows(document, asks({}, { resource: group })), true);
        const like = statement({
            Condition: { ArnLike: { "aws:SourceArn": "arn:aws:events:*:rule/ended" } },
        });
        assert.equal(allows(like, fromRule), false);
    });

    it("trust an identity provider for those of whom it says what the condition asks", () => {
        const provider = "arn:aws:iam::123456789012:oidc-provider/id.example.com";
        for (const name of [provider, "accounts.google.com"]) {
            const document = {
                Version: "2012-10-17",
                Statement: {
                    Effect: "Allow",
                    Principal: { Federated: name },
                    Action: "sts:AssumeRoleWithWebIdentity",
                    Condition: { StringEquals: { "id.example.com:sub": "team-a" } },
                },
            };
            const request = { principal: name, action: "sts:AssumeRoleWithWebIdentity", resource: role };
            const context = { "id.example.com:sub": "team-a" };
            assert.equal(allows(document, { ...request, context }), true);
            assert.equal(
                allows(document, { ...request, context: { "id.example.com:sub": "team-b" } }),
                false,
            );
            assert.equal(allows(document, { ...request, context, principal: `${provider}.org` }), false);
            assert.doesNotThrow(() => parsePolicy(document, "trust"));
        }
    });

    it("take NotAction, NotResource and NotPrincipal as everything else", () => {
        const document = {
            Statement: {
                Effect: "Allow",
                NotPrincipal: { AWS: role },
                NotAction: "sqs:Delete*",
                NotResource: `${queue}2`,
            },
        };
        assert.equal(allows(document, fromRule), true);
        assert.equal(allows(document, asks({})), false);
        assert.equal(allows(document, { ...fromRule, action: "sqs:DeleteQueue" }), false);
        assert.equal(allows(document, { ...fromRule, resource: `${queue}2` }), false);
    });

    it("fail a condition whose key is absent, unless it is negated or says IfExists", () => {
        const on = (operator: string): object =>
            statement({ Condition: { [operator]: { "aws:SourceAccount": "1" } } });
        assert.equal(allows(on("StringEquals"), asks({})), false);
        assert.equal(allows(on("StringEqualsIfExists"), asks({})), true);
        assert.equal(allows(on("StringNotEquals"), asks({})), true);
        assert.equal(allows(on("StringEqualsIfExists"), asks({ "aws:SourceAccount": "2" })), false);
        assert.equal(
            allows(statement({ Condition: { Null: { "aws:SourceAccount": "true" } } }), asks({})),
            true,
        );
        assert.equal(
            allows(statement({ Condition: { Null: { "aws:SourceAccount": "false" } } }), asks({})),
            false,
        );
    });

    it("need every operator and key of a condition, and any one of its values", () => {
        const document = statement({
            Condition: { StringEquals: { a: ["1", "2"], b: "x" }, NumericLessThan: { n: "10" } },
        });
        assert.equal(allows(document, asks({ a: "2", B: "x", n: "9" })), true);
        assert.equal(allows(document, asks({ a: "3", b: "x", n: "9" })), false);
        assert.equal(allows(document, asks({ a: "2", b: "x", n: "10" })), false);
    });

    it("hold all values of a key against ForAllValues and one against ForAnyValue", () => {
        const on = (operator: string): object =>
            statement({ Condition: { [operator]: { "dynamodb:LeadingKeys": ["demo", "other"] } } });
        const keys = (...values: string[]): PolicyRequest => asks({ "dynamodb:LeadingKeys": values });
        assert.equal(allows(on("ForAllValues:StringEquals"), keys("demo", "other")), true);
        assert.equal(allows(on("ForAllValues:StringEquals"), keys("demo", "foreign")), false);
        assert.equal(allows(on("ForAllValues:StringEquals"), asks({})), true);
        assert.equal(allows(on("ForAnyValue:StringEquals"), keys("demo", "foreign")), true);
        assert.equal(allows(on("ForAnyValue:StringEquals"), asks({})), false);
    });

    it("fill in variables, as text and not as wildcards", () => {
        const document = statement({ Condition: { StringLike: { key: "${aws:PrincipalTag/team}-*" } } });
        assert.equal(allows(document, asks({ "aws:PrincipalTag/team": "blue", key: "blue-1" })), true);
        assert.equal(allows(document, asks({ "aws:PrincipalTag/team": "*", key: "blue-1" })), false);
        assert.equal(allows(document, asks({ "aws:PrincipalTag/team": "*", key: "*-1" })), true);
        assert.equal(allows(document, asks({ key: "-1" })), false);
    });

    it("are refused with the text of what is not understood", () => {
        const wrong: [object | string, RegExp][] = [
            ["{", /not valid JSON/],
            [{ Version: "2024-01-01", Statement: [] }, /"2024-01-01"/],
            [{ Version: "2012-10-17" }, /no Statement/],
            [statement({ Effect: "Maybe" }), /"Maybe"/],
            [statement({ Actoin: "x" }), /Actoin/],
            [statement({ Action: "SendMessage" }), /"SendMessage"/],
            [statement({ Condition: { StringSortOf: { a: "b" } } }), /StringSortOf/],
            [statement({ Condition: { NumericEquals: { a: "b" } } }), /not a number/],
            [statement({ Principal: { CanonicalUser: "x" } }), /CanonicalUser/],
            [statement({ Principal: { Federated: "x" } }), /invalid federated principal x/],
            [statement({ Principal: { Service: "events" } }), /events/],
            [statement({ Principal: "someone" }), /someone/],
            [statement({ Resource: "work.fifo" }), /work\.fifo must be in ARN format/],
        ];
        for (const [document, message] of wrong) {
            assert.throws(
                () => decide(document, fromRule),
                (error) => error instanceof PolicyError && message.test(error.message),
            );
        }
    });

    it("need the elements of what they are attached to", () => {
        assert.throws(() => parsePolicy(statement({}), "identity"), /must not have a Principal/);
        assert.throws(() => parsePolicy(statement({}), "trust"), /must not have a Resource/);
        assert.throws(() => parsePolicy(statement({ Principal: undefined }), "resource"), /no Principal/);
        assert.throws(() => parsePolicy(statement({ Resource: undefined }), "resource"), /no Resource/);
    });
});

describe("a request", () => {
    it("is made as the role, or else as the service, with the keys that follow", () => {
        assert.equal(fromRule.principal, "events.amazonaws.com");
        assert.equal(fromRule.context["aws:SourceArn"], rule);
        assert.equal(fromRule.context["aws:SourceAccount"], "123456789012");
        const asRole = requestOf(
            { principal: "lambda.amazonaws.com", roleArn: role },
            "123456789012",
            "sqs:SendMessage",
            queue,
        );
        assert.equal(asRole.principal, role);
        const asUser = requestOf({ principal: "user" }, "123456789012", "sqs:SendMessage", queue);
        assert.equal(asUser.principal, "arn:aws:iam::123456789012:root");
    });
});
