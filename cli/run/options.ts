/** The command line of `npm start`: what can be said, what it means when nothing is said, and one clear line for what is wrong. */
import { Command, CommanderError, InvalidArgumentError, Option } from "commander";
import { MAX_LIMIT } from "../../slots/table.ts";

/** Virtual seconds for each second of the wall, `max` (as fast as it goes) or `auto` (see `autoSpeed` in run.ts). */
export type Speed = number | "max" | "auto";

export interface StartOptions {
    readonly stack: string;
    /** A file of JSON lines, `-` for standard input; absent: the example's messages, or `count`. */
    readonly messages?: string;
    /** So many generated messages. */
    readonly count?: number;
    /** Takes the place of the stack's configured limit. */
    readonly limit?: number;
    readonly speed: Speed;
    readonly seed: number;
    readonly sdk: boolean;
    /** The command that each Glue run is. */
    readonly exec?: string;
    /** Where the commands' output goes. */
    readonly output?: string;
    readonly json: boolean;
    readonly strict: boolean;
}

/** What came of a command line: options, or nothing more to do but to exit with a code. */
export type Parsed = { readonly options: StartOptions } | { readonly exitCode: number };

export interface Streams {
    out(text: string): void;
    error(text: string): void;
}

/** How `npm start` ends. */
export const EXIT = { done: 0, failed: 1, usage: 2, interrupted: 130, terminated: 143, hungUp: 129 } as const;

const MAX_COUNT = 1_000_000;

const NO_FLAGS = { sdk: false, json: false, strict: false } as const;

const AFTER_HELP = `
Messages (--messages) are JSON lines, one message each:
  {"body": {"arguments": {"--month": "2012-01"}, "priority": 5}, "group": "2012"}
  body      what is sent, an object or a text; "arguments" become the Glue
            run's own, "priority" goes from 0 (first) to 9 (last)
  group     optional: messages of one group leave the queue in order
  priority  optional: for a body that is an object

Examples:
  npm start
      Seattle's weather, month by month
  npm start -- --limit 10 --speed max
      the same at another limit, without waiting
  npm start -- --count 10000 --limit 100 --speed max
      a long line
  npm start -- --messages jobs.jsonl --strict
      your messages, with modelled jobs
  npm start -- --exec "python3 examples/weather/aggregate.py"
      each job really runs, at most \`limit\` at once
  npm --silent start -- --json
      for programs

Exit codes: 0 every message's job is done and the limit held; 1 something was
not so, or it could not start; 2 the command line is wrong; 130 interrupted.`;

/** @param args what comes after the program's name */
export function parseOptions(args: readonly string[], streams: Streams): Parsed {
    const command = createCommand().configureOutput({
        writeOut: (text) => streams.out(text),
        writeErr: (text) => streams.error(text),
        outputError: (text, write) => write(`turnstile: ${text.replace(/^error: /, "")}`),
    });
    try {
        command.parse([...args], { from: "user" });
    } catch (error) {
        if (!(error instanceof CommanderError)) throw error;
        return { exitCode: error.exitCode === 0 ? EXIT.done : EXIT.usage };
    }
    const given = { ...NO_FLAGS, ...command.opts<StartOptions>() };
    const speed: Speed = given.exec === undefined ? given.speed : 1;
    return { options: { ...given, speed } };
}

function createCommand(): Command {
    return new Command("npm start --")
        .usage("[options]")
        .description(
            "Runs this Pulumi program on an AWS inside this process: a queue of messages, each a Glue job, at most `limit` at once.",
        )
        .option("--stack <name>", "the stack whose configuration is used", nonEmpty, "dev")
        .addOption(
            new Option(
                "--messages <file>",
                "messages as JSON lines; - reads standard input (default: the example's)",
            )
                .argParser(nonEmpty)
                .conflicts("count"),
        )
        .option("--count <n>", "so many generated messages instead", wholeNumber("count", 1, MAX_COUNT))
        .option("--limit <n>", "jobs at once (default: the stack's)", wholeNumber("limit", 1, MAX_LIMIT))
        .addOption(
            new Option("--speed <speed>", "real, a number of times faster than real, or max")
                .argParser(toSpeed)
                .default("auto", "some ten seconds on a terminal, max without one")
                .conflicts("exec"),
        )
        .option(
            "--seed <n>",
            "whole number that every random choice follows from",
            wholeNumber("seed", 0, 2 ** 52),
            1,
        )
        .option("--sdk", "functions call through their real AWS SDK clients, over HTTP")
        .option(
            "--exec <command>",
            "what each Glue run runs, in a shell, with the run's arguments at its end",
            nonEmpty,
        )
        .addOption(
            new Option(
                "--output <directory>",
                "where --exec keeps each run's output (default: .turnstile/runs/<time>)",
            ).argParser(nonEmpty),
        )
        .option("--json", "one JSON object on standard output at the end, instead of tables")
        .option("--strict", "a wrong line in --messages stops everything before anything is sent")
        .helpOption("-h, --help", "shows this")
        .addHelpText("after", AFTER_HELP)
        .allowExcessArguments(false)
        .exitOverride();
}

function nonEmpty(text: string): string {
    if (text.trim() === "") throw new InvalidArgumentError("It is empty.");
    return text;
}

function wholeNumber(what: string, low: number, high: number): (text: string) => number {
    return (text) => {
        const number = Number(text);
        if (/^\d+$/.test(text) && number >= low && number <= high) return number;
        const why =
            what === "limit" && number === 0 ? " A limit of 0 pauses the line: nothing would run." : "";
        throw new InvalidArgumentError(`Expected a whole number from ${low} to ${high}.${why}`);
    };
}

function toSpeed(text: string): Speed {
    if (text === "max") return "max";
    if (text === "real") return 1;
    const number = Number(text);
    if (text.trim() !== "" && number > 0 && number <= 1e6) return number;
    throw new InvalidArgumentError("Expected real, max, or a number above 0 (up to 1000000), such as 60.");
}
