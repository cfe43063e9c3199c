/**
 * Makes a text safe to print: what others wrote (causes, bodies, reasons) must not move the cursor, hide text or turn its
 * direction. A control character is shown as its number; line breaks stay.
 */

/** The styles of `createPaint`. They change how a text looks, and nothing else. */
const STYLES = new Set([1, 2, 22, 31, 33, 39].map((style) => `\u001b[${style}m`));

const PIECES =
    // eslint-disable-next-line no-control-regex -- they are what is looked for
    /\u001b\[\d+m|[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;

/** @param isColored whether the text may have styles */
export function printable(text: string, isColored = false): string {
    return text.replaceAll(PIECES, (piece) => {
        if (isColored && STYLES.has(piece)) return piece;
        return piece.replaceAll(NOT_PLAIN, shown);
    });
}

const NOT_PLAIN = /[^\u0020-\u007e]/g;

function shown(character: string): string {
    return `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
}

/** A text of others below a label: its further lines are indented, so that none of them looks like a line of ours. */
export function belowLabel(text: string, width: number): string {
    return text.replaceAll(/\r\n|[\n\r]/g, `\n${" ".repeat(width)}`);
}
