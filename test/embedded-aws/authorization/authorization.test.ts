/** What roles may do in the embedded AWS: the decisions, AWS's words for a refusal, and which permissions were used. */
import assert from "node:assert/strict";
import { Authorization } from "../../../embedded-aws/authorization/authorization.ts";
import { sessionOf } from "../../../embedded-aws/authorization/refusals.ts";
import { DynamoDbService } from "../../../embedded-aws/services/dynamodb/index.ts";
import { IamService } from "../../../embedded-aws/services/iam/index.ts";
import { KmsService } from "../../../embedded-aws/services/kms/index.ts";
import type { AwsError, Caller, Need, ServiceName } from "../../../embedded-aws/service.ts";
import { SqsService } from "../../../embedded-aws/services/sqs/index.ts";
import { StateMachine } from "../../../embedded-aws/services/step-functions/machine.ts";
import type { Definition } from "../../../embedded-aws/services/step-functions/machine.ts";
import { FakeWorld } from "../fake-world.ts";

const ROLE = "arn:aws:iam::123456789012:role/starter";
const QUEUE = "arn:aws:sqs:eu-west-1:123456789012:work";
const URL = "https://sqs.eu-west-1.amazonaws.com/123456789012/work";
const TABLE = "arn:aws:dynamodb:eu-west-1:123456789012:table/slots";
const caller: Caller = {
    principal: "lambda.amazonaws.com",
    roleArn: ROLE,
    sourceArn: "arn:aws:lambda:eu-west-1:123456789012:function:starter",
};

type Statements = Record<string, unknown>[];

const allow = (Action: string | string[], Resource: string, more: object = {}) => ({
    Effect: "Allow",
    Action,
    Resource,
    ...more,
});
const deny = (Action: string, Resource: string, more: object = {}) => ({
    ...allow(Action, Resource, more),
    Effect: "Deny",
});
const document = (Statement: Statements): string => JSON.stringify({ Version: "2012-10-17", Statement });

/** A world with a role that has these permissions, a queue and a table. */
class Account {
    readonly world = new FakeWorld();
    readonly authorization = new Authorization(this.world);
    readonly iam = this.world.add(new IamService(this.world));

    constructor(statements: Statements, role: { permissionsBoundary?: string } = {}) {
        this.world.add(new KmsService(this.world));
        this.world.add(new SqsService(this.world));
        this.world.add(new DynamoDbService(this.world));
        const trust = document([
            { Effect: "Allow", Principal: { Service: "lambda.amazonaws.com" }, Action: "sts:AssumeRole" },
        ]);
        const inputs = { assumeRolePolicy: trust, ...role };
        if (role.permissionsBoundary !== undefined) this.boundary(role.permissionsBoundary);
        this.world.create("aws:iam/role:Role", "starter", inputs, { arn: ROLE });
        if (statements.length > 0) this.policy(statements);
        this.queue = this.world.create("aws:sqs/queue:Queue", "work", {}, { arn: QUEUE, url: URL });
        const table = {
            billingMode: "PAY_PER_REQUEST",
            hashKey: "poolName",
            rangeKey: "entry",
            attributes: ["poolName", "entry"].map((name) => ({ name, type: "S" })),
        };
        this.world.create("aws:dynamodb/table:Table", "slots", table, { arn: TABLE });
    }

    readonly queue;

    policy(statements: Statements): void {
        const inputs = { role: "starter", policy: document(statements) };
        this.world.create("aws:iam/rolePolicy:RolePolicy", "policy", inputs);
    }

    /** A customer-managed key that encrypts the queue. */
    encrypt(keyStatements: Statements | undefined): string {
        const arn = "arn:aws:kms:eu-west-1:123456789012:key/1";
        const inputs = keyStatements === undefined ? {} : { policy: document(keyStatements) };
        this.world.create("aws:kms/key:Key", "key", inputs, { arn, keyId: "1" });
        this.world.update(this.queue, { kmsMasterKeyId: arn });
        return arn;
    }

    queuePolicy(statements: Statements): void {
        const inputs = { queueUrl: URL, policy: document(statements) };
        this.world.create("aws:sqs/queuePolicy:QueuePolicy", "queue-policy", inputs);
    }

