/** KMS: keys with their policies and aliases are recorded; whoever encrypts with one can see whether it exists and for whom. */
import type { Resource } from "../../recording/resource.ts";
import { decide, parsePolicy, PolicyError, requestOf } from "../../authorization/policy.ts";
import type { Decision, PolicyRequest } from "../../authorization/policy.ts";
import { AwsError } from "../../service.ts";
import type { Caller, ResourceKind, Service, World } from "../../service.ts";

/** A key, as found under its ARN and under the ARN of each of its aliases. */
export class Key {
    readonly arn: string;
    readonly id: string;
    enabled: boolean;
    /** Undefined: the default one, which leaves everything to the account's identity policies. */
    policy: string | object | undefined;

    constructor(arn: string, id: string, enabled: boolean, policy: string | object | undefined) {
        this.arn = arn;
        this.id = id;
        this.enabled = enabled;
        this.policy = policy;
    }

    /** What the key's policy says about a use such as `kms:Decrypt`; `context` is what the key is used for. */
    decides(caller: Caller, action: string, context?: PolicyRequest["context"]): Decision {
        if (this.policy === undefined) return "not stated";
        const account = this.arn.split(":")[4] ?? "";
        return decide(this.policy, requestOf(caller, account, action, this.arn, context));
    }

    /** Whether whoever deploys may use it so: they may do everything that its own policy leaves to the account's policies. */
    serves(action: string): boolean {
        return this.policy === undefined || this.decides({ principal: "user" }, action) === "allowed";
    }
}

/** The account's key with an id, an ARN or an alias; undefined if there is none. */
export function findKey(world: World, id: string): Key | undefined {
    const { partition, region, account } = world;
    const resource = id.startsWith("alias/") ? id : `key/${id}`;
    const key = world.find(
        id.startsWith("arn:") ? id : `arn:${partition}:kms:${region}:${account}:${resource}`,
    );
    return key instanceof Key ? key : undefined;
}

/** A service of the region, as `kms:ViaService` and regional principals name it. */
export function regional(world: World, service: string): string {
    const suffix = world.partition === "aws-cn" ? "amazonaws.com.cn" : "amazonaws.com";
    return `${service}.${world.region}.${suffix}`;
}

/** The context in which a service encrypts what belongs to a resource: the ARN of that, under this name. */
export const ENCRYPTION_CONTEXTS = {
    /** SQS Developer Guide, "Encryption at rest". */
    sqs: "kms:EncryptionContext:aws:sqs:arn",
    /** SNS Developer Guide, "Managing Amazon SNS encryption keys and costs". */
    sns: "kms:EncryptionContext:aws:sns:topicArn",
    /** CloudWatch Logs User Guide, "Encrypt log data in CloudWatch Logs using AWS KMS". */
    logs: "kms:EncryptionContext:aws:logs:arn",
    /** Step Functions Developer Guide, "Data at rest encryption". */
    states: "kms:EncryptionContext:aws:states:stateMachineArn",
    /** The same page: logs on their way to a log group. */
    delivery: "kms:EncryptionContext:SourceArn",
} as const;

export class KmsService implements Service {
    readonly name = "kms";
    readonly operations = {};
    readonly kinds: Readonly<Record<string, ResourceKind>>;
    private readonly world: World;

    constructor(world: World) {
        this.world = world;
        this.kinds = {
            "aws:kms/key:Key": {
                inputs: [
                    "description",
                    "policy",
                    "enableKeyRotation",
                    "rotationPeriodInDays",
                    "deletionWindowInDays",
                    "isEnabled",
                    "keyUsage",
                    "customerMasterKeySpec",
                    "bypassPolicyLockoutSafetyCheck",
                    "tags",
                ],
                create: (resource) => this.createKey(resource),
                update: ({ inputs, outputs }) => {
                    const key = this.key(String(outputs["arn"]));
                    key.enabled = inputs["isEnabled"] !== false;
                    key.policy = policyOf(inputs);
                },
                remove: ({ outputs }) => this.world.unregister(String(outputs["arn"])),
            },
            "aws:kms/alias:Alias": {
                inputs: ["name", "namePrefix", "targetKeyId"],
                create: (resource) => this.createAlias(resource),
                remove: ({ outputs }) => this.world.unregister(String(outputs["arn"])),
            },
            "aws:kms/keyPolicy:KeyPolicy": {
                inputs: ["keyId", "policy", "bypassPolicyLockoutSafetyCheck"],
                create: ({ inputs }) => void (this.key(String(inputs["keyId"])).policy = policyOf(inputs)),
                update: ({ inputs }) => void (this.key(String(inputs["keyId"])).policy = policyOf(inputs)),
                remove: ({ inputs }) => void (this.key(String(inputs["keyId"])).policy = undefined),
            },
        };
    }

    private createKey({ inputs, outputs }: Resource): void {
        const arn = String(outputs["arn"]);
        const key = new Key(arn, String(outputs["keyId"]), inputs["isEnabled"] !== false, policyOf(inputs));
        this.world.register(arn, key);
    }

    private createAlias({ inputs, outputs }: Resource): void {
        const name = String(outputs["name"]);
        if (!/^alias\/[\w/-]+$/.test(name) || name.startsWith("alias/aws/")) {
            throw new AwsError(
                "InvalidAliasNameException",
                `Alias must start with the prefix "alias/": ${name}`,
            );
        }
        this.world.register(String(outputs["arn"]), this.key(String(inputs["targetKeyId"])));
    }

    /** By its ARN or its id. */
    private key(name: string): Key {
        const { partition, region, account } = this.world;
        const arn = name.startsWith("arn:") ? name : `arn:${partition}:kms:${region}:${account}:key/${name}`;
        const key = this.world.find(arn);
        if (!(key instanceof Key)) throw new AwsError("NotFoundException", `Key '${arn}' does not exist`);
        return key;
    }
}

function policyOf(inputs: Resource["inputs"]): string | object | undefined {
    const policy = inputs["policy"] as string | object | undefined;
    try {
        if (policy !== undefined) parsePolicy(policy, "resource");
        return policy;
    } catch (error) {
        throw error instanceof PolicyError
            ? new AwsError("MalformedPolicyDocumentException", error.message)
            : error;
    }
}
