/**
 * A table: its items by partition and in the order of their sort keys, its local indexes, and what every write causes (the
 * stream's record, the expiry of the item). It checks keys and commits changes; the operations decide what to write. Reads
 * are always consistent.
 */
import type { ItemCollectionMetrics } from "@aws-sdk/client-dynamodb";
import type { Clock } from "../../clock.ts";
import type { AwsError } from "../../service.ts";
import type { Bindings } from "./bindings.ts";
import { indexWriteUnits, throttled, Units, WriteBucket, writeUnits } from "./capacity.ts";
import { invalidParameter, validation } from "./errors.ts";
import { Expiry } from "./expiry.ts";
import { collectionMetrics, sizeExceeded } from "./item-collection.ts";
import type { Path } from "./paths.ts";
import { SortedList } from "./sorted-list.ts";
import type { TableStream } from "./stream.ts";
import { equalItems, get, itemSize, keyOrder, put, typeOf } from "./values.ts";
import type { AttributeValue, Item } from "./values.ts";

/** "Sort key length" in the service's quotas; the sort key of an index has the same. */
const MAX_SORT_KEY_BYTES = 1024;

export interface KeyAttribute {
    readonly name: string;
    readonly type: "S" | "N" | "B";
}

/** A local secondary index: the table's partition key with another sort key. */
export interface LocalIndex {
    readonly name: string;
    readonly sortKey: KeyAttribute;
    /** The attributes in it besides the keys; undefined for all. */
    readonly included: readonly string[] | undefined;
}

/** A write that changed an item; `after` is undefined where it deleted the item. */
export interface TableWrite {
    readonly tableName: string;
    readonly before: Item | undefined;
    readonly after: Item | undefined;
    /** Whether the item was deleted because it had expired. */
    readonly isExpiry: boolean;
}

/** Is called within the write: it may note something, but must not call services. */
export type WriteListener = (write: TableWrite) => void;

export interface TableOptions {
    readonly name: string;
    readonly arn: string;
    readonly partitionKey: KeyAttribute;
    readonly sortKey: KeyAttribute | undefined;
    readonly indexes: readonly LocalIndex[];
    readonly stream: TableStream | undefined;
    /** The attribute with the second since 1970 after which an item is deleted. */
    readonly ttlAttribute: string | undefined;
    readonly writeUnitsPerSecond: number;
    /** Learn of every write that changes an item. */
    readonly writeListeners: readonly WriteListener[];
    /** The most that the items of one partition key may take, indexes included, in a table with a local index. */
    readonly collectionBytes: number;
}

/** A stored item. */
export interface Row {
    item: Item;
    size: number;
    /** The sort key as sortable text; empty in a table without one. */
    readonly order: string;
    /** The sort key in each index, as sortable text; undefined if the item is not in the index. */
    indexOrders: readonly (string | undefined)[];
}

export interface Partition {
    readonly order: string;
    readonly rows: Map<string, Row>;
    readonly sorted: SortedList<Row>;
    readonly indexes: readonly SortedList<Row>[];
    readonly bucket: WriteBucket;
    /** Of its items, in the table and in the indexes. */
    bytes: number;
}

/** Where an item is or will be stored, and what is there now. */
export interface Target {
    readonly partition: Partition;
    readonly order: string;
    readonly row: Row | undefined;
}

export class Table {
    readonly name: string;
    readonly arn: string;
    readonly keys: readonly KeyAttribute[];
    readonly indexes: readonly LocalIndex[];
    readonly stream: TableStream | undefined;
    readonly createdAt: number;
    /** For each index, the attributes in it; undefined for all. */
    readonly projections: readonly (readonly string[] | undefined)[];
    readonly options: TableOptions;
    /** The account's key that encrypts the table; undefined: one of AWS's own. */
    kmsKeyArn: string | undefined;
    itemCount = 0;
    itemBytes = 0;
    private readonly clock: Clock;
    private readonly partitions = new Map<string, Partition>();
    private readonly expiry: Expiry | undefined;

    constructor(options: TableOptions, clock: Clock) {
        this.options = options;
        this.name = options.name;
        this.arn = options.arn;
        this.keys = options.sortKey ? [options.partitionKey, options.sortKey] : [options.partitionKey];
        this.indexes = options.indexes;
        this.stream = options.stream;
        this.clock = clock;
        this.createdAt = clock.now();
        const keyNames = this.keys.map(({ name }) => name);
        this.projections = options.indexes.map(
            ({ included, sortKey }) => included && [...new Set([...keyNames, sortKey.name, ...included])],
        );
        const { ttlAttribute } = options;
        if (ttlAttribute !== undefined) {
            this.expiry = new Expiry(ttlAttribute, clock, {
                items: () => this.items(),
                delete: (item) => this.commit(this.locate(item), undefined, 0, true),
            });
        }
    }

