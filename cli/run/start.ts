/** `npm start` from its options to its exit code: reads the messages, opens the stack, runs, and says what came of it. */
import { readFileSync } from "node:fs";
import path from "node:path";
import { clearLine, cursorTo } from "node:readline";
import { WEATHER_FILE } from "../../examples/weather/messages.ts";
import {
    DeploymentError,
    ProgramError,
    Random,
    StackConfigError,
    UnsupportedError,
} from "../../embedded-aws/index.ts";
import type { Clock, JobBehavior, RecordedProgram } from "../../embedded-aws/index.ts";
import { isGood, toJson, toText } from "./report.ts";
import type { Report } from "./report.ts";
import { CommandError, checkCommands } from "./command.ts";
import { monthTable } from "./example.ts";
import { readInput } from "./input.ts";
import type { Input } from "./input.ts";
import type { Interrupts } from "./interrupts.ts";
import { CommandJobs, MODELLED_JOB, modelledJobs } from "./jobs.ts";
import { MessagesError, describeMistakes } from "./messages.ts";
import { EXIT } from "./options.ts";
import type { StartOptions } from "./options.ts";
import { createProgress } from "./progress.ts";
import type { Output } from "./progress.ts";
import { LocalRun } from "./local-run.ts";
import { StackError, limitOf, openStack, recordStack } from "./stack.ts";
import type { Stack } from "./stack.ts";
import { summarize } from "./summary.ts";
import { plural } from "./text.ts";

export interface Surroundings {
    /** Where Pulumi.yaml is. */
    readonly root: string;
    /** What the user's paths are relative to. */
    readonly cwd: string;
    readonly interrupts: Pick<Interrupts, "exitCode" | "handle">;
    readonly stdin: NodeJS.ReadableStream;
    readonly stdout: Output;
    readonly stderr: Output;
}

/** A run that is watched takes about so long. */
const SECONDS_TO_WATCH = 12;

/** A run in which nothing happens for so long is stuck: longer than any pause of the workflow, in seconds. */
const PATIENCE = { modelled: 2 * 3600, command: 1800 } as const;

/** What may be wrong with the user's files, configuration or program; anything else is a fault of this one. */
const EXPECTED_ERRORS = [
    ...[MessagesError, StackConfigError, ProgramError, StackError],
    ...[CommandError, DeploymentError, UnsupportedError],
];

/** Returns the exit code. Errors that keep a run from starting are thrown; see `describeError`. */
export async function start(options: StartOptions, around: Surroundings): Promise<number> {
    if (options.exec !== undefined) checkCommands();
    const input = await readInput(options, around.cwd, around.stdin);
    for (const line of describeMistakes(input.mistakes, input.name))
        around.stderr.write(`turnstile: ${line}\n`);
    if (input.mistakes.length > 0 && (options.strict || input.total === 0)) {
        around.stderr.write("turnstile: nothing was sent\n");
        return EXIT.failed;
    }
    const done = announce(around.stderr, `Reading the program of stack ${options.stack} …`);
    const program = await recordStack(around.root, options).finally(done);
    return runProgram(program, input, options, around);
}

/** The run of a recorded program: returns the exit code. */
export async function runProgram(
    program: RecordedProgram,
    input: Input,
    options: StartOptions,
    around: Surroundings,
): Promise<number> {
    return new Session(options, around, input, program).run();
}

/** Shows a line on a terminal until the returned function is called. */
function announce(output: Output, text: string): () => void {
    if (!output.isTTY) return () => undefined;
    const terminal = output as NodeJS.WriteStream;
    terminal.write(text);
    return () => {
        cursorTo(terminal, 0);
        clearLine(terminal, 0);
    };
}

