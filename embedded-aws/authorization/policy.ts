/**
 * IAM policy documents: one evaluator for all of them, whether they belong to a queue, a topic, a function, a role's
 * trust or a role itself. A document is parsed once, and strictly: an element, operator or principal that is not
 * understood is an error, because ignoring it could allow too much.
 *
 * From the IAM User Guide: "Policy evaluation logic", "IAM JSON policy elements: Condition operators", "Single-valued
 * vs. multivalued context keys", "IAM policy elements: Variables and tags".
 */
import type { Caller } from "../service.ts";

/** The decision of the statements of one document. An explicit deny beats every allow. */
export type Decision = "allowed" | "denied" | "not stated";

/** Who asks for what. */
export interface PolicyRequest {
    /**
     * A service principal such as `events.amazonaws.com`, the ARN of a role, a user or an account's root, or the identity
     * provider that vouches for whoever asks.
     */
    readonly principal: string;
    /** Such as `sqs:SendMessage`. */
    readonly action: string;
    readonly resource: string;
    /** Condition keys such as `aws:SourceArn`. The case of their names does not matter. */
    readonly context: Readonly<Record<string, string | readonly string[]>>;
    /**
     * Whether only statements count that name the principal itself or everybody. A statement that names the account
     * leaves the decision to the account's own policies.
     */
    readonly directly?: boolean;
}

/** What a document is attached to. It decides which elements a statement must have and must not have. */
export type PolicyKind = "resource" | "identity" | "trust" | "any";

/** A document that is not a policy. The message is the reason. */
export class PolicyError extends Error {
    override readonly name = "PolicyError";
}

/** A parsed document. */
export interface Policy {
    readonly statements: readonly Statement[];
}

export interface Statement {
    readonly sid: string | undefined;
    readonly effect: "Allow" | "Deny";
    /** Whether the statement fits the request, its conditions included. */
    matches(request: PolicyRequest): boolean;
    /** Whether an action such as `sqs:SendMessage` is among its actions. */
    concerns(action: string): boolean;
    readonly actions: readonly string[];
    readonly resources: readonly string[];
    /** The condition keys that the outcome depends on, those in variables included. */
    readonly conditionKeys: readonly string[];
}

/** Whether the document allows the request: a statement allows it and none denies it. */
export function allows(document: string | object, request: PolicyRequest): boolean {
    return decide(document, request) === "allowed";
}

/** What the document says about the request. Throws `PolicyError` for what is not a policy. */
export function decide(document: string | object, request: PolicyRequest): Decision {
    return decideBy(parsePolicy(document).statements, request);
}

/** As `decide`, for the statements of several documents. */
export function decideBy(statements: Iterable<Statement>, request: PolicyRequest): Decision {
    let decision: Decision = "not stated";
    for (const statement of statements) {
        if (statement.effect === "Allow" && decision === "allowed") continue;
        if (!statement.matches(request)) continue;
        if (statement.effect === "Deny") return "denied";
        decision = "allowed";
    }
    return decision;
}

/**
 * The request that a caller makes, with the global condition keys that follow from the caller. A role asks as the role,
 * a service as itself, and `user` as the root of the account.
 */
export function requestOf(
    caller: Caller,
    account: string,
    action: string,
    resource: string,
    context: PolicyRequest["context"] = {},
): PolicyRequest {
    const principal =
        caller.roleArn ?? (caller.principal === "user" ? rootOf(account, resource) : caller.principal);
    const keys: Record<string, string | readonly string[]> = { "aws:SecureTransport": "true", ...context };
    if (principal.startsWith("arn:")) {
        keys["aws:PrincipalArn"] = principal;
        keys["aws:PrincipalAccount"] = principal.split(":")[4] ?? account;
    } else keys["aws:PrincipalServiceName"] = principal;
    // Only a service as itself has a source ("AWS global condition context keys", aws:SourceArn).
    if (caller.sourceArn !== undefined && caller.roleArn === undefined) {
        keys["aws:SourceArn"] = caller.sourceArn;
        keys["aws:SourceAccount"] = caller.sourceArn.split(":")[4] || account;
    }
    return { principal, action, resource, context: keys };
}

function rootOf(account: string, resource: string): string {
    return `arn:${resource.split(":")[1] ?? "aws"}:iam::${account}:root`;
}

const parsed = { texts: new Map<string, Policy>(), objects: new WeakMap<object, Policy>() };

