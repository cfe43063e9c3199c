import assert from "node:assert/strict";
import type { Resource } from "../../../embedded-aws/recording/resource.ts";
import { S3Service } from "../../../embedded-aws/services/s3/index.ts";
import type { Bucket, StoredObject } from "../../../embedded-aws/services/s3/index.ts";
import { FakeWorld, user } from "../fake-world.ts";

function world(): FakeWorld {
    const fake = new FakeWorld();
    fake.add(new S3Service(fake));
    fake.create("aws:s3/bucket:Bucket", "scripts", {}, { arn: "arn:aws:s3:::scripts", bucket: "scripts" });
    return fake;
}

function put(fake: FakeWorld, inputs: Record<string, unknown>): void {
    fake.create("aws:s3/bucketObjectv2:BucketObjectv2", "script", {
        bucket: "scripts",
        key: "job.py",
        ...inputs,
    });
}

function get(fake: FakeWorld, Bucket = "scripts", Key = "job.py"): string {
    const { Body } = fake.call("s3", "GetObject", { Bucket, Key }, user) as StoredObject;
    return Buffer.from(Body).toString();
}

describe("S3", () => {
    it("gives back what the program put there, from text, Base64 or an asset", () => {
        const sources = [
            { content: "print()" },
            { contentBase64: "cHJpbnQoKQ==" },
            { source: { kind: "text", text: "print()" } },
        ];
        for (const source of sources) {
            const fake = world();
            put(fake, source);
            assert.equal(get(fake), "print()");
        }
    });

    it("answers like S3 when the bucket or the key does not exist", () => {
        const fake = world();
        assert.throws(() => get(fake, "others"), { name: "NoSuchBucket", statusCode: 404 });
        assert.throws(() => get(fake), { name: "NoSuchKey", message: "The specified key does not exist." });
        const head = (): unknown => fake.call("s3", "HeadObject", { Bucket: "scripts", Key: "job.py" }, user);
        assert.throws(head, { name: "NotFound", statusCode: 404 });
        assert.throws(() => put(fake, { bucket: "others" }), { name: "NoSuchBucket" });
    });

    it("describes an object without its body", () => {
        const fake = world();
        put(fake, { content: "abc", contentType: "text/plain" });
        const head = fake.call(
            "s3",
            "HeadObject",
            { Bucket: "scripts", Key: "job.py" },
            user,
        ) as StoredObject;
        assert.equal(head.ContentLength, 3);
        assert.equal(head.ContentType, "text/plain");
        assert.equal(head.ETag, '"900150983cd24fb0d6963f7d28e17f72"');
        assert.equal("Body" in head, false);
    });

    it("puts, lists by prefix in pages, and deletes", () => {
        const fake = world();
        for (const key of ["b/2", "a/1", "b/1", "b/3"]) {
            fake.call("s3", "PutObject", { Bucket: "scripts", Key: key, Body: key }, user);
        }
        const list = (input: object): { Contents: { Key: string }[]; NextContinuationToken?: string } =>
            fake.call(
                "s3",
                "ListObjectsV2",
                { Bucket: "scripts", Prefix: "b/", MaxKeys: 2, ...input },
                user,
            ) as never;
        const first = list({});
        assert.deepEqual(
            first.Contents.map(({ Key }) => Key),
            ["b/1", "b/2"],
        );
        const second = list({ ContinuationToken: first.NextContinuationToken });
        assert.deepEqual(
            second.Contents.map(({ Key }) => Key),
            ["b/3"],
        );
        assert.equal(second.NextContinuationToken, undefined);
        fake.call("s3", "DeleteObject", { Bucket: "scripts", Key: "b/1" }, user);
        assert.deepEqual(
            list({ MaxKeys: 9 }).Contents.map(({ Key }) => Key),
            ["b/2", "b/3"],
        );
    });

    it("obeys a bucket policy that denies", () => {
        const fake = world();
        put(fake, { content: "x" });
        const policy = {
            Version: "2012-10-17",
            Statement: [
                {
                    Effect: "Deny",
                    Principal: "*",
                    Action: "s3:GetObject",
                    Resource: "arn:aws:s3:::scripts/secret*",
                },
            ],
        };
        fake.create("aws:s3/bucketPolicy:BucketPolicy", "policy", {
            bucket: "scripts",
            policy: JSON.stringify(policy),
        });
        assert.equal(get(fake), "x");
        put(fake, { key: "secret", content: "y" });
        assert.throws(() => get(fake, "scripts", "secret"), { name: "AccessDenied", statusCode: 403 });
    });

    it("records a bucket's settings, and refuses them without the bucket", () => {
        const fake = world();
        const type = "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock";
        fake.create(type, "block", { bucket: "scripts", blockPublicAcls: true });
        const bucket = fake.find("arn:aws:s3:::scripts") as Bucket;
        assert.equal(bucket.settings.get(type)?.["blockPublicAcls"], true);
        assert.throws(() => fake.create(type, "block", { bucket: "others" }), { name: "NoSuchBucket" });
    });

    it("deletes a bucket with objects only when it was declared so", () => {
        const fake = new FakeWorld();
        fake.add(new S3Service(fake));
        const create = (forceDestroy: boolean): Resource => {
            const outputs = { arn: "arn:aws:s3:::scripts", bucket: "scripts" };
            return fake.create("aws:s3/bucket:Bucket", "scripts", { forceDestroy }, outputs);
        };
        const kept = create(false);
        put(fake, { content: "x" });
        assert.throws(() => fake.remove(kept), { name: "BucketNotEmpty", statusCode: 409 });
        fake.remove(fake.update(kept, { forceDestroy: true }));
        assert.equal(fake.find("arn:aws:s3:::scripts"), undefined);
    });

    it("refuses bucket names that S3 refuses", () => {
        for (const bucket of ["ab", "Upper", "under_score", "a..b", "10.0.0.1", "-x-"]) {
            const create = (): unknown =>
                world().create("aws:s3/bucket:Bucket", "b", { bucket }, { arn: `arn:aws:s3:::${bucket}` });
            assert.throws(create, { name: "InvalidBucketName" }, bucket);
        }
    });
});
