/** The command line of `npm run compare`. */
import { Command, InvalidArgumentError } from "commander";
import { FAULTS } from "./measure/faults.ts";
import type { Faults } from "./measure/faults.ts";

export interface CompareOptions {
    /** How many messages are sent at once, a run for each number. */
    readonly lines: readonly number[];
    readonly faults: readonly Faults[];
    /** Names of rivals. @default all */
    readonly only: readonly string[];
    /** Whether the stress test is run too. */
    readonly stress: boolean;
    readonly seed: number;
    /** Seconds of real time for one run. */
    readonly budget: number;
    /** A file with the JSON of a comparison: nothing is run. */
    readonly from: string | undefined;
    readonly json: boolean;
    /** Writes the tables and the plots into docs/comparison.md. */
    readonly write: boolean;
}

/** @param names of the rivals that there are */
export function parseOptions(
    args: readonly string[],
    names: readonly string[],
    exit: (code: number) => never = (code) => process.exit(code),
): CompareOptions {
    const command = new Command("npm run compare --")
        .description(
            "Runs Turnstile and its rivals with the same messages, seeds and faults on the embedded AWS, and measures them\n" +
                "side by side. Exits with 1 if Turnstile breaks a promise.",
        )
        .option("--lines <numbers>", "how many messages at once", list(lineOf), [10, 100, 1000, 10_000])
        .option("--faults <names>", FAULTS.join(", "), list(oneOf(FAULTS)), [...FAULTS])
        .option("--only <names>", `some of ${names.join(", ")}`, list(oneOf(names)), [...names])
        .option("--seed <number>", "the seed of each run; further runs count on from it", seedOf, 1)
        .option(
            "--budget <seconds>",
            "real time for one run; a rival that needs more is left out",
            lineOf,
            600,
        )
        .option("--no-stress", "leave out the stress test of the original problem")
        .option("--from <file>", "take the numbers from the --json of another run, and run nothing")
        .option("--json", "print one JSON document", false)
        .option("--write", "write the tables and the plots into docs/comparison.md", false)
        .addHelpText(
            "after",
            "\nExamples:\n  npm run compare -- --lines 10,100\n  npm run compare -- --write\n",
        )
        .configureOutput({ outputError: (text, write) => write(text.replace(/^error: /, "turnstile: ")) })
        .exitOverride(({ exitCode }) => exit(exitCode === 0 ? 0 : 2))
        .parse(args, { from: "user" });
    const options = command.opts<CompareOptions>();
    const isWhole =
        options.stress && options.faults.length === FAULTS.length && options.only.length === names.length;
    if (options.write && !isWhole)
        command.error("error: --write needs every rival, all faults and the stress test");
    return options;
}

function list<T>(parse: (text: string) => T): (text: string) => T[] {
    return (text) => text.split(",").map((each) => parse(each.trim()));
}

function oneOf<T extends string>(known: readonly T[]): (text: string) => T {
    return (text) => {
        const found = known.find((each) => each === text);
        if (found !== undefined) return found;
        throw new InvalidArgumentError(`Expected some of ${known.join(", ")}.`);
    };
}

function lineOf(text: string): number {
    return wholeNumber(text, 1, 100_000);
}

function seedOf(text: string): number {
    return wholeNumber(text, 0, 2 ** 31 - 1);
}

function wholeNumber(text: string, low: number, high: number): number {
    const number = Number(text);
    if (/^\d+$/.test(text) && number >= low && number <= high) return number;
    throw new InvalidArgumentError(`Expected a whole number from ${low} to ${high}.`);
}
