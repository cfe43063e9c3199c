/**
 * AWS's JSON protocols, in which the header `X-Amz-Target` names service and operation. The functions of a run speak them
 * all the time, so nothing here looks at shapes: each service says itself which members are bytes or times.
 */
import { crc32 } from "node:zlib";
import type { Addresses, AwsError, Protocol } from "../service.ts";
import type { Ask, Dialect } from "./dialect.ts";
import { targetOf } from "./http.ts";
import type { Answer, Request } from "./http.ts";
import { encodeJson, errorJson, jsonErrorHeaders, parseJson } from "./json.ts";

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
        const parse = (text: string): unknown =>
            this.protocol.decode?.(text, this.addresses) ?? (JSON.parse(text) as unknown);
        return { operation: targetOf(request).operation, input: parseJson(request.body, parse) };
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
