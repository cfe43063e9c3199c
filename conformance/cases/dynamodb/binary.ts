/** Bytes and sets: compared, searched, added and taken away. */
import { get, put, remove, update, values, when } from "./form.ts";
import type { Cases } from "./form.ts";
import type { Request } from "./suite.ts";

const bytes = (...all: number[]): object => ({ B: Uint8Array.from(all) });
const item = put({
    b: bytes(1, 2, 3),
    bytes: { BS: [Uint8Array.of(1), Uint8Array.of(2, 255)] },
    tags: { SS: ["a", "b"] },
    digits: { NS: ["1", "2.5"] },
    l: { L: [bytes(1), { S: "a" }] },
});

/** Deletes the item if the condition holds. */
const holds = (condition: string, given: object): readonly Request[] => [
    item,
    remove(when(condition, given)),
];

export const binary: Cases = {
    "bytes that are equal": holds("b = :v", { ":v": bytes(1, 2, 3) }),
    "bytes that are not": holds("b <> :v", { ":v": bytes(1, 2, 3) }),
    "bytes in order": holds("b < :v AND b > :w", { ":v": bytes(1, 3), ":w": bytes(1, 2) }),
    "bytes between": holds("b BETWEEN :v AND :w", { ":v": bytes(1), ":w": bytes(2) }),
    "bytes between, upside down": holds("b BETWEEN :v AND :w", { ":v": bytes(2), ":w": bytes(1) }),
    "bytes of a list": holds("b IN (:v, :w)", { ":v": bytes(9), ":w": bytes(1, 2, 3) }),
    "bytes that begin so": holds("begins_with(b, :v)", { ":v": bytes(1, 2) }),
    "bytes that begin otherwise": holds("begins_with(b, :v)", { ":v": bytes(2) }),
    "bytes that begin with a text": holds("begins_with(b, :v)", { ":v": { S: "a" } }),
    "bytes that contain bytes": holds("contains(b, :v)", { ":v": bytes(2, 3) }),
    "bytes that contain a text": holds("contains(b, :v)", { ":v": { S: "a" } }),
    "a set of bytes that contains bytes": holds("contains(bytes, :v)", { ":v": bytes(2, 255) }),
    "a set of bytes that does not": holds("contains(bytes, :v)", { ":v": bytes(2) }),
    "a set of texts that contains one": holds("contains(tags, :v)", { ":v": { S: "b" } }),
    "a set of texts that contains a number": holds("contains(tags, :v)", { ":v": { N: "1" } }),
    "a set of numbers that contains one": holds("contains(digits, :v)", { ":v": { N: "2.50" } }),
    "a list that contains bytes": holds("contains(l, :v)", { ":v": bytes(1) }),
    "a set equals a set in another order": holds("tags = :v", { ":v": { SS: ["b", "a"] } }),
    "a set of bytes equals one in another order": holds("bytes = :v", {
        ":v": { BS: [Uint8Array.of(2, 255), Uint8Array.of(1)] },
    }),
    "a set of numbers equals one otherwise written": holds("digits = :v", { ":v": { NS: ["2.50", "1.0"] } }),
    "a set is not a larger set": holds("tags = :v", { ":v": { SS: ["a", "b", "c"] } }),
    "a set has no order": holds("tags < :v", { ":v": { SS: ["z"] } }),
    sizes: holds("size(b) = :three AND size(bytes) = :two AND size(digits) = :two AND size(l) = :two", {
        ":three": { N: "3" },
        ":two": { N: "2" },
    }),
    "the size of a number": holds("size(n) > :v", { ":v": { N: "0" } }),
    types: holds("attribute_type(b, :b) AND attribute_type(bytes, :bs) AND attribute_type(digits, :ns)", {
        ":b": { S: "B" },
        ":bs": { S: "BS" },
        ":ns": { S: "NS" },
    }),
    "add to a set of bytes": [
        item,
        update("ADD bytes :v", values({ ":v": { BS: [Uint8Array.of(1), Uint8Array.of(7)] } })),
        update("DELETE bytes :v", values({ ":v": { BS: [Uint8Array.of(1), Uint8Array.of(9)] } })),
    ],
    "add to a set of numbers": [
        item,
        update("ADD digits :v", values({ ":v": { NS: ["1.0", "7"] } })),
        update("DELETE digits :v", values({ ":v": { NS: ["1.0", "9"] } })),
    ],
    "add a set of another type": [
        item,
        update("ADD digits :v", values({ ":v": { SS: ["a"] } })),
        update("DELETE digits :v", values({ ":v": { SS: ["a"] } })),
        update("ADD tags :v", values({ ":v": { N: "1" } })),
        get(),
    ],
    "delete the last bytes of a set": [
        item,
        update("DELETE bytes :v", values({ ":v": { BS: [Uint8Array.of(1), Uint8Array.of(2, 255)] } })),
    ],
    "sets with bytes twice": [put({ bytes: { BS: [Uint8Array.of(1), Uint8Array.of(1)] } })],
};
