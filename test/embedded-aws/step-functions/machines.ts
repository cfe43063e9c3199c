/** Runs small state machines in a world with fakes of the services that they call. */
import { Role } from "../../../embedded-aws/services/iam/service.ts";
import type { Model, ServiceName } from "../../../embedded-aws/service.ts";
import { AwsError } from "../../../embedded-aws/service.ts";
import { StepFunctionsService } from "../../../embedded-aws/services/step-functions/service.ts";
import type { StepFunctionsOptions } from "../../../embedded-aws/services/step-functions/service.ts";
import type { Answer } from "../../../conformance/cases/step-functions/machine.ts";
import { FakeWorld, user } from "../fake-world.ts";

export interface Event {
    readonly id: number;
    readonly previousEventId: number;
    readonly type: string;
    readonly timestamp: Date;
    readonly [details: string]: unknown;
}

export interface Description {
    readonly status: string;
    readonly output?: string;
    readonly error?: string;
    readonly cause?: string;
    readonly redriveCount: number;
    readonly redriveStatus: string;
    readonly redriveStatusReason?: string;
    readonly startDate: Date;
    readonly stopDate?: Date;
}

export const ROLE = "arn:aws:iam::123456789012:role/machine";
export const KIND = "aws:sfn/stateMachine:StateMachine";

/** A machine named `machine`, and calls of the API on it. */
export class Machines {
    readonly world: FakeWorld;
    readonly service: StepFunctionsService;
    /** Tokens that tasks handed over in an argument named `token`, wherever it stood. */
    readonly tokens: string[] = [];
    readonly statusEvents: Record<string, unknown>[] = [];

    constructor(model: Partial<Model> = {}, options: StepFunctionsOptions = { keepHistory: "all" }) {
        this.world = new FakeWorld({ callMillis: 0, eventMillis: 0, ...model });
        this.world.register(ROLE, new Role(ROLE, "machine", TRUST));
        this.service = this.world.add(new StepFunctionsService(this.world, options));
        this.world.fake("events", {
            PutServiceEvents: ({ Entries }: { Entries: { Detail: Record<string, unknown> }[] }) => {
                this.statusEvents.push(...Entries.map(({ Detail }) => Detail));
            },
        });
    }

    /** Makes services answer, in order, by `service:Operation`; the last answer is given again and again. */
    answer(answers: Readonly<Record<string, readonly Answer[]>>): this {
        const byService = new Map<string, Record<string, (input: never) => unknown>>();
        for (const [name, list] of Object.entries(answers)) {
            const [service = "", operation = ""] = name.split(":");
            const operations = byService.get(service) ?? {};
            byService.set(service, operations);
            let calls = 0;
            operations[operation] = (input) => {
                this.collectTokens(input);
                const {
                    error,
                    message = "refused",
                    output = {},
                } = list[Math.min(calls++, list.length - 1)] as Answer;
                if (error !== undefined) throw new AwsError(error, message);
                return output;
            };
        }
        for (const [service, operations] of byService) this.world.fake(service as ServiceName, operations);
        return this;
    }

    create(definition: object, inputs: Record<string, unknown> = {}): this {
        const arn = this.world.arn("states", "stateMachine:machine");
        const all = { definition: JSON.stringify(definition), roleArn: ROLE, ...inputs };
        this.world.create(KIND, "machine", all, { arn });
        return this;
    }

    get arn(): string {
        return this.world.arn("states", "stateMachine:machine");
    }

    executionArn(name: string): string {
        return this.world.arn("states", `execution:machine:${name}`);
    }

    start(name: string, input: unknown = {}): void {
        this.call("StartExecution", { stateMachineArn: this.arn, name, input: JSON.stringify(input) });
    }

    describe(name: string): Description {
        return this.call("DescribeExecution", { executionArn: this.executionArn(name) }) as Description;
    }

    history(name: string): Event[] {
        const input = { executionArn: this.executionArn(name), maxResults: 1000 };
        return (this.call("GetExecutionHistory", input) as { events: Event[] }).events;
    }

    types(name: string): string[] {
        return this.history(name).map(({ type }) => type);
    }

    call(operation: string, input: unknown): unknown {
        return this.world.call("states", operation, input, user);
    }

    /** Calls to a service, by `service:Operation`. */
    callsTo(name: string): unknown[] {
        return this.world.calls
            .filter(({ service, operation }) => `${service}:${operation}` === name)
            .map(({ input }) => input);
    }

    /** Until nothing is left to happen. */
    async finish(): Promise<void> {
        await this.world.clock.run();
    }

    private collectTokens(input: unknown): void {
        if (typeof input !== "object" || input === null) return;
        for (const [name, value] of Object.entries(input)) {
            if (name === "token" && typeof value === "string") this.tokens.push(value);
            else this.collectTokens(value);
        }
    }
}

const TRUST = {
    Version: "2012-10-17",
    Statement: [
        { Effect: "Allow", Principal: { Service: "states.amazonaws.com" }, Action: "sts:AssumeRole" },
    ],
};