    /** Undefined if the operation is allowed, else the error. */
    refusal(service: ServiceName, operation: string, input: object, by = caller): AwsError | undefined {
        try {
            this.authorization.check(service, operation, input, by);
            return undefined;
        } catch (error) {
            return error as AwsError;
        }
    }

    private boundary(arn: string): void {
        const policy = document([allow("sqs:ReceiveMessage", "*")]);
        this.world.create("aws:iam/policy:Policy", "boundary", { policy }, { arn });
    }
}

const send = { QueueUrl: URL, MessageBody: "x" };

describe("A role", () => {
    it("may do what one of its policies allows, on that resource alone", () => {
        const account = new Account([allow("sqs:SendMessage", QUEUE)]);
        assert.equal(account.refusal("sqs", "SendMessage", send), undefined);
        assert.equal(account.refusal("sqs", "ReceiveMessage", { QueueUrl: URL })?.name, "AccessDenied");
        const other = { ...send, QueueUrl: `${URL}2` };
        assert.match(account.refusal("sqs", "SendMessage", other)?.message ?? "", /on resource: \S+:work2 /);
    });

    it("may do nothing without a policy, and is told so in AWS's words by each service's own error", () => {
        const account = new Account([]);
        const session = "arn:aws:sts::123456789012:assumed-role/starter/starter";
        const refused = (service: ServiceName, operation: string, input: object): unknown[] => {
            const { name, statusCode, message } = account.refusal(service, operation, input) as AwsError;
            return [name, statusCode, message];
        };
        const told = (action: string, resource: string): string =>
            `User: ${session} is not authorized to perform: ${action} on resource: ${resource} because no identity-based policy allows the ${action} action`;
        assert.deepEqual(refused("dynamodb", "GetItem", { TableName: "slots", Key: {} }), [
            "AccessDeniedException",
            400,
            told("dynamodb:GetItem", TABLE),
        ]);
        assert.deepEqual(refused("sqs", "SendMessage", send), [
            "AccessDenied",
            403,
            told("sqs:sendmessage", QUEUE),
        ]);
        assert.deepEqual(refused("sns", "Publish", { TopicArn: "arn:aws:sns:eu-west-1:123456789012:t" }), [
            "AuthorizationError",
            403,
            told("SNS:Publish", "arn:aws:sns:eu-west-1:123456789012:t"),
        ]);
        assert.deepEqual(refused("s3", "GetObject", { Bucket: "b", Key: "k" }), [
            "AccessDenied",
            403,
            told("s3:GetObject", '"arn:aws:s3:::b/k"'),
        ]);
        assert.deepEqual(refused("states", "SendTaskSuccess", {}), [
            "AccessDeniedException",
            400,
            told("states:SendTaskSuccess", "*"),
        ]);
    });

    it("may not do what a policy denies, whatever another allows", () => {
        const account = new Account([allow("sqs:*", "*"), deny("sqs:SendMessage", QUEUE)]);
        assert.match(
            account.refusal("sqs", "SendMessage", send)?.message ?? "",
            /with an explicit deny in an identity-based policy$/,
        );
    });

    it("may not do what its permissions boundary does not allow", () => {
        const permissionsBoundary = "arn:aws:iam::123456789012:policy/boundary";
        const account = new Account([allow("sqs:*", QUEUE)], { permissionsBoundary });
        assert.equal(account.refusal("sqs", "ReceiveMessage", { QueueUrl: URL }), undefined);
        assert.match(
            account.refusal("sqs", "SendMessage", send)?.message ?? "",
            /because no permissions boundary allows the sqs:sendmessage action$/,
        );
    });

    it("that is not there may do nothing", () => {
        const account = new Account([allow("sqs:*", "*")]);
        const nobody = { ...caller, roleArn: `${ROLE}2` };
        assert.equal(account.refusal("sqs", "SendMessage", send, nobody)?.name, "AccessDenied");
    });

    it("may do something else as soon as its policy has changed", () => {
        const account = new Account([]);
        assert.ok(account.refusal("sqs", "SendMessage", send));
        account.policy([allow("sqs:SendMessage", QUEUE)]);
        assert.equal(account.refusal("sqs", "SendMessage", send), undefined);
        account.policy([allow("sqs:ReceiveMessage", QUEUE)]);
        assert.ok(account.refusal("sqs", "SendMessage", send));
    });

    it("is let in by a resource's policy that names it, but not by one that leaves it to the account", () => {
        const grant = (AWS: string) => ({ ...allow("sqs:SendMessage", QUEUE), Principal: { AWS } });
        const named = new Account([]);
        named.queuePolicy([grant(ROLE)]);
        assert.equal(named.refusal("sqs", "SendMessage", send), undefined);
        const delegated = new Account([]);
        delegated.queuePolicy([grant("arn:aws:iam::123456789012:root")]);
        assert.ok(delegated.refusal("sqs", "SendMessage", send));
    });

    it("with a policy of AWS's own, or a condition on what nobody knows here, is unsupported by name", () => {
        const managed = new Account([]);
        managed.world.create("aws:iam/rolePolicyAttachment:RolePolicyAttachment", "attachment", {
            role: "starter",
            policyArn: "arn:aws:iam::aws:policy/AmazonSQSFullAccess",
        });
        const Condition = { StringEquals: { "aws:PrincipalTag/team": "x" } };
        const conditional = new Account([allow("sqs:SendMessage", QUEUE, { Condition })]);
        for (const [account, message] of [
            [managed, /AmazonSQSFullAccess/],
            [conditional, /condition on aws:PrincipalTag\/team/],
        ] as const) {
            const { name, message: text } = account.refusal("sqs", "SendMessage", send) as Error;
            assert.equal(name, "UnsupportedError");
            assert.match(text, message);
        }
    });
});

