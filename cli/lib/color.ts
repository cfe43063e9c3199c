/** Whether to use colours, and the few that there are. Colour never says anything that the words do not say. */
import { styleText } from "node:util";

export const COLOR_CHOICES = ["auto", "always", "never"] as const;
export type ColorChoice = (typeof COLOR_CHOICES)[number];

/**
 * `--color always` or `never` decides; then `NO_COLOR`, if it is not empty; then `FORCE_COLOR`, where 0 and false mean no;
 * then whether the stream is a terminal that is not dumb.
 */
export function wantsColor(
    choice: ColorChoice,
    env: Readonly<Record<string, string | undefined>>,
    isTerminal: boolean,
): boolean {
    if (choice !== "auto") return choice === "always";
    if ((env["NO_COLOR"] ?? "") !== "") return false;
    const forced = env["FORCE_COLOR"];
    if (forced !== undefined && forced !== "") return forced !== "0" && forced !== "false";
    return isTerminal && env["TERM"] !== "dumb";
}

/** Styles texts, or leaves them alone. */
export interface Paint {
    /** Whether it does. */
    readonly isColored: boolean;
    readonly strong: (text: string) => string;
    readonly quiet: (text: string) => string;
    readonly trouble: (text: string) => string;
    readonly held: (text: string) => string;
}

export function createPaint(isColored: boolean): Paint {
    const style = (format: Parameters<typeof styleText>[0]) => (text: string) =>
        isColored && text !== "" ? styleText(format, text, { validateStream: false }) : text;
    return {
        isColored,
        strong: style("bold"),
        quiet: style("dim"),
        trouble: style("red"),
        held: style("yellow"),
    };
}
