/** Runs a row with one rule and one target, a function unless told otherwise, and a dead-letter queue. */
import assert from "node:assert/strict";
import { EventsService } from "../../../embedded-aws/services/events/index.ts";
import { compile } from "../../../embedded-aws/services/events/pattern.ts";
import { AwsError } from "../../../embedded-aws/service.ts";
import { SqsService } from "../../../embedded-aws/services/sqs/index.ts";
import { FakeWorld, user } from "../fake-world.ts";
import { runOrRefuse } from "../documented.ts";
import type { Documented } from "../documented.ts";

export interface PatternCase extends Documented {
    readonly pattern: object | string;
    /** Events that it matches, and others. */
    readonly matches?: readonly object[];
    readonly ignores?: readonly object[];
    /** It is no valid pattern. */
    readonly refused?: true;
}

export function runPattern({ pattern, matches = [], ignores = [], refused }: PatternCase): void {
    if (refused) {
        assert.throws(() => compile(pattern), { name: "InvalidEventPatternException" });
        return;
    }
    const test = compile(pattern);
    for (const event of matches) assert.equal(test(event), true, JSON.stringify(event));
    for (const event of ignores) assert.equal(test(event), false, JSON.stringify(event));
}

export interface RuleCase extends Documented {
    /** Inputs of the rule; events with the source `app` unless told otherwise. */
    readonly rule?: Readonly<Record<string, unknown>>;
    readonly target?: Readonly<Record<string, unknown>>;
    /** Members of the entries that are put, one by one. */
    readonly puts?: readonly object[];
    /** What invoking the function fails with, call by call. */
    readonly errors?: readonly string[];
    readonly does?: readonly (readonly [at: number, action: (stage: Stage) => void])[];
    /** @default 60 */
    readonly seconds?: number;
    /** What reaches the target. */
    readonly delivered?: readonly unknown[];
    /** Seconds at which it does. */
    readonly at?: readonly number[];
    /** Attributes of the messages in the dead-letter queue. */
    readonly dead?: readonly Readonly<Record<string, string>>[];
    readonly refused?: string;
    readonly unsupported?: RegExp;
    readonly check?: (stage: Stage) => void;
}

const second = 1000;
export const RULE = "arn:aws:events:eu-west-1:123456789012:rule/rule";
export const FUNCTION = "arn:aws:lambda:eu-west-1:123456789012:function:target";

export class Stage {
    readonly world = new FakeWorld({ eventMillis: 0 });
    readonly events = this.world.add(new EventsService(this.world));
    readonly delivered: unknown[] = [];
    readonly at: number[] = [];
    /** How often the function was invoked, in vain or not. */
    invocations = 0;
    private readonly start = this.world.clock.now();
    private readonly errors: string[];

    constructor({ errors = [] }: Pick<RuleCase, "errors"> = {}) {
        this.errors = [...errors];
        this.world.add(new SqsService(this.world));
        this.world.fake("lambda", { Invoke: (input: { Payload: string }) => this.invoke(input.Payload) });
        this.queue("dead");
    }

    /** Creates a queue that EventBridge may send to, and returns its ARN. */
    queue(name: string, inputs: object = {}, isOpen = true): string {
        const arn = this.world.arn("sqs", name);
        const Statement = {
            Effect: "Allow",
            Principal: { Service: "events.amazonaws.com" },
            Action: "sqs:SendMessage",
            Resource: arn,
        };
        const policy = isOpen ? { policy: JSON.stringify({ Version: "2012-10-17", Statement }) } : {};
        const outputs = { name, arn, url: `https://${name}` };
        this.world.create("aws:sqs/queue:Queue", name, { ...policy, ...inputs }, outputs);
        return arn;
    }

    rule(inputs: object = { eventPattern: '{"source":["app"]}' }): void {
        this.world.create("aws:cloudwatch/eventRule:EventRule", "rule", { ...inputs }, { arn: RULE });
    }

    target(inputs: object = {}): void {
        const all = { rule: "rule", arn: FUNCTION, targetId: "target", ...inputs };
        this.world.create("aws:cloudwatch/eventTarget:EventTarget", "target", all);
    }

    call(operation: string, input: object): Record<string, unknown> {
        return this.world.call("events", operation, input, user) as Record<string, unknown>;
    }

    put(...entries: readonly object[]): Record<string, unknown> {
        const all = entries.map((entry) => ({
            Source: "app",
            DetailType: "Something",
            Detail: "{}",
            ...entry,
        }));
        return this.call("PutEvents", { Entries: all });
    }

    /** Bodies of a queue's messages, as they are. */
    bodies(QueueUrl: string): string[] {
        const { Messages = [] } = this.world.call("sqs", "ReceiveMessage", { QueueUrl }, user) as {
            Messages?: { Body: string }[];
        };
        return Messages.map(({ Body }) => Body);
    }

    /** Bodies, which are JSON, and attributes of a queue's messages. */
    messages(QueueUrl: string): { body: unknown; attributes: Record<string, string> }[] {
        const input = { QueueUrl, MaxNumberOfMessages: 10, MessageAttributeNames: ["All"] };
        const { Messages = [] } = this.world.call("sqs", "ReceiveMessage", input, user) as {
            Messages?: { Body: string; MessageAttributes?: Record<string, { StringValue: string }> }[];
        };
        return Messages.map(({ Body, MessageAttributes = {} }) => {
            const values = Object.entries(MessageAttributes).map(([name, { StringValue }]) => [
                name,
                StringValue,
            ]);
            return {
                body: JSON.parse(Body) as unknown,
                attributes: Object.fromEntries(values) as Record<string, string>,
            };
        });
    }

    private invoke(payload: string): object {
        this.invocations++;
        const error = this.errors.shift();
        if (error !== undefined) throw new AwsError(error, "no");
        this.delivered.push(JSON.parse(payload));
        this.at.push((this.world.clock.now() - this.start) / second);
        return {};
    }
}

export async function runRule(row: RuleCase): Promise<void> {
    await runOrRefuse(row, async () => go(row));
}

async function go(row: RuleCase): Promise<void> {
    const stage = new Stage(row);
    stage.rule(row.rule);
    stage.target(row.target);
    for (const entry of row.puts ?? []) stage.put(entry);
    const { clock } = stage.world;
    const start = clock.now();
    for (const [at, action] of row.does ?? []) clock.at(start + at * second, () => action(stage));
    await stage.world.pass((row.seconds ?? 60) * second);
    if (row.delivered) assert.deepEqual(stage.delivered, row.delivered);
    if (row.at) assert.deepEqual(stage.at, row.at);
    if (row.dead)
        assert.deepEqual(
            stage.messages("https://dead").map(({ attributes }) => attributes),
            row.dead,
        );
    row.check?.(stage);
}
