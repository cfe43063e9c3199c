/**
 * Reads of the table that do not ask for consistency show items as they were a moment ago (DynamoDB Developer Guide, "DynamoDB
 * read consistency"). The deployed program makes none; who makes one by mistake meets this.
 */
import { DynamoDbService } from "../../embedded-aws/index.ts";
import type { TableWrite } from "../../embedded-aws/index.ts";
import { TABLE } from "../../slots/table.ts";
import type { FaultsContext } from "./calls.ts";

type Item = NonNullable<TableWrite["after"]>;

/** They show a write "usually within one second or less", on a good day too. */
const LAG_MILLIS = 1000;

export function injectTableLag({ world, callers, journal }: FaultsContext): void {
    const writes = new Map<string, { readonly time: number; readonly before: Item | undefined }[]>();
    world.service(DynamoDbService).onWrite(({ before, after }) => {
        const key = keyIn((after ?? before) as Item);
        const known = (writes.get(key) ?? []).filter(({ time }) => time > world.clock.now() - LAG_MILLIS);
        writes.set(key, [...known, { time: world.clock.now(), before }]);
    });
    const aged = (item: Item): Item | undefined => {
        const since = world.clock.now() - LAG_MILLIS;
        const first = writes.get(keyIn(item))?.find(({ time }) => time > since);
        return first ? first.before : item;
    };
    world.intercept((call, next) => {
        const answer = next();
        const isRead = call.operation === "GetItem" || call.operation === "Query";
        if (!isRead || callers.of(call) === undefined) return answer;
        if ((call.input as { ConsistentRead?: boolean }).ConsistentRead === true) return answer;
        journal.count(`fault stale ${call.operation}`);
        if (call.operation === "Query") {
            const { Items } = answer as { Items: readonly Item[] };
            return { ...(answer as object), Items: Items.map(aged).filter((item) => item !== undefined) };
        }
        const { Key } = call.input as { Key: Item };
        const { Item: present, ...rest } = answer as { Item?: Item };
        const Item = aged(present ?? Key);
        return Item === Key || !Item ? rest : { ...rest, Item };
    }, "dynamodb");
}

function keyIn(item: Item): string {
    return JSON.stringify([item[TABLE.partitionKey], item[TABLE.sortKey]]);
}
