/** A Glue job made by the stack, from a script on this machine, set up as a workflow needs it. */
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { extname } from "node:path";
import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { arnMistake, checkArguments, choiceMistake, nameMistake, numberMistake } from "./arguments.ts";
import type { Mistake, Tags } from "./arguments.ts";
import { arnIn, locationOf } from "./location.ts";
import { denyPlainHttp, policy, trust, useKey } from "./policies.ts";
import type { Statement } from "./policies.ts";

/** The kinds of Glue job. */
export const GLUE_JOB_TYPE = {
    /** One Python pool on a sixteenth of a unit. */
    pythonShell: "pythonshell",
    /** Apache Spark, in Python. */
    spark: "glueetl",
} as const;
export type GlueJobType = (typeof GLUE_JOB_TYPE)[keyof typeof GLUE_JOB_TYPE];

export interface GlueJobArgs {
    /** The Python script: a path, or a URL such as `new URL("job.py", import.meta.url)`. */
    script: string | URL;
    /** What runs the script. @default GLUE_JOB_TYPE.pythonShell */
    type?: GlueJobType | undefined;
    /**
     * How many runs Glue allows at once, 1 to 1000. Above the limit: Glue counts a run for a while after its end, and the
     * next start would be refused.
     */
    maxConcurrentRuns: pulumi.Input<number>;
    /** Minutes after which Glue stops a run, 1 to 10,080 (seven days). @default 60 */
    timeoutMinutes?: pulumi.Input<number> | undefined;
    /** Arguments of every run, unless its message has others. @default none */
    defaultArguments?: Record<string, pulumi.Input<string>> | undefined;
    /** What the script may do, besides reading itself and writing its log. @default nothing */
    statements?: pulumi.Input<Statement>[] | undefined;
    /** ARN of the KMS key that encrypts the script. @default a key that S3 owns */
    kmsKeyArn?: pulumi.Input<string> | undefined;
    /** Tags of everything that can have tags. @default none */
    tags?: Tags | undefined;
}

/**
 * A job without retries and without a queue of its own: both would start runs for which nobody holds a slot. The script's
 * key in S3 is its content's hash, so a run that has started is not handed another script.
 */
export class GlueJob extends pulumi.ComponentResource {
    readonly job: aws.glue.Job;
    readonly jobName: pulumi.Output<string>;
    readonly role: aws.iam.Role;

    constructor(name: string, args: GlueJobArgs, options?: pulumi.ComponentResourceOptions) {
        super("turnstile:index:GlueJob", name, {}, options);
        checkArguments("GlueJob", name, mistakes(name, args));
        const child = { parent: this };
        const tagged = args.tags === undefined ? {} : { tags: args.tags };
        const location = locationOf(this);

        const bucket = this.privateBucket(`${name}-scripts`, args);
        const text = readFileSync(args.script, "utf8");
        const script = new aws.s3.BucketObjectv2(
            `${name}-script`,
            {
                bucket: bucket.bucket,
                key: scriptKey(args.script, text, args.kmsKeyArn),
                source: new pulumi.asset.StringAsset(text),
                // No tags: an object takes ten, and its bucket has them. The key is named here as well, because the bucket's
                // default holds for objects only that come after it.
                ...(args.kmsKeyArn !== undefined && {
                    serverSideEncryption: "aws:kms",
                    kmsKeyId: args.kmsKeyArn,
                    bucketKeyEnabled: true,
                }),
            },
            child,
        );
        this.role = new aws.iam.Role(
            `${name}-role`,
            { assumeRolePolicy: trust("glue.amazonaws.com"), ...tagged },
            child,
        );
        const permissions = new aws.iam.RolePolicy(
            `${name}-policy`,
            {
                role: this.role.name,
                policy: policy([
                    {
                        Effect: "Allow",
                        Action: "s3:GetObject",
                        Resource: pulumi.interpolate`${bucket.arn}/${script.key}`,
                    },
                    {
                        // Glue writes the output of all jobs to groups of its own, and makes them when they are not there.
                        Effect: "Allow",
                        Action: ["logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"],
                        Resource: arnIn(location, "logs", "log-group:/aws-glue/*"),
                    },
                    ...useKey(args.kmsKeyArn, { s3: "read" }, location),
                    ...(args.statements ?? []),
                ]),
            },
            child,
        );
        this.job = new aws.glue.Job(
            name,
            {
                ...runtimeArgs(args.type, pulumi.interpolate`s3://${bucket.bucket}/${script.key}`),
                roleArn: this.role.arn,
                maxRetries: 0,
                jobRunQueuingEnabled: false,
                executionProperty: { maxConcurrentRuns: args.maxConcurrentRuns },
                timeout: args.timeoutMinutes ?? DEFAULT_TIMEOUT_MINUTES,
                ...(args.defaultArguments && { defaultArguments: args.defaultArguments }),
                ...tagged,
            },
            { parent: this, dependsOn: [permissions] },
        );
        this.jobName = this.job.name;
        this.registerOutputs({ jobName: this.jobName });
    }

