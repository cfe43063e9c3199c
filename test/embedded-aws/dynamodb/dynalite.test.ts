/**
 * The embedded table against dynalite, another implementation, whose authors compared it with AWS. Requests avoid what
 * dynalite is known to do otherwise than AWS says:
 *
 * | Requests avoid                                 | Because dynalite                                             |
 * | ---------------------------------------------- | ------------------------------------------------------------ |
 * | `=` and `contains` on lists, maps and booleans | compares lists and maps by identity, not by content          |
 * | two paths compared that are both missing       | finds them equal                                             |
 * | empty strings, and false                       | takes them for absent in `size`, `IN` and `attribute_type`   |
 * | `IN` with a path that may be missing           | ends with an uncaught TypeError                              |
 * | two elements of one list in an update          | removes one after the other, so that the second index is off |
 * | SET of a path together with ADD or DELETE      | shares the value and changes it in both places               |
 * | `<` and the like on types without an order     | has no error for it                                          |
 * | equal sort keys in the index                   | orders them by a hash                                        |
 * | comparing the words after `Syntax error;`      | has those of its parser generator                            |
 * | consumed capacity                              | leaves out the writes to local indexes                       |
 * | TransactWriteItems                             | does not have it                                             |
 */
import assert from "node:assert/strict";
import type { AddressInfo } from "node:net";
import type { Server } from "node:http";
import * as sdk from "@aws-sdk/client-dynamodb";
// @ts-expect-error dynalite comes without types
import dynalite from "dynalite";
import fc from "fast-check";
import { worldWithTable } from "./world.ts";
import { user } from "../fake-world.ts";
import { outcomeOf, requests, suiteTable } from "../../../conformance/cases/dynamodb/suite.ts";
import type { Implementation } from "../../../conformance/cases/dynamodb/suite.ts";

type CommandClass = new (input: object) => Parameters<sdk.DynamoDBClient["send"]>[0];

describe("The embedded table and dynalite", () => {
    let server: Server;
    let client: sdk.DynamoDBClient;

    before(async () => {
        server = (dynalite as (options: object) => Server)({ createTableMs: 0, deleteTableMs: 0 });
        await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
        client = new sdk.DynamoDBClient({
            endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
            region: "eu-west-1",
            credentials: { accessKeyId: "none", secretAccessKey: "none" },
            maxAttempts: 1,
        });
    });

    after(async () => {
        client.destroy();
        await new Promise((resolve) => server.close(resolve));
    });

    it("answer random requests, right and wrong, alike", async function () {
        const runs = Number(process.env["FUZZ_RUNS"] ?? 100);
        const seed = process.env["FUZZ_SEED"];
        const theirs: Implementation = {
            name: "dynalite",
            call: (operation, input) => send(client, operation, input),
        };
        await client.send(new sdk.CreateTableCommand(suiteTable as never));
        await sdk.waitUntilTableExists(
            { client, maxWaitTime: 10, minDelay: 1 },
            { TableName: suiteTable.TableName },
        );
        await fc.assert(
            fc.asyncProperty(requests, async (sequence) => {
                const ours = embedded();
                await empty(client);
                for (const request of sequence) {
                    const expected = await outcomeOf(theirs, request);
                    const actual = await outcomeOf(ours, request);
                    assert.deepEqual(actual, expected, JSON.stringify(request));
                }
            }),
            { numRuns: runs, ...(seed !== undefined && { seed: Number(seed) }) },
        );
    });
});

function embedded(): Implementation {
    const world = worldWithTable();
    return {
        name: "embedded",
        call: (operation, input) =>
            Promise.resolve().then(() => world.call("dynamodb", operation, input, user)),
    };
}

async function send(client: sdk.DynamoDBClient, operation: string, input: object): Promise<unknown> {
    const Command = (sdk as unknown as Record<string, CommandClass>)[`${operation}Command`];
    if (!Command) throw new Error(`the SDK has no ${operation}Command`);
    return client.send(new Command(input) as never);
}

/** Deletes every item, for the next sequence starts with an empty table. */
async function empty(client: sdk.DynamoDBClient): Promise<void> {
    const { TableName } = suiteTable;
    const { Items = [] } = await client.send(
        new sdk.ScanCommand({ TableName, ProjectionExpression: "poolName, entry" }),
    );
    for (const Key of Items) await client.send(new sdk.DeleteItemCommand({ TableName, Key }));
}
