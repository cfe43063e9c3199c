/** A JSON protocol with `X-Amz-Target`, read and written by shapes: for services that only clients outside of a run call. */
import type { AwsError } from "../service.ts";
import type { Ask, Dialect } from "./dialect.ts";
import { targetOf } from "./http.ts";
import type { Answer, Request } from "./http.ts";
import { encodeJson, errorJson, jsonErrorHeaders, parseJson } from "./json.ts";
import { fromJson, toJson } from "./shapes.ts";
import type { Shapes } from "./shapes.ts";

const HEADERS = { "content-type": "application/x-amz-json-1.0" };

export class TypedJsonDialect implements Dialect {
    readonly service: string;
    readonly unknownKey = "UnrecognizedClientException";
    private readonly shapes: Shapes;

    constructor(service: string, shapes: Shapes) {
        this.service = service;
        this.shapes = shapes;
    }

    read(request: Request): Ask {
        const { operation } = targetOf(request);
        const shapes = this.shapes.operations.get(operation);
        const sent = parseJson(request.body);
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
