/** Who may send to a work queue. */
import assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import { WorkQueue } from "../../components/index.ts";
import type { SenderArgs } from "../../components/index.ts";
import { ACCOUNT, failureOf, find, record } from "../mocks.ts";
import { statements } from "./fixtures.ts";

const RULE = `arn:aws:events:eu-west-1:${ACCOUNT}:rule/nightly`;
const TOPIC = `arn:aws:sns:eu-west-1:${ACCOUNT}:reports`;
const inOrganization = { StringEquals: { "aws:PrincipalOrgID": "o-a1b2c3d4e5" } };

const recordSenders = (senders: SenderArgs[]) => record(() => new WorkQueue("work", { senders }));

/** The statements of the queue's policy that allow something. */
async function allowed(senders: SenderArgs[]) {
    const recorded = await recordSenders(senders);
    const policy = find(recorded, "work-policy", ":QueuePolicy");
    const [denial, ...others] = statements(policy);
    assert.equal(denial?.Effect, "Deny");
    const queue = find(recorded, "work", ":Queue").outputs["arn"];
    for (const { Resource, Action, Effect } of others)
        assert.deepEqual([Effect, Action, Resource], ["Allow", "sqs:SendMessage", queue]);
    return others.map(({ Principal, Condition }) => [Principal, Condition]);
}

