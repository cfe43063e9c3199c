import assert from "node:assert/strict";
import { Machines } from "./state-machines.ts";
import { cases } from "./step-functions-cases.ts";

describe("A state machine, as AWS states it", () => {
    for (const one of cases) {
        it(`${one.title} (${one.source})`, async () => {
            const machines = new Machines().answer(one.services ?? {}).create(one.definition);
            machines.start("case", one.input ?? {});
            await machines.settle();
            const { status, output, error, cause, startDate, stopDate } = machines.describe("case");
            assert.deepEqual({ status, error }, { status: one.status, error: one.error });
            if (one.output !== undefined) assert.deepEqual(JSON.parse(output ?? "null"), one.output);
            if (one.cause !== undefined) assert.equal(cause, one.cause);
            if (one.history) assert.deepEqual(machines.types("case"), one.history);
            if (one.seconds !== undefined) {
                assert.equal((stopDate as Date).getTime() - startDate.getTime(), one.seconds * 1000);
            }
        });
    }
});
