/** AWS for tests of single functions: answers commands by name as the test says, records them, and refuses what nobody expected. */
import assert from "node:assert/strict";
import type { Context, Platform } from "../../functions/lib/platform.ts";

/** Answers a command's input; throws what AWS would. */
export type Answer = (input: never) => unknown;

export interface Call {
    readonly command: string;
    readonly input: Record<string, unknown>;
}

export class FakeAws {
    readonly calls: Call[] = [];
    readonly logged: { level: string; message: string; fields: Record<string, unknown> }[] = [];
    readonly metrics: { name: string; value: number; pool: string }[] = [];
    /** The log lines that `metrics` came with. */
    metricLines = 0;
    present = Date.parse("2026-03-01T12:00:00Z");
    private readonly answers: Record<string, Answer>;

    constructor(answers: Record<string, Answer>) {
        this.answers = answers;
    }

    platform(env: Record<string, string>): Platform {
        const send = (command: { constructor: { name: string }; input: unknown }): Promise<unknown> =>
            this.send(
                command.constructor.name.replace(/Command$/, ""),
                command.input as Record<string, unknown>,
            );
        const client = { send } as never;
        const log =
            (level: string) =>
            (message: string, fields: Record<string, unknown>): void =>
                void this.logged.push({ level, message, fields });
        return {
            env,
            now: () => this.present,
            dynamodb: client,
            sfn: client,
            glue: client,
            sqs: client,
            log: { info: log("info"), warn: log("warn"), error: log("error") },
            metrics: (values, { pool }) => {
                this.metricLines++;
                for (const [name, value] of Object.entries(values)) this.metrics.push({ name, value, pool });
            },
        };
    }

    /** The inputs of the calls of one command. */
    inputs(command: string): Record<string, unknown>[] {
        return this.calls.filter((call) => call.command === command).map((call) => call.input);
    }

    private async send(command: string, input: Record<string, unknown>): Promise<unknown> {
        this.calls.push({ command, input });
        const answer = this.answers[command];
        assert.ok(answer, `nobody expected ${command}`);
        return Promise.resolve(answer(input as never));
    }
}

/** An error as the SDK's clients throw it. */
export function awsError(name: string, details: object = {}): Error {
    return Object.assign(new Error(`${name}, said AWS`), { name }, details);
}

export const CONTEXT: Context = {
    functionName: "f",
    awsRequestId: "r",
    getRemainingTimeInMillis: () => 60_000,
};
