import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import path from "node:path";
import { bundleOf } from "../../components/bundles.ts";
import { NodeFunction } from "../../components/node-function.ts";
import { RELEASE } from "../../workflow/version.ts";
import { find, key, record } from "../mocks.ts";
import type { Recorded } from "../mocks.ts";
import { rolePolicy, statements } from "./fixtures.ts";

const root = path.join(import.meta.dirname, "../..");

describe("a function", () => {
    let recorded: Recorded[];
    const code = bundleOf("starter");
    const own = { Effect: "Allow" as const, Action: "sqs:SendMessage", Resource: "arn:aws:sqs:::q" };

    before(async () => {
        recorded = await record(
            () =>
                new NodeFunction("work", {
                    code,
                    description: "does it",
                    environment: { TABLE_NAME: "t" },
                    statements: [own],
                    timeoutSeconds: 20,
                    logRetentionDays: 7,
                }),
        );
    });

    it("declares these resources and no others, all its own children", () => {
        assert.deepEqual(recorded.map(key), [
            "aws:cloudwatch/logGroup:LogGroup work-logs",
            "aws:iam/role:Role work-role",
            "aws:iam/rolePolicy:RolePolicy work-policy",
            "aws:lambda/function:Function work",
            "turnstile:index:NodeFunction work",
        ]);
        const parents = recorded.map(({ parent }) => parent).filter((parent) => parent !== undefined);
        assert.deepEqual(parents, new Array(4).fill("turnstile:index:NodeFunction work"));
    });

    it("runs the bundle on a Node runtime and arm64, and logs JSON to its own group", () => {
        assert.deepEqual(find(recorded, "work", ":Function").inputs, {
            description: `does it (${RELEASE})`,
            code: {
                "index.mjs": { path: ".turnstile/functions/starter.mjs", text: readFileSync(code, "utf8") },
            },
            handler: "index.handler",
            runtime: "nodejs24.x",
            architectures: ["arm64"],
            timeout: 20,
            memorySize: 512,
            environment: { variables: { TABLE_NAME: "t" } },
            loggingConfig: {
                logFormat: "JSON",
                logGroup: find(recorded, "work-logs", ":LogGroup").outputs["name"],
                applicationLogLevel: "INFO",
                systemLogLevel: "WARN",
            },
            role: find(recorded, "work-role", ":Role").outputs["arn"],
        });
    });

    it("uses the newest Node runtime that @pulumi/aws knows", async () => {
        const aws = await import("@pulumi/aws");
        const newest = Math.max(
            ...Object.values(aws.lambda.Runtime).map((name) =>
                Number(/^nodejs(\d+)\.x$/.exec(name)?.[1] ?? 0),
            ),
        );
        assert.equal(find(recorded, "work", ":Function").inputs["runtime"], `nodejs${newest}.x`);
    });

    it("keeps its log for as long as its argument says", () => {
        assert.deepEqual(find(recorded, "work-logs", ":LogGroup").inputs, {
            namePrefix: "/aws/lambda/work-",
            retentionInDays: 7,
        });
    });

    it("may write its own log and do what its argument lists, under a role for Lambda alone", () => {
        const logs = String(find(recorded, "work-logs", ":LogGroup").outputs["arn"]);
        const role = find(recorded, "work-role", ":Role");
        assert.equal(find(recorded, "work-policy", ":RolePolicy").inputs["role"], role.outputs["name"]);
        assert.deepEqual(rolePolicy(recorded, "work-policy"), [
            {
                Effect: "Allow",
                Action: ["logs:CreateLogStream", "logs:PutLogEvents"],
                Resource: `${logs}:log-stream:*`,
            },
            own,
        ]);
        assert.deepEqual(statements(role, "assumeRolePolicy"), [
            {
                Effect: "Allow",
                Principal: { Service: "lambda.amazonaws.com" },
                Action: "sts:AssumeRole",
            },
        ]);
    });

    it("is internal: the components' door does not offer it", () => {
        const door = readFileSync(path.join(root, "components/index.ts"), "utf8");
        assert.doesNotMatch(door, /NodeFunction/);
    });
});
