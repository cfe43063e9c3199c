/** What the command line says of a wrong one: commander's words, in one line. */
import type { Command } from "commander";

export function mistakeText(text: string): string {
    return text
        .replace(/^error: /, "")
        .replace(/\n\(Did you mean (.*)\?\)/, "; did you mean $1?")
        .replace(/^too many arguments for '\w+'\. Expected 0 arguments .*$/m, NO_ARGUMENTS)
        .replace(/^too many arguments\. .*$/m, NO_ARGUMENTS);
}

const NO_ARGUMENTS = "arguments without an option are not accepted; see --help";

/** Says where an option belongs that stands before the command; undefined if the first word is none of the command's options. */
export function misplacedOption(program: Command, args: readonly string[]): string | undefined {
    const flag = args[0]?.replace(/=.*$/s, "") ?? "";
    if (!flag.startsWith("-") || has(program, flag)) return undefined;
    const command = program.commands.find((each) => args.includes(each.name()));
    if (!command || !has(command, flag)) return undefined;
    return `option '${flag}' stands after the command: turnstile ${command.name()} ${flag}`;
}

function has({ options }: Command, flag: string): boolean {
    return options.some(({ long, short }) => flag === long || flag === short);
}
