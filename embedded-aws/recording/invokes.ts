/**
 * The answers of the provider's functions to a program that is being recorded. Only functions that read nothing of an
 * account are here.
 */
import { dnsSuffixOf } from "../location.ts";
import type { Location } from "../location.ts";

type Arguments = Readonly<Record<string, unknown>>;

/**
 * The result of a function such as `aws:index/getRegion:getRegion`. Throws an error that names the function if it is
 * not here.
 */
export function invoke(token: string, args: Arguments, location: Location): Record<string, unknown> {
    const answer = FUNCTIONS[token];
    if (answer) return answer(args, location);
    throw new Error(
        `The embedded AWS cannot answer ${token}: it starts empty, so there is nothing to look up. ` +
            `It knows ${Object.keys(FUNCTIONS).join(", ")}.`,
    );
}

const FUNCTIONS: Readonly<Record<string, (args: Arguments, location: Location) => Record<string, unknown>>> =
    {
        "aws:iam/getPolicyDocument:getPolicyDocument": (args) => getPolicyDocument(args),
        "aws:index/getCallerIdentity:getCallerIdentity": (_args, { account, partition }) => ({
            id: account,
            accountId: account,
            arn: `arn:${partition}:iam::${account}:user/local`,
            userId: "AIDALOCALLOCALLOCALL",
        }),
        "aws:index/getPartition:getPartition": (_args, { partition }) => ({
            id: partition,
            partition,
            dnsSuffix: dnsSuffixOf(partition),
            reverseDnsPrefix: dnsSuffixOf(partition).split(".").reverse().join("."),
        }),
        "aws:index/getRegion:getRegion": (_args, { region }) => ({
            id: region,
            name: region,
            region,
            description: region,
            endpoint: `ec2.${region}.amazonaws.com`,
        }),
    };

interface PolicyDocumentArgs {
    version?: string;
    policyId?: string;
    statements?: PolicyStatement[];
    [unknown: string]: unknown;
}

interface PolicyStatement {
    sid?: string;
    effect?: string;
    actions?: string[];
    notActions?: string[];
    resources?: string[];
    notResources?: string[];
    principals?: PolicyPrincipal[];
    notPrincipals?: PolicyPrincipal[];
    conditions?: { test: string; variable: string; values: string[] }[];
}

interface PolicyPrincipal {
    type: string;
    identifiers: string[];
}

function getPolicyDocument(args: PolicyDocumentArgs): Record<string, unknown> {
    const { version = "2012-10-17", policyId, statements = [], ...others } = args;
    const [other] = Object.keys(others);
    if (other)
        throw new Error(
            `The embedded AWS does not know the argument \`${other}\` of aws.iam.getPolicyDocument.`,
        );
    const document = {
        Version: version,
        ...(policyId && { Id: policyId }),
        Statement: statements.map(toStatement),
    };
    return {
        ...args,
        id: "policy",
        version,
        json: JSON.stringify(document, null, 2),
        minifiedJson: JSON.stringify(document),
    };
}

function toStatement(statement: PolicyStatement): Record<string, unknown> {
    const {
        sid,
        effect = "Allow",
        actions,
        notActions,
        resources,
        notResources,
        principals,
        notPrincipals,
    } = statement;
    return {
        ...(sid && { Sid: sid }),
        Effect: effect,
        ...(actions && { Action: oneOrMany(actions) }),
        ...(notActions && { NotAction: oneOrMany(notActions) }),
        ...(resources && { Resource: oneOrMany(resources) }),
        ...(notResources && { NotResource: oneOrMany(notResources) }),
        ...(principals && { Principal: toPrincipal(principals) }),
        ...(notPrincipals && { NotPrincipal: toPrincipal(notPrincipals) }),
        ...(statement.conditions && { Condition: toCondition(statement.conditions) }),
    };
}

function toPrincipal(principals: readonly PolicyPrincipal[]): unknown {
    if (principals.some(({ type }) => type === "*")) return "*";
    const byType: Record<string, string[]> = {};
    for (const { type, identifiers } of principals) (byType[type] ??= []).push(...identifiers);
    return Object.fromEntries(
        Object.entries(byType).map(([type, identifiers]) => [type, oneOrMany(identifiers)]),
    );
}

function toCondition(
    conditions: NonNullable<PolicyStatement["conditions"]>,
): Record<string, Record<string, unknown>> {
    const condition: Record<string, Record<string, unknown>> = {};
    for (const { test, variable, values } of conditions)
        (condition[test] ??= {})[variable] = oneOrMany(values);
    return condition;
}

function oneOrMany(values: readonly string[]): string | readonly string[] {
    return values.length === 1 ? (values[0] as string) : values;
}
