/** The program on MiniStack, which checks permissions (AUTH). Functions run as processes of Node there, jobs as Python's. */
import { readFile, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import * as dynamodb from "@aws-sdk/client-dynamodb";
import * as glue from "@aws-sdk/client-glue";
import * as states from "@aws-sdk/client-sfn";
import * as sqs from "@aws-sdk/client-sqs";
import type { RecordedProgram } from "../../local/resource.ts";
import { MiniStack } from "../ministack/server.ts";
import { connect, disconnect } from "./clients.ts";
import type { Clients } from "./clients.ts";
import { deploy } from "./deploy.ts";
import type { Deployment } from "./deploy.ts";
import type { SeenRun, ServiceName, Site } from "./site.ts";

/** Milliseconds. */
const MOMENT = 200;

/** How long a run stays in STARTING, as on AWS, where it takes longer. */
const START_SECONDS = 0.8;

export interface Elsewhere extends Site {
    readonly deployment: Deployment;
    readonly endpoint: string;
}

/** @param longest how long a demonstration may take, in milliseconds */
export async function openElsewhere(program: RecordedProgram, longest = 120_000): Promise<Elsewhere> {
    const folder = await mkdtemp(join(tmpdir(), "turnstile-stack-"));
    const runsFile = join(folder, "runs.jsonl");
    const server = await MiniStack.start({
        environment: {
            AUTH: "true",
            MINISTACK_REGION: program.region,
            PYTHONDONTWRITEBYTECODE: "1",
            TURNSTILE_WHOLE_STACK: "1",
            TURNSTILE_RUNS: runsFile,
            TURNSTILE_START_SECONDS: String(START_SECONDS),
        },
    });
    const clients = connect({ endpoint: server.endpoint, region: program.region, account: program.account });
    const close = async (): Promise<void> => {
        disconnect(clients);
        await server.stop();
        await rm(folder, { recursive: true, force: true });
    };
    try {
        const deployment = await deploy({ program, clients });
        const opened = performance.now();
        return {
            deployment,
            endpoint: server.endpoint,
            output: (name) => deployment.output(name),
            call: <T>(service: ServiceName, operation: string, input: object) =>
                send(clients, service, operation, input) as Promise<T>,
            runs: () => readRuns(runsFile),
            pass: async () => {
                await sleep(MOMENT);
                return performance.now() - opened < longest;
            },
            log: () => server.log(),
            close,
        };
    } catch (error) {
        await close();
        throw error;
    }
}

const COMMANDS: Readonly<Record<ServiceName, object>> = { dynamodb, glue, sqs, states };

function send(clients: Clients, service: ServiceName, operation: string, input: object): Promise<unknown> {
    const Command = (COMMANDS[service] as Record<string, new (input: object) => never>)[
        `${operation}Command`
    ];
    if (!Command) throw new Error(`the client of ${service} has no operation ${operation}`);
    const client = clients[service] as { send(command: never): Promise<unknown> };
    return client.send(new Command(input));
}

/** A line that whole_stack.py writes. */
interface Note {
    readonly run: string;
    readonly arguments: Readonly<Record<string, string>>;
    readonly what: "started" | "ended";
    /** Seconds since 1970. */
    readonly time: number;
    readonly printed?: string;
}

async function readRuns(file: string): Promise<SeenRun[]> {
    const runs = new Map<string, SeenRun>();
    for (const { run: id, arguments: given, what, time, printed = "" } of await readNotes(file)) {
        const known = runs.get(id);
        if (what === "started") {
            runs.set(id, { id, arguments: given, started: time * 1000, ended: undefined, printed });
        } else if (known) runs.set(id, { ...known, ended: time * 1000, printed });
    }
    return [...runs.values()];
}

async function readNotes(file: string): Promise<Note[]> {
    try {
        const lines = (await readFile(file, "utf8")).split("\n").filter((line) => line !== "");
        return lines.map((line) => JSON.parse(line) as Note);
    } catch (error) {
        if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
        throw error;
    }
}
