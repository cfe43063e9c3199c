/** What a stack uses that has nothing to do: its schedules, its metrics, its logs. */
import type { RecordedProgram } from "../../embedded-aws/index.ts";
import type { Usage } from "../lib/prices.ts";
import { openStack } from "../run/stack.ts";
import { usageOf } from "../run/summary.ts";
import { LogMeter } from "./log-meter.ts";

export interface Idle {
    readonly usage: Usage;
    readonly logBytes: number;
    /** Metrics that its functions put, each with its dimensions. */
    readonly metrics: ReadonlySet<string>;
}

/** Right after a deployment every alarm reports once. */
const SETTLED_HOURS = 1;

const HOUR = 3_600_000;

/** What one day without jobs uses. */
export async function idleDay(program: RecordedProgram, seed: number): Promise<Idle> {
    const stack = await openStack(program, {
        limit: 1,
        seed,
        sdk: false,
        model: "aws",
        clock: { speed: Infinity },
        jobs: () => ({ start: () => () => false }),
        warn: () => undefined,
    });
    const { world } = stack;
    const pass = async (hours: number): Promise<void> => {
        world.clock.after(hours * HOUR, () => world.clock.stop());
        await world.clock.run();
    };
    try {
        await pass(SETTLED_HOURS);
        const before = new Map(world.counters);
        const logs = new LogMeter(stack);
        await pass(24);
        const counters = new Map([...world.counters].map(([name, n]) => [name, n - (before.get(name) ?? 0)]));
        return { usage: usageOf(counters, program), logBytes: logs.bytes, metrics: logs.metrics };
    } finally {
        await world.close();
    }
}