    /** Where to write an item. Its key must have been checked. */
    locate(item: Item): Target {
        const { partitionKey, sortKey } = this.options;
        const partitionOrder = keyOrder(item[partitionKey.name] as AttributeValue);
        const order = sortKey ? keyOrder(item[sortKey.name] as AttributeValue) : "";
        const partition = this.partitions.get(partitionOrder) ?? this.addPartition(partitionOrder);
        return { partition, order, row: partition.rows.get(order) };
    }

    /** The item with this key; undefined if there is none. The key must have been checked. */
    find(key: Item): Row | undefined {
        const { partitionKey, sortKey } = this.options;
        const partition = this.partitions.get(keyOrder(key[partitionKey.name] as AttributeValue));
        return partition?.rows.get(sortKey ? keyOrder(key[sortKey.name] as AttributeValue) : "");
    }

    /** The partition with this key as sortable text; undefined if nothing was ever written there. */
    partition(order: string): Partition | undefined {
        return this.partitions.get(order);
    }

    /** All partitions, in an order that stays the same from page to page. */
    allPartitions(): readonly Partition[] {
        return [...this.partitions.values()].sort((a, b) => (a.order < b.order ? -1 : 1));
    }

    *items(): Generator<Item> {
        for (const { rows } of this.partitions.values()) for (const { item } of rows.values()) yield item;
    }

    /** Throws if the partition key has taken too many write units of late. */
    admitWrite({ bucket }: Partition): void {
        if (!bucket.mayWrite(this.clock.now())) throw throttled(this.arn);
    }

    /**
     * Throws if the write would make an item collection larger that is beyond its limit then. A transaction is looked at action
     * by action.
     */
    admitSize(target: Target, after: Item | undefined, size: number): void {
        if (this.indexes.length === 0) return;
        const growth = this.growth(target, after, size, this.indexOrdersOf(after));
        if (growth > 0 && target.partition.bytes + growth > this.options.collectionBytes)
            throw sizeExceeded();
    }

    /** What ReturnItemCollectionMetrics asks for; undefined in a table without local indexes. */
    collectionMetrics(key: Item): ItemCollectionMetrics | undefined {
        const { name } = this.options.partitionKey;
        const value = key[name] as AttributeValue;
        const bytes = this.partitions.get(keyOrder(value))?.bytes ?? 0;
        if (this.indexes.length === 0) return undefined;
        return collectionMetrics({ name, value }, bytes, this.options.collectionBytes);
    }

    /** Pays for a write that leaves the item as it is, refused or not. Returns its units. */
    refusedUnits({ partition, row }: Target, factor = 1): Units {
        const units = new Units();
        units.table = writeUnits(row?.size ?? 0, 0);
        partition.bucket.pay(units.total * factor);
        return units;
    }

    /**
     * Stores `after` at the target; undefined deletes what is there. If nothing changes, `after` must be the very item that is
     * there. `size` is the size of `after`; `factor` is 2 in a transaction. Returns the units, and pays for them.
     */
    commit(target: Target, after: Item | undefined, size: number, isExpiry = false, factor = 1): Units {
        const { partition, row } = target;
        const before = row?.item;
        const isChanged = before !== after;
        const indexOrders = this.indexOrdersOf(after);
        const units = this.unitsOf(row, after, size, indexOrders, isChanged);
        if (!isExpiry) partition.bucket.pay(units.total * factor);
        if (!isChanged) return units;
        this.store(target, after, size, indexOrders);
        if (after) this.expiry?.note(after);
        if (this.stream) {
            const keys = this.keyOf((after ?? before) as Item);
            this.stream.append({ keys, before, after, isExpiry });
        }
        for (const listener of this.options.writeListeners)
            listener({ tableName: this.name, before, after, isExpiry });
        return units;
    }

    /** The table is deleted: it makes no more events. */
    close(): void {
        this.expiry?.stop();
    }

    /** A text for each key of each table, the same only for equal keys. */
    identityOf(key: Item): string {
        const orders = this.keys.map(({ name }) => keyOrder(key[name] as AttributeValue));
        return JSON.stringify([this.name, ...orders]);
    }

