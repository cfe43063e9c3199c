/** DynamoDB Local as a process of its own, in memory, on a free port of this machine alone. */
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { createServer, type AddressInfo } from "node:net";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { install, libraries } from "./install.ts";

const MAIN_CLASS = "software.amazon.dynamodb.services.local.main.ServerRunner";
const START_MILLIS = 60_000;

export class DynamoDbLocal {
    readonly endpoint: string;
    private readonly keeper: ChildProcess;

    private constructor(endpoint: string, keeper: ChildProcess) {
        this.endpoint = endpoint;
        this.keeper = keeper;
    }

    static async start(): Promise<DynamoDbLocal> {
        const lib = libraries(await install());
        const port = await freePort();
        const java = [
            "-Xmx768m",
            `-Djava.library.path=${lib}`,
            `-Dsqlite4java.library.path=${lib}`,
            ...["-cp", path.join(lib, "*"), MAIN_CLASS],
            ...["-inMemory", "-sharedDb", "-disableTelemetry", "-port", String(port)],
        ];
        // The keeper ends Java when its input ends, which it does however this process ends.
        const keeper = spawn(
            process.execPath,
            [path.join(import.meta.dirname, "keeper.ts"), "java", ...java],
            {
                stdio: ["pipe", "ignore", "pipe"],
            },
        );
        const server = new DynamoDbLocal(`http://127.0.0.1:${port}`, keeper);
        await server.untilItAnswers();
        return server;
    }

    async stop(): Promise<void> {
        if (this.keeper.exitCode !== null) return;
        const exited = once(this.keeper, "exit");
        this.keeper.stdin?.end();
        await exited;
    }

    private async untilItAnswers(): Promise<void> {
        let said = "";
        this.keeper.stderr?.on("data", (data: Buffer) => (said = (said + data.toString()).slice(-2_000)));
        const until = performance.now() + START_MILLIS;
        while (performance.now() < until && this.keeper.exitCode === null) {
            try {
                await fetch(this.endpoint);
                return;
            } catch {
                await sleep(50);
            }
        }
        await this.stop();
        throw new Error(
            `DynamoDB Local does not answer at ${this.endpoint}; it said: ${said.trim() || "nothing"}`,
        );
    }
}

/** A port that nobody listens at. */
async function freePort(): Promise<number> {
    const server = createServer().listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    server.close();
    await once(server, "close");
    return port;
}