/** Parses a document. The same document is parsed once. */
export function parsePolicy(document: string | object, kind: PolicyKind = "any"): Policy {
    const known = typeof document === "string" ? parsed.texts.get(document) : parsed.objects.get(document);
    if (known && kind === "any") return known;
    const value = typeof document === "string" ? fromJson(document) : document;
    const policy = { statements: statementsOf(value, kind) };
    if (typeof document === "string") parsed.texts.set(document, policy);
    else parsed.objects.set(document, policy);
    return policy;
}

function fromJson(text: string): unknown {
    try {
        return JSON.parse(text) as unknown;
    } catch (error) {
        throw new PolicyError(`the policy is not valid JSON: ${(error as Error).message}`);
    }
}

const VERSIONS: readonly unknown[] = ["2012-10-17", "2008-10-17"];

function statementsOf(document: unknown, kind: PolicyKind): Statement[] {
    if (!isObject(document)) throw new PolicyError("a policy must be a JSON object");
    for (const key of Object.keys(document)) {
        if (!["Version", "Id", "Statement"].includes(key))
            throw new PolicyError(`unknown policy element ${key}`);
    }
    if (document["Version"] !== undefined && !VERSIONS.includes(document["Version"])) {
        throw new PolicyError(
            `the policy has Version ${JSON.stringify(document["Version"])}, expected "2012-10-17"`,
        );
    }
    const { Statement: statements } = document;
    if (statements === undefined) throw new PolicyError("the policy has no Statement");
    const list: unknown[] = Array.isArray(statements) ? statements : [statements];
    if (list.length === 0) throw new PolicyError("the policy has no Statement");
    const withVariables = document["Version"] === "2012-10-17";
    return list.map((statement) => statementOf(statement, kind, withVariables));
}

const ELEMENTS = new Set(
    "Sid Effect Principal NotPrincipal Action NotAction Resource NotResource Condition".split(" "),
);

function statementOf(statement: unknown, kind: PolicyKind, withVariables: boolean): Statement {
    if (!isObject(statement)) throw new PolicyError("a Statement must be an object");
    for (const key of Object.keys(statement)) {
        if (!ELEMENTS.has(key)) throw new PolicyError(`unknown statement element ${key}`);
    }
    const effect = statement["Effect"];
    if (effect !== "Allow" && effect !== "Deny") {
        throw new PolicyError(`Effect is ${JSON.stringify(effect)}, expected "Allow" or "Deny"`);
    }
    const sid = statement["Sid"];
    if (sid !== undefined && typeof sid !== "string") throw new PolicyError("Sid must be a string");
    checkElements(statement, kind);
    const principal = principalTest(statement);
    const action = actionTest(statement);
    const resource = resourceTest(statement, withVariables);
    const condition = conditionTest(statement["Condition"], withVariables);
    const resources = strings(statement["Resource"] ?? [], "Resource");
    return {
        sid,
        effect,
        actions: strings(statement["Action"] ?? [], "Action"),
        resources,
        conditionKeys: conditionKeysOf(statement["Condition"], resources),
        concerns: action,
        matches: (request) =>
            action(request.action) && resource(request) && principal(request) && condition(request),
    };
}

function conditionKeysOf(condition: unknown, resources: readonly string[]): string[] {
    const operatorsOf = isObject(condition) ? Object.values(condition).filter(isObject) : [];
    const text = JSON.stringify([operatorsOf, resources]);
    const variables = [...text.matchAll(/\$\{([^},]*)[^}]*\}/g)].map(([, name = ""]) => name.trim());
    const keys = [...operatorsOf.flatMap((values) => Object.keys(values)), ...variables];
    return [...new Set(keys)].filter((key) => !["*", "?", "$"].includes(key));
}

/** The tests of patterns that statements have: the same ones are asked again and again. */
const patterns = { actions: new Map<string, TextTest>(), resources: new Map<string, TextTest>() };

type TextTest = (value: string) => boolean;

/** Whether an action fits one of a statement's, such as `sqs:*`. */
export function actionFits(pattern: string, action: string): boolean {
    return testOf(patterns.actions, pattern.toLowerCase(), globTest)(action.toLowerCase());
}

/** Whether a resource fits one of a statement's, variables aside. */
export function resourceFits(pattern: string, resource: string): boolean {
    return pattern.includes("${") || testOf(patterns.resources, pattern, arnTest)(resource);
}

