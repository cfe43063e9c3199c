import assert from "node:assert/strict";
import jsonata from "jsonata";
import { executionConsole, executionConsoleJsonata } from "../../workflow/console.ts";

const PAGES = {
    aws: ["eu-west-1", "eu-west-1.console.aws.amazon.com"],
    "aws-us-gov": ["us-gov-west-1", "us-gov-west-1.console.amazonaws-us-gov.com"],
    "aws-cn": ["cn-north-1", "cn-north-1.console.amazonaws.cn"],
    "aws-new": ["new-1", "new-1.console.aws.amazon.com"],
} as const;

describe("The console's page of an execution", () => {
    for (const [partition, [region, host]] of Object.entries(PAGES)) {
        const arn = `arn:${partition}:states:${region}:123456789012:execution:jobs:name`;
        const page = `https://${host}/states/home?region=${region}#/v2/executions/details/${arn}`;

        it(`is found by its ARN in the partition ${partition}`, () => {
            assert.equal(executionConsole(arn), page);
        });

        it(`is found by the running execution itself in the partition ${partition}`, async () => {
            const expression = jsonata(executionConsoleJsonata(partition));
            const states = { context: { Execution: { Id: arn } } };
            assert.equal(await expression.evaluate(undefined, { states }), page);
        });
    }
});
