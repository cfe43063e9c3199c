/** Puts the numbers of a comparison, and its plots, into docs/comparison.md. The words around them are written by hand. */
import { readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { rivalNamed } from "../compare.ts";
import type { Comparison, Group } from "../compare.ts";
import { RIVALS } from "../designs/index.ts";
import { COLUMNS, stressColumns } from "./columns.ts";
import { plotsOf } from "./plots.ts";
import type { Plot } from "./plots.ts";

const docs = path.join(import.meta.dirname, "..", "..", "docs");
const page = path.join(docs, "comparison.md");

/** Writes the page and the plots. */
export async function writeDocument(comparison: Comparison): Promise<void> {
    const plots = plotsOf(comparison);
    for (const { file, svg } of plots) writeFileSync(path.join(docs, file), svg);
    writeFileSync(page, await formatted(withParts(readFileSync(page, "utf8"), partsOf(comparison, plots))));
}

/** The generated parts by their names. */
export function partsOf(comparison: Comparison, plots: readonly Plot[]): Record<string, string> {
    const { commit, seed, groups, stressed } = comparison;
    const tables = (faults: string): string =>
        groups
            .filter((group) => group.faults === faults)
            .map(section)
            .join("\n\n");
    return {
        run: `Measured at commit \`${commit}\`, from seed ${seed}.`,
        rivals: RIVALS.map(({ title, source }) => `- **${title}:** [${source.text}](${source.url})`).join(
            "\n",
        ),
        none: tables("none"),
        mild: tables("mild"),
        stress: [
            markdown(
                ["", ...stressColumns.map(({ head }) => head)],
                stressed.map((one) => [
                    rivalNamed(one.rival).title,
                    ...stressColumns.map(({ of }) => of(one)),
                ]),
            ),
            stressed
                .map(({ rival }) => `- **${rivalNamed(rival).title}:** ${rivalNamed(rival).eleventh}`)
                .join("\n"),
        ].join("\n\n"),
        ...Object.fromEntries(
            plots.map(({ file, alt }) => [file, `<img src="${file}" width="860" alt="${alt}">`]),
        ),
    };
}

/** Replaces what stands between `<!-- begin: NAME -->` and `<!-- end: NAME -->`. */
export function withParts(text: string, parts: Readonly<Record<string, string>>): string {
    return text.replace(
        /(<!-- begin: (\S+) -->\n)[\s\S]*?(<!-- end: \2 -->)/g,
        (whole, begin: string, name: string, end: string) =>
            name in parts ? `${begin}\n${parts[name] ?? ""}\n\n${end}` : whole,
    );
}

function section({ messages, rows, leftOut }: Group): string {
    const [{ runs } = { runs: 1 }] = rows;
    const heading = `### ${messages.toLocaleString("en-US")} messages${runs > 1 ? `, ${runs} runs` : ""}`;
    const cells = rows.map((row) => [rivalNamed(row.rival).title, ...COLUMNS.map(({ of }) => of(row))]);
    const rest = leftOut.map((name) => rivalNamed(name).title).join(", ");
    return [
        heading,
        markdown(["", ...COLUMNS.map(({ head }) => head)], cells),
        ...(rest === "" ? [] : [`Left out, because a run takes too long: ${rest}.`]),
    ].join("\n\n");
}

function markdown(heads: readonly string[], rows: readonly (readonly string[])[]): string {
    const line = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`;
    const rule = heads.map((_, column) => (column === 0 ? "---" : "---:"));
    return [line(heads), line(rule), ...rows.map(line)].join("\n");
}

/** As `npm run format` would leave it. */
async function formatted(text: string): Promise<string> {
    const require = createRequire(new URL("../../tools/package.json", import.meta.url));
    const prettier = require("prettier") as {
        resolveConfig(file: string): Promise<object | null>;
        format(text: string, options: object): Promise<string>;
    };
    return prettier.format(text, { ...(await prettier.resolveConfig(page)), filepath: page });
}