    /** A bucket that nobody outside can read, encrypted, for TLS alone. It goes with the stack: it holds copies only. */
    private privateBucket(name: string, args: GlueJobArgs): aws.s3.Bucket {
        const child = { parent: this };
        const bucket = new aws.s3.Bucket(
            name,
            { forceDestroy: true, ...(args.tags !== undefined && { tags: args.tags }) },
            child,
        );
        const block = new aws.s3.BucketPublicAccessBlock(
            `${name}-public-access-block`,
            {
                bucket: bucket.bucket,
                blockPublicAcls: true,
                blockPublicPolicy: true,
                ignorePublicAcls: true,
                restrictPublicBuckets: true,
            },
            child,
        );
        new aws.s3.BucketServerSideEncryptionConfiguration(
            `${name}-encryption`,
            { bucket: bucket.bucket, rules: [encryptionRule(args.kmsKeyArn)] },
            child,
        );
        new aws.s3.BucketPolicy(
            `${name}-policy`,
            {
                bucket: bucket.bucket,
                policy: policy([denyPlainHttp("s3:*", [bucket.arn, pulumi.interpolate`${bucket.arn}/*`])]),
            },
            // S3 refuses two changes of a bucket's access at once.
            { parent: this, dependsOn: [block] },
        );
        return bucket;
    }
}

const DEFAULT_TIMEOUT_MINUTES = 60;

/** Bucket names have 63 characters; Pulumi adds eight, and ours is `-scripts`. */
const MAX_NAME = 47;

function mistakes(name: string, args: GlueJobArgs): Mistake[] {
    return [
        nameMistake(name, MAX_NAME),
        choiceMistake("type", args.type, Object.values(GLUE_JOB_TYPE)),
        numberMistake("maxConcurrentRuns", args.maxConcurrentRuns, { from: 1, to: 1000 }),
        numberMistake("timeoutMinutes", args.timeoutMinutes, { from: 1, to: 10_080, unit: "minutes" }),
        arnMistake("kmsKeyArn", args.kmsKeyArn, "kms"),
    ];
}

function scriptKey(
    script: string | URL,
    text: string,
    kmsKeyArn: pulumi.Input<string> | undefined,
): pulumi.Output<string> {
    // With another key it is another object: the provider would leave the one that is there under the key that it has.
    return pulumi.output(kmsKeyArn ?? "").apply((arn) => {
        const hash = createHash("sha256").update(text).update(arn).digest("hex");
        return `scripts/${hash}${extname(script instanceof URL ? script.pathname : script)}`;
    });
}

function runtimeArgs(
    type: GlueJobType = GLUE_JOB_TYPE.pythonShell,
    scriptLocation: pulumi.Input<string>,
): Pick<aws.glue.JobArgs, "command" | "glueVersion" | "maxCapacity" | "workerType" | "numberOfWorkers"> {
    switch (type) {
        case GLUE_JOB_TYPE.pythonShell:
            return { command: { name: type, pythonVersion: "3.9", scriptLocation }, maxCapacity: 0.0625 };
        case GLUE_JOB_TYPE.spark:
            return {
                command: { name: type, pythonVersion: "3", scriptLocation },
                glueVersion: "5.0",
                workerType: "G.1X",
                numberOfWorkers: 2,
            };
    }
}

function encryptionRule(kmsKeyArn: pulumi.Input<string> | undefined) {
    // S3 adds this to new buckets by itself; declared, it is no difference at the next refresh.
    const blocked = { blockedEncryptionTypes: ["SSE-C"] };
    return kmsKeyArn === undefined
        ? { applyServerSideEncryptionByDefault: { sseAlgorithm: "AES256" }, ...blocked }
        : {
              ...blocked,
              applyServerSideEncryptionByDefault: { sseAlgorithm: "aws:kms", kmsMasterKeyId: kmsKeyArn },
              bucketKeyEnabled: true,
          };
}
