/**
 * CloudWatch Logs: log groups. Services look whether a group exists before they write to it; the lines themselves go to
 * whoever listens to the functions.
 */
import type { Resource } from "../../recording/resource.ts";
import { AwsError } from "../../service.ts";
import type { Operations, ResourceKinds, Service, World } from "../../service.ts";
import { findKey, regional } from "../kms/index.ts";
import { checkMembers } from "../lib/members.ts";
import { LogLines, matcherOf } from "./events.ts";

/** A log group, as found under its ARN. */
export class LogGroup {
    readonly arn: string;
    readonly name: string;
    readonly lines = new LogLines();
    readonly createdAt: number;
    /** 0: never expires. */
    retentionInDays: number;
    /** The key that encrypts it; undefined if it is AWS's own. */
    keyArn: string | undefined;

    constructor(
        arn: string,
        name: string,
        createdAt: number,
        retentionInDays: number,
        keyArn: string | undefined,
    ) {
        this.arn = arn;
        this.name = name;
        this.createdAt = createdAt;
        this.retentionInDays = retentionInDays;
        this.keyArn = keyArn;
    }
}

/** CloudWatch Logs User Guide, "Encrypt log data in CloudWatch Logs using AWS KMS". */
export const ENCRYPTION_CONTEXT = "kms:EncryptionContext:aws:logs:arn";

/** What CloudWatch Logs does with the key of a log group; the same page. */
const KEY_USES = [
    "kms:Encrypt",
    "kms:Decrypt",
    "kms:ReEncryptFrom",
    "kms:ReEncryptTo",
    "kms:GenerateDataKey",
];

/** Days. CloudWatch Logs API Reference, "PutRetentionPolicy"; 0 is the provider's word for no policy. */
const RETENTIONS = [
    0, 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288,
    3653,
];

interface FilterInput {
    readonly logGroupName?: string;
    readonly logGroupIdentifier?: string;
    readonly startTime?: number;
    readonly endTime?: number;
    readonly filterPattern?: string;
    readonly limit?: number;
    readonly nextToken?: string;
}

/** `interleaved` has no effect on AWS any more: events of all streams always come in the order of time. */
const FILTER_MEMBERS = [
    "logGroupName",
    "logGroupIdentifier",
    "startTime",
    "endTime",
    "filterPattern",
    "limit",
    "nextToken",
    "interleaved",
];

/** CloudWatch Logs API Reference, "FilterLogEvents": events of a page. */
const MAX_PAGE = 10_000;

export class LogsService implements Service {
    readonly operations: Operations = {
        DescribeLogGroups: this.describeLogGroups.bind(this),
        FilterLogEvents: this.filterLogEvents.bind(this),
    };
    readonly kinds: ResourceKinds = {
        "aws:cloudwatch/logGroup:LogGroup": {
            inputs: [
                "name",
                "namePrefix",
                "retentionInDays",
                "kmsKeyId",
                "logGroupClass",
                "skipDestroy",
                "deletionProtectionEnabled",
                "tags",
            ],
            create: this.createLogGroup.bind(this),
            update: this.updateLogGroup.bind(this),
            remove: ({ outputs }) => {
                this.world.unregister(String(outputs["arn"]));
                this.groups.delete(String(outputs["name"]));
            },
        },
    };
    private readonly world: World;
    private readonly groups = new Map<string, LogGroup>();

    constructor(world: World) {
        this.world = world;
    }

