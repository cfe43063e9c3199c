/** The roles of docs/ci.md, evaluated as IAM evaluates them, against what Pulumi's provider does for this program. */
import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import path from "node:path";
import { allows, parsePolicy } from "../../embedded-aws/index.ts";
import type { PolicyRequest, RecordedProgram, Resource } from "../../embedded-aws/index.ts";
import { requestsOf } from "../../conformance/judges/requests/provider.ts";
import { recorded, ROOT } from "../stack/test-stack.ts";
import { ACTION_OF, OTHER_CALLS, passedBy, PROVIDER_CALLS, SOMETIMES } from "./provider-calls.ts";
import type { Calls } from "./provider-calls.ts";

const ACCOUNT = "123456789012";
const STATE = "arn:aws:s3:::my-pulumi-state";
const KEY = `arn:aws:kms:us-east-1:${ACCOUNT}:key/my-key-id`;
const PROVIDER = `arn:aws:iam::${ACCOUNT}:oidc-provider/token.actions.githubusercontent.com`;

/** The most characters of a role's inline policies together, without white space (IAM User Guide, "IAM and AWS STS quotas"). */
const MAX_INLINE = 10_240;

type Request = Pick<PolicyRequest, "action" | "resource"> & Partial<PolicyRequest>;

describe("docs/ci/", () => {
    it("has policies and trusts by the rules of IAM", () => {
        for (const name of documents())
            parsePolicy(read(name), name.endsWith("trust") ? "trust" : "identity");
    });

    it("has policies that fit into a role", () => {
        for (const role of ["preview", "deploy"]) {
            const policies = documents().filter((name) => name.startsWith(`${role}-policy`));
            const size = policies.reduce(
                (sum, name) => sum + JSON.stringify(JSON.parse(read(name))).length,
                0,
            );
            assert.ok(size > 0 && size <= MAX_INLINE, `${role}: ${size}`);
        }
    });

    it("is linked to, file by file, from docs/ci.md", () => {
        const page = readFileSync(path.join(ROOT, "docs/ci.md"), "utf8");
        assert.deepEqual(
            documents().filter((name) => !page.includes(`(ci/${name}.json)`)),
            [],
        );
    });
});

describe("The provider's calls", () => {
    let program: RecordedProgram;

    before(async () => {
        program = await recorded({});
    });

    it("are known for every type of resource in the program, and for no other", () => {
        const types = new Set(resourcesOf(program).map(({ type }) => type));
        assert.deepEqual(Object.keys(PROVIDER_CALLS).sort(), [...types].sort());
    });

    it("have among those that create a resource all of which conformance/ judges the requests", async () => {
        for (const resource of resourcesOf(program)) {
            const { create, read: reads } = callsOf(resource);
            for (const { service, operation } of await requestsOf({ ...program, resources: [resource] })) {
                const name = `${service}:${operation}`;
                assert.ok(
                    [...create, ...reads].includes(ACTION_OF[name] ?? name),
                    `${resource.name}: ${name}`,
                );
            }
        }
    });
});

