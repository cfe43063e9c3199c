/** How SDK clients speak to SQS. A client calls the host of a queue's URL, whatever its endpoint is. */
import { domainOf } from "../../location.ts";
import type { Protocol } from "../../service.ts";
import { withBytes } from "../lib/bytes.ts";
import { QUERY_ERROR_CODES } from "./errors.ts";

const BYTES = new Set(["BinaryValue"]);

export const PROTOCOL: Protocol = {
    target: "AmazonSQS",
    version: "1.0",
    queryErrorCodes: QUERY_ERROR_CODES,
    originIn: (location) => `https://${domainOf(location, "sqs")}`,
    decode: (body, addresses) => {
        const input = JSON.parse(body) as Record<string, unknown>;
        const url = input["QueueUrl"];
        if (typeof url === "string") input["QueueUrl"] = addresses.toService(url);
        return body.includes("BinaryValue") ? withBytes(input, BYTES) : input;
    },
    encode: (text, addresses) => (text.includes("QueueUrl") ? addresses.toClient(text) : text),
};
