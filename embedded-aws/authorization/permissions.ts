/** Single permissions of roles, one action on one resource each, and whether they were used. */
import type { Role } from "../services/iam/index.ts";
import { actionFits, resourceFits } from "./policy.ts";
import type { Statement } from "./policy.ts";

/** An action of a statement on one of its resources, as the policy writes them. */
export interface Permission {
    /** The role's name. */
    readonly role: string;
    /** The policy's name, or its ARN if it is a managed one. */
    readonly policy: string;
    /** Which of the policy's statements, from 0. */
    readonly statement: number;
    readonly action: string;
    readonly resource: string;
}

/** The first call that needed a permission. */
export interface Use {
    readonly action: string;
    readonly resource: string;
}

/** A statement that allows something, and the policy that it is in. */
export interface Grant {
    readonly role: string;
    readonly policy: string;
    readonly index: number;
    readonly statement: Statement;
}

export class UsedPermissions {
    private readonly uses = new Map<string, Use>();

    note({ role, policy, index, statement }: Grant, action: string, resource: string): void {
        const actions = statement.actions.filter((pattern) => actionFits(pattern, action));
        const resources = statement.resources.filter((pattern) => resourceFits(pattern, resource));
        for (const permission of permissionsOf(role, policy, index, actions, resources)) {
            const key = keyOf(permission);
            if (!this.uses.has(key)) this.uses.set(key, { action, resource });
        }
    }

    /** The first use of the permission. Undefined: it was never used. */
    of(permission: Permission): Use | undefined {
        return this.uses.get(keyOf(permission));
    }
}

/** Every permission of the roles' own policies, in their order. */
export function permissionsIn(roles: Iterable<Role>): Permission[] {
    const all: Permission[] = [];
    for (const { name, policies } of roles) {
        for (const [policy, { statements }] of policies) {
            for (const [index, { effect, actions, resources }] of statements.entries()) {
                if (effect === "Allow") all.push(...permissionsOf(name, policy, index, actions, resources));
            }
        }
    }
    return all;
}

function permissionsOf(
    role: string,
    policy: string,
    statement: number,
    actions: readonly string[],
    resources: readonly string[],
): Permission[] {
    // A NotAction or a NotResource counts as one permission.
    const orElse = (list: readonly string[]): readonly string[] => (list.length > 0 ? list : ["(all but …)"]);
    return orElse(actions).flatMap((action) =>
        orElse(resources).map((resource) => ({ role, policy, statement, action, resource })),
    );
}

function keyOf({ role, policy, statement, action, resource }: Permission): string {
    return JSON.stringify([role, policy, statement, action, resource]);
}