describe("The deploy role", () => {
    const may = role("deploy");
    let program: RecordedProgram;

    before(async () => {
        program = await recorded({});
    });

    it("allows every call that the provider makes for this program", () => {
        const refused = [...requestsFor(program, "any"), ...OTHER_CALLS.map((action) => asks(action, "*"))]
            .filter((request) => !may(request))
            .map(({ action, resource }) => `${action} on ${resource}`);
        assert.deepEqual(refused, []);
    });

    it("has no action that the provider never asks for", () => {
        const asked = new Set([
            ...Object.values(PROVIDER_CALLS).flatMap((calls) => [
                ...calls.create,
                ...calls.read,
                ...calls.update,
                ...calls.delete,
            ]),
            ...OTHER_CALLS,
            ...Object.keys(SOMETIMES),
            ...["iam:PassRole", "kms:Decrypt", "kms:Encrypt"],
        ]);
        const idle = ["deploy-policy-services", "deploy-policy-rest"]
            .flatMap((name) => parsePolicy(read(name)).statements)
            .flatMap(({ actions }) => actions)
            .filter((action) => ![...asked].some((each) => path.matchesGlob(each, action)));
        assert.deepEqual(idle, []);
    });

    it("passes each role to the service that the program gives it to, and to no other", () => {
        const passed = resourcesOf(program).flatMap((resource) => [passedBy(resource) ?? []].filter(isPair));
        assert.equal(passed.length, 5);
        for (const [to, service] of passed) {
            const pass = (to_: string): boolean =>
                may(asks("iam:PassRole", to, { "iam:PassedToService": to_ }));
            assert.equal(pass(service), true);
            assert.equal(pass("ec2.amazonaws.com"), false);
        }
    });

    it("writes the state, with its lock", () => {
        for (const action of ["s3:GetObject", "s3:PutObject", "s3:DeleteObject"])
            assert.ok(may(asks(action, `${STATE}/.pulumi/locks/organization/turnstile/production/1.json`)));
        assert.ok(may(asks("s3:ListBucket", STATE)));
        for (const action of ["kms:Encrypt", "kms:Decrypt"]) assert.ok(may(asks(action, KEY)));
    });

    const never: readonly (readonly [action: string, resource: string])[] = [
        ["sqs:SendMessage", `arn:aws:sqs:us-east-1:${ACCOUNT}:turnstile-queue-1.fifo`],
        ["sqs:ReceiveMessage", `arn:aws:sqs:us-east-1:${ACCOUNT}:turnstile-queue-1.fifo`],
        ["sqs:DeleteQueue", `arn:aws:sqs:us-east-1:${ACCOUNT}:orders`],
        ["glue:StartJobRun", `arn:aws:glue:us-east-1:${ACCOUNT}:job/turnstile-demonstration-1`],
        ["states:StartExecution", `arn:aws:states:us-east-1:${ACCOUNT}:stateMachine:turnstile-jobs-1`],
        ["lambda:InvokeFunction", `arn:aws:lambda:us-east-1:${ACCOUNT}:function:turnstile-jobs-starter-1`],
        ["iam:PutRolePolicy", `arn:aws:iam::${ACCOUNT}:role/administrator`],
        ["iam:PutRolePolicy", `arn:aws:iam::${ACCOUNT}:role/deploy-turnstile`],
        ["iam:AttachRolePolicy", `arn:aws:iam::${ACCOUNT}:role/turnstile-jobs-role-1`],
        ["iam:CreateUser", `arn:aws:iam::${ACCOUNT}:user/turnstile-user`],
        ["s3:PutObject", "arn:aws:s3:::other/key"],
        ["s3:DeleteBucket", STATE],
        ["kms:ScheduleKeyDeletion", KEY],
    ];
    for (const [action, resource] of never) {
        it(`does not allow ${action} on ${resource}`, () => {
            assert.equal(may(asks(action, resource)), false);
        });
    }

    it("touches no row of a pool that is not named in it", () => {
        const table = `arn:aws:dynamodb:us-east-1:${ACCOUNT}:table/turnstile-slots-1`;
        const put = (pool: string): boolean =>
            may(asks("dynamodb:PutItem", table, { "dynamodb:LeadingKeys": [pool] }));
        assert.deepEqual([put("jobs"), put("reports")], [true, false]);
    });
});

describe("The preview role", () => {
    const may = role("preview");

    it("allows none of the changes that the provider makes for this program", async () => {
        const allowed = requestsFor(await recorded({}), "changes").filter(may);
        assert.deepEqual(allowed, []);
    });

    it("has only actions that read, one by one", () => {
        const actions = parsePolicy(read("preview-policy")).statements.flatMap(
            (statement) => statement.actions,
        );
        assert.deepEqual(actions, [
            "s3:GetObject",
            "s3:ListBucket",
            "kms:Decrypt",
            "states:ValidateStateMachineDefinition",
        ]);
    });

    it("allows what a preview needs", () => {
        const stack = `${STATE}/.pulumi/stacks/turnstile/production.json`;
        assert.ok(may(asks("s3:GetObject", stack)));
        assert.ok(may(asks("s3:ListBucket", STATE)));
        assert.ok(may(asks("kms:Decrypt", KEY)));
        assert.ok(may(asks("states:ValidateStateMachineDefinition", "*")));
    });
});