    keyOf(item: Item): Item {
        const key: Record<string, AttributeValue> = {};
        for (const { name } of this.keys) put(key, name, item[name] as AttributeValue);
        return key;
    }

    /** Throws unless these are the key attributes and no others, of the right types and sizes. */
    checkKey(key: Item): void {
        const mismatch = "The provided key element does not match the schema";
        if (Object.keys(key).length !== this.keys.length) throw validation(mismatch);
        for (const attribute of this.keys) {
            const value = get(key, attribute.name);
            if (value?.[attribute.type] === undefined) throw validation(mismatch);
            checkKeyValue(attribute, value, attribute === this.options.partitionKey, "were invalid:");
        }
    }

    /** Throws unless the item has the key attributes, and the right types for those of the indexes. */
    checkItem(item: Item): void {
        for (const attribute of this.keys) {
            const { name, type } = attribute;
            const value = get(item, name);
            if (!value) throw invalidParameter(`Missing the key ${name} in the item`);
            if (value[type] === undefined) {
                throw invalidParameter(
                    `Type mismatch for key ${name} expected: ${type} actual: ${typeOf(value)}`,
                );
            }
            checkKeyValue(attribute, value, attribute === this.options.partitionKey, "are not valid.");
        }
        this.checkIndexKeys(item);
    }

    /** Throws if an index's key has another type, or is empty. `isUpdated`: with the words for an update. */
    checkIndexKeys(item: Item, isUpdated = false): void {
        for (const { name: indexName, sortKey } of this.indexes) {
            const value = get(item, sortKey.name);
            if (!value) continue;
            if (value[sortKey.type] === undefined) {
                if (!isUpdated) throw this.indexTypeMismatch(indexName, sortKey, typeOf(value));
                throw validation(
                    "The update expression attempted to update the secondary index key to unsupported type",
                );
            }
            if (indexKeySize(value) > MAX_SORT_KEY_BYTES) throw invalidParameter("Size limit exceeded");
            if (value.S !== "" && value.B?.length !== 0) continue;
            const kind = value.S === "" ? "string" : "binary";
            const empty = `The AttributeValue for a key attribute cannot contain an empty ${kind} value.`;
            throw validation(
                "One or more parameter values are not valid. " +
                    (isUpdated
                        ? `The update expression attempted to update a secondary index key to a value that is not supported. ${empty}`
                        : `A value specified for a secondary index key is not supported. ${empty} IndexName: ${indexName}, IndexKey: ${sortKey.name}`),
            );
        }
    }

    indexTypeMismatch(indexName: string, key: KeyAttribute, actual: string): AwsError {
        return invalidParameter(
            `Type mismatch for Index Key ${key.name} Expected: ${key.type} Actual: ${actual} IndexName: ${indexName}`,
        );
    }

    /** Throws if a path leads into a key attribute. */
    checkKeyPaths(paths: readonly Path[], bindings: Bindings): void {
        for (const path of paths) {
            if (path.length === 1) continue;
            const head = bindings.headOf(path);
            const what = this.keys.some(({ name }) => name === head)
                ? "Key"
                : this.indexes.some(({ sortKey }) => sortKey.name === head) && "IndexKey";
            if (!what) continue;
            throw validation(
                "Key attributes must be scalars; list random access '[]' and map lookup '.' are not allowed: " +
                    `${what}: ${head}`,
            );
        }
    }

    private addPartition(order: string): Partition {
        const partition: Partition = {
            order,
            rows: new Map(),
            sorted: new SortedList<Row>((a, b) => (a.order < b.order ? -1 : a.order > b.order ? 1 : 0)),
            indexes: this.indexes.map((_, i) => new SortedList<Row>((a, b) => compareIn(i, a, b))),
            bucket: new WriteBucket(this.options.writeUnitsPerSecond, this.clock.now()),
            bytes: 0,
        };
        this.partitions.set(order, partition);
        return partition;
    }

    private indexOrdersOf(item: Item | undefined): readonly (string | undefined)[] {
        return this.indexes.map(({ sortKey }) => {
            const value = item && get(item, sortKey.name);
            return value && keyOrder(value);
        });
    }

