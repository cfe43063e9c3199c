/** ListObjectsV2 (S3 API Reference): pages of keys, with those that share a prefix up to a delimiter as one. */
import type { StoredObject } from "./object.ts";

export interface ListInput {
    readonly Bucket: string;
    readonly Prefix?: string;
    readonly Delimiter?: string;
    readonly MaxKeys?: number;
    readonly ContinuationToken?: string;
    readonly StartAfter?: string;
    readonly EncodingType?: string;
    readonly FetchOwner?: boolean;
}

/** The members of the answer; the rest is only shown. */
export interface Listed {
    readonly NextContinuationToken?: string | undefined;
    readonly [member: string]: unknown;
}

export const LIST_MEMBERS = [
    "Bucket",
    "Prefix",
    "Delimiter",
    "MaxKeys",
    "ContinuationToken",
    "StartAfter",
    "EncodingType",
    "FetchOwner",
];

/** How many keys and common prefixes a page can have. */
const MAX_PAGE = 1000;

export function list(objects: ReadonlyMap<string, StoredObject>, input: ListInput): Listed {
    const { Bucket: Name, Prefix = "", Delimiter = "", EncodingType } = input;
    const MaxKeys = Math.min(input.MaxKeys ?? MAX_PAGE, MAX_PAGE);
    const after = input.ContinuationToken ?? input.StartAfter ?? "";
    const keys = [...objects.keys()].filter((key) => key.startsWith(Prefix)).sort();
    const entries = [...new Set(keys.map((key) => upTo(key, Prefix, Delimiter)))].filter(
        (entry) => entry > after,
    );
    const page = entries.slice(0, MaxKeys);
    const written = EncodingType === "url" ? encoded : (text: string): string => text;
    const isTruncated = page.length < entries.length;
    return {
        Name,
        Prefix: written(Prefix),
        ...(Delimiter !== "" && { Delimiter: written(Delimiter) }),
        MaxKeys,
        ...(EncodingType !== undefined && { EncodingType }),
        KeyCount: page.length,
        IsTruncated: isTruncated,
        ...(isTruncated && { NextContinuationToken: page.at(-1) }),
        Contents: page.flatMap((key) => {
            const object = objects.get(key);
            if (!object || isCommon(key, Prefix, Delimiter)) return [];
            const { ContentLength: Size, ETag, LastModified } = object;
            return [{ Key: written(key), Size, ETag, LastModified, StorageClass: "STANDARD" }];
        }),
        CommonPrefixes: page
            .filter((key) => isCommon(key, Prefix, Delimiter))
            .map((key) => ({ Prefix: written(key) })),
    };
}

/** The key, or what it has in common with others up to the first delimiter after the prefix. */
function upTo(key: string, prefix: string, delimiter: string): string {
    const at = delimiter === "" ? -1 : key.indexOf(delimiter, prefix.length);
    return at < 0 ? key : key.slice(0, at + delimiter.length);
}

function isCommon(entry: string, prefix: string, delimiter: string): boolean {
    return delimiter !== "" && entry.indexOf(delimiter, prefix.length) >= 0;
}

function encoded(text: string): string {
    return encodeURIComponent(text).replaceAll("%2F", "/");
}
