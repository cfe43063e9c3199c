/** JSON as AWS's protocols write it: times are seconds since 1970, bytes are base64. */
import { AwsError } from "../service.ts";

type Json = Record<string, unknown>;

/** Reads a body; an empty one says no more than `{}`. */
export function parseJson(body: Buffer, parse: (text: string) => unknown = JSON.parse): unknown {
    try {
        return parse(body.toString("utf8") || "{}");
    } catch (error) {
        if (!(error instanceof SyntaxError)) throw error;
        throw new AwsError("SerializationException", `The body is no JSON: ${error.message}`);
    }
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

export function encodeJson(value: unknown): string {
    return JSON.stringify(value, function (this: Json, key: string, shown: unknown) {
        // A replacer gets dates and buffers only after they were changed to something else.
        const raw = this[key];
        if (raw instanceof Date) return raw.getTime() / 1000;
        if (raw instanceof Uint8Array) return Buffer.from(raw).toString("base64");
        return shown;
    });
}
