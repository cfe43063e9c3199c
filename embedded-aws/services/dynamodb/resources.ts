/** Recorded tables and table items: what the provider asks of AWS for them, and what AWS refuses. */
import { isDeepStrictEqual } from "node:util";
import type { Resource } from "../../recording/resource.ts";
import { AwsError, UnsupportedError } from "../../service.ts";
import type { Engine } from "./engine.ts";
import { invalidParameter, validation } from "./errors.ts";
import { TableStream } from "./stream.ts";
import type { StreamViewType } from "./stream.ts";
import { Table } from "./table.ts";
import type { KeyAttribute, LocalIndex } from "./table.ts";
import { admitItem, equalItems } from "./values.ts";
import type { Item } from "./values.ts";
import { deleteItem } from "./operations/delete-item.ts";
import { putItem } from "./operations/put-item.ts";

export const TABLE_INPUTS = [
    "attributes",
    "billingMode",
    "deletionProtectionEnabled",
    "hashKey",
    "localSecondaryIndexes",
    "name",
    "pointInTimeRecovery",
    "rangeKey",
    "region",
    "serverSideEncryption",
    "streamEnabled",
    "streamViewType",
    "tags",
    "ttl",
] as const;

export const TABLE_ITEM_INPUTS = ["hashKey", "item", "rangeKey", "region", "tableName"] as const;

const VIEW_TYPES = ["KEYS_ONLY", "NEW_IMAGE", "OLD_IMAGE", "NEW_AND_OLD_IMAGES"];

interface TableInputs {
    readonly attributes?: readonly { readonly name: string; readonly type: string }[];
    readonly billingMode?: string;
    readonly hashKey?: string;
    readonly rangeKey?: string;
    readonly localSecondaryIndexes?: readonly {
        readonly name: string;
        readonly rangeKey: string;
        readonly projectionType: string;
        readonly nonKeyAttributes?: readonly string[];
    }[];
    readonly serverSideEncryption?: { readonly enabled?: boolean; readonly kmsKeyArn?: string };
    readonly streamEnabled?: boolean;
    readonly streamViewType?: string;
    readonly ttl?: { readonly attributeName?: string; readonly enabled?: boolean };
}

interface TableOutputs {
    readonly name: string;
    readonly arn: string;
    readonly streamArn?: string;
}

interface TableItemOutputs {
    readonly tableName: string;
    readonly hashKey: string;
    readonly item: string;
}

export function createTable(engine: Engine, resource: Resource): void {
    const { world } = engine;
    const inputs = resource.inputs as TableInputs;
    const { name, arn, streamArn } = resource.outputs as unknown as TableOutputs;
    checkTable(engine, name, resource);
    const attributes = new Attributes(inputs);
    const partitionKey = attributes.key(inputs.hashKey ?? "");
    const sortKey = inputs.rangeKey === undefined ? undefined : attributes.key(inputs.rangeKey);
    const indexes = indexesOf(inputs, attributes);
    attributes.checkUnused();
    const viewType = streamView(inputs);
    const stream =
        viewType && new TableStream(streamArn ?? `${arn}/stream/0`, viewType, world.region, world.clock);
    const options = {
        name,
        arn,
        partitionKey,
        sortKey,
        indexes,
        stream,
        ttlAttribute: inputs.ttl && inputs.ttl.enabled !== false ? inputs.ttl.attributeName : undefined,
        writeUnitsPerSecond: world.model.partitionWriteUnitsPerSecond,
        writeListeners: engine.writeListeners,
        collectionBytes: world.model.itemCollectionBytes,
    };
    const table = new Table(options, world.clock);
    table.kmsKeyArn = inputs.serverSideEncryption?.kmsKeyArn;
    engine.tables.set(name, table);
    world.register(arn, table);
    if (stream) world.register(stream.arn, stream);
}

/** As the provider creates it: refused if the table has an item with this key, whoever made it. */
export function createItem(engine: Engine, resource: Resource): void {
    const { tableName, hashKey } = resource.outputs as unknown as TableItemOutputs;
    putItem(engine, {
        TableName: tableName,
        Item: itemOf(resource) as never,
        ConditionExpression: "attribute_not_exists(#hk)",
        ExpressionAttributeNames: { "#hk": hashKey },
    });
}

/**
 * As the provider updates it: it puts the declared item, unless the stored one equals it. An item with another key is
 * another item.
 */
export function updateItem(engine: Engine, resource: Resource, previous: Resource): void {
    const { tableName } = resource.outputs as unknown as TableItemOutputs;
    const table = engine.table(tableName);
    const item = itemOf(resource);
    table.checkItem(item);
    const isSame =
        tableName === (previous.outputs as unknown as TableItemOutputs).tableName &&
        equalItems(table.keyOf(item), table.keyOf(itemOf(previous)));
    if (!isSame) {
        removeItem(engine, previous);
        createItem(engine, resource);
        return;
    }
    const stored = table.find(item)?.item;
    if (!stored || !equalItems(stored, item)) putItem(engine, { TableName: tableName, Item: item as never });
}

export function removeItem(engine: Engine, resource: Resource): void {
    const { tableName } = resource.outputs as unknown as TableItemOutputs;
    deleteItem(engine, {
        TableName: tableName,
        Key: engine.table(tableName).keyOf(itemOf(resource)) as never,
    });
}

