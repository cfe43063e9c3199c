/** The command line of `npm run mutants`. */
import { Command } from "commander";
import { wholeNumber } from "../options.ts";

export interface MutantsOptions {
    /** The ids of the mutants to try; empty: all. */
    readonly only: readonly string[];
    /** Names the mutants, and tries none. */
    readonly list: boolean;
    /** Plays at most so many seeds for each mutant, instead of as many as it states. */
    readonly seeds: number | undefined;
    readonly workers: number | undefined;
    readonly json: boolean;
    /** Writes the measured table into docs/proof.md. */
    readonly docs: boolean;
}

/** @param exit ends the process: with 2 after a wrong command line, with 0 after `--help` */
export function parseOptions(
    args: readonly string[],
    exit: (code: number) => never = (code) => process.exit(code),
): MutantsOptions {
    const command = new Command("npm run mutants --")
        .description(
            "Makes mistakes in a copy of the deployed program, one at a time, and plays seeds of the simulator until the\n" +
                "property breaks by which it must notice them. Exits with 1 when a mistake is not noticed.",
        )
        .option("--only <ids...>", "try these mutants only", [])
        .option("--list", "name the mutants, and try none", false)
        .option("--seeds <number>", "play at most so many seeds for each", wholeNumber(1, 10_000_000))
        .option(
            "--workers <number>",
            "how many mutants at once (default: one for each core)",
            wholeNumber(1, 256),
        )
        .option("--json", "print one JSON document", false)
        .option("--docs", "write the measured table into docs/proof.md", false)
        .addHelpText(
            "after",
            "\nExamples:\n" +
                "  npm run mutants -- --only at-most no-grace\n" +
                "  npm run mutants -- --workers 2 --json\n",
        )
        .configureOutput({ outputError: (text, write) => write(text.replace(/^error: /, "turnstile: ")) })
        .exitOverride(({ exitCode }) => exit(exitCode === 0 ? 0 : 2))
        .parse(args, { from: "user" });
    const options = command.opts<MutantsOptions>();
    if (options.docs && (options.only.length > 0 || options.seeds !== undefined))
        command.error("error: --docs needs all mutants and all their seeds");
    return options;
}
