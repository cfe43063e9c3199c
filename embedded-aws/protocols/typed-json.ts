/** A JSON protocol with `X-Amz-Target`, read and written by shapes: for services that only clients outside of a run call. */
import type { AwsError } from "../service.ts";
import type { Ask, Dialect } from "./dialect.ts";
import type { Answer, Request } from "./http.ts";
import { fromJson, toJson } from "./shapes.ts";
import type { Shapes } from "./shapes.ts";
import { encodeJson, errorJson, jsonErrorHeaders, noJson } from "./targets.ts";

const HEADERS = { "content-type": "application/x-amz-json-1.0" };

export class TypedJsonDialect implements Dialect {
    readonly service: string;
    readonly unknownKey = "UnrecognizedClientException";
    private readonly shapes: Shapes;

    constructor(service: string, shapes: Shapes) {
        this.service = service;
        this.shapes = shapes;
    }

    read({ headers, body }: Request): Ask {
        const [, operation = ""] = (headers["x-amz-target"] ?? "").split(".");
        const shapes = this.shapes.operations.get(operation);
        const sent = parseJson(body);
        return { operation, input: shapes ? fromJson(shapes.input, sent) : sent };
    }

    answer({ operation }: Ask, output: unknown): Answer {
        const shape = this.shapes.operations.get(operation)?.output;
        const shown = shape?.isStructSchema() ? toJson(shape, output ?? {}) : {};
        return { status: 200, headers: HEADERS, body: encodeJson(shown) };
    }

    refuse(error: AwsError): Answer {
        const name = this.shapes.errorName(error.name);
        const headers = { ...HEADERS, ...jsonErrorHeaders(error, name, error.name) };
        return { status: error.statusCode, headers, body: errorJson(error, name) };
    }
}

export function parseJson(body: Buffer): unknown {
    try {
        return body.length === 0 ? {} : (JSON.parse(body.toString("utf8")) as unknown);
    } catch (error) {
        throw noJson(error as SyntaxError);
    }
}
