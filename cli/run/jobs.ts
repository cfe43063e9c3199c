/**
 * What a Glue run does in `npm start`: the example's twin, which computes the job's real result in modelled time; nothing, in
 * modelled time; or a real command of the user's.
 */
import { mkdirSync } from "node:fs";
import path from "node:path";
import { aggregate } from "../../examples/weather/aggregate.ts";
import type { Clock, GlueRun, JobBehavior, Random, RunEnd, Timer } from "../../embedded-aws/index.ts";
import { lastLine, startCommand, toArgv } from "./command.ts";
import type { CommandEnd, RunningCommand } from "./command.ts";

/** How long a modelled job runs once Glue has started it, in milliseconds: anything between with the same likelihood. */
export const MODELLED_JOB = { shortest: 2 * 60_000, longest: 8 * 60_000 } as const;

/** A command that was told to end gets this long before it is killed. */
const KILL_AFTER_MILLIS = 5000;

/** The last line that a message's job printed. */
export type KeepResult = (message: number, line: string) => void;

/** A run's message, by its place in the order of sending. */
export type MessageOf = (run: GlueRun) => number;

const succeeded: RunEnd = { state: "SUCCEEDED" };

/** Modelled jobs; those with the example's arguments have the example's result, or its failure. */
export function modelledJobs(
    clock: Clock,
    random: Random,
    options: {
        readonly messageOf: MessageOf;
        readonly keepResult: KeepResult;
        readonly readInput: (path?: string) => string;
    },
): JobBehavior {
    return {
        start: (run, finish) => {
            const duration = random.between(MODELLED_JOB.shortest, MODELLED_JOB.longest);
            const timer = clock.after(duration, () => finish(end(run)));
            return () => clock.cancel(timer);
        },
    };

    function end(run: GlueRun): RunEnd {
        const args = run.effectiveArguments();
        if (args["--month"] === undefined) return succeeded;
        try {
            options.keepResult(options.messageOf(run), aggregate(args, options.readInput));
            return succeeded;
        } catch (error) {
            return { state: "FAILED", errorMessage: (error as Error).message };
        }
    }
}

/** Each run runs the user's command, in real time. */
export class CommandJobs implements JobBehavior {
    private readonly clock: Clock;
    /** Where the output is. */
    readonly directory: string;
    private readonly options: CommandJobsOptions;
    private readonly running = new Set<RunningCommand>();
    private readonly attempts = new Map<number, number>();
    private onGone: (() => void) | undefined;

    constructor(clock: Clock, options: CommandJobsOptions) {
        this.clock = clock;
        this.options = options;
        this.directory = options.directory;
        mkdirSync(this.directory, { recursive: true });
    }

    start(run: GlueRun, finish: (end: RunEnd) => void): () => boolean {
        const { command, cwd, messageOf } = this.options;
        const message = messageOf(run);
        const paths = this.paths(message);
        const release = this.clock.hold();
        let killTimer: Timer | undefined;
        const ended = (end: CommandEnd): void => {
            this.running.delete(process);
            if (this.running.size === 0) this.onGone?.();
            // The command ended outside of the clock's events; what follows from it is one of them.
            this.clock.post(() => {
                release();
                this.clock.cancel(killTimer);
                finish(this.conclude(message, end, paths.stdoutPath));
            });
        };
        const process = startCommand({
            command,
            args: toArgv(run.effectiveArguments()),
            cwd,
            ...paths,
            ended,
        });
        this.running.add(process);
        return () => {
            process.kill("SIGTERM");
            killTimer = this.clock.after(KILL_AFTER_MILLIS, () => process.kill("SIGKILL"));
            return true;
        };
    }

    /** Ends every command that runs; settles when they are gone. Those that do not go are killed. */
    async close(): Promise<void> {
        if (this.running.size === 0) return;
        this.signal("SIGTERM");
        const timer = setTimeout(() => this.signal("SIGKILL"), KILL_AFTER_MILLIS);
        await new Promise<void>((resolve) => (this.onGone = resolve));
        clearTimeout(timer);
    }

    /** Ends every command that runs, at once. */
    kill(): void {
        this.signal("SIGKILL");
    }

    private signal(signal: "SIGTERM" | "SIGKILL"): void {
        for (const process of this.running) process.kill(signal);
    }

    private conclude(message: number, end: CommandEnd, stdoutPath: string): RunEnd {
        if (end.problem !== undefined) return { state: "FAILED", errorMessage: end.problem };
        const line = lastLine(stdoutPath);
        if (line !== undefined) this.options.keepResult(message, line);
        return succeeded;
    }

    /** The file, in the directory, in which the errors of the message's last run are; undefined when none was started. */
    errorsOf(message: number): string | undefined {
        return this.attempts.has(message) ? `${this.fileName(message)}.stderr` : undefined;
    }

    private paths(message: number): { stdoutPath: string; stderrPath: string } {
        this.attempts.set(message, (this.attempts.get(message) ?? 0) + 1);
        const file = path.join(this.directory, this.fileName(message));
        return { stdoutPath: `${file}.stdout`, stderrPath: `${file}.stderr` };
    }

    /** `0007`; `0007.2` when the job is tried again. */
    private fileName(message: number): string {
        const attempt = this.attempts.get(message) ?? 1;
        return String(message + 1).padStart(4, "0") + (attempt > 1 ? `.${attempt}` : "");
    }
}

export interface CommandJobsOptions {
    readonly command: string;
    /** Where commands run. */
    readonly cwd: string;
    /** Gets their output; it is made. */
    readonly directory: string;
    readonly messageOf: MessageOf;
    readonly keepResult: KeepResult;
}
