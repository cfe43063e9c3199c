/**
 * The slot protocol under true concurrency. Many clients, each with its own sockets, make the product's writes against a server, as executions
 * would, while the product's dispatcher gives them their turns. Meanwhile replies get lost, slots are released twice, clients die, and the
 * limit changes. The audit checks every write to the gate by the stream.
 */
import { setTimeout as sleep } from "node:timers/promises";
import * as sdk from "@aws-sdk/client-dynamodb";
import type { AttributeValue, DynamoDBClient } from "@aws-sdk/client-dynamodb";
import type { SendTaskSuccessCommand } from "@aws-sdk/client-sfn";
import { create } from "../../functions/dispatcher.ts";
import type { Handler, Platform } from "../../functions/lib/platform.ts";
import { setLimit } from "../../slots/gate.ts";
import { readGate } from "../../slots/items.ts";
import type { Item } from "../../slots/items.ts";
import { ENTRY, endPosition, OUTCOME, openPosition, TABLE, waitPosition } from "../../slots/table.ts";
import type { Gate } from "../../slots/table.ts";
import { isoAfter, RECHECK_SECONDS, SILENCE_SECONDS } from "../../slots/times.ts";
import * as writes from "../../slots/writes.ts";
import type { Put, Update } from "../../slots/writes.ts";
import { makes } from "../../test/slots/protocol-writes.ts";
import { send } from "../sdk.ts";
import { Audit } from "./audit.ts";
import { clientOf, createTable } from "./clients.ts";
import { Random } from "../../embedded-aws/index.ts";
import { StreamReader } from "./streams.ts";

export interface HammerOptions {
    readonly endpoint: string;
    readonly clients: number;
    /** How many messages are handled, each with one slot. */
    readonly messages: number;
    readonly seed: number;
    /** 0: nobody gives turns, and executions acquire slots without; 2: two at once, which may wake two for one slot. */
    readonly dispatchers: 0 | 1 | 2;
    /** Probabilities, from 0 to 1: that a write's reply is lost and the write made again, and that a client dies at a step. */
    readonly lost: number;
    readonly deaths: number;
    /** The probability that a write to the gate fails with a transaction conflict, which the server itself never answers. */
    readonly conflicts: number;
    /** Seconds of the protocol's clock in a second of real time. */
    readonly speed: number;
    readonly limits: readonly number[];
    /** Changes every write that acquires a slot, to see whether the audit notices. */
    readonly distort?: (acquire: Update) => Update;
}

export interface HammerReport {
    readonly seconds: number;
    readonly audit: Audit;
    readonly violations: readonly string[];
    readonly counts: Readonly<Record<string, number>>;
    readonly left: { readonly holders: number; readonly inLine: number };
}

/** Runs once, in a new table. */
export async function hammer(options: HammerOptions): Promise<HammerReport> {
    const run = new Hammer(options);
    try {
        return await run.run();
    } finally {
        run.close();
    }
}

/** An execution that waits for its turn. */
interface Waiter {
    readonly holder: string;
    readonly position: string;
    /** When its write to join the line was answered, in milliseconds of real time; undefined before. */
    joinedAt: number | undefined;
    readonly wake: () => void;
}

/** A client died during its work. */
class Death extends Error {}

const pool = "etl";
/** Between two changes of the limit, and between two looks at whose job runs. */
const LIMIT_CHANGE_MILLIS = 250;
const WATCH_MILLIS = 40;
/** The last limit: with it the line runs dry. */
const LAST_LIMIT = 7;

class Hammer {
    private readonly options: HammerOptions;
    private readonly table: string;
    private readonly clients: DynamoDBClient[];
    private readonly operator: DynamoDBClient;
    private readonly random: Random;
    private readonly startedAt = performance.now();
    private readonly audit: Audit;
    private readonly violations: string[] = [];
    private readonly counts: Record<string, number> = {};
    private readonly waiters = new Map<string, Waiter>();
    /** The holder ids of all executions that were ever woken. */
    private readonly woken = new Set<string>();
    /** Holders that believe that their job runs. */
    private readonly inside = new Set<string>();
    private readonly afterwards: Promise<void>[] = [];
    private reader: StreamReader | undefined;
    private nextMessage = 0;
    private isOver = false;

    constructor(options: HammerOptions) {
        this.options = options;
        this.table = `hammer-${options.seed}-${options.dispatchers}-${options.distort ? "distorted" : "true"}`;
        this.random = new Random(options.seed);
        this.audit = new Audit((holder) => this.woken.has(holder));
        this.clients = Array.from({ length: options.clients }, () => clientOf(options.endpoint));
        this.operator = clientOf(options.endpoint);
    }

