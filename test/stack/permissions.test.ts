/**
 * Roles may do what they need and nothing else: scenes that use everything leave no permission unused, taking any part of
 * one away breaks a promise, and nobody reaches another pool's items. The same holds with the user's own keys.
 */
import assert from "node:assert/strict";
import { IamService } from "../../embedded-aws/index.ts";
import type { Caller, Permission, RecordedProgram, Resource } from "../../embedded-aws/index.ts";
import { broken, firstBroken } from "./scenes.ts";
import { CONFIG, FIXTURES, recorded, SECOND, TestStack } from "./test-stack.ts";

/** Permissions that the embedded AWS never uses, with the AWS page that asks for them. Five at most. */
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

interface Program {
    readonly program: RecordedProgram;
    /** What the actions begin with that are taken away: keys change nothing of what is needed besides. */
    readonly taken: string;
    /** The least number of things to take away. */
    readonly least: number;
}

// Recorded here, because each permission has a test.
const PROGRAMS: Readonly<Record<string, Program>> = {
    "The program": { program: await recorded(CONFIG), taken: "", least: 50 },
    "The program with the user's own keys": {
        program: await recorded({}, FIXTURES.twoKeys),
        taken: "kms:",
        least: 20,
    },
};

describe("The list of permissions that stay unused", () => {
    it("has at most five entries", () => {
        assert.ok(Object.keys(UNUSED).length <= 5);
    });
});

for (const [name, { program, taken, least }] of Object.entries(PROGRAMS)) {
    const lacking = [...lackings(program)].filter(({ what }) => what.includes(`: ${taken}`));

    describe(name, () => {
        const unused: string[] = [];
        let promises: string[];

        before(async () => {
            promises = await broken(program, ({ world }) => {
                for (const { permission, use } of world.authorization.permissions(
                    world.service(IamService).all(),
                )) {
                    if (!use) unused.push(named(permission));
                }
            });
        });

        it("keeps every promise with nothing taken away", () => {
            assert.deepEqual(promises, []);
        });

        it("gives its roles no permission that the scenes do not use, but for those that AWS's pages ask for", () => {
            assert.deepEqual(unused, Object.keys(UNUSED));
        });

        it(`has at least ${least} permissions to take away`, () => {
            assert.ok(lacking.length >= least, `only ${lacking.length}`);
        });

        for (const { what, program: without } of lacking) {
            const reason = UNUSED[what];
            const title = reason === undefined ? "breaks a promise" : "breaks no promise";
            it(`${title} without ${what}${reason === undefined ? "" : `: ${reason}`}`, async () => {
                const promise = await firstBroken(without);
                assert.equal(promise === undefined, reason !== undefined, promise ?? "no promise is broken");
            });
        }
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
            const lacking = [...lackings(await recorded(CONFIG))].find(({ what }) =>
                what.endsWith(`: ${action}`),
            );
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
        const program = await recorded({}, FIXTURES.twoPools);
        stack = await TestStack.open({ programs: [program] });
        await stack.pass(90 * SECOND);
    });

    after(() => stack.close());

    for (const [pool, other] of [
        ["daily", "backfill"],
        ["backfill", "daily"],
    ] as const) {
        describe(`and that is ${pool}`, () => {
            /** Makes a call as one of the pool's roles; returns "done" or the error's name. */
            function as(role: string, operation: string, input: object): string {
                const TableName = stack.output("tableName");
                const caller = callerOf(stack, `${pool}-${role}`);
                try {
                    stack.world.call("dynamodb", operation, { TableName, ...input }, caller);
                    return "done";
                } catch (error) {
                    return (error as Error).name;
                }
            }

            const row = (of: string): object => ({
                Item: { poolName: { S: of }, entry: { S: "run#test" } },
            });
            const gate = (of: string): object => ({
                Key: { poolName: { S: of }, entry: { S: "gate" } },
                UpdateExpression: "SET test = :t",
                ExpressionAttributeValues: { ":t": { S: "test" } },
            });

            it("may write its own rows", () => {
                assert.equal(as("jobs-starter-role", "PutItem", row(pool)), "done");
            });

            it(`may not write rows of ${other}`, () => {
                assert.equal(as("jobs-starter-role", "PutItem", row(other)), "AccessDeniedException");
            });

            it("may write its own gate", () => {
                assert.equal(as("jobs-role", "UpdateItem", gate(pool)), "done");
            });

            it(`may not write the gate of ${other}`, () => {
                assert.equal(as("jobs-role", "UpdateItem", gate(other)), "AccessDeniedException");
            });

            it("may not scan the table", () => {
                assert.equal(as("jobs-role", "Scan", {}), "AccessDeniedException");
            });
        });
    }

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
