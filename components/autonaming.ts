/**
 * The names that Pulumi makes of a component's names by `pulumi:autonaming`, in the stack's configuration. The engine makes each name when
 * it creates the resource, and the provider or AWS refuses one that is too long. Here it is found before anything is created.
 */
import * as pulumi from "@pulumi/pulumi";
import type { Mistake } from "./arguments.ts";

/** A type of resource, as `pulumi:autonaming` names it. */
interface NamedType {
    readonly type: string;
    /** How many characters AWS allows. */
    readonly longest: number;
    /** What each name must end in. The provider adds it, unless a name is enforced. */
    readonly ending?: string;
}

const ALARM: NamedType = { type: "aws:cloudwatch/metricAlarm:MetricAlarm", longest: 255 };
const BUCKET: NamedType = { type: "aws:s3/bucket:Bucket", longest: 63 };
const FIFO_QUEUE: NamedType = { type: "aws:sqs/queue:Queue", longest: 80, ending: ".fifo" };
const FUNCTION: NamedType = { type: "aws:lambda/function:Function", longest: 64 };
const JOB: NamedType = { type: "aws:glue/job:Job", longest: 255 };
const MACHINE: NamedType = { type: "aws:sfn/stateMachine:StateMachine", longest: 80 };
const PERMISSION: NamedType = { type: "aws:lambda/permission:Permission", longest: 100 };
const POLICY: NamedType = { type: "aws:iam/rolePolicy:RolePolicy", longest: 128 };
const QUEUE: NamedType = { type: "aws:sqs/queue:Queue", longest: 80 };
const ROLE: NamedType = { type: "aws:iam/role:Role", longest: 64 };
const TABLE: NamedType = { type: "aws:dynamodb/table:Table", longest: 255 };
const TOPIC: NamedType = { type: "aws:sns/topic:Topic", longest: 256 };

/** What Pulumi names of each component, by what follows the component's name: the longest of each type. */
export const NAMED = {
    WorkQueue: [[FIFO_QUEUE, "-dead-letter"]],
    TokenBucket: [
        [TABLE, ""],
        [QUEUE, "-reaper-dead-letter"],
        [FUNCTION, "-dispatcher"],
        [ROLE, "-dispatcher-role"],
        [POLICY, "-dispatcher-policy"],
        [PERMISSION, "-every-minute-permission"],
    ],
    JobWorkflow: [
        [MACHINE, ""],
        [FUNCTION, "-starter"],
        [ROLE, "-starter-role"],
        [POLICY, "-starter-policy"],
        [TOPIC, "-failures"],
    ],
    GlueJob: [
        [JOB, ""],
        [BUCKET, "-scripts"],
        [ROLE, "-role"],
        [POLICY, "-policy"],
    ],
    Monitoring: [
        [ALARM, "-reaper-dead-letters"],
        [TOPIC, "-alarms"],
    ],
} as const satisfies Readonly<Record<string, readonly (readonly [NamedType, string])[]>>;

/** How names are made: a part of the value of `pulumi:autonaming`. The engine has checked it. */
interface Naming {
    readonly mode?: string;
    readonly pattern?: string;
    readonly enforce?: boolean;
}

interface ProviderNaming extends Naming {
    readonly resources?: Readonly<Record<string, Naming>>;
}

interface Autonaming extends Naming {
    readonly providers?: Readonly<Record<string, ProviderNaming>>;
}

/** The names of a component's resources that AWS would refuse. */
export function autonamingMistakes(component: keyof typeof NAMED, name: string): Mistake[] {
    const text = pulumi.runtime.getConfig("pulumi:autonaming");
    if (text === undefined) return [];
    const autonaming = JSON.parse(text) as Autonaming;
    return NAMED[component].map(([type, suffix]) => nameMistake(type, `${name}${suffix}`, autonaming));
}

function nameMistake(
    { type, longest, ending = "" }: NamedType,
    name: string,
    autonaming: Autonaming,
): Mistake {
    const { pattern, isExact, key } = patternFor(type, autonaming);
    if (pattern === undefined) return undefined;
    const made = fill(pattern, name);
    const isWhole = made.endsWith(ending);
    const physical = isExact || isWhole ? made : `${made}${ending}`;
    const resource = `its ${type.split(":").at(-1)} ${name} would get the name ${JSON.stringify(physical)}`;
    if (isExact && !isWhole)
        return `${resource}, in which ${ending} is missing; expected a pattern for ${type} without enforce, such as ${JSON.stringify(KEPT)}, to which the provider adds it: pulumi:autonaming.providers.aws.resources`;
    // A name that is kept is as long as the component's own, which is checked by itself.
    if (physical.length <= longest || pattern === KEPT) return undefined;
    return `${resource}, which has ${physical.length} characters; expected ${longest} at most: shorten ${key}.pattern, or the component's name`;
}

/** The pattern by which a resource is named as in the program. */
const KEPT = "${name}";

/** What decides on a type: its own part of the configuration, its provider's or the whole. */
function patternFor(
    type: string,
    { providers = {}, ...root }: Autonaming,
): { readonly pattern: string | undefined; readonly isExact: boolean; readonly key: string } {
    const { resources = {}, ...provider } = providers["aws"] ?? {};
    const parts: readonly (readonly [Naming | undefined, string])[] = [
        [resources[type], `pulumi:autonaming.providers.aws.resources["${type}"]`],
        [provider, "pulumi:autonaming.providers.aws"],
        [root, "pulumi:autonaming"],
    ];
    const [naming = {}, key = ""] = parts.find(([part]) => part?.mode ?? part?.pattern) ?? [];
    const isVerbatim = naming.mode === "verbatim";
    return {
        pattern: isVerbatim ? KEPT : naming.pattern,
        isExact: isVerbatim || naming.enforce === true,
        key,
    };
}

/** A name as a pattern makes it. What is random in it is written as x. */
function fill(pattern: string, name: string): string {
    const known: Readonly<Record<string, () => string>> = {
        name: () => name,
        organization: () => pulumi.getOrganization(),
        project: () => pulumi.getProject(),
        stack: () => pulumi.getStack(),
        uuid: () => "x".repeat(36),
    };
    return pattern
        .replaceAll(/\$\{config\.([^}]+)\}/g, (_, key: string) => configured(key))
        .replaceAll(/\$\{(?:hex|alphanum|string|num)\((\d+)\)\}/g, (_, count: string) =>
            "x".repeat(Number(count)),
        )
        .replaceAll(/\$\{(\w+)\}/g, (found, word: string) => known[word]?.() ?? found);
}

function configured(key: string): string {
    return pulumi.runtime.getConfig(`${pulumi.getProject()}:${key}`) ?? "";
}