    async run(): Promise<HammerReport> {
        this.reader = new StreamReader(this.options.endpoint, await createTable(this.operator, this.table));
        await this.configure(LAST_LIMIT);
        const helpers = [this.keepAuditing(), this.keepWatching(), this.keepChangingTheLimit()];
        for (let i = 0; i < this.options.dispatchers; i++) helpers.push(this.keepDispatching(i));
        await Promise.all(this.clients.map((client) => this.work(client)));
        await Promise.all(this.afterwards);
        this.isOver = true;
        await Promise.all(helpers);
        const gate = await this.gate();
        const inLine = await this.inLine();
        return {
            seconds: (performance.now() - this.startedAt) / 1000,
            audit: this.audit,
            violations: [...this.violations, ...this.audit.violations],
            counts: this.counts,
            left: {
                holders: Object.keys(gate?.holders ?? {}).length,
                inLine,
            },
        };
    }

    close(): void {
        this.isOver = true;
        for (const client of [...this.clients, this.operator]) client.destroy();
    }

    /** Milliseconds since 1970 of the protocol's clock. */
    private readonly now = (): number =>
        Date.UTC(2026, 0, 1) + (performance.now() - this.startedAt) * this.options.speed;

    private get iso(): string {
        return new Date(this.now()).toISOString();
    }

    private async work(client: DynamoDBClient): Promise<void> {
        while (this.nextMessage < this.options.messages) {
            const number = this.nextMessage++;
            try {
                await this.message(client, number);
            } catch (error) {
                if (!(error instanceof Death)) throw error;
                this.count("deaths");
            }
        }
    }

    /** What becomes of one message: the starter's write, then those of its execution. */
    private async message(client: DynamoDBClient, number: number): Promise<void> {
        const name = `m${String(number).padStart(6, "0")}`;
        const row = { table: this.table, pool, name };
        const arrival = { priority: Math.floor(this.random.next() * 3), sentAt: this.iso, sequence: name };
        const position = waitPosition(arrival);
        const holder = `${name}/1/0`;
        const own = { messageId: name, group: "g", bodyHash: "h", execution: `arn:${name}`, job: "job" };
        await this.write(
            client,
            writes.open({ ...row, ...own, position: openPosition(this.iso, name), now: this.iso }),
        );
        try {
            await this.getSlot(client, row, holder, position);
            await this.runJob(client, holder);
            await this.closeRow(client, row, OUTCOME.done);
        } catch (error) {
            // The reaper's part: it releases the slot and closes the row.
            await this.write(client, writes.release({ table: this.table, pool, holder }));
            await this.closeRow(client, row, OUTCOME.deadLettered);
            throw error;
        }
    }

    private async getSlot(
        client: DynamoDBClient,
        row: { table: string; pool: string; name: string },
        holder: string,
        position: string,
    ): Promise<void> {
        for (let round = 0; ; round++) {
            let isWoken = false;
            if (this.options.dispatchers > 0) {
                isWoken = await this.waitInLine(client, {
                    ...row,
                    holder,
                    position,
                    token: `${holder}#${round}`,
                });
                this.mayDie();
            }
            const now = this.now();
            const acquire = writes.acquire({
                table: this.table,
                pool,
                holder,
                since: String(Math.floor(now)),
                seenBefore: isWoken ? writes.WOKEN : isoAfter(now, -SILENCE_SECONDS),
            });
            this.count("rounds");
            const granted = await this.write(client, this.options.distort?.(acquire) ?? acquire);
            if (granted) return;
            this.count("denials");
            if (this.options.dispatchers === 0) await sleep(this.random.next() * 100);
        }
    }

    /** Returns whether it was woken. */
    private async waitInLine(
        client: DynamoDBClient,
        at: { table: string; pool: string; name: string; token: string; holder: string; position: string },
    ): Promise<boolean> {
        const recheck = new AbortController();
        const woken = new Promise<void>((wake) => {
            const waiter = { holder: at.holder, position: at.position, joinedAt: undefined, wake };
            this.waiters.set(at.token, waiter);
        });
        const join = writes.join({ ...at, job: "job", attempt: "1", sequence: "1", now: this.iso });
        // A waiter that joins again after it was woken is woken in vain, and its second turn keeps others from a slot.
        const joined = await (this.options.dispatchers === 1
            ? this.once(client, join)
            : this.write(client, join));
        if (!joined) this.violations.push(`${at.holder} could not join the line although its row is open`);
        const waiter = this.waiters.get(at.token);
        if (waiter) waiter.joinedAt = performance.now();
        this.mayDie();
        const timeout = sleep((RECHECK_SECONDS * 1000) / this.options.speed, undefined, recheck).catch(
            () => undefined,
        );
        await Promise.race([woken, timeout]);
        recheck.abort();
        const isRecheck = this.waiters.delete(at.token);
        if (isRecheck) this.count("rechecks");
        return !isRecheck;
    }

