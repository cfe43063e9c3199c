/** The watcher of the line, alone: which executions with a slot wait in it. */
import assert from "node:assert/strict";
import { Journal } from "../../simulation/journal.ts";
import { drawScenario } from "../../simulation/scenario.ts";
import { LINE_PROPERTIES, LineWatch } from "../../simulation/watch/line.ts";
import type { Watched } from "../../simulation/watch/watched.ts";

const MESSAGE = "6f1f4f0e-2b52-4c3e-9b43-8f4f8f0d7a11";
const HOLDER = `${MESSAGE}/1/0`;
const MINUTE = 60_000;

/** Looks each minute, for so many of them, at a holder whose row stands in line, and whose execution is in a state. */
function broken(state: string, minutes: number): string[] {
    const journal = new Journal(() => 0, false);
    let now = 0;
    let enter: (execution: string, entered: string) => void = () => assert.fail("nobody listens");
    const row = { name: MESSAGE, holder: HOLDER, token: "t", position: "wait#5#2026-03-01T12:00:00.000Z#1" };
    const watch = new LineWatch(
        {
            ...{ now: () => now, by: () => "states", journal, scenario: drawScenario(1, "calm") },
            events: {
                onTransition: (listener: typeof enter) => (enter = listener),
                onExecutionEnd: () => {},
            },
            table: {
                open: new Map([[MESSAGE, row]]),
                gate: { limit: 1, holders: { [HOLDER]: { since: 0 } } },
                listen: () => {},
            },
        } as unknown as Watched,
        { placeInLine: () => "", isDeleted: () => false },
    );
    enter(`g-${MESSAGE}`, state);
    for (let minute = 0; minute < minutes; minute++) {
        now += MINUTE;
        watch.look();
    }
    return journal.violations.map(({ property }) => property);
}

describe("The watcher of the line", () => {
    it("notices an execution that has a slot and waits in line for more than ten minutes", () => {
        assert.deepEqual(broken("Wait in line", 12), [LINE_PROPERTIES.holder]);
    });

    it("gives whoever wakes it ten minutes", () => {
        assert.deepEqual(broken("Wait in line", 11), []);
    });

    it("takes an execution that runs its job for none that waits, wherever its row stands (seed 1795896603)", () => {
        assert.deepEqual(broken("Run job", 60), []);
    });
});
