/**
 * The examples that are projects of their own. They import the package by its name, which a stranger has installed. Here it is
 * these sources: a copy of the example in this repository imports them by their path.
 */
import { cpSync, globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";

const root = path.join(import.meta.dirname, "..");
export const examplesFolder = path.join(root, "examples");

/** By their folders. */
export const EXAMPLES = ["existing-job", "two-pools", "esm", "commonjs", "s3-uploads"] as const;
export type Example = (typeof EXAMPLES)[number];

const copies = new Map<Example, string>();

/** The folder of an example's copy, which is there until the process ends. */
export function exampleProject(example: Example): string {
    const known = copies.get(example);
    if (known !== undefined) return known;
    const around = path.join(root, ".turnstile");
    mkdirSync(around, { recursive: true });
    const parent = mkdtempSync(path.join(around, "example-"));
    process.once("exit", () => rmSync(parent, { recursive: true, force: true }));
    const copy = path.join(parent, example);
    const own = path.join(examplesFolder, example, "node_modules");
    cpSync(path.join(examplesFolder, example), copy, { recursive: true, filter: (file) => file !== own });
    for (const file of globSync("*.ts", { cwd: copy }).map((name) => path.join(copy, name))) {
        const text = readFileSync(file, "utf8");
        writeFileSync(file, text.replace('from "pulumi-turnstile"', 'from "../../../components/index.ts"'));
    }
    copies.set(example, copy);
    return copy;
}
