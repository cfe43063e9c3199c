/** docs/security.md against the program: what each role may do and who may assume it, who may use what, and keys. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import path from "node:path";
import type { RecordedProgram } from "../embedded-aws/index.ts";

import { CONFIG, FIXTURES, recorded, ROOT } from "./stack/test-stack.ts";

interface Statement {
    readonly Sid?: string;
    readonly Effect: string;
    readonly Principal?: string | { readonly Service: string };
    readonly Action: string | readonly string[];
    readonly Resource: string | readonly string[];
    readonly Condition?: Readonly<Record<string, Readonly<Record<string, string | readonly string[]>>>>;
}

const page = readFileSync(path.join(ROOT, "docs/security.md"), "utf8");
const ROLE_POLICY = "aws:iam/rolePolicy:RolePolicy";

describe("docs/security.md", () => {
    let program: RecordedProgram;
    let keyed: RecordedProgram;

    before(async () => {
        program = await recorded(CONFIG);
        keyed = await recorded({}, FIXTURES.twoKeys);
    });

    it("lists what each role may do, on what and under which condition, each with a reason", () => {
        const roles = new Set(program.resources.filter(({ type }) => type === ROLE_POLICY).map(roleOf));
        const documented = new Set([...page.matchAll(/^### .*`([\w-]+-role)`$/gm)].map(([, role]) => role));
        assert.deepEqual(documented, roles);
        for (const role of roles) {
            const permissions = permissionsBelow(`\`${role}\``);
            sameRows(
                permissions.map(({ row }) => row),
                rowsOf(program, role, () => true),
            );
            for (const { row, why } of permissions) assert.notEqual(why, "", row[0]);
        }
    });

    it("lists what each role may do with the user's own keys", () => {
        const roles = new Set(keyed.resources.filter(({ type }) => type === ROLE_POLICY).map(roleOf));
        const isOfKeys = (action: string): boolean => action.startsWith("`kms:");
        const expected = [...roles].flatMap((role) =>
            rowsOf(keyed, role, isOfKeys).map((row) => [`\`${role}\``, ...row]),
        );
        sameRows(tableBelow("Customer-managed keys"), expected);
    });

    for (const [output, heading] of [
        ["viewerPolicy", "may look: `viewerPolicy`"],
        ["operatorPolicy", "may change something, too: `operatorPolicy`"],
    ] as const) {
        it(`lists what the policy of the output ${output} allows`, () => {
            const looks = statementsOf(program.outputs["viewerPolicy"]).map(({ Action }) => list(Action));
            const own = statementsOf(program.outputs[output])
                .filter(({ Action }) => output === "viewerPolicy" || !looks.includes(list(Action)))
                .map((statement) => [
                    list(statement.Action),
                    named(program, [statement.Resource].flat()),
                    conditionOf(program, statement),
                ]);
            const permissions = permissionsBelow(heading);
            sameRows(
                permissions.map(({ row }) => row),
                own,
            );
            for (const { row, why } of permissions) assert.notEqual(why, "", row[0]);
        });
    }

    it("lists who may assume each role, and for whom", () => {
        const expected = program.resources
            .filter(({ type }) => type === "aws:iam/role:Role")
            .map(({ name, inputs }) => {
                const [statement] = statementsOf(inputs["assumeRolePolicy"]);
                return [`\`${name}\``, serviceOf(statement), conditionOf(program, statement)];
            });
        sameRows(
            tableBelow("Who may assume a role").map((cells) => cells.slice(0, 3)),
            expected,
        );
    });

    it("lists everything that a resource's own policy allows", () => {
        const allowed = resourcePolicies(program).flatMap(({ inputs }) =>
            statementsOf(inputs["policy"])
                .filter(({ Effect }) => Effect === "Allow")
                .map((statement) => [
                    serviceOf(statement),
                    list(statement.Action),
                    named(program, [statement.Resource].flat()),
                    conditionOf(program, statement),
                ]),
        );
        const invoked = program.resources
            .filter(({ type }) => type === "aws:lambda/permission:Permission")
            .map(({ inputs }) => [
                `\`${String(inputs["principal"])}\``,
                `\`${String(inputs["action"])}\``,
                `\`${logicalName(program, String(inputs["function"]))}\``,
                `\`aws:SourceArn\`: ${named(program, [String(inputs["sourceArn"])])}`,
            ]);
        sameRows(tableBelow("Who else may use a resource"), [...allowed, ...invoked]);
    });

    it("is right that every resource's own policy refuses plain HTTP", () => {
        const policies = resourcePolicies(program);
        assert.ok(policies.length > 5);
        for (const { inputs, name } of policies) {
            const refusal = statementsOf(inputs["policy"]).find(({ Sid }) => Sid === "DenyPlainHttp");
            assert.ok(refusal, name);
        }
    });

    it("lists the roles that whoever deploys must be able to pass", () => {
        const users: Record<string, readonly [input: string, service: string]> = {
            "aws:lambda/function:Function": ["role", "lambda.amazonaws.com"],
            "aws:sfn/stateMachine:StateMachine": ["roleArn", "states.amazonaws.com"],
            "aws:glue/job:Job": ["roleArn", "glue.amazonaws.com"],
        };
        const passed = program.resources.flatMap(({ type, inputs }) => {
            const [input, service] = users[type] ?? [];
            if (input === undefined || service === undefined) return [];
            return [[named(program, [String(inputs[input])]), `\`${service}\``]];
        });
        sameRows(tableBelow("What a deployment needs"), passed);
    });
});

function resourcePolicies(program: RecordedProgram): RecordedProgram["resources"] {
    return program.resources.filter(({ type }) => /:(QueuePolicy|TopicPolicy|BucketPolicy)$/.test(type));
}

/** Rows are the same in any order. */
function sameRows(actual: readonly string[][], expected: readonly string[][]): void {
    const sorted = (rows: readonly string[][]): string[] => rows.map((cells) => cells.join(" | ")).sort();
    assert.deepEqual(sorted(actual), sorted(expected));
}

