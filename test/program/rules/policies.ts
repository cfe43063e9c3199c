/** Policy documents: what they may be attached to, say and weigh. */
import { PolicyError, parsePolicy } from "../../../embedded-aws/index.ts";
import type { PolicyKind } from "../../../embedded-aws/index.ts";
import type { Recorded } from "../../mocks.ts";
import { forInput, foundBy, parsed } from "./rule.ts";
import type { Rule } from "./rule.ts";

type OneOrMany<T> = T | readonly T[];

interface Statement {
    readonly Sid?: string;
    readonly Principal?: string | Readonly<Record<string, OneOrMany<string>>>;
    readonly Action?: OneOrMany<string>;
    readonly Resource?: OneOrMany<string>;
    readonly Condition?: Readonly<Record<string, Readonly<Record<string, OneOrMany<string>>>>>;
}

/** What AWS's grammar lets out and the evaluator takes: empty lists, texts that JSON cannot carry to IAM, twins. */
export function isWellFormed(input: string, kind: PolicyKind): Rule {
    return forInput(
        input,
        'IAM User Guide, "Grammar of the IAM JSON policy language" and "IAM and AWS STS quotas"',
        (document) => {
            try {
                parsePolicy(String(document), kind);
            } catch (error) {
                if (!(error instanceof PolicyError)) throw error;
                return `is no ${kind} policy: ${error.message}`;
            }
            const { Version, Statement } = parsed(document) as {
                Version?: string;
                Statement: OneOrMany<Statement>;
            };
            const sids = statements(document).flatMap(({ Sid }) => Sid ?? []);
            return [
                ...(Version === "2012-10-17" ? [] : [`has Version ${String(Version)}; expected 2012-10-17`]),
                ...(/^[\t\n\r\u0020-\u00ff]*$/.test(String(document))
                    ? []
                    : ["has characters beyond U+00FF, which IAM does not take"]),
                ...(new Set(sids).size === sids.length ? [] : [`has a Sid twice among ${sids.join(", ")}`]),
                ...sids
                    .filter((sid) => !/^[A-Za-z0-9]+$/.test(sid))
                    .map((sid) => `has the Sid ${sid}; expected letters and digits`),
                ...emptyLists(Statement, "Statement").map((path) => `has an empty list at ${path}`),
            ];
        },
    );
}

function emptyLists(value: unknown, path: string): string[] {
    if (Array.isArray(value) && value.length === 0) return [path];
    if (typeof value !== "object" || value === null) return [];
    return Object.entries(value).flatMap(([name, item]) => emptyLists(item, `${path}.${name}`));
}

/** A resource's own policy speaks of nothing but the resource, in its service's own actions. */
function isAbout(
    input: string,
    page: string,
    service: string,
    arn: (resource: Recorded, program: readonly Recorded[]) => unknown,
): Rule {
    return forInput(input, page, (document, resource, program) => {
        const own = arn(resource, program);
        return statements(document).flatMap(({ Resource, Action }) => [
            ...list(Resource)
                .filter((each) => each !== own && !(service === "s3" && each === `${String(own)}/*`))
                .map((each) => `is about ${each}; expected ${String(own)}`),
            ...list(Action)
                .filter((each) => !each.startsWith(`${service}:`))
                .map((each) => `has the action ${each}; expected actions of ${service}`),
        ]);
    });
}

export const queuePolicyIsAboutItsQueue = isAbout(
    "policy",
    'SQS Developer Guide, "Basic examples of Amazon SQS policies": each policy covers one queue',
    "sqs",
    ({ inputs }, program) =>
        foundBy(program, "aws:sqs/queue:Queue", "url", inputs["queueUrl"])?.outputs["arn"],
);

export const topicPolicyIsAboutItsTopic = isAbout(
    "policy",
    'SNS API Reference, "SetTopicAttributes"',
    "sns",
    ({ inputs }) => inputs["arn"],
);

