/** The pool's items, kept up to date from the table's writes alone. */
import { DynamoDbService } from "../../embedded-aws/index.ts";
import type { EmbeddedWorld, TableWrite } from "../../embedded-aws/index.ts";
import { readGate, readRow } from "../../slots/items.ts";
import { END_POSITION, ENTRY, TABLE } from "../../slots/table.ts";
import type { Gate, Row } from "../../slots/table.ts";

type Item = NonNullable<TableWrite["after"]>;

export interface TableListener {
    gateChanged?(before: Gate | undefined, after: Gate | undefined): void;
    overrideChanged?(): void;
    rowChanged?(before: Row | undefined, after: Row | undefined): void;
}

export class TableView {
    gate: Gate | undefined;
    /** The item of the gate. */
    gateItem: Item | undefined;
    /** The operator's override, as it is in the table. */
    overrideItem: Parameters<typeof readGate>[0];
    /** Rows by the id of the message. */
    readonly rows = new Map<string, Row>();
    /** The rows of messages that have not ended: those that are in the line's index, and not at its end. */
    readonly open = new Map<string, Row>();
    private readonly listeners: TableListener[] = [];

    constructor(world: EmbeddedWorld, tableName: string) {
        world.service(DynamoDbService).onWrite((write) => {
            if (write.tableName === tableName) this.note(write);
        });
    }

    listen(listener: TableListener): void {
        this.listeners.push(listener);
    }

    private note({ before, after }: TableWrite): void {
        const entry = (after ?? before)?.[TABLE.sortKey]?.S ?? "";
        if (entry === ENTRY.gate) this.noteGate(after);
        else if (entry === ENTRY.override) this.noteOverride(after);
        else if (entry.startsWith(ENTRY.row(""))) this.noteRow(before, after);
    }

    private noteGate(after: Item | undefined): void {
        const before = this.gate;
        this.gateItem = after;
        this.gate = readGate(after as Parameters<typeof readGate>[0]);
        for (const listener of this.listeners) listener.gateChanged?.(before, this.gate);
    }

    private noteOverride(after: Item | undefined): void {
        this.overrideItem = after as TableView["overrideItem"];
        for (const listener of this.listeners) listener.overrideChanged?.();
    }

    private noteRow(before: Item | undefined, after: Item | undefined): void {
        const old = before && readRow(before as Parameters<typeof readRow>[0]);
        const row = after && readRow(after as Parameters<typeof readRow>[0]);
        const name = (row ?? old)?.name ?? "";
        if (row) this.rows.set(name, row);
        else this.rows.delete(name);
        if (row?.position !== undefined && !row.position.startsWith(END_POSITION)) this.open.set(name, row);
        else this.open.delete(name);
        for (const listener of this.listeners) listener.rowChanged?.(old, row);
    }
}
