/** A request and its answer, as the protocols see them. */
import type { IncomingMessage } from "node:http";
import { AwsError } from "../service.ts";

export interface Request {
    readonly method: string;
    /** As sent: what is escaped in it still is. */
    readonly path: string;
    readonly query: URLSearchParams;
    /** By their names in small letters. */
    readonly headers: Readonly<Record<string, string>>;
    readonly body: Buffer;
}

export interface Answer {
    readonly status: number;
    readonly headers: Readonly<Record<string, string>>;
    readonly body: string | Uint8Array;
}

export async function requestOf(message: IncomingMessage): Promise<Request> {
    const { pathname, searchParams } = new URL(message.url ?? "/", "http://127.0.0.1");
    const headers: Record<string, string> = {};
    for (const [name, value] of Object.entries(message.headers)) headers[name] = String(value);
    const chunks: Buffer[] = [];
    for await (const chunk of message) chunks.push(chunk as Buffer);
    const sent = Buffer.concat(chunks);
    const body = headers["content-encoding"]?.includes("aws-chunked") ? withoutChunks(sent) : sent;
    return { method: message.method ?? "GET", path: pathname, query: searchParams, headers, body };
}

/** What the header `X-Amz-Target` of AWS's JSON protocols names. */
export function targetOf({ headers }: Pick<Request, "headers">): { service: string; operation: string } {
    const [service = "", operation = ""] = (headers["x-amz-target"] ?? "").split(".");
    return { service, operation };
}

/** What a request is signed with: the key, and the service that it is for. */
export interface Signature {
    readonly keyId: string;
    /** As AWS calls it in signatures, such as `monitoring`. */
    readonly service: string;
}

/** IAM User Guide, "Elements of an AWS API request signature": in the header, or in the query of a URL that was signed before. */
export function signatureOf({ headers, query }: Pick<Request, "headers" | "query">): Signature | undefined {
    const header = /Credential=([^,\s]+)/.exec(headers["authorization"] ?? "")?.[1];
    const [keyId = "", , , service = ""] = (header ?? query.get("X-Amz-Credential") ?? "").split("/");
    if (keyId !== "") return { keyId, service };
    // S3 User Guide, "Signing and authenticating REST requests", version 2: some clients still make such URLs of S3.
    const older = query.get("AWSAccessKeyId");
    return older === null ? undefined : { keyId: older, service: "s3" };
}

/** S3 API Reference, "Signature calculations ... transferring payload in multiple chunks": size, extensions, data. */
function withoutChunks(body: Buffer): Buffer {
    const parts: Buffer[] = [];
    for (let at = 0; ;) {
        const end = body.indexOf("\r\n", at);
        const size = Number.parseInt(body.toString("latin1", at, end < 0 ? at : end), 16);
        if (Number.isNaN(size)) throw new AwsError("IncompleteBody", "The body's chunks are not complete.");
        if (size === 0) return Buffer.concat(parts);
        parts.push(body.subarray(end + 2, end + 2 + size));
        at = end + 2 + size + 2;
    }
}
