/** Options that a command needs. They are missed last: whoever mistypes one is told of the name that does not exist. */
import type { Command } from "commander";
import { EXIT } from "./exit-codes.ts";

/** Makes `command` refuse a command line without these options, which it has. */
export function withRequired(command: Command, ...names: readonly string[]): Command {
    return command.hook("preAction", () => {
        const missing = command.options.find(
            (option) =>
                names.includes(option.name()) && command.getOptionValue(option.attributeName()) === undefined,
        );
        if (missing)
            command.error(`error: required option '${missing.flags}' not specified`, {
                exitCode: EXIT.usage,
            });
    });
}
