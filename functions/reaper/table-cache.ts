/**
 * A cache of the items that one invocation of the reaper has read. The messages of a batch are mostly about the same gate
 * and the same job. A stale item does no harm: each write has a condition, or waits for a grace to pass.
 */
import { messageIdOf } from "../../slots/holder.ts";
import { readGate, readRow, readSettings, readWorkflow } from "../../slots/items.ts";
import type { Item } from "../../slots/items.ts";
import { ENTRY } from "../../slots/table.ts";
import type { Gate, Row, Workflow } from "../../slots/table.ts";
import type { Platform } from "../lib/platform.ts";
import { getItem } from "../lib/rows.ts";

export class TableCache {
    private readonly gates = new Map<string, Promise<Gate | undefined>>();
    private readonly workflows = new Map<string, Promise<Workflow | undefined>>();
    private readonly cooldowns = new Map<string, Promise<number>>();
    private readonly platform: Platform;
    private readonly table: string;

    constructor(platform: Platform, table: string) {
        this.platform = platform;
        this.table = table;
    }

    gate(pool: string): Promise<Gate | undefined> {
        return once(this.gates, pool, async () => readGate(await this.item(pool, ENTRY.gate)));
    }

    workflow(pool: string): Promise<Workflow | undefined> {
        return once(this.workflows, pool, async () => readWorkflow(await this.item(pool, ENTRY.workflow)));
    }

    /** Seconds that a slot stays taken after the end of its run; 0 when the settings cannot be read. */
    cooldownSeconds(pool: string): Promise<number> {
        return once(this.cooldowns, pool, async () => {
            const settings = readSettings(await this.item(pool, ENTRY.settings));
            return "value" in settings ? settings.value.cooldownSeconds : 0;
        });
    }

    /** The row of a message, by the message's id or the name of its execution. Read afresh: the reaper decides about rows. */
    async row(pool: string, of: string): Promise<Row | undefined> {
        const item = await this.item(pool, ENTRY.row(messageIdOf(of)));
        return item && readRow(item);
    }

    private item(pool: string, entry: string): Promise<Item | undefined> {
        return getItem({ platform: this.platform, table: this.table, pool }, entry);
    }
}

function once<T>(known: Map<string, Promise<T>>, key: string, read: () => Promise<T>): Promise<T> {
    let value = known.get(key);
    if (!value) {
        value = read();
        known.set(key, value);
    }
    return value;
}
