/** Starts DynamoDB Local before a suite and stops it afterwards. */
import { need } from "../installation.ts";
import type { KeptServer } from "../kept-server.ts";
import { installDynamoDbLocal } from "./install.ts";
import { startDynamoDbLocal } from "./server.ts";

/** @param tests gets a function that returns the server's endpoint; call it only while a test or a hook runs */
export function describeOnLocal(title: string, tests: (endpoint: () => string) => void): void {
    describe(title, () => {
        let running: KeptServer | undefined;
        before(async function () {
            running = await startDynamoDbLocal(need(this, await installDynamoDbLocal()));
        });
        after(() => running?.stop());
        tests(() => {
            if (!running)
                throw new Error(
                    "DynamoDB Local is not started yet: ask for its endpoint in a test or a hook",
                );
            return running.endpoint;
        });
    });
}
