/** The command line of `npm start`: its options, their defaults, and one clear line for a wrong one. */
import { Command, CommanderError, InvalidArgumentError, Option } from "commander";
import { MAX_LIMIT } from "../../slots/table.ts";
import { EXIT } from "../lib/exit-codes.ts";
import { mistakeText } from "../lib/mistakes.ts";
import { nonEmpty, wholeNumber } from "../lib/values.ts";

/** How many seconds of the run pass in a real second: `max` is as many as possible, `auto` depends on the terminal. */
export type Speed = number | "max" | "auto";

export interface RunOptions {
    readonly stack: string;
    /** A file of JSON lines; `-` is standard input. Without it and without `count`: the example's messages. */
    readonly messages?: string;
    /** How many messages to generate. */
    readonly count?: number;
    /** Replaces the stack's configured limit. */
    readonly limit?: number;
    readonly speed: Speed;
    readonly seed: number;
    /** Whether functions make their calls through the AWS SDK. */
    readonly sdk: boolean;
    /** The command that each Glue run runs. */
    readonly exec?: string;
    /** The directory for the commands' output. */
    readonly output?: string;
    /** The directory of an earlier run, whose messages are run that have not succeeded in it. */
    readonly resume?: string;
    readonly json: boolean;
    /** Whether a wrong line keeps every message from being sent. */
    readonly strict: boolean;
    /** The file for the page of the run. */
    readonly report?: string;
    /** The file for the trace of the run. */
    readonly trace?: string;
    /** Whether the page, the trace and the JSON have bodies and causes. */
    readonly bodies: boolean;
}

/** Options to run with, or the code to exit with at once. */
export type Parsed = { readonly options: RunOptions } | { readonly exitCode: number };

export interface Streams {
    out(text: string): void;
    error(text: string): void;
}

const MAX_COUNT = 1_000_000;

const NO_FLAGS = { sdk: false, json: false, strict: false, bodies: false } as const;

const AFTER_HELP = `
A line of --messages is a JSON object, such as:
  {"body": {"arguments": {"--month": "2012-01"}, "priority": 5}, "group": "a"}
  body      the message: an object or a string. Its "arguments" become the
            arguments of the Glue run. Its "priority" goes from 0 (first) to
            9 (last); without one it is 5.
  group     optional. Messages of one group leave the queue in their order.
  priority  optional. The same as a "priority" in the body.

Examples:
  npm start
      sums up Seattle's weather, month by month
  npm start -- --limit 10 --speed max
      the same with more slots, and without waiting
  npm start -- --count 10000 --limit 100 --speed max
      a long line
  npm start -- --messages jobs.jsonl --strict
      your messages, with modelled jobs
  npm start -- --report run.html
      a page with what every message did, and when
  npm start -- --exec "python3 examples/weather/aggregate.py"
      real jobs on this machine, at most \`limit\` at once
  npm start -- --exec "./report.sh {--month} > {--month}.txt"
      the same, with arguments where the command wants them
  npm --silent start -- --json
      a report for programs

Exit codes:
  0    every job is done, and the limit held
  1    a job failed, a line was wrong, or the run could not start or go on
  2    the command line is wrong
  130  interrupted by Ctrl-C (129 by SIGHUP, 143 by SIGTERM)`;

/** @param args the command line after the program's name */
export function parseOptions(args: readonly string[], streams: Streams): Parsed {
    const command = describeRun(new Command()).configureOutput({
        writeOut: (text) => streams.out(text),
        writeErr: (text) => streams.error(text),
        outputError: (text, write) => write(`turnstile: ${mistakeText(text)}`),
    });
    try {
        command.parse([...args], { from: "user" });
        return { options: runOptionsOf(command) };
    } catch (error) {
        if (!(error instanceof CommanderError)) throw error;
        return { exitCode: error.exitCode === 0 ? EXIT.done : EXIT.usage };
    }
}