function testOf(
    known: Map<string, TextTest>,
    pattern: string,
    make: (pattern: string) => TextTest,
): TextTest {
    let test = known.get(pattern);
    if (!test) known.set(pattern, (test = make(pattern)));
    return test;
}

function checkElements(statement: Record<string, unknown>, kind: PolicyKind): void {
    const has = (name: string): boolean =>
        statement[name] !== undefined || statement[`Not${name}`] !== undefined;
    for (const name of ["Principal", "Action", "Resource"]) {
        if (statement[name] !== undefined && statement[`Not${name}`] !== undefined) {
            throw new PolicyError(`a statement has both ${name} and Not${name}`);
        }
    }
    if (!has("Action")) throw new PolicyError("a statement has no Action");
    if (kind === "any") return;
    if (kind === "identity" && has("Principal"))
        throw new PolicyError("an identity policy must not have a Principal");
    if (kind !== "identity" && !has("Principal")) throw new PolicyError("a statement has no Principal");
    if (kind === "trust" && has("Resource")) throw new PolicyError("a trust policy must not have a Resource");
    if (kind !== "trust" && !has("Resource")) throw new PolicyError("a statement has no Resource");
}

type Test = (request: PolicyRequest) => boolean;

function principalTest(statement: Record<string, unknown>): Test {
    const negated = statement["NotPrincipal"] !== undefined;
    const principal = statement["Principal"] ?? statement["NotPrincipal"];
    if (principal === undefined) return () => true;
    const tests = principalTests(principal);
    return (request) => tests.some((test) => test(request)) !== negated;
}

function principalTests(principal: unknown): Test[] {
    if (principal === "*") return [() => true];
    if (!isObject(principal)) throw new PolicyError(`invalid Principal ${JSON.stringify(principal)}`);
    return Object.entries(principal).flatMap(([kind, names]) => {
        const test = PRINCIPALS[kind];
        if (!test) throw new PolicyError(`unsupported kind of principal ${kind}`);
        return strings(names, `Principal.${kind}`).map(test);
    });
}

const PRINCIPALS: Readonly<Record<string, (name: string) => Test>> = {
    AWS: (name) => (name === "*" ? () => true : accountPrincipal(name)),
    Federated: federatedPrincipal,
    Service: servicePrincipal,
};

/**
 * An identity provider: the ARN of one that the account has, or the name of one that AWS knows ("AWS JSON policy elements:
 * Principal", OIDC and SAML federated principals). Whoever it vouches for asks as the provider.
 */
function federatedPrincipal(name: string): Test {
    const isProvider = /^arn:[\w-]+:iam::\d{12}:(oidc|saml)-provider\/.+|^[a-z0-9-]+(\.[a-z0-9-]+)+$/.test(
        name,
    );
    if (!isProvider) throw new PolicyError(`invalid federated principal ${name}`);
    return ({ principal }) => principal === name;
}

function servicePrincipal(name: string): Test {
    if (!/^[a-z0-9.-]+\.amazonaws\.com(\.cn)?$/.test(name))
        throw new PolicyError(`invalid service principal ${name}`);
    return ({ principal }) => principal === name;
}

/** The number or the root of an account means everybody in the account. Anything else means itself. */
function accountPrincipal(name: string): Test {
    const account = /^(?:arn:[\w-]+:iam::)?(\d{12})(?::root)?$/.exec(name)?.[1];
    if (account !== undefined) {
        return ({ principal, directly }) =>
            directly !== true && principal.startsWith("arn:") && principal.split(":")[4] === account;
    }
    if (!/^arn:[\w-]+:(iam|sts)::\d{12}:.+/.test(name)) throw new PolicyError(`invalid principal ${name}`);
    return ({ principal }) => principal === name;
}

function actionTest(statement: Record<string, unknown>): (action: string) => boolean {
    const negated = statement["NotAction"] !== undefined;
    const actions = strings(statement["Action"] ?? statement["NotAction"], "Action").map((action) => {
        if (action !== "*" && !/^[a-zA-Z0-9-]+:[a-zA-Z0-9*?]+$/.test(action)) {
            throw new PolicyError(`invalid action ${JSON.stringify(action)}, expected service:Action`);
        }
        return globTest(action.toLowerCase());
    });
    return (action) => {
        const lower = action.toLowerCase();
        return actions.some((test) => test(lower)) !== negated;
    };
}

