/** Who may send to a queue: one statement of its policy for each, with what keeps everybody else out. */
import * as pulumi from "@pulumi/pulumi";
import { checkValues, isKnownLater, plainMistake, show } from "../arguments.ts";
import type { Checked, Mistake, Others, Rules, Subject } from "../arguments.ts";
import { fieldMistakes } from "../fields.ts";
import type { Fields } from "../fields.ts";
import type { Statement } from "../policies.ts";

/**
 * Values by the key of a condition, by its operator.
 * @example
 * ```ts
 * const fromOurOrganization: SenderCondition = { StringEquals: { "aws:PrincipalOrgID": "o-a1b2c3d4e5" } };
 *
 * new WorkQueue("reports", { senders: [{ principal: "*", condition: fromOurOrganization }] });
 * ```
 */
export type SenderCondition = Record<
    string,
    Record<string, pulumi.Input<string> | pulumi.Input<pulumi.Input<string>[]>>
>;

/**
 * A service, an account, a role or a user that may send messages.
 * @example
 * ```ts
 * const partner: SenderArgs = { principal: "210987654321" };
 *
 * new WorkQueue("orders", { senders: [partner] });
 * ```
 */
export interface SenderArgs {
    /**
     * A service, such as `events.amazonaws.com`; an account, by its 12 digits; the ARN of a role or a user; or `*`, everybody
     * whom `condition` admits. Roles of the queue's own account need no entry: their own policies let them send.
     */
    principal: pulumi.Input<string>;
    /**
     * ARN of the rule, topic or schedule for which a service may send; `*` and `?` stand for any text, but not for its account. A
     * service needs this, or a condition that does the same: otherwise anybody could have it send.
     * @default none
     */
    sourceArn?: pulumi.Input<string> | undefined;
    /**
     * What must hold besides, as in a policy.
     * @default nothing
     * @example
     * ```ts
     * const condition = { StringEquals: { "aws:PrincipalOrgID": "o-a1b2c3d4e5" } };
     *
     * new WorkQueue("reports", { senders: [{ principal: "*", condition }] });
     * ```
     */
    condition?: pulumi.Input<SenderCondition> | undefined;
}

const FIELDS: Fields<SenderArgs> = {
    principal: "a service, an account, a role or a user",
    sourceArn: undefined,
    condition: undefined,
};

const SERVICE = /^[a-z0-9-]+(\.[a-z0-9-]+)*\.amazonaws\.com(\.cn)?$/;
const ACCOUNT = /^(\d{12}|arn:[a-z-]+:(iam|sts)::\d{12}:[\w+=,.@/-]+)$/;

/** The keys by which a condition says who it is (IAM User Guide, "AWS global condition context keys"). */
const SOURCES = ["aws:SourceArn", "aws:SourceAccount", "aws:SourceOrgID", "aws:SourceOrgPaths"];
const SENDERS = [
    ...["aws:PrincipalArn", "aws:PrincipalAccount", "aws:PrincipalOrgID", "aws:PrincipalOrgPaths"],
    ...["aws:SourceVpc", "aws:SourceVpce", "aws:SourceIp", "aws:VpceOrgID", "aws:VpceAccount"],
];

const RULES: Rules<SenderArgs> = {
    principal: {
        besides: ["sourceArn", "condition"],
        expects: "a service, an account, a role or a user, with a condition where it needs one",
        accepts: (value, others) => senderMistake(value, others) === undefined,
        mistakesIn: (field, value, others) => [`${field} is ${show(value)}; ${senderMistake(value, others)}`],
    },
};

/** Checks each sender. */
export function checkSenders(subject: Subject, senders: unknown): Checked<SenderArgs[] | undefined> {
    if (senders === undefined) return { checked: undefined, mistakes: [] };
    if (!Array.isArray(senders)) {
        const mistake =
            plainMistake("senders", senders, "a list") ?? `senders is ${show(senders)}; expected a list`;
        return { checked: [], mistakes: [mistake] };
    }
    const found = (senders as SenderArgs[]).map((sender, i) => checkSender(subject, `senders[${i}]`, sender));
    return {
        checked: found.map(({ checked }) => checked),
        mistakes: found.flatMap(({ mistakes }) => mistakes),
    };
}

