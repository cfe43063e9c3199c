/** What the command lines of the operator's commands share: options, how a command runs, groups of the help. */
import { Option } from "commander";
import type { Command } from "commander";
import { COLOR_CHOICES } from "../../lib/color.ts";
import type { Surroundings } from "../../lib/surroundings.ts";
import { nonEmpty, wholeNumber } from "../../lib/values.ts";
import type { CommonOptions, Session } from "../session.ts";
import { toMoment, toSeconds } from "../spans.ts";

export const LOOK = "Look at a stack on AWS, or one that serve runs:";

export const CHANGE = "Change it (each says what it does, then asks):";

export const FINDING_A_STACK = `
Which stack: --operator FILE, else --stack NAME, else the variable
TURNSTILE_OPERATOR (a file or the JSON itself), else the stack that is selected
in this folder. FILE is what this prints:
  pulumi stack output operator --json`;

export interface Program {
    readonly program: Command;
    readonly around: Surroundings;
    readonly end: (exitCode: number) => void;
}

export function interval(seconds: number): Option {
    return new Option("--interval <seconds>", "seconds from one look to the next")
        .argParser(wholeNumber(1, 3600))
        .default(seconds);
}

/** Bodies, arguments and causes come from others, and are in no JSON unless somebody asks for them. */
export function bodies(description: string): Option {
    return new Option("--bodies", description);
}

export async function run(
    { around, end }: Program,
    options: CommonOptions,
    command: (session: Session) => Promise<number>,
): Promise<void> {
    const { onStack } = await import("../session.ts");
    end(await onStack(options, around, command));
}

export function withOverrideOptions(command: Command): Command {
    return command
        .addOption(
            new Option("--for <time>", "how long, such as 30m or 2h (default: without an end)").argParser(
                toSeconds,
            ),
        )
        .addOption(
            new Option("--until <time>", "until when, with its zone").argParser(toMoment).conflicts("for"),
        )
        .option("--reason <text>", "for those who find it", nonEmpty)
        .option("--by <name>", "who does it (default: the user of this machine)", nonEmpty);
}

export function withChangeOptions(command: Command): Command {
    return command.option("--yes", "do not ask").option("--dry-run", "only say what would happen");
}

/** How to find the stack, how to reach AWS, and how to print. */
export function withCommonOptions(command: Command): Command {
    const group = "Options of every command:";
    const options = [
        new Option(
            "--operator <file>",
            "the stack's output operator, a file or - for standard input",
        ).argParser(nonEmpty),
        new Option("--stack <name>", "a stack of Pulumi's, in this folder")
            .argParser(nonEmpty)
            .conflicts("operator"),
        new Option("--profile <name>", "a profile of the AWS CLI's").argParser(nonEmpty),
        new Option("--region <name>", "the region (default: the stack's)").argParser(nonEmpty),
        new Option("--endpoint-url <url>", "where AWS is (default: AWS itself)").argParser(nonEmpty),
        new Option("--json", "print one JSON document"),
        new Option("--color <when>", "auto, always or never").choices(COLOR_CHOICES).default("auto"),
    ];
    for (const option of options) command.addOption(option.helpGroup(group));
    return command.helpOption("-h, --help", "show this help");
}