function resourceTest(statement: Record<string, unknown>, withVariables: boolean): Test {
    const negated = statement["NotResource"] !== undefined;
    const resources = statement["Resource"] ?? statement["NotResource"];
    if (resources === undefined) return () => true;
    const tests = strings(resources, "Resource").map((resource) => {
        if (resource !== "*" && !(resource.startsWith("arn:") && arnParts(resource))) {
            throw new PolicyError(`Resource ${resource} must be in ARN format or "*".`);
        }
        const fits = comparison(resource, withVariables, arnTest);
        return (request: PolicyRequest) => fits(request.resource, request);
    });
    return (request) => tests.some((test) => test(request)) !== negated;
}

/** Whether a context value fits one of an operator's values. */
type Fits = (value: string, request: PolicyRequest) => boolean;

interface Operator {
    /** True when the operator holds for what its values do not match, and for an absent key. */
    readonly negated?: true;
    readonly fits: (expected: string) => (value: string) => boolean;
}

const stringEquals: Operator["fits"] = (expected) => (value) => value === expected;
const ignoringCase: Operator["fits"] = (expected) => {
    const lower = expected.toLowerCase();
    return (value) => value.toLowerCase() === lower;
};

const OPERATORS: Readonly<Record<string, Operator>> = {
    StringEquals: { fits: stringEquals },
    StringNotEquals: { fits: stringEquals, negated: true },
    StringEqualsIgnoreCase: { fits: ignoringCase },
    StringNotEqualsIgnoreCase: { fits: ignoringCase, negated: true },
    StringLike: { fits: globTest },
    StringNotLike: { fits: globTest, negated: true },
    ArnEquals: { fits: arnTest },
    ArnNotEquals: { fits: arnTest, negated: true },
    ArnLike: { fits: arnTest },
    ArnNotLike: { fits: arnTest, negated: true },
    Bool: { fits: ignoringCase },
    NumericEquals: { fits: numeric((value, expected) => value === expected) },
    NumericNotEquals: { fits: numeric((value, expected) => value === expected), negated: true },
    NumericLessThan: { fits: numeric((value, expected) => value < expected) },
    NumericLessThanEquals: { fits: numeric((value, expected) => value <= expected) },
    NumericGreaterThan: { fits: numeric((value, expected) => value > expected) },
    NumericGreaterThanEquals: { fits: numeric((value, expected) => value >= expected) },
};

function conditionTest(condition: unknown, withVariables: boolean): Test {
    if (condition === undefined) return () => true;
    if (!isObject(condition)) throw new PolicyError("Condition must be an object");
    const tests = Object.entries(condition).flatMap(([operator, keys]) => {
        if (!isObject(keys)) throw new PolicyError(`condition ${operator} must be an object of keys`);
        return Object.entries(keys).map(([key, values]) =>
            keyTest(operator, key, conditionValues(values, key), withVariables),
        );
    });
    return (request) => tests.every((test) => test(request));
}

function keyTest(name: string, key: string, expected: string[], withVariables: boolean): Test {
    const [, set, base, ifExists] = /^(?:(ForAllValues|ForAnyValue):)?(\w+?)(IfExists)?$/.exec(name) ?? [];
    if (base === "Null" && set === undefined) {
        return (request) =>
            expected.some((value) => value === String(contextValue(request, key) === undefined));
    }
    const operator = base !== undefined && Object.hasOwn(OPERATORS, base) ? OPERATORS[base] : undefined;
    if (!operator) throw new PolicyError(`unknown condition operator ${name}`);
    const fits = expected.map((value) => comparison(value, withVariables, operator.fits));
    const holds: Fits = (value, request) =>
        fits.some((test) => test(value, request)) !== (operator.negated ?? false);
    const whenAbsent = ifExists !== undefined || set === "ForAllValues" || (operator.negated ?? false);
    return (request) => {
        const actual = contextValue(request, key);
        if (actual === undefined || (actual.length === 0 && typeof actual !== "string")) return whenAbsent;
        if (typeof actual === "string") return holds(actual, request);
        const every = set === "ForAllValues" || (set === undefined && operator.negated === true);
        return every
            ? actual.every((value) => holds(value, request))
            : actual.some((value) => holds(value, request));
    };
}

