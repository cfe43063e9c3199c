/**
 * Read and write units: what an operation consumes, what it reports, and how much one partition key can take.
 * Sources: "DynamoDB read and write operations", "Provisioned throughput considerations for local secondary indexes",
 * "Quotas: throughput limits on partitions" of the Amazon DynamoDB Developer Guide.
 */
import { AwsError } from "../../service.ts";

export interface ConsumedCapacity {
    readonly TableName: string;
    readonly CapacityUnits: number;
    readonly ReadCapacityUnits?: number;
    readonly WriteCapacityUnits?: number;
    readonly Table?: { readonly CapacityUnits: number };
    readonly LocalSecondaryIndexes?: Readonly<Record<string, { readonly CapacityUnits: number }>>;
}

/** Transactions cost twice as much as single operations. */
export const TRANSACTION_FACTOR = 2;

type TransactionUnits = "ReadCapacityUnits" | "WriteCapacityUnits";

/** Units of one operation on one table. */
export class Units {
    table = 0;
    private indexes: Record<string, number> | undefined;

    get total(): number {
        let total = this.table;
        if (this.indexes) for (const name in this.indexes) total += this.indexes[name] as number;
        return total;
    }

    addIndex(name: string, units: number): void {
        this.indexes ??= {};
        this.indexes[name] = (this.indexes[name] ?? 0) + units;
    }

    add(other: Units): void {
        this.table += other.table;
        for (const [name, units] of Object.entries(other.indexes ?? {})) this.addIndex(name, units);
    }

    /**
     * The output's `ConsumedCapacity`; undefined if the request did not ask for it. A transaction reports, and pays, twice the
     * units, and names them.
     */
    report(
        tableName: string,
        requested: string | undefined,
        transaction?: TransactionUnits,
    ): ConsumedCapacity | undefined {
        if (requested !== "TOTAL" && requested !== "INDEXES") return undefined;
        const factor = transaction ? TRANSACTION_FACTOR : 1;
        const total = this.total * factor;
        const consumed = {
            TableName: tableName,
            CapacityUnits: total,
            ...(transaction && { [transaction]: total }),
        };
        if (requested === "TOTAL") return consumed;
        return {
            ...consumed,
            Table: { CapacityUnits: this.table * factor },
            ...(this.indexes && { LocalSecondaryIndexes: indexCapacity(this.indexes, factor) }),
        };
    }
}

/** Units of one operation on several tables. */
export class UnitsByTable {
    private readonly byName = new Map<string, Units>();

    get isEmpty(): boolean {
        return this.byName.size === 0;
    }

    /** The units of one table, to be added to. */
    of(tableName: string): Units {
        const units = this.byName.get(tableName) ?? new Units();
        this.byName.set(tableName, units);
        return units;
    }

    /** The output's `ConsumedCapacity`, one for each table, if the request asked for it. */
    report(
        requested: string | undefined,
        transaction?: TransactionUnits,
    ): { readonly ConsumedCapacity?: ConsumedCapacity[] } {
        const consumed = [...this.byName].flatMap(
            ([tableName, units]) => units.report(tableName, requested, transaction) ?? [],
        );
        return consumed.length > 0 ? { ConsumedCapacity: consumed } : {};
    }
}

function indexCapacity(
    indexes: Readonly<Record<string, number>>,
    factor: number,
): NonNullable<ConsumedCapacity["LocalSecondaryIndexes"]> {
    const capacities = Object.entries(indexes).map(([name, units]) => [
        name,
        { CapacityUnits: units * factor },
    ]);
    return Object.fromEntries(capacities) as Record<string, { CapacityUnits: number }>;
}

/** Write units of one item: one for each KiB begun, of the larger of the sizes before and after, and at least one. */
export function writeUnits(before: number, after: number): number {
    return Math.max(1, Math.ceil(Math.max(before, after) / 1024));
}

/** Read units of so many bytes: one for each 4 KiB begun, and at least one. Half of it if eventually consistent. */
export function readUnits(bytes: number, isConsistent: boolean): number {
    return Math.max(1, Math.ceil(bytes / 4096)) * (isConsistent ? 1 : 0.5);
}

/** Write units of one entry of an index. A size of 0 means that the index has no such entry. */
export function indexWriteUnits(
    before: number,
    after: number,
    isSameKey: boolean,
    isChanged: boolean,
): number {
    if (!isChanged) return 0;
    if (before > 0 && after > 0 && isSameKey) return writeUnits(before, after);
    return (before > 0 ? writeUnits(before, 0) : 0) + (after > 0 ? writeUnits(0, after) : 0);
}

/**
 * The write units that one partition key has left: a bucket that holds one second's worth and fills at that rate. AWS keeps
 * unused capacity for bursts, but promises none above the 1,000 units a second of a partition. A write is admitted while the
 * bucket is not empty. It pays afterwards, when its size is known; a large one may leave a debt.
 *
 *     const bucket = new WriteBucket(1000, clock.now());
 *     if (bucket.mayWrite(clock.now())) bucket.pay(units);
 */
export class WriteBucket {
    private units: number;
    private filledAt: number;
    private readonly perSecond: number;

    constructor(perSecond: number, now: number) {
        this.perSecond = perSecond;
        this.units = perSecond;
        this.filledAt = now;
    }

    mayWrite(now: number): boolean {
        // Nothing grows within one millisecond. (At an infinite rate, 0 × Infinity would be no number.)
        if (now > this.filledAt) {
            this.units = Math.min(
                this.perSecond,
                this.units + ((now - this.filledAt) / 1000) * this.perSecond,
            );
            this.filledAt = now;
        }
        return this.units > 0;
    }

    pay(units: number): void {
        this.units -= units;
    }
}

/** The error of a table on demand whose partition key is too hot. A provisioned table has another name for it. */
export function throttled(tableArn: string): AwsError {
    return new AwsError(
        "ThrottlingException",
        "Throughput exceeds the current capacity of your table or index. DynamoDB is automatically scaling your table or " +
            "index so please try again shortly. If exceptions persist, check if you have a hot key: " +
            "https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/bp-partition-key-design.html",
        400,
        { throttlingReasons: [{ reason: "TableWriteKeyRangeThroughputExceeded", resource: tableArn }] },
    );
}
