/** Every mutant. */
import type { Mutant } from "../mutant.ts";
import { LINE_MUTANTS } from "./line.ts";
import { REAPER_MUTANTS } from "./reaper.ts";
import { SLOT_MUTANTS } from "./slots.ts";
import { WORKFLOW_MUTANTS } from "./workflow.ts";

export const MUTANTS: readonly Mutant[] = [
    ...SLOT_MUTANTS,
    ...LINE_MUTANTS,
    ...REAPER_MUTANTS,
    ...WORKFLOW_MUTANTS,
];
