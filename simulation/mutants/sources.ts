/** Copies of the deployed program's sources, for a mutant to change. */
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import type { RecordedProgram } from "../../embedded-aws/index.ts";
import { recordPrograms } from "../programs.ts";
import { changed } from "./mutant.ts";
import type { Mutant } from "./mutant.ts";

const ROOT = path.join(import.meta.dirname, "..", "..");

/** In the repository, so that a copy finds its packages. */
const COPIES = path.join(ROOT, ".turnstile", "mutants");

/** What the programs are made of, and what Pulumi reads. */
const DEPLOYED = [
    ...["Pulumi.yaml", "Pulumi.dev.yaml", "package.json", "index.ts", "config.ts"],
    ...["components", "examples", "functions", "slots", "workflow", "simulation/two-pools"],
];

/** Throws a `MutantError` if the changes no longer apply to the sources. */
export function check({ id, changes }: Mutant): void {
    changes.reduce((files, change) => {
        const before = files.get(change.file) ?? readFileSync(path.join(ROOT, change.file), "utf8");
        return files.set(change.file, changed(before, change, id));
    }, new Map<string, string>());
}

/**
 * Records the programs of the sources with the mutant's changes in them.
 * @param only the one configuration to record; absent: all
 */
export async function recordMutant(
    { id, changes }: Mutant,
    only?: number,
): Promise<readonly RecordedProgram[]> {
    mkdirSync(COPIES, { recursive: true });
    const copy = mkdtempSync(path.join(COPIES, `${id}-`));
    try {
        for (const name of DEPLOYED)
            cpSync(path.join(ROOT, name), path.join(copy, name), { recursive: true });
        for (const change of changes) {
            const file = path.join(copy, change.file);
            writeFileSync(file, changed(readFileSync(file, "utf8"), change, id));
        }
        return await recordPrograms({ directory: copy, ...(only !== undefined && { only }) });
    } finally {
        rmSync(copy, { recursive: true, force: true });
    }
}
