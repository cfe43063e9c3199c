/**
 * `turnstile completion`: a script for a shell, made from the tree of commands. All that it completes stands in the script, so
 * a Tab starts no process, and nothing that was typed is evaluated.
 */
import type { Command, Option } from "commander";

export const SHELLS = ["bash", "zsh", "fish"] as const;
export type Shell = (typeof SHELLS)[number];

/** What can follow a command. */
interface Completed {
    /** The names that lead to it: `[]`, `["list"]`, `["failed", "show"]`. */
    readonly path: readonly string[];
    readonly summary: string;
    readonly subcommands: readonly string[];
    readonly options: readonly Option[];
    readonly takesFile: boolean;
}

export function completionScript(program: Command, shell: Shell): string {
    const commands = [...commandsIn(program, [])];
    switch (shell) {
        case "bash":
            return bash(commands);
        case "zsh":
            return zsh(commands);
        case "fish":
            return fish(commands);
    }
}

function* commandsIn(command: Command, path: readonly string[]): Generator<Completed> {
    const help = command.createHelp();
    const subcommands = help.visibleCommands(command);
    yield {
        path,
        summary: command.summary() || command.description(),
        subcommands: subcommands.map((each) => each.name()),
        options: help.visibleOptions(command),
        takesFile: command.registeredArguments.some((argument) => argument.name() === "file"),
    };
    for (const each of subcommands) yield* commandsIn(each, [...path, each.name()]);
}

function flagsOf({ options }: Completed): string[] {
    return options.flatMap(({ long }) => (long ? [long] : []));
}

/** The branches of a `case` on the command and the word before. */
function branches(commands: readonly Completed[]): string[] {
    const values = commands.flatMap(({ path, options }) =>
        options.flatMap((option) => {
            if (option.long === undefined || !option.required) return [];
            const what = option.argChoices?.join(" ") ?? (isFile(option) ? "@files" : "@nothing");
            return [`        '${path.join(" ")} ${option.long}') candidates='${what}' ;;`];
        }),
    );
    const names = commands.map((command) => {
        const words = [...command.subcommands, ...(command.takesFile ? ["@files"] : flagsOf(command))];
        const files = command.takesFile ? ` flags='${flagsOf(command).join(" ")}'` : "";
        return `        '${command.path.join(" ")} '*) candidates='${words.join(" ")}'${files} ;;`;
    });
    // The longest paths come first: a shorter one fits whatever begins like it.
    return [...values, ...names.reverse()];
}

function isFile({ flags }: Option): boolean {
    return /<(file|directory)>/.test(flags);
}

/** Which command stands on the line: the names that lead to one, and nothing else. */
function pathFinder(commands: readonly Completed[], words: string): string[] {
    const paths = commands.filter(({ path }) => path.length > 0).map(({ path }) => `'${path.join(" ")}'`);
    return [
        "    local command='' candidates='' flags='' each",
        `    for each in ${words}; do`,
        '        case "$command${command:+ }$each" in',
        `            ${paths.join("|")}) command="$command\${command:+ }$each" ;;`,
        "        esac",
        "    done",
    ];
}

function bash(commands: readonly Completed[]): string {
    return [
        "# bash completion of turnstile",
        "_turnstile() {",
        '    local word="${COMP_WORDS[COMP_CWORD]}" before="${COMP_WORDS[COMP_CWORD-1]}"',
        ...pathFinder(commands, '"${COMP_WORDS[@]:1:COMP_CWORD-1}"'),
        '    case "$command $before" in',
        ...branches(commands),
        "    esac",
        '    if [[ "$word" == -* && -n "$flags" ]]; then candidates="$flags"; fi',
        '    case "$candidates" in',
        '        @files) COMPREPLY=($(compgen -f -- "$word")) ;;',
        "        @nothing) COMPREPLY=() ;;",
        '        *) COMPREPLY=($(compgen -W "$candidates" -- "$word")) ;;',
        "    esac",
        "}",
        "complete -o filenames -F _turnstile turnstile",
        "",
    ].join("\n");
}

function zsh(commands: readonly Completed[]): string {
    return [
        "#compdef turnstile",
        "_turnstile() {",
        '    local word="$words[CURRENT]" before="$words[CURRENT-1]"',
        '    local -a line=("${(@)words[2,CURRENT-1]}")',
        ...pathFinder(commands, '"${line[@]}"'),
        '    case "$command $before" in',
        ...branches(commands),
        "    esac",
        '    if [[ "$word" == -* && -n "$flags" ]]; then candidates="$flags"; fi',
        '    case "$candidates" in',
        "        @files) _files ;;",
        "        @nothing) ;;",
        "        *) compadd -- ${=candidates} ;;",
        "    esac",
        "}",
        "compdef _turnstile turnstile",
        "",
    ].join("\n");
}

function fish(commands: readonly Completed[]): string {
    return [
        "# fish completion of turnstile",
        "complete -c turnstile -f",
        ...commands.flatMap((command) => [
            ...command.subcommands.map((name) => {
                const summary = commands.find(
                    ({ path }) => path.join(" ") === [...command.path, name].join(" "),
                )?.summary;
                return `complete -c turnstile -n ${quoted(condition(command.path))} -a ${name} -d ${quoted(summary ?? "")}`;
            }),
            ...(command.takesFile ? [`complete -c turnstile -n ${quoted(condition(command.path))} -F`] : []),
            ...command.options.map((option) => optionLine(command.path, option)),
        ]),
        "",
    ].join("\n");
}

function optionLine(path: readonly string[], option: Option): string {
    const { long = "", required, argChoices, description } = option;
    const value = argChoices ? ` -x -a ${quoted(argChoices.join(" "))}` : isFile(option) ? " -r -F" : " -x";
    const takes = required ? value : "";
    return `complete -c turnstile -n ${quoted(condition(path))} -l ${long.slice(2)}${takes} -d ${quoted(description)}`;
}

function condition(path: readonly string[]): string {
    if (path.length === 0) return "__fish_use_subcommand";
    return path.map((name) => `__fish_seen_subcommand_from ${name}`).join("; and ");
}

function quoted(text: string): string {
    return `'${text.replaceAll("\\", "\\\\").replaceAll("'", "\\'")}'`;
}