function roleOf({ inputs }: RecordedProgram["resources"][number]): string {
    return String(inputs["role"]).replace(/-\w+$/, "");
}

/** What the role policies of a role allow, as the page has it. */
function rowsOf(program: RecordedProgram, role: string, isWanted: (actions: string) => boolean): string[][] {
    return program.resources
        .filter((resource) => resource.type === ROLE_POLICY && roleOf(resource) === role)
        .flatMap(({ inputs }) => statementsOf(inputs["policy"]))
        .map((statement) => [
            list(statement.Action),
            named(program, [statement.Resource].flat()),
            conditionOf(program, statement),
        ])
        .filter(([actions = ""]) => isWanted(actions));
}

function statementsOf(policy: unknown): Statement[] {
    return (JSON.parse(String(policy)) as { Statement: Statement[] }).Statement;
}

function serviceOf(statement: Statement | undefined): string {
    const { Principal } = statement ?? {};
    return typeof Principal === "object" ? `\`${Principal.Service}\`` : String(Principal);
}

function conditionOf(program: RecordedProgram, statement: Statement | undefined): string {
    const keys = Object.values(statement?.Condition ?? {}).flatMap((values) => Object.entries(values));
    return keys.map(([key, values]) => `\`${key}\`: ${named(program, [values].flat())}`).join("; ");
}

function list(values: string | readonly string[]): string {
    return [values]
        .flat()
        .map((value) => `\`${value}\``)
        .join(", ");
}

/** Resources by the names that the program gives them, and what follows their ARNs. */
function named(program: RecordedProgram, arns: readonly string[]): string {
    return arns.map((arn) => `\`${logicalName(program, arn)}\``).join(", ");
}

function logicalName(program: RecordedProgram, text: string): string {
    if (text === "*") return text;
    const machine = text.replace(":execution:", ":stateMachine:");
    for (const { name, outputs } of program.resources) {
        if (outputs["streamArn"] === text) return `${name}/stream`;
        if (outputs["name"] === text) return name;
        const { arn } = outputs;
        if (typeof arn !== "string" || !machine.startsWith(arn)) continue;
        const rest = machine.slice(arn.length).replace(/[0-9a-f]{64}/, "…");
        return machine === text ? `${name}${rest}` : `executions of ${name}`;
    }
    const table = program.resources.find(({ type }) => type === "aws:dynamodb/table:Table");
    const tableName = String(table?.outputs["name"]);
    if (/^arn:aws:logs:[\w-]+:\d+:\*$/.test(text)) return "logs of this account";
    const rest = text.replace(/^arn:aws:\w+:[\w-]*:\d*:/, "").replace(tableName, table?.name ?? "");
    return rest.replace(/\d{12}/, "this account").replace(".us-east-1.amazonaws.com", "");
}

/** The list below a heading that ends so: an action, on what, only where, and why. A line that is none of this is an error. */
function permissionsBelow(heading: string): { row: string[]; why: string }[] {
    const names = "((?:`[^`]+`, )*`[^`]+`)";
    const item = new RegExp(`^- ${names} on ${names}(?:, only where (.*?\`))?\\. (.*)$`);
    return sectionBelow(heading)
        .join("\n")
        .replaceAll(/\n {2}(?=\S)/g, " ")
        .split("\n")
        .filter((line) => line !== "")
        .map((line) => {
            const [, actions = "", on = "", where = "", why = ""] = item.exec(line) ?? [];
            assert.notEqual(actions, "", `this is no permission: ${line}`);
            return { row: [actions, on, where], why };
        });
}

/** The lines between a heading that ends so and the next heading. */
function sectionBelow(heading: string): string[] {
    const lines = page.split("\n");
    const from = lines.findIndex((line) => line.startsWith("#") && line.endsWith(heading));
    assert.ok(from >= 0, `there is no heading ${heading}`);
    const length = lines.slice(from + 1).findIndex((line) => line.startsWith("#"));
    return lines.slice(from + 1, from + 1 + length);
}

/** The rows of the first table below a heading that ends so. */
function tableBelow(heading: string): string[][] {
    const lines = sectionBelow(heading);
    const first = lines.findIndex((line) => line.startsWith("|"));
    const rows: string[][] = [];
    for (let i = first + 2; lines[i]?.startsWith("|"); i++) {
        const cells = (lines[i] ?? "").split("|").slice(1, -1);
        rows.push(cells.map((cell) => cell.trim()));
    }
    return rows;
}
