/** The programs that runs are made of: the deployed one, recorded once for each of a few configurations. */
import path from "node:path";
import { recordProgram } from "../embedded-aws/index.ts";
import type { RecordedProgram } from "../embedded-aws/index.ts";

/** Keys of the stack's configuration; what is left out has its default. */
export const CONFIGURATIONS: readonly Readonly<Record<string, string>>[] = [
    {
        limit: "2",
        maxAttempts: "2",
        retryDelaySeconds: "5",
        startBudgetSeconds: "120",
        pauseAfterFailures: "0",
    },
    {
        limit: "5",
        maxAttempts: "3",
        pauseAfterFailures: "2",
        retryDelaySeconds: "30",
        startBudgetSeconds: "300",
        cooldownSeconds: "20",
    },
    { limit: "1", maxAttempts: "1", retryDelaySeconds: "1", startBudgetSeconds: "0" },
    {
        limit: "12",
        maxAttempts: "2",
        pauseAfterFailures: "0",
        retryDelaySeconds: "10",
        startBudgetSeconds: "60",
        cooldownSeconds: "60",
    },
    { limit: "50", maxAttempts: "2", retryDelaySeconds: "10", startBudgetSeconds: "600" },
];

const root = path.join(import.meta.dirname, "..");

export interface ProgramsOptions {
    /** Where the program's sources are. @default this repository */
    readonly directory?: string;
    /** Records this configuration alone, and leaves the others out of the array. @default all */
    readonly only?: number;
}

export async function recordPrograms({ directory = root, only }: ProgramsOptions = {}): Promise<
    RecordedProgram[]
> {
    const programs: RecordedProgram[] = [];
    const record = async (config: Readonly<Record<string, string>>, i: number): Promise<void> => {
        if (only !== undefined && only !== i) return;
        programs[i] = await recordProgram({ directory, stack: "dev", config: { ...config } });
    };
    await Promise.all(CONFIGURATIONS.map(record));
    return programs;
}

/** A program whose starter allows only argument names that no message of a run has. */
export function forbidding(program: RecordedProgram): RecordedProgram {
    const resources = program.resources.map((resource) => {
        const { environment } = resource.inputs as {
            environment?: { variables: Record<string, string> };
        };
        // Only the starter knows the work queue.
        if (environment?.variables["QUEUE_URL"] === undefined) return resource;
        const variables = { ...environment.variables, ARGUMENT_NAMES: JSON.stringify(["--another"]) };
        return { ...resource, inputs: { ...resource.inputs, environment: { variables } } };
    });
    return { ...program, resources };
}
