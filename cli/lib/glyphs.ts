/** Which characters a chart may use. */

export interface Glyphs {
    readonly full: string;
    readonly light: string;
}

const BLOCKS: Glyphs = { full: "█", light: "░" };
const ASCII: Glyphs = { full: "#", light: "." };

/** Blocks where the locale is UTF-8 and the terminal is not dumb; else what every terminal has. */
export function glyphsFor(env: Readonly<Record<string, string | undefined>>): Glyphs {
    const locale = [env["LC_ALL"], env["LC_CTYPE"], env["LANG"]].find((each) => (each ?? "") !== "") ?? "";
    return env["TERM"] !== "dumb" && /utf-?8/i.test(locale) ? BLOCKS : ASCII;
}
