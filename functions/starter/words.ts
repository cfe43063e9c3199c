/** Quotes a body in a reason: a few words of it, with everything visible. A reason has to fit into a message attribute. */

/** Characters of the longest quotation. */
const SHOWN = 80;

/** A value in a few words, from its surface alone: it may be deep and large. */
export function show(value: unknown): string {
    if (typeof value === "string") return short(visible(JSON.stringify(value.slice(0, SHOWN))));
    if (Array.isArray(value)) return value.length === 0 ? "[]" : `a list of ${value.length}`;
    if (typeof value === "object" && value !== null) return "an object";
    return String(value);
}

/** The text, or its beginning. */
export function short(text: string): string {
    return text.length > SHOWN ? `${text.slice(0, SHOWN - 3).toWellFormed()}...` : text;
}

/** Text with invisible characters (control and format characters, line separators, lone surrogates) written out. */
export function visible(text: string): string {
    return text.replaceAll(
        /[\p{C}\p{Zl}\p{Zp}]/gu,
        (character) => `\\u${(character.codePointAt(0) ?? 0).toString(16).padStart(4, "0")}`,
    );
}
