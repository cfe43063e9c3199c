/** The table of mutants: in the terminal while they are tried, and in docs/proof.md. */
import type { Trial } from "./command.ts";
import type { Mutant } from "./mutant.ts";

export function columns(): string {
    return `${"mutant".padEnd(28)}${"".padEnd(12)}${"seed".padStart(8)}${"seeds".padStart(7)}${"s".padStart(7)}  property\n`;
}

export function row({ mutant, outcome, seconds }: Trial): string {
    const seed = "seed" in outcome ? String(outcome.seed) : "";
    const numbers = `${seed.padStart(8)}${String(outcome.seeds).padStart(7)}${seconds.toFixed(1).padStart(7)}`;
    return `${mutant.id.padEnd(28)}${outcome.kind.padEnd(12)}${numbers}  ${mutant.property}\n`;
}

/** What stands around the table in the page. */
const BEGIN = "<!-- The table of mutants: npm run mutants -- --docs -->\n";
const END = "<!-- The end of the table of mutants. -->\n";

/** The page with the measured table in it. */
export function withTable(page: string, trials: readonly Trial[]): string {
    const lines = trials.map(({ mutant, outcome }) => {
        const seed = "seed" in outcome ? outcome.seed : "";
        return `| ${describe(mutant)} | ${mutant.property} | ${seed} | ${outcome.seeds} |`;
    });
    const head = [
        "| Mistake | Property that breaks | In seed | Seeds it took |",
        "| --- | --- | --- | --- |",
    ];
    const [before, rest] = cut(page, BEGIN);
    const [, after] = cut(rest, END);
    return `${before}${BEGIN}\n${[...head, ...lines].join("\n")}\n\n${END}${after}`;
}

/** What the page's table says of each mutant: its mistake and its property. */
export function mutantsIn(page: string): string[] {
    const [, rest] = cut(page, BEGIN);
    const [table] = cut(rest, END);
    return table
        .split("\n")
        .filter((line) => line.startsWith("| ") && !line.startsWith("| Mistake") && !line.startsWith("| --"))
        .map((line) =>
            line
                .split("|")
                .slice(1, 3)
                .map((cell) => cell.trim())
                .join(" | "),
        );
}

/** A mutant as `mutantsIn` finds it. */
export function inPage(mutant: Mutant): string {
    return `${describe(mutant)} | ${mutant.property}`;
}

function describe({ id, mistake, profile, day, moment }: Mutant): string {
    const where = [
        profile && `profile ${profile}`,
        day && `${day} days`,
        moment && `moment ${moment}`,
    ].filter((text) => text !== undefined);
    return `\`${id}\`: ${mistake}${where.length > 0 ? ` (${where.join(", ")})` : ""}`;
}

function cut(page: string, at: string): [string, string] {
    const index = page.indexOf(at);
    if (index < 0) throw new Error(`The page lacks the line ${at}`);
    return [page.slice(0, index), page.slice(index + at.length)];
}
