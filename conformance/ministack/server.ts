/** A MiniStack server. Its folder holds its state, and the answers that a case scripts for services. */
import { existsSync } from "node:fs";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { KeptServer } from "../kept-server.ts";
import { pathOf } from "./install.ts";
import type { MiniStackInstalled } from "./install.ts";

const SHIM = join(import.meta.dirname, "shim.py");

/** A service's answer to a task: an output, or an error's name with a message. */
export interface Answer {
    readonly output?: unknown;
    readonly error?: string;
    readonly message?: string;
}

export class MiniStack {
    readonly region = "eu-west-1";
    readonly account = "123456789012";
    private readonly server: KeptServer;

    private constructor(server: KeptServer) {
        this.server = server;
    }

    /** @param environment added to that of the server and of what it starts */
    static async start(
        { python }: MiniStackInstalled,
        environment: Readonly<Record<string, string>> = {},
    ): Promise<MiniStack> {
        const server = await KeptServer.start("MiniStack", "/_ministack/ready", (port, folder) => ({
            command: [python, SHIM],
            environment: { ...settings(python, folder, port), ...environment },
        }));
        return new MiniStack(server);
    }

    get endpoint(): string {
        return this.server.endpoint;
    }

    /** The configuration of a client of the AWS SDK. MiniStack takes the account from the key. */
    get client(): {
        endpoint: string;
        region: string;
        credentials: { accessKeyId: string; secretAccessKey: string };
    } {
        const credentials = { accessKeyId: this.account, secretAccessKey: "none" };
        return { endpoint: this.endpoint, region: this.region, credentials };
    }

    /** Scripts the answers to the tasks of a state machine, by `service:Operation`, in order. The last answer repeats. */
    async script(stateMachine: string, answers: Readonly<Record<string, readonly Answer[]>>): Promise<void> {
        await mkdir(this.server.file("answers"), { recursive: true });
        await writeFile(this.server.file("answers", `${stateMachine}.json`), JSON.stringify(answers));
    }

    /** The requests that got a scripted answer, in order. */
    requests(stateMachine: string): Promise<{ readonly name: string; readonly input: unknown }[]> {
        return this.notes("answers", `${stateMachine}.requests`);
    }

    /** The lines of JSON that the shims have written into a file of the folder so far. */
    async notes<T>(...path: string[]): Promise<T[]> {
        const file = this.server.file(...path);
        const text = existsSync(file) ? await readFile(file, "utf8") : "";
        // The last line may be incomplete.
        const lines = text.split("\n").slice(0, -1);
        return lines.map((line) => JSON.parse(line) as T);
    }

    log(): Promise<string> {
        return this.server.log();
    }

    stop(): Promise<void> {
        return this.server.stop();
    }
}

/** MiniStack writes below the folder only. What needs Docker or another port is off. */
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
