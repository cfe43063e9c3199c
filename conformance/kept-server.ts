/**
 * Somebody else's server, as a process that listens on a free port of this machine only. A temporary folder holds its log and the files that
 * it writes. It ends when it is stopped, and when the process that started it is gone for any reason: keeper.ts does that.
 */
import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { closeSync, mkdtempSync, openSync } from "node:fs";
import { readFile, rm } from "node:fs/promises";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

const KEEPER = join(import.meta.dirname, "keeper.ts");
const LOG = "server.log";
const STARTS_WITHIN_SECONDS = 60;

export interface ServerProgram {
    readonly command: readonly [program: string, ...args: string[]];
    /** Added to the environment of the server and of what it starts. */
    readonly environment?: Readonly<Record<string, string>>;
}

export class KeptServer {
    readonly endpoint: string;
    readonly folder: string;
    private readonly keeper: ChildProcess;

    private constructor(port: number, program: (port: number, folder: string) => ServerProgram) {
        this.endpoint = `http://127.0.0.1:${port}`;
        this.folder = mkdtempSync(join(tmpdir(), "turnstile-conformance-"));
        const { command, environment } = program(port, this.folder);
        const log = openSync(this.file(LOG), "a");
        this.keeper = spawn(process.execPath, [KEEPER, this.folder, ...command], {
            // A signal to the group of this process must not end the keeper, which then has to clean up.
            detached: true,
            stdio: ["pipe", log, log],
            env: { ...process.env, ...environment },
        });
        closeSync(log);
    }

    /**
     * Starts a server and waits until it answers.
     * @param name how errors call it
     * @param path requested until the status is below 500
     */
    static async start(
        name: string,
        path: string,
        program: (port: number, folder: string) => ServerProgram,
    ): Promise<KeptServer> {
        const server = new KeptServer(await freePort(), program);
        try {
            await server.untilItAnswers(path);
        } catch (error) {
            const text = await server.log();
            await server.stop();
            throw new Error(`${name} does not start. Its log ends:\n${text.slice(-2_000)}`, { cause: error });
        }
        return server;
    }

    /** A file of the server's folder. */
    file(...path: string[]): string {
        return join(this.folder, ...path);
    }

    /** What the server has printed. */
    log(): Promise<string> {
        return readFile(this.file(LOG), "utf8");
    }

    /** Ends the server with what it started, and removes its folder. */
    async stop(): Promise<void> {
        if (this.keeper.exitCode === null && this.keeper.signalCode === null) {
            const ended = once(this.keeper, "exit");
            this.keeper.stdin?.end();
            await ended;
        }
        await rm(this.folder, { recursive: true, force: true, maxRetries: 10 });
    }

    private async untilItAnswers(path: string): Promise<void> {
        const until = performance.now() + STARTS_WITHIN_SECONDS * 1_000;
        while (performance.now() < until) {
            if (this.keeper.exitCode !== null) throw new Error(`it ended with ${this.keeper.exitCode}`);
            try {
                const response = await fetch(`${this.endpoint}${path}`);
                await response.arrayBuffer();
                if (response.status < 500) return;
            } catch {
                // It does not listen yet.
            }
            await sleep(50);
        }
        throw new Error(`it does not answer after ${STARTS_WITHIN_SECONDS} s`);
    }
}

/** A port that nobody listens on. */
async function freePort(): Promise<number> {
    const probe = createServer().listen(0, "127.0.0.1");
    await once(probe, "listening");
    const { port } = probe.address() as AddressInfo;
    probe.close();
    await once(probe, "close");
    return port;
}
