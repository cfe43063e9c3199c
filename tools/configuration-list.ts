/**
 * Writes what Pulumi.yaml says of each configuration key into the list in docs/configure.md: `npm run docs:configuration`.
 * The page decides how the keys are grouped. A test fails while the page is older than Pulumi.yaml.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { parse } from "yaml";

/** The page with the list. */
export const CONFIGURATION_PAGE = new URL("../docs/configure.md", import.meta.url);

const PROJECT = new URL("../Pulumi.yaml", import.meta.url);

/** Characters in a line of the page. */
const WIDTH = 116;

interface Key {
    readonly type: string;
    readonly description: string;
    readonly default: string | number | boolean | object;
}

/** The page with every key's item as it should be; an error that names the keys that it lacks, or has in vain. */
export function configurationPage(page: string): string {
    const { config } = parse(readFileSync(PROJECT, "utf8")) as { config: Readonly<Record<string, Key>> };
    const listed = new Set<string>();
    const written = page.replaceAll(/^- \*\*`(\w+)`\*\*.*\n(?: {2}.*\n)*/gm, (_, name: string) => {
        const key = config[name];
        if (!key) throw new Error(`docs/configure.md lists ${name}, which Pulumi.yaml does not declare.`);
        listed.add(name);
        return item(name, key);
    });
    const missing = Object.keys(config).filter((name) => !listed.has(name));
    if (missing.length === 0) return written;
    const example = `- **\`${missing[0]}\`**`;
    throw new Error(
        `docs/configure.md does not list ${missing.join(", ")}: add a line such as "${example}".`,
    );
}

function item(name: string, { type, description, default: value }: Key): string {
    const isNone = value === "" || typeof value === "object";
    const defaults = isNone ? "no default" : `default \`${String(value)}\``;
    return wrap(`- **\`${name}\`** (${type}, ${defaults}): ${description.trim()}`);
}

/** Breaks a list's item into lines. None of them begins with a dash or a number and a point, which would begin another list. */
function wrap(text: string): string {
    const lines: string[] = [];
    let line = "";
    const words = text.replaceAll(" - ", "\u00a0- ").replaceAll(/ (\d+\.)(?= |$)/g, "\u00a0$1");
    for (const word of words.split(" ")) {
        const longer = line === "" ? word : `${line} ${word}`;
        if (longer.length > WIDTH && line !== "") {
            lines.push(line);
            line = `  ${word}`;
        } else {
            line = longer;
        }
    }
    return `${[...lines, line].join("\n").replaceAll("\u00a0", " ")}\n`;
}

if (process.argv[1] === import.meta.filename) {
    writeFileSync(CONFIGURATION_PAGE, configurationPage(readFileSync(CONFIGURATION_PAGE, "utf8")));
}
