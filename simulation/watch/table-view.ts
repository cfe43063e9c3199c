/** The pool's items, kept up to date from the table's writes alone. */
import { DynamoDbService } from "../../embedded-aws/index.ts";
import type { EmbeddedWorld } from "../../embedded-aws/index.ts";
import { readGate, readRow } from "../../slots/items.ts";
import type { Item } from "../../slots/items.ts";
import { END_POSITION, ENTRY, keyOf, TABLE } from "../../slots/table.ts";
import type { Gate, Row } from "../../slots/table.ts";

/** A write, with items as the readers of the protocol take them. */
interface Write {
    readonly before: Item | undefined;
    readonly after: Item | undefined;
}

export interface TableListener {
    gateChanged?(before: Gate | undefined, after: Gate | undefined): void;
    overrideChanged?(): void;
    settingsChanged?(): void;
    rowChanged?(before: Row | undefined, after: Row | undefined): void;
}

export class TableView {
    gate: Gate | undefined;
    /** The items that are no rows, by their sort keys. */
    readonly items = new Map<string, Item>();
    /** Rows by the id of the message. */
    readonly rows = new Map<string, Row>();
    /** The rows of messages that have not ended: those that are in the line's index, and not at its end. */
    readonly open = new Map<string, Row>();
    private readonly listeners: TableListener[] = [];

    constructor(world: EmbeddedWorld, tableName: string, pool: string) {
        for (const entry of [ENTRY.settings, ENTRY.workflow]) {
            const input = { TableName: tableName, Key: keyOf(pool, entry) };
            const { Item } = world.call("dynamodb", "GetItem", input, { principal: "user" }) as {
                Item?: Item;
            };
            if (Item) this.items.set(entry, Item);
        }
        world.service(DynamoDbService).onWrite((write) => {
            if (write.tableName === tableName) this.note(pool, write as unknown as Write);
        });
    }

    listen(listener: TableListener): void {
        this.listeners.push(listener);
    }

    private note(pool: string, { before, after }: Write): void {
        const key = after ?? before;
        if (key?.[TABLE.partitionKey]?.S !== pool) return;
        const entry = key[TABLE.sortKey]?.S ?? "";
        if (entry.startsWith(ENTRY.row(""))) return this.noteRow(before, after);
        if (after) this.items.set(entry, after);
        else this.items.delete(entry);
        if (entry === ENTRY.gate) this.noteGate(after);
        if (entry === ENTRY.override) this.noteOverride();
        if (entry === ENTRY.settings) this.noteSettings();
    }

    private noteGate(after: Item | undefined): void {
        const before = this.gate;
        this.gate = readGate(after);
        for (const listener of this.listeners) listener.gateChanged?.(before, this.gate);
    }

    private noteOverride(): void {
        for (const listener of this.listeners) listener.overrideChanged?.();
    }

    private noteSettings(): void {
        for (const listener of this.listeners) listener.settingsChanged?.();
    }

    private noteRow(before: Item | undefined, after: Item | undefined): void {
        const old = before && readRow(before);
        const row = after && readRow(after);
        const name = (row ?? old)?.name ?? "";
        if (row) this.rows.set(name, row);
        else this.rows.delete(name);
        if (row?.position !== undefined && !row.position.startsWith(END_POSITION)) this.open.set(name, row);
        else this.open.delete(name);
        for (const listener of this.listeners) listener.rowChanged?.(old, row);
    }
}
