/** `npm start` from its options to its exit code: reads the messages, opens the stack, runs, and prints the report. */
import { readFileSync } from "node:fs";
import path from "node:path";
import { clearLine, cursorTo } from "node:readline";
import {
    DeploymentError,
    NoSuchStackError,
    ProgramError,
    Random,
    StackConfigError,
    UnsupportedError,
} from "../../embedded-aws/index.ts";
import type { Clock, GlueRun, JobBehavior, RecordedProgram } from "../../embedded-aws/index.ts";
import { WEATHER_FILE, isExampleHere } from "../../examples/weather/messages.ts";
import { CommandError } from "../lib/command-error.ts";
import { EXIT } from "../lib/exit-codes.ts";
import { plural } from "../lib/format.ts";
import { redraws } from "../lib/redraws.ts";
import type { Output, Surroundings as All } from "../lib/surroundings.ts";
import { CommandJobs, MODELLED_JOB, modelledJobs } from "./job-behavior.ts";
import { readMessages } from "./message-source.ts";
import type { MessageSource } from "./message-source.ts";
import { MessagesError, describeMistakes } from "../lib/messages.ts";
import type { RunOptions } from "./options.ts";
import { OutputError, OutputFolder } from "./output-folder.ts";
import { createProgress } from "./progress.ts";
import { ReportFile, ReportFileError } from "./report-file.ts";
import { isGood, toJson, toText } from "./report.ts";
import type { Report } from "./report.ts";
import { hashOf, withoutDone } from "./resume.ts";
import { ShellError, checkShell } from "./shell-command.ts";
import { refusedBy } from "./strict.ts";
import { StackError, limitOf, openStack, recordStack } from "./stack.ts";
import type { Stack } from "./stack.ts";
import { summarize } from "./summary.ts";
import { TraceFile, TraceFileError } from "./trace-file.ts";
import { TrackedRun } from "./tracked-run.ts";
import { weatherTable } from "./weather-table.ts";

/** What a run needs of the process. */
export type Surroundings = Omit<All, "env" | "stdin"> & {
    readonly env?: All["env"];
    readonly stdin: NodeJS.ReadableStream & { readonly isTTY?: boolean };
};

/** Of a run that no message asked for. */
const NO_MESSAGE = { body: "", group: "" };

/** About how long a run takes on a terminal, in real seconds. */
const SECONDS_TO_WATCH = 12;

/** Lines of results that are shown on the smallest terminal. */
const LEAST_ROOM = 8;

/** A run in which nothing happens for so long is stuck, in seconds: longer than any pause of the workflow. */
const PATIENCE = { modelled: 2 * 3600, command: 1800 } as const;

/** Errors in the user's files, configuration or program. Any other error is a fault of this program. */
const EXPECTED_ERRORS = [
    MessagesError,
    StackConfigError,
    ProgramError,
    StackError,
    ShellError,
    DeploymentError,
    UnsupportedError,
    OutputError,
    ReportFileError,
    TraceFileError,
];

/** Returns the exit code. Throws an error that keeps the run from starting; `describeError` is for that. */
export async function run(options: RunOptions, around: Surroundings): Promise<number> {
    if (options.exec !== undefined) checkShell();
    if (options.messages === "-" && around.stdin.isTTY === true)
        around.stderr.write(
            "turnstile: reading messages from the terminal; Ctrl-D on a new line ends them\n",
        );
    const source = resumed(await readMessages(options, around.cwd, around.stdin), options, around);
    for (const line of describeMistakes(source.mistakes, source.name))
        around.stderr.write(`turnstile: ${line}\n`);
    if (source.mistakes.length > 0 && (options.strict || source.total === 0)) {
        around.stderr.write("turnstile: no message was sent\n");
        return EXIT.failed;
    }
    if (source.total === 0) {
        around.stderr.write("turnstile: every message of that run has succeeded already\n");
        return EXIT.done;
    }
    const done = announce(around, `Reading the program of stack ${options.stack} …`);
    const program = await recordStack(around.root, options).finally(done);
    const refused = options.strict ? refusedBy(program, source.messages) : [];
    if (refused.length > 0) {
        for (const line of describeMistakes(refused, source.name))
            around.stderr.write(`turnstile: ${line}\n`);
        around.stderr.write("turnstile: no message was sent\n");
        return EXIT.failed;
    }
    return runProgram(program, source, options, around);
}

