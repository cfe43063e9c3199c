/**
 * Roles may do what they need and nothing else: scenes that use everything leave no permission unused, taking any part of
 * one away breaks a promise, and nobody reaches another pool's items. With keys of one's own too.
 */
import assert from "node:assert/strict";
import path from "node:path";
import { IamService } from "../../embedded-aws/index.ts";
import type { Caller, Permission, RecordedProgram, Resource } from "../../embedded-aws/index.ts";
import { broken, CONFIG } from "./scenes.ts";
import { recorded, TestStack } from "./test-stack.ts";

const FIXTURES = path.join(import.meta.dirname, "fixtures");

/** Permissions that the embedded AWS never uses, with the page of AWS's that asks for them. Five at most. */
const UNUSED: Readonly<Record<string, string>> = {
    "turnstile-jobs-role: glue:GetJobRuns":
        "Step Functions Developer Guide, “Start an AWS Glue job”: its policy for Run a Job (.sync)",
};

/** A statement as the program declares it. */
interface Declared {
    Effect: string;
    Action: string | string[];
    Resource: string | string[];
    Condition?: Record<string, Record<string, string | string[]>>;
}

/** A program whose role lacks something, and what. */
interface Lacking {
    readonly what: string;
    readonly program: RecordedProgram;
}

/** Programs, and which actions are taken away: a key of one's own changes nothing of what is needed besides. */
const programs = {
    "The program": { record: () => recorded(CONFIG), taken: "" },
    "The program with keys of one's own": {
        record: () => recorded({}, path.join(FIXTURES, "two-keys")),
        taken: "kms:",
    },
};

describe("The list of permissions that stay unused", () => {
    it("has at most five entries", () => {
        assert.ok(Object.keys(UNUSED).length <= 5);
    });
});

for (const [name, { record, taken }] of Object.entries(programs)) {
    describe(name, function () {
        this.timeout(300_000);

        it("gives its roles no permission that the scenes do not use, but for those that AWS's pages ask for", async () => {
            const unused: string[] = [];
            const promises = await broken(await record(), ({ world }) => {
                for (const { permission, use } of world.authorization.permissions(
                    world.service(IamService).all(),
                )) {
                    if (!use) unused.push(named(permission));
                }
            });
            assert.deepEqual(promises, [], "with nothing taken away");
            assert.deepEqual(unused, Object.keys(UNUSED));
        });

        it(`breaks a promise when any action${taken && ` of ${taken}`}, resource or condition's value is taken from a role's policy`, async () => {
            const lacking = [...lackings(await record())].filter(({ what }) => what.includes(`: ${taken}`));
            assert.ok(lacking.length > 10, `only ${lacking.length} things to take away`);
            const unnoticed: string[] = [];
            for (const { what, program } of lacking) {
                if ((await broken(program)).length === 0) unnoticed.push(what);
            }
            assert.deepEqual(
                unnoticed,
                Object.keys(UNUSED).filter((what) => what.includes(`: ${taken}`)),
            );
        });
    });
}

describe("A deployment whose role lacks something", () => {
    const refusals = {
        "dynamodb:GetRecords":
            /InvalidParameterValueException: Cannot access stream arn:\S+\. Please ensure the role can perform the GetRecords, GetShardIterator, DescribeStream, and ListStreams Actions on your stream in IAM\.$/,
        "sqs:ReceiveMessage":
            /InvalidParameterValueException: The provided execution role does not have permissions to call ReceiveMessage on SQS$/,
        "logs:CreateLogDelivery":
            /AccessDeniedException: The state machine IAM Role is not authorized to access the Log Destination$/,
    };
    for (const [action, message] of Object.entries(refusals)) {
        it(`is refused without ${action}, in the words of the service that needs it`, async () => {
            const program = await recorded(CONFIG);
            const lacking = [...lackings(program)].find(({ what }) => what.endsWith(`: ${action}`));
            assert.ok(lacking);
            await assert.rejects(TestStack.open({ programs: [lacking.program] }), {
                name: "DeploymentError",
                message,
            });
        });
    }
});

