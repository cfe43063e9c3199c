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

/** The place of the program with two pools on one table, behind those of the configurations. */
export const TWO_POOLS = CONFIGURATIONS.length;

/** The smallest limit of a program's pools, and whether one of them has a breaker. */
export function sizeOf(configuration: number): { readonly limit: number; readonly hasBreaker: boolean } {
    if (configuration === TWO_POOLS) return { limit: 2, hasBreaker: true };
    const { limit, pauseAfterFailures } = CONFIGURATIONS[configuration] ?? {};
    return { limit: Number(limit), hasBreaker: pauseAfterFailures !== "0" };
}

/** What a pool has of its own in a recorded program. */
export interface PoolOutputs {
    readonly pool: string;
    readonly queueUrl: string;
    readonly deadLetterQueueUrl: string;
    readonly stateMachineArn: string;
    /** What the names of its alarms begin with. */
    readonly alarms: string;
}

/** The pools of a recorded program. */
export function poolsOf({ outputs }: RecordedProgram): readonly PoolOutputs[] {
    const { pools, queueUrl, deadLetterQueueUrl, stateMachineArn } = outputs as unknown as Omit<
        PoolOutputs,
        "pool" | "alarms"
    > & { readonly pools?: readonly Omit<PoolOutputs, "alarms">[] };
    if (pools) return pools.map((each) => ({ ...each, alarms: `${each.pool}-monitoring-` }));
    const own = { queueUrl, deadLetterQueueUrl, stateMachineArn };
    return [{ pool: "jobs", alarms: "turnstile-monitoring-", ...own }];
}

const root = path.join(import.meta.dirname, "..");

export interface ProgramsOptions {
    /** Where the program's sources are. @default this repository */
    readonly directory?: string;
    /** Records this program alone, and leaves the others out of the array. @default all */
    readonly only?: number;
}

export async function recordPrograms({ directory = root, only }: ProgramsOptions = {}): Promise<
    RecordedProgram[]
> {
    const programs: RecordedProgram[] = [];
    const record = async (place: number): Promise<void> => {
        if (only !== undefined && only !== place) return;
        programs[place] = await recordProgram(
            place === TWO_POOLS
                ? { directory: path.join(directory, "simulation", "two-pools"), stack: "dev" }
                : { directory, stack: "dev", config: { ...CONFIGURATIONS[place] } },
        );
    };
    await Promise.all([...CONFIGURATIONS.keys(), TWO_POOLS].map(record));
    return programs;
}

/** A program whose starters allow only argument names that no message of a run has. */
export function forbidding(program: RecordedProgram): RecordedProgram {
    const resources = program.resources.map((resource) => {
        const { environment } = resource.inputs as {
            environment?: { variables: Record<string, string> };
        };
        // Only a starter knows a work queue.
        if (environment?.variables["QUEUE_URL"] === undefined) return resource;
        const variables = { ...environment.variables, ARGUMENT_NAMES: JSON.stringify(["--another"]) };
        return { ...resource, inputs: { ...resource.inputs, environment: { variables } } };
    });
    return { ...program, resources };
}
