/** An object, in the members that GetObject returns; the body as bytes instead of a stream of them. */
export interface StoredObject {
    readonly Body: Uint8Array;
    readonly ContentLength: number;
    readonly ContentType: string;
    readonly ETag: string;
    readonly LastModified: Date;
    readonly Metadata: Readonly<Record<string, string>>;
}
