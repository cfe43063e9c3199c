/**
 * What AWS and Pulumi's provider would answer when a resource is created: its physical name, its id, its ARN and
 * whatever else the program may read. Pure: the same declaration gives the same answer, so names survive a second
 * deployment. What each resource type gets is in the folder of its service, in assignments.ts.
 */
import { createHash } from "node:crypto";
import { arnIn, domainOf } from "../location.ts";
import type { Location } from "../location.ts";

export interface Declaration {
    readonly type: string;
    readonly name: string;
    readonly inputs: Readonly<Record<string, unknown>>;
    readonly urn: string;
}

/** Where a program is deployed. */
export interface Destination extends Location {
    /** Makes the random suffixes of physical names differ from run to run. */
    readonly seed: number;
}

export interface Assignment {
    readonly id: string;
    /** The inputs and what was assigned. */
    readonly outputs: Readonly<Record<string, unknown>>;
}

/** What AWS assigns to the resources of a service. */
export interface Assignments {
    /**
     * The URL of the module that exports this as `ASSIGNMENTS`. The recorder runs in a process of its own and imports
     * this module instead of the service, so the module must import nothing of the service.
     */
    readonly module: string;
    readonly types: AssignedTypes;
}

/** What is assigned besides the inputs, by Pulumi type. */
export type AssignedTypes = Readonly<Record<string, (naming: Naming) => Assigned>>;

export type Assigned = { readonly id: string } & Readonly<Record<string, unknown>>;

/** What AWS would assign to a declared resource. Throws an error that names the type if none of `all` has it. */
export function assignFrom(
    all: Iterable<Assignments>,
    declaration: Declaration,
    destination: Destination,
): Assignment {
    for (const { types } of all) {
        const known = types[declaration.type];
        if (!known) continue;
        const { id, ...assigned } = known(new Naming(declaration, destination));
        return { id, outputs: { ...declaration.inputs, ...assigned, id } };
    }
    throw new Error(
        `The embedded AWS does not know the resource type ${declaration.type} (resource '${declaration.name}').`,
    );
}

/** Whether it is known what AWS assigns to resources of a type. */
export function isAssigned(all: Iterable<Assignments>, type: string): boolean {
    return [...all].some(({ types }) => type in types);
}

/** What a resource of any type gets: enough for a program that passes its id, name or ARN on. */
export function assignAnything(declaration: Declaration, destination: Destination): Assignment {
    const naming = new Naming(declaration, destination);
    const [, service = ""] = /^\w+:(\w+)/.exec(declaration.type) ?? [];
    const id = `${declaration.name}-${naming.hex(7)}`;
    return { id, outputs: { name: id, arn: naming.arn(service, id), ...declaration.inputs, id } };
}

/** The rules for the physical names of a resource type. */
export interface NameRule {
    /** Appended after the random part. */
    readonly suffix?: string;
    readonly lowerCase?: boolean;
    readonly maxLength: number;
    /** The input that holds the name. @default "name" */
    readonly input?: string;
}

/** A resource that is being created: its inputs, and names, ARNs and random parts for it. */
export class Naming {
    readonly declaration: Declaration;
    readonly destination: Destination;

    constructor(declaration: Declaration, destination: Destination) {
        this.declaration = declaration;
        this.destination = destination;
    }

    /** An input that must be a text. Throws if it is not. */
    text(input: string): string {
        const value = this.declaration.inputs[input];
        if (typeof value === "string") return value;
        throw new Error(
            `${this.declaration.type} '${this.declaration.name}' needs a text for \`${input}\`, but got ${JSON.stringify(value) ?? "nothing"}.`,
        );
    }

    optionalText(input: string): string | undefined {
        return this.declaration.inputs[input] === undefined ? undefined : this.text(input);
    }

    is(input: string): boolean {
        return this.declaration.inputs[input] === true;
    }

    /**
     * The physical name: the given one, or one with the given prefix, or Pulumi's own, which is the name in the program
     * and seven random digits.
     */
    physicalName(rule: NameRule): string {
        const input = rule.input ?? "name";
        const given = this.optionalText(input);
        if (given !== undefined) return given;
        const prefix = this.optionalText(`${input}Prefix`);
        const suffix = rule.suffix ?? "";
        // Terraform's unique ids: eighteen digits of the time and eight of a counter.
        if (prefix !== undefined) return prefix + this.digits(26) + suffix;
        const stem = rule.lowerCase ? this.declaration.name.toLowerCase() : this.declaration.name;
        const name = `${stem}-${this.hex(7)}${suffix}`;
        if (name.length > rule.maxLength) {
            throw new Error(
                `${this.declaration.type} '${this.declaration.name}' would be named '${name}', which is longer than the ` +
                    `${rule.maxLength} characters allowed; shorten its name in the program or give it one with \`${input}\`.`,
            );
        }
        return name;
    }

    /** An ARN in the account and the region. */
    arn(service: string, resource: string): string {
        return arnIn(this.destination, service, resource);
    }

    /** An ARN in the account, without a region, such as that of a role. */
    accountArn(service: string, resource: string): string {
        return arnIn({ ...this.destination, region: "" }, service, resource);
    }

    /** An ARN without account and region, such as that of a bucket. */
    globalArn(service: string, resource: string): string {
        return arnIn({ ...this.destination, region: "", account: "" }, service, resource);
    }

    /** `length` hexadecimal digits that depend only on the resource, the seed and the purpose. */
    hex(length: number, purpose = "name"): string {
        const { urn } = this.declaration;
        return createHash("sha256")
            .update(`${this.destination.seed}\n${urn}\n${purpose}`)
            .digest("hex")
            .slice(0, length);
    }

    digits(length: number, purpose = "name"): string {
        return BigInt(`0x${this.hex(64, purpose)}`)
            .toString()
            .slice(0, length);
    }

    uuid(purpose: string): string {
        const hex = this.hex(32, purpose);
        return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20)}`;
    }

    /** The domain name of the service's endpoint in the region. */
    domain(service: string): string {
        return domainOf(this.destination, service);
    }
}

/** A resource that only sets something of another one has the id of that one. */
export function settingOf(input: string): (naming: Naming) => Assigned {
    return (naming) => ({ id: naming.text(input) });
}
