/** Everything that watches one pool of a run. */
import type { Row } from "../../slots/table.ts";
import type { PoolOutputs } from "../programs.ts";
import { AlarmWatch } from "./alarms.ts";
import { BreakerWatch } from "./breaker.ts";
import { DeadWaiterWatch } from "./dead-waiters.ts";
import { GateWatch } from "./gate.ts";
import { LineWatch } from "./line.ts";
import { MessageWatch } from "./messages.ts";
import { PoolEvents } from "./pool-events.ts";
import { SavedWatch } from "./saved.ts";
import { SlotWatch } from "./slots.ts";
import { TableView } from "./table-view.ts";
import { TurnWatch } from "./turns.ts";
import type { Watched } from "./watched.ts";

export class PoolWatch {
    readonly outputs: PoolOutputs;
    readonly table: TableView;
    readonly events: PoolEvents;
    readonly slots: SlotWatch;
    readonly messages: MessageWatch;
    readonly alarms: AlarmWatch;
    readonly turns: TurnWatch;
    private readonly deadWaiters: DeadWaiterWatch;
    private readonly line: LineWatch;
    private readonly gate: GateWatch;

    constructor(run: Omit<Watched, "table" | "events">, tableName: string, outputs: PoolOutputs) {
        this.outputs = outputs;
        this.table = new TableView(run.world, tableName, outputs.pool);
        this.events = new PoolEvents(run.world, outputs.pool);
        const watched: Watched = { ...run, table: this.table, events: this.events };
        this.slots = new SlotWatch(watched);
        this.messages = new MessageWatch(watched);
        this.alarms = new AlarmWatch(watched, outputs);
        this.line = new LineWatch(watched, this.messages);
        this.gate = new GateWatch(watched);
        this.turns = new TurnWatch(watched);
        new BreakerWatch(watched);
        new SavedWatch(watched);
        this.deadWaiters = new DeadWaiterWatch(watched);
    }

    /** A task's success was sent under a token, and its execution goes on. */
    wasWoken(token: string): void {
        this.turns.wasWoken(token);
        this.deadWaiters.wasWoken(token);
    }

    /** Call each minute while there are no faults. */
    look(): void {
        this.line.look();
        this.gate.look();
    }

    /** What must end is under way. */
    get isBusy(): boolean {
        return this.open.length > 0 || this.holders.length > 0 || this.slots.running > 0;
    }

    /** The rows that must end. One whose message was purged before its execution could be started is closed after 15 days. */
    private get open(): Row[] {
        const rows = [...this.table.open.values()];
        return this.messages.wasPurged ? rows.filter(({ name }) => this.events.has(name)) : rows;
    }

    get holders(): string[] {
        return Object.keys(this.table.gate?.holders ?? {});
    }

    /** What must not be left at the end. */
    left(): string[] {
        const tokens = [...this.table.rows.values()].filter(({ token }) => token !== undefined);
        return [
            ...this.holders.map((holder) => `slot of ${holder}`),
            ...this.open.map(({ name }) => `open row of ${name}`),
            ...tokens.map(({ name }) => `token of ${name}`),
        ];
    }

    /** What is open, in words. */
    describe(): object {
        const { gate } = this.table;
        const rows = this.open.map(({ name, position }) => `${name} at ${String(position)}`);
        const { pool } = this.outputs;
        return { pool, open: rows.slice(0, 5), holders: this.holders.slice(0, 5), limit: gate?.limit };
    }
}
