/**
 * IAM: roles with their policies. A role is found under its ARN as a `Role`, so any service can see whether it exists
 * and whom it trusts. authorization/ decides what its policies allow.
 */
import { createHash } from "node:crypto";
import { decide, parsePolicy, PolicyError } from "../../authorization/policy.ts";
import type { Policy, PolicyKind, Statement } from "../../authorization/policy.ts";
import type { Resource } from "../../recording/resource.ts";
import { AwsError, UnsupportedError } from "../../service.ts";
import type { Operations, ResourceKinds, Service, World } from "../../service.ts";

/** A role, as found under its ARN. */
export class Role {
    readonly arn: string;
    readonly name: string;
    /** The documents of its inline policies, and of its managed policies that the program declares, by name or ARN. */
    readonly policies = new Map<string, Policy>();
    /** The ARNs of its policies that AWS manages. Their documents are not known. */
    readonly awsManagedPolicies = new Set<string>();
    /** The permissions boundary. */
    boundary: ManagedPolicy | undefined;
    /** Counts the changes of its policies. A decision holds until the next change. */
    revision = 0;
    readonly createdAt: number;
    trustPolicy: object | string;

    constructor(arn: string, name: string, trustPolicy: object | string, createdAt = 0) {
        this.arn = arn;
        this.name = name;
        this.createdAt = createdAt;
        this.trustPolicy = trustPolicy;
    }

    get id(): string {
        const digits = createHash("sha256").update(this.arn).digest("hex").slice(0, 17).toUpperCase();
        return `AROA${digits}`;
    }

    /**
     * Whether a service such as `lambda.amazonaws.com` may assume the role. Some services say for which resource they
     * do, with its ARN. From a service that does not say, a trust policy with a condition on the source allows nothing.
     */
    trusts(principal: string, sourceArn?: string): boolean {
        const context: Record<string, string> = {};
        if (sourceArn !== undefined) {
            context["aws:SourceArn"] = sourceArn;
            context["aws:SourceAccount"] = sourceArn.split(":")[4] || (this.arn.split(":")[4] ?? "");
        }
        return (
            decide(this.trustPolicy, { principal, action: "sts:AssumeRole", resource: this.arn, context }) ===
            "allowed"
        );
    }

    put(name: string, policy: Policy): void {
        this.policies.set(name, policy);
        this.revision++;
    }

    drop(name: string): void {
        this.policies.delete(name);
        this.awsManagedPolicies.delete(name);
        this.revision++;
    }

    /** Every statement of its policies. */
    *statements(): Generator<Statement> {
        for (const policy of this.policies.values()) yield* policy.statements;
    }
}

/** A managed policy that the program declares, as found under its ARN. */
export class ManagedPolicy {
    policy: Policy;

    constructor(policy: Policy) {
        this.policy = policy;
    }
}

/** IAM and STS quotas: characters, without white space (IAM User Guide, "IAM and AWS STS quotas"). */
const MAX_SIZES = { trust: 2048, inline: 10240, managed: 6144 };

