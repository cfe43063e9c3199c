/** Runs cases on MiniStack, over HTTP with the AWS SDK, in real time. */
import * as sfn from "@aws-sdk/client-sfn";
import { setTimeout as sleep } from "node:timers/promises";
import type { Case } from "../cases/step-functions/index.ts";
import type { Described, Engine } from "../cases/step-functions/run-case.ts";
import type { MiniStack } from "../ministack/server.ts";
import { send } from "../sdk.ts";

/** How long to wait for an execution's end or for a token. */
const PATIENCE_SECONDS = 40;
const POLL_MILLIS = 50;

export class MiniStackEngine implements Engine {
    private readonly server: MiniStack;
    private readonly client: sfn.SFNClient;
    private readonly one: Case;
    /** Cases run side by side, each with its own machine. Its name becomes `machine` in outputs and causes. */
    private readonly name: string;

    constructor(server: MiniStack, client: sfn.SFNClient, one: Case, number: number) {
        this.server = server;
        this.client = client;
        this.one = one;
        this.name = `machine-${number}`;
    }

    async create(definition: object): Promise<void> {
        await this.server.script(this.name, this.one.services ?? {});
        const roleArn = `arn:aws:iam::${this.server.account}:role/machine`;
        const text = JSON.stringify(definition);
        await this.client.send(
            new sfn.CreateStateMachineCommand({ name: this.name, roleArn, definition: text }),
        );
    }

    call(operation: string, input: Readonly<Record<string, unknown>>): Promise<unknown> {
        const { stateMachineArn, executionArn } = this;
        return send(sfn, this.client, operation, { stateMachineArn, executionArn, ...input });
    }

    async token(index: number): Promise<string> {
        for (const started = performance.now(); !isOver(started); await sleep(POLL_MILLIS)) {
            const inputs = (await this.server.requests(this.name)).map(({ input }) => input);
            const token = (inputs as { token?: string }[]).flatMap(({ token = [] }) => token)[index];
            if (token !== undefined) return token;
        }
        throw new Error(`there is no token ${index} after ${PATIENCE_SECONDS} s`);
    }

    wait(seconds: number): Promise<void> {
        return sleep(seconds * 1000);
    }

    async end(): Promise<void> {
        for (const started = performance.now(); !isOver(started); await sleep(POLL_MILLIS)) {
            const { status } = (await this.call("DescribeExecution", {})) as { status: string };
            if (status !== "RUNNING") return;
        }
    }

    async describe(): Promise<Described> {
        const found = (await this.call("DescribeExecution", {})) as sfn.DescribeExecutionOutput;
        const times = (await this.events()).map(({ timestamp }) => timestamp?.getTime() ?? NaN);
        const text = (value: string | undefined): string | undefined =>
            value?.replaceAll(this.name, "machine");
        const { status = "", error } = found;
        const [output, cause] = [text(found.output), text(found.cause)];
        return {
            status,
            ...(output === undefined ? {} : { output }),
            ...(error === undefined ? {} : { error }),
            ...(cause === undefined ? {} : { cause }),
            // MiniStack waits a moment before it enters the first state.
            seconds: ((times.at(-1) ?? NaN) - (times[1] ?? NaN)) / 1000,
        };
    }

    async history(): Promise<string[]> {
        return (await this.events()).map(({ type = "" }) => type);
    }

    async calls(name: string): Promise<number> {
        return (await this.server.requests(this.name)).filter((request) => request.name === name).length;
    }

    private async events(): Promise<sfn.HistoryEvent[]> {
        const { executionArn } = this;
        const input = { executionArn, maxResults: 1000 };
        return (await this.client.send(new sfn.GetExecutionHistoryCommand(input))).events ?? [];
    }

    private get stateMachineArn(): string {
        const { region, account } = this.server;
        return `arn:aws:states:${region}:${account}:stateMachine:${this.name}`;
    }

    private get executionArn(): string {
        return `${this.stateMachineArn.replace(":stateMachine:", ":execution:")}:case`;
    }
}

function isOver(started: number): boolean {
    return performance.now() - started > PATIENCE_SECONDS * 1000;
}
