/** Tables, buckets and Glue jobs. */
import type { Recorded } from "../../mocks.ts";
import { atMost, forInput, foundBy, oneOf, parsed, valueAt } from "./rule.ts";
import type { Rule } from "./rule.ts";

const CREATE_TABLE = 'DynamoDB API Reference, "CreateTable"';
const QUOTAS = 'DynamoDB Developer Guide, "Service, account, and table quotas"';

interface Index {
    readonly name: string;
    readonly rangeKey?: string;
    readonly projectionType: string;
}

export const tableRules: readonly Rule[] = [
    forInput("streamViewType", CREATE_TABLE, (_, { inputs }) =>
        inputs["streamEnabled"] === true ? undefined : "is given, but streamEnabled is not true",
    ),
    forInput("localSecondaryIndexes", QUOTAS, (indexes, { inputs }) => [
        ...((indexes as Index[]).length > 5 ? ["are more than five"] : []),
        ...(inputs["rangeKey"] === undefined ? ["need a table with a rangeKey"] : []),
        ...(indexes as Index[]).flatMap(indexMistakes),
    ]),
    atMost("ttl.attributeName", 255, 'DynamoDB API Reference, "TimeToLiveSpecification"', /./),
    forInput(
        "ttl.attributeName",
        'DynamoDB Developer Guide, "Using time to live (TTL)"',
        (name, { inputs }) =>
            [inputs["hashKey"], inputs["rangeKey"]].includes(name)
                ? `is ${String(name)}, which is a key`
                : undefined,
    ),
];

function indexMistakes({ name, rangeKey, projectionType }: Index): string[] {
    return [
        ...(/^[\w.-]{3,255}$/.test(name) ? [] : [`has the name ${name}; expected 3 to 255 characters`]),
        ...(rangeKey === undefined ? [`has ${name} without a rangeKey`] : []),
        ...(["ALL", "KEYS_ONLY", "INCLUDE"].includes(projectionType)
            ? []
            : [`has ${name} with projectionType ${projectionType}; expected ALL, KEYS_ONLY or INCLUDE`]),
    ];
}

const ITEM = 'DynamoDB API Reference, "AttributeValue"';

export const itemRules: readonly Rule[] = [
    forInput("item", ITEM, (text, { inputs }) => {
        const item = parsed(text);
        if (typeof item !== "object" || item === null) return `is ${String(text)}; expected a JSON object`;
        const entries = Object.entries(item as Record<string, unknown>);
        const keys = ["hashKey", "rangeKey"].flatMap((input) => (inputs[input] as string | undefined) ?? []);
        return [
            ...entries
                .filter(([, value]) => !isAttributeValue(value))
                .map(([name]) => `has no typed value at ${name}`),
            ...keys.filter((key) => !Object.hasOwn(item, key)).map((key) => `lacks the key ${key}`),
        ];
    }),
    forInput("item", QUOTAS, (text) =>
        Buffer.byteLength(String(text)) > 400 * 1024 ? "has more than 400 KB" : undefined,
    ),
    forInput("tableName", ITEM, (name, { inputs }, program) => {
        const table = foundBy(program, "aws:dynamodb/table:Table", "name", name);
        const differs = ["hashKey", "rangeKey"].find((key) => table && table.inputs[key] !== inputs[key]);
        return (
            differs &&
            `is a table whose ${differs} is ${String(table?.inputs[differs])}; the item says ${String(inputs[differs])}`
        );
    }),
];

function isAttributeValue(value: unknown): boolean {
    const [entry, ...others] = Object.entries(value ?? {});
    if (!entry || others.length > 0) return false;
    const [kind, content] = entry as [string, unknown];
    if (kind === "N")
        return typeof content === "string" && content !== "" && Number.isFinite(Number(content));
    if (kind === "S" || kind === "B") return typeof content === "string";
    return ["M", "L", "SS", "NS", "BS", "BOOL", "NULL"].includes(kind);
}

export const objectRules: readonly Rule[] = [
    forInput("key", 'S3 User Guide, "Naming Amazon S3 objects"', (key) =>
        Buffer.byteLength(String(key)) > 1024 ? "has more than 1024 bytes" : undefined,
    ),
    forInput("kmsKeyId", 'S3 API Reference, "PutObject"', (_, { inputs }) =>
        inputs["serverSideEncryption"] === "aws:kms" ? undefined : "needs serverSideEncryption aws:kms",
    ),
];

interface EncryptionRule {
    readonly applyServerSideEncryptionByDefault?: { sseAlgorithm: string; kmsMasterKeyId?: string };
    readonly blockedEncryptionTypes?: string[];
}

export const bucketEncryptionRules: readonly Rule[] = [
    forInput("rules", 'S3 API Reference, "PutBucketEncryption"', (rules) => {
        const [rule, ...others] = rules as EncryptionRule[];
        const { sseAlgorithm = "", kmsMasterKeyId } = rule?.applyServerSideEncryptionByDefault ?? {};
        const blocked = rule?.blockedEncryptionTypes ?? [];
        return [
            ...(others.length > 0 ? ["are more than one"] : []),
            ...(["AES256", "aws:kms", "aws:kms:dsse"].includes(sseAlgorithm)
                ? []
                : [`have sseAlgorithm ${sseAlgorithm}`]),
            ...(kmsMasterKeyId !== undefined && sseAlgorithm === "AES256" ? ["have a key for AES256"] : []),
            ...blocked.filter((type) => !["SSE-C", "NONE"].includes(type)).map((type) => `block ${type}`),
        ];
    }),
];

const JOB = 'Glue API Reference, "CreateJob"';
const VERSIONS: Readonly<Record<string, readonly string[]>> = {
    pythonshell: ["3.6", "3.9"],
    glueetl: ["2", "3"],
};

export const jobRules: readonly Rule[] = [
    oneOf(
        "glueVersion",
        ["0.9", "1.0", "2.0", "3.0", "4.0", "5.0", "5.1"],
        'Glue Developer Guide, "AWS Glue versions"',
    ),
    forInput("command", 'Glue API Reference, "JobCommand"', (command) => {
        const { name = "", pythonVersion = "" } = command as Record<string, string>;
        const versions = VERSIONS[name] ?? [];
        return versions.includes(pythonVersion)
            ? undefined
            : `is ${name} with Python ${pythonVersion}; expected ${versions.join(" or ")}`;
    }),
    forInput("command.scriptLocation", JOB, (location, _, program) =>
        program.some((each) => isObjectAt(each, String(location)))
            ? undefined
            : `is ${String(location)}, where the program puts no object`,
    ),
    forInput(
        "executionProperty.maxConcurrentRuns",
        'AWS General Reference, "AWS Glue endpoints and quotas"',
        (runs) => (Number(runs) > 1000 ? `is ${String(runs)}; expected at most 1000` : undefined),
    ),
    forInput("defaultArguments", 'Glue Developer Guide, "AWS Glue job parameters"', (given) =>
        Object.keys(given as object)
            .filter((name) => !name.startsWith("--"))
            .map((name) => `has ${name}; expected names that begin with --`),
    ),
];

function isObjectAt({ type, inputs }: Recorded, location: string): boolean {
    const [bucket, key] = [valueAt(inputs, "bucket"), valueAt(inputs, "key")].map(String);
    return type === "aws:s3/bucketObjectv2:BucketObjectv2" && `s3://${bucket}/${key}` === location;
}
