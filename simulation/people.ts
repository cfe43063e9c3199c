/** What people do to a stack in a run. */
import { AwsError, GlueService } from "../embedded-aws/index.ts";
import type { GlueRun, RecordedProgram, ServiceName } from "../embedded-aws/index.ts";
import { messageIdOf, parseHolderId } from "../slots/holder.ts";
import { readOverride } from "../slots/items.ts";
import { ENTRY, HOLDER_ARGUMENT, keyOf, TABLE } from "../slots/table.ts";
import { release } from "../slots/writes.ts";
import { CANCELLED } from "../workflow/errors.ts";
import { Aborts } from "./aborts.ts";
import { decide } from "./chance.ts";
import type { FaultsContext } from "./faults/calls.ts";
import { withBothJobs, withOtherJob } from "./other-job.ts";
import { forbidding } from "./programs.ts";
import type { Act } from "./scenario.ts";
import type { PoolWatch } from "./watch/pool.ts";

const user = { principal: "user" };
const MINUTE = 60_000;

/** How long it takes people to notice an override that somebody forgot. */
const NOTICED_AFTER_MILLIS = 15 * MINUTE;

export interface PeopleContext extends FaultsContext {
    readonly program: RecordedProgram;
    readonly programs: readonly RecordedProgram[];
    readonly pools: readonly PoolWatch[];
}

export class People {
    private readonly context: PeopleContext;
    private readonly aborts: Aborts;
    /** How many older gates are yet to be put back. */
    private restores = 0;

    constructor(context: PeopleContext) {
        this.context = context;
        this.aborts = new Aborts({
            ...context,
            tries: (service, operation, input) => this.call(service, operation, input) !== undefined,
        });
        const { acts } = context.scenario;
        for (const act of acts) context.world.clock.after(act.at, () => this.act(act));
        if (acts.some(({ kind }) => kind === "deleteRow")) this.watchStuckSlots();
    }

    /** Whether they are yet to do something that they have begun. */
    get isBusy(): boolean {
        return this.restores > 0;
    }

    /** Ends what they began: another configuration at once, an override that does not end by itself in a while. */
    async settle(): Promise<void> {
        const { world, program } = this.context;
        world.clock.after(NOTICED_AFTER_MILLIS, () => {
            for (const pool of this.context.pools) this.endOverride(pool);
        });
        await world.deploy(this.prepared(program));
    }

    private endOverride(pool: PoolWatch): void {
        const { world } = this.context;
        const read = readOverride(pool.table.items.get(ENTRY.override), world.clock.now());
        if ("problem" in read || (read.value && read.value.until === undefined))
            this.delete(pool, ENTRY.override);
    }

    private act(act: Act): Promise<void> | void {
        const { journal } = this.context;
        journal.count(`act ${act.kind}`);
        journal.note(`people: ${JSON.stringify(act)}`);
        const pool = this.poolOf(act);
        switch (act.kind) {
            case "override":
                return this.override(pool, act.limit, act.minutes);
            case "endOverride":
                return this.delete(pool, ENTRY.override);
            case "deploy":
                return this.deploy(act.configuration);
            case "forbid":
                return this.forbid(act.millis);
            case "abort":
                return this.aborts.abort(act.which, act.redriveAfter);
            case "abortIn":
                return this.aborts.abortIn(act);
            case "redrive":
                return this.aborts.redrive(act.which);
            case "redriveAgain":
                return this.aborts.redriveAgain(act.which, act.times, act.pause);
            case "redriveInRescue":
                return this.aborts.redriveInRescue(act.pause);
            case "changeJob":
                return this.changeJob(act.millis);
            case "drop":
                return this.drop(pool, act.which, act.pause);
            case "stopRun":
                return this.stopRun(act.which);
            case "outsideRun":
                return this.outsideRun(act.millis);
            case "redriveLetters":
                return this.redriveLetters(pool);
            case "deleteGate":
                pool.slots.gateIsTouched();
                return this.delete(pool, ENTRY.gate);
            case "restoreGate":
                return this.restoreGate(pool, act.millis);
            case "deleteRow":
                return this.deleteRow(pool, act.which);
            case "purgeReaperQueue":
                return void this.call("sqs", "PurgeQueue", { QueueUrl: this.queueUrl("reaper-queue") });
            case "purgeWorkQueue":
                return this.purgeWorkQueue(pool);
            case "purgeDeadLetters":
                return void this.call("sqs", "PurgeQueue", { QueueUrl: pool.outputs.deadLetterQueueUrl });
            case "sweep":
                return void this.call("sqs", "SendMessage", {
                    QueueUrl: this.queueUrl("reaper-queue"),
                    MessageBody: JSON.stringify({ sweep: true }),
                });
        }
    }

