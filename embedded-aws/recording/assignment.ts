/**
 * What AWS and Pulumi's provider would answer when a resource is created: its physical name, id, ARN and whatever
 * else the program may read from it. Pure: the same declaration gives the same answer, so that names survive a
 * second deployment.
 */
import { createHash } from "node:crypto";

export interface Declaration {
    readonly type: string;
    readonly name: string;
    readonly inputs: Readonly<Record<string, unknown>>;
    readonly urn: string;
}

export interface Location {
    readonly account: string;
    readonly region: string;
    readonly partition: string;
    /** Makes the random suffixes of physical names differ from run to run. */
    readonly seed: number;
}

export interface Assignment {
    readonly id: string;
    /** The inputs and everything that was assigned. */
    readonly outputs: Readonly<Record<string, unknown>>;
}

/** What AWS would assign to a declared resource. Throws for a type that it does not know, by name. */
export function assign(declaration: Declaration, location: Location): Assignment {
    const known = TYPES[declaration.type];
    if (!known) {
        throw new Error(
            `The embedded AWS does not know the resource type ${declaration.type} (resource '${declaration.name}').`,
        );
    }
    const { id, ...assigned } = known(new Naming(declaration, location));
    return { id, outputs: { ...declaration.inputs, ...assigned, id } };
}

/** The partition that a region belongs to. */
export function partitionOf(region: string): string {
    if (region.startsWith("cn-")) return "aws-cn";
    if (region.startsWith("us-gov-")) return "aws-us-gov";
    if (region.startsWith("us-iso-")) return "aws-iso";
    if (region.startsWith("us-isob-")) return "aws-iso-b";
    if (region.startsWith("eusc-")) return "aws-eusc";
    return "aws";
}

/** The suffix of the domain names of a partition's endpoints. */
export function dnsSuffixOf(partition: string): string {
    return DNS_SUFFIXES[partition] ?? "amazonaws.com";
}

const DNS_SUFFIXES: Readonly<Record<string, string>> = {
    "aws-cn": "amazonaws.com.cn",
    "aws-iso": "c2s.ic.gov",
    "aws-iso-b": "sc2s.sgov.gov",
    "aws-eusc": "amazonaws.eu",
};

type Assigned = { readonly id: string } & Readonly<Record<string, unknown>>;

interface NameRule {
    /** Appended after the random part. */
    readonly suffix?: string;
    readonly lowerCase?: boolean;
    readonly maxLength: number;
    /** The input that holds the name. @default "name" */
    readonly input?: string;
}

/** A resource under creation: its inputs with types, and names, ARNs and random parts for it. */
class Naming {
    readonly declaration: Declaration;
    readonly location: Location;

    constructor(declaration: Declaration, location: Location) {
        this.declaration = declaration;
        this.location = location;
    }

    /** A text input that the resource cannot do without. */
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

    /** The physical name: given, made from a given prefix, or Pulumi's: the resource's name and seven random digits. */
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

    arn(service: string, resource: string, scope: "regional" | "account" | "global" = "regional"): string {
        const { partition, region, account } = this.location;
        const where =
            scope === "regional" ? `${region}:${account}` : scope === "account" ? `:${account}` : ":";
        return `arn:${partition}:${service}:${where}:${resource}`;
    }