/** @param sender in plain JavaScript anything */
function checkSender(subject: Subject, field: string, sender: SenderArgs): Checked<SenderArgs> {
    if (isKnownLater(sender))
        return { checked: sender, mistakes: [plainMistake(field, sender, "an object with principal")] };
    const inFields: Mistake[] = fieldMistakes(sender, FIELDS, `${field}.`);
    if (typeof sender !== "object" || sender === null) return { checked: sender, mistakes: inFields };
    const { checked, mistakes } = checkValues(subject, sender, FIELDS, RULES, `${field}.`);
    return { checked, mistakes: [...inFields, ...mistakes] };
}

/** What a principal lacks beside its source and its condition. */
function senderMistake(principal: unknown, { sourceArn, condition }: Others): Mistake {
    if (typeof principal !== "string") return `expected ${FIELDS.principal}`;
    const sources = valuesOf(condition, SOURCES);
    if (principal === "*") {
        return valuesOf(condition, [...SENDERS, ...SOURCES]).length > 0 || isSource(sourceArn)
            ? undefined
            : "expected a condition that says who that is, such as aws:PrincipalOrgID: without one everybody may send";
    }
    if (ACCOUNT.test(principal)) return undefined;
    if (!SERVICE.test(principal)) return `expected ${FIELDS.principal}`;
    return serviceMistake(principal, sourceArn, sources);
}

function serviceMistake(service: string, sourceArn: unknown, sources: readonly string[]): Mistake {
    // Amazon S3 User Guide, "Event notification types and destinations".
    if (service.startsWith("s3."))
        return "expected another service: S3 sends to no FIFO queue. Send the bucket's events through EventBridge, as events.amazonaws.com";
    if (!isSource(sourceArn) && sources.length === 0)
        return "expected a sourceArn with an account, or a condition with aws:SourceArn or aws:SourceAccount: without one anybody may have the service send";
    const arns = typeof sourceArn === "string" ? [sourceArn, ...sources] : sources;
    const topic = arns.find((arn) => /^arn:[a-z-]+:sns:/.test(arn));
    // Amazon SNS Developer Guide, "Message delivery for FIFO topics".
    if (service.startsWith("sns.") && topic !== undefined && !/(\.fifo|\*)$/.test(topic))
        return `expected the ARN of a FIFO topic in sourceArn, and not ${topic}: a standard topic sends to no FIFO queue`;
    return undefined;
}

/** An ARN that names a service and an account. */
function isSource(sourceArn: unknown): boolean {
    return typeof sourceArn === "string" && /^arn:[^*?:]+:[^*?:]+:[^:]*:\d{12}:/.test(sourceArn);
}

/** The values of these keys, where an operator asks for one of them and admits nothing else. */
function valuesOf(condition: unknown, keys: readonly string[]): string[] {
    if (typeof condition !== "object" || condition === null) return [];
    const wanted = keys.map((key) => key.toLowerCase());
    return Object.entries(condition as SenderCondition)
        .filter(([operator]) =>
            /^(ForAnyValue:)?(String(Equals|Like|EqualsIgnoreCase)|Arn(Equals|Like)|IpAddress)$/.test(
                operator,
            ),
        )
        .flatMap(([, tests]) => Object.entries(tests))
        .filter(([key]) => wanted.includes(key.toLowerCase()))
        .map(([, values]) => [values].flat() as string[])
        .filter((values) => !values.some((value) => /^[*?]*$|^0\.0\.0\.0\/0$|^::\/0$/.test(String(value))))
        .flat();
}

/** The statement of a sender: it may send, and nothing else. */
export function senderStatement(
    { principal, sourceArn, condition }: SenderArgs,
    index: number,
    queueArn: pulumi.Input<string>,
): Statement {
    const conditions = pulumi.output({ sourceArn, condition }).apply((known) => ({
        ...known.condition,
        ...(known.sourceArn !== undefined && {
            ArnLike: { ...known.condition?.["ArnLike"], "aws:SourceArn": known.sourceArn },
        }),
    }));
    return {
        Sid: `AllowSender${index + 1}`,
        Effect: "Allow",
        Principal: pulumi.output(principal).apply(principalOf),
        Action: "sqs:SendMessage",
        Resource: queueArn,
        ...((sourceArn !== undefined || condition !== undefined) && {
            Condition: conditions,
        }),
    };
}

function principalOf(principal: string): { Service: string } | { AWS: string } {
    return SERVICE.test(principal) ? { Service: principal } : { AWS: principal };
}
