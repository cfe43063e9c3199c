import assert from "node:assert/strict";
import { Machines } from "./machines.ts";
import { cases } from "../../../conformance/cases/step-functions/index.ts";
import { run } from "../../../conformance/cases/step-functions/run-case.ts";
import type { Described, Engine } from "../../../conformance/cases/step-functions/run-case.ts";

describe("A state machine, as AWS states it", () => {
    for (const one of cases) {
        it(`${one.title} (${one.source})`, async () => {
            const machines = new Machines().answer(one.services ?? {});
            assert.deepEqual(await run(one, new Embedded(machines)), []);
        });
    }

    it("has cases that all have different titles", () => {
        assert.equal(new Set(cases.map(({ title }) => title)).size, cases.length);
    });
});

/** The embedded Step Functions, on a clock that jumps to what comes next. */
class Embedded implements Engine {
    private readonly machines: Machines;

    constructor(machines: Machines) {
        this.machines = machines;
    }

    create(definition: object): Promise<void> {
        this.machines.create(definition);
        return Promise.resolve();
    }

    call(operation: string, input: Readonly<Record<string, unknown>>): Promise<unknown> {
        const { arn: stateMachineArn } = this.machines;
        const executionArn = this.machines.executionArn("case");
        return Promise.resolve(this.machines.call(operation, { stateMachineArn, executionArn, ...input }));
    }

    async token(index: number): Promise<string> {
        await this.wait(0);
        const token = this.machines.tokens[index];
        if (token === undefined) throw new Error(`no token ${index} was handed out`);
        return token;
    }

    wait(seconds: number): Promise<void> {
        return this.machines.world.pass(seconds * 1000);
    }

    end(): Promise<void> {
        return this.machines.finish();
    }

    describe(): Promise<Described> {
        const { startDate, stopDate, ...description } = this.machines.describe("case");
        const seconds = ((stopDate?.getTime() ?? Infinity) - startDate.getTime()) / 1000;
        return Promise.resolve({ ...description, seconds });
    }

    history(): Promise<string[]> {
        return Promise.resolve(this.machines.types("case"));
    }

    calls(name: string): Promise<number> {
        return Promise.resolve(this.machines.callsTo(name).length);
    }
}
