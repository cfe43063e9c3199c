/** The options that plan and cost share. */
import type { Command } from "commander";
import { nonEmpty, wholeNumber } from "../lib/values.ts";

/** Adds them after the command's own. */
export function withStackOptions(command: Command): Command {
    return command
        .option("--stack <name>", "the stack whose configuration to use", nonEmpty, "dev")
        .option(
            "--seed <n>",
            "a whole number that every random choice follows from",
            wholeNumber(0, 2 ** 52),
            1,
        )
        .option("--json", "print one JSON document", false)
        .helpOption("-h, --help", "show this help");
}
