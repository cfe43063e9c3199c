/** What the tests of whole stacks call and evaluate, recorded by running them once. */
import { execFile } from "node:child_process";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import type { Evaluated } from "../../embedded-aws/index.ts";
import { ROOT } from "../installation.ts";

const run = promisify(execFile);

/** A call that the program makes under one of its roles. */
export interface RecordedCall {
    readonly service: string;
    readonly operation: string;
    /** As JSON: bytes are `{"$bytes": length}`, times `{"$time": milliseconds}`. */
    readonly input: unknown;
    /** The role's name in the program. */
    readonly role: string;
    /** Who acts under the role, such as `lambda.amazonaws.com`. */
    readonly principal: string;
}

export interface Records {
    readonly calls: readonly RecordedCall[];
    readonly evaluations: readonly Evaluated[];
}

let recorded: Promise<Records> | undefined;

export function records(): Promise<Records> {
    return (recorded ??= record());
}

/** All tests of whole stacks but one, whose line of 3000 messages shows nothing that its line of 1000 does not. */
const TESTS = ["test/stack", "--fgrep", "A line of 3000 messages", "--invert"];

async function record(): Promise<Records> {
    const folder = await mkdtemp(join(tmpdir(), "turnstile-records-"));
    try {
        const mocha = join(ROOT, "node_modules/mocha/bin/mocha.js");
        const recorder = join(import.meta.dirname, "recorder.ts");
        // Mocha's own variables would make this mocha a part of the one that runs now.
        const env = { ...process.env, TURNSTILE_RECORDS: folder, NODE_V8_COVERAGE: undefined };
        await run(process.execPath, [mocha, "--require", recorder, ...TESTS], {
            cwd: ROOT,
            env,
            maxBuffer: 1e8,
        });
        return { calls: await read(folder, "calls"), evaluations: await read(folder, "evaluations") };
    } catch (error) {
        const { stdout = "" } = error as { stdout?: string };
        throw new Error(`the tests of whole stacks failed while they were recorded:\n${stdout}`, {
            cause: error,
        });
    } finally {
        await rm(folder, { recursive: true, force: true });
    }
}

async function read<T>(folder: string, what: string): Promise<T[]> {
    const files = (await readdir(folder)).filter((file) => file.startsWith(`${what}.`)).sort();
    const texts = await Promise.all(files.map((file) => readFile(join(folder, file), "utf8")));
    return texts.flatMap((text) => text.trim().split("\n")).map((line) => JSON.parse(line) as T);
}
