/** Conditions that an item is still what was read: who has changed it meanwhile is not overruled unseen. */
import type { AttributeValue } from "@aws-sdk/client-dynamodb";
import type { Item } from "./items.ts";
import { TABLE } from "./table.ts";

/** The part of a write that says what must still be so. */
export interface Unchanged {
    ConditionExpression: string;
    ExpressionAttributeNames?: Record<string, string>;
    ExpressionAttributeValues?: Record<string, AttributeValue>;
}

/** The condition that an item is still what was read: absent, or the same in these attributes. */
export function sameAs(item: Item | undefined, inWhat: readonly string[]): Unchanged {
    if (!item) return { ConditionExpression: `attribute_not_exists(${TABLE.partitionKey})` };
    const names: Record<string, string> = {};
    const values: Record<string, AttributeValue> = {};
    const parts = inWhat.map((name) => {
        names[`#${name}`] = name;
        const value = item[name];
        if (!value) return `attribute_not_exists(#${name})`;
        values[`:${name}`] = value;
        return `#${name} = :${name}`;
    });
    return {
        ConditionExpression: parts.join(" AND "),
        ExpressionAttributeNames: names,
        ...(Object.keys(values).length > 0 && { ExpressionAttributeValues: values }),
    };
}
