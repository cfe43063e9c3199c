/** A stack that `turnstile serve` runs in a process of its own, and commands on it, each a process of its own. */
import assert from "node:assert/strict";
import { execFile, spawn, spawnSync } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { createInterface } from "node:readline";
import { ROOT } from "../cli/command-line.ts";
import type { Outcome } from "../cli/command-line.ts";
import type { Ready } from "../cli/serve/served.ts";

const MAIN = path.join(ROOT, "cli/main.ts");

const MESSAGES = 16;

/** Often enough for what takes a second or two: each look is a process. */
const MOST_LOOKS = 60;

export interface Terminal {
    readonly columns: number;
    readonly rows: number;
    /** What the person types. */
    readonly typed?: string;
    readonly env?: Readonly<Record<string, string>>;
}

/** Whether this machine can make a terminal. */
export function hasTerminals(): boolean {
    return spawnSync("python3", ["-c", "import fcntl, pty, termios"]).status === 0;
}

interface Item {
    readonly messageId: string;
}

export class Stand {
    readonly ready: Ready;
    /** For files of the commands. */
    readonly folder: string;
    private readonly server: ChildProcess;
    /** Stopped, although their rows may still be in the line. */
    private readonly cancelled = new Set<string>();

    private constructor(server: ChildProcess, ready: Ready, folder: string) {
        this.server = server;
        this.ready = ready;
        this.folder = folder;
    }

    /** Resolves when messages run and wait. In real time, in which a modelled job takes minutes: they do so to the end. */
    static async start(): Promise<Stand> {
        const server = begin(["serve", "--port", "0", "--json"]);
        const ready = JSON.parse(await firstLine(server)) as Ready;
        const stand = new Stand(server, ready, mkdtempSync(path.join(tmpdir(), "turnstile-commands-")));
        stand.writeMessages("jobs.jsonl", MESSAGES);
        stand.writeMessages("more.jsonl", 2);
        const { code, error } = await stand.run(["send", "{folder}/jobs.jsonl", "--yes"]);
        assert.equal(code, 0, error);
        await stand.items(["list", "--state", "running"], 3);
        return stand;
    }

    private writeMessages(file: string, count: number): void {
        const lines = Array.from({ length: count }, (_, i) => ({
            body: { arguments: { "--number": String(i) } },
            group: `a-group-with-a-rather-long-name-${i % 8}`,
        }));
        const text = lines.map((line) => `${JSON.stringify(line)}\n`).join("");
        writeFileSync(path.join(this.folder, file), text);
    }

    async run(args: readonly string[], options: { stdin?: string; cwd?: string } = {}): Promise<Outcome> {
        const filled = await this.filled(args);
        if (args[0] === "cancel" && args.includes("--yes")) this.cancelled.add(filled[1] ?? "");
        return outcomeOf(process.execPath, [MAIN, ...filled], {
            env: environment(this.ready.env),
            cwd: options.cwd ?? ROOT,
            stdin: options.stdin ?? "",
        });
    }

    /** Its output is what the terminal shows: both streams. */
    async inTerminal(args: readonly string[], { columns, rows, typed, env }: Terminal): Promise<Outcome> {
        const script = path.join(import.meta.dirname, "terminal.py");
        const command = [process.execPath, MAIN, ...(await this.filled(args))];
        return outcomeOf("python3", [script, String(columns), String(rows), typed ?? "", ...command], {
            env: environment({ ...this.ready.env, TERM: "xterm-256color", LANG: "C.UTF-8", ...env }),
            cwd: ROOT,
            stdin: "",
        });
    }

    /** Begins a command that goes on until a signal comes. */
    begin(args: readonly string[]): ChildProcess {
        return begin(args, this.ready.env);
    }

    /** Ends it, as Ctrl-C does; returns the exit code. */
    async stop(): Promise<number | null> {
        rmSync(this.folder, { recursive: true, force: true });
        return interrupt(this.server);
    }

    /** The command line with an id of now for {running}, {waiting} and {letter}, and with {folder}. */
    private async filled(args: readonly string[]): Promise<string[]> {
        const ids: Readonly<Record<string, () => Promise<string>>> = {
            "{running}": async () => (await this.items(["list", "--state", "running"]))[0]?.messageId ?? "",
            // The last one in line stays there.
            "{waiting}": async () =>
                (await this.items(["list", "--state", "waiting"]))
                    .map(({ messageId }) => messageId)
                    .findLast((id) => !this.cancelled.has(id)) ?? "",
            "{letter}": async () => (await this.items(["failed"]))[0]?.messageId ?? "",
        };
        return Promise.all(
            args.map(async (arg) => (await ids[arg]?.()) ?? arg.replace("{folder}", this.folder)),
        );
    }

    /** What a command lists, once there are so many. */
    private async items(args: readonly string[], atLeast = 1): Promise<readonly Item[]> {
        for (let look = 0; look < MOST_LOOKS; look++) {
            const { code, out, error } = await this.run([...args, "--json"]);
            assert.equal(code, 0, error);
            const { items } = JSON.parse(out) as { items: readonly Item[] };
            if (items.length >= atLeast) return items;
        }
        return assert.fail(`turnstile ${args.join(" ")} lists nothing`);
    }
}

/** Ends a process as Ctrl-C does; returns the exit code. */
export async function interrupt(process: ChildProcess): Promise<number | null> {
    const ended = once(process, "exit");
    process.kill("SIGINT");
    await ended;
    return process.exitCode;
}

export async function firstLine({ stdout, stderr }: ChildProcess): Promise<string> {
    assert.ok(stdout && stderr);
    let error = "";
    stderr.on("data", (text: Buffer) => (error += text.toString()));
    // eslint-disable-next-line no-unreachable-loop -- the first line is all that is read
    for await (const line of createInterface({ input: stdout })) return line;
    return assert.fail(error);
}

function begin(args: readonly string[], env: Readonly<Record<string, string>> = {}): ChildProcess {
    return spawn(process.execPath, [MAIN, ...args], { cwd: ROOT, env: environment(env) });
}

/** Nothing of the caller's that changes what a command prints. */
function environment(env: Readonly<Record<string, string>>): Record<string, string> {
    const kept = ["PATH", "NODE_COMPILE_CACHE", "TMPDIR", "USER"].flatMap((name) => {
        const value = process.env[name];
        return value === undefined ? [] : [[name, value]];
    });
    return { ...(Object.fromEntries(kept) as Record<string, string>), ...env };
}

function outcomeOf(
    file: string,
    args: readonly string[],
    { stdin, ...options }: { env: Record<string, string>; cwd: string; stdin: string },
): Promise<Outcome> {
    return new Promise((resolve) => {
        const child = execFile(file, args, { ...options, encoding: "utf8" }, (failure, out, error) =>
            resolve({ code: Number(failure?.code ?? 0), out, error }),
        );
        child.stdin?.end(stdin);
    });
}
