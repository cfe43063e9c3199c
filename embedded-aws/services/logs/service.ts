/** CloudWatch Logs: log groups are recorded, so that whoever writes to one can see that it exists. */
import type { Resource } from "../../recording/resource.ts";
import { ENCRYPTION_CONTEXTS, findKey, regional } from "../kms/service.ts";
import { AwsError } from "../../service.ts";
import type { ResourceKind, Service, World } from "../../service.ts";

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

const KEY_USES = [
    ...["kms:Encrypt", "kms:Decrypt", "kms:ReEncryptFrom", "kms:ReEncryptTo", "kms:GenerateDataKey"],
];

/** CloudWatch Logs API Reference, "PutRetentionPolicy"; 0 is the provider's word for no policy. */
const retentions = [
    0, 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288,
    3653,
];

export class LogsService implements Service {
    readonly name = "logs";
    readonly operations = {};
    readonly kinds: Readonly<Record<string, ResourceKind>>;
    private readonly world: World;

    constructor(world: World) {
        this.world = world;
        this.kinds = {
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
                create: (resource) => this.createLogGroup(resource),
                update: (resource) => this.updateLogGroup(resource),
                remove: ({ outputs }) => this.world.unregister(String(outputs["arn"])),
            },
        };
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
        const context = { [ENCRYPTION_CONTEXTS.logs]: groupArn };
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
    if (retentions.includes(retention)) return retention;
    throw invalid(`retentionInDays is ${retention}, expected one of ${retentions.join()}`);
}

function invalid(message: string): AwsError {
    return new AwsError("InvalidParameterException", message);
}
