/** `npm run mutants`. This file has what belongs to the process: its arguments, its streams, its exit code. */
import { readFileSync, writeFileSync } from "node:fs";
import { letReadersStop } from "../../cli/lib/broken-pipe.ts";
import { recordPrograms } from "../programs.ts";
import { Mutants } from "./command.ts";
import { MUTANTS } from "./list/index.ts";
import { parseOptions } from "./options.ts";
import { check, recordMutant } from "./sources.ts";
import { withTable } from "./table.ts";

const PAGE = new URL("../../docs/proof.md", import.meta.url);

letReadersStop(process.stdout, process.stderr);
const command = new Mutants({
    mutants: MUTANTS,
    check,
    programs: (mutant) => (mutant ? recordMutant(mutant) : recordPrograms()),
    out: (text) => process.stdout.write(text),
    error: (text) => process.stderr.write(text),
    document: (trials) => writeFileSync(PAGE, withTable(readFileSync(PAGE, "utf8"), trials)),
});
process.exitCode = await command.run(parseOptions(process.argv.slice(2)));