/** What is left of a source after the run with which `--resume` goes on. */
function resumed(source: MessageSource, { resume }: RunOptions, { cwd }: Surroundings): MessageSource {
    if (resume === undefined) return source;
    const { earlier } = OutputFolder.resumed(path.resolve(cwd, resume));
    return withoutDone(source, earlier, resume);
}

/** Runs a recorded program; returns the exit code. */
export async function runProgram(
    program: RecordedProgram,
    source: MessageSource,
    options: RunOptions,
    around: Surroundings,
): Promise<number> {
    return new Session(options, around, source, program).run();
}

/** Shows a line on a terminal until the returned function is called. */
function announce({ stderr: output, env = {} }: Surroundings, text: string): () => void {
    if (!redraws(output, env)) return () => undefined;
    const terminal = output as NodeJS.WriteStream;
    terminal.write(text);
    return () => {
        cursorTo(terminal, 0);
        clearLine(terminal, 0);
    };
}

/** The folder for what commands print: the one that the user names, or a new one. */
export function outputFolder(
    { output, resume }: Pick<RunOptions, "output" | "resume">,
    { cwd, root }: Pick<Surroundings, "cwd" | "root">,
): OutputFolder {
    if (resume !== undefined) return OutputFolder.resumed(path.resolve(cwd, resume));
    if (output !== undefined) return OutputFolder.named(path.resolve(cwd, output));
    return OutputFolder.timed(path.join(root, ".turnstile", "runs"), new Date());
}

