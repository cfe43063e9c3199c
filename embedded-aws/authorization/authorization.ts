/**
 * Decides whether a role may make a call, from its identity policies, its permissions boundary, the policy of the
 * resource and the policy of the key that encrypts the resource (IAM User Guide, "Policy evaluation logic"). Callers
 * without a role do not come here: `user` may do everything, and for a service as itself the service of the resource
 * looks at the resource's policy. Not modelled: session policies, policies of organizations, other accounts.
 */
import { UnsupportedError } from "../service.ts";
import type { AwsError, Caller, Context, KeyUse, Need, ServiceName, World } from "../service.ts";
import { Role } from "../services/iam/index.ts";
import { findKey, isManaged, Key, regional } from "../services/kms/index.ts";
import { permissionsIn, UsedPermissions } from "./permissions.ts";
import type { Grant, Permission, Use } from "./permissions.ts";
import { decide, decideBy } from "./policy.ts";
import type { Decision, PolicyRequest, Statement } from "./policy.ts";
import { refusal, serviceOf } from "./refusals.ts";
import type { Reason } from "./refusals.ts";

/** The condition keys that any call can have. The services add theirs. A policy with another key cannot be evaluated. */
const GLOBAL_KEYS = [
    "aws:SecureTransport",
    "aws:PrincipalArn",
    "aws:PrincipalAccount",
    "aws:ResourceAccount",
    "aws:RequestedRegion",
    "aws:SourceArn",
    "aws:SourceAccount",
    "aws:ViaAWSService",
    "aws:PrincipalIsAWSService",
    "lambda:SourceFunctionArn",
];

/**
 * How many resources are remembered for an action of a role, and how many values for a resource. Most calls are about
 * the same few resources.
 */
const KEPT_OUTCOMES = 10_000;

/** Why the role may not do something. Undefined: it may. */
type Outcome = Reason | undefined;

/** What a role's policies say about one action. */
interface Rules {
    /** Those of the role's own policies, and of its permissions boundary. */
    readonly own: readonly Grant[];
    readonly boundary: readonly Statement[];
    /** The condition keys that the outcome depends on, without those that follow from role and resource. */
    readonly keys: readonly string[];
    /** By resource, and then by the values of the keys. */
    readonly outcomes: Map<string, Map<string, Outcome>>;
}

interface Known {
    readonly revision: number;
    readonly rules: Map<string, Rules>;
}

export class Authorization {
    private readonly world: World;
    private readonly known = new WeakMap<Role, Known>();
    private readonly used = new UsedPermissions();
    /** All condition keys, by their names in lower case. */
    private readonly contextKeys: ReadonlyMap<string, string>;

    constructor(world: World) {
        this.world = world;
        const ofServices = [...world.descriptors.values()].flatMap(
            ({ conditionKeys = [], encryptionContext = [] }) => [...conditionKeys, encryptionContext].flat(),
        );
        const keys = [...GLOBAL_KEYS, ...ofServices];
        this.contextKeys = new Map(keys.map((key) => [key.toLowerCase(), key]));
    }

    /** Throws the service's error if the caller's role does not allow the operation. */
    check(service: ServiceName, operation: string, input: unknown, caller: Caller): void {
        if (caller.roleArn === undefined) return;
        const needs = this.world.descriptors.get(service)?.needs;
        const needsOf = needs && Object.hasOwn(needs, operation) ? needs[operation] : undefined;
        if (!needsOf) {
            throw new UnsupportedError(
                `${service}:${operation} was called under the role ${caller.roleArn}, but the embedded AWS does not know which permission it needs.`,
            );
        }
        const needed = needsOf((input ?? {}) as Readonly<Record<string, unknown>>, this.world);
        if (Array.isArray(needed)) for (const need of needed as readonly Need[]) this.demand(need, caller);
        else this.demand(needed as Need, caller);
    }

    /** Whether a role may do what a service is about to do under it. */
    allows(caller: Caller, need: Need): boolean {
        return this.refused(need, caller) === undefined;
    }