/** What a command line of `run` asks for, once it is parsed. */
export function runOptionsOf(command: Command): RunOptions {
    const given = { ...NO_FLAGS, ...command.opts<RunOptions>() };
    for (const name of ["output", "resume"] as const) {
        if (given[name] !== undefined && given.exec === undefined)
            command.error(`error: option '--${name} <directory>' needs --exec, whose output it is about`);
    }
    if (given.bodies && given.report === undefined && given.trace === undefined && !given.json)
        command.error("error: --bodies needs --report, --trace or --json, which it is for", {
            exitCode: EXIT.usage,
        });
    const speed: Speed = given.exec === undefined ? given.speed : 1;
    return { ...given, speed };
}

/** Makes `command` the command `run`. */
export function describeRun(command: Command): Command {
    return command
        .configureHelp({ commandUsage: () => "npm start -- [options]" })
        .summary("run jobs on this machine, from the first message to the last")
        .description(
            "Runs this Pulumi program on this machine, on an AWS account embedded in the process. Each message of a queue starts a Glue job, and at most `limit` jobs run at once.",
        )
        .option("--stack <name>", "the stack whose configuration to use", nonEmpty, "dev")
        .addOption(
            new Option(
                "--messages <file>",
                "send the messages of a file of JSON lines, or of standard input if it is - (default: the example's messages)",
            )
                .argParser(nonEmpty)
                .conflicts("count"),
        )
        .option("--count <n>", "send <n> generated messages", wholeNumber(1, MAX_COUNT))
        .option("--limit <n>", "run at most <n> jobs at once (default: the limit of the stack)", limit)
        .addOption(
            new Option("--speed <speed>", "real, max, or how many times faster than real time")
                .argParser(toSpeed)
                .default("auto", "about 12 seconds in all on a terminal, max elsewhere")
                .conflicts("exec"),
        )
        .option(
            "--seed <n>",
            "a whole number; runs with the same seed make the same random choices",
            wholeNumber(0, 2 ** 52),
            1,
        )
        .option("--sdk", "let functions make their calls through the AWS SDK, over HTTP")
        .option(
            "--exec <command>",
            "run this shell command for each Glue run, with the run's arguments at its end or, as in {--month}, where it names them",
            nonEmpty,
        )
        .addOption(
            new Option(
                "--output <directory>",
                "keep the output of --exec in this directory (default: .turnstile/runs/<time>)",
            ).argParser(nonEmpty),
        )
        .addOption(
            new Option(
                "--resume <directory>",
                "run again what has not succeeded in an earlier run of --exec, whose output is there",
            )
                .argParser(nonEmpty)
                .conflicts("output"),
        )
        .option("--report <file>", "write a page about the run to this file, to open in a browser", nonEmpty)
        .option(
            "--trace <file>",
            "write the story of the run to this file, as turnstile export does",
            nonEmpty,
        )
        .option("--bodies", "let page, trace and --json have bodies or causes, which may hold secrets")
        .option("--json", "print one JSON object at the end instead of tables")
        .option("--strict", "send nothing if any line of --messages is wrong")
        .helpOption("-h, --help", "show this help")
        .addHelpText("after", AFTER_HELP)
        .allowExcessArguments(false)
        .exitOverride();
}

function limit(text: string): number {
    if (text === "0") {
        throw new InvalidArgumentError(
            `It must be a whole number from 1 to ${MAX_LIMIT}. With a limit of 0 nothing would run.`,
        );
    }
    return wholeNumber(1, MAX_LIMIT)(text);
}

function toSpeed(text: string): Speed {
    if (text === "max") return "max";
    if (text === "real") return 1;
    const number = Number(text);
    if (text.trim() !== "" && number > 0 && number <= 1e6) return number;
    throw new InvalidArgumentError(
        "It must be real, max, or a number above 0 and up to 1000000, such as 60.",
    );
}
