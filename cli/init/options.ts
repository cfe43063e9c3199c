/** The command line of `turnstile init`. */
import type { Command } from "commander";

const AFTER_HELP = `
In an empty folder it writes a Pulumi project. In a project that is there it
writes turnstile.ts beside the program, which then takes one line to use it. It
overwrites no file.`;

/** Makes `command` the command `init`. */
export function describeInit(command: Command): Command {
    return command
        .summary("write a first program that uses Turnstile")
        .description("Writes a first Pulumi program that runs a Glue job of its own, three at a time.")
        .helpOption("-h, --help", "show this help")
        .addHelpText("after", AFTER_HELP)
        .allowExcessArguments(false);
}
