/** Cuts lines to the width of a terminal. Escape sequences take no room in it. */

// eslint-disable-next-line no-control-regex -- the escape is what is looked for
const PIECES = /\u001b\[[0-9;]*m|[\s\S]/gu;

/** A line of `columns` characters at most; one that is cut ends in `…`. */
export function cutLine(line: string, columns: number): string {
    const pieces = line.match(PIECES) ?? [];
    const width = pieces.filter((piece) => piece.length <= 2 && !piece.startsWith("\u001b")).length;
    if (width <= columns) return line;
    let [text, shown, isColored] = ["", 0, false];
    for (const piece of pieces) {
        if (piece.startsWith("\u001b")) {
            isColored = true;
            text += piece;
        } else if (shown < columns - 1) {
            shown++;
            text += piece;
        }
    }
    return `${text}…${isColored ? "\u001b[0m" : ""}`;
}
