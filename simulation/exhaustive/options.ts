/** The command line of `npm run explore`. */
import { Command, InvalidArgumentError, Option } from "commander";
import { FAULT_NAMES, FAULTS } from "./bounds.ts";
import type { Bounds, Fault } from "./bounds.ts";
import { WORLDS } from "./worlds.ts";

export interface ExploreOptions {
    /** The worlds to explore, by their names; those of the command line have none. */
    readonly worlds: readonly { readonly name: string; readonly bounds: Bounds }[];
    /** Stops a world after so many states. */
    readonly states: number;
    readonly json: boolean;
}

interface Given {
    readonly world?: string;
    readonly executions?: number;
    readonly limit?: number;
    readonly dispatchers?: number;
    readonly reapers?: number;
    readonly sweeps?: boolean;
    readonly faults?: readonly Fault[];
    readonly most?: number;
    readonly visits?: number;
    readonly wakes?: number;
    readonly states: number;
    readonly json: boolean;
}

/** @param exit ends the process: with 2 after a wrong command line, with 0 after `--help` */
export function parseOptions(
    args: readonly string[],
    exit: (code: number) => never = (code) => process.exit(code),
): ExploreOptions {
    const command = new Command("npm run explore --")
        .description(
            "Explores every interleaving of a small world: the real conditional writes, the real functions and the real\n" +
                "workflow, with a few messages and a few faults. Exits with 1 when something does not hold.",
        )
        .addOption(
            new Option("--world <name>", "one of the worlds of docs/proof.md (default: all of them)").choices(
                Object.keys(WORLDS),
            ),
        )
        .option(
            "--executions <number>",
            "messages, each with its execution: a world of your own",
            wholeNumber(1, 4),
        )
        .option("--limit <number>", "slots", wholeNumber(0, 4))
        .option("--dispatchers <number>", "invocations of the dispatcher at once", wholeNumber(0, 3))
        .option("--reapers <number>", "invocations of the reaper at once", wholeNumber(0, 4))
        .option("--sweeps", "the reaper also looks at slots of executions that go on")
        .option("--faults <names>", `which faults, each once: ${FAULT_NAMES.join(", ")}`, faultNames)
        .option("--most <number>", "faults on one path", wholeNumber(0, 9))
        .option("--visits <number>", "visits of the line that are told apart", wholeNumber(1, 9))
        .option("--wakes <number>", "wake-ups in vain that are told apart", wholeNumber(0, 3))
        .option("--states <number>", "stop after so many states", wholeNumber(1, 100_000_000), 4_000_000)
        .option("--json", "print one JSON document", false)
        .addHelpText(
            "after",
            `\nFaults:\n${FAULT_NAMES.map((name) => `  ${name.padEnd(9)}${FAULTS[name]}`).join("\n")}\n` +
                "\nExamples:\n" +
                "  npm run explore\n" +
                "  npm run explore -- --world crowd\n" +
                "  npm run explore -- --executions 2 --limit 1 --faults kill,lost --most 1\n",
        )
        .configureOutput({ outputError: (text, write) => write(text.replace(/^error: /, "turnstile: ")) })
        .exitOverride(({ exitCode }) => exit(exitCode === 0 ? 0 : 2))
        .parse(args, { from: "user" });
    const given = command.opts<Given>();
    if (given.world !== undefined && given.executions !== undefined) {
        command.error("error: --world and --executions exclude each other");
    }
    return { worlds: worldsOf(given), states: given.states, json: given.json };
}

function worldsOf({ world, executions, ...given }: Given): ExploreOptions["worlds"] {
    if (executions !== undefined) return [{ name: "your own", bounds: ownBounds(executions, given) }];
    const all = Object.entries(WORLDS).map(([name, bounds]) => ({ name, bounds }));
    return world === undefined ? all : all.filter(({ name }) => name === world);
}

function ownBounds(executions: number, given: Omit<Given, "world" | "executions">): Bounds {
    const names = given.faults ?? [];
    const once = (name: Fault): number => (names.includes(name) ? 1 : 0);
    return {
        executions,
        limit: given.limit ?? 1,
        dispatchers: given.dispatchers ?? 1,
        reapers: given.reapers ?? 1,
        sweeps: given.sweeps ?? false,
        faults: Object.fromEntries(FAULT_NAMES.map((name) => [name, once(name)])) as Bounds["faults"],
        most: given.most ?? names.length,
        visits: given.visits ?? 1,
        wakes: given.wakes ?? 0,
    };
}

function faultNames(text: string): Fault[] {
    return text.split(",").map((name) => {
        const fault = FAULT_NAMES.find((each) => each === name);
        if (fault) return fault;
        throw new InvalidArgumentError(`Expected some of ${FAULT_NAMES.join(", ")}, with commas between.`);
    });
}

function wholeNumber(low: number, high: number): (text: string) => number {
    return (text) => {
        const number = Number(text);
        if (/^\d+$/.test(text) && number >= low && number <= high) return number;
        throw new InvalidArgumentError(`Expected a whole number from ${low} to ${high}.`);
    };
}
