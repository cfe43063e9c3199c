/**
 * What a Glue run does in `npm start`: it takes a modelled time and does nothing; or, for the example's messages, computes the
 * real result; or runs the user's command in real time.
 */
import { aggregate } from "../../examples/weather/aggregate.ts";
import type { Clock, GlueRun, JobBehavior, Random, RunEnd, Timer } from "../../embedded-aws/index.ts";
import { hasPlaces } from "./command-arguments.ts";
import type { Attempt, OutputFolder } from "./output-folder.ts";
import { lastLine, startCommand, tailOf } from "./shell-command.ts";
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

/** What a command says that does not know the arguments which it gets. */
const UNEXPECTED =
    /(unrecognized|unknown|invalid|illegal|unexpected|too many|extra).{0,20}(option|argument|operand|flag|parameter)|usage:/i;

/** Jobs that run the user's command in real time. */
export class CommandJobs implements JobBehavior {
    /** Whether a command failed, and seems not to know the arguments at its end. */
    isSurprised = false;
    private readonly clock: Clock;
    private readonly options: CommandJobsOptions;
    private readonly running = new Set<RunningCommand>();
    /** Attempts so far, by the message's number. */
    private readonly attempts = new Map<number, number>();
    private onGone: (() => void) | undefined;

    constructor(clock: Clock, options: CommandJobsOptions) {
        this.clock = clock;
        this.options = options;
        for (const { message, attempt } of options.folder.earlier) this.attempts.set(message, attempt);
    }

    /** Where the output is. */
    get directory(): string {
        return this.options.folder.directory;
    }

    start(run: GlueRun, finish: (end: RunEnd) => void): () => boolean {
        const { command, cwd, messageOf, folder } = this.options;
        const message = messageOf(run);
        const attempt = this.attempt(message);
        const args = run.effectiveArguments();
        const release = this.clock.hold();
        const startedAt = performance.now();
        let killTimer: Timer | undefined;
        const ended = (end: CommandEnd): void => {
            this.running.delete(child);
            const seconds = Math.round(performance.now() - startedAt) / 1000;
            folder.add({ ...attempt, exitCode: end.exitCode ?? null, ...problemOf(end), seconds });
            if (this.running.size === 0) this.onGone?.();
            // The command ended in real time; what follows from it is an event of the clock.
            this.clock.post(() => {
                release();
                this.clock.cancel(killTimer);
                finish(this.conclude(message, end, attempt));
            });
        };
        const stdoutPath = folder.file(attempt.stdout);
        const stderrPath = folder.file(attempt.stderr);
        const child = startCommand({ command, args, cwd, stdoutPath, stderrPath, ended });
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

    private conclude(message: number, end: CommandEnd, { stdout, stderr }: AttemptBegun): RunEnd {
        const { folder, command, keepResult } = this.options;
        if (end.problem !== undefined) {
            this.isSurprised ||= !hasPlaces(command) && UNEXPECTED.test(tailOf(folder.file(stderr)));
            return { state: "FAILED", errorMessage: end.problem };
        }
        const line = lastLine(folder.file(stdout));
        if (line !== undefined) keepResult(message, line);
        return succeeded;
    }

    /** The file in the folder with the errors of the message's last run; undefined when there was no run. */
    errorsOf(message: number): string | undefined {
        const { number } = this.options.describe(message);
        const attempt = this.attempts.get(number);
        return attempt === undefined ? undefined : `${fileName(number, attempt)}.stderr`;
    }

    private attempt(message: number): AttemptBegun {
        const { command, describe } = this.options;
        const { number, label, hash } = describe(message);
        const attempt = (this.attempts.get(number) ?? 0) + 1;
        this.attempts.set(number, attempt);
        const file = fileName(number, attempt);
        const files = { stdout: `${file}.stdout`, stderr: `${file}.stderr` };
        return { message: number, label, attempt, command, hash, ...files };
    }
}

type AttemptBegun = Omit<Attempt, "exitCode" | "problem" | "seconds">;

function problemOf({ problem }: CommandEnd): Pick<Attempt, "problem"> {
    return problem === undefined ? {} : { problem };
}

/** `0007`; `0007.2` at the second attempt. */
function fileName(number: number, attempt: number): string {
    return String(number).padStart(4, "0") + (attempt > 1 ? `.${attempt}` : "");
}

export interface CommandJobsOptions {
    readonly command: string;
    /** The directory that commands run in. */
    readonly cwd: string;
    /** For their output. */
    readonly folder: OutputFolder;
    readonly messageOf: MessageOf;
    /** What the index says of a message. */
    readonly describe: (message: number) => { number: number; label: string; hash: string };
    readonly keepResult: KeepResult;
}
