/** The watcher of executions that died in line, alone: what it asks for, and what not. */
import assert from "node:assert/strict";
import { Clock } from "../../embedded-aws/index.ts";
import { Journal } from "../../simulation/journal.ts";
import { drawScenario } from "../../simulation/scenario.ts";
import { DEAD_WAITER_PROPERTIES, DeadWaiterWatch } from "../../simulation/watch/dead-waiters.ts";
import type { Watched } from "../../simulation/watch/watched.ts";
import type { Row } from "../../slots/table.ts";

const MINUTE = 60_000;
const MESSAGE = "6f1f4f0e-2b52-4c3e-9b43-8f4f8f0d7a11";
const EXECUTION = `g-${MESSAGE}`;

/** One execution, whose row stands in line with a token. */
class Scene {
    readonly clock = new Clock();
    readonly watch: DeadWaiterWatch;
    private readonly journal = new Journal(() => this.clock.now(), false);
    private dies: (execution: { name: string }) => void = () => assert.fail("nobody listens");
    private moves: (name: string) => void = () => assert.fail("nobody listens");
    private changes: (before: Row, after: Row) => void = () => assert.fail("nobody listens");

    constructor() {
        this.watch = new DeadWaiterWatch({
            ...{ world: { clock: this.clock }, journal: this.journal, scenario: drawScenario(1, "calm") },
            events: {
                onExecutionEnd: (listener: Scene["dies"]) => (this.dies = listener),
                onTransition: (listener: Scene["moves"]) => (this.moves = listener),
            },
            table: {
                open: new Map([[MESSAGE, {}]]),
                listen: ({ rowChanged }: { rowChanged: Scene["changes"] }) => (this.changes = rowChanged),
            },
        } as unknown as Watched);
    }

    die(): void {
        this.dies({ name: EXECUTION });
    }

    isRedriven(): void {
        this.moves(EXECUTION);
    }

    /** Whoever has woken the execution, or has not, takes the token off its row. */
    hasTurn(): void {
        const row = { name: MESSAGE } as Row;
        this.changes({ ...row, position: "wait#5", token: "t" }, { ...row, position: "run#1" });
    }

    /** The properties that do not hold until so many minutes have passed. */
    async broken(minutes: number): Promise<string[]> {
        this.clock.after(minutes * MINUTE, () => this.clock.stop());
        await this.clock.run();
        return this.journal.violations.map(({ property }) => property);
    }
}

describe("The watcher of dead waiters", () => {
    it("notices a message that stays open for five minutes after the turn of its dead execution", async () => {
        const scene = new Scene();
        scene.die();
        scene.hasTurn();
        assert.deepEqual(await scene.broken(4), []);
        assert.deepEqual(await scene.broken(2), [DEAD_WAITER_PROPERTIES.found]);
    });

    it("leaves to event or sweep an execution that died after it was woken, before its token was off its row", async () => {
        const scene = new Scene();
        scene.watch.wasWoken("t");
        scene.die();
        scene.hasTurn();
        assert.deepEqual(await scene.broken(6), []);
    });

    it("takes no later death for the one in line", async () => {
        const scene = new Scene();
        scene.die();
        scene.hasTurn();
        scene.isRedriven();
        scene.die();
        assert.deepEqual(await scene.broken(6), []);
    });
});
