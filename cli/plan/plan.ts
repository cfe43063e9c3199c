/** `turnstile plan`: what limit a batch of jobs needs, how long jobs then wait, and what it costs. */
import type { RecordedProgram } from "../../embedded-aws/index.ts";
import { CommandError } from "../lib/command-error.ts";
import { EXIT } from "../lib/exit-codes.ts";
import { count, duration, plural } from "../lib/format.ts";
import { fold } from "../lib/fold.ts";
import type { Surroundings } from "../lib/surroundings.ts";
import { announcer } from "./announcer.ts";
import { lowestLimit } from "./deadline.ts";
import type { PlanOptions } from "./options.ts";
import { toJson, toText } from "./plan-report.ts";
import type { Plan } from "./plan-report.ts";
import { recordedFor } from "./program.ts";
import { tryLimit } from "./trial.ts";
import type { Batch, Trial } from "./trial.ts";
import { jobOf } from "./with-limit.ts";

/** Step Functions, "Quotas": an execution lasts a year at most, and it begins to wait when it is sent. */
const LONGEST_WAIT_SECONDS = 365 * 86_400;

/** About how long a job, and a day without jobs, take here, in seconds: measured on two cores of 2024. */
const SECONDS = { aJob: 0.006, aDay: 0.9 };

/** A shorter run needs no warning, in seconds. */
const LONG = 15;

export async function plan(options: PlanOptions, around: Surroundings): Promise<number> {
    const doneBySeconds = secondsUntil(options);
    checkLength(options);
    const program = await recordedFor(options, around);
    return planOf(program, options, around, doneBySeconds);
}

/** Tries a recorded program at each limit, and prints what it found. */
export async function planOf(
    program: RecordedProgram,
    options: PlanOptions,
    around: Surroundings,
    doneBySeconds?: number,
): Promise<number> {
    const { jobs, minutes, spread, seed } = options;
    const batch: Batch = {
        jobs,
        shortest: minutes * (1 - spread / 100),
        longest: minutes * (1 + spread / 100),
        seed,
    };
    checkTimeout(program, batch);
    const made = await tryAll({ options, batch, program, doneBySeconds, around });
    if (!made) return around.interrupts.exitCode ?? EXIT.interrupted;
    const text = options.json
        ? JSON.stringify(toJson(made), null, 4)
        : fold(toText(made, around), around.stdout);
    around.stdout.write(`${text}\n`);
    return EXIT.done;
}

interface Work {
    readonly options: PlanOptions;
    readonly batch: Batch;
    readonly program: RecordedProgram;
    readonly doneBySeconds: number | undefined;
    readonly around: Surroundings;
}

/** Undefined if Ctrl-C ended it. */
async function tryAll({ options, batch, program, doneBySeconds, around }: Work): Promise<Plan | undefined> {
    const progress = announcer(around);
    const known = new Map<number, Trial>();
    const attempt = async (limit: number): Promise<Trial | undefined> => {
        const earlier = known.get(limit);
        if (earlier) return earlier;
        progress.begin(`limit ${limit}: ${plural(batch.jobs, "job")}`);
        const trial = await tryLimit(program, batch, limit, around, (ended) =>
            progress.show(`limit ${limit}: ${count(ended)} of ${plural(batch.jobs, "job")}`),
        );
        if (trial) known.set(limit, trial);
        return trial;
    };
    try {
        warnOfLength(options, around);
        const trials: Trial[] = [];
        for (const limit of options.limits) {
            const trial = await attempt(limit);
            if (!trial) return undefined;
            trials.push(trial);
        }
        const base = { options, region: program.region, hasOwnJob: jobOf(program) !== undefined, trials };
        if (doneBySeconds === undefined) return base;
        const workSeconds = batch.jobs * options.minutes * 60 * LUCK;
        const lowest = await lowestLimit({ jobs: batch.jobs, workSeconds, doneBySeconds }, attempt);
        return (
            lowest && {
                ...base,
                doneBy: { seconds: doneBySeconds, trial: lowest === "none" ? undefined : lowest },
            }
        );
    } finally {
        progress.end();
    }
}

/** All jobs together may run somewhat shorter than their mean says, if they are few. */
const LUCK = 0.9;

function secondsUntil({ doneBy }: PlanOptions): number | undefined {
    if (doneBy === undefined || "seconds" in doneBy) return doneBy?.seconds;
    const seconds = (doneBy.moment - Date.now()) / 1000;
    if (seconds > 0) return Math.round(seconds);
    throw new CommandError("usage", `--done-by ${new Date(doneBy.moment).toISOString()} has passed`, {
        exitCode: EXIT.usage,
    });
}

function checkLength({ jobs, minutes, limits }: PlanOptions): void {
    const [lowest = 1] = limits;
    const seconds = (jobs * minutes * 60) / lowest;
    if (seconds <= LONGEST_WAIT_SECONDS) return;
    throw new CommandError(
        "usage",
        `With a limit of ${lowest}, ${plural(jobs, "job")} of ${minutes} min take ${duration(seconds)}; an execution waits a year at most`,
        { exitCode: EXIT.usage, hint: "name higher limits with --limits, or fewer jobs" },
    );
}

/** A job that runs into its timeout fails. */
function checkTimeout(program: RecordedProgram, { longest }: Batch): void {
    const timeout = jobOf(program)?.inputs["timeout"];
    if (typeof timeout !== "number" || longest <= timeout) return;
    throw new CommandError(
        "usage",
        `Jobs of up to ${longest} min would run into the timeout of the stack's job, ${timeout} min`,
        { exitCode: EXIT.usage, hint: "raise the job's timeout, or name fewer --minutes or less --spread" },
    );
}

/** Says what takes long before it begins. */
export function warnOfLength(
    { jobs, minutes, limits }: Pick<PlanOptions, "jobs" | "minutes" | "limits">,
    { stderr }: Pick<Surroundings, "stderr">,
): void {
    const days = limits.reduce((sum, limit) => sum + (jobs * minutes) / limit / 1440, 0);
    const seconds = limits.length * jobs * SECONDS.aJob + days * SECONDS.aDay;
    if (seconds < LONG) return;
    stderr.write(
        `turnstile: ${plural(limits.length, "run")} of ${plural(jobs, "job")} take about ${duration(seconds)} here; Ctrl-C ends them\n`,
    );
}