    private unitsOf(
        row: Row | undefined,
        after: Item | undefined,
        size: number,
        indexOrders: Row["indexOrders"],
        isChanged: boolean,
    ): Units {
        const units = new Units();
        units.table = writeUnits(row?.size ?? 0, size);
        for (const [i, index] of this.indexes.entries()) {
            const was = row?.indexOrders[i];
            const is = indexOrders[i];
            const before = was === undefined ? undefined : this.entryIn(i, row?.item as Item, row?.size ?? 0);
            const now = is === undefined ? undefined : this.entryIn(i, after as Item, size);
            const isSame = this.projections[i] && before && now && equalItems(before.item, now.item);
            const isDifferent = isChanged && isSame !== true;
            const cost = indexWriteUnits(before?.size ?? 0, now?.size ?? 0, was === is, isDifferent);
            if (cost > 0) units.addIndex(index.name, cost);
        }
        return units;
    }

    /** How many bytes a write adds to the item collection. */
    private growth(
        { row }: Target,
        after: Item | undefined,
        size: number,
        indexOrders: Row["indexOrders"],
    ): number {
        let growth = size - (row?.size ?? 0);
        for (const i of this.indexes.keys()) {
            if (row?.indexOrders[i] !== undefined) growth -= this.entryIn(i, row.item, row.size).size;
            if (indexOrders[i] !== undefined) growth += this.entryIn(i, after as Item, size).size;
        }
        return growth;
    }

    /** What an index has of an item with this size. */
    private entryIn(index: number, item: Item, size: number): { readonly item: Item; readonly size: number } {
        const projection = this.projections[index];
        if (!projection) return { item, size };
        const projected = pick(item, projection);
        return { item: projected, size: itemSize(projected) };
    }

    private store(
        target: Target,
        after: Item | undefined,
        size: number,
        indexOrders: Row["indexOrders"],
    ): void {
        const { partition, row } = target;
        const before = row?.indexOrders ?? [];
        partition.indexes.forEach((index, i) => {
            if (row && before[i] !== undefined && before[i] !== indexOrders[i]) index.delete(row);
        });
        this.itemBytes += size - (row?.size ?? 0);
        partition.bytes += this.growth(target, after, size, indexOrders);
        if (!after) {
            this.removeRow(target);
            return;
        }
        const stored = row ?? this.addRow(target, { item: after, size, order: target.order, indexOrders });
        stored.item = after;
        stored.size = size;
        stored.indexOrders = indexOrders;
        partition.indexes.forEach((index, i) => {
            if (indexOrders[i] !== undefined && before[i] !== indexOrders[i]) index.insert(stored);
        });
    }

    private addRow({ partition, order }: Target, row: Row): Row {
        partition.rows.set(order, row);
        partition.sorted.insert(row);
        this.itemCount++;
        return row;
    }

    private removeRow({ partition, order, row }: Target): void {
        if (!row) return;
        partition.rows.delete(order);
        partition.sorted.delete(row);
        this.itemCount--;
    }
}

/** Some attributes of an item. */
export function pick(item: Item, names: readonly string[]): Item {
    const picked: Record<string, AttributeValue> = {};
    for (const name of names) {
        const value = get(item, name);
        if (value) put(picked, name, value);
    }
    return picked;
}

function compareIn(index: number, a: Row, b: Row): number {
    const x = a.indexOrders[index] as string;
    const y = b.indexOrders[index] as string;
    if (x !== y) return x < y ? -1 : 1;
    return a.order < b.order ? -1 : a.order > b.order ? 1 : 0;
}

function indexKeySize(value: AttributeValue): number {
    return value.S === undefined ? (value.B?.length ?? 0) : Buffer.byteLength(value.S);
}

/** "Partition keys and sort keys" in the quotas: 2048 and 1024 bytes, and never empty. */
function checkKeyValue(
    attribute: KeyAttribute,
    value: AttributeValue,
    isPartitionKey: boolean,
    are: string,
): void {
    if (value.N !== undefined) return;
    const bytes = value.S === undefined ? (value.B as Uint8Array).length : Buffer.byteLength(value.S);
    if (bytes === 0) {
        throw validation(
            `One or more parameter values ${are} The AttributeValue for a key attribute cannot contain an empty ` +
                `${value.S === undefined ? "binary" : "string"} value. Key: ${attribute.name}`,
        );
    }
    if (isPartitionKey && bytes > 2048) {
        throw invalidParameter("Size of hashkey has exceeded the maximum size limit of2048 bytes");
    }
    if (!isPartitionKey && bytes > MAX_SORT_KEY_BYTES) {
        throw invalidParameter("Aggregated size of all range keys has exceeded the size limit of 1024 bytes");
    }
}
