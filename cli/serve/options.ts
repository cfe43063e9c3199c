/** The command line of `turnstile serve`. */
import { InvalidArgumentError, Option } from "commander";
import type { Command } from "commander";
import { MAX_LIMIT } from "../../slots/table.ts";
import { EXIT } from "../lib/exit-codes.ts";
import { nonEmpty, wholeNumber } from "../lib/values.ts";

export interface ServeOptions {
    readonly stack: string;
    /** Replaces the stack's configured limit. */
    readonly limit?: number;
    /** How many seconds pass here in a real second. */
    readonly speed: number;
    readonly seed: number;
    /** The folder in which everything is kept for the next start. */
    readonly state?: string;
    /** 0 takes one that is free. */
    readonly port: number;
    /** The command that each Glue run runs. */
    readonly exec?: string;
    /** The directory for the commands' output. */
    readonly output?: string;
    readonly json: boolean;
}

/** Where the endpoint is unless the user says otherwise: the same at each start, so that a line once pasted stays right. */
export const PORT = 4577;

export const DEFAULT_SEED = 1;

const AFTER_HELP = `
It speaks AWS's protocols for every service that the stack uses, to this machine
alone, and takes only the access key that it prints. What is sent or started is
kept in memory until it ends; with --state it is kept for the next start, too.

Examples:
  turnstile serve
      then paste the lines that it prints into another terminal
  turnstile serve --speed 60
      an hour passes in a minute
  turnstile serve --state .turnstile/state
      the line and its jobs outlive a restart, and a crash
  turnstile serve --exec "python3 job.py"
      each Glue run runs this command
  turnstile serve --json
      one line of JSON with the address and the operator output, for scripts`;

/** Makes `command` the command `serve`. */
export function describeServe(command: Command): Command {
    return command
        .summary("keep the stack running on this machine, for AWS clients")
        .description(
            "Keeps this Pulumi program running on this machine until Ctrl-C, in real time. Any AWS client can send messages to it and look at it, and so can the commands below.",
        )
        .option("--stack <name>", "the stack whose configuration to use", nonEmpty, "dev")
        .option("--limit <n>", "run at most <n> jobs at once (default: the limit of the stack)", limit)
        .addOption(new Option("--speed <n>", "let time pass <n> times as fast").argParser(speed).default(1))
        .option(
            "--seed <n>",
            "a whole number that every random choice follows from",
            wholeNumber(0, 2 ** 52),
            DEFAULT_SEED,
        )
        .option(
            "--port <n>",
            "listen on this port of 127.0.0.1; 0 takes a free one",
            wholeNumber(0, 65_535),
            PORT,
        )
        .option("--state <directory>", "keep everything in this directory for the next start", nonEmpty)
        .addOption(
            new Option(
                "--exec <command>",
                "run this shell command for each Glue run, in real time",
            ).argParser(nonEmpty),
        )
        .option(
            "--output <directory>",
            "keep the output of --exec in this directory (default: .turnstile/runs/<time>)",
            nonEmpty,
        )
        .option("--json", "print one line of JSON instead of text", false)
        .hook("preAction", (serve) => checkTogether(serve))
        .helpOption("-h, --help", "show this help")
        .addHelpText("after", AFTER_HELP);
}

/** What does not go with `--exec`, and what to do instead. */
const NOT_WITH_EXEC = {
    state: "--state keeps a stack by doing everything again, and what a command has done cannot happen again: leave out --state, or let the jobs be modelled without --exec",
    speed: "a command takes its own time: leave out --speed",
} as const;

function checkTogether(command: Command): void {
    if (command.getOptionValue("exec") === undefined) return;
    for (const [name, text] of Object.entries(NOT_WITH_EXEC)) {
        if (command.getOptionValueSource(name) === "cli")
            command.error(`error: --exec does not go with --${name}: ${text}`, { exitCode: EXIT.usage });
    }
}

function limit(text: string): number {
    return wholeNumber(0, MAX_LIMIT)(text);
}

function speed(text: string): number {
    const number = Number(text);
    if (text.trim() !== "" && number > 0 && number <= 10_000) return number;
    throw new InvalidArgumentError("It must be a number above 0 and up to 10000, such as 60.");
}
