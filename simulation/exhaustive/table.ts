/** The embedded DynamoDB, for one write or one query at a time: the items come with the request, and are handed back. */
import { AwsError, createServices, EmbeddedWorld } from "../../embedded-aws/index.ts";
import type { Caller } from "../../embedded-aws/index.ts";
import type { Item } from "../../slots/items.ts";
import { keyOf, TABLE } from "../../slots/table.ts";
import { ACCOUNT, POOL, REGION, TABLE_NAME } from "./names.ts";

const CALLER: Caller = { principal: "user" };

export interface Written {
    readonly after: Item;
    readonly output: object;
    /** The error's name, if the write was refused. */
    readonly error?: string;
}

export class Table {
    private readonly world: EmbeddedWorld;

    private constructor(world: EmbeddedWorld) {
        this.world = world;
    }

    static async open(): Promise<Table> {
        const type = "aws:dynamodb/table:Table";
        const inputs = {
            name: TABLE_NAME,
            hashKey: TABLE.partitionKey,
            rangeKey: TABLE.sortKey,
            billingMode: "PAY_PER_REQUEST",
            attributes: [TABLE.partitionKey, TABLE.sortKey, TABLE.lineKey].map((name) => ({
                name,
                type: "S",
            })),
            localSecondaryIndexes: [
                { name: TABLE.lineIndex, rangeKey: TABLE.lineKey, projectionType: "ALL" },
            ],
        };
        const arn = `arn:aws:dynamodb:${REGION}:${ACCOUNT}:table/${TABLE_NAME}`;
        const table = {
            ...{ type, name: TABLE_NAME, urn: `urn:pulumi:small::world::${type}::${TABLE_NAME}`, inputs },
            outputs: { ...inputs, id: TABLE_NAME, arn },
        };
        const world = await EmbeddedWorld.open({
            programs: [
                {
                    ...{ project: "small", stack: "world", account: ACCOUNT, region: REGION },
                    ...{ partition: "aws", resources: [table], outputs: {} },
                },
            ],
            services: createServices().filter(({ name }) => name === "dynamodb" || name === "kms"),
            authorization: "off",
            modelOverrides: { partitionWriteUnitsPerSecond: 1e12 },
        });
        return new Table(world);
    }

    /** Makes an UpdateItem on the item. */
    update(before: Item, input: object): Written {
        this.call("PutItem", { Item: before });
        const after = (): Item => {
            const Key = keyOf(POOL, before[TABLE.sortKey]?.S ?? "");
            return (this.call("GetItem", { Key }) as { Item: Item }).Item;
        };
        try {
            const output = this.call("UpdateItem", input) as object;
            return { after: after(), output };
        } catch (error) {
            if (!(error instanceof AwsError)) throw error;
            return { after: before, output: {}, error: error.name };
        }
    }

    /** Whether a Query shows the item. */
    shows(item: Item, input: object): boolean {
        this.call("PutItem", { Item: item });
        const { Items = [] } = this.call("Query", input) as { Items?: Item[] };
        this.call("DeleteItem", { Key: keyOf(POOL, item[TABLE.sortKey]?.S ?? "") });
        return Items.length > 0;
    }

    private call(operation: string, input: object): unknown {
        return this.world.call("dynamodb", operation, { TableName: TABLE_NAME, ...input }, CALLER);
    }
}
