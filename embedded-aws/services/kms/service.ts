/**
 * KMS: keys with their policies and aliases. Nothing is encrypted. Services look whether a key exists, and whether its
 * policy allows the use.
 */
import { decide, parsePolicy, PolicyError, requestOf } from "../../authorization/policy.ts";
import type { Decision, PolicyRequest } from "../../authorization/policy.ts";
import { arnIn } from "../../location.ts";
import type { Resource } from "../../recording/resource.ts";
import { AwsError } from "../../service.ts";
import type { Caller, Operations, ResourceKinds, Service, World } from "../../service.ts";

/** A key, as found under its ARN and under the ARN of each of its aliases. */
export class Key {
    readonly arn: string;
    readonly id: string;
    enabled: boolean;
    /** Undefined: the default policy, which leaves everything to the account's identity policies. */
    policy: string | object | undefined;

    constructor(arn: string, id: string, enabled: boolean, policy: string | object | undefined) {
        this.arn = arn;
        this.id = id;
        this.enabled = enabled;
        this.policy = policy;
    }

    /** What the key's policy says about a use such as `kms:Decrypt`. `context` says what the key is used for. */
    decides(caller: Caller, action: string, context?: PolicyRequest["context"]): Decision {
        if (this.policy === undefined) return "not stated";
        const account = this.arn.split(":")[4] ?? "";
        return decide(this.policy, requestOf(caller, account, action, this.arn, context));
    }

    /**
     * Whether the person who deploys may use the key for `action`. They may do everything that the key's policy leaves
     * to the account.
     */
    serves(action: string): boolean {
        return this.policy === undefined || this.decides({ principal: "user" }, action) === "allowed";
    }
}

/** The account's key with an id, an ARN or an alias. Undefined: there is none. */
export function findKey(world: World, id: string): Key | undefined {
    const key = world.find(arnOf(world, id));
    return key instanceof Key ? key : undefined;
}

/** Whether AWS manages the key with this id. Nothing is known of such a key. */
export function isManaged(id: string): boolean {
    return id.includes("alias/aws/");
}

function arnOf(world: World, id: string): string {
    if (id.startsWith("arn:")) return id;
    return arnIn(world, "kms", id.startsWith("alias/") ? id : `key/${id}`);
}

/** A service of the region, as `kms:ViaService` and regional principals name it. */
export function regional(world: World, service: string): string {
    const suffix = world.partition === "aws-cn" ? "amazonaws.com.cn" : "amazonaws.com";
    return `${service}.${world.region}.${suffix}`;
}

export class KmsService implements Service {
    readonly operations: Operations = {};
    readonly kinds: ResourceKinds = {
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
            create: this.createKey.bind(this),
            update: this.updateKey.bind(this),
            remove: this.remove.bind(this),
        },
        "aws:kms/alias:Alias": {
            inputs: ["name", "namePrefix", "targetKeyId"],
            create: this.createAlias.bind(this),
            remove: this.remove.bind(this),
        },
        "aws:kms/keyPolicy:KeyPolicy": {
            inputs: ["keyId", "policy", "bypassPolicyLockoutSafetyCheck"],
            create: this.putKeyPolicy.bind(this),
            update: this.putKeyPolicy.bind(this),
            remove: ({ inputs }) => void (this.key(String(inputs["keyId"])).policy = undefined),
        },
    };
    private readonly world: World;

    constructor(world: World) {
        this.world = world;
    }

    private createKey({ inputs, outputs }: Resource): void {
        const arn = String(outputs["arn"]);
        const key = new Key(arn, String(outputs["keyId"]), inputs["isEnabled"] !== false, policyOf(inputs));
        this.world.register(arn, key);
    }

    private updateKey({ inputs, outputs }: Resource): void {
        const key = this.key(String(outputs["arn"]));
        key.enabled = inputs["isEnabled"] !== false;
        key.policy = policyOf(inputs);
    }

    private putKeyPolicy({ inputs }: Resource): void {
        this.key(String(inputs["keyId"])).policy = policyOf(inputs);
    }

    private remove({ outputs }: Resource): void {
        this.world.unregister(String(outputs["arn"]));
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

    /** The key with an ARN or an id. */
    private key(name: string): Key {
        const arn = name.startsWith("arn:") ? name : arnIn(this.world, "kms", `key/${name}`);
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
