/** Lines of the journal as text. Inputs of calls may have bytes and dates, which JSON has not. */
import { isDeepStrictEqual } from "node:util";
import { deserialize, serialize } from "node:v8";
import type { Line } from "./files.ts";

export function encode(line: Line): string {
    if (!("call" in line)) return JSON.stringify(line);
    const { input, ...call } = line.call;
    const text = JSON.stringify({ call: { ...call, input } });
    const { call: read } = JSON.parse(text) as { call: { input?: unknown } };
    if (isDeepStrictEqual(read.input, input)) return text;
    return JSON.stringify({ call, input: serialize(input).toString("base64") });
}

/** Undefined for what is no line of a journal. */
export function decode(text: string): Line | undefined {
    try {
        const line = JSON.parse(text) as Line & { readonly input?: string };
        if (!("call" in line)) return typeof line.deploy === "object" ? line : undefined;
        if (line.input === undefined) return line;
        return { call: { ...line.call, input: deserialize(Buffer.from(line.input, "base64")) as unknown } };
    } catch {
        return undefined;
    }
}