/** What a deployment can change without a new table. */
const CHANGEABLE_INPUTS = new Set([
    "deletionProtectionEnabled",
    "pointInTimeRecovery",
    "serverSideEncryption",
    "tags",
]);

export function updateTable({ tables }: Engine, resource: Resource, previous: Resource): void {
    for (const name of TABLE_INPUTS) {
        if (CHANGEABLE_INPUTS.has(name) || isDeepStrictEqual(resource.inputs[name], previous.inputs[name]))
            continue;
        throw new UnsupportedError(`${resource.urn}: changing ${name} of a table is not supported`);
    }
    const table = tables.get((resource.outputs as unknown as TableOutputs).name);
    if (table) table.kmsKeyArn = (resource.inputs as TableInputs).serverSideEncryption?.kmsKeyArn;
}

export function removeTable({ tables, world }: Engine, resource: Resource): void {
    const { name, arn } = resource.outputs as unknown as TableOutputs;
    if (resource.inputs.deletionProtectionEnabled === true) {
        throw validation(
            "Resource cannot be deleted as it is currently protected against deletion. Disable deletion protection first.",
        );
    }
    const stream = tables.get(name)?.stream;
    tables.get(name)?.close();
    tables.delete(name);
    world.unregister(arn);
    if (stream) world.unregister(stream.arn);
}

/** The attributes that a table declares, each of which must be a key of it or of an index. */
class Attributes {
    private readonly types: ReadonlyMap<string, string>;
    private readonly used = new Set<string>();

    constructor(inputs: TableInputs) {
        this.types = new Map((inputs.attributes ?? []).map(({ name, type }) => [name, type]));
    }

    key(name: string): KeyAttribute {
        const type = this.types.get(name);
        this.used.add(name);
        if (type === "S" || type === "N" || type === "B") return { name, type };
        throw invalidParameter(
            `Some index key attributes are not defined in AttributeDefinitions. Keys: [${name}], ` +
                `AttributeDefinitions: [${[...this.types.keys()].join(", ")}]`,
        );
    }

    /** The provider refuses this, in these words. */
    checkUnused(): void {
        const unused = [...this.types.keys()].filter((name) => !this.used.has(name));
        if (unused.length === 0) return;
        throw validation(
            `all attributes must be indexed. Unused attributes: [${unused.map((name) => `"${name}"`).join(" ")}]`,
        );
    }
}

function checkTable({ tables, world }: Engine, name: string, resource: Resource): void {
    const inputs = resource.inputs as TableInputs;
    if (inputs.billingMode !== "PAY_PER_REQUEST") {
        const mode = inputs.billingMode ?? "PROVISIONED, the default,";
        throw new UnsupportedError(
            `${resource.urn}: billingMode ${mode} is not supported, only PAY_PER_REQUEST`,
        );
    }
    if (!/^[a-zA-Z0-9_.-]{3,255}$/.test(name)) {
        throw validation(
            `Invalid table/index name.  Table/index names must be between 3 and 255 characters long, and may contain only ` +
                `the characters a-z, A-Z, 0-9, '_', '-', and '.': ${name}`,
        );
    }
    if (tables.has(name)) throw new AwsError("ResourceInUseException", `Table already exists: ${name}`);
    const keyArn = inputs.serverSideEncryption?.kmsKeyArn;
    if (keyArn !== undefined && !world.find(keyArn)) {
        throw invalidParameter(`KMS validation error: Key '${keyArn}' does not exist`);
    }
}

function indexesOf(inputs: TableInputs, attributes: Attributes): readonly LocalIndex[] {
    const indexes = inputs.localSecondaryIndexes ?? [];
    if (indexes.length > 0 && inputs.rangeKey === undefined) {
        throw invalidParameter(
            "Table KeySchema does not have a range key, which is required when specifying a LocalSecondaryIndex",
        );
    }
    return indexes.map((index) => ({
        name: index.name,
        sortKey: attributes.key(index.rangeKey),
        included: includedIn(index),
    }));
}

function includedIn(
    index: NonNullable<TableInputs["localSecondaryIndexes"]>[number],
): readonly string[] | undefined {
    switch (index.projectionType) {
        case "ALL":
            return undefined;
        case "KEYS_ONLY":
            return [];
        case "INCLUDE":
            return index.nonKeyAttributes ?? [];
        default:
            throw invalidParameter(`Unknown ProjectionType: ${index.projectionType}`);
    }
}

function streamView({ streamEnabled, streamViewType }: TableInputs): StreamViewType | undefined {
    if (streamEnabled !== true) return undefined;
    if (streamViewType !== undefined && VIEW_TYPES.includes(streamViewType))
        return streamViewType as StreamViewType;
    throw invalidParameter(
        "StreamViewType must be set to one of [NEW_IMAGE, OLD_IMAGE, NEW_AND_OLD_IMAGES, KEYS_ONLY]",
    );
}

function itemOf(resource: Resource): Item {
    const { item } = resource.outputs as unknown as TableItemOutputs;
    let parsed: unknown;
    try {
        parsed = JSON.parse(item);
    } catch (error) {
        throw validation(`${resource.urn}: item is not JSON: ${(error as Error).message}`);
    }
    return admitItem(parsed);
}