export const bucketPolicyIsAboutItsBucket = isAbout(
    "policy",
    'S3 User Guide, "Bucket policies"',
    "s3",
    ({ inputs }, program) =>
        foundBy(program, "aws:s3/bucket:Bucket", "bucket", inputs["bucket"])?.outputs["arn"],
);

/** Only these stand in a topic's policy; SNS calls others "out of service scope". */
export const topicPolicyHasActionsOfTopics: Rule = forInput(
    "policy",
    'SNS Developer Guide, "Amazon SNS API permissions: Actions and resources reference"',
    (document) =>
        statements(document)
            .flatMap(({ Action }) => list(Action))
            .filter((action) => !TOPIC_ACTIONS.includes(action.replace(/^sns:/i, "").toLowerCase()))
            .map((action) => `has the action ${action}, which no topic's policy can have`),
);

const TOPIC_ACTIONS = [
    "addpermission",
    "deletetopic",
    "getdataprotectionpolicy",
    "gettopicattributes",
    "listsubscriptionsbytopic",
    "listtagsforresource",
    "publish",
    "putdataprotectionpolicy",
    "removepermission",
    "settopicattributes",
    "subscribe",
];

/** 20 statements, 50 principals, 10 conditions, 7 actions a statement, 8,192 bytes. */
export const queuePolicyIsWithinQuotas: Rule = forInput(
    "policy",
    'SQS Developer Guide, "Amazon SQS policy quotas"',
    (document) => {
        const found = statements(document);
        const principals = found.flatMap(({ Principal = [] }) =>
            typeof Principal === "string" ? [Principal] : Object.values(Principal).flat(),
        );
        const conditions = found.flatMap(({ Condition = {} }) =>
            Object.values(Condition).flatMap(Object.keys),
        );
        const actions = Math.max(...found.map(({ Action }) => list(Action).length));
        return [
            ...over("bytes", Buffer.byteLength(String(document)), 8192),
            ...over("statements", found.length, 20),
            ...over("principals", principals.length, 50),
            ...over("conditions", conditions.length, 10),
            ...over("actions in a statement", actions, 7),
        ];
    },
);

export const topicPolicyIsShort = weighs(
    "policy",
    30_720,
    'AWS General Reference, "Amazon SNS endpoints and quotas"',
);
export const bucketPolicyIsShort = weighs("policy", 20_480, 'S3 User Guide, "Bucket policies": 20 KB');
export const keyPolicyIsShort = weighs(
    "policy",
    32_768,
    'KMS Developer Guide, "Resource quotas": key policy document size',
);

function weighs(input: string, most: number, page: string): Rule {
    return forInput(input, page, (document) => over("bytes", Buffer.byteLength(String(document)), most));
}

/** All inline policies of a role together, white space not counted. */
export const inlinePoliciesFitTheirRole: Rule = {
    page: 'IAM User Guide, "IAM and AWS STS quotas": role policy size, in total',
    find({ outputs }, program) {
        const policies = program.filter(
            ({ type, inputs }) =>
                type === "aws:iam/rolePolicy:RolePolicy" && inputs["role"] === outputs["name"],
        );
        const sizes = policies.map(({ inputs }) => String(inputs["policy"]).replace(/\s/g, "").length);
        const size = sizes.reduce((sum, each) => sum + each, 0);
        return size > 10_240
            ? [
                  `name: its ${sizes.length} inline policies have ${size} characters together; expected at most 10240`,
              ]
            : [];
    },
};

function over(what: string, count: number, most: number): string[] {
    return count > most ? [`has ${count} ${what}; expected at most ${most}`] : [];
}

function statements(document: unknown): readonly Statement[] {
    const { Statement = [] } = (parsed(document) ?? {}) as { Statement?: Statement | readonly Statement[] };
    return ([] as Statement[]).concat(Statement);
}

function list(value: OneOrMany<string> | undefined): readonly string[] {
    if (value === undefined) return [];
    return typeof value === "string" ? [value] : value;
}
