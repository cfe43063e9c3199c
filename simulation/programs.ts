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

export function recordPrograms(): Promise<RecordedProgram[]> {
    return Promise.all(
        CONFIGURATIONS.map((config) =>
            recordProgram({ directory: root, stack: "dev", config: { ...config } }),
        ),
    );
}
