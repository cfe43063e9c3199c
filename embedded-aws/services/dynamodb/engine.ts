/** What the operations of the service share: its tables and the counters of units. */
import type { World } from "../../service.ts";
import type { Units } from "./capacity.ts";
import { tableNotFound } from "./errors.ts";
import { Table } from "./table.ts";
import type { WriteListener } from "./table.ts";

/** Of its metrics in CloudWatch. */
export const NAMESPACE = "AWS/DynamoDB";
export const CONSUMED = { read: "ConsumedReadCapacityUnits", write: "ConsumedWriteCapacityUnits" } as const;

export class Engine {
    readonly world: World;
    readonly tables = new Map<string, Table>();
    readonly writeListeners: WriteListener[] = [];

    constructor(world: World) {
        this.world = world;
    }

    /** The table with this name or ARN. */
    table(nameOrArn: string): Table {
        const named = this.tables.get(nameOrArn);
        if (named) return named;
        const found = nameOrArn.startsWith("arn:") ? this.world.find(nameOrArn) : undefined;
        if (found instanceof Table) return found;
        throw tableNotFound();
    }

    countWrite({ name }: Table, units: Units, factor = 1): void {
        const total = units.total * factor;
        this.world.count("dynamodb.writeUnits", total);
        this.world.record(NAMESPACE, CONSUMED.write, name, total);
    }

    countRead({ name }: Table, units: Units): void {
        this.world.count("dynamodb.readUnits", units.total);
        this.world.record(NAMESPACE, CONSUMED.read, name, units.total);
    }
}