    private override(pool: PoolWatch, limit: number | string, minutes: number | undefined): void {
        const { world } = this.context;
        const until = minutes === undefined ? undefined : new Date(world.clock.now() + minutes * MINUTE);
        this.put(pool, {
            [TABLE.sortKey]: { S: ENTRY.override },
            limit: typeof limit === "number" ? { N: String(limit) } : { S: limit },
            by: { S: "simulation" },
            why: { S: "simulation" },
            ...(until && { until: { S: until.toISOString() } }),
        });
    }

    private async deploy(configuration: number): Promise<void> {
        const program = this.context.programs[configuration];
        if (program) await this.context.world.deploy(this.prepared(program));
    }

    /** A deployment must not take a job away that runs, or that executions are yet to start. */
    private prepared(program: RecordedProgram): RecordedProgram {
        const { acts } = this.context.scenario;
        return acts.some(({ kind }) => kind === "changeJob") ? withBothJobs(program) : program;
    }

    private async changeJob(millis: number): Promise<void> {
        const { world, program, journal } = this.context;
        await world.deploy(withOtherJob(program));
        world.clock.after(millis, async () => {
            journal.note("people: the first job runs the messages again");
            await world.deploy(this.prepared(program));
        });
    }

    private async forbid(millis: number): Promise<void> {
        const { world, program, journal } = this.context;
        await world.deploy(forbidding(this.prepared(program)));
        world.clock.after(millis, async () => {
            journal.note("people: the arguments are allowed again");
            await world.deploy(this.prepared(program));
        });
    }

    /** Takes a message out of the line, as `turnstile cancel --drop` does: answers the token that it has read a while ago. */
    private drop({ table, messages }: PoolWatch, which: number, pause: number): void {
        const waiting = [...table.open.values()].filter(({ token }) => token !== undefined);
        const row = waiting[Math.floor(which * waiting.length)];
        if (!row) return;
        const answer = { taskToken: row.token, error: CANCELLED };
        this.context.world.clock.after(pause, () => {
            if (this.call("states", "SendTaskFailure", answer)) messages.wasCancelled(row.name);
        });
    }

    /** Deletes the row of a message: half of the time of one that has not ended. */
    private deleteRow(pool: PoolWatch, which: number): void {
        const { table, messages } = pool;
        const rows = [...(which < 0.5 ? table.open : table.rows).values()];
        const row = rows[Math.floor(((2 * which) % 1) * rows.length)];
        if (!row) return;
        messages.rowIsDeleted(row.name);
        this.delete(pool, ENTRY.row(row.name));
    }

    /** Looks at the slots without a row while the alarm says that one is stuck, as `turnstile free --force` does. */
    private watchStuckSlots(): void {
        const { world, journal } = this.context;
        world.clock.after(NOTICED_AFTER_MILLIS, () => this.watchStuckSlots());
        for (const pool of this.context.pools) {
            if (!pool.alarms.isOn("slot-stuck")) continue;
            for (const holder of pool.holders.filter((each) => this.isForsaken(pool, each))) {
                journal.count("slots freed by people");
                const write = release({ table: this.tableName, pool: pool.outputs.pool, holder });
                this.call("dynamodb", "UpdateItem", write);
            }
        }
    }

    /** Whether a holder's row was deleted, and it has no run that goes on, and no execution that could start one. */
    private isForsaken({ messages, slots, events }: PoolWatch, holder: string): boolean {
        const message = parseHolderId(holder)?.message ?? "";
        if (!messages.isDeleted(message) || slots.isRunning(holder)) return false;
        const long = this.context.world.clock.now() - NOTICED_AFTER_MILLIS;
        return events
            .executions()
            .filter(({ name }) => messageIdOf(name) === message)
            .every(({ status, stopTime = Infinity }) => status !== "RUNNING" && stopTime < long);
    }

