/**
 * What a Glue run does in `npm start`: it takes a modelled time and does nothing; or, for the example's messages, computes the
 * real result; or runs the user's command in real time.
 */
import { mkdirSync } from "node:fs";
import path from "node:path";
import { aggregate } from "../../examples/weather/aggregate.ts";
import type { Clock, GlueRun, JobBehavior, Random, RunEnd, Timer } from "../../embedded-aws/index.ts";
import { lastLine, startCommand, toArgv } from "./shell-command.ts";
import type { CommandEnd, RunningCommand } from "./shell-command.ts";

/** How long a modelled job runs once Glue has started it, in milliseconds: evenly distributed between the two. */
export const MODELLED_JOB = { shortest: 2 * 60_000, longest: 8 * 60_000 } as const;

/** How long a command has to end after SIGTERM before it is killed. */
const KILL_AFTER_MILLIS = 5000;

/** Keeps the last line that a message's job printed. */
export type KeepResult = (message: number, line: string) => void;

/** The message of a run, by its index in the order of sending. */
export type MessageOf = (run: GlueRun) => number;

const succeeded: RunEnd = { state: "SUCCEEDED" };

/** Jobs in modelled time. One with the example's arguments ends with the example's result, or fails as the example does. */
export function modelledJobs(
    clock: Clock,
    random: Random,
    options: {
        readonly messageOf: MessageOf;
        readonly keepResult: KeepResult;
        readonly readInput: (path?: string) => string;
        /** Whether jobs with the example's arguments compute its results. */
        readonly computes: boolean;
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
        if (!options.computes || args["--month"] === undefined) return succeeded;
        try {
            options.keepResult(options.messageOf(run), aggregate(args, options.readInput));
            return succeeded;
        } catch (error) {
            return { state: "FAILED", errorMessage: (error as Error).message };
        }
    }
}

/** Jobs that run the user's command in real time. */
export class CommandJobs implements JobBehavior {
    /** Where the output is. */
    readonly directory: string;
    private readonly clock: Clock;
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
            this.running.delete(child);
            if (this.running.size === 0) this.onGone?.();
            // The command ended in real time; what follows from it is an event of the clock.
            this.clock.post(() => {
                release();
                this.clock.cancel(killTimer);
                finish(this.conclude(message, end, paths.stdoutPath));
            });
        };
        const child = startCommand({
            command,
            args: toArgv(run.effectiveArguments()),
            cwd,
            ...paths,
            ended,
        });
        this.running.add(child);
        return () => {
            child.kill("SIGTERM");
            killTimer = this.clock.after(KILL_AFTER_MILLIS, () => child.kill("SIGKILL"));
            return true;
        };
    }

    /** Ends every command that runs, and kills those that do not end. Resolves when all have ended. */
    async close(): Promise<void> {
        if (this.running.size === 0) return;
        this.signal("SIGTERM");
        const timer = setTimeout(() => this.signal("SIGKILL"), KILL_AFTER_MILLIS);
        await new Promise<void>((resolve) => (this.onGone = resolve));
        clearTimeout(timer);
    }

    /** Kills every command that runs. */
    kill(): void {
        this.signal("SIGKILL");
    }

    private signal(signal: "SIGTERM" | "SIGKILL"): void {
        for (const child of this.running) child.kill(signal);
    }

    private conclude(message: number, end: CommandEnd, stdoutPath: string): RunEnd {
        if (end.problem !== undefined) return { state: "FAILED", errorMessage: end.problem };
        const line = lastLine(stdoutPath);
        if (line !== undefined) this.options.keepResult(message, line);
        return succeeded;
    }

    /** The file in `directory` with the errors of the message's last run; undefined when there was no run. */
    errorsOf(message: number): string | undefined {
        return this.attempts.has(message) ? `${this.fileName(message)}.stderr` : undefined;
    }

    private paths(message: number): { stdoutPath: string; stderrPath: string } {
        this.attempts.set(message, (this.attempts.get(message) ?? 0) + 1);
        const file = path.join(this.directory, this.fileName(message));
        return { stdoutPath: `${file}.stdout`, stderrPath: `${file}.stderr` };
    }

    /** `0007`; `0007.2` at the second attempt. */
    private fileName(message: number): string {
        const attempt = this.attempts.get(message) ?? 1;
        return String(message + 1).padStart(4, "0") + (attempt > 1 ? `.${attempt}` : "");
    }
}

export interface CommandJobsOptions {
    readonly command: string;
    /** The directory that commands run in. */
    readonly cwd: string;
    /** The directory for their output; it is made. */
    readonly directory: string;
    readonly messageOf: MessageOf;
    readonly keepResult: KeepResult;
}