describe("A condition on dynamodb:LeadingKeys", () => {
    const Condition = { "ForAllValues:StringEquals": { "dynamodb:LeadingKeys": ["daily"] } };
    const key = (pool: string) => ({ poolName: { S: pool }, entry: { S: "gate" } });
    const account = new Account([
        allow(
            ["GetItem", "PutItem", "UpdateItem", "ConditionCheckItem", "Query", "BatchWriteItem"].map(
                (operation) => `dynamodb:${operation}`,
            ),
            TABLE,
            { Condition },
        ),
    ]);
    const operations: Record<string, (pool: string) => object> = {
        GetItem: (pool) => ({ TableName: "slots", Key: key(pool) }),
        PutItem: (pool) => ({ TableName: "slots", Item: { ...key(pool), more: { S: "daily" } } }),
        UpdateItem: (pool) => ({ TableName: TABLE, Key: key(pool) }),
        Query: (pool) => ({
            TableName: "slots",
            KeyConditionExpression: "begins_with(#e, :e) AND #p = :p",
            ExpressionAttributeNames: { "#p": "poolName", "#e": "entry" },
            ExpressionAttributeValues: { ":p": { S: pool }, ":e": { S: "daily" } },
        }),
        BatchWriteItem: (pool) => ({
            RequestItems: {
                slots: [{ PutRequest: { Item: key("daily") } }, { DeleteRequest: { Key: key(pool) } }],
            },
        }),
        TransactWriteItems: (pool) => ({
            TransactItems: [
                { ConditionCheck: { TableName: "slots", Key: key("daily") } },
                { Update: { TableName: "slots", Key: key(pool) } },
            ],
        }),
    };

    it("is the same in whatever case it is written", () => {
        const values = { "dynamodb:leadingkeys": ["daily"] };
        const small = new Account([
            allow("dynamodb:GetItem", TABLE, { Condition: { "ForAllValues:StringEquals": values } }),
        ]);
        const get = (pool: string) => ({ TableName: "slots", Key: key(pool) });
        assert.equal(small.refusal("dynamodb", "GetItem", get("daily")), undefined);
        assert.ok(small.refusal("dynamodb", "GetItem", get("backfill")));
    });

    for (const [operation, input] of Object.entries(operations)) {
        it(`lets ${operation} at the items of that partition alone`, () => {
            assert.equal(account.refusal("dynamodb", operation, input("daily")), undefined);
            const error = account.refusal("dynamodb", operation, input("backfill"));
            assert.equal(error?.name, "AccessDeniedException");
        });
    }

    it("needs each action of a transaction, the check of a condition too", () => {
        const lacking = new Account([allow("dynamodb:UpdateItem", TABLE)]);
        const input = operations["TransactWriteItems"]?.("daily") ?? {};
        assert.match(
            lacking.refusal("dynamodb", "TransactWriteItems", input)?.message ?? "",
            /dynamodb:ConditionCheckItem/,
        );
    });
});