export class IamService implements Service {
    readonly operations: Operations = {
        GetRole: ({ RoleName }: { RoleName?: string }) => ({ Role: shown(this.roleNamed(RoleName)) }),
        ListRoles: () => ({ Roles: this.all().map(shown), IsTruncated: false }),
        ListRolePolicies: ({ RoleName }: { RoleName?: string }) => ({
            PolicyNames: [...this.roleNamed(RoleName).policies.keys()].filter((name) => !isArn(name)),
            IsTruncated: false,
        }),
        ListAttachedRolePolicies: ({ RoleName }: { RoleName?: string }) => {
            const { policies, awsManagedPolicies } = this.roleNamed(RoleName);
            const arns = [...policies.keys(), ...awsManagedPolicies].filter(isArn);
            const shownPolicies = arns.map((arn) => ({
                PolicyName: arn.slice(arn.lastIndexOf("/") + 1),
                PolicyArn: arn,
            }));
            return { AttachedPolicies: shownPolicies, IsTruncated: false };
        },
    };
    readonly kinds: ResourceKinds = {
        "aws:iam/role:Role": {
            inputs: [
                "name",
                "namePrefix",
                "path",
                "description",
                "assumeRolePolicy",
                "maxSessionDuration",
                "permissionsBoundary",
                "managedPolicyArns",
                "forceDetachPolicies",
                "tags",
            ],
            create: this.createRole.bind(this),
            update: this.updateRole.bind(this),
            remove: this.removeRole.bind(this),
        },
        "aws:iam/rolePolicy:RolePolicy": {
            inputs: ["name", "namePrefix", "role", "policy"],
            create: this.putRolePolicy.bind(this),
            update: this.putRolePolicy.bind(this),
            remove: ({ inputs, outputs }) => this.detach(inputs["role"], outputs["name"]),
        },
        "aws:iam/policy:Policy": {
            inputs: ["name", "namePrefix", "path", "description", "policy", "tags"],
            create: this.createPolicy.bind(this),
            update: this.updatePolicy.bind(this),
            remove: ({ outputs }) => this.world.unregister(String(outputs["arn"])),
        },
        "aws:iam/rolePolicyAttachment:RolePolicyAttachment": {
            inputs: ["role", "policyArn"],
            create: ({ inputs }) => this.attach(this.roleNamed(inputs["role"]), String(inputs["policyArn"])),
            remove: ({ inputs }) => this.detach(inputs["role"], inputs["policyArn"]),
        },
    };
    private readonly world: World;
    private readonly roles = new Map<string, Role>();

    constructor(world: World) {
        this.world = world;
    }

    /** Every role there is. */
    all(): Role[] {
        return [...this.roles.values()];
    }

    private createRole({ inputs, outputs }: Resource): void {
        const name = String(outputs["name"]);
        checkName("roleName", name, 64);
        if (this.roles.has(name)) {
            throw new AwsError("EntityAlreadyExists", `Role with name ${name} already exists.`, 409);
        }
        const role = new Role(String(outputs["arn"]), name, trustPolicyOf(inputs), this.world.clock.now());
        this.world.register(role.arn, role);
        this.roles.set(name, role);
        for (const arn of managedPolicyArns(inputs)) this.attach(role, arn);
        role.boundary = this.boundaryOf(inputs);
    }

    private updateRole({ inputs, outputs }: Resource, previous: Resource): void {
        const role = this.roleNamed(outputs["name"]);
        role.trustPolicy = trustPolicyOf(inputs);
        for (const arn of managedPolicyArns(previous.inputs)) role.drop(arn);
        for (const arn of managedPolicyArns(inputs)) this.attach(role, arn);
        role.boundary = this.boundaryOf(inputs);
        role.revision++;
    }

    private removeRole({ outputs }: Resource): void {
        this.roles.delete(String(outputs["name"]));
        this.world.unregister(String(outputs["arn"]));
    }

    private putRolePolicy({ inputs, outputs }: Resource): void {
        const role = this.roleNamed(inputs["role"]);
        const name = String(outputs["name"]);
        checkName("policyName", name, 128);
        const document = inputs["policy"] as string | object;
        role.put(name, parse(document, "identity", MAX_SIZES.inline, `role ${role.name}`));
    }

    private createPolicy({ inputs, outputs }: Resource): void {
        checkName("policyName", String(outputs["name"]), 128);
        const policy = parse(
            inputs["policy"] as string | object,
            "identity",
            MAX_SIZES.managed,
            "PolicySize",
        );
        this.world.register(String(outputs["arn"]), new ManagedPolicy(policy));
    }