/** One line for an error that the user can fix; the stack trace for any other. */
export function describeError(error: unknown): string {
    if (EXPECTED_ERRORS.some((kind) => error instanceof kind)) return (error as Error).message;
    return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

/**
 * The error as the command line says it: of every command that runs the program here, the same.
 * @param code what scripts match on, unless the error has a code of its own
 */
export function startError(code: string, error: unknown): CommandError {
    if (error instanceof CommandError) return error;
    if (error instanceof NoSuchStackError)
        return new CommandError("no-stack", error.message, { exitCode: EXIT.notFound });
    return new CommandError(code, describeError(error));
}

/** One run, with its surroundings. */
class Session {
    private readonly options: RunOptions;
    private readonly around: Surroundings;
    private readonly source: MessageSource;
    private readonly program: RecordedProgram;
    private readonly limit: number;
    /** The last line that each message's job printed. */
    private readonly results: (string | undefined)[] = [];
    private readonly page: ReportFile | undefined;
    private readonly trace: TraceFile | undefined;
    private commands: CommandJobs | undefined;
    private current: TrackedRun | undefined;

    constructor(options: RunOptions, around: Surroundings, source: MessageSource, program: RecordedProgram) {
        this.options = options;
        this.around = around;
        this.source = source;
        this.program = program;
        this.limit = limitOf(program);
        this.page = ReportFile.named(options, around.cwd);
        this.trace = TraceFile.named(options, around.cwd);
    }

    async run(): Promise<number> {
        const { options, limit } = this;
        const { seed, sdk } = options;
        const isCommand = options.exec !== undefined;
        const speed = this.speed();
        await this.page?.prepare();
        const stack = await openStack(this.program, {
            limit,
            seed,
            sdk,
            model: isCommand ? "laptop" : "aws",
            clock: { speed, ...(isCommand && { start: Date.now() }) },
            ...(this.trace && { keepHistory: "all" }),
            jobs: (clock) => this.jobs(clock),
            warn: (text) => this.around.stderr.write(`turnstile: ${text}\n`),
        });
        try {
            const report = await this.follow(stack, speed);
            this.print(report);
            await this.writePage(report, stack);
            await this.writeTrace(stack);
            if (this.around.interrupts.exitCode !== undefined) return this.around.interrupts.exitCode;
            return isGood(report) ? EXIT.done : EXIT.failed;
        } finally {
            await this.commands?.close();
            await stack.world.close();
        }
    }

    private async follow(stack: Stack, speed: number): Promise<Report> {
        const { source, limit, options } = this;
        const progress = createProgress(this.around.stderr, this.title(speed), this.around.env);
        const tracked = new TrackedRun(stack, {
            messages: source.messages,
            total: source.total,
            limit,
            label: source.label,
            patienceSeconds: options.exec === undefined ? PATIENCE.modelled : PATIENCE.command,
            show: (snapshot) => progress.show(snapshot),
        });
        this.current = tracked;
        this.page?.record(stack, this.program);
        this.around.interrupts.handle(
            () => tracked.stop("interrupted"),
            () => {
                progress.end();
                this.commands?.kill();
            },
        );
        try {
            await tracked.toEnd();
        } finally {
            progress.end();
        }
        const { program, commands } = this;
        const jobKind = commands ? "command" : this.results.length > 0 ? "example" : "modelled";
        return summarize(stack, tracked, { options, program, source, limit, jobKind, commands });
    }

    private jobs(clock: Clock): JobBehavior {
        const messageOf = (glueRun: GlueRun): number => this.current?.messageOf(glueRun) ?? -1;
        const keepResult = (message: number, line: string): void => {
            if (message >= 0) this.results[message] = line;
        };
        const { exec, seed } = this.options;
        if (exec === undefined) {
            const readInput = (file = WEATHER_FILE): string => readFileSync(file, "utf8");
            const computes = isExampleHere();
            return modelledJobs(clock, new Random(seed), { messageOf, keepResult, readInput, computes });
        }
        const messages = [...this.source.messages];
        this.commands = new CommandJobs(clock, {
            command: exec,
            cwd: this.around.cwd,
            folder: outputFolder(this.options, this.around),
            messageOf,
            describe: (message) => ({
                number: this.source.number(message),
                label: this.source.label(message),
                hash: hashOf(messages[message] ?? NO_MESSAGE),
            }),
            keepResult,
        });
        return this.commands;
    }

    /** How many seconds of the run pass in a real second. */
    private speed(): number {
        const { speed } = this.options;
        if (speed === "max") return Infinity;
        if (speed !== "auto") return speed;
        if (!this.around.stderr.isTTY) return Infinity;
        const eachSeconds = (MODELLED_JOB.shortest + MODELLED_JOB.longest) / 2000 + 30;
        const makespan =
            (this.source.total * eachSeconds) / Math.max(1, Math.min(this.limit, this.source.total));
        return Math.max(1, Number((makespan / SECONDS_TO_WATCH).toPrecision(2)));
    }

    private title(speed: number): string {
        const { seed, stack, exec } = this.options;
        const pace = speed === Infinity ? "as fast as possible" : `${speed} times real time`;
        return [
            "Turnstile",
            `seed ${seed}`,
            `stack ${stack}`,
            plural(this.source.total, "message"),
            `at most ${this.limit} at once`,
            exec === undefined && speed !== 1 ? pace : "real time",
        ].join(" · ");
    }

    private async writePage(report: Report, stack: Stack): Promise<void> {
        const { page, current: tracked, source } = this;
        if (!page || !tracked) return;
        const file = await page.write({ report, tracked, stack, label: source.label });
        this.around.stderr.write(`The page of this run: ${file}\n`);
    }

    private async writeTrace(stack: Stack): Promise<void> {
        if (!this.trace) return;
        const file = await this.trace.write(stack, this.program);
        this.around.stderr.write(`The trace of this run: ${file}\n`);
    }

    private print(report: Report): void {
        const { stdout, stderr } = this.around;
        for (const line of describeMistakes(this.current?.refused ?? [], this.source.name))
            stderr.write(`turnstile: ${line}\n`);
        const results = Array.from({ length: report.sent }, (_, message) => this.results[message]);
        if (this.options.json) {
            const json = {
                ...toJson(report, this.options.bodies),
                ...(this.results.length > 0 && { results: results.map(parsed) }),
            };
            stdout.write(`${JSON.stringify(json, null, 4)}\n`);
            return;
        }
        const summary = toText(report);
        stdout.write(`${summary}\n`);
        if (this.source.isExample && this.results.length > 0) {
            const weather = weatherTable(results, this.source.label, report.end === "complete");
            stdout.write(`\n${fitting(weather, summary, stdout)}\n`);
        }
    }
}

/** As much of the results as stands on a terminal beside the summary, and where the rest is. */
function fitting(results: string, summary: string, { isTTY, rows }: Output): string {
    const lines = results.split("\n");
    if (isTTY !== true || rows === undefined) return results;
    const room = Math.max(LEAST_ROOM, rows - summary.split("\n").length - 4);
    if (lines.length <= room) return results;
    const last = lines.at(-1) ?? "";
    const hidden = lines.length - room;
    return [
        ...lines.slice(0, room - 1),
        last,
        `and ${plural(hidden, "more line")}; --json has all of them`,
    ].join("\n");
}

/** What a job printed: as JSON if it is JSON, or else as text; null if it printed nothing. */
function parsed(line: string | undefined): unknown {
    if (line === undefined) return null;
    try {
        return JSON.parse(line) as unknown;
    } catch {
        return line;
    }
}
