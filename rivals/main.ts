/** `npm run compare`. This file has what belongs to the process: its arguments, its streams, its exit code. */
import { readFileSync } from "node:fs";
import { letReadersStop } from "../cli/lib/broken-pipe.ts";
import { broken, compare, toText } from "./compare.ts";
import type { Comparison } from "./compare.ts";
import { RIVALS } from "./designs/index.ts";
import { parseOptions } from "./options.ts";

letReadersStop(process.stdout, process.stderr);
const options = parseOptions(
    process.argv.slice(2),
    RIVALS.map(({ name }) => name),
);
const comparison =
    options.from === undefined
        ? await compare(options, (text) => process.stderr.write(`compare: ${text}\n`))
        : (JSON.parse(readFileSync(options.from, "utf8")) as Comparison);
process.stdout.write(`${options.json ? JSON.stringify(comparison, null, 4) : toText(comparison)}\n`);
if (options.write) {
    const { writeDocument } = await import("./report/document.ts");
    await writeDocument(comparison);
}
for (const what of broken(comparison)) {
    process.stderr.write(`compare: Turnstile broke a promise: ${what}\n`);
    process.exitCode = 1;
}