    /** Every permission of the roles, with its first use. */
    permissions(roles: Iterable<Role>): { readonly permission: Permission; readonly use: Use | undefined }[] {
        return permissionsIn(roles).map((permission) => ({ permission, use: this.used.of(permission) }));
    }

    private demand(need: Need, caller: Caller): void {
        const error = this.refused(need, caller);
        if (error) throw error;
    }

    private refused({ action, resource, context, key }: Need, caller: Caller): AwsError | undefined {
        const used = action.startsWith("kms:") ? this.world.find(resource) : undefined;
        if (used instanceof Key) {
            const reason = this.keyOutcome(used, action, caller, context ?? (() => ({})));
            return reason && refusal(this.world, caller, action, resource, reason);
        }
        const reason = this.outcome(caller, action, resource, context);
        const isLetIn = reason === "identity" && this.resourceAllows(caller, action, resource, context);
        if (reason !== undefined && !isLetIn) return refusal(this.world, caller, action, resource, reason);
        return key && this.keyRefused(key, caller);
    }

    /**
     * The policy of a resource can allow a role of its account by itself, unless it names the account, which leaves the
     * decision to the account's policies.
     */
    private resourceAllows(
        caller: Caller,
        action: string,
        resource: string,
        context?: () => Context,
    ): boolean {
        const found = this.world.find(resource);
        const policy = found && this.world.descriptors.get(serviceOf(action))?.policyOf?.(found);
        if (policy === undefined) return false;
        const request = this.request(caller, action, resource, context);
        return decide(policy, { ...request, directly: true }) === "allowed";
    }

    /**
     * The key's own policy must allow the use, or leave it to the account. In the second case the role's policies must
     * allow it too.
     */
    private keyRefused({ of, through, actions }: KeyUse, caller: Caller): AwsError | undefined {
        const descriptor = this.world.descriptors.get(through);
        const found = this.world.find(of);
        const key = found && this.ownKey(descriptor?.keyIdOf?.(found));
        if (!key) return undefined;
        const encryptionContext = descriptor?.encryptionContext;
        const context = (): Context => ({
            "kms:ViaService": regional(this.world, through),
            "kms:CallerAccount": this.world.account,
            ...(encryptionContext !== undefined && { [encryptionContext]: of }),
        });
        for (const action of actions) {
            const reason = this.keyOutcome(key, action, caller, context);
            if (reason !== undefined) return refusal(this.world, caller, action, key.arn, reason, through);
        }
        return undefined;
    }

    /**
     * The account's own key with an id. AWS's keys are left out: everybody may use them who may use the service (KMS
     * Developer Guide, "AWS managed keys").
     */
    private ownKey(id: string | undefined): Key | undefined {
        return id === undefined || isManaged(id) ? undefined : findKey(this.world, id);
    }

    private keyOutcome(key: Key, action: string, caller: Caller, context: () => Context): Outcome {
        const identity = (): Outcome => this.outcome(caller, action, key.arn, context);
        if (key.policy === undefined) return identity();
        const request = this.request(caller, action, key.arn, context);
        const decision: Decision = decide(key.policy, request);
        if (decision === "denied") return "resource deny";
        if (decision === "not stated") return "resource";
        const reason = identity();
        if (reason !== "identity") return reason;
        return decide(key.policy, { ...request, directly: true }) === "allowed" ? undefined : "identity";
    }

    /** The decision of the role's policies. */
    private outcome(caller: Caller, action: string, resource: string, context?: () => Context): Outcome {
        const role = this.world.find(caller.roleArn ?? "");
        if (!(role instanceof Role)) return "identity";
        const rules = this.rulesOf(role, action);
        const values = rules.keys.length > 0 ? valuesOf(rules.keys, caller, context) : "";
        const known = knownOf(rules, resource);
        if (known.has(values)) return known.get(values);
        if (known.size >= KEPT_OUTCOMES) known.clear();
        const outcome = this.evaluate(role, rules, this.request(caller, action, resource, context));
        known.set(values, outcome);
        return outcome;
    }

