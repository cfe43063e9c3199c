/**
 * Two benchmarks under AWS's quotas, on the virtual clock: 10,000 messages at once at limits of 10, 100 and 1,000; and the most
 * jobs a second of one pool, whose gate is one item that every write pays for in full. The numbers are the model's, and the
 * same each time; only the real time depends on the machine.
 */
import path from "node:path";
import { platformOn } from "../cli/run/platform.ts";
import { table } from "../cli/run/table.ts";
import {
    EmbeddedWorld,
    GlueService,
    StepFunctionsService,
    createServices,
    glueQuotaFor,
    recordProgram,
} from "../embedded-aws/index.ts";
import type { Model } from "../embedded-aws/index.ts";

const MINUTE = 60_000;
const unlimited = { burst: Infinity, perSecond: Infinity };

interface Load {
    readonly limit: number;
    readonly messages: number;
    /** How long a job runs, in milliseconds. */
    readonly job: (world: EmbeddedWorld) => number;
    readonly model: Partial<Model>;
}

interface Seen {
    /** Seconds from sending until every execution had been started. */
    readonly startedAll: number;
    /** Seconds from sending until as many jobs ran as the limit allows. */
    readonly filled: number;
    /** Seconds from sending until every job had ended. */
    readonly makespan: number;
    /** Seconds of real time. */
    readonly real: number;
    /** A counter of the embedded AWS, for each job. */
    perJob(counter: string): string;
    readonly good: boolean;
}

await burst();
await sustained();

async function burst(): Promise<void> {
    const rows: string[][] = [];
    for (const limit of [10, 100, 1000]) {
        const job = ({ random }: EmbeddedWorld): number => random.between(2 * MINUTE, 8 * MINUTE);
        const seen = await run({ limit, messages: 10_000, job, model: { glueQuota: glueQuotaFor(limit) } });
        if (!seen.good) throw new Error(`At limit ${limit} the burst failed, so its numbers mean nothing.`);
        rows.push([
            String(limit),
            seen.startedAll.toFixed(0),
            seen.filled === 0 ? "never" : seen.filled.toFixed(1),
            (seen.makespan / 3600).toFixed(1),
            seen.perJob("states.transitions"),
            seen.perJob("dynamodb.writeUnits"),
            seen.perJob("dynamodb.throttled"),
            seen.perJob("glue.refused"),
            seen.real.toFixed(0),
        ]);
    }
    const heads = [
        "Limit",
        "All started s",
        "Slots full s",
        "Makespan h",
        "Transitions",
        "Write units",
        "Throttled",
        "Refused",
        "Real s",
    ];
    console.log(
        "10,000 messages at once, jobs of 2 to 8 minutes; from transitions to refused starts: for each job",
    );
    console.log(table(heads, rows, [...heads.keys()]));
}

/**
 * Keeps every slot busy, so that each job that ends lets the next one in. The write units of a job show how many jobs a second
 * fit into the 1,000 write units of a partition, and so how long jobs must be for all slots to stay busy.
 */
async function sustained(): Promise<void> {
    const rows: string[][] = [];
    for (const limit of [10, 50, 100, 200, 500, 1000]) {
        const job = ({ random }: EmbeddedWorld): number => random.between(20 * MINUTE, 60 * MINUTE);
        const glueQuota = { concurrentRuns: Infinity, ...unlimited };
        const seen = await run({ limit, messages: 4 * limit, job, model: { glueQuota } });
        if (!seen.good) throw new Error(`At limit ${limit} the load failed, so its numbers mean nothing.`);
        const writeUnits = Number(seen.perJob("dynamodb.writeUnits"));
        const rate = 1000 / writeUnits;
        rows.push([
            String(limit),
            writeUnits.toFixed(0),
            rate.toFixed(1),
            (limit / rate).toFixed(0),
            seen.perJob("dynamodb.throttled"),
            seen.real.toFixed(0),
        ]);
    }
    const heads = [
        "Limit",
        "Write units",
        "Jobs a second",
        "Shortest jobs for busy slots, s",
        "Throttled",
        "Real s",
    ];
    console.log("The most jobs a second of one pool, by the write units of a job while every slot is busy");
    console.log(table(heads, rows, [...heads.keys()]));
}

async function run(load: Load): Promise<Seen> {
    const directory = path.join(import.meta.dirname, "..");
    const config = { limit: String(load.limit) };
    const program = await recordProgram({ directory, stack: "dev", config });
    const world: EmbeddedWorld = await EmbeddedWorld.open({
        programs: [program],
        modelOverrides: load.model,
        services: createServices({
            platform: platformOn,
            jobs: () => ({
                start: (_, finish) => {
                    const timer = world.clock.after(load.job(world), () => finish({ state: "SUCCEEDED" }));
                    return () => world.clock.cancel(timer);
                },
            }),
            stepFunctions: { keepHistory: "states" },
        }),
    });
    try {
        return await measure(world, load, String(program.outputs["queueUrl"]));
    } finally {
        await world.close();
    }
}

async function measure(world: EmbeddedWorld, load: Load, QueueUrl: string): Promise<Seen> {
    const { clock } = world;
    const glue = world.service(GlueService);
    const states = world.service(StepFunctionsService);
    clock.after(90_000, () => clock.stop());
    await clock.run();
    world.counters.clear();
    const began = clock.now();
    const startedAt = performance.now();
    const seconds = (): number => (clock.now() - began) / 1000;
    let [begun, startedAll, filled, ended, failed] = [0, 0, 0, 0, 0];
    states.onTransition((_, state) => {
        if (state === "Enter line" && ++begun === load.messages) startedAll = seconds();
    });
    glue.onStart(() => {
        if (filled === 0 && glue.running + 1 >= load.limit) filled = seconds();
    });
    states.onEnd(({ status }) => {
        if (status !== "SUCCEEDED") failed++;
        if (++ended === load.messages) clock.stop();
    });
    for (let i = 0; i < load.messages; i++) {
        const message = {
            QueueUrl,
            MessageBody: "{}",
            MessageGroupId: `g${i}`,
            MessageDeduplicationId: String(i),
        };
        world.call("sqs", "SendMessage", message, { principal: "user" });
    }
    await clock.run();
    return {
        startedAll,
        filled,
        makespan: seconds(),
        real: (performance.now() - startedAt) / 1000,
        perJob: (counter) => ((world.counters.get(counter) ?? 0) / load.messages).toFixed(1),
        good: failed === 0 && ended === load.messages && glue.peak <= load.limit,
    };
}