    private createLogGroup({ inputs, outputs }: Resource): void {
        const name = String(outputs["name"]);
        if (name.length > 512 || !/^[\w./#-]+$/.test(name)) {
            const rule = "Member must satisfy regular expression pattern: [\\.\\-_/#A-Za-z0-9]+";
            throw invalid(
                `1 validation error detected: Value '${name}' at 'logGroupName' failed to satisfy constraint: ${rule}`,
            );
        }
        const arn = String(outputs["arn"]);
        const key = this.keyOf(inputs, arn);
        if (this.world.find(arn)) {
            throw new AwsError("ResourceAlreadyExistsException", "The specified log group already exists");
        }
        const group = new LogGroup(arn, name, this.world.clock.now(), retentionOf(inputs), key);
        this.world.register(arn, group);
        this.groups.set(name, group);
    }

    private describeLogGroups(input: { logGroupNamePrefix?: string }): object {
        checkMembers("logs:DescribeLogGroups", input, ["logGroupNamePrefix", "limit"]);
        const { logGroupNamePrefix: prefix = "" } = input;
        const found = [...this.groups.values()].filter(({ name }) => name.startsWith(prefix));
        const logGroups = found.map(({ arn, name, createdAt, retentionInDays, keyArn }) => ({
            logGroupName: name,
            arn: `${arn}:*`,
            logGroupArn: arn,
            creationTime: createdAt,
            ...(retentionInDays > 0 && { retentionInDays }),
            kmsKeyId: keyArn,
        }));
        return { logGroups };
    }

    private filterLogEvents(input: FilterInput): object {
        checkMembers("logs:FilterLogEvents", input, FILTER_MEMBERS);
        const { startTime = 0, endTime = Infinity, filterPattern = "", limit = MAX_PAGE, nextToken } = input;
        const name = input.logGroupName ?? input.logGroupIdentifier?.replace(/^arn:.*:log-group:/, "");
        const group = this.groups.get(name ?? "");
        if (!group) {
            throw new AwsError("ResourceNotFoundException", "The specified log group does not exist.");
        }
        const matches = matcherOf(filterPattern);
        const found = group.lines.all.filter(
            ({ eventId, timestamp, message }) =>
                timestamp >= startTime &&
                timestamp < endTime &&
                (nextToken === undefined || eventId > nextToken) &&
                matches(message),
        );
        const events = found
            .slice(0, Math.min(limit, MAX_PAGE))
            .map((event) => ({ ...event, ingestionTime: event.timestamp }));
        const isMore = events.length < found.length;
        return { events, searchedLogStreams: [], ...(isMore && { nextToken: events.at(-1)?.eventId }) };
    }

    private updateLogGroup({ inputs, outputs }: Resource): void {
        const group = this.world.find(String(outputs["arn"])) as LogGroup;
        group.keyArn = this.keyOf(inputs, group.arn);
        group.retentionInDays = retentionOf(inputs);
    }

    /**
     * The key that encrypts the group. Its policy must let CloudWatch Logs itself use it for the group (CloudWatch Logs User
     * Guide, "Encrypt log data in CloudWatch Logs using AWS KMS"); which of that page's actions are tried when, AWS does not
     * say. `kms:Describe*` is not among them here: it has no context, by which the page's own policy lets it in.
     */
    private keyOf(inputs: Resource["inputs"], groupArn: string): string | undefined {
        const id = inputs["kmsKeyId"] as string | undefined;
        if (id === undefined) return undefined;
        const key = findKey(this.world, id);
        const caller = { principal: regional(this.world, "logs") };
        const context = { [ENCRYPTION_CONTEXT]: groupArn };
        const isAllowed = (action: string): boolean => key?.decides(caller, action, context) === "allowed";
        if (key?.enabled === true && KEY_USES.every(isAllowed)) return key.arn;
        throw new AwsError(
            "AccessDeniedException",
            `The specified KMS key does not exist or is not allowed to be used with Arn '${groupArn}'`,
        );
    }
}

function retentionOf(inputs: Resource["inputs"]): number {
    const retention = Number(inputs["retentionInDays"] ?? 0);
    if (RETENTIONS.includes(retention)) return retention;
    throw invalid(`retentionInDays is ${retention}, expected one of ${RETENTIONS.join()}`);
}

function invalid(message: string): AwsError {
    return new AwsError("InvalidParameterException", message);
}