describe("A sender of a work queue", () => {
    const accepted: readonly (readonly [string, SenderArgs, unknown, unknown])[] = [
        [
            "a service, for one rule",
            { principal: "events.amazonaws.com", sourceArn: RULE },
            { Service: "events.amazonaws.com" },
            { ArnLike: { "aws:SourceArn": RULE } },
        ],
        [
            "a service, for a FIFO topic and an account",
            {
                principal: "sns.amazonaws.com",
                sourceArn: `${TOPIC}.fifo`,
                condition: { StringEquals: { "aws:SourceAccount": ACCOUNT } },
            },
            { Service: "sns.amazonaws.com" },
            {
                StringEquals: { "aws:SourceAccount": ACCOUNT },
                ArnLike: { "aws:SourceArn": `${TOPIC}.fifo` },
            },
        ],
        [
            "a service, for an account",
            {
                principal: "scheduler.amazonaws.com",
                condition: { StringEquals: { "aws:SourceAccount": ACCOUNT } },
            },
            { Service: "scheduler.amazonaws.com" },
            { StringEquals: { "aws:SourceAccount": ACCOUNT } },
        ],
        ["an account", { principal: "210987654321" }, { AWS: "210987654321" }, undefined],
        [
            "a role",
            { principal: "arn:aws:iam::210987654321:role/sender" },
            { AWS: "arn:aws:iam::210987654321:role/sender" },
            undefined,
        ],
        [
            "everybody of an organization",
            { principal: "*", condition: inOrganization },
            { AWS: "*" },
            inOrganization,
        ],
    ];
    for (const [what, sender, principal, condition] of accepted) {
        it(`may send, and do nothing else: ${what}`, async () => {
            assert.deepEqual(await allowed([sender]), [[principal, condition]]);
        });

        it(`may be known later: ${what}`, async () => {
            const later = Object.fromEntries(
                Object.entries(sender).map(([name, value]) => [name, pulumi.output(value as string)]),
            );
            assert.deepEqual(await allowed([later as unknown as SenderArgs]), [[principal, condition]]);
        });
    }

    const everybody =
        /principal is "\*"; expected a condition that says who that is, such as aws:PrincipalOrgID/;
    const anybody =
        /expected a sourceArn with an account, or a condition with aws:SourceArn or aws:SourceAccount/;
    const refused: readonly (readonly [string, SenderArgs, RegExp])[] = [
        ["everybody", { principal: "*" }, everybody],
        ["everybody over TLS", { principal: "*", condition: bool("true") }, everybody],
        ["everybody but some", { principal: "*", condition: not(ACCOUNT) }, everybody],
        ["everybody from any place", { principal: "*", condition: from("0.0.0.0/0") }, everybody],
        ["everybody for any source", { principal: "*", sourceArn: "*" }, everybody],
        ["everybody without a key", { principal: "*", condition: ifExists(ACCOUNT) }, everybody],
        ["a service for anybody", { principal: "events.amazonaws.com" }, anybody],
        ["a service for any source", { principal: "events.amazonaws.com", sourceArn: "*" }, anybody],
        [
            "a service for any service's",
            { principal: "events.amazonaws.com", sourceArn: "arn:aws:*" },
            anybody,
        ],
        [
            "a service for any account's",
            { principal: "events.amazonaws.com", sourceArn: RULE.replace(ACCOUNT, "*") },
            anybody,
        ],
        [
            "S3",
            { principal: "s3.amazonaws.com", sourceArn: "arn:aws:s3:::uploads" },
            /S3 sends to no FIFO queue. Send the bucket's events through EventBridge/,
        ],
        [
            "a standard topic",
            { principal: "sns.amazonaws.com", sourceArn: TOPIC },
            /expected the ARN of a FIFO topic in sourceArn, and not arn:aws:sns:.*:reports/,
        ],
        [
            "a name",
            { principal: "events" },
            /principal is "events"; expected a service, an account, a role or a user/,
        ],
        ["a number", { principal: 123456789012 as unknown as string }, /principal is 123456789012; expected/],
    ];
    for (const [what, sender, says] of refused) {
        it(`is refused: ${what}`, async () => {
            const { message } = await failureOf(() => new WorkQueue("work", { senders: [sender] }));
            assert.match(message, /^WorkQueue "work" cannot be created: senders\[0\]\.principal is /);
            assert.match(message, says);
        });

        it(`is refused where it is known later: ${what}`, async () => {
            const principal = pulumi.output(sender.principal);
            const { message } = await failureOf(
                () => new WorkQueue("work", { senders: [{ ...sender, principal }] }),
            );
            assert.match(message, says);
        });
    }

    for (const [senders, says] of [
        ["events.amazonaws.com", /senders is "events.amazonaws.com"; expected a list/],
        [pulumi.output([]), /senders is an output; expected a list that is known at once/],
        [[pulumi.output({})], /senders\[0\] is an output; expected an object with principal/],
        [[null], /senders\[0\] is null; expected an object with principal/],
        [[{}], /senders\[0\]\.principal is missing; expected a service, an account, a role or a user/],
        [[{ principal: "210987654321", arn: RULE }], /senders\[0\]\.arn is not an argument/],
    ] as const) {
        it(`is what it must be: ${String(says)}`, async () => {
            const { message } = await failureOf(() => new WorkQueue("work", { senders: senders as never }));
            assert.match(message, says);
        });
    }

    it("has a statement of its own", async () => {
        const recorded = await recordSenders([
            { principal: "210987654321" },
            { principal: "events.amazonaws.com", sourceArn: RULE },
        ]);
        const { Statement } = JSON.parse(
            String(find(recorded, "work-policy", ":QueuePolicy").inputs["policy"]),
        ) as { Statement: { Sid: string }[] };
        assert.deepEqual(
            Statement.map(({ Sid }) => Sid),
            ["DenyPlainHttp", "AllowSender1", "AllowSender2"],
        );
    });

    it("may not send to the dead-letter queue", async () => {
        const recorded = await recordSenders([{ principal: "210987654321" }]);
        assert.equal(statements(find(recorded, "work-dead-letter-policy", ":QueuePolicy")).length, 1);
    });
});

function bool(value: string): SenderArgs["condition"] {
    return { Bool: { "aws:SecureTransport": value } };
}

function not(account: string): SenderArgs["condition"] {
    return { StringNotEquals: { "aws:PrincipalAccount": account } };
}

function from(address: string): SenderArgs["condition"] {
    return { IpAddress: { "aws:SourceIp": address } };
}

function ifExists(account: string): SenderArgs["condition"] {
    return { StringEqualsIfExists: { "aws:SourceAccount": account } };
}
