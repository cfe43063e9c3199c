/** Scan: all items of a table, partition by partition. */
import type { ScanInput, ScanOutput } from "@aws-sdk/client-dynamodb";
import { UnsupportedError } from "../../../service.ts";
import type { Engine } from "../engine.ts";
import { bind } from "../expressions.ts";
import { admitStartKey, checkFilter, checkLimit, checkSelect, checkStartKey } from "../pages.ts";
import { PAGE_MEMBERS, readPage } from "../pages.ts";
import { checkMembers } from "../requests.ts";
import type { Row, Table } from "../table.ts";
import { keyOrder } from "../values.ts";
import type { AttributeValue, Item } from "../values.ts";

export function scan(engine: Engine, input: ScanInput): ScanOutput {
    checkMembers("Scan", input, PAGE_MEMBERS);
    if (input.IndexName !== undefined)
        throw new UnsupportedError("dynamodb Scan: IndexName is not supported");
    checkLimit(input.Limit);
    const start = admitStartKey(input.ExclusiveStartKey);
    const expressions = bind(input, ["ProjectionExpression", "FilterExpression"]);
    const table = engine.table(input.TableName as string);
    checkStartKey(table, start);
    checkSelect(input, undefined);
    checkFilter(table, expressions, []);

    const rows = allRows(table, start);
    return readPage(engine, { table, index: undefined, rows }, input, expressions);
}

/** The rows of all partitions, from behind the start key. */
function* allRows(table: Table, start: Item | undefined): Generator<Row> {
    const { partitionKey, sortKey } = table.options;
    const from = start && keyOrder(start[partitionKey.name] as AttributeValue);
    const after = start && (sortKey ? keyOrder(start[sortKey.name] as AttributeValue) : "");
    for (const { order, sorted } of table.allPartitions()) {
        if (from !== undefined && order < from) continue;
        yield* sorted.ascend((row) => order === from && after !== undefined && row.order <= after);
    }
}
