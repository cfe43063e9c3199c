/**
 * Maps with many entries. To change one entry, a plain object is copied whole, and a large map only in part. A large map
 * becomes a plain object, once, when somebody outside reads it. Entries have no particular order, as in DynamoDB.
 */
import { countOf, get, put } from "./values.ts";
import type { AttributeValue, Item } from "./values.ts";

const BUCKET_COUNT = 64;
/** Plain objects with more entries than this are slower to copy than to spread over buckets. */
const MIN_ENTRIES = 24;

/** Names and values, alternating. */
type Bucket = readonly (string | AttributeValue)[];

const NO_ENTRIES: Bucket = [];

class LargeMap {
    readonly count: number;
    private readonly buckets: readonly Bucket[];

    constructor(buckets: readonly Bucket[], count: number) {
        this.buckets = buckets;
        this.count = count;
    }

    get(name: string): AttributeValue | undefined {
        const bucket = this.buckets[bucketOf(name)] ?? NO_ENTRIES;
        const index = indexIn(bucket, name);
        return index < 0 ? undefined : (bucket[index + 1] as AttributeValue);
    }

    with(name: string, value: AttributeValue): LargeMap {
        const at = bucketOf(name);
        const bucket = this.buckets[at] ?? NO_ENTRIES;
        const index = indexIn(bucket, name);
        if (index < 0) return new LargeMap(this.buckets.with(at, [...bucket, name, value]), this.count + 1);
        return new LargeMap(this.buckets.with(at, bucket.with(index + 1, value)), this.count);
    }

    without(name: string): LargeMap {
        const at = bucketOf(name);
        const bucket = this.buckets[at] ?? NO_ENTRIES;
        const index = indexIn(bucket, name);
        if (index < 0) return this;
        return new LargeMap(this.buckets.with(at, bucket.toSpliced(index, 2)), this.count - 1);
    }

    toObject(): Item {
        const object: Record<string, AttributeValue> = {};
        for (const bucket of this.buckets) {
            for (let i = 0; i < bucket.length; i += 2)
                put(object, bucket[i] as string, bucket[i + 1] as AttributeValue);
        }
        return object;
    }
}

/** The hidden member for the large map of a value that seems to have a plain one. */
const LARGE_MAP = Symbol("large map");

interface LargeValue extends AttributeValue {
    readonly [LARGE_MAP]?: LargeMap;
}

/** The entry of a value that is a map; undefined if the value is no map, or has no such entry. */
export function entryOf(value: AttributeValue, name: string): AttributeValue | undefined {
    const large = (value as LargeValue)[LARGE_MAP];
    if (large) return large.get(name);
    return value.M && get(value.M, name);
}

/** The number of entries of a value that is a map. */
export function entryCount(value: AttributeValue): number {
    return (value as LargeValue)[LARGE_MAP]?.count ?? countOf(value.M ?? {});
}

/** A copy of the map with one entry set, or removed if `entry` is undefined. */
export function withEntry(
    map: AttributeValue,
    name: string,
    entry: AttributeValue | undefined,
): AttributeValue {
    const large = (map as LargeValue)[LARGE_MAP] ?? largeOf(map.M as Item);
    if (large) return valueOf(entry ? large.with(name, entry) : large.without(name));
    return { M: withAttribute(map.M as Item, name, entry) };
}

/** The same for an item. */
export function withAttribute(item: Item, name: string, value: AttributeValue | undefined): Item {
    const copy: Record<string, AttributeValue> = {};
    for (const other in item) if (other !== name) put(copy, other, item[other] as AttributeValue);
    if (value) put(copy, name, value);
    return copy;
}

function largeOf(map: Item): LargeMap | undefined {
    const names = Object.keys(map);
    if (names.length < MIN_ENTRIES) return undefined;
    const buckets = Array.from({ length: BUCKET_COUNT }, (): (string | AttributeValue)[] => []);
    for (const name of names) buckets[bucketOf(name)]?.push(name, map[name] as AttributeValue);
    return new LargeMap(buckets, names.length);
}

function valueOf(map: LargeMap): AttributeValue {
    let object: Item | undefined;
    const value: AttributeValue = {
        get M() {
            return (object ??= map.toObject());
        },
    };
    return Object.defineProperty(value, LARGE_MAP, { value: map });
}

function indexIn(bucket: Bucket, name: string): number {
    for (let i = 0; i < bucket.length; i += 2) if (bucket[i] === name) return i;
    return -1;
}

function bucketOf(name: string): number {
    let hash = 0;
    for (let i = 0; i < name.length; i++) hash = (Math.imul(hash, 31) + name.charCodeAt(i)) | 0;
    return (hash ^ (hash >>> 12)) & (BUCKET_COUNT - 1);
}
