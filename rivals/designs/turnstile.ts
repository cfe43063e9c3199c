/** Turnstile itself, as it is deployed, with the Glue job that all rivals run. */
import path from "node:path";
import { recordProgram } from "../../embedded-aws/index.ts";
import type { EmbeddedWorld, RecordedProgram } from "../../embedded-aws/index.ts";
import { readGate } from "../../slots/items.ts";
import { ENTRY, TABLE } from "../../slots/table.ts";
import type { Rival } from "../rival.ts";
import { job, JOB_NAME, role } from "./lib/parts.ts";
import { Stack } from "./lib/stack.ts";

const POOL = "jobs";
const directory = path.join(import.meta.dirname, "..", "..");

export const turnstile = turnstileWith(
    "turnstile",
    "Turnstile",
    {},
    "The size of the map is compared in the write that adds to it.",
);

/** Turnstile with other keys of its configuration. */
export function turnstileWith(
    name: string,
    title: string,
    config: Readonly<Record<string, string>>,
    eleventh: string,
): Rival {
    return {
        name,
        family: "turnstile",
        title,
        eleventh,
        source: { text: "this project", url: "how-it-works.md" },
        program: async (settings) => {
            const program = await record({ limit: String(settings.limit), ...config });
            const stack = new Stack("turnstile-job");
            job(stack, role(stack), settings);
            const { account, region } = stack.program({});
            if (account !== program.account || region !== program.region)
                throw new Error(`Turnstile is recorded for ${program.account} in ${program.region}.`);
            return { ...program, resources: [...stack.program({}).resources, ...program.resources] };
        },
        slotsTaken: (world: EmbeddedWorld, { outputs }: RecordedProgram) => {
            const input = {
                TableName: outputs["tableName"],
                Key: { [TABLE.partitionKey]: { S: POOL }, [TABLE.sortKey]: { S: ENTRY.gate } },
            };
            const { Item } = world.call("dynamodb", "GetItem", input, { principal: "user" }) as {
                Item?: Parameters<typeof readGate>[0];
            };
            return Object.keys(readGate(Item)?.holders ?? {}).length;
        },
    };
}

const recorded = new Map<string, Promise<RecordedProgram>>();

/** Recording takes seconds, so each configuration is recorded once. */
function record(config: Readonly<Record<string, string>>): Promise<RecordedProgram> {
    const key = JSON.stringify(config);
    let program = recorded.get(key);
    program ??= recordProgram({ directory, stack: "dev", config: { ...config, jobName: JOB_NAME } });
    recorded.set(key, program);
    return program;
}
