/** Records the whole program as the engine would run it: with the configuration of its own files. */
import path from "node:path";
import { readStackConfig } from "../../embedded-aws/index.ts";
import { record } from "../mocks.ts";
import type { Recorded, RecordOptions } from "../mocks.ts";

export const directory = path.join(import.meta.dirname, "../..");

export interface Program {
    readonly recorded: readonly Recorded[];
    /** The stack's outputs, unresolved. */
    readonly outputs: Readonly<Record<string, unknown>>;
}

let runs = 0;

/** @param overrides configuration instead of the stack's, as `pulumi config set` would write it */
export async function recordUnderMocks(
    stack: string,
    options: Pick<RecordOptions, "preview"> & { overrides?: Record<string, string> } = {},
): Promise<Program> {
    const { overrides = {}, ...others } = options;
    const { config, region } = readStackConfig({ directory, stack, overrides });
    let outputs: Record<string, unknown> = {};
    // The program runs when it is imported, so each run imports it under another URL.
    const program = new URL(`../../index.ts?run=${String(runs++)}`, import.meta.url).href;
    const recorded = await record(
        async () => {
            outputs = { ...((await import(program)) as Record<string, unknown>) };
        },
        { ...others, stack, region, config },
    );
    return { recorded, outputs };
}
