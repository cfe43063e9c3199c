/**
 * EventBridge: the default bus with its rules and schedules. An event that matches the pattern of a rule goes to the
 * targets of the rule, each with the permission that it needs. AWS services send their events with the internal
 * operation PutServiceEvents, `model.eventMillis` after what the event is about. Events from PutEvents wait for that
 * time here. A rate schedule fires first after one period, as on AWS, and for as long as the world runs.
 */
import type { Resource } from "../../recording/resource.ts";
import { AwsError } from "../../service.ts";
import type { Operations, ResourceKinds, Service, World } from "../../service.ts";
import { Delivery } from "./delivery.ts";
import type { DeliveryFailure } from "./delivery.ts";
import type { BusEvent } from "./event.ts";
import { checkBus, Rule, ruleDefinition, RULE_INPUTS, TARGET_INPUTS, targetOf } from "./rule.ts";

/** An entry of PutServiceEvents. `Detail` stays an object until it is delivered. */
export interface ServiceEventEntry {
    readonly Source: string;
    readonly DetailType: string;
    readonly Detail: object;
    readonly Resources?: readonly string[];
    readonly Time?: Date;
}

interface PutEventsEntry {
    Source?: string;
    DetailType?: string;
    Detail?: string;
    Resources?: string[];
    Time?: Date;
    EventBusName?: string;
}

interface RuleInput {
    Name: string;
    EventBusName?: string;
}

/** EventBridge User Guide, "Amazon EventBridge quotas": targets of a rule. */
const MAX_TARGETS = 5;

/** EventBridge API Reference, "PutEvents": entries, and their size in bytes together (256 KB before January 2026). */
const MAX_ENTRIES = 10;
const MAX_ENTRIES_BYTES = 1024 * 1024;

export class EventsService implements Service {
    readonly operations: Operations = {
        PutEvents: this.putEvents.bind(this),
        PutServiceEvents: this.putServiceEvents.bind(this),
        DescribeRule: this.describeRule.bind(this),
        ListRules: this.listRules.bind(this),
        ListTargetsByRule: this.listTargets.bind(this),
        EnableRule: this.enableRule.bind(this),
        DisableRule: this.disableRule.bind(this),
    };
    readonly kinds: ResourceKinds = {
        "aws:cloudwatch/eventRule:EventRule": {
            inputs: RULE_INPUTS,
            create: this.createRule.bind(this),
            update: this.updateRule.bind(this),
            remove: this.removeRule.bind(this),
        },
        "aws:cloudwatch/eventTarget:EventTarget": {
            inputs: TARGET_INPUTS,
            create: this.putTarget.bind(this),
            update: (resource, previous) => {
                this.removeTarget(previous);
                this.putTarget(resource);
            },
            remove: this.removeTarget.bind(this),
        },
    };
    private readonly world: World;
    private readonly delivery: Delivery;
    private readonly rules = new Map<string, Rule>();

    constructor(world: World) {
        this.world = world;
        this.delivery = new Delivery(world);
    }

    /** The latest deliveries that were given up, oldest first. */
    get failures(): readonly DeliveryFailure[] {
        return this.delivery.failures;
    }

    /** Whether a rule has a schedule: a call for it that is skipped comes again after the period. */
    isSchedule(ruleArn: string): boolean {
        const rule = this.world.find(ruleArn);
        return rule instanceof Rule && rule.definition.periodMillis !== undefined;
    }

    private createRule(resource: Resource): void {
        const definition = ruleDefinition(resource);
        const rule = new Rule(String(resource.outputs["arn"]), String(resource.outputs["name"]), definition);
        this.world.register(rule.arn, rule);
        this.rules.set(rule.name, rule);
        this.schedule(rule);
    }

    private updateRule(resource: Resource): void {
        const rule = this.rule({ Name: String(resource.outputs["name"]) });
        rule.definition = ruleDefinition(resource);
        this.schedule(rule);
    }

    private removeRule({ outputs }: Resource): void {
        const rule = this.rule({ Name: String(outputs["name"]) });
        if (rule.targets.size > 0) throw invalid("Rule can't be deleted since it has targets.");
        this.world.clock.cancel(rule.timer);
        this.rules.delete(rule.name);
        this.world.unregister(rule.arn);
    }

    private putTarget(resource: Resource): void {
        const rule = this.rule({ Name: String(resource.inputs["rule"]) });
        const target = targetOf(resource);
        if (rule.targets.size >= MAX_TARGETS && !rule.targets.has(target.id)) {
            throw new AwsError(
                "LimitExceededException",
                `The requested resource exceeds the maximum number allowed.`,
            );
        }
        rule.targets.set(target.id, target);
    }

    private removeTarget(resource: Resource): void {
        const rule = this.rules.get(String(resource.inputs["rule"]));
        rule?.targets.delete(targetOf(resource).id);
    }

    /** Starts the rule's schedule again, or ends it. */
    private schedule(rule: Rule): void {
        const { clock } = this.world;
        clock.cancel(rule.timer);
        rule.timer = undefined;
        const { enabled, periodMillis } = rule.definition;
        if (!enabled || periodMillis === undefined) return;
        rule.timer = clock.after(periodMillis, () => {
            this.schedule(rule);
            const entry = {
                Source: "aws.events",
                DetailType: "Scheduled Event",
                Detail: {},
                Resources: [rule.arn],
            };
            this.deliver(rule, this.busEvent(entry));
        });
    }

    private putServiceEvents({ Entries }: { Entries: readonly ServiceEventEntry[] }): object {
        for (const entry of Entries) this.publish(this.busEvent(entry));
        return {};
    }