    private evaluate(role: Role, { own, boundary }: Rules, request: PolicyRequest): Outcome {
        const decision = decideBy(
            own.map(({ statement }) => statement),
            request,
        );
        if (decision === "denied") return "identity deny";
        if (decision === "not stated") {
            const [unknown] = role.awsManagedPolicies;
            if (unknown === undefined) return "identity";
            throw new UnsupportedError(
                `${request.action} under the role ${role.name} may depend on the policy ${unknown}, which AWS manages and whose document the embedded AWS does not have; declare the permissions in a policy of the program's own.`,
            );
        }
        if (role.boundary && decideBy(boundary, request) !== "allowed") return "boundary";
        const grant = own.find(({ statement }) => statement.effect === "Allow" && statement.matches(request));
        if (grant) this.used.note(grant, request.action, request.resource);
        return undefined;
    }

    private rulesOf(role: Role, action: string): Rules {
        let known = this.known.get(role);
        if (known?.revision !== role.revision) {
            known = { revision: role.revision, rules: new Map() };
            this.known.set(role, known);
        }
        let rules = known.rules.get(action);
        if (!rules) known.rules.set(action, (rules = this.readRules(role, action)));
        return rules;
    }

    private readRules(role: Role, action: string): Rules {
        const own = [...role.policies].flatMap(([policy, { statements }]) =>
            statements.map((statement, index) => ({ role: role.name, policy, index, statement })),
        );
        const concerned = own.filter(({ statement }) => statement.concerns(action));
        const boundary = (role.boundary?.policy.statements ?? []).filter((each) => each.concerns(action));
        const statements = [...concerned.map(({ statement }) => statement), ...boundary];
        const keys = new Set(statements.flatMap(({ conditionKeys }) => conditionKeys));
        const varying = [...keys]
            .map((key) => this.contextKey(key, role, action))
            .filter((key) => !key.startsWith("aws:"));
        return { own: concerned, boundary, keys: varying, outcomes: new Map() };
    }

    /** The condition key as calls have it. In policies its case does not matter. */
    private contextKey(key: string, role: Role, action: string): string {
        const known = this.contextKeys.get(key.toLowerCase());
        if (known !== undefined) return known;
        throw new UnsupportedError(
            `A policy of the role ${role.name} has a condition on ${key} for ${action}, which the embedded AWS does not know the value of.`,
        );
    }

    private request(
        caller: Caller,
        action: string,
        resource: string,
        context?: () => Context,
    ): PolicyRequest {
        const { roleArn = "" } = caller;
        const source = functionOf(caller);
        return {
            principal: roleArn,
            action,
            resource,
            context: {
                "aws:SecureTransport": "true",
                "aws:ViaAWSService": "false",
                "aws:PrincipalIsAWSService": "false",
                "aws:PrincipalArn": roleArn,
                "aws:PrincipalAccount": roleArn.split(":")[4] ?? "",
                "aws:RequestedRegion": this.world.region,
                "aws:ResourceAccount": resource.split(":")[4] || this.world.account,
                ...(source !== undefined && { "lambda:SourceFunctionArn": source }),
                ...context?.(),
            },
        };
    }
}

function valuesOf(keys: readonly string[], caller: Caller, context?: () => Context): string {
    const values = context?.();
    let text = "";
    for (const key of keys) text += `${String(values?.[key] ?? functionOf(caller))}\n`;
    return text;
}

function knownOf({ outcomes }: Rules, resource: string): Map<string, Outcome> {
    let known = outcomes.get(resource);
    if (!known) {
        if (outcomes.size >= KEPT_OUTCOMES) outcomes.clear();
        outcomes.set(resource, (known = new Map<string, Outcome>()));
    }
    return known;
}

/** The function whose code makes the call. Undefined if the caller is something else. */
function functionOf({ principal, sourceArn }: Caller): string | undefined {
    if (principal !== "lambda.amazonaws.com" || sourceArn?.includes(":function:") !== true) return undefined;
    return sourceArn;
}
