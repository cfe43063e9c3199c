/** Every kind of request that the program makes, held against AWS's own models of its services by the data of botocore. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { need } from "../../installation.ts";
import { ask } from "../ask.ts";
import { installJudges } from "../install.ts";
import { records } from "../records.ts";
import { asConfigured, variations } from "../variations.ts";
import { allAllowed, allowedOperations, nameOf, NOT_CALLED } from "./allowed.ts";
import { requestsOf } from "./provider.ts";
import type { Request } from "./provider.ts";

interface Verdict {
    /** How many requests were judged, by `service:Operation`. */
    readonly judged: Readonly<Record<string, number>>;
    readonly mistakes: readonly string[];
}

const PROGRAM = join(import.meta.dirname, "judge.py");

/** Operations by another name than the action that allows them. */
const ACTION_OF: Readonly<Record<string, string>> = {
    "sqs:DeleteMessageBatch": "sqs:DeleteMessage",
    "sqs:ChangeMessageVisibilityBatch": "sqs:ChangeMessageVisibility",
};

describe("AWS's data: requests, judged by botocore", () => {
    let python: string;

    const judge = (requests: readonly Request[]): Promise<Verdict> =>
        ask<Verdict>([python, PROGRAM], { requests });

    before(async function () {
        ({ python } = need(this, await installJudges()));
    });

    describe("of the functions and the state machine, as the tests of whole stacks see them", () => {
        let requests: readonly Request[];

        before(async () => {
            requests = (await records()).calls.map(({ role, ...call }) => ({ ...call, where: role }));
        });

        it("have the members, types, enums, patterns and ranges that the services state", async () => {
            const { judged, mistakes } = await judge(requests);
            assert.deepEqual(mistakes, []);
            const count = Object.values(judged).reduce((sum, each) => sum + each, 0);
            assert.equal(count, requests.length);
            process.stdout.write(`botocore: ${count} requests of ${Object.keys(judged).length} operations\n`);
        });

        it("are of every operation that a role allows", async () => {
            const called = new Set(
                requests.map(({ where, service, operation }) => {
                    const name = `${service}:${operation}`;
                    return `${where} ${ACTION_OF[name] ?? name}`;
                }),
            );
            const never = allowedOperations(await asConfigured()).filter(
                (allowed) => !called.has(nameOf(allowed)),
            );
            assert.deepEqual(never, []);
        });

        it("lack only what is listed as never called, and all of that is allowed", async () => {
            const all = allAllowed(await asConfigured());
            const explainsNothing = NOT_CALLED.filter(
                ([pattern]) => !all.some((allowed) => pattern.test(nameOf(allowed))),
            );
            assert.deepEqual(explainsNothing, []);
        });
    });

    describe("of Pulumi's provider, as far as conformance/stack/ translates it", () => {
        let all: readonly Request[];

        before(async () => {
            const found = [];
            for (const { title, program } of await variations()) {
                const requests = await requestsOf(program);
                found.push(...requests.map((each) => ({ ...each, where: `${title}: ${each.where}` })));
            }
            all = found;
        });

        it("have the members, types, enums, patterns and ranges that the services state", async () => {
            const { judged, mistakes } = await judge(all);
            assert.deepEqual(mistakes, []);
            process.stdout.write(
                `botocore: ${all.length} requests of ${Object.keys(judged).length} operations\n`,
            );
        });
    });

    /** What test/program/rules leaves to this judge: type (its last part), what is changed of its first resource, and what is found then. */
    const left: readonly (readonly [
        type: string,
        change: Readonly<Record<string, unknown>>,
        says: RegExp,
    ])[] = [
        [
            "Function",
            { description: "d".repeat(257) },
            /\.Description has 257 characters; expected at most 256/,
        ],
        [
            "Function",
            { handler: `index.${"h".repeat(123)}` },
            /\.Handler has 129 characters; expected at most 128/,
        ],
        [
            "Function",
            { architectures: ["arm"] },
            /\.Architectures\[0\] is 'arm'; expected one of x86_64, arm64/,
        ],
        ["Function", logging({ logFormat: "json" }), /\.LogFormat is 'json'; expected one of JSON, Text/],
        [
            "Function",
            logging({ applicationLogLevel: "Info" }),
            /\.ApplicationLogLevel is 'Info'; expected one of TRACE/,
        ],
        [
            "Function",
            logging({ systemLogLevel: "ERROR" }),
            /\.SystemLogLevel is 'ERROR'; expected one of DEBUG/,
        ],
        ["Table", { streamViewType: "NEW" }, /\.StreamViewType is 'NEW'; expected one of NEW_IMAGE/],
        [
            "BucketObjectv2",
            { serverSideEncryption: "kms" },
            /\.ServerSideEncryption is 'kms'; expected one of AES256/,
        ],
        ["StateMachine", { type: "standard" }, /\.type is 'standard'; expected one of STANDARD/],
        [
            "StateMachine",
            { loggingConfiguration: { level: "WARN", includeExecutionData: true, logDestination: "arn" } },
            /\.level is 'WARN'; expected one of ALL/,
        ],
        [
            "EventRule",
            { description: "d".repeat(513) },
            /\.Description has 513 characters; expected at most 512/,
        ],
    ];

    for (const [type, change, says] of left) {
        it(`hold the program's ${type} to ${says.source}`, async () => {
            const program = await asConfigured();
            const first = program.resources.find((resource) => resource.type.endsWith(`:${type}`));
            assert.ok(first);
            const resources = [{ ...first, inputs: { ...first.inputs, ...change } }];
            const { mistakes } = await judge(await requestsOf({ ...program, resources }));
            assert.equal(mistakes.length, 1, mistakes.join("\n"));
            assert.match(mistakes[0] ?? "", says);
        });
    }

    const key = { poolName: { S: "jobs" }, entry: { S: "gate" } };
    const planted: readonly (readonly [
        what: string,
        service: string,
        operation: string,
        input: object,
        says: RegExp,
    ])[] = [
        ["a misspelt operation", "dynamodb", "GetItems", {}, /there is no such operation/],
        ["a misspelt service", "dynamo", "GetItem", {}, /there is no such service/],
        [
            "a misspelt member",
            "dynamodb",
            "GetItem",
            { TableName: "t", Key: key, Consistent: true },
            /\.Consistent is no member of GetItemInput/,
        ],
        ["a missing member", "dynamodb", "GetItem", { TableName: "t" }, /\.Key is missing/],
        [
            "a wrong type",
            "dynamodb",
            "GetItem",
            { TableName: "t", Key: key, ConsistentRead: "yes" },
            /\.ConsistentRead is 'yes'; expected true or false/,
        ],
        [
            "a wrong enum",
            "dynamodb",
            "UpdateItem",
            { TableName: "t", Key: key, ReturnValues: "NEW" },
            /\.ReturnValues is 'NEW'; expected one of NONE/,
        ],
        [
            "a number in DynamoDB's JSON",
            "dynamodb",
            "GetItem",
            { TableName: "t", Key: { entry: { N: 1 } } },
            /\.Key\.entry\.N is 1; expected a text/,
        ],
        [
            "a number that is too large",
            "states",
            "ListExecutions",
            { maxResults: 1001 },
            /\.maxResults is 1001; expected at most 1000/,
        ],
        [
            "a text that is too long",
            "states",
            "StartExecution",
            { stateMachineArn: "a", name: "n".repeat(81) },
            /\.name has 81 characters; expected at most 80/,
        ],
        [
            "a text of another pattern",
            "glue",
            "GetJob",
            { JobName: "a\nb" },
            /\.JobName is 'a\\nb'; expected/,
        ],
    ];

    for (const [what, service, operation, input, says] of planted) {
        it(`would not pass with ${what}`, async () => {
            const { mistakes } = await judge([{ service, operation, input, where: "planted" }]);
            assert.equal(mistakes.length, 1, mistakes.join("\n"));
            assert.match(mistakes[0] ?? "", says);
        });
    }
});

function logging(change: object): Readonly<Record<string, unknown>> {
    const right = {
        logFormat: "JSON",
        applicationLogLevel: "INFO",
        systemLogLevel: "INFO",
        logGroup: "/aws/lambda/f",
    };
    return { loggingConfig: { ...right, ...change } };
}
