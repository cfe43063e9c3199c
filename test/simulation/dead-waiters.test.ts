/** The watcher of executions that died in line, alone: what it asks for, and what not. */
import assert from "node:assert/strict";
import { Clock } from "../../embedded-aws/index.ts";
import type { GlueRun } from "../../embedded-aws/index.ts";
import { Journal } from "../../simulation/journal.ts";
import { drawScenario } from "../../simulation/scenario.ts";
import { DEAD_WAITER_PROPERTIES, DeadWaiterWatch } from "../../simulation/watch/dead-waiters.ts";
import type { Watched } from "../../simulation/watch/watched.ts";
import { HOLDER_ARGUMENT } from "../../slots/table.ts";
import type { Row } from "../../slots/table.ts";

const MINUTE = 60_000;
const MESSAGE = "6f1f4f0e-2b52-4c3e-9b43-8f4f8f0d7a11";
const EXECUTION = `g-${MESSAGE}`;
const ROW = { name: MESSAGE } as Row;
const RUN = { id: "jr_1", arguments: { [HOLDER_ARGUMENT]: `${MESSAGE}/1/0` } } as unknown as GlueRun;

/** One execution, whose row stands in line with a token. */
class Scene {
    readonly clock = new Clock();
    readonly watch: DeadWaiterWatch;
    private readonly journal = new Journal(() => this.clock.now(), false);
    private dies: (execution: { name: string }) => void = () => assert.fail("nobody listens");
    private moves: (name: string) => void = () => assert.fail("nobody listens");
    private starts: (run: GlueRun) => void = () => assert.fail("nobody listens");
    private ends: (run: GlueRun) => void = () => assert.fail("nobody listens");
    private changes: (before: Row, after: Row | undefined) => void = () => assert.fail("nobody listens");
    private readonly open = new Map([[MESSAGE, ROW]]);

    constructor() {
        this.watch = new DeadWaiterWatch({
            ...{ world: { clock: this.clock }, journal: this.journal, scenario: drawScenario(1, "calm") },
            now: () => this.clock.now(),
            events: {
                onExecutionEnd: (listener: Scene["dies"]) => (this.dies = listener),
                onTransition: (listener: Scene["moves"]) => (this.moves = listener),
                onRunStart: (listener: Scene["starts"]) => (this.starts = listener),
                onRunEnd: (listener: Scene["ends"]) => (this.ends = listener),
            },
            table: {
                open: this.open,
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
        this.changes({ ...ROW, position: "wait#5", token: "t" }, { ...ROW, position: "run#1" });
    }

    runStarts(): void {
        this.starts(RUN);
    }

    runEnds(): void {
        this.ends(RUN);
    }

    rowIsDeleted(): void {
        this.open.delete(MESSAGE);
        this.changes(ROW, undefined);
    }

    /** Its queue delivers the message once more. */
    rowIsOpenedAnew(): void {
        this.open.set(MESSAGE, ROW);
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

    it("asks for no message while a run of it goes on", async () => {
        const scene = new Scene();
        scene.runStarts();
        scene.die();
        scene.hasTurn();
        assert.deepEqual(await scene.broken(6 * 60), []);
    });

    it("notices a message that stays open although its last run has ended, once the reaper must have looked again", async () => {
        const scene = new Scene();
        scene.runStarts();
        scene.die();
        scene.hasTurn();
        scene.runEnds();
        assert.deepEqual(await scene.broken(20), []);
        assert.deepEqual(await scene.broken(2), [DEAD_WAITER_PROPERTIES.found]);
    });

    it("waits for a run whose start was on its way when the turn came", async () => {
        const scene = new Scene();
        scene.die();
        scene.hasTurn();
        scene.runStarts();
        assert.deepEqual(await scene.broken(6), []);
    });

    it("asks for no message whose row people delete", async () => {
        const scene = new Scene();
        scene.die();
        scene.hasTurn();
        scene.rowIsDeleted();
        scene.rowIsOpenedAnew();
        assert.deepEqual(await scene.broken(6), []);
    });
});