/** An error for the user: one line where it is the user's to mend, everything where it is not. */
export function describeError(error: unknown): string {
    if (EXPECTED_ERRORS.some((kind) => error instanceof kind)) return (error as Error).message;
    return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

/** One run with everything around it. */
class Session {
    private readonly options: StartOptions;
    private readonly around: Surroundings;
    private readonly input: Input;
    private readonly program: RecordedProgram;
    private readonly limit: number;
    /** The last line that each message's job printed. */
    private readonly results: (string | undefined)[] = [];
    private commands: CommandJobs | undefined;
    private current: LocalRun | undefined;

    constructor(options: StartOptions, around: Surroundings, input: Input, program: RecordedProgram) {
        this.options = options;
        this.around = around;
        this.input = input;
        this.program = program;
        this.limit = limitOf(program);
    }

    async run(): Promise<number> {
        const { options, limit } = this;
        const { seed, sdk } = options;
        const isCommand = options.exec !== undefined;
        const speed = this.speed();
        const stack = await openStack(this.program, {
            ...{ limit, seed, sdk, model: isCommand ? ("laptop" as const) : ("aws" as const) },
            clock: { speed, ...(isCommand && { start: Date.now() }) },
            jobs: (clock) => this.jobs(clock),
        });
        try {
            const report = await this.follow(stack, speed);
            this.print(report);
            if (this.around.interrupts.exitCode !== undefined) return this.around.interrupts.exitCode;
            return isGood(report) ? EXIT.done : EXIT.failed;
        } finally {
            await this.commands?.close();
            await stack.world.close();
        }
    }

    private async follow(stack: Stack, speed: number): Promise<Report> {
        const { input, limit, options } = this;
        const progress = createProgress(this.around.stderr, this.title(speed));
        const run = new LocalRun(stack, {
            ...{ messages: input.messages, total: input.total, limit, label: input.label },
            patienceSeconds: options.exec === undefined ? PATIENCE.modelled : PATIENCE.command,
            show: (snapshot) => progress.show(snapshot),
        });
        this.current = run;
        this.around.interrupts.handle(
            () => run.stop("interrupted"),
            () => {
                progress.end();
                this.commands?.kill();
            },
        );
        try {
            await run.toEnd();
        } finally {
            progress.end();
        }
        const { program, commands } = this;
        const jobKind = commands ? "command" : this.results.length > 0 ? "twin" : "modelled";
        return summarize(stack, run, { options, program, input, limit, jobKind, commands });
    }

    private jobs(clock: Clock): JobBehavior {
        const messageOf = (run: Parameters<LocalRun["messageOf"]>[0]): number =>
            this.current?.messageOf(run) ?? -1;
        const keepResult = (message: number, line: string): void => {
            if (message >= 0) this.results[message] = line;
        };
        const { exec, seed } = this.options;
        if (exec === undefined) {
            const readInput = (file = WEATHER_FILE): string => readFileSync(file, "utf8");
            return modelledJobs(clock, new Random(seed), { messageOf, keepResult, readInput });
        }
        const directory = this.outputDirectory();
        this.commands = new CommandJobs(clock, {
            command: exec,
            cwd: this.around.cwd,
            directory,
            messageOf,
            keepResult,
        });
        return this.commands;
    }

    private outputDirectory(): string {
        const { output } = this.options;
        if (output !== undefined) return path.resolve(this.around.cwd, output);
        const time = new Date().toISOString().replaceAll(":", "-").slice(0, 19);
        return path.join(this.around.root, ".turnstile", "runs", time);
    }

    /** Virtual seconds for each second of the wall. */
    private speed(): number {
        const { speed } = this.options;
        if (speed === "max") return Infinity;
        if (speed !== "auto") return speed;
        if (!this.around.stderr.isTTY) return Infinity;
        const eachSeconds = (MODELLED_JOB.shortest + MODELLED_JOB.longest) / 2000 + 30;
        const makespan =
            (this.input.total * eachSeconds) / Math.max(1, Math.min(this.limit, this.input.total));
        return Math.max(1, Number((makespan / SECONDS_TO_WATCH).toPrecision(2)));
    }

    private title(speed: number): string {
        const { seed, stack, exec } = this.options;
        const pace = speed === Infinity ? "as fast as it goes" : `${speed} times real time`;
        return [
            ...["Turnstile", `seed ${seed}`, `stack ${stack}`, plural(this.input.total, "message")],
            ...[`at most ${this.limit} at once`, exec === undefined && speed !== 1 ? pace : "real time"],
        ].join(" · ");
    }

    private print(report: Report): void {
        const { stdout, stderr } = this.around;
        for (const line of describeMistakes(this.current?.refused ?? [], this.input.name))
            stderr.write(`turnstile: ${line}\n`);
        const results = Array.from({ length: report.sent }, (_, message) => this.results[message]);
        if (this.options.json) {
            const json = {
                ...toJson(report),
                ...(this.results.length > 0 && { results: results.map(parsed) }),
            };
            stdout.write(`${JSON.stringify(json, null, 4)}\n`);
            return;
        }
        if (this.input.isExample && this.results.length > 0) {
            stdout.write(`${monthTable(results, this.input.label, report.end === "complete")}\n`);
        }
        stdout.write(`${toText(report)}\n`);
    }
}

/** What a job printed, as JSON where it is that; a message without it is null. */
function parsed(line: string | undefined): unknown {
    if (line === undefined) return null;
    try {
        return JSON.parse(line) as unknown;
    } catch {
        return line;
    }
}
