/**
 * A MiniStack of one's own: a process on a free port, with its state in a temporary folder. It ends when it is stopped, and
 * when whoever started it is gone, however that ended: shim.py watches its standard input and takes everything that it
 * started along.
 */
import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { closeSync, existsSync, openSync } from "node:fs";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { installMiniStack, pathOf } from "./install.ts";

const SHIM = join(import.meta.dirname, "shim.py");
const STARTS_WITHIN_SECONDS = 60;

/** What a service answers a task: an output, or the name of an error, with a message. */
export interface Answer {
    readonly output?: unknown;
    readonly error?: string;
    readonly message?: string;
}

export interface MiniStackOptions {
    /** Added to the environment of the server and of all that it starts. */
    readonly environment?: Readonly<Record<string, string>>;
}

export class MiniStack {
    readonly endpoint: string;
    readonly region = "eu-west-1";
    readonly account = "123456789012";
    private readonly child: ChildProcess;
    private readonly folder: string;

    private constructor(child: ChildProcess, port: number, folder: string) {
        this.child = child;
        this.endpoint = `http://127.0.0.1:${port}`;
        this.folder = folder;
    }

    /** One that answers requests. Throws if MiniStack can't be installed: ask `installMiniStack` first. */
    static async start({ environment = {} }: MiniStackOptions = {}): Promise<MiniStack> {
        const found = await installMiniStack();
        if ("missing" in found) throw new Error(found.missing);
        const folder = await mkdtemp(join(tmpdir(), "turnstile-ministack-"));
        const port = await freePort();
        await mkdir(join(folder, "answers"));
        const log = openSync(logOf(folder), "a");
        const child = spawn(found.python, [SHIM], {
            cwd: folder,
            // A group of its own, so that the shim can end all that is in it.
            detached: true,
            stdio: ["pipe", log, log],
            env: { ...process.env, ...settings(found.python, folder, port), ...environment },
        });
        closeSync(log);
        const server = new MiniStack(child, port, folder);
        try {
            await server.answers();
        } catch (error) {
            const text = await server.log();
            await server.stop();
            throw new Error(`MiniStack does not start. Its log ends:\n${text.slice(-2_000)}`, {
                cause: error,
            });
        }
        return server;
    }

    /** What a client of the AWS SDK is made with. MiniStack takes the account from the key. */
    get client(): {
        endpoint: string;
        region: string;
        credentials: { accessKeyId: string; secretAccessKey: string };
    } {
        const credentials = { accessKeyId: this.account, secretAccessKey: "none" };
        return { endpoint: this.endpoint, region: this.region, credentials };
    }

    /** What the tasks of a state machine get for an answer, by `service:Operation`, in order; the last one again and again. */
    async script(stateMachine: string, answers: Readonly<Record<string, readonly Answer[]>>): Promise<void> {
        await writeFile(join(this.folder, "answers", `${stateMachine}.json`), JSON.stringify(answers));
    }

    /** The requests that were answered so, in order. */
    async requests(stateMachine: string): Promise<{ readonly name: string; readonly input: unknown }[]> {
        const file = join(this.folder, "answers", `${stateMachine}.requests`);
        const text = existsSync(file) ? await readFile(file, "utf8") : "";
        // What stands after the last line's end is still being written.
        const lines = text.split("\n").slice(0, -1);
        return lines.map((line) => JSON.parse(line) as { name: string; input: unknown });
    }

    /** All that the server has written. */
    log(): Promise<string> {
        return readFile(logOf(this.folder), "utf8");
    }

    /** Ends the server and what it has started, and removes its folder. */
    async stop(): Promise<void> {
        if (this.child.exitCode === null && this.child.signalCode === null) {
            const ended = once(this.child, "exit");
            this.child.stdin?.end();
            await ended;
        }
        await rm(this.folder, { recursive: true, force: true, maxRetries: 5 });
    }

    private async answers(): Promise<void> {
        const until = performance.now() + STARTS_WITHIN_SECONDS * 1_000;
        while (performance.now() < until) {
            if (this.child.exitCode !== null) throw new Error(`it ended with ${this.child.exitCode}`);
            try {
                const response = await fetch(`${this.endpoint}/_ministack/ready`);
                await response.arrayBuffer();
                if (response.ok) return;
            } catch {
                // Not listening yet.
            }
            await sleep(100);
        }
        throw new Error(`it is not ready after ${STARTS_WITHIN_SECONDS} s`);
    }
}

/** Everything that MiniStack writes goes below the folder; what needs Docker or a port of its own stays off. */
function settings(python: string, folder: string, port: number): Record<string, string> {
    return {
        PATH: pathOf(python),
        BIND_HOST: "127.0.0.1",
        GATEWAY_PORT: String(port),
        TURNSTILE_FOLDER: folder,
        TMPDIR: folder,
        S3_PERSIST: "1",
        S3_DATA_DIR: join(folder, "s3"),
        STATE_DIR: join(folder, "state"),
        DOCKER_HOST: `unix://${join(folder, "no-docker.sock")}`,
        LAMBDA_EXECUTOR: "local",
        SFTP_ENABLED: "0",
        IOT_MTLS_ENABLED: "0",
        MINISTACK_REGION: "eu-west-1",
        AWS_ACCESS_KEY_ID: "123456789012",
        AWS_SECRET_ACCESS_KEY: "none",
        PYTHONUNBUFFERED: "1",
    };
}

function logOf(folder: string): string {
    return join(folder, "ministack.log");
}

async function freePort(): Promise<number> {
    const probe = createServer();
    probe.listen(0, "127.0.0.1");
    await once(probe, "listening");
    const { port } = probe.address() as AddressInfo;
    probe.close();
    await once(probe, "close");
    return port;
}