    private async runJob(client: DynamoDBClient, holder: string): Promise<void> {
        this.inside.add(holder);
        await sleep(this.random.next() * (this.options.dispatchers === 0 ? 4 : 150));
        this.inside.delete(holder);
        this.mayDie();
        const release = writes.release({ table: this.table, pool, holder });
        if (!(await this.write(client, release))) this.count("released before");
        if (this.random.next() >= this.options.lost) return;
        // Releases it again, late, when another may hold the slot.
        const late = sleep(this.random.next() * 50).then(async () => {
            this.count("released twice");
            if (await this.once(client, release)) this.violations.push(`${holder} released its slot twice`);
        });
        this.afterwards.push(late);
    }

    private async closeRow(
        client: DynamoDBClient,
        row: { table: string; pool: string; name: string },
        outcome: string,
    ): Promise<void> {
        const close = writes.close({
            ...row,
            outcome,
            run: "jr",
            position: endPosition(this.iso, row.name),
            expires: "1800000000",
            now: this.iso,
        });
        if (!(await this.write(client, close))) this.violations.push(`${row.name} could not be closed`);
    }

    /**
     * Fails with a conflict, as DynamoDB does ("Transaction conflict handling in DynamoDB" of the Developer Guide). DynamoDB Local lets one
     * write wait for the other instead.
     */
    private mayConflict(operation: string): void {
        if (this.random.next() >= this.options.conflicts) return;
        if (operation === "UpdateItem")
            throw Object.assign(new Error("made up"), { name: "TransactionConflictException" });
        if (operation !== "TransactWriteItems") return;
        const CancellationReasons = [{ Code: "None" }, { Code: "None" }, { Code: "TransactionConflict" }];
        const name = "TransactionCanceledException";
        this.count(name);
        throw Object.assign(new Error("made up"), { name, CancellationReasons });
    }

    private mayDie(): void {
        if (this.random.next() < this.options.deaths) throw new Death();
    }

    /** A conditional write. Its first reply may be lost, so it is made again. Returns whether its condition held. */
    private async write(client: DynamoDBClient, write: Update | Put): Promise<boolean> {
        if (this.random.next() >= this.options.lost) return this.once(client, write);
        this.count("replies lost");
        const first = await this.once(client, write);
        const second = await this.once(client, write);
        const isAcquire = !("Item" in write) && makes("acquire")({ operation: "UpdateItem", input: write });
        if (isAcquire && first && !second)
            this.violations.push("a slot that was acquired was denied when acquired again");
        // When the starter or a releasing holder writes again, it finds what it wrote first; that is as good.
        return isAcquire ? second : first || second;
    }

    /** Makes a write again after a conflict, as the workflow and the SDK do. */
    private async once(client: DynamoDBClient, write: Update | Put): Promise<boolean> {
        for (;;) {
            try {
                this.mayConflict("UpdateItem");
                await send(sdk, client, "Item" in write ? "PutItem" : "UpdateItem", write);
                this.count("writes");
                return true;
            } catch (error) {
                const { name } = error as Error;
                if (name === "ConditionalCheckFailedException") {
                    this.count("writes");
                    return false;
                }
                this.count(name);
                if (name !== "TransactionConflictException") throw error;
            }
        }
    }

    /** Changes the limit: writes the settings, and without a dispatcher also the gate, as a dispatcher would. */
    private async configure(limit: number): Promise<void> {
        const key = { [TABLE.partitionKey]: { S: pool }, [TABLE.sortKey]: { S: ENTRY.settings } };
        const Item = { ...key, limit: { N: String(limit) }, cooldownSeconds: { N: "0" } };
        await send(sdk, this.operator, "PutItem", { TableName: this.table, Item });
        if (this.options.dispatchers > 0) return;
        const settings: Item = Item;
        const gate = await this.gate();
        const at = { table: this.table, pool, limit, gate, settings, override: undefined };
        // With a dispatcher last seen an hour ago, executions acquire slots although nobody woke them.
        const TransactItems = setLimit({ ...at, now: isoAfter(this.now(), -3600) });
        try {
            await send(sdk, this.operator, "TransactWriteItems", { TransactItems });
        } catch (error) {
            const reasons = (error as { CancellationReasons?: { Code?: string }[] }).CancellationReasons;
            this.count(
                `limit: ${(error as Error).name} ${(reasons ?? []).map(({ Code }) => Code).join(", ")}`,
            );
        }
    }

    private async keepChangingTheLimit(): Promise<void> {
        while (!this.isDraining) {
            await sleep(LIMIT_CHANGE_MILLIS);
            const { limits } = this.options;
            await this.configure(limits[this.random.integer(0, limits.length - 1)] ?? LAST_LIMIT);
        }
        await this.configure(LAST_LIMIT);
    }