    private purgeWorkQueue({ alarms, messages, outputs }: PoolWatch): void {
        if (!this.call("sqs", "PurgeQueue", { QueueUrl: outputs.queueUrl })) return;
        messages.queueIsPurged();
        alarms.queueIsPurged();
    }

    private stopRun(which: number): void {
        const live = this.liveRuns();
        const chosen = live[Math.floor(which * live.length)];
        if (!chosen) return;
        this.call("glue", "BatchStopJobRun", { JobName: chosen.job.name, JobRunIds: [chosen.id] });
    }

    /** The runs of holders that have not ended, of every job. */
    private liveRuns(): GlueRun[] {
        const { world } = this.context;
        const jobs = world.resources().filter(({ type }) => type === "aws:glue/job:Job");
        return jobs
            .flatMap(({ outputs }) => world.service(GlueService).job(String(outputs["name"])).runs)
            .filter((run) => !run.isTerminal && run.arguments[HOLDER_ARGUMENT] !== undefined);
    }

    private outsideRun(millis: number): void {
        const { program, world } = this.context;
        try {
            world.service(GlueService).startOutsideRun(String(program.outputs["jobName"]), millis);
        } catch (error) {
            if (!(error instanceof AwsError)) throw error;
        }
    }

    /** Sends each letter to the work queue again, as `StartMessageMoveTask` does for a queue whose letters SQS moved. */
    private redriveLetters({ messages, outputs }: PoolWatch): void {
        const QueueUrl = outputs.deadLetterQueueUrl;
        for (;;) {
            const received = this.call<{
                Messages?: { Body: string; ReceiptHandle: string; MessageId: string }[];
            }>("sqs", "ReceiveMessage", { QueueUrl, MaxNumberOfMessages: 10 });
            const letters = received?.Messages ?? [];
            if (letters.length === 0) return;
            for (const { Body, ReceiptHandle, MessageId } of letters) {
                this.call("sqs", "SendMessage", {
                    QueueUrl: outputs.queueUrl,
                    MessageBody: Body,
                    MessageGroupId: "again",
                    MessageDeduplicationId: MessageId,
                });
                messages.letterMoved(Body);
                this.call("sqs", "DeleteMessage", { QueueUrl, ReceiptHandle });
            }
        }
    }

    /** Puts the gate back as it is now, some time later: a backup that is restored. */
    private restoreGate(pool: PoolWatch, millis: number): void {
        const { world } = this.context;
        const gateItem = pool.table.items.get(ENTRY.gate);
        if (!gateItem) return;
        this.restores++;
        world.clock.after(millis, () => {
            this.restores--;
            pool.slots.gateIsTouched();
            this.context.journal.note("people: an older gate is put back");
            this.put(pool, { ...gateItem });
        });
    }

    /** The pool that an act is about: the same one whatever else is in the scenario. */
    private poolOf({ at, kind }: Act): PoolWatch {
        const { pools, scenario } = this.context;
        const chance = decide(scenario.seed, `pool of ${kind} ${at}`);
        return pools[Math.floor(chance * pools.length)] as PoolWatch;
    }

    private get tableName(): string {
        return String(this.context.program.outputs["tableName"]);
    }

    private put({ outputs }: PoolWatch, item: object): void {
        const Item = { [TABLE.partitionKey]: { S: outputs.pool }, ...item };
        this.call("dynamodb", "PutItem", { TableName: this.tableName, Item });
    }

    private delete({ outputs }: PoolWatch, entry: string): void {
        const Key = keyOf(outputs.pool, entry);
        this.call("dynamodb", "DeleteItem", { TableName: this.tableName, Key });
    }

    private queueUrl(ending: string): string {
        const found = this.context.world
            .resources()
            .find(({ type, name }) => type === "aws:sqs/queue:Queue" && name.endsWith(ending));
        return String(found?.outputs["url"]);
    }

    /** Undefined if AWS refuses the call: people try things. */
    private call<T>(service: ServiceName, operation: string, input: object): T | undefined {
        try {
            return this.context.world.call(service, operation, input, user) as T;
        } catch (error) {
            if (!(error instanceof AwsError)) throw error;
            this.context.journal.note(`people: ${operation} was refused: ${error.name}`);
            return undefined;
        }
    }
}
