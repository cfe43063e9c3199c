import assert from "node:assert/strict";
import { create } from "../../functions/dispatcher.ts";
import { awsError, CONTEXT, FakeAws } from "./fake-aws.ts";
import type { Answer } from "./fake-aws.ts";

const ENV = { TABLE_NAME: "slots", POOLS: '["etl"]', REAPER_QUEUE_URL: "https://reaper" };
const SETTINGS = { limit: { N: "2" }, cooldownSeconds: { N: "0" } };

function gate(holders: readonly string[], parts: object = {}): object {
    const slot = { M: { since: { N: String(Date.parse("2026-03-01T11:50:00.000Z")) } } };
    return {
        holders: { M: Object.fromEntries(holders.map((holder) => [holder, slot])) },
        limit: { N: "2" },
        dispatcherSeen: { S: "2026-03-01T11:59:30.000Z" },
        ...parts,
    };
}

function waiting(name: string): object {
    return {
        entry: { S: `job#${name}` },
        messageId: { S: name },
        execution: { S: `arn:aws:states:eu-west-1:123456789012:execution:etl:g-${name}` },
        holder: { S: `${name}/1/0` },
        token: { S: `token-${name}` },
    };
}

/** A row whose execution was woken at a moment. */
function woken(name: string): object {
    const { token: _, ...row } = waiting(name) as { token: object };
    return row;
}

interface Query {
    readonly KeyConditionExpression: string;
    readonly ExpressionAttributeValues: Readonly<Record<string, { S: string }>>;
}

/** A table with these items and this line, whose rows were not woken lately; everything else succeeds. */
function table(
    items: Record<string, object | undefined>,
    line: readonly object[],
    more: Record<string, Answer> = {},
): FakeAws {
    return new FakeAws({
        GetItem: (input: { Key: { entry: { S: string } } }) => ({ Item: items[input.Key.entry.S] }),
        Query: (input: Query) => ({ Items: isAboutWoken(input) ? [] : line }),
        UpdateItem: () => ({}),
        SendTaskSuccess: () => ({}),
        TransactWriteItems: () => ({}),
        SendMessage: () => ({}),
        ...more,
    });
}

function isAboutWoken({ KeyConditionExpression }: Query): boolean {
    return KeyConditionExpression.includes("BETWEEN");
}

function change(entry: string, pool = "etl"): object {
    return { Records: [{ dynamodb: { Keys: { poolName: { S: pool }, entry: { S: entry } } } }] };
}

async function dispatch(aws: FakeAws, event: object = change("gate")): Promise<void> {
    await create(aws.platform(ENV))(event, CONTEXT);
}

/** Throws what a transaction does that was cancelled for these reasons. */
function cancel(...codes: string[]): never {
    const CancellationReasons = codes.map((Code) => ({ Code }));
    throw awsError("TransactionCanceledException", { CancellationReasons });
}

function told(aws: FakeAws): unknown[] {
    return aws.inputs("SendTaskSuccess").map((input) => input["taskToken"]);
}

