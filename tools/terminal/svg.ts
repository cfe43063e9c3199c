/**
 * Draws a terminal that moves as one SVG. It needs no style sheet, no script and no font of its own: colours are plain
 * attributes, lines and bars are drawn, and the motion is SMIL. A renderer without motion shows the last frame.
 */
import type { Span, Style } from "./screen.ts";

export interface Frame {
    /** When it appears, in seconds from the beginning. */
    readonly at: number;
    readonly lines: readonly (readonly Span[])[];
}

export interface Drawing {
    readonly title: string;
    readonly description: string;
    readonly columns: number;
    readonly rows: number;
    readonly frames: readonly Frame[];
    /** How long the last frame stays before all begins again, in seconds. */
    readonly holdSeconds: number;
}

/** Pixels. */
const FONT_SIZE = 14;
const CELL = { width: 8.4, height: 18 };
const MARGIN = { top: 44, side: 18, bottom: 14 };

const COLOURS = { paper: "#0d1117", bar: "#161b22", edge: "#30363d", soft: "#6e7681" };
const INK: Readonly<Record<Style, string>> = {
    plain: "#e6edf3",
    bold: "#ffffff",
    green: "#3fb950",
    red: "#f85149",
};
const FONTS = "ui-monospace, Menlo, Consolas, 'DejaVu Sans Mono', 'Liberation Mono', monospace";

/** How much of a cell the parts of a progress bar fill. */
const SHADES: Readonly<Record<string, number>> = { "█": 1, "▒": 0.5, "░": 0.15 };

/** Which ways a box-drawing character goes from the middle of its cell: up, right, down, left. */
const ARMS: Readonly<Record<string, string>> = {
    "─": "rl",
    "│": "ud",
    "┌": "rd",
    "┐": "dl",
    "└": "ur",
    "┘": "ul",
    "├": "urd",
    "┤": "udl",
    "┬": "rdl",
    "┴": "url",
    "┼": "urdl",
};

export function draw(drawing: Drawing): string {
    const { columns, rows, frames, holdSeconds, title, description } = drawing;
    const width = Math.ceil(2 * MARGIN.side + columns * CELL.width);
    const height = MARGIN.top + rows * CELL.height + MARGIN.bottom;
    const seconds = (frames.at(-1)?.at ?? 0) + holdSeconds;
    return [
        `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-labelledby="title description">`,
        `<title id="title">${escape(title)}</title>`,
        `<desc id="description">${escape(description)}</desc>`,
        `<rect x="0.5" y="0.5" width="${width - 1}" height="${height - 1}" rx="10" fill="${COLOURS.paper}" stroke="${COLOURS.edge}"/>`,
        `<path d="M1 30V11A10 10 0 0 1 11 1H${width - 11}A10 10 0 0 1 ${width - 1} 11V30Z" fill="${COLOURS.bar}"/>`,
        ...["#ff5f57", "#febc2e", "#28c840"].map(
            (colour, i) => `<circle cx="${20 + 20 * i}" cy="16" r="6" fill="${colour}"/>`,
        ),
        `<g font-family="${FONTS}" font-size="${FONT_SIZE}" fill="${INK.plain}" xml:space="preserve">`,
        ...frames.map((frame, i) => drawFrame(frame, frames[i + 1]?.at, seconds)),
        "</g>",
        "</svg>",
        "",
    ].join("\n");
}

/** A frame is seen from its own time to the next one's; without motion only the last one is. */
function drawFrame({ at, lines }: Frame, until: number | undefined, seconds: number): string {
    const content = lines.map(drawLine).join("");
    const [from, to] = [share(at, seconds), share(until ?? seconds, seconds)];
    const steps: [time: string, value: string][] = [
        ...(from === "0" ? [] : [["0", "hidden"] as [string, string]]),
        [from, "visible"],
        ...(to === "1" ? [] : [[to, "hidden"] as [string, string]]),
    ];
    const motion =
        `<animate attributeName="visibility" calcMode="discrete" dur="${rounded(seconds)}s" repeatCount="indefinite"` +
        ` keyTimes="${steps.map(([time]) => time).join(";")}" values="${steps.map(([, value]) => value).join(";")}"/>`;
    return `<g visibility="${until === undefined ? "visible" : "hidden"}">${motion}${content}</g>`;
}

function drawLine(spans: readonly Span[], row: number): string {
    let column = 0;
    let drawn = "";
    let edges = "";
    for (const { text, style } of spans) {
        for (const [part] of text.matchAll(/[─│┌┐└┘├┤┬┴┼]+|([█▒░])\1*|(?:(?! {2})[^─│┌┐└┘├┤┬┴┼█▒░])+| +/gu)) {
            const { length } = part;
            const shade = SHADES[part[0] ?? ""];
            if (shade !== undefined) drawn += drawBar(column, row, length, INK[style], shade);
            else if ((part[0] ?? "") in ARMS) edges += drawEdges(part, column, row);
            else if (part.trim() !== "") drawn += drawText(part, column, row, style);
            column += length;
        }
    }
    const path = edges === "" ? "" : `<path d="${edges}" stroke="${COLOURS.soft}" fill="none"/>`;
    return path + drawn;
}

function drawText(part: string, column: number, row: number, style: Style): string {
    const text = part.trim();
    const first = column + part.indexOf(text);
    const look =
        style === "plain" ? "" : ` fill="${INK[style]}"${style === "bold" ? ' font-weight="bold"' : ""}`;
    // The length holds the columns together where another font is wider or narrower.
    const length = ` textLength="${rounded(text.length * CELL.width)}"`;
    return `<text x="${rounded(x(first))}" y="${rounded(y(row) + 13.5)}"${length}${look}>${escape(text)}</text>`;
}

function drawBar(column: number, row: number, cells: number, colour: string, opacity: number): string {
    const box = `x="${rounded(x(column))}" y="${rounded(y(row) + 3)}" width="${rounded(cells * CELL.width)}" height="12"`;
    return `<rect ${box} fill="${colour}"${opacity === 1 ? "" : ` fill-opacity="${opacity}"`}/>`;
}

/** Strokes from the middle of each cell to its sides; a row of horizontal ones is one stroke. */
function drawEdges(part: string, column: number, row: number): string {
    const middle = rounded(y(row) + CELL.height / 2);
    let path = "";
    let open: number | undefined;
    const close = (at: number): void => {
        if (open !== undefined && at > open) path += `M${rounded(open)} ${middle}H${rounded(at)}`;
        open = undefined;
    };
    for (const [i, character] of [...part].entries()) {
        const left = x(column + i);
        const centre = left + CELL.width / 2;
        const arms = ARMS[character] ?? "";
        if (!arms.includes("l")) close(left);
        if (arms.includes("r") && open === undefined) open = arms.includes("l") ? left : centre;
        if (arms.includes("l") && !arms.includes("r")) {
            open ??= left;
            close(centre);
        }
        const top = arms.includes("u") ? y(row) : y(row) + CELL.height / 2;
        const bottom = arms.includes("d") ? y(row) + CELL.height : y(row) + CELL.height / 2;
        if (bottom > top) path += `M${rounded(centre)} ${rounded(top)}V${rounded(bottom)}`;
    }
    close(x(column + part.length));
    return path;
}

function x(column: number): number {
    return MARGIN.side + column * CELL.width;
}

function y(row: number): number {
    return MARGIN.top + row * CELL.height;
}

function share(at: number, seconds: number): string {
    return String(Number((at / seconds).toFixed(5)));
}

function rounded(value: number): string {
    return String(Number(value.toFixed(1)));
}

function escape(text: string): string {
    return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