describe("A queue that is encrypted with a key of one's own", () => {
    const root = {
        Effect: "Allow",
        Action: "kms:*",
        Resource: "*",
        Principal: { AWS: "arn:aws:iam::123456789012:root" },
    };
    const through = (service: string) => ({
        Condition: { StringEquals: { "kms:ViaService": `${service}.eu-west-1.amazonaws.com` } },
    });
    const sender = (service: string): Statements => [
        allow("sqs:SendMessage", QUEUE),
        allow(["kms:GenerateDataKey", "kms:Decrypt"], "*", through(service)),
    ];

    it("is open to a role that may use the key through SQS", () => {
        for (const keyPolicy of [undefined, [root]]) {
            const account = new Account(sender("sqs"));
            account.encrypt(keyPolicy);
            assert.equal(account.refusal("sqs", "SendMessage", send), undefined);
        }
    });

    it("is closed to a role that may not, or through another service alone", () => {
        for (const statements of [[allow("sqs:SendMessage", QUEUE)], sender("sns")]) {
            const account = new Account(statements);
            const key = account.encrypt([root]);
            const { name, message } = account.refusal("sqs", "SendMessage", send) as AwsError;
            assert.equal(name, "KmsAccessDenied");
            assert.match(
                message,
                new RegExp(`kms:GenerateDataKey on resource: ${key} because no identity-based`),
            );
        }
    });

    it("is closed to everybody whom the key's policy neither names nor leaves to the account", () => {
        const account = new Account(sender("sqs"));
        account.encrypt([{ ...root, Principal: { AWS: `${ROLE}2` } }]);
        assert.match(
            account.refusal("sqs", "SendMessage", send)?.message ?? "",
            /because no resource-based policy allows the kms:GenerateDataKey action/,
        );
    });
});

describe("An execution that is encrypted with a key of one's own", () => {
    const KEY = "arn:aws:kms:eu-west-1:123456789012:key/1";
    const MACHINE = "arn:aws:states:eu-west-1:123456789012:stateMachine:m";
    const executionArn = "arn:aws:states:eu-west-1:123456789012:execution:m:e";
    const reader = (service: string, machine: string) => {
        const account = new Account([
            allow(["states:*"], "*"),
            allow("kms:Decrypt", KEY, {
                Condition: {
                    StringEquals: {
                        "kms:ViaService": `${service}.eu-west-1.amazonaws.com`,
                        "kms:EncryptionContext:aws:states:stateMachineArn": machine,
                    },
                },
            }),
        ]);
        account.encrypt(undefined);
        const definition = { keyArn: KEY } as Definition;
        account.world.register(MACHINE, new StateMachine(MACHINE, "m", new Date(0), definition));
        return account;
    };

    it("is read by a role that may decrypt it through Step Functions, in its machine's context", () => {
        for (const operation of ["DescribeExecution", "GetExecutionHistory"]) {
            assert.equal(reader("states", MACHINE).refusal("states", operation, { executionArn }), undefined);
            for (const account of [reader("sqs", MACHINE), reader("states", `${MACHINE}2`)]) {
                const { name, message } = account.refusal("states", operation, { executionArn }) as AwsError;
                assert.equal(name, "KmsAccessDeniedException");
                assert.match(message, /kms:Decrypt on resource: \S+:key\/1 because no identity-based policy/);
            }
        }
    });

    it("is started, answered and stopped by roles that have nothing to do with the key", () => {
        const account = reader("sqs", MACHINE);
        for (const operation of ["StartExecution", "ListExecutions"])
            assert.equal(account.refusal("states", operation, { stateMachineArn: MACHINE }), undefined);
        assert.equal(account.refusal("states", "StopExecution", { executionArn }), undefined);
        assert.equal(account.refusal("states", "SendTaskSuccess", { taskToken: "t" }), undefined);
    });
});

