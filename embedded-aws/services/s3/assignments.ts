/** What AWS assigns to the resources of S3. */
import { dnsSuffixOf } from "../../location.ts";
import { settingOf } from "../../recording/assignment.ts";
import type { Assigned, Assignments, Naming } from "../../recording/assignment.ts";

export const ASSIGNMENTS: Assignments = {
    module: import.meta.url,
    types: {
        "aws:s3/bucket:Bucket": bucket,
        "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration": settingOf("bucket"),
        "aws:s3/bucketNotification:BucketNotification": settingOf("bucket"),
        "aws:s3/bucketObjectv2:BucketObjectv2": bucketObject,
        "aws:s3/bucketOwnershipControls:BucketOwnershipControls": settingOf("bucket"),
        "aws:s3/bucketPolicy:BucketPolicy": settingOf("bucket"),
        "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock": settingOf("bucket"),
        "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration":
            settingOf("bucket"),
        "aws:s3/bucketVersioning:BucketVersioning": settingOf("bucket"),
    },
};

function bucket(naming: Naming): Assigned {
    const name = naming.physicalName({ maxLength: 63, lowerCase: true, input: "bucket" });
    const { partition, region } = naming.destination;
    const domain = `${name}.s3.${dnsSuffixOf(partition)}`;
    return {
        id: name,
        bucket: name,
        arn: naming.globalArn("s3", name),
        bucketDomainName: domain,
        bucketRegionalDomainName: `${name}.${naming.domain("s3")}`,
        region,
    };
}

function bucketObject(naming: Naming): Assigned {
    const bucketName = naming.text("bucket");
    const key = naming.text("key");
    return { id: `${bucketName}/${key}`, arn: naming.globalArn("s3", `${bucketName}/${key}`) };
}
