/** The watcher of slots, alone: which of them the reaper may free. */
import assert from "node:assert/strict";
import { Journal } from "../../simulation/journal.ts";
import { drawScenario } from "../../simulation/scenario.ts";
import { SLOT_PROPERTIES, SlotWatch } from "../../simulation/watch/slots.ts";
import type { Watched } from "../../simulation/watch/watched.ts";
import type { Gate } from "../../slots/table.ts";

const MESSAGE = "6f1f4f0e-2b52-4c3e-9b43-8f4f8f0d7a11";
const [FIRST, SECOND] = [`${MESSAGE}/1/0`, `${MESSAGE}/2/0`];

/** One execution, which is in Run job, and a gate. */
class Scene {
    private readonly journal = new Journal(() => 0, false);
    private by = "";
    private gate = gateOf();
    private changes: (before: Gate, after: Gate) => void = () => assert.fail("nobody listens");

    constructor() {
        const running = { name: `g-${MESSAGE}`, state: "Run job", status: "RUNNING", redriveCount: 0 };
        new SlotWatch({
            ...{ now: () => 0, by: () => this.by, journal: this.journal, scenario: drawScenario(1, "calm") },
            events: { onRunStart: () => {}, onRunEnd: () => {}, executions: () => [running] },
            table: {
                items: new Map(),
                listen: ({ gateChanged }: { gateChanged: Scene["changes"] }) => (this.changes = gateChanged),
            },
        } as unknown as Watched);
    }

    /** Somebody writes the gate: it has these holders then. */
    write(by: string, ...holders: string[]): void {
        const [before, after] = [this.gate, gateOf(...holders)];
        this.by = by;
        this.gate = after;
        this.changes(before, after);
    }

    get broken(): string[] {
        return this.journal.violations.map(({ property }) => property);
    }
}

function gateOf(...holders: string[]): Gate {
    return { limit: 5, holders: Object.fromEntries(holders.map((each) => [each, { since: 0 }])) } as Gate;
}

describe("The watcher of slots", () => {
    it("notices that the reaper frees the slot of an execution that is about to start its run", () => {
        const scene = new Scene();
        scene.write("states", FIRST);
        scene.write("states");
        scene.write("states", SECOND);
        scene.write("reaper");
        assert.deepEqual(scene.broken, [SLOT_PROPERTIES.mayStart]);
    });

    it("lets the reaper free a slot that its execution has left, after people put it back with an older gate", () => {
        const scene = new Scene();
        scene.write("states", FIRST);
        scene.write("states");
        scene.write("states", SECOND);
        scene.write("people", FIRST);
        scene.write("reaper", FIRST, SECOND);
        scene.write("reaper", SECOND);
        assert.deepEqual(scene.broken, []);
    });

    it("notices that the reaper frees the slot that it put back into an older gate itself", () => {
        const scene = new Scene();
        scene.write("states", FIRST);
        scene.write("people");
        scene.write("reaper", FIRST);
        scene.write("reaper");
        assert.deepEqual(scene.broken, [SLOT_PROPERTIES.mayStart]);
    });
});
