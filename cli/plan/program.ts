/** The program that plan and cost try out, recorded once. */
import type { RecordedProgram } from "../../embedded-aws/index.ts";
import { startError } from "../run/run.ts";
import type { Surroundings } from "../lib/surroundings.ts";
import { recordStack, settingsOf } from "../run/stack.ts";
import { announcer } from "./announcer.ts";

/** Throws `CommandError` where the program cannot be read, or has no settings. */
export async function recordedFor(
    { stack, seed }: { readonly stack: string; readonly seed: number },
    { root, stderr, env }: Surroundings,
): Promise<RecordedProgram> {
    const progress = announcer({ stderr, env });
    progress.show(`Reading the program of stack ${stack} …`);
    try {
        const program = await recordStack(root, { stack, seed });
        settingsOf(program);
        return program;
    } catch (error) {
        throw startError("no-program", error);
    } finally {
        progress.end();
    }
}
