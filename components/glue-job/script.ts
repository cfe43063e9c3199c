/** The script in S3: in a bucket that nobody outside can read, under a key that changes with its content. */
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { extname } from "node:path";
import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import type { GlueJobArgs } from "../glue-job.ts";
import type { Part } from "../part.ts";
import { denyPlainHttp, policy } from "../policies.ts";
import { fileAsset } from "../program-file.ts";

/** A bucket that nobody outside can read, encrypted, for TLS alone. It is deleted with the stack: it has only copies. */
export function makeScriptBucket({ parent, name, args }: Part<GlueJobArgs>): aws.s3.Bucket {
    const bucket = new aws.s3.Bucket(`${name}-scripts`, { forceDestroy: true, tags: args.tags }, { parent });
    const block = new aws.s3.BucketPublicAccessBlock(
        `${name}-scripts-public-access-block`,
        {
            bucket: bucket.bucket,
            blockPublicAcls: true,
            blockPublicPolicy: true,
            ignorePublicAcls: true,
            restrictPublicBuckets: true,
        },
        { parent },
    );
    new aws.s3.BucketServerSideEncryptionConfiguration(
        `${name}-scripts-encryption`,
        { bucket: bucket.bucket, rules: [encryptionRule(args.kmsKeyArn)] },
        { parent },
    );
    const contents = pulumi.interpolate`${bucket.arn}/*`;
    new aws.s3.BucketPolicy(
        `${name}-scripts-policy`,
        { bucket: bucket.bucket, policy: policy([denyPlainHttp("s3:*", [bucket.arn, contents])]) },
        // S3 refuses two changes of a bucket's access at once.
        { parent, dependsOn: [block] },
    );
    return bucket;
}

/** What the keys of scripts begin with. */
export const SCRIPTS = "scripts/";

/**
 * The script under a key of its content. A changed script is another object, and the former one stays: Glue reads it a while after a
 * run has begun. They go with the bucket.
 */
export function uploadScript(
    { parent, name, args: { script, kmsKeyArn } }: Part<GlueJobArgs>,
    bucket: aws.s3.Bucket,
): aws.s3.BucketObjectv2 {
    const text = readFileSync(script, "utf8");
    return new aws.s3.BucketObjectv2(
        `${name}-script`,
        {
            bucket: bucket.bucket,
            key: scriptKey(script, text, kmsKeyArn),
            source: fileAsset(script),
            // No tags, nor the provider's: an object can have only ten, and its bucket has them.
            overrideProvider: { defaultTags: { tags: {} } },
            // The key is named here too, because the bucket's default applies only to objects that are uploaded after it was set.
            ...(kmsKeyArn !== undefined && {
                serverSideEncryption: "aws:kms",
                kmsKeyId: kmsKeyArn,
                bucketKeyEnabled: true,
            }),
        },
        { parent, retainOnDelete: true },
    );
}

function scriptKey(
    script: string | URL,
    text: string,
    kmsKeyArn: pulumi.Input<string> | undefined,
): pulumi.Output<string> {
    // Another KMS key makes another object: the provider would keep the existing one under the key that it has.
    return pulumi.output(kmsKeyArn ?? "").apply((arn) => {
        const hash = createHash("sha256").update(text).update(arn).digest("hex");
        return `${SCRIPTS}${hash}${extname(script instanceof URL ? script.pathname : script)}`;
    });
}

function encryptionRule(kmsKeyArn: pulumi.Input<string> | undefined) {
    // S3 adds this to new buckets by itself. Declared here, it makes no difference at the next refresh.
    const blocked = { blockedEncryptionTypes: ["SSE-C"] };
    return kmsKeyArn === undefined
        ? { applyServerSideEncryptionByDefault: { sseAlgorithm: "AES256" }, ...blocked }
        : {
              ...blocked,
              applyServerSideEncryptionByDefault: { sseAlgorithm: "aws:kms", kmsMasterKeyId: kmsKeyArn },
              bucketKeyEnabled: true,
          };
}