    private putEvents({ Entries: entries }: { Entries: PutEventsEntry[] }): object {
        if (entries.length < 1 || entries.length > MAX_ENTRIES) {
            throw invalid(`Entries has ${entries.length} entries, expected 1 to ${MAX_ENTRIES}`);
        }
        if (entries.reduce((sum, entry) => sum + entrySize(entry), 0) > MAX_ENTRIES_BYTES) {
            throw invalid("Total size of the entries in the request is over the limit.");
        }
        const results = entries.map((entry) => this.putEvent(entry));
        return {
            FailedEntryCount: results.filter((result) => "ErrorCode" in result).length,
            Entries: results,
        };
    }

    private putEvent(
        entry: PutEventsEntry,
    ): { EventId: string } | { ErrorCode: string; ErrorMessage: string } {
        checkBus({ ...entry });
        const { Source, DetailType, Detail } = entry;
        for (const [name, value] of Object.entries({ Source, DetailType, Detail })) {
            if (value) continue;
            const reason = `${name} is a required argument.`;
            return {
                ErrorCode: "InvalidArgument",
                ErrorMessage: `Parameter ${name} is not valid. Reason: ${reason}`,
            };
        }
        if (Source?.startsWith("aws.")) {
            const ErrorMessage = `Not authorized for the source.`;
            return { ErrorCode: "NotAuthorizedForSourceException", ErrorMessage };
        }
        const detail = jsonObject(Detail ?? "");
        if (!detail) return { ErrorCode: "MalformedDetail", ErrorMessage: "Detail is malformed." };
        const { Resources = [], Time } = entry;
        const named = { Source: Source ?? "", DetailType: DetailType ?? "", Detail: detail };
        const event = this.busEvent({ ...named, Resources: [...Resources], ...(Time ? { Time } : {}) });
        this.world.clock.after(this.world.model.eventMillis, () => this.publish(event));
        return { EventId: event.id };
    }

    private busEvent({ Source, DetailType, Detail, Resources = [], Time }: ServiceEventEntry): BusEvent {
        const time = Time ?? new Date(this.world.clock.now());
        return {
            version: "0",
            id: this.world.random.uuid(),
            "detail-type": DetailType,
            source: Source,
            account: this.world.account,
            time: `${time.toISOString().slice(0, 19)}Z`,
            region: this.world.region,
            resources: Resources,
            detail: Detail,
        };
    }

    private publish(event: BusEvent): void {
        for (const rule of this.rules.values()) {
            const { enabled, matches } = rule.definition;
            if (enabled && matches?.(event)) this.deliver(rule, event);
        }
    }

    private deliver(rule: Rule, event: BusEvent): void {
        for (const target of rule.targets.values()) this.delivery.deliver(rule, target, event);
    }

    private describeRule(input: RuleInput): object {
        return description(this.rule(input));
    }

    private enableRule(input: RuleInput): object {
        return this.setEnabled(this.rule(input), true);
    }

    private disableRule(input: RuleInput): object {
        return this.setEnabled(this.rule(input), false);
    }

    private setEnabled(rule: Rule, enabled: boolean): object {
        if (rule.definition.enabled === enabled) return {};
        rule.definition = { ...rule.definition, enabled };
        this.schedule(rule);
        return {};
    }

    private listRules({
        NamePrefix = "",
        EventBusName,
    }: {
        NamePrefix?: string;
        EventBusName?: string;
    }): object {
        checkBus({ EventBusName });
        const rules = [...this.rules.values()].filter(({ name }) => name.startsWith(NamePrefix));
        return { Rules: rules.map(description) };
    }

    private listTargets({ Rule, EventBusName }: { Rule: string; EventBusName?: string }): object {
        const { targets } = this.rule({ Name: Rule, ...(EventBusName !== undefined && { EventBusName }) });
        const shown = [...targets.values()].map(({ id, arn, roleArn, deadLetterArn }) => ({
            Id: id,
            Arn: arn,
            RoleArn: roleArn,
            ...(deadLetterArn !== undefined && { DeadLetterConfig: { Arn: deadLetterArn } }),
        }));
        return { Targets: shown };
    }

    private rule({ Name, EventBusName }: RuleInput): Rule {
        checkBus({ EventBusName });
        const rule = this.rules.get(Name);
        if (rule) return rule;
        throw new AwsError("ResourceNotFoundException", `Rule ${Name} does not exist on EventBus default.`);
    }
}

function description({ arn, name, definition }: Rule): object {
    const { pattern, scheduleExpression, description, enabled } = definition;
    return {
        Name: name,
        Arn: arn,
        ...(pattern === undefined ? {} : { EventPattern: pattern }),
        ...(scheduleExpression === undefined ? {} : { ScheduleExpression: scheduleExpression }),
        State: enabled ? "ENABLED" : "DISABLED",
        ...(description === undefined ? {} : { Description: description }),
        EventBusName: "default",
    };
}

/** EventBridge User Guide, "Calculating Amazon EventBridge PutEvents event entry size". */
function entrySize({
    Source = "",
    DetailType = "",
    Detail = "",
    Resources = [],
    Time,
}: PutEventsEntry): number {
    const texts = [Source, DetailType, Detail, ...Resources];
    return texts.reduce((sum, text) => sum + Buffer.byteLength(text), Time ? 14 : 0);
}

function jsonObject(text: string): object | undefined {
    try {
        const value: unknown = JSON.parse(text);
        return typeof value === "object" && value !== null && !Array.isArray(value) ? value : undefined;
    } catch {
        return undefined;
    }
}

function invalid(message: string): AwsError {
    return new AwsError("ValidationException", message);
}