describe("The trust of the roles", () => {
    const right = {
        preview: "repo:my-org/my-repo:pull_request",
        deploy: "repo:my-org/my-repo:environment:my-stack",
    };
    const subjects = [
        ...Object.values(right),
        "repo:my-org/my-repo:ref:refs/heads/main",
        "repo:my-org/my-repo:environment:another",
        "repo:my-org/my-repo-2:pull_request",
        "repo:another/my-repo:environment:my-stack",
        undefined,
    ];

    for (const [name, subject] of Object.entries(right)) {
        it(`of ${name} is in GitHub's tokens for ${subject}, and in no others`, () => {
            const trusted = subjects.filter((sub) => trusts(name, { sub, aud: "sts.amazonaws.com" }));
            assert.deepEqual(trusted, [subject]);
        });

        it(`of ${name} is in tokens for AWS alone`, () => {
            assert.equal(trusts(name, { sub: subject, aud: "https://github.com/my-org" }), false);
        });

        it(`of ${name} is in no other provider, service or account`, () => {
            const token = { sub: subject, aud: "sts.amazonaws.com" };
            for (const principal of [
                `${PROVIDER}.example.com`,
                "lambda.amazonaws.com",
                `arn:aws:iam::${ACCOUNT}:root`,
            ])
                assert.equal(trusts(name, token, principal), false);
        });
    }
});

function documents(): string[] {
    return globSync("docs/ci/*.json", { cwd: ROOT }).map((file) => path.basename(file, ".json"));
}

/** A document for the account of the tests. */
function read(name: string): string {
    const text = readFileSync(path.join(ROOT, "docs/ci", `${name}.json`), "utf8");
    return text.replaceAll("111122223333", ACCOUNT);
}

/** Whether a role may make a request. */
function role(name: string): (request: Request) => boolean {
    const policies = documents().filter((document) => document.startsWith(`${name}-policy`));
    const principal = `arn:aws:iam::${ACCOUNT}:role/${name}-turnstile`;
    return (request) =>
        policies.some((policy) => allows(read(policy), { context: {}, ...request, principal }));
}

function asks(action: string, resource: string, context: PolicyRequest["context"] = {}): Request {
    return { action, resource, context };
}

function trusts(
    name: string,
    token: { readonly sub: string | undefined; readonly aud: string },
    principal = PROVIDER,
): boolean {
    const issuer = "token.actions.githubusercontent.com";
    return allows(read(`${name}-trust`), {
        principal,
        action: "sts:AssumeRoleWithWebIdentity",
        resource: `arn:aws:iam::${ACCOUNT}:role/${name}-turnstile`,
        context: {
            [`${issuer}:aud`]: token.aud,
            ...(token.sub !== undefined && { [`${issuer}:sub`]: token.sub }),
        },
    });
}

function resourcesOf(program: RecordedProgram): readonly Resource[] {
    return program.resources.filter(({ type }) => type.startsWith("aws:"));
}

function callsOf({ type }: Resource): Calls {
    const calls = PROVIDER_CALLS[type];
    assert.ok(calls, `test/pipelines/provider-calls.ts does not know ${type}`);
    return calls;
}

/** Requests for every resource of the program: all of them, or those that change something. */
function requestsFor(program: RecordedProgram, kind: "any" | "changes"): Request[] {
    return resourcesOf(program).flatMap((resource) => {
        const calls = callsOf(resource);
        const reads = new Set(calls.read);
        const changes = [...calls.create, ...calls.update, ...calls.delete].filter(
            (action) => !reads.has(action) && !/:(Get|List|Describe)/.test(action),
        );
        const actions = kind === "changes" ? changes : [...changes, ...calls.read, ...calls.delete];
        const context = calls.context?.(resource) ?? {};
        return actions.map((action) => asks(action, calls.on(resource), context));
    });
}

function isPair(value: readonly [] | readonly [string, string]): value is readonly [string, string] {
    return value.length === 2;
}