describe("The dispatcher", () => {
    it("reads the gate before the line, and the line before those that were woken lately", async () => {
        const aws = table({ gate: gate(["x/1/0"]) }, [waiting("a")]);
        await dispatch(aws);
        const reads = aws.calls.slice(0, 3).map(({ command, input }) => {
            if (command === "GetItem") return "gate";
            return Object.values((input as unknown as Query).ExpressionAttributeValues).map(({ S }) => S);
        });
        assert.deepEqual(reads, [
            "gate",
            ["etl", "wait#"],
            ["etl", "run#2026-03-01T11:59:40.000Z#", "run#~"],
        ]);
    });

    it("wakes the waiter, and only then takes the token off its row: it writes nothing else", async () => {
        const aws = table({ gate: gate(["x/1/0"]) }, [waiting("a"), waiting("b")]);
        await dispatch(aws);
        const steps = aws.calls
            .slice(3)
            .map((call) => [call.command, (call.input["UpdateExpression"] as string | undefined) ?? ""]);
        assert.deepEqual(steps, [
            ["SendTaskSuccess", ""],
            ["UpdateItem", "SET linePosition = :position REMOVE #token"],
        ]);
        assert.deepEqual(told(aws), ["token-a"]);
    });

    it("tells a probe of an open breaker which pause is over", async () => {
        const [number, before] = [(N: number) => ({ N: String(N) }), Date.parse("2026-03-01T11:59:00.000Z")];
        const open = { failures: number(5), pauseAfterFailures: number(5), probeAfter: number(before) };
        const aws = table({ gate: gate([], open) }, [waiting("a"), waiting("b")]);
        await dispatch(aws);
        const output = JSON.stringify({ pausedUntil: before });
        assert.deepEqual(aws.inputs("SendTaskSuccess"), [{ taskToken: "token-a", output }]);
    });

    it("leaves the slot to an execution that was woken and has not acquired it yet", async () => {
        const aws = table({ gate: gate(["x/1/0"]) }, [], {
            Query: (input: Query) => ({ Items: isAboutWoken(input) ? [woken("b")] : [waiting("a")] }),
        });
        await dispatch(aws);
        assert.deepEqual(told(aws), []);
    });

    it("reads those that were woken lately to the last page", async () => {
        const pages = [
            { Items: [woken("b")], LastEvaluatedKey: { entry: { S: "job#b" } } },
            { Items: [woken("c")] },
        ];
        const aws = table({ gate: gate([]) }, [], {
            Query: (input: Query) => (isAboutWoken(input) ? pages.shift() : { Items: [waiting("a")] }),
        });
        await dispatch(aws);
        assert.deepEqual([pages.length, told(aws)], [0, []]);
    });

    it("does not ask who was woken lately while nobody waits", async () => {
        const aws = table({ gate: gate([]) }, []);
        await dispatch(aws);
        assert.equal(aws.inputs("Query").length, 1);
    });

    it("reads the gate and nothing else while every slot is taken", async () => {
        const aws = table({ gate: gate(["x/1/0", "y/1/0"]) }, [waiting("a")]);
        await dispatch(aws);
        assert.deepEqual(
            aws.calls.map((call) => call.command),
            ["GetItem"],
        );
    });

    it("never writes holders", async () => {
        const aws = table({ gate: gate([]), settings: SETTINGS }, [waiting("a"), waiting("b")]);
        await dispatch(aws, { sweep: true });
        assert.ok(aws.inputs("UpdateItem").length > 0);
        for (const input of aws.inputs("UpdateItem"))
            assert.doesNotMatch(input["UpdateExpression"] as string, /holders/);
    });

    for (const error of ["TaskTimedOut", "TaskDoesNotExist", "InvalidToken"]) {
        it(`takes the token off the row when the answer is ${error}: nobody waits on it`, async () => {
            const refuse = () => {
                throw awsError(error);
            };
            const aws = table({ gate: gate([]) }, [waiting("a")], { SendTaskSuccess: refuse });
            await dispatch(aws);
            assert.equal(
                aws.inputs("UpdateItem").at(-1)?.["UpdateExpression"],
                "SET linePosition = :position REMOVE #token",
            );
        });

        it(`tells the reaper of a waiter that answers ${error}: its execution may be dead`, async () => {
            const refuse = () => {
                throw awsError(error);
            };
            const aws = table({ gate: gate([]) }, [waiting("a")], { SendTaskSuccess: refuse });
            await dispatch(aws);
            const [sent] = aws.inputs("SendMessage");
            assert.equal(sent?.["QueueUrl"], "https://reaper");
            assert.deepEqual(JSON.parse(sent?.["MessageBody"] as string), {
                rescue: { pool: "etl", execution: "g-a" },
            });
        });
    }

    it("wakes a waiter at once that joined again while its old token was tried: no event tells of that", async () => {
        const again = { ...waiting("a"), token: { S: "token-again" } };
        const refused = (input: { taskToken: string }): object => {
            if (input.taskToken === "token-a") throw awsError("TaskTimedOut");
            return {};
        };
        const aws = table({ gate: gate([]), "job#a": again }, [waiting("a")], {
            SendTaskSuccess: refused,
            UpdateItem: (input: { ExpressionAttributeValues: { ":token"?: { S: string } } }) => {
                if (input.ExpressionAttributeValues[":token"]?.S === "token-a")
                    throw awsError("ConditionalCheckFailedException");
                return {};
            },
        });
        await dispatch(aws);
        assert.deepEqual(told(aws), ["token-a", "token-again"]);
        assert.deepEqual(aws.inputs("SendMessage"), []);
    });

    it("tells the reaper of a waiter whose row has changed otherwise while its token was tried", async () => {
        const fails = (name: string) => () => {
            throw awsError(name);
        };
        const aws = table({ gate: gate([]), "job#a": woken("a") }, [waiting("a")], {
            SendTaskSuccess: fails("TaskTimedOut"),
            UpdateItem: fails("ConditionalCheckFailedException"),
        });
        await dispatch(aws);
        assert.deepEqual(told(aws), ["token-a"]);
        assert.equal(aws.inputs("SendMessage").length, 1);
    });

    it("wakes everybody behind a dead waiter although the reaper cannot be told of it", async () => {
        const refuse = (input: { taskToken?: string; QueueUrl?: string }): object => {
            if (input.taskToken === "token-a") throw awsError("TaskDoesNotExist");
            if (input.QueueUrl !== undefined) throw awsError("ServiceUnavailable");
            return {};
        };
        const aws = table({ gate: gate([]) }, [waiting("a"), waiting("b")], {
            SendTaskSuccess: refuse,
            SendMessage: refuse,
        });
        await assert.rejects(dispatch(aws), { name: "ServiceUnavailable" });
        assert.deepEqual(told(aws), ["token-a", "token-b"]);
        const cleared = aws
            .inputs("UpdateItem")
            .filter((input) => (input["UpdateExpression"] as string).startsWith("SET linePosition"));
        assert.equal(cleared.length, 2);
    });

    it("looks once more when it has marked a backlog: takes from before the mark call nobody", async () => {
        const gates = [
            gate([], { limit: { N: "100" } }),
            gate([], { limit: { N: "100" }, backlog: { S: "yes" } }),
        ];
        const line = Array.from({ length: 60 }, (_, i) => waiting(`n${i}`));
        const aws = table({}, line, { GetItem: () => ({ Item: gates.shift() }) });
        await dispatch(aws);
        assert.equal(gates.length, 0);
        assert.equal(told(aws).length, 50);
    });

    it("measures its heartbeat, the slots and the limit at each sweep, and at no other time", async () => {
        const aws = table({ gate: gate(["x/1/0"]), settings: SETTINGS }, [waiting("a")]);
        await dispatch(aws);
        assert.deepEqual(
            aws.metrics.map(({ name }) => name),
            ["WaiterWoken"],
        );
        aws.metrics.length = 0;
        await dispatch(aws, { sweep: true });
        const gauges = Object.fromEntries(aws.metrics.map(({ name, value }) => [name, value]));
        assert.deepEqual(gauges, {
            ...{ Dispatched: 1, SlotsInUse: 1, Limit: 2, Waiting: 1, WaiterWoken: 1 },
            ...{ BreakerOpen: 0, MinutesWithoutRelease: 0, OldestHolderMinutes: 10, SlotsIdle: 1 },
        });
    });

    it("leaves the token when sending failed, goes on with the next waiter, and fails, so that an alarm goes off if that lasts", async () => {
        const refuse = (input: { taskToken: string }) => {
            if (input.taskToken === "token-a") throw awsError("ThrottlingException");
            return {};
        };
        const aws = table({ gate: gate([]) }, [waiting("a"), waiting("b")], { SendTaskSuccess: refuse });
        await assert.rejects(dispatch(aws), { name: "ThrottlingException" });
        const cleared = aws
            .inputs("UpdateItem")
            .filter((input) => input["UpdateExpression"] === "SET linePosition = :position REMOVE #token");
        assert.deepEqual(
            cleared.map((input) => (input["Key"] as { entry: object }).entry),
            [{ S: "job#b" }],
        );
    });

    it("does not mind when the waiter has a new token meanwhile", async () => {
        const refuse = (input: { UpdateExpression: string }) => {
            if (input.UpdateExpression === "SET linePosition = :position REMOVE #token")
                throw awsError("ConditionalCheckFailedException");
            return {};
        };
        await dispatch(table({ gate: gate([]) }, [waiting("a")], { UpdateItem: refuse }));
    });

    it("reads on in the line until it has found a waiter for each free slot", async () => {
        const pages = [
            {
                Items: [{ entry: { S: "job#new" }, messageId: { S: "new" } }],
                LastEvaluatedKey: { entry: { S: "job#new" } },
            },
            { Items: [waiting("a")], LastEvaluatedKey: { entry: { S: "job#a" } } },
            { Items: [waiting("b")], LastEvaluatedKey: { entry: { S: "job#b" } } },
        ];
        const aws = table({ gate: gate([]) }, [], {
            Query: (input: Query) => (isAboutWoken(input) ? { Items: [] } : pages.shift()),
        });
        await dispatch(aws);
        assert.deepEqual(told(aws), ["token-a", "token-b"]);
        assert.equal(pages.length, 0);
        assert.deepEqual(aws.inputs("Query")[1]?.["ExclusiveStartKey"], { entry: { S: "job#new" } });
    });

    it("reads a few rows of the line for a few free slots", async () => {
        const aws = table({ gate: gate(["x/1/0"]) }, [waiting("a")]);
        await dispatch(aws);
        assert.equal(aws.inputs("Query")[0]?.["Limit"], 10);
    });

    it("reads a page of the line in a sweep, which measures it", async () => {
        const aws = table({ gate: gate(["x/1/0"]), settings: SETTINGS }, [waiting("a")]);
        await dispatch(aws, { sweep: true });
        assert.equal(aws.inputs("Query")[0]?.["Limit"], 100);
    });

    it("reads the line consistently", async () => {
        const aws = table({ gate: gate([]) }, [waiting("a")]);
        await dispatch(aws);
        assert.equal(aws.inputs("Query")[0]?.["ConsistentRead"], true);
    });

    it("says that it lives with every second sweep", async () => {
        const aws = table({ gate: gate(["x/1/0", "y/1/0"]), settings: SETTINGS }, []);
        aws.present += 30_000;
        await dispatch(aws, { sweep: true });
        assert.equal(aws.inputs("UpdateItem").length, 0);
        aws.present += 60_000;
        await dispatch(aws, { sweep: true });
        assert.equal(aws.inputs("UpdateItem").length, 1);
    });

    it("makes the gate with the configured limit when there is none", async () => {
        const aws = table({ settings: SETTINGS }, []);
        await dispatch(aws, change("job#a"));
        const write = JSON.stringify(aws.inputs("TransactWriteItems")[0]);
        assert.match(write, /"SET holders = if_not_exists\(holders, :none\), dispatcherSeen/);
        assert.match(write, /":limit":\{"N":"2"\}/);
    });

    it("changes the limit only on condition that settings and override are as it read them", async () => {
        const override = {
            limit: { N: "1" },
            by: { S: "ada" },
            why: { S: "x" },
            until: { S: "2026-03-02T00:00:00Z" },
        };
        const aws = table({ gate: gate([]), settings: SETTINGS, override }, []);
        await dispatch(aws, change("override"));
        const [settingsCheck, overrideCheck, write] = (
            aws.inputs("TransactWriteItems")[0] as { TransactItems: object[] }
        ).TransactItems;
        assert.match(
            JSON.stringify(settingsCheck),
            /#limit = :limit AND attribute_not_exists\(#pauseAfterFailures\)/,
        );
        assert.match(JSON.stringify(overrideCheck), /#limit = :limit AND #until = :until/);
        assert.match(JSON.stringify(write), /":limit":\{"N":"1"\}/);
    });

    it("goes on when the settings changed under its hands", async () => {
        const aws = table({ gate: gate([]), settings: { ...SETTINGS, limit: { N: "9" } } }, [waiting("a")], {
            TransactWriteItems: () => cancel("ConditionalCheckFailed", "None", "TransactionConflict"),
        });
        await dispatch(aws, { sweep: true });
        assert.deepEqual(told(aws), ["token-a"]);
        assert.equal(aws.inputs("TransactWriteItems").length, 1);
    });

    it("writes the limit again at once when it met another write of the gate", async () => {
        const answers = [() => cancel("None", "None", "TransactionConflict"), () => ({})];
        const aws = table({ gate: gate([]), settings: { ...SETTINGS, limit: { N: "9" } } }, [], {
            TransactWriteItems: () => answers.shift()?.(),
        });
        await dispatch(aws, { sweep: true });
        assert.equal(aws.inputs("TransactWriteItems").length, 2);
        assert.match(JSON.stringify(aws.logged), /limit in force/);
    });

    it("fails, so that it is called again, when the limit could not be written for another reason", async () => {
        const fail = (): never => {
            throw awsError("InternalServerError");
        };
        const items = { settings: { ...SETTINGS, limit: { N: "1" } }, gate: gate([]) };
        await assert.rejects(dispatch(table(items, [], { TransactWriteItems: fail }), change("settings")), {
            name: "InternalServerError",
        });
    });

    it("finds nobody, and measures nobody, where a page of the line has no items", async () => {
        const { limit: _, ...without } = gate([]) as { limit?: object };
        for (const items of [
            { settings: SETTINGS, gate: gate([]) },
            { gate: without },
            { settings: SETTINGS },
        ]) {
            const aws = table(items, [], { Query: () => ({}) });
            await dispatch(aws, { sweep: true });
            assert.deepEqual(told(aws), []);
            const waiting = aws.metrics.filter(({ name }) => name === "Waiting").map(({ value }) => value);
            assert.ok(waiting.every((value) => value === 0));
        }
    });

    it("leaves the limit to the next look, and gives its turns, when it always meets other writes of the gate", async () => {
        const aws = table({ gate: gate([]), settings: { ...SETTINGS, limit: { N: "9" } } }, [waiting("a")], {
            TransactWriteItems: () => cancel("None", "None", "TransactionConflict"),
        });
        await dispatch(aws, { sweep: true });
        assert.equal(aws.inputs("TransactWriteItems").length, 5);
        assert.match(JSON.stringify(aws.logged), /could not be written/);
        assert.deepEqual(told(aws), ["token-a"]);
    });

    it("grants nothing, and says why, when the settings make no sense", async () => {
        const aws = table({ gate: gate([]), settings: { limit: { S: "ten" } } }, [waiting("a")]);
        await dispatch(aws, { sweep: true });
        assert.match(JSON.stringify(aws.inputs("TransactWriteItems")), / REMOVE #limit/);
        assert.match(JSON.stringify(aws.logged), /settings: limit is/);
    });

    it("makes no gate while woken rows show that there was one: it asks the reaper, which can tell who holds a slot", async () => {
        const rows: Record<string, object[]> = { "run#": [woken("a")], "wait#": [] };
        const aws = table({ settings: SETTINGS }, [], {
            Query: (input: Query) => ({
                Items: rows[input.ExpressionAttributeValues[":position"]?.S ?? ""],
            }),
        });
        await dispatch(aws, { sweep: true });
        assert.deepEqual(aws.inputs("TransactWriteItems"), []);
        const [sent] = aws.inputs("SendMessage");
        assert.equal(sent?.["QueueUrl"], "https://reaper");
        assert.deepEqual(JSON.parse(sent?.["MessageBody"] as string), { rebuild: { pool: "etl" } });
    });

    it("marks the gate when there are more turns to give than may be live at once, and takes the mark away again", async () => {
        const line = Array.from({ length: 60 }, (_, i) => waiting(`n${i}`));
        const gates = [gate([], { limit: { N: "100" } })];
        const aws = table({}, line, { GetItem: () => ({ Item: gates.shift() }) });
        await dispatch(aws);
        assert.equal(told(aws).length, 25);
        assert.match(aws.inputs("UpdateItem")[0]?.["UpdateExpression"] as string, /backlog = :backlog/);
        const later = table({ gate: gate([], { limit: { N: "100" }, backlog: { S: "yes" } }) }, []);
        await dispatch(later);
        assert.match(later.inputs("UpdateItem")[0]?.["UpdateExpression"] as string, / REMOVE backlog$/);
    });

    it("looks only at the pools that it serves", async () => {
        const aws = table({}, []);
        await dispatch(aws, change("gate", "somebody-else"));
        assert.deepEqual(aws.calls, []);
    });

    it("looks at nothing for a record that names no item", async () => {
        const aws = table({}, []);
        await dispatch(aws, { Records: [{}] });
        assert.deepEqual(aws.calls, []);
    });

    it("counts a gate without a limit as one with a limit of 0", async () => {
        const aws = table({ gate: gate([], { limit: undefined }) }, []);
        await dispatch(aws, { sweep: true });
        assert.deepEqual(
            aws.metrics.filter(({ name }) => name === "Limit").map(({ value }) => value),
            [0],
        );
    });

    it("looks at the other pools although one could not be looked at, and fails so that it is called again", async () => {
        const aws = table({ gate: gate([]) }, [waiting("a")], {
            GetItem: (input: { Key: { poolName: { S: string } } }) => {
                if (input.Key.poolName.S === "bad") throw awsError("ThrottlingException");
                return { Item: gate([]) };
            },
        });
        const handler = create(aws.platform({ ...ENV, POOLS: '["bad","etl"]' }));
        await assert.rejects(handler({ sweep: true }, CONTEXT), { name: "ThrottlingException" });
        assert.deepEqual(told(aws), ["token-a"]);
    });
});
