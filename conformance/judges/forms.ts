/** The form of a value: what is left when ids, times and numbers are taken for any other. Values of one form are of one kind. */

/** A text in which names, types and the kinds of characters stand, and no value. Texts that AWS reads stand as they are. */
export function formOf(value: unknown, name = ""): string {
    switch (typeof value) {
        case "string":
            return name.endsWith("Expression") ? JSON.stringify(value) : formOfText(value);
        case "number":
            return Number.isInteger(value) ? "0" : "0.5";
        case "object":
            return value === null ? "null" : formOfObject(value, name);
        default:
            return String(value);
    }
}

function formOfObject(value: object, name: string): string {
    if (value instanceof Uint8Array) return "bytes";
    if (value instanceof Date) return "time";
    if (Array.isArray(value))
        return `[${[...new Set(value.map((item) => formOf(item, name)))].sort().join()}]`;
    const members = Object.entries(value).filter(([, member]) => member !== undefined);
    // Names with digits are ids, such as those of holders.
    const forms = members.map(
        ([key, member]) => `${/\d{3}/.test(key) ? formOfText(key) : key}:${formOf(member, key)}`,
    );
    return `{${[...new Set(forms)].sort().join()}}`;
}

/** Which kinds of characters it has, and how many as a power of four. */
function formOfText(text: string): string {
    const kinds = text
        .replace(/[a-zA-Z0-9]+/g, "a")
        .replace(/[^\x20-\x7e]/g, "é")
        .split("");
    const length = text === "" ? 0 : Math.ceil(Math.log2(text.length) / 2);
    return `'${[...new Set(kinds)].sort().join("")}${length}'`;
}

/** A value as JSON: bytes and times have forms of their own. */
export function toJson(value: unknown): unknown {
    if (value instanceof Uint8Array) return { $bytes: value.length };
    if (value instanceof Date) return { $time: value.getTime() };
    if (Array.isArray(value)) return value.map(toJson);
    if (typeof value !== "object" || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, toJson(member)]));
}