describe("What an operation needs", () => {
    const world = new FakeWorld();
    const needed = (service: ServiceName, operation: string, input: object): string[] => {
        const needsOf = world.descriptors.get(service)?.needs[operation];
        const needs = needsOf?.(input as Readonly<Record<string, unknown>>, world) ?? [];
        return [needs as Need | Need[]].flat().map(({ action, resource }) => `${action} ${resource}`);
    };
    const execution = "arn:aws:states:eu-west-1:123456789012:execution:m:e";
    const cases: [ServiceName, string, object, string[]][] = [
        [
            "dynamodb",
            "Query",
            { TableName: "slots", IndexName: "line" },
            [`dynamodb:Query ${TABLE}/index/line`],
        ],
        ["sqs", "DeleteMessageBatch", { QueueUrl: URL }, [`sqs:DeleteMessage ${QUEUE}`]],
        [
            "states",
            "GetExecutionHistory",
            { executionArn: execution },
            [`states:GetExecutionHistory ${execution}`],
        ],
        ["states", "SendTaskSuccess", {}, ["states:SendTaskSuccess *"]],
        [
            "glue",
            "GetJobRuns",
            { JobName: "j" },
            ["glue:GetJobRuns arn:aws:glue:eu-west-1:123456789012:job/j"],
        ],
        [
            "lambda",
            "Invoke",
            { FunctionName: "f" },
            ["lambda:InvokeFunction arn:aws:lambda:eu-west-1:123456789012:function:f"],
        ],
        ["s3", "HeadObject", { Bucket: "b", Key: "k" }, ["s3:GetObject arn:aws:s3:::b/k"]],
        ["s3", "ListObjectsV2", { Bucket: "b" }, ["s3:ListBucket arn:aws:s3:::b"]],
        [
            "events",
            "PutEvents",
            { Entries: [{}] },
            ["events:PutEvents arn:aws:events:eu-west-1:123456789012:event-bus/default"],
        ],
    ];
    for (const [service, operation, input, expected] of cases) {
        it(`for ${service}:${operation} is ${expected.join()}`, () => {
            assert.deepEqual(needed(service, operation, input), expected);
        });
    }

    it("must be known of every operation that is called under a role", () => {
        const account = new Account([allow("events:*", "*")]);
        assert.equal(account.refusal("events", "PutServiceEvents", {})?.name, "UnsupportedError");
    });
});

describe("Permissions", () => {
    it("are each known with their first use, one action on one resource at a time", () => {
        const account = new Account([allow(["sqs:SendMessage", "sqs:Receive*"], QUEUE)]);
        account.authorization.check("sqs", "SendMessage", send, caller);
        account.authorization.check("sqs", "SendMessage", send, caller);
        account.refusal("sqs", "PurgeQueue", { QueueUrl: URL });
        const found = account.authorization.permissions(account.iam.all());
        assert.deepEqual(
            found.map(({ permission: { role, policy, statement, action }, use }) => [
                role,
                policy,
                statement,
                action,
                use?.action,
            ]),
            [
                ["starter", "policy", 0, "sqs:SendMessage", "sqs:SendMessage"],
                ["starter", "policy", 0, "sqs:Receive*", undefined],
            ],
        );
    });

    it("count as used only where they made the difference", () => {
        const account = new Account([allow("sqs:SendMessage", QUEUE), allow("sqs:*", QUEUE)]);
        account.authorization.check("sqs", "SendMessage", send, caller);
        const uses = account.authorization.permissions(account.iam.all()).map(({ use }) => use?.action);
        assert.deepEqual(uses, ["sqs:SendMessage", undefined]);
    });
});

describe("A caller without a role", () => {
    it("is not judged here: the user may do everything, and a service alone is the resource's to judge", () => {
        const account = new Account([]);
        for (const principal of ["user", "events.amazonaws.com"])
            assert.equal(account.refusal("sqs", "SendMessage", send, { principal }), undefined);
    });

    it("is named by its session: a function's has the function's name", () => {
        assert.equal(sessionOf(caller), "arn:aws:sts::123456789012:assumed-role/starter/starter");
    });
});
