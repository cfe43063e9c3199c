/**
 * The commands of `turnstile`, and from a command line to an exit code. What a command needs is loaded when it runs: a look at
 * a stack on AWS must not wait for an AWS account to be built in this process.
 */
import { Argument, Command, CommanderError } from "commander";
import { SHELLS } from "./completion.ts";
import type { Shell } from "./completion.ts";
import { CommandError, errorJson, errorText } from "./lib/command-error.ts";
import { describeInit } from "./init/options.ts";
import { EXIT } from "./lib/exit-codes.ts";
import { fold } from "./lib/fold.ts";
import { packageVersion } from "./lib/folders.ts";
import { misplacedOption, mistakeText } from "./lib/mistakes.ts";
import { printable } from "./lib/printable.ts";
import type { Surroundings } from "./lib/surroundings.ts";
import { describeOperate } from "./operate/commands.ts";
import { costOptionsOf, describeCost } from "./plan/cost-options.ts";
import { describePlan } from "./plan/options.ts";
import type { PlanOptions } from "./plan/options.ts";
import { describeRun, runOptionsOf } from "./run/options.ts";
import { describeReport } from "./trace/options.ts";
import type { ReportOptions } from "./trace/options.ts";
import { describeServe } from "./serve/options.ts";
import type { ServeOptions } from "./serve/options.ts";

const AFTER_HELP = `
In a project that installs it \`turnstile\` stands for \`npx turnstile\`. In its own
repository it stands for \`npm run turnstile --\`, and \`npm start --\` for
\`turnstile run\`; for scripts add --silent: npm run --silent.

Examples:
  npm start
      runs 48 jobs on this machine, three at a time
  turnstile serve
      keeps a stack running here, to try the commands on
  turnstile status
      what is going on
  turnstile help limit
      the options of a command, with examples

Exit codes:
  0  done              4  AWS credentials missing, expired or not sufficient
  1  failed            5  no such stack or message, or several
  2  wrong usage       6  --timeout ran out
  3  declined          7  partly done
                       8  a check failed
  130  interrupted by Ctrl-C (129 by SIGHUP, 143 by SIGTERM)`;

const PLAN = "Plan ahead, and look back:";

/** Runs a command line to its end and returns the exit code. */
export async function turnstile(args: readonly string[], around: Surroundings): Promise<number> {
    const isJson = args.includes("--json");
    let exitCode: number = EXIT.done;
    const program = createProgram(around, isJson, (code) => (exitCode = code));
    try {
        const misplaced = misplacedOption(program, args);
        if (misplaced !== undefined) throw new CommandError("usage", misplaced, { exitCode: EXIT.usage });
        await program.parseAsync([...args], { from: "user" });
        return exitCode;
    } catch (error) {
        if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.done : EXIT.usage;
        const { text, code } = explain(error, isJson);
        around.stderr.write(`${isJson ? text : fold(text, around.stderr)}\n`);
        return code;
    }
}

/** The tree of commands. */
export function createProgram(
    around: Surroundings,
    isJson: boolean,
    end: (exitCode: number) => void,
): Command {
    const program = new Command("turnstile")
        .usage("<command> [options]")
        .description("Runs a stack of Turnstile on this machine, or looks after one.")
        .version(packageVersion(), "-V, --version", "show the version")
        .helpOption("-h, --help", "show this help")
        .helpCommand(false)
        .configureHelp({ subcommandTerm: (command) => command.name() })
        .addHelpText("after", AFTER_HELP)
        .exitOverride()
        .configureOutput({
            writeOut: (text) => around.stdout.write(fold(text, around.stdout)),
            writeErr: (text) => around.stderr.write(isJson ? text : fold(text, around.stderr)),
            outputError: (text, write) => write(usageText(text, isJson)),
        });
    describeInit(program.command("init").helpGroup("Begin:")).action(async () => {
        const { init } = await import("./init/init.ts");
        end(init(around, packageVersion()));
    });
    describeRun(program.command("run").helpGroup("Run it on this machine:")).action(
        async (_options, command: Command) => {
            const { run, startError } = await import("./run/run.ts");
            const options = runOptionsOf(command);
            end(
                await run(options, around).catch((error: unknown) => {
                    throw startError("run-failed", error);
                }),
            );
        },
    );
    describeServe(program.command("serve").helpGroup("Run it on this machine:")).action(
        async (options: ServeOptions) => {
            const { serve } = await import("./serve/serve.ts");
            end(await serve(options, around));
        },
    );
    describePlan(program.command("plan").helpGroup(PLAN)).action(async (options: PlanOptions) => {
        const { plan } = await import("./plan/plan.ts");
        end(await plan(options, around));
    });
    describeCost(program.command("cost").helpGroup(PLAN)).action(async (_options, command: Command) => {
        const options = costOptionsOf(command);
        if ("estimate" in options) {
            const { cost } = await import("./plan/cost.ts");
            return end(await cost(options.estimate, around));
        }
        const [{ onStack }, { bill }] = await Promise.all([
            import("./operate/session.ts"),
            import("./operate/bill.ts"),
        ]);
        end(await onStack(options.bill, around, (session) => bill(session, options.bill)));
    });
    describeReport(program.command("report").helpGroup(PLAN)).action(
        async (file: string, options: ReportOptions) => {
            const { report } = await import("./trace/report.ts");
            end(await report(file, options, around));
        },
    );
    describeOperate({ program, around, end });
    program
        .command("completion")
        .helpGroup("Help:")
        .addArgument(new Argument("<shell>", "your shell").choices(SHELLS))
        .summary("a script that completes command lines in bash, zsh or fish")
        .description("Prints a script that completes the command lines of turnstile in your shell.")
        .helpOption("-h, --help", "show this help")
        .addHelpText("after", COMPLETION_EXAMPLES)
        .action(async (shell: Shell) => {
            const { completionScript } = await import("./completion.ts");
            around.stdout.write(completionScript(program, shell));
        });
    describeHelp(program);
    return program;
}

/** Commander's own one shows the whole help where there is no such command. */
function describeHelp(program: Command): void {
    program
        .command("help")
        .helpGroup("Help:")
        .argument("[command...]", "such as limit, or failed show")
        .summary("show the help of a command")
        .description("Shows the help of a command, with its options and examples.")
        .helpOption("-h, --help", "show this help")
        .action(async (names: string[]) => {
            let command = program;
            for (const name of names) {
                const found = command.commands.find((each) => each.name() === name);
                // Refused as a command line that begins so is.
                if (!found) return void (await command.parseAsync([name], { from: "user" }));
                command = found;
            }
            command.outputHelp();
        });
}

const COMPLETION_EXAMPLES = `
Examples:
  source <(turnstile completion bash)
  turnstile completion zsh > ~/.zfunc/_turnstile
  turnstile completion fish > ~/.config/fish/completions/turnstile.fish`;

function usageText(text: string, isJson: boolean): string {
    const message = mistakeText(text.trim());
    if (!isJson) return `turnstile: ${message}\n`;
    return `${errorJson(new CommandError("usage", message, { exitCode: EXIT.usage }))}\n`;
}

/** What is written of an error that ends a command: the stack trace of one that nobody expected. */
function explain(error: unknown, isJson: boolean): { text: string; code: number } {
    const known =
        error instanceof CommandError
            ? error
            : new CommandError(
                  "fault",
                  error instanceof Error ? (error.stack ?? error.message) : String(error),
              );
    return {
        text: isJson ? errorJson(known) : `turnstile: ${printable(errorText(known))}`,
        code: known.exitCode,
    };
}