    /** `length` hexadecimal digits that depend on the resource and the seed alone. */
    hex(length: number, purpose = "name"): string {
        const { urn } = this.declaration;
        return createHash("sha256")
            .update(`${this.location.seed}\n${urn}\n${purpose}`)
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

    /** The regional endpoint's domain of a service. */
    domain(service: string): string {
        return `${service}.${this.location.region}.${dnsSuffixOf(this.location.partition)}`;
    }
}

/** A resource that is nothing but settings of another one and has that one's id. */
function settingOf(input: string): (naming: Naming) => Assigned {
    return (naming) => ({ id: naming.text(input) });
}

function queue(naming: Naming): Assigned {
    const name = naming.physicalName({ maxLength: 80, suffix: naming.is("fifoQueue") ? ".fifo" : "" });
    const url = `https://${naming.domain("sqs")}/${naming.location.account}/${name}`;
    return { id: url, name, url, arn: naming.arn("sqs", name) };
}

function table(naming: Naming): Assigned {
    const name = naming.physicalName({ maxLength: 255 });
    const arn = naming.arn("dynamodb", `table/${name}`);
    if (!naming.is("streamEnabled")) return { id: name, name, arn, streamArn: "", streamLabel: "" };
    const streamLabel = "2026-01-01T00:00:00.000";
    return { id: name, name, arn, streamLabel, streamArn: `${arn}/stream/${streamLabel}` };
}

function tableItem(naming: Naming): Assigned {
    const keys = [naming.text("hashKey"), naming.optionalText("rangeKey")].filter((key) => key !== undefined);
    const item = JSON.parse(naming.text("item")) as Record<string, Record<string, unknown> | undefined>;
    const values = keys.flatMap((key) => Object.values(item[key] ?? {}));
    return { id: [naming.text("tableName"), ...keys, ...values].join("|") };
}

function eventRule(naming: Naming): Assigned {
    const name = naming.physicalName({ maxLength: 64 });
    const bus = naming.optionalText("eventBusName") ?? "default";
    const path = bus === "default" ? name : `${bus}/${name}`;
    return { id: path, name, eventBusName: bus, arn: naming.arn("events", `rule/${path}`) };
}

function eventTarget(naming: Naming): Assigned {
    const targetId = naming.optionalText("targetId") ?? `terraform-${naming.digits(26)}`;
    return { id: `${naming.text("rule")}-${targetId}`, targetId };
}

function logGroup(naming: Naming): Assigned {
    const name = naming.physicalName({ maxLength: 512 });
    return { id: name, name, arn: naming.arn("logs", `log-group:${name}`) };
}

function lambdaFunction(naming: Naming): Assigned {
    const name = naming.physicalName({ maxLength: 64 });
    const arn = naming.arn("lambda", `function:${name}`);
    const { partition, region } = naming.location;
    const invokeArn = `arn:${partition}:apigateway:${region}:lambda:path/2015-03-31/functions/${arn}/invocations`;
    return { id: name, name, arn, invokeArn, qualifiedArn: `${arn}:$LATEST`, version: "$LATEST" };
}

function permission(naming: Naming): Assigned {
    const statementId = naming.physicalName({ maxLength: 100, input: "statementId" });
    return { id: statementId, statementId };
}

function eventSourceMapping(naming: Naming): Assigned {
    const uuid = naming.uuid("mapping");
    return { id: uuid, uuid, arn: naming.arn("lambda", `event-source-mapping:${uuid}`), state: "Enabled" };
}

function stateMachine(naming: Naming): Assigned {
    const name = naming.physicalName({ maxLength: 80 });
    const arn = naming.arn("states", `stateMachine:${name}`);
    return { id: arn, name, arn, status: "ACTIVE", creationDate: "2026-01-01T00:00:00Z" };
}

function role(naming: Naming): Assigned {
    const name = naming.physicalName({ maxLength: 64 });
    const path = naming.optionalText("path") ?? "/";
    const uniqueId = `AROA${naming.hex(17, "unique").toUpperCase()}`;
    return { id: name, name, path, arn: naming.arn("iam", `role${path}${name}`, "account"), uniqueId };
}

function rolePolicy(naming: Naming): Assigned {
    const name = naming.physicalName({ maxLength: 128 });
    return { id: `${naming.text("role")}:${name}`, name };
}

function rolePolicyAttachment(naming: Naming): Assigned {
    return { id: `${naming.text("role")}-${naming.digits(26)}` };
}

function policy(naming: Naming): Assigned {
    const name = naming.physicalName({ maxLength: 128 });
    const arn = naming.arn("iam", `policy${naming.optionalText("path") ?? "/"}${name}`, "account");
    return { id: arn, name, arn };
}

function topic(naming: Naming): Assigned {
    const name = naming.physicalName({ maxLength: 256, suffix: naming.is("fifoTopic") ? ".fifo" : "" });
    const arn = naming.arn("sns", name);
    return { id: arn, name, arn };
}

function topicSubscription(naming: Naming): Assigned {
    const arn = `${naming.text("topic")}:${naming.uuid("subscription")}`;
    return { id: arn, arn };
}

function job(naming: Naming): Assigned {
    const name = naming.physicalName({ maxLength: 255 });
    return { id: name, name, arn: naming.arn("glue", `job/${name}`) };
}

function bucket(naming: Naming): Assigned {
    const name = naming.physicalName({ maxLength: 63, lowerCase: true, input: "bucket" });
    const { partition, region } = naming.location;
    const domain = `${name}.s3.${dnsSuffixOf(partition)}`;
    return {
        id: name,
        bucket: name,
        arn: naming.arn("s3", name, "global"),
        bucketDomainName: domain,
        bucketRegionalDomainName: `${name}.${naming.domain("s3")}`,
        region,
    };
}

function bucketObject(naming: Naming): Assigned {
    const bucketName = naming.text("bucket");
    const key = naming.text("key");
    return { id: `${bucketName}/${key}`, arn: naming.arn("s3", `${bucketName}/${key}`, "global") };
}

function key(naming: Naming): Assigned {
    const keyId = naming.uuid("key");
    return { id: keyId, keyId, arn: naming.arn("kms", `key/${keyId}`) };
}

function keyAlias(naming: Naming): Assigned {
    const given = naming.physicalName({ maxLength: 256 });
    const name = given.startsWith("alias/") ? given : `alias/${given}`;
    const target = naming.text("targetKeyId");
    const targetKeyArn = target.startsWith("arn:") ? target : naming.arn("kms", `key/${target}`);
    return { id: name, name, arn: naming.arn("kms", name), targetKeyArn };
}

function alarm(naming: Naming): Assigned {
    const name = naming.physicalName({ maxLength: 255 });
    return { id: name, name, arn: naming.arn("cloudwatch", `alarm:${name}`) };
}

function dashboard(naming: Naming): Assigned {
    const dashboardName = naming.text("dashboardName");
    return {
        id: dashboardName,
        dashboardArn: naming.arn("cloudwatch", `dashboard/${dashboardName}`, "account"),
    };
}

const TYPES: Readonly<Record<string, (naming: Naming) => Assigned>> = {
    "aws:cloudwatch/dashboard:Dashboard": dashboard,
    "aws:cloudwatch/eventRule:EventRule": eventRule,
    "aws:cloudwatch/eventTarget:EventTarget": eventTarget,
    "aws:cloudwatch/logGroup:LogGroup": logGroup,
    "aws:cloudwatch/metricAlarm:MetricAlarm": alarm,
    "aws:dynamodb/table:Table": table,
    "aws:dynamodb/tableItem:TableItem": tableItem,
    "aws:glue/job:Job": job,
    "aws:iam/policy:Policy": policy,
    "aws:iam/role:Role": role,
    "aws:iam/rolePolicy:RolePolicy": rolePolicy,
    "aws:iam/rolePolicyAttachment:RolePolicyAttachment": rolePolicyAttachment,
    "aws:kms/alias:Alias": keyAlias,
    "aws:kms/key:Key": key,
    "aws:kms/keyPolicy:KeyPolicy": settingOf("keyId"),
    "aws:lambda/eventSourceMapping:EventSourceMapping": eventSourceMapping,
    "aws:lambda/function:Function": lambdaFunction,
    "aws:lambda/permission:Permission": permission,
    "aws:s3/bucket:Bucket": bucket,
    "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration": settingOf("bucket"),
    "aws:s3/bucketObjectv2:BucketObjectv2": bucketObject,
    "aws:s3/bucketOwnershipControls:BucketOwnershipControls": settingOf("bucket"),
    "aws:s3/bucketPolicy:BucketPolicy": settingOf("bucket"),
    "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock": settingOf("bucket"),
    "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration":
        settingOf("bucket"),
    "aws:s3/bucketVersioning:BucketVersioning": settingOf("bucket"),
    "aws:sfn/stateMachine:StateMachine": stateMachine,
    "aws:sns/topic:Topic": topic,
    "aws:sns/topicPolicy:TopicPolicy": settingOf("arn"),
    "aws:sns/topicSubscription:TopicSubscription": topicSubscription,
    "aws:sqs/queue:Queue": queue,
    "aws:sqs/queuePolicy:QueuePolicy": settingOf("queueUrl"),
    "aws:sqs/redriveAllowPolicy:RedriveAllowPolicy": settingOf("queueUrl"),
    "aws:sqs/redrivePolicy:RedrivePolicy": settingOf("queueUrl"),
};