    /** The roles that have the policy get its new document at once. */
    private updatePolicy({ inputs, outputs }: Resource): void {
        const arn = String(outputs["arn"]);
        const managed = this.world.find(arn) as ManagedPolicy;
        managed.policy = parse(
            inputs["policy"] as string | object,
            "identity",
            MAX_SIZES.managed,
            "PolicySize",
        );
        for (const role of this.roles.values()) {
            if (role.policies.has(arn)) role.policies.set(arn, managed.policy);
            role.revision++;
        }
    }

    private attach(role: Role, arn: string): void {
        const policy = this.policyUnder(arn);
        if (policy) role.put(arn, policy.policy);
        else role.awsManagedPolicies.add(arn);
    }

    private detach(roleName: unknown, policy: unknown): void {
        this.roles.get(String(roleName))?.drop(String(policy));
    }

    private boundaryOf(inputs: Resource["inputs"]): ManagedPolicy | undefined {
        const arn = inputs["permissionsBoundary"] as string | undefined;
        if (arn === undefined) return undefined;
        const policy = this.policyUnder(arn);
        if (policy) return policy;
        throw new UnsupportedError(
            `The embedded AWS does not support the permissions boundary ${arn}, whose document only AWS has; declare the policy in the program.`,
        );
    }

    /** Undefined for a policy that AWS manages. */
    private policyUnder(arn: string): ManagedPolicy | undefined {
        const found = this.world.find(arn);
        if (found instanceof ManagedPolicy) return found;
        if (arn.startsWith(`arn:${this.world.partition}:iam::aws:policy/`)) return undefined;
        throw new AwsError("NoSuchEntity", `Policy ${arn} does not exist or is not attachable.`, 404);
    }

    private roleNamed(name: unknown): Role {
        const role = this.roles.get(String(name));
        if (!role)
            throw new AwsError("NoSuchEntity", `The role with name ${String(name)} cannot be found.`, 404);
        return role;
    }
}

function isArn(text: string): boolean {
    return text.startsWith("arn:");
}

/** IAM API Reference, "Role": the policy is encoded as in a URL. */
function shown({ arn, name, id, createdAt, trustPolicy }: Role): object {
    const document = typeof trustPolicy === "string" ? trustPolicy : JSON.stringify(trustPolicy);
    const path = arn.slice(arn.indexOf(":role/") + ":role".length, arn.lastIndexOf("/") + 1);
    return {
        Path: path,
        RoleName: name,
        RoleId: id,
        Arn: arn,
        CreateDate: new Date(createdAt),
        AssumeRolePolicyDocument: encodeURIComponent(document),
    };
}

function trustPolicyOf(inputs: Resource["inputs"]): string | object {
    const trust = inputs["assumeRolePolicy"] as string | object | undefined;
    if (trust === undefined) throw malformed("This policy contains invalid Json");
    parse(trust, "trust", MAX_SIZES.trust, "ACLSizePerRole");
    return trust;
}

function managedPolicyArns(inputs: Resource["inputs"]): readonly string[] {
    return (inputs["managedPolicyArns"] as string[] | undefined) ?? [];
}

function parse(document: string | object, kind: PolicyKind, size: number, quota: string): Policy {
    const text = typeof document === "string" ? document : JSON.stringify(document);
    if (text.replace(/\s/g, "").length > size) {
        throw new AwsError("LimitExceeded", `Cannot exceed quota for ${quota}: ${size}`, 409);
    }
    try {
        return parsePolicy(document, kind);
    } catch (error) {
        throw error instanceof PolicyError ? malformed(error.message) : error;
    }
}

function malformed(message: string): AwsError {
    return new AwsError("MalformedPolicyDocument", message);
}

function checkName(what: string, name: string, length: number): void {
    if (name.length <= length && /^[\w+=,.@-]+$/.test(name)) return;
    const rule = `length less than or equal to ${length} and satisfy regular expression pattern: [\\w+=,.@-]+`;
    throw new AwsError(
        "ValidationError",
        `1 validation error detected: Value '${name}' at '${what}' failed to satisfy constraint: Member must have ${rule}`,
    );
}
