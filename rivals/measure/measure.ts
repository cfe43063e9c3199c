/** Runs one rival with one line of messages, and measures it from outside. */
import { platformOn } from "../../cli/run/platform.ts";
import { charge, pricesOf } from "../../cli/lib/prices.ts";
import { usageOf } from "../../cli/run/summary.ts";
import {
    EmbeddedWorld,
    GlueService,
    StepFunctionsService,
    createServices,
} from "../../embedded-aws/index.ts";
import type { Model, RecordedProgram } from "../../embedded-aws/index.ts";
import { JOB_NAME } from "../designs/lib/parts.ts";
import type { Rival, Settings } from "../rival.ts";
import { inject, injectReadLag } from "./faults.ts";
import type { Faults } from "./faults.ts";
import { Line } from "./line.ts";
import { Messages } from "./messages.ts";
import type { Fates } from "./messages.ts";

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

/** Until then nothing has begun or ended, and messages are left: they are stuck. */
const STUCK_AFTER_MILLIS = 12 * HOUR;
/** A run is given up early if less than a twentieth is done in a minute: costs for a job fall as the line gets shorter. */
const EARLY = { seconds: 60, share: 0.05 };
/** Messages that come back as new ones can become more. A line that has grown so many times never ends. */
const GROWN = 2;
/** Whatever still comes of a line that is over has come by then: late events, doubled events, two sweeps. */
const SETTLE_MILLIS = 15 * MINUTE;

export interface Load extends Settings {
    readonly messages: number;
    /** How long a job runs, in seconds, without Glue's own time to start it. */
    readonly jobSeconds: number;
    readonly seed: number;
    readonly faults: Faults;
    /** Seconds for which Glue still counts a run that has ended. @default as the model has it */
    readonly tailSeconds?: number;
    /** Seconds by which what Step Functions shows of executions is old, without other faults. @default 0 */
    readonly readLagSeconds?: number;
    /** Seconds of real time after which the run is given up. @default never */
    readonly budgetSeconds?: number;
}

/** Of one run. Costs are those until the line was over. */
export interface Measured extends Fates {
    readonly rival: string;
    readonly messages: number;
    readonly limit: number;
    readonly faults: Faults;
    readonly seed: number;
    readonly peakRunning: number;
    /** As Glue counts, which counts a run for a while after its end. */
    readonly peakCounted: number;
    /** Starts that Glue refused. */
    readonly refused: number;
    /** Jobs that were run once more although they had been run. */
    readonly repeated: number;
    /** Slots that are taken at the end although nothing runs; undefined where no books are kept. */
    readonly leaked: number | undefined;
    readonly overtakes: number;
    /** Of all slots together. */
    readonly idleSeconds: number;
    readonly makespan: number;
    readonly ideal: number;
    readonly transitions: number;
    readonly writeUnits: number;
    readonly invocations: number;
    /** US dollars, without Glue's charge for the jobs. */
    readonly dollars: number;
    /** The most of one execution. */
    readonly historyEvents: number;
}

/** Measures a rival; undefined if the run took longer than its budget of real time. */
export async function measure(rival: Rival, load: Load): Promise<Measured | undefined> {
    const program = await rival.program(load);
    const world = await openWorld(program, load);
    try {
        return await new Run(rival, program, world, load).toEnd();
    } finally {
        await world.close();
    }
}

/** What `openWorld` needs of a load. */
export type Conditions = Pick<Load, "seed" | "jobSeconds" | "faults" | "tailSeconds" | "readLagSeconds">;

/** An account with the program of a rival, before any fault. */
export function openWorld(program: RecordedProgram, load: Conditions): Promise<EmbeddedWorld> {
    const { seed, jobSeconds, tailSeconds, faults, readLagSeconds } = load;
    // A read that lags behind may ask for the history of an execution that has just ended.
    const isLate = faults !== "none" || readLagSeconds !== undefined;
    const tail: Partial<Model> =
        tailSeconds === undefined ? {} : { glueTailMillis: () => tailSeconds * SECOND };
    return EmbeddedWorld.open({
        programs: [program],
        seed,
        modelOverrides: tail,
        // Who may do what is no part of the comparison.
        authorization: "off",
        services: createServices({
            platform: platformOn,
            functions: "interleaved",
            jobs: ({ clock }) => ({
                start: (_, finish) => {
                    const timer = clock.after(jobSeconds * SECOND, () => finish({ state: "SUCCEEDED" }));
                    return () => clock.cancel(timer);
                },
            }),
            stepFunctions: { keepHistory: isLate ? "all" : "states" },
        }),
    });
}

