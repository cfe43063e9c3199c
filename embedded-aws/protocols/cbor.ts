/** Smithy RPC v2 with CBOR: the path names the operation; bodies are binary. */
import { cbor, tag } from "@smithy/core/cbor";
import { AwsError } from "../service.ts";
import type { Ask, Dialect } from "./dialect.ts";
import type { Answer, Request } from "./http.ts";
import { jsonErrorHeaders } from "./json.ts";
import { convert } from "./shapes.ts";
import type { Shape, Shapes } from "./shapes.ts";

const HEADERS = { "content-type": "application/cbor", "smithy-protocol": "rpc-v2-cbor" };

/** The tag of a time, in seconds since 1970 (RFC 8949, section 3.4.2). */
const TIME = 1;

export class CborDialect implements Dialect {
    readonly service: string;
    readonly unknownKey = "UnrecognizedClientException";
    private readonly shapes: Shapes;

    constructor(service: string, shapes: Shapes) {
        this.service = service;
        this.shapes = shapes;
    }

    read({ path, body }: Request): Ask {
        const operation = /\/operation\/(\w+)$/.exec(path)?.[1] ?? "";
        const shapes = this.shapes.operations.get(operation);
        return { operation, input: shapes ? convert(shapes.input, parse(body), fromCbor) : {} };
    }

    answer({ operation }: Ask, output: unknown): Answer {
        const shape = this.shapes.operations.get(operation)?.output;
        const shown = shape?.isStructSchema() ? convert(shape, output ?? {}, toCbor) : {};
        return { status: 200, headers: HEADERS, body: serialized(shown) };
    }

    refuse(error: AwsError): Answer {
        const { message, statusCode, details } = error;
        const name = this.shapes.errorName(error.name);
        const headers = { ...HEADERS, ...jsonErrorHeaders(error, name, error.name) };
        return { status: statusCode, headers, body: serialized({ __type: name, message, ...details }) };
    }
}

function parse(body: Buffer): unknown {
    try {
        return body.length === 0 ? {} : (cbor.deserialize(body) as unknown);
    } catch (error) {
        throw new AwsError("SerializationException", `The body is no CBOR: ${(error as Error).message}`);
    }
}

/** The library gives out a view of the buffer that it writes to next. */
function serialized(value: unknown): Uint8Array {
    return Uint8Array.from(cbor.serialize(value));
}

function fromCbor(shape: Shape, value: unknown): unknown {
    if (shape.isTimestampSchema()) {
        const seconds = typeof value === "object" ? (value as { value: unknown }).value : value;
        return new Date(Number(seconds) * 1000);
    }
    return typeof value === "bigint" ? Number(value) : value;
}

function toCbor(_shape: Shape, value: unknown): unknown {
    return value instanceof Date ? tag({ tag: TIME, value: value.getTime() / 1000 }) : value;
}
