import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { GLUE_JOB_TYPE, GlueJob } from "../../components/index.ts";
import type { GlueJobArgs } from "../../components/index.ts";
import { ACCOUNT, find, key, record } from "../mocks.ts";
import type { Recorded } from "../mocks.ts";
import { KEY_ARN, rolePolicy, statements } from "./fixtures.ts";

const script = new URL("../../examples/weather/aggregate.py", import.meta.url);
const text = readFileSync(script, "utf8");
const recordJob = (args: Partial<GlueJobArgs> = {}) =>
    record(() => new GlueJob("sums", { script, maxConcurrentRuns: 16, ...args }));

describe("a Glue job", () => {
    let recorded: Recorded[];

    before(async () => {
        recorded = await recordJob();
    });

    it("declares these resources and no others, all its own children", () => {
        assert.deepEqual(recorded.map(key), [
            "aws:glue/job:Job sums",
            "aws:iam/role:Role sums-role",
            "aws:iam/rolePolicy:RolePolicy sums-policy",
            "aws:s3/bucket:Bucket sums-scripts",
            "aws:s3/bucketObjectv2:BucketObjectv2 sums-script",
            "aws:s3/bucketPolicy:BucketPolicy sums-scripts-policy",
            "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock sums-scripts-public-access-block",
            "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration sums-scripts-encryption",
            "turnstile:index:GlueJob sums",
        ]);
        const parents = recorded.map(({ parent }) => parent).filter((parent) => parent !== undefined);
        assert.deepEqual(parents, new Array(8).fill("turnstile:index:GlueJob sums"));
    });

    it("has no retries and no queue of its own, which would start runs without a slot", () => {
        const bucket = String(find(recorded, "sums-scripts", ":Bucket").outputs["bucket"]);
        const object = String(find(recorded, "sums-script", ":BucketObjectv2").inputs["key"]);
        assert.deepEqual(find(recorded, "sums", ":Job").inputs, {
            command: {
                name: "pythonshell",
                pythonVersion: "3.9",
                scriptLocation: `s3://${bucket}/${object}`,
            },
            maxCapacity: 0.0625,
            roleArn: find(recorded, "sums-role", ":Role").outputs["arn"],
            maxRetries: 0,
            jobRunQueuingEnabled: false,
            executionProperty: { maxConcurrentRuns: 16 },
            timeout: 60,
        });
    });

    it("puts the script into S3 under its content's hash", () => {
        const { inputs } = find(recorded, "sums-script", ":BucketObjectv2");
        const hash = createHash("sha256").update(text).digest("hex");
        assert.equal(inputs["key"], `scripts/${hash}.py`);
        assert.deepEqual(inputs["source"], { path: "examples/weather/aggregate.py", text });
    });

    it("uploads the script without the provider's default tags: an object can have only ten", () => {
        const { inputs } = find(recorded, "sums-script", ":BucketObjectv2");
        assert.deepEqual(inputs["overrideProvider"], { defaultTags: { tags: {} } });
    });

    it("may read a former script, from which a run may be starting", () => {
        const bucket = String(find(recorded, "sums-scripts", ":Bucket").outputs["arn"]);
        assert.equal(rolePolicy(recorded, "sums-policy")[0]?.Resource, `${bucket}/scripts/*`);
    });

    it("runs Spark, with default arguments", async () => {
        const { inputs } = find(
            await recordJob({ type: GLUE_JOB_TYPE.spark, defaultArguments: { "--mode": "all" } }),
            "sums",
            ":Job",
        );
        assert.equal((inputs["command"] as { name: string }).name, "glueetl");
        assert.deepEqual(
            [inputs["glueVersion"], inputs["workerType"], inputs["numberOfWorkers"], inputs["maxCapacity"]],
            ["5.0", "G.1X", 2, undefined],
        );
        assert.deepEqual(inputs["defaultArguments"], { "--mode": "all" });
    });

    it("keeps the script in a bucket that goes with the stack", () => {
        assert.deepEqual(find(recorded, "sums-scripts", ":Bucket").inputs, { forceDestroy: true });
    });

    it("keeps the script in a bucket that is private", () => {
        assert.deepEqual(find(recorded, "sums-scripts-public-access-block", "").inputs, {
            bucket: find(recorded, "sums-scripts", ":Bucket").outputs["bucket"],
            blockPublicAcls: true,
            blockPublicPolicy: true,
            ignorePublicAcls: true,
            restrictPublicBuckets: true,
        });
    });

    it("keeps the script in a bucket that S3 encrypts", () => {
        assert.deepEqual(find(recorded, "sums-scripts-encryption", "").inputs, {
            bucket: find(recorded, "sums-scripts", ":Bucket").outputs["bucket"],
            rules: [
                {
                    applyServerSideEncryptionByDefault: { sseAlgorithm: "AES256" },
                    blockedEncryptionTypes: ["SSE-C"],
                },
            ],
        });
    });

    it("keeps the script in a bucket that refuses plain HTTP", () => {
        const arn = `arn:aws:s3:::${String(find(recorded, "sums-scripts", ":Bucket").outputs["bucket"])}`;
        assert.deepEqual(statements(find(recorded, "sums-scripts-policy", ":BucketPolicy")), [
            {
                Sid: "DenyPlainHttp",
                Effect: "Deny",
                Principal: "*",
                Action: "s3:*",
                Resource: [arn, `${arn}/*`],
                Condition: { Bool: { "aws:SecureTransport": "false" } },
            },
        ]);
    });

    it("may read its script, write its log and do what its argument lists, and no more", async () => {
        const own = {
            Effect: "Allow" as const,
            Action: "s3:GetObject",
            Resource: "arn:aws:s3:::data/in/*",
        };
        const job = await recordJob({ statements: [own], kmsKeyArn: KEY_ARN });
        const bucket = String(find(job, "sums-scripts", ":Bucket").outputs["arn"]);
        assert.deepEqual(rolePolicy(job, "sums-policy"), [
            { Effect: "Allow", Action: "s3:GetObject", Resource: `${bucket}/scripts/*` },
            {
                Effect: "Allow",
                Action: ["logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"],
                Resource: `arn:aws:logs:eu-west-1:${ACCOUNT}:log-group:/aws-glue/*`,
            },
            {
                Effect: "Allow",
                Action: "kms:Decrypt",
                Resource: KEY_ARN,
                Condition: { StringEquals: { "kms:ViaService": ["s3.eu-west-1.amazonaws.com"] } },
            },
            own,
        ]);
    });

    it("encrypts its bucket with a customer-managed key", async () => {
        const { inputs } = find(await recordJob({ kmsKeyArn: KEY_ARN }), "sums-scripts-encryption", "");
        assert.deepEqual(inputs["rules"], [
            {
                blockedEncryptionTypes: ["SSE-C"],
                applyServerSideEncryptionByDefault: { sseAlgorithm: "aws:kms", kmsMasterKeyId: KEY_ARN },
                bucketKeyEnabled: true,
            },
        ]);
    });

    it("encrypts its script with a customer-managed key, and puts it elsewhere then", async () => {
        const { inputs } = find(await recordJob({ kmsKeyArn: KEY_ARN }), "sums-script", ":BucketObjectv2");
        assert.deepEqual(
            [inputs["serverSideEncryption"], inputs["kmsKeyId"], inputs["bucketKeyEnabled"]],
            ["aws:kms", KEY_ARN, true],
        );
        assert.notEqual(inputs["key"], find(recorded, "sums-script", ":BucketObjectv2").inputs["key"]);
    });

    it("lists every mistake in its arguments in one error", async () => {
        const wrong = { maxConcurrentRuns: 0, timeoutMinutes: 0, type: "gluestreaming" } as object;
        await assert.rejects(recordJob(wrong), (error: Error) => {
            assert.match(error.message, /^GlueJob "sums" cannot be created: /);
            assert.match(error.message, /type is "gluestreaming"; expected one of pythonshell, glueetl/);
            assert.match(error.message, /maxConcurrentRuns is 0; expected a whole number from 1 to 1000/);
            assert.match(error.message, /timeoutMinutes is 0/);
            return true;
        });
    });
});
