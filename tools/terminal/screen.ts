/** A terminal's screen, as far as `npm start` uses one: it takes what a program writes and shows what stands there then. */

/** A piece of a line in one style. */
export interface Span {
    readonly text: string;
    readonly style: Style;
}

export type Style = "plain" | "bold" | "green" | "red";

interface Cell {
    readonly character: string;
    readonly style: Style;
}

/** What a number of the sequence "Select Graphic Rendition" means here; any other number ends a style. */
const STYLES: Readonly<Record<string, Style>> = { "1": "bold", "31": "red", "32": "green" };

const BLANK: Cell = { character: " ", style: "plain" };

export class Screen {
    private readonly rows: number;
    private readonly lines: Cell[][] = [[]];
    private row = 0;
    private column = 0;
    private style: Style = "plain";

    /** @param rows how many lines are seen at once; older ones scroll away */
    constructor(rows: number) {
        this.rows = rows;
    }

    /** Takes text with control sequences. One that it does not know is an error: the picture would be wrong. */
    write(text: string): void {
        for (const [part, parameters = "", command] of text.matchAll(
            // eslint-disable-next-line no-control-regex -- control sequences begin with the escape character
            /\u001b\[([?\d;]*)([A-Za-z])|[\s\S]/gu,
        )) {
            if (command === undefined) this.put(part);
            else this.control(command, parameters);
        }
    }

    /** The lines that are seen, from the top, each without blanks at its end. */
    shown(): Span[][] {
        const lines = this.lines.map(spansOf);
        while (lines.length > 0 && lines.at(-1)?.length === 0) lines.pop();
        return lines.slice(-this.rows);
    }

    private put(character: string): void {
        if (character === "\n") {
            this.row++;
            this.column = 0;
        } else if (character === "\r") {
            this.column = 0;
        } else {
            this.line()[this.column++] = { character, style: this.style };
        }
    }

    private control(command: string, parameters: string): void {
        const count = Number(parameters === "" ? 1 : parameters);
        switch (command) {
            case "A":
                this.row = Math.max(0, this.row - count);
                break;
            case "B":
                this.row += count;
                break;
            case "G":
                this.column = count - 1;
                break;
            case "J":
                this.lines.length = this.row + 1;
                this.line().length = this.column;
                break;
            case "K":
                this.line().length = parameters === "2" ? 0 : Math.min(this.line().length, this.column);
                break;
            case "m":
                this.style = STYLES[parameters] ?? "plain";
                break;
            case "h":
            case "l":
                // The cursor, which a picture does not show, and output that is shown at once.
                break;
            default:
                throw new Error(
                    `The screen does not know the control sequence "ESC [ ${parameters} ${command}".`,
                );
        }
    }

    private line(): Cell[] {
        while (this.lines.length <= this.row) this.lines.push([]);
        return this.lines[this.row] as Cell[];
    }
}

function spansOf(line: readonly (Cell | undefined)[]): Span[] {
    const spans: { text: string; style: Style }[] = [];
    for (const { character, style } of Array.from(line, (cell) => cell ?? BLANK)) {
        const last = spans.at(-1);
        if (last?.style === style) last.text += character;
        else spans.push({ text: character, style });
    }
    const last = spans.at(-1);
    if (last) last.text = last.text.trimEnd();
    return spans.filter(({ text }) => text !== "");
}
