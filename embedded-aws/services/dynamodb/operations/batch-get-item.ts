/** BatchGetItem: up to a hundred items by their keys, each read by itself. */
import type { BatchGetItemInput, BatchGetItemOutput, KeysAndAttributes } from "@aws-sdk/client-dynamodb";
import { checkDistinct, requestsOf } from "../batches.ts";
import { readUnits, UnitsByTable } from "../capacity.ts";
import type { Engine } from "../engine.ts";
import { validation } from "../errors.ts";
import { bind } from "../expressions.ts";
import type { Path } from "../paths.ts";
import { project } from "../projection.ts";
import { checkMembers, CHOICES } from "../requests.ts";
import type { Members } from "../requests.ts";
import { admitItem } from "../values.ts";
import type { Item } from "../values.ts";

const MAX_KEYS = 100;
/** "BatchGetItem" in the quotas. */
const MAX_RESPONSE_BYTES = 16 * 1024 * 1024;

const MEMBERS: Members = { RequestItems: "required", ReturnConsumedCapacity: CHOICES.consumedCapacity };
const KEYS_MEMBERS: Members = {
    Keys: "required",
    ConsistentRead: "any",
    ProjectionExpression: "any",
    ExpressionAttributeNames: "any",
};

export function batchGetItem(engine: Engine, input: BatchGetItemInput): BatchGetItemOutput {
    checkMembers("BatchGetItem", input, MEMBERS);
    const requested = requestsOf(input.RequestItems, "BatchGetItem");
    const prepared = requested.map(([name, request]) => prepare(name, request));
    if (prepared.reduce((sum, { keys }) => sum + keys.length, 0) > MAX_KEYS) {
        throw validation("Too many items requested for the BatchGetItem call");
    }

    const answer: Answer = { responses: {}, unprocessed: {}, units: new UnitsByTable(), bytes: 0 };
    for (const read of prepared) carryOut(engine, read, answer);
    return {
        Responses: answer.responses,
        UnprocessedKeys: answer.unprocessed,
        ...answer.units.report(input.ReturnConsumedCapacity),
    } as BatchGetItemOutput;
}

/** The reads of one table. */
interface PreparedRead {
    readonly name: string;
    readonly request: KeysAndAttributes;
    readonly keys: readonly Item[];
    readonly projection: readonly Path[] | undefined;
}

function prepare(name: string, request: KeysAndAttributes): PreparedRead {
    checkMembers("BatchGetItem", request, KEYS_MEMBERS);
    const { projection } = bind(request, ["ProjectionExpression"]);
    const keys = (request.Keys ?? []).map((key) => admitItem(key));
    if (keys.length > 0 && keys.length <= MAX_KEYS) return { name, request, keys, projection };
    const rule = keys.length === 0 ? "greater than or equal to 1" : `less than or equal to ${MAX_KEYS}`;
    throw validation(
        `1 validation error detected: Value at 'RequestItems.${name}.member.Keys' failed to satisfy constraint: ` +
            `Member must have length ${rule}`,
    );
}

/** What the batch has read so far. */
interface Answer {
    readonly responses: Record<string, Item[]>;
    readonly unprocessed: Record<string, KeysAndAttributes>;
    readonly units: UnitsByTable;
    bytes: number;
}

/** Reads the items of one table into the answer. Those that no longer fit the response stay unprocessed. */
function carryOut(engine: Engine, read: PreparedRead, answer: Answer): void {
    const { name, request, keys, projection } = read;
    const table = engine.table(name);
    keys.forEach((key) => table.checkKey(key));
    checkDistinct(keys.map((key) => ({ table, key })));
    const units = answer.units.of(table.name);
    const items: Item[] = (answer.responses[name] = []);
    for (const key of keys) {
        const row = table.find(key);
        const size = row?.size ?? 0;
        if (answer.bytes + size > MAX_RESPONSE_BYTES) {
            const unprocessed = (answer.unprocessed[name] ??= { ...request, Keys: [] });
            unprocessed.Keys?.push(key as never);
            continue;
        }
        answer.bytes += size;
        units.table += readUnits(size, request.ConsistentRead === true);
        if (row) items.push(projection ? project(row.item, projection) : row.item);
    }
    engine.countRead(table, units);
}
