/**
 * Checks what a program passes to a component, before anything is created. Only plain values can be checked so early; a
 * value that is known later is checked by whoever reads it.
 */
import * as pulumi from "@pulumi/pulumi";

/** The arguments of a component are wrong. The engine shows the message alone, without a stack. */
export class ArgumentsError extends pulumi.RunError {
    override readonly name = "ArgumentsError";
}

/** Tags, by key. */
export type Tags = pulumi.Input<Record<string, pulumi.Input<string>>>;

export interface Range {
    readonly from: number;
    readonly to: number;
    /** What is counted, such as `seconds`. */
    readonly unit?: string;
}

/** What is wrong with one argument; undefined if nothing is. */
export type Mistake = string | undefined;

/** Throws one error that lists every mistake in the arguments of a component. */
export function checkArguments(component: string, name: string, mistakes: readonly Mistake[]): void {
    const found = mistakes.filter((mistake) => mistake !== undefined);
    if (found.length === 0) return;
    throw new ArgumentsError(`${component} "${name}" cannot be made: ${found.join("; ")}.`);
}

/** A name from which names in AWS are made; `longest` leaves room for what AWS allows. */
export function nameMistake(name: string, longest: number): Mistake {
    if (/^[A-Za-z][A-Za-z0-9-]*$/.test(name) && name.length <= longest) return undefined;
    return `its name has ${name.length} characters; expected a letter, then letters, digits and hyphens, ${longest} characters at most`;
}

/** A whole number within a range; absent is right. */
export function numberMistake(field: string, value: pulumi.Input<number> | undefined, range: Range): Mistake {
    if (value === undefined || isKnownLater(value)) return undefined;
    if (Number.isInteger(value) && value >= range.from && value <= range.to) return undefined;
    const unit = range.unit === undefined ? "" : ` ${range.unit}`;
    return `${field} is ${show(value)}; expected a whole number from ${range.from} to ${range.to}${unit}`;
}

/** One of the values that AWS has; absent is right. */
export function choiceMistake<T extends string | number>(
    field: string,
    value: pulumi.Input<T> | undefined,
    choices: readonly T[],
): Mistake {
    if (value === undefined || isKnownLater(value) || choices.includes(value)) return undefined;
    return `${field} is ${show(value)}; expected one of ${choices.join(", ")}`;
}

/** An ARN of a service; absent is right. */
export function arnMistake(field: string, value: pulumi.Input<string> | undefined, service: string): Mistake {
    if (value === undefined || isKnownLater(value) || isArn(value, service)) return undefined;
    return `${field} is ${show(value)}; expected ${arnOf(service)}`;
}

/**
 * What ARNs name, by service. A permission on a key's alias is none on the key (KMS Developer Guide, "Use aliases to control
 * access to KMS keys"), and a FIFO topic takes no message without a group (SNS API Reference, "Publish").
 */
const ARNS: Readonly<Record<string, { readonly resource: string; readonly words: string }>> = {
    kms: { resource: "key/[\\w-]+", words: ": a key's own ARN, not its alias's" },
    sns: { resource: "[\\w-]+", words: ": a standard topic's, not a FIFO topic's" },
};

/** Whether a text is an ARN of what a service has, in any partition. */
export function isArn(text: string, service: string): boolean {
    const { resource } = ARNS[service] ?? { resource: "\\S+" };
    return new RegExp(`^arn:[a-z-]+:${service}:[a-z0-9-]+:\\d{12}:${resource}$`).test(text);
}

/** What is expected where `isArn` says no. */
export function arnOf(service: string): string {
    return `an ARN that begins with arn:<partition>:${service}:${ARNS[service]?.words ?? ""}`;
}

/**
 * The name of a Glue job as a permission can have it: * ? and $ stand for something else in a policy, which takes no
 * character beyond U+00FF (IAM User Guide, "IAM and AWS STS quotas"). Glue API Reference, "CreateJob": 255 characters.
 */
export function isJobName(text: unknown): boolean {
    return typeof text === "string" && text.length <= 255 && /^[^\p{Cc}*?$\u{100}-\u{10ffff}]+$/u.test(text);
}

/** The name of a Glue job. */
export function jobNameMistake(field: string, value: pulumi.Input<string>): Mistake {
    if (isKnownLater(value) || isJobName(value)) return undefined;
    return `${field} is ${show(value)}; expected ${JOB_NAME}`;
}

/** What is expected where `isJobName` says no. */
export const JOB_NAME =
    "the name of a Glue job, 1 to 255 characters up to U+00FF without control characters, *, ? and $";

/** How many jobs a workflow may have had before: permissions name each, and a role has 10,240 characters for all of them. */
export const MAX_FORMER_JOBS = 10;

/** The retentions that CloudWatch Logs has, in days (API Reference, "PutRetentionPolicy"). */
export const LOG_RETENTION_DAYS = [
    ...[1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731],
    ...[1096, 1827, 2192, 2557, 2922, 3288, 3653],
] as const;

/** Whether a value is an output or a promise. */
function isKnownLater<T extends string | number>(
    value: pulumi.Input<T>,
): value is pulumi.Output<T> | pulumi.OutputInstance<T> | Promise<T> {
    return typeof value === "object" && value !== null;
}

function show(value: unknown): string {
    return JSON.stringify(value) ?? String(value);
}