describe("A pool on a table that it shares", () => {
    let stack: TestStack;

    before(async () => {
        const program = await recorded({}, path.join(FIXTURES, "two-pools"));
        stack = await TestStack.open({ programs: [program] });
        await stack.pass(90_000);
    });

    after(() => stack.close());

    it("is let at its own row and gate, and at nothing of another pool", () => {
        const TableName = stack.output("tableName");
        const as = (role: string, operation: string, input: object): string => {
            try {
                stack.world.call("dynamodb", operation, { TableName, ...input }, callerOf(stack, role));
                return "done";
            } catch (error) {
                return (error as Error).name;
            }
        };
        for (const [own, other] of [
            ["daily", "backfill"],
            ["backfill", "daily"],
        ] as const) {
            const put = (pool: string) => ({
                Item: { poolName: { S: pool }, entry: { S: "run#test" } },
            });
            const update = (pool: string) => ({
                Key: { poolName: { S: pool }, entry: { S: "gate" } },
                UpdateExpression: "SET test = :t",
                ExpressionAttributeValues: { ":t": { S: "test" } },
            });
            assert.equal(as(`${own}-jobs-starter-role`, "PutItem", put(own)), "done");
            assert.equal(as(`${own}-jobs-starter-role`, "PutItem", put(other)), "AccessDeniedException");
            assert.equal(as(`${own}-jobs-role`, "UpdateItem", update(own)), "done");
            assert.equal(as(`${own}-jobs-role`, "UpdateItem", update(other)), "AccessDeniedException");
            assert.equal(as(`${own}-jobs-role`, "Scan", {}), "AccessDeniedException");
        }
    });

    it("is refused in AWS's words, which name session, action and resource", () => {
        const caller = callerOf(stack, "daily-jobs-starter-role");
        const table = stack.output("tableName");
        const Item = { poolName: { S: "backfill" }, entry: { S: "gate" } };
        assert.throws(() => stack.world.call("dynamodb", "PutItem", { TableName: table, Item }, caller), {
            name: "AccessDeniedException",
            message: new RegExp(
                `^User: arn:aws:sts::\\d{12}:assumed-role/daily-jobs-starter-role-\\w+/fn is not authorized to perform: ` +
                    `dynamodb:PutItem on resource: arn:aws:dynamodb:us-east-1:\\d{12}:table/${table} because no ` +
                    `identity-based policy allows the dynamodb:PutItem action$`,
            ),
        });
    });
});

function callerOf(stack: TestStack, role: string): Caller {
    const found = stack.world
        .service(IamService)
        .all()
        .find(({ name }) => name.replace(/-\w+$/, "") === role);
    assert.ok(found, `there is no role ${role}`);
    return {
        principal: "lambda.amazonaws.com",
        roleArn: found.arn,
        sourceArn: "arn:aws:lambda:us-east-1:123456789012:function:fn",
    };
}

function named({ role, action }: Permission): string {
    return `${role.replace(/-\w+$/, "")}: ${action}`;
}

/** The program without each action, each resource and each value of a condition that its role policies have, one at a time. */
function* lackings(program: RecordedProgram): Generator<Lacking> {
    for (const resource of program.resources) {
        if (resource.type !== "aws:iam/rolePolicy:RolePolicy") continue;
        const document = JSON.parse(String(resource.inputs["policy"])) as { Statement: Declared[] };
        const role = String(resource.inputs["role"]).replace(/-\w+$/, "");
        for (const [index, statement] of document.Statement.entries()) {
            for (const { what, left } of smaller(statement)) {
                const Statement = document.Statement.with(index, left).filter(
                    ({ Action }) => Action.length > 0,
                );
                const policy = JSON.stringify({ ...document, Statement });
                yield { what: `${role}: ${what}`, program: replaced(program, resource, policy) };
            }
        }
    }
}

/** A statement with one thing less: an action, or one of several resources or values. */
function* smaller(statement: Declared): Generator<{ what: string; left: Declared }> {
    const { Condition, ...rest } = statement;
    const actions = [statement.Action].flat();
    for (const action of actions)
        yield { what: action, left: { ...statement, Action: actions.filter((each) => each !== action) } };
    const resources = [statement.Resource].flat();
    for (const resource of resources.length > 1 ? resources : []) {
        const left = { ...statement, Resource: resources.filter((each) => each !== resource) };
        yield { what: `${actions.join()} on ${resource}`, left };
    }
    for (const [operator, keys] of Object.entries(Condition ?? {})) {
        for (const [key, value] of Object.entries(keys)) {
            const values = [value].flat();
            for (const one of values.length > 1 ? values : []) {
                const others = { ...keys, [key]: values.filter((each) => each !== one) };
                const left = { ...rest, Condition: { ...Condition, [operator]: others } };
                yield { what: `${actions.join()} where ${key} is ${one}`, left };
            }
        }
    }
}

function replaced(program: RecordedProgram, resource: Resource, policy: string): RecordedProgram {
    const changed = {
        ...resource,
        inputs: { ...resource.inputs, policy },
        outputs: { ...resource.outputs, policy },
    };
    return {
        ...program,
        resources: program.resources.map((each) => (each === resource ? changed : each)),
    };
}
