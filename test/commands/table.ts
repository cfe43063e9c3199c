/** Every command of `turnstile`: how it is called, how it ends, and what it says. In an order in which each has something to do. */

export interface Line {
    /** {running}, {waiting} and {letter} stand for a message's id, {folder} for a folder of the test's own. */
    readonly args: readonly string[];
    /** What standard output has; of nonsense the first line of standard error. */
    readonly says: RegExp;
    /** 0 unless it is here. */
    readonly code?: number;
    readonly stdin?: string;
    /** Runs in the test's own folder. */
    readonly isInFolder?: boolean;
}

export interface Tried {
    readonly text: readonly Line[];
    /** Called with --json, which ends as the same command does with text. Empty where the command has no JSON. */
    readonly json: readonly (readonly string[])[];
    readonly nonsense: readonly Line[];
    /** What asks first, and what is typed to decline. */
    readonly asks?: { readonly args: readonly string[]; readonly no: string };
}

const NOBODY = "00000000";
const NO_ARGUMENTS = /^turnstile: arguments without an option are not accepted; see --help$/;

/** Nonsense in an option's value. */
function invalid(args: readonly string[], name: string): Line {
    return { args, code: 2, says: new RegExp(`^turnstile: option '${name}.*' argument 'x' is invalid\\. `) };
}

/** An argument that the command does not take. */
function excess(command: string): Line {
    return { args: [command, "x"], code: 2, says: NO_ARGUMENTS };
}

const NO_LETTER = /^turnstile: No dead letter begins with 00000000\.$/;
const NO_MESSAGE = /^turnstile: No message that was accepted begins with 00000000\.$/;
const NO_FILE = /^turnstile: nowhere\.jsonl cannot be read: it does not exist$/;

