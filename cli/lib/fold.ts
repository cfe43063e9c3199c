/** Breaks lines between words where a terminal would break them anywhere. What people copy from it stays in one piece. */
import { stripVTControlCharacters } from "node:util";
import type { Output } from "./surroundings.ts";

/** Addresses, and lines that are commands. */
const TO_COPY = /https?:\/\/|^ *(mend: )?(aws|turnstile|npm|npx|pulumi|export) /;

/** What stands before the text of a line: a label, an option, a place in a table; or room alone. */
const HEAD = /^ *\S+(?: \S+)* {2,}|^ */;

/** A text for a stream: for a terminal, no line is wider than that, unless a single word is, or it is there to be copied. */
export function fold(text: string, { isTTY, columns = 0 }: Pick<Output, "isTTY" | "columns">): string {
    if (isTTY !== true || columns <= 0) return text;
    return text
        .split("\n")
        .map((line) => foldLine(line, columns))
        .join("\n");
}

function foldLine(line: string, columns: number): string {
    const plain = stripVTControlCharacters(line);
    if (plain.length <= columns || TO_COPY.test(plain)) return line;
    const head = HEAD.exec(plain)?.[0].length ?? 0;
    const indent = " ".repeat(Math.min(head, Math.floor(columns / 2)));
    const lines: string[] = [];
    let current = "";
    for (const [piece, , word = ""] of line.matchAll(/( *)([^ ]+)/g)) {
        if (widthOf(current + piece) <= columns) {
            current += piece;
            continue;
        }
        if (current !== "") lines.push(current);
        current = current === "" ? piece : indent + word;
    }
    return [...lines, current].join("\n");
}

function widthOf(text: string): number {
    return stripVTControlCharacters(text).length;
}
