/** What the command line says of a wrong one: commander's words, in one line. */

export function mistakeText(text: string): string {
    return text
        .replace(/^error: /, "")
        .replace(/\n\(Did you mean (.*)\?\)/, "; did you mean $1?")
        .replace(/^too many arguments for '\w+'\. Expected 0 arguments .*$/m, NO_ARGUMENTS)
        .replace(/^too many arguments\. .*$/m, NO_ARGUMENTS);
}

const NO_ARGUMENTS = "arguments without an option are not accepted; see --help";
