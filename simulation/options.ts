/** The command line of `npm run simulate`. */
import { Command, InvalidArgumentError, Option } from "commander";
import { PROFILES } from "./scenario.ts";
import type { Profile } from "./scenario.ts";

export interface SimulateOptions {
    readonly runs: number;
    readonly seed: number;
    readonly profile: Profile;
    /** Stops after so many minutes, however many runs are left. */
    readonly minutes: number | undefined;
    /** Plays this one seed, and prints its trace. */
    readonly replay: number | undefined;
    readonly shrink: boolean;
    /** Fails if a kind of fault or an edge of the workflow never occurred. */
    readonly coverage: boolean;
    readonly workers: number | undefined;
    readonly json: boolean;
}

export const LARGEST_SEED = 2 ** 31 - 1;

/**
 * @param randomSeed the seed where none is given
 * @param exit ends the process: with 2 after a wrong command line, with 0 after `--help`
 */
export function parseOptions(
    args: readonly string[],
    randomSeed: () => number,
    exit: (code: number) => never = (code) => process.exit(code),
): SimulateOptions {
    const command = new Command("npm run simulate --")
        .description(
            "Plays random scenarios with faults against the deployed program on the embedded AWS, and checks what must\n" +
                "always hold. Exits with 1 when something did not.",
        )
        .option("--runs <number>", "how many scenarios to play", wholeNumber(1, 10_000_000), 100)
        .option(
            "--seed <number>",
            "the first seed; the others follow (default: a random one)",
            wholeNumber(0, LARGEST_SEED),
        )
        .addOption(
            new Option("--profile <name>", "which faults: all kinds, few and rare ones, none")
                .choices([...PROFILES])
                .default("swarm"),
        )
        .option("--minutes <number>", "stop after so many minutes", wholeNumber(1, 100_000))
        .option(
            "--replay <seed>",
            "play one seed, and print everything that happens in it",
            wholeNumber(0, LARGEST_SEED),
        )
        .option(
            "--shrink",
            "with --replay: look for a smaller scenario in which the same property breaks",
            false,
        )
        .option("--coverage", "fail if a kind of fault, or an edge of the workflow, never occurred", false)
        .option(
            "--workers <number>",
            "how many runs at once (default: one for each core)",
            wholeNumber(1, 256),
        )
        .option("--json", "print one JSON document", false)
        .addHelpText(
            "after",
            "\nExamples:\n" +
                "  npm run simulate -- --runs 1000\n" +
                "  npm run simulate -- --minutes 10 --profile mild\n" +
                "  npm run simulate -- --replay 4711 | less\n" +
                "  npm run simulate -- --replay 4711 --shrink\n",
        )
        .configureOutput({ outputError: (text, write) => write(text.replace(/^error: /, "turnstile: ")) })
        .exitOverride(({ exitCode }) => exit(exitCode === 0 ? 0 : 2))
        .parse(args, { from: "user" });
    const options = command.opts<Omit<SimulateOptions, "seed"> & { seed?: number }>();
    if (options.shrink && options.replay === undefined) command.error("error: --shrink needs --replay");
    return { ...options, seed: options.seed ?? randomSeed() };
}

export function wholeNumber(low: number, high: number): (text: string) => number {
    return (text) => {
        const number = Number(text);
        if (/^\d+$/.test(text) && number >= low && number <= high) return number;
        throw new InvalidArgumentError(`Expected a whole number from ${low} to ${high}.`);
    };
}
