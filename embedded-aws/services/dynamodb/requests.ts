/** The checks of a request's members, before its table is looked up. */
import type { AwsError } from "../../service.ts";
import { UnsupportedError } from "../../service.ts";
import { invalidParameter, validation } from "./errors.ts";

/** The members that an operation understands, with their choices if it has some. */
export type Members = Readonly<Record<string, readonly string[] | "required" | "any">>;

/** Members that AWS has and no operation here understands. */
const UNSUPPORTED = new Set([
    "AttributeUpdates",
    "AttributesToGet",
    "ConditionalOperator",
    "Expected",
    "KeyConditions",
    "QueryFilter",
    "ScanFilter",
    "Segment",
    "TotalSegments",
]);

/** The operations that can report the size of the item's collection. */
const SINGLE_WRITES = ["PutItem", "UpdateItem", "DeleteItem"];

export const CHOICES = {
    consumedCapacity: ["INDEXES", "TOTAL", "NONE"],
    collectionMetrics: ["SIZE", "NONE"],
    returnValues: ["ALL_NEW", "UPDATED_OLD", "ALL_OLD", "NONE", "UPDATED_NEW"],
    onFailure: ["ALL_OLD", "NONE"],
    select: ["SPECIFIC_ATTRIBUTES", "COUNT", "ALL_ATTRIBUTES", "ALL_PROJECTED_ATTRIBUTES"],
} as const;

/** Throws if a member is missing, unknown, not supported or not one of its choices. */
export function checkMembers(operation: string, input: object, members: Members): void {
    const given = input as Readonly<Record<string, unknown>>;
    const errors: string[] = [];
    for (const name in given) {
        if (given[name] === undefined) continue;
        const member = Object.hasOwn(members, name) ? members[name] : undefined;
        if (member === undefined) throw unknownMember(operation, name);
        if (typeof member === "object" && !member.includes(given[name] as string)) {
            errors.push(constraint(given[name], name, `satisfy enum value set: [${member.join(", ")}]`));
        }
    }
    for (const name in members) {
        if (members[name] === "required" && given[name] === undefined)
            errors.push(constraint(null, name, "not be null"));
    }
    if (errors.length > 0) throw constraints(errors);
    if (given.ReturnItemCollectionMetrics === "SIZE" && !SINGLE_WRITES.includes(operation)) {
        throw new UnsupportedError(
            `dynamodb ${operation}: ReturnItemCollectionMetrics SIZE is not supported`,
        );
    }
}

/** One error of `constraints`: the member, its value, and what the value must be. */
export function constraint(value: unknown, name: string, must: string): string {
    const text = typeof value === "string" ? value : JSON.stringify(value);
    const shown = value === null ? "null" : `'${text}'`;
    const member = name.slice(0, 1).toLowerCase() + name.slice(1);
    return `Value ${shown} at '${member}' failed to satisfy constraint: Member must ${must}`;
}

export function constraints(errors: readonly string[]): AwsError {
    const count = `${errors.length} validation error${errors.length > 1 ? "s" : ""}`;
    return validation(`${count} detected: ${errors.join("; ")}`);
}

function unknownMember(operation: string, name: string): Error {
    if (UNSUPPORTED.has(name)) return new UnsupportedError(`dynamodb ${operation}: ${name} is not supported`);
    return invalidParameter(`${operation} has no parameter ${name}`);
}