export const TABLE: Readonly<Record<string, Tried>> = {
    init: {
        text: [{ args: ["init"], says: /^Written: Pulumi\.yaml, /, isInFolder: true }],
        json: [],
        nonsense: [excess("init")],
    },
    run: {
        text: [{ args: ["run", "--count", "3", "--speed", "max"], says: /3 done, 0 failed/ }],
        json: [["run", "--count", "3"]],
        nonsense: [invalid(["run", "--count", "x"], "--count"), excess("run")],
    },
    plan: {
        text: [
            {
                args: ["plan", "--jobs", "5", "--minutes", "1", "--limits", "1,2"],
                says: /^LIMIT +ALL DONE/m,
            },
        ],
        json: [["plan", "--jobs", "5", "--minutes", "1", "--limits", "1,2"]],
        nonsense: [
            { args: ["plan"], code: 2, says: /^turnstile: required option '--jobs <n>' not specified$/ },
        ],
    },
    cost: {
        text: [
            { args: ["cost", "--jobs-per-month", "30"], says: /^30 jobs of 5 min a month/ },
            { args: ["cost"], says: /^turnstile\/dev · us-east-1$/m },
        ],
        json: [["cost", "--jobs-per-month", "30"], ["cost"]],
        nonsense: [invalid(["cost", "--days", "x"], "--days")],
    },
    export: {
        text: [
            { args: ["export"], says: /^\{"type":"trace"/ },
            { args: ["export", "--output", "{folder}/trace.jsonl"], says: /^$/ },
        ],
        json: [["export"]],
        nonsense: [invalid(["export", "--since", "x"], "--since")],
    },
    report: {
        text: [
            {
                args: ["report", "{folder}/trace.jsonl", "--output", "{folder}/trace.html"],
                says: /trace\.html$/m,
            },
        ],
        json: [["report", "{folder}/trace.jsonl", "--output", "{folder}/trace.html"]],
        nonsense: [{ args: ["report", "nowhere.jsonl", "-o", "page.html"], code: 1, says: NO_FILE }],
    },
    status: {
        text: [
            { args: ["status"], says: /^SLOTS {3}3 of 3 taken$/m },
            { args: ["status", "--check"], says: /^LIMIT {3}3$/m },
        ],
        json: [["status"]],
        nonsense: [excess("status")],
    },
    list: {
        text: [
            { args: ["list"], says: /^PLACE +MESSAGE/m },
            { args: ["list", "--state", "waiting", "--most", "2"], says: /^2 of \d+ shown/m },
        ],
        json: [["list"]],
        nonsense: [invalid(["list", "--state", "x"], "--state")],
    },
    why: {
        text: [
            { args: ["why", "{running}"], says: /^WHY {5}running: /m },
            { args: ["why", "{waiting}"], says: /^WHY {5}(behind|limit-reached): /m },
        ],
        json: [
            ["why", "{running}"],
            ["why", "{waiting}"],
        ],
        nonsense: [{ args: ["why", NOBODY], code: 5, says: NO_MESSAGE }],
    },
    free: {
        text: [{ args: ["free", "{running}"], code: 3, says: / keeps its slot: run \w+ is RUNNING\.$/m }],
        json: [["free", "{running}"]],
        nonsense: [
            {
                args: ["free", NOBODY],
                code: 5,
                says: /^turnstile: No slot is held by 00000000\.$/,
            },
        ],
    },
    limit: {
        text: [
            { args: ["limit", "2", "--for", "2h", "--yes"], says: /^The limit is 2 by .* \(2 h\)\.$/m },
            { args: ["limit", "--reset", "--yes"], says: /^The limit is 3 again, as configured\.$/m },
        ],
        json: [
            ["limit", "2", "--dry-run"],
            ["limit", "2", "--yes"],
            ["limit", "--reset", "--yes"],
        ],
        nonsense: [
            {
                args: ["limit", "x"],
                code: 2,
                says: /^turnstile: command-argument value 'x' is invalid for argument 'n'\. /,
            },
            {
                args: ["limit", "1"],
                code: 2,
                says: /^turnstile: There is no terminal to ask on\. Nothing was changed\.$/m,
            },
        ],
        asks: { args: ["limit", "2"], no: "n\n" },
    },
    pause: {
        text: [
            { args: ["pause", "--reason", "a test", "--yes"], says: /^Paused by .* without an end/m },
            { args: ["pause", "--yes"], says: /^Paused already by /m },
            { args: ["limit", "--reset", "--yes"], says: /^The limit is 3 again/m },
        ],
        json: [
            ["pause", "--dry-run"],
            ["pause", "--yes"],
        ],
        nonsense: [invalid(["pause", "--for", "x"], "--for")],
        asks: { args: ["pause", "--for", "1h"], no: "n\n" },
    },
    resume: {
        text: [
            { args: ["pause", "--yes"], says: /^Paused /m },
            { args: ["resume", "--yes"], says: /^The limit is 3 again, as configured\.$/m },
            { args: ["resume", "--yes"], says: /^Not paused\.$/m },
            { args: ["pause", "--yes"], says: /^Paused /m },
        ],
        json: [["resume", "--yes"]],
        nonsense: [excess("resume")],
        asks: { args: ["resume"], no: "n\n" },
    },
    drain: {
        text: [
            { args: ["drain", "--yes"], says: /^Paused by /m },
            {
                args: ["drain", "--wait", "--timeout", "1s", "--yes"],
                code: 6,
                says: /^3 jobs still run; the pool stays paused\.$/m,
            },
            { args: ["resume", "--yes"], says: /^The limit is 3 again/m },
        ],
        json: [["drain", "--dry-run"]],
        nonsense: [invalid(["drain", "--timeout", "x"], "--timeout")],
        asks: { args: ["drain", "--wait"], no: "n\n" },
    },
    cancel: {
        text: [
            { args: ["cancel", "{waiting}", "--dry-run"], says: /Nothing was changed/ },
            { args: ["cancel", "{waiting}", "--reason", "wrong month", "--yes"], says: /^Stopped\./ },
            { args: ["cancel", "{waiting}", "--drop", "--yes"], says: /^Stopped\./ },
        ],
        json: [
            ["cancel", "{waiting}", "--dry-run"],
            ["cancel", "{waiting}", "--yes"],
        ],
        nonsense: [{ args: ["cancel", NOBODY, "--yes"], code: 5, says: NO_MESSAGE }],
        asks: { args: ["cancel", "{waiting}"], no: "n\n" },
    },
    "failed show": {
        text: [{ args: ["failed", "show", "{letter}"], says: /^CAUSE {3}ExecutionABORTED: Cancelled/m }],
        json: [["failed", "show", "{letter}", "--bodies"]],
        nonsense: [{ args: ["failed", "show", NOBODY], code: 5, says: NO_LETTER }],
    },
    failed: {
        text: [{ args: ["failed"], says: /ExecutionABORTED: Cancelled/ }],
        json: [["failed"], ["failed", "--bodies"]],
        nonsense: [
            {
                args: ["failed", "x"],
                code: 2,
                says: /^turnstile: failed does not take 'x'; failed show ID shows one letter$/,
            },
        ],
    },
    doctor: {
        text: [
            { args: ["doctor"], code: 8, says: /^WARN {2}alarm-subscribers: /m },
            { args: ["doctor", "--verbose"], code: 8, says: /^ok {4}operator: /m },
        ],
        json: [["doctor"]],
        nonsense: [invalid(["doctor", "--fail-on", "x"], "--fail-on")],
    },
    retry: {
        text: [
            { args: ["retry", "{letter}", "--dry-run"], says: /^Nothing was sent\.$/m },
            { args: ["retry", "{letter}", "--yes"], says: /^1 message sent\.$/m },
        ],
        json: [["retry", "--all", "--dry-run"]],
        nonsense: [
            { args: ["retry", NOBODY, "--yes"], code: 5, says: NO_LETTER },
            {
                args: ["retry"],
                code: 2,
                says: /^turnstile: name either ids, or --cause TEXT, or --all$/,
            },
        ],
        asks: { args: ["retry", "--all"], no: "n\n" },
    },
    purge: {
        text: [
            { args: ["cancel", "{waiting}", "--yes"], says: /^Stopped\./ },
            { args: ["purge", "{letter}", "--dry-run"], says: /^Nothing was deleted\.$/m },
        ],
        json: [["purge", "{letter}", "--yes"]],
        nonsense: [{ args: ["purge", NOBODY, "--yes"], code: 5, says: NO_LETTER }],
        asks: { args: ["purge", "{letter}"], no: "no\n" },
    },
    send: {
        text: [
            {
                args: ["send", "-", "--journal", "{folder}/in.sent", "--yes"],
                stdin: '{"body": {"arguments": {}}}\n',
                says: /^1 message sent\.$/m,
            },
        ],
        json: [["send", "{folder}/jobs.jsonl", "--dry-run"]],
        nonsense: [{ args: ["send", "nowhere.jsonl"], code: 1, says: NO_FILE }],
        asks: { args: ["send", "{folder}/more.jsonl"], no: "n\n" },
    },
    completion: {
        text: ["bash", "zsh", "fish"].map((shell) => ({
            args: ["completion", shell],
            says: /turnstile/,
        })),
        json: [],
        nonsense: [
            {
                args: ["completion", "x"],
                code: 2,
                says: /^turnstile: command-argument value 'x' is invalid for argument 'shell'\. /,
            },
        ],
    },
    help: {
        text: [
            { args: ["help"], says: /^Usage: turnstile <command> \[options\]$/m },
            { args: ["help", "failed", "show"], says: /^Usage: turnstile failed show/ },
        ],
        json: [],
        nonsense: [{ args: ["help", "x"], code: 2, says: /^turnstile: unknown command 'x'$/ }],
    },
};

/** Commands that go on until Ctrl-C: the first line of text, and nonsense. */
export const LASTING: Readonly<Record<string, { readonly text: Line; readonly nonsense: Line }>> = {
    serve: {
        text: { args: ["serve", "--port", "0"], says: /^Turnstile · stack dev · / },
        nonsense: invalid(["serve", "--port", "x"], "--port"),
    },
    ui: {
        text: { args: ["ui"], says: /http:\/\/127\.0\.0\.1:\d+/ },
        nonsense: invalid(["ui", "--port", "x"], "--port"),
    },
};
