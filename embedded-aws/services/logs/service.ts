/**
 * CloudWatch Logs: log groups. Services look whether a group exists before they write to it; the lines themselves go to
 * whoever listens to the functions.
 */
import type { Resource } from "../../recording/resource.ts";
import { AwsError } from "../../service.ts";
import type { Operations, ResourceKinds, Service, World } from "../../service.ts";
import { findKey, regional } from "../kms/index.ts";

/** A log group, as found under its ARN. */
export class LogGroup {
    readonly arn: string;
    readonly name: string;
    /** 0: never expires. */
    retentionInDays: number;
    /** The key that encrypts it; undefined if it is AWS's own. */
    keyArn: string | undefined;

    constructor(arn: string, name: string, retentionInDays: number, keyArn: string | undefined) {
        this.arn = arn;
        this.name = name;
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

export class LogsService implements Service {
    readonly operations: Operations = {};
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
            remove: ({ outputs }) => this.world.unregister(String(outputs["arn"])),
        },
    };
    private readonly world: World;

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
        this.world.register(arn, new LogGroup(arn, name, retentionOf(inputs), key));
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