class Run {
    private readonly rival: Rival;
    private readonly program: RecordedProgram;
    private readonly world: EmbeddedWorld;
    private readonly load: Load;
    private readonly glue: GlueService;
    private readonly messages: Messages;
    private line!: Line;
    private peakCounted = 0;

    constructor(rival: Rival, program: RecordedProgram, world: EmbeddedWorld, load: Load) {
        this.rival = rival;
        this.program = program;
        this.world = world;
        this.load = load;
        this.glue = world.service(GlueService);
        this.messages = new Messages(world, program, load.messages);
    }

    async toEnd(): Promise<Measured | undefined> {
        const { world, load, messages } = this;
        const began = performance.now();
        // Turnstile makes its gate within a minute of its deployment.
        await this.pass(90 * SECOND);
        world.counters.clear();
        inject(world, load.faults, load.seed);
        if (load.readLagSeconds !== undefined) injectReadLag(world, load.readLagSeconds * SECOND);
        this.line = new Line(load.messages, load.limit, () => world.clock.now());
        this.watch();
        messages.send();
        while (!this.isOver()) {
            if (this.isTooSlow((performance.now() - began) / 1000)) return undefined;
            await this.pass(MINUTE);
        }
        const counters = new Map(world.counters);
        await this.pass(SETTLE_MILLIS);
        return this.result(counters);
    }

    private watch(): void {
        this.glue.onBegin((run) => {
            this.line.runBegins(run.id, Number(run.arguments["--number"]));
            this.peakCounted = Math.max(this.peakCounted, this.glue.job(JOB_NAME).counted);
        });
        this.glue.onEnd((run) => {
            this.line.runEnds(run.id);
            if (run.state === "SUCCEEDED") this.messages.succeeded(Number(run.arguments["--number"]));
        });
    }

    private isTooSlow(seconds: number): boolean {
        const { budgetSeconds = Infinity } = this.load;
        if (seconds > budgetSeconds) return true;
        const isHopeless = this.messages.shareDone < EARLY.share * (seconds / EARLY.seconds);
        return budgetSeconds < Infinity && seconds > EARLY.seconds && isHopeless;
    }

    private isOver(): boolean {
        const { line, messages, world } = this;
        if (messages.queued() > GROWN * this.load.messages) return true;
        if (!line.isQuiet) return false;
        if (world.clock.now() - line.lastSeen > STUCK_AFTER_MILLIS) return true;
        return messages.areSettled;
    }

    private result(counters: ReadonlyMap<string, number>): Measured {
        const { rival, program, world, load, line, glue } = this;
        const usage = usageOf(counters, program);
        const { prices } = pricesOf(program.region);
        const charges = Object.values(charge(usage, prices));
        const events = [...world.service(StepFunctionsService).allExecutions()].map((one) => one.events);
        const taken = rival.slotsTaken?.(world, program);
        return {
            rival: rival.name,
            messages: load.messages,
            limit: load.limit,
            faults: load.faults,
            seed: load.seed,
            ...this.messages.fates(),
            peakRunning: line.peak,
            peakCounted: this.peakCounted,
            refused: counters.get("glue.refused") ?? 0,
            repeated: line.repeated,
            leaked: taken === undefined ? undefined : taken - glue.running,
            overtakes: line.overtakes,
            idleSeconds: line.idleSeconds,
            makespan: line.makespan,
            ideal: line.ideal,
            transitions: usage.transitions,
            writeUnits: usage.writeUnits,
            invocations: usage.invocations,
            dollars: charges.reduce((sum, each) => sum + each, 0),
            historyEvents: events.reduce((most, each) => Math.max(most, each), 0),
        };
    }

    private async pass(millis: number): Promise<void> {
        const { clock } = this.world;
        const timer = clock.after(millis, () => clock.stop());
        await clock.run();
        clock.cancel(timer);
    }
}
