/** Suites that need DynamoDB Local: started before them and stopped after. */
import { need } from "../installation.ts";
import type { KeptServer } from "../kept-server.ts";
import { installDynamoDbLocal } from "./install.ts";
import { startDynamoDbLocal } from "./server.ts";

/** @param tests given a function that returns the server's endpoint, from the time on when the tests run. */
export function describeOnLocal(title: string, tests: (endpoint: () => string) => void): void {
    describe(title, () => {
        let running: KeptServer | undefined;
        before(async function () {
            running = await startDynamoDbLocal(need(this, await installDynamoDbLocal()));
        });
        after(() => running?.stop());
        tests(() => {
            if (!running) throw new Error("DynamoDB Local is asked for before it was started");
            return running.endpoint;
        });
    });
}
