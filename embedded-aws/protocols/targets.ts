/**
 * AWS's JSON protocols, in which the header `X-Amz-Target` names service and operation. The functions of a run speak them
 * all the time, so nothing here looks at shapes: each service says itself which members are bytes or times.
 */
import { crc32 } from "node:zlib";
import { AwsError } from "../service.ts";
import type { Addresses, Protocol } from "../service.ts";
import type { Ask, Dialect } from "./dialect.ts";
import type { Answer, Request } from "./http.ts";

type Json = Record<string, unknown>;

export class TargetDialect implements Dialect {
    readonly service: string;
    readonly unknownKey = "UnrecognizedClientException";
    private readonly protocol: Protocol;
    private readonly addresses: Addresses;

    constructor(service: string, protocol: Protocol, addresses: Addresses) {
        this.service = service;
        this.protocol = protocol;
        this.addresses = addresses;
    }

    read(request: Request): Ask {
        const [, operation = ""] = (request.headers["x-amz-target"] ?? "").split(".");
        const body = request.body.toString("utf8") || "{}";
        try {
            const input = this.protocol.decode?.(body, this.addresses) ?? (JSON.parse(body) as unknown);
            return { operation, input };
        } catch (error) {
            throw error instanceof SyntaxError ? noJson(error) : error;
        }
    }

    answer(_ask: Ask, output: unknown): Answer {
        const text = encodeJson(output ?? {});
        return this.answerOf(200, {}, this.protocol.encode?.(text, this.addresses) ?? text);
    }

    refuse(error: AwsError): Answer {
        const code = this.protocol.queryErrorCodes?.[error.name];
        return this.answerOf(error.statusCode, jsonErrorHeaders(error, error.name, code), errorJson(error));
    }

    private answerOf(status: number, headers: Record<string, string>, text: string): Answer {
        const body = Buffer.from(text, "utf8");
        return {
            status,
            headers: {
                ...headers,
                "content-type": `application/x-amz-json-${this.protocol.version}`,
                ...(this.protocol.hasChecksum && { "x-amz-crc32": String(crc32(body)) }),
            },
            body,
        };
    }
}

export function noJson(error: SyntaxError): AwsError {
    return new AwsError("SerializationException", `The body is no JSON: ${error.message}`);
}

/** @param code the code of the error in the older query protocol, if the service had one */
export function jsonErrorHeaders(error: AwsError, name: string, code?: string): Record<string, string> {
    const fault = error.statusCode < 500 ? "Sender" : "Receiver";
    return {
        "x-amzn-errortype": name,
        ...(code !== undefined && { "x-amzn-query-error": `${code};${fault}` }),
    };
}

export function errorJson({ name, message, details }: AwsError, type = name): string {
    return encodeJson({ __type: type, message, ...details });
}

/** AWS's JSON: times are seconds since 1970, bytes are base64. */
export function encodeJson(value: unknown): string {
    return JSON.stringify(value, function (this: Json, key: string, shown: unknown) {
        // A replacer gets dates and buffers only after they were changed to something else.
        const raw = this[key];
        if (raw instanceof Date) return raw.getTime() / 1000;
        if (raw instanceof Uint8Array) return Buffer.from(raw).toString("base64");
        return shown;
    });
}
