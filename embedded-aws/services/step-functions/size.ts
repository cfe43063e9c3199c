/** Whether a value's JSON fits a limit. Writes it out only if it might not. */

/** True if the value's JSON has more than `limit` bytes of UTF-8. */
export function exceeds(value: unknown, limit: number): boolean {
    return upperBound(value, limit) > limit && Buffer.byteLength(JSON.stringify(value) ?? "") > limit;
}

/** At least as many as the bytes of the value's JSON. Counting ends above the limit. */
function upperBound(value: unknown, limit: number): number {
    if (typeof value === "string") return value.length * 6 + 2;
    if (value === null || typeof value !== "object") return 24;
    let bytes = 2;
    if (Array.isArray(value)) {
        for (const item of value) {
            bytes += upperBound(item, limit - bytes) + 1;
            if (bytes > limit) return bytes;
        }
        return bytes;
    }
    for (const key in value) {
        bytes += key.length * 6 + 4 + upperBound((value as Record<string, unknown>)[key], limit - bytes);
        if (bytes > limit) return bytes;
    }
    return bytes;
}
