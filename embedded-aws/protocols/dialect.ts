/** How a client speaks to a service: how its requests name an operation and its input, and what answers look like. */
import type { AwsError } from "../service.ts";
import type { Answer, Request } from "./http.ts";

export interface Dialect {
    /** As permissions call the service. It may be one that the account does not have. */
    readonly service: string;
    /** The error for a key that nobody has. */
    readonly unknownKey: string;
    /** Reads what a request asks for. Throws an `AwsError` if it asks for nothing that makes sense. */
    read(request: Request): Ask;
    /** @param requestId goes into answers that have a place for it */
    answer(ask: Ask, output: unknown, requestId: string): Answer;
    refuse(error: AwsError, requestId: string): Answer;
}

export interface Ask {
    readonly operation: string;
    readonly input: unknown;
}

/** The dialects that read and write by the shapes of operations. */
export type TypedKind = "json" | "cbor" | "query" | "rest-json" | "rest-xml";
