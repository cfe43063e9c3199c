/** Suites that need DynamoDB Local: started before them and stopped after; without Java or Maven they are skipped, and say so. */
import { whatIsMissing } from "./install.ts";
import { DynamoDbLocal } from "./server.ts";

const missing = await whatIsMissing();
const isRequired = process.env["TURNSTILE_CONFORMANCE"] === "required";

/** @param tests given a function that returns the server, from the time on when the tests run. */
export function describeOnLocal(title: string, tests: (server: () => DynamoDbLocal) => void): void {
    if (missing !== undefined && !isRequired) {
        it.skip(`${title}: ${missing}`);
        process.stdout.write(`skipped: ${title}: ${missing}\n`);
        return;
    }
    describe(title, () => {
        let running: DynamoDbLocal | undefined;
        before(async () => {
            if (missing !== undefined) throw new Error(`${title} cannot run: ${missing}`);
            running = await DynamoDbLocal.start();
        });
        after(() => running?.stop());
        tests(() => {
            if (!running) throw new Error("DynamoDB Local is asked for before it was started");
            return running;
        });
    });
}
