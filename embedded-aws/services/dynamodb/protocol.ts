/** How SDK clients speak to DynamoDB. */
import type { Protocol } from "../../service.ts";
import { withBytes } from "../lib/bytes.ts";

/** The members of an attribute value that are bytes, or lists of them. */
const BYTES = new Set(["B", "BS"]);

export const PROTOCOL: Protocol = {
    target: "DynamoDB_20120810",
    version: "1.0",
    hasChecksum: true,
    // A table may hold a queue's URL for its reader to send to; written back, it is the real one again.
    decode: (body, addresses) => {
        const text = addresses.toService(body);
        const input: unknown = JSON.parse(text);
        return /"BS?":/.test(text) ? withBytes(input, BYTES) : input;
    },
    encode: (text, addresses) => addresses.toClient(text),
};
