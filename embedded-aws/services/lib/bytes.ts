/** Bytes in requests of AWS's JSON protocols, which carry them as base64. */

/**
 * Turns the base64 in members with one of these names into bytes. A member with such a name that is an object is
 * something else.
 */
export function withBytes(value: unknown, names: ReadonlySet<string>): unknown {
    if (typeof value !== "object" || value === null) return value;
    if (Array.isArray(value)) return value.map((item) => withBytes(item, names));
    const entries = Object.entries(value).map(([name, member]: [string, unknown]) => {
        if (!names.has(name)) return [name, withBytes(member, names)];
        if (typeof member === "string") return [name, toBytes(member)];
        if (Array.isArray(member) && member.every((item) => typeof item === "string"))
            return [name, member.map(toBytes)];
        return [name, withBytes(member, names)];
    });
    return Object.fromEntries(entries) as Record<string, unknown>;
}

function toBytes(base64: string): Uint8Array {
    return new Uint8Array(Buffer.from(base64, "base64"));
}