function contextValue(request: PolicyRequest, key: string): string | readonly string[] | undefined {
    const exact = request.context[key];
    if (exact !== undefined) return exact;
    const lower = key.toLowerCase();
    for (const [name, value] of Object.entries(request.context))
        if (name.toLowerCase() === lower) return value;
    return undefined;
}

/** A comparison with a value that may hold policy variables, which are filled in for each request. */
function comparison(expected: string, withVariables: boolean, fits: Operator["fits"]): Fits {
    if (!withVariables || !expected.includes("${")) {
        const test = fits(expected);
        return (value) => test(value);
    }
    return (value, request) => {
        const filled = fill(expected, request, fits === globTest || fits === arnTest);
        return filled !== undefined && fits(filled)(value);
    };
}

/** Stand for a `*` and a `?` that are no wildcards, in what `fill` gives to a comparison with wildcards. */
const [plainStar, plainQuestionMark] = ["\uE000", "\uE001"];

/** Undefined when a variable has no value: such a statement matches nothing. */
function fill(text: string, request: PolicyRequest, forGlob: boolean): string | undefined {
    let complete = true;
    const plain = (value: string): string =>
        forGlob ? value.replaceAll("*", plainStar).replaceAll("?", plainQuestionMark) : value;
    const filled = text.replace(/\$\{([^}]*)\}/g, (_, inside: string) => {
        if (inside === "*" || inside === "?" || inside === "$") return plain(inside);
        const [name = "", fallback] = inside.split(/\s*,\s*/);
        const value = contextValue(request, name.trim()) ?? fallback?.replace(/^'|'$/g, "");
        if (typeof value !== "string") complete = false;
        return typeof value === "string" ? plain(value) : "";
    });
    return complete ? filled : undefined;
}

const WILDCARD = /[*?\uE000\uE001]/;

/** `*` is any characters, `?` any one. */
function globTest(pattern: string): (value: string) => boolean {
    if (pattern === "*") return () => true;
    if (!WILDCARD.test(pattern)) return (value) => value === pattern;
    const expression = new RegExp(`^${globSource(pattern, "[^]")}$`);
    return (value) => expression.test(value);
}

/** A pattern as a regular expression. @param any the expression for a character that a wildcard stands for */
function globSource(pattern: string, any: string): string {
    return pattern.replace(/[\^$.()[\]{}|+\\*?\uE000\uE001]/g, (character) => {
        if (character === "*") return `${any}*`;
        if (character === "?") return any;
        if (character === plainStar) return "\\*";
        return character === plainQuestionMark ? "\\?" : `\\${character}`;
    });
}

/** Compares an ARN part by part: a wildcard does not reach over a colon, but in the last part, the resource's own. */
function arnTest(pattern: string): (value: string) => boolean {
    if (pattern === "*") return () => true;
    const parts = arnParts(pattern);
    if (!parts) return () => false;
    if (!WILDCARD.test(pattern)) return (value) => value === pattern;
    const sources = parts.map((part, i) => globSource(part, i < 5 ? "[^:]" : "[^]"));
    const expression = new RegExp(`^${sources.join(":")}$`);
    return (value) => expression.test(value);
}

function arnParts(arn: string): string[] | undefined {
    const parts = arn.split(":");
    if (parts.length < 6) return undefined;
    return [...parts.slice(0, 5), parts.slice(5).join(":")];
}

function numeric(compare: (value: number, expected: number) => boolean): Operator["fits"] {
    return (expected) => {
        const number = Number(expected);
        if (expected.trim() === "" || Number.isNaN(number)) {
            throw new PolicyError(
                `${JSON.stringify(expected)} is not a number, as a numeric condition needs`,
            );
        }
        return (value) => compare(Number(value), number);
    };
}

function conditionValues(values: unknown, key: string): string[] {
    const list: unknown[] = Array.isArray(values) ? values : [values];
    return list.map((value) => {
        if (typeof value === "string" || typeof value === "boolean" || typeof value === "number")
            return String(value);
        throw new PolicyError(`the condition on ${key} has a value that is not a string, number or boolean`);
    });
}

function strings(value: unknown, element: string): string[] {
    const list: unknown[] = Array.isArray(value) ? value : [value];
    return list.map((entry) => {
        if (typeof entry !== "string")
            throw new PolicyError(`${element} must be a string or a list of strings`);
        return entry;
    });
}

function isObject(value: unknown): value is Record<string, unknown> {
    return typeof value === "object" && value !== null && !Array.isArray(value);
}