    private get isDraining(): boolean {
        return this.isOver || this.nextMessage >= this.options.messages - this.options.clients;
    }

    private async keepAuditing(): Promise<void> {
        for (;;) {
            const isLast = this.isOver;
            this.audit.see((await this.reader?.read()) ?? []);
            if (isLast) return;
            await sleep(50);
        }
    }

    /** A holder whose job runs before and after a look at the gate must be in the gate. */
    private async keepWatching(): Promise<void> {
        while (!this.isOver) {
            const before = [...this.inside];
            const gate = await this.gate();
            for (const holder of before) {
                if (!this.inside.has(holder) || gate?.holders[holder]) continue;
                this.violations.push(`${holder} runs its job without a slot`);
            }
            this.count("looks at who runs");
            await sleep(WATCH_MILLIS);
        }
    }

    private async keepDispatching(which: number): Promise<void> {
        const { handler, begin } = this.dispatcher();
        while (!this.isOver) {
            begin();
            try {
                // Chance decides: as the stream calls it, with a record of the gate, or as the schedule does.
                const isSweep = this.random.next() < 0.2;
                const record = { dynamodb: { Keys: { poolName: { S: pool }, entry: { S: ENTRY.gate } } } };
                await handler(isSweep ? { sweep: true } : { Records: [record] }, {} as never);
                this.count("dispatches");
            } catch (error) {
                this.count(`dispatcher: ${(error as Error).name}`);
            }
            await sleep(which === 0 ? 5 : 8);
        }
    }

    /** The product's dispatcher. Each wake-up is checked: nobody may be overtaken. */
    private dispatcher(): { handler: Handler; begin: () => void } {
        const client = clientOf(this.options.endpoint);
        this.clients.push(client);
        let begun = 0;
        const ignore = (): void => undefined;
        const platform: Platform = {
            env: {
                TABLE_NAME: this.table,
                REAPER_QUEUE_URL: "queue",
                POOLS: JSON.stringify([pool]),
            },
            now: this.now,
            dynamodb: {
                send: (async (command: { input: unknown; constructor: { name: string } }) => {
                    const operation = command.constructor.name.replace(/Command$/, "");
                    this.mayConflict(operation);
                    return client.send(command as never);
                }) as never,
            },
            sfn: {
                send: ((command: SendTaskSuccessCommand) =>
                    this.wake(command.input.taskToken ?? "", begun)) as never,
            },
            sqs: { send: (() => Promise.resolve(this.count("waiters gone"))) as never },
            glue: {
                send: (() => Promise.reject(new Error("the dispatcher has no business with Glue"))) as never,
            },
            log: {
                info: ignore,
                warn: (message) => this.count(`dispatcher: ${message}`),
                error: (message, fields) => {
                    this.count(`dispatcher: ${message}`);
                    if (message !== "could not dispatch") this.violations.push(JSON.stringify(fields));
                },
            },
            metrics: ignore,
        };
        return { handler: create(platform), begin: () => (begun = performance.now()) };
    }

    private wake(token: string, begun: number): Promise<object> {
        const waiter = this.waiters.get(token);
        if (!waiter)
            return Promise.reject(Object.assign(new Error("it no longer waits"), { name: "TaskTimedOut" }));
        this.waiters.delete(token);
        this.woken.add(waiter.holder);
        this.count("turns");
        if (this.options.dispatchers === 1) this.checkOrder(waiter, begun);
        waiter.wake();
        return Promise.resolve({});
    }

    /** Nobody who was in line when the dispatcher began to look may be overtaken by one further back. */
    private checkOrder(woken: Waiter, begun: number): void {
        for (const { holder, position, joinedAt } of this.waiters.values()) {
            if (joinedAt === undefined || joinedAt > begun || position > woken.position) continue;
            this.violations.push(`${holder} at ${position} was overtaken by one at ${woken.position}`);
        }
    }

    private async gate(): Promise<Gate | undefined> {
        const Key = { [TABLE.partitionKey]: { S: pool }, [TABLE.sortKey]: { S: ENTRY.gate } };
        const answer = await send(sdk, this.operator, "GetItem", {
            TableName: this.table,
            Key,
            ConsistentRead: true,
        });
        return readGate((answer as { Item?: Record<string, AttributeValue> }).Item);
    }

    private async inLine(): Promise<number> {
        const answer = await send(sdk, this.operator, "Query", {
            TableName: this.table,
            IndexName: TABLE.lineIndex,
            ConsistentRead: true,
            KeyConditionExpression: `${TABLE.partitionKey} = :pool`,
            FilterExpression: "attribute_not_exists(ended)",
            ExpressionAttributeValues: { ":pool": { S: pool } },
        });
        return (answer as { Count: number }).Count;
    }

    private count(what: string): void {
        this.counts[what] = (this.counts[what] ?? 0) + 1;
    }
}
