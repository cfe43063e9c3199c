/** The program in every variation as a CloudFormation template, held against AWS's resource schemas and rules by cfn-lint. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { need } from "../../installation.ts";
import { ask } from "../ask.ts";
import { installJudges } from "../install.ts";
import { variations } from "../variations.ts";
import { isSuppressed, SUPPRESSED } from "./suppressed.ts";
import type { Finding } from "./suppressed.ts";
import { templateOf } from "./template.ts";
import type { Template, TemplateResource } from "./template.ts";

interface Titled {
    readonly title: string;
    readonly region: string;
    readonly template: Template;
}

const PROGRAM = join(import.meta.dirname, "judge.py");

describe("AWS's data: templates, judged by cfn-lint", () => {
    let python: string;
    let templates: readonly Titled[];
    let findings: readonly Finding[];

    const judge = (those: readonly Titled[]): Promise<readonly Finding[]> =>
        ask<readonly Finding[]>([python, PROGRAM], { templates: those });

    const isUnknown = (finding: Finding): boolean => !SUPPRESSED.some((each) => isSuppressed(finding, each));

    before(async function () {
        ({ python } = need(this, await installJudges()));
        templates = (await variations()).map(({ title, program }) => ({
            title,
            region: program.region,
            template: templateOf(program),
        }));
        findings = await judge(templates);
    });

    it("have nothing that AWS's schemas and rules refuse", () => {
        assert.deepEqual(findings.filter(isUnknown), []);
        const resources = templates.map(({ template }) => Object.keys(template.Resources).length);
        const count = resources.reduce((sum, each) => sum + each, 0);
        process.stdout.write(`cfn-lint: ${templates.length} templates, ${count} resources\n`);
    });

    it("show every finding that is suppressed", () => {
        const gone = SUPPRESSED.filter((each) => !findings.some((finding) => isSuppressed(finding, each)));
        assert.deepEqual(gone, [], "remove them from suppressed.ts");
    });

    /** Changes the first resource of a type. */
    function planted(type: string, change: (resource: TemplateResource) => TemplateResource): Titled {
        const [first] = templates;
        assert.ok(first);
        const { Resources } = first.template;
        const [id, resource] = Object.entries(Resources).find(([, { Type }]) => Type === type) ?? [];
        assert.ok(id !== undefined && resource);
        const changed = { ...Resources, [id]: change(resource) };
        return { ...first, title: "planted", template: { ...first.template, Resources: changed } };
    }

    const properties =
        (more: object) =>
        (resource: TemplateResource): TemplateResource => ({
            ...resource,
            Properties: { ...resource.Properties, ...more },
        });

    const mistakes: readonly (readonly [what: string, plant: () => Titled, says: RegExp])[] = [
        [
            "a type that does not exist",
            () => planted("AWS::SQS::Queue", (resource) => ({ ...resource, Type: "AWS::SQS::Line" })),
            /'AWS::SQS::Line' does not exist/,
        ],
        [
            "a property that does not exist",
            () => planted("AWS::SQS::Queue", properties({ VisibilityTimeOut: 30 })),
            /'VisibilityTimeOut' was unexpected/,
        ],
        [
            "a wrong enum",
            () => planted("AWS::DynamoDB::Table", properties({ BillingMode: "ON_DEMAND" })),
            /'ON_DEMAND' is not one of/,
        ],
        [
            "a number out of range",
            () => planted("AWS::Lambda::Function", properties({ Timeout: 901 })),
            /901 is greater than the maximum of 900/,
        ],
        [
            "a retention that is none of those that there are",
            () => planted("AWS::Logs::LogGroup", properties({ RetentionInDays: 31 })),
            /31 is not one of/,
        ],
        [
            "a state machine without its first state",
            () =>
                planted(
                    "AWS::StepFunctions::StateMachine",
                    properties({
                        DefinitionString: '{"StartAt":"Nowhere","States":{"End":{"Type":"Succeed"}}}',
                    }),
                ),
            /Nowhere/,
        ],
    ];

    for (const [what, plant, says] of mistakes) {
        it(`would not pass with ${what}`, async () => {
            const found = (await judge([plant()])).filter(isUnknown);
            assert.match(found.map(({ message }) => message).join("\n"), says);
        });
    }
});
