/** The program on MiniStack, with checks of permissions (AUTH). Functions run there as Node processes, jobs as Python processes. */
import { setTimeout as sleep } from "node:timers/promises";
import * as dynamodb from "@aws-sdk/client-dynamodb";
import * as glue from "@aws-sdk/client-glue";
import * as states from "@aws-sdk/client-sfn";
import * as sqs from "@aws-sdk/client-sqs";
import type { RecordedProgram } from "../../embedded-aws/index.ts";
import type { MiniStackInstalled } from "../ministack/install.ts";
import { MiniStack } from "../ministack/server.ts";
import { send } from "../sdk.ts";
import { connect, disconnect } from "./clients.ts";
import { deploy } from "./deploy.ts";
import type { Deployment } from "./deploy.ts";
import type { SeenRun, ServiceName, Site } from "./site.ts";

/** Between two looks, in milliseconds. */
const MOMENT = 200;

/** How long a run stays in STARTING; on AWS it takes longer. */
const START_SECONDS = 0.8;

export interface Elsewhere extends Site {
    readonly deployment: Deployment;
    readonly endpoint: string;
}

/** @param longest the most that a demonstration may take, in milliseconds */
export async function openElsewhere(
    installed: MiniStackInstalled,
    program: RecordedProgram,
    longest = 120_000,
): Promise<Elsewhere> {
    const server = await MiniStack.start(installed, {
        AUTH: "true",
        MINISTACK_REGION: program.region,
        PYTHONDONTWRITEBYTECODE: "1",
        TURNSTILE_WHOLE_STACK: "1",
        TURNSTILE_START_SECONDS: String(START_SECONDS),
    });
    const clients = connect({ endpoint: server.endpoint, region: program.region, account: program.account });
    const close = async (): Promise<void> => {
        disconnect(clients);
        await server.stop();
    };
    try {
        const deployment = await deploy({ program, clients });
        const opened = performance.now();
        return {
            deployment,
            endpoint: server.endpoint,
            output: (name) => deployment.output(name),
            call: <T>(service: ServiceName, operation: string, input: object) =>
                send(SDKS[service], clients[service], operation, input) as Promise<T>,
            runs: () => readRuns(server),
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

const SDKS: Readonly<Record<ServiceName, object>> = { dynamodb, glue, sqs, states };

/** A line of runs.jsonl, written by whole_stack.py. */
interface Note {
    readonly run: string;
    readonly arguments: Readonly<Record<string, string>>;
    readonly what: "started" | "ended";
    /** Seconds since 1970. */
    readonly time: number;
    readonly printed?: string;
}

async function readRuns(server: MiniStack): Promise<SeenRun[]> {
    const runs = new Map<string, SeenRun>();
    for (const { run: id, arguments: given, what, time, printed = "" } of await server.notes<Note>(
        "runs.jsonl",
    )) {
        const known = runs.get(id);
        if (what === "started") {
            runs.set(id, { id, arguments: given, started: time * 1000, ended: undefined, printed });
        } else if (known) runs.set(id, { ...known, ended: time * 1000, printed });
    }
    return [...runs.values()];
}
