import assert from "node:assert/strict";
import { partitionOf } from "../../../embedded-aws/location.ts";
import type { Destination } from "../../../embedded-aws/recording/assignment.ts";
import { assign } from "../../../embedded-aws/services/index.ts";

const destination: Destination = { account: "123456789012", region: "eu-west-1", partition: "aws", seed: 1 };

function outputsOf(
    type: string,
    name: string,
    inputs: Record<string, unknown>,
    where = destination,
): Readonly<Record<string, unknown>> {
    return assign({ type, name, inputs, urn: `urn:pulumi:dev::test::${type}::${name}` }, where).outputs;
}

const QUEUE = "aws:sqs/queue:Queue";

describe("what AWS assigns to a resource", () => {
    it("is a name of the program's and seven hexadecimal digits where none is given", () => {
        assert.match(String(outputsOf("aws:glue/job:Job", "etl", {})["name"]), /^etl-[0-9a-f]{7}$/);
    });

    it("is the same for the same resource and seed, and another one for another seed", () => {
        const again = outputsOf(QUEUE, "work", {});
        assert.deepEqual(outputsOf(QUEUE, "work", {}), again);
        assert.notEqual(outputsOf(QUEUE, "work", {}, { ...destination, seed: 2 })["name"], again["name"]);
    });

    it("is a FIFO queue's name with its ending after the random digits", () => {
        const { name, arn, url, id } = outputsOf(QUEUE, "work", { fifoQueue: true });
        assert.match(String(name), /^work-[0-9a-f]{7}\.fifo$/);
        assert.equal(arn, `arn:aws:sqs:eu-west-1:123456789012:${String(name)}`);
        assert.equal(url, `https://sqs.eu-west-1.amazonaws.com/123456789012/${String(name)}`);
        assert.equal(id, url);
    });

    it("is the given name, or one that begins with the given prefix", () => {
        assert.equal(outputsOf("aws:iam/role:Role", "role", { name: "mine" })["name"], "mine");
        assert.match(
            String(outputsOf("aws:iam/role:Role", "role", { namePrefix: "mine-" })["name"]),
            /^mine-\d{26}$/,
        );
        assert.equal(outputsOf("aws:s3/bucket:Bucket", "data", { bucket: "mine" })["bucket"], "mine");
    });

    it("is a bucket's name in lower case and an ARN without region or account", () => {
        const { bucket, arn } = outputsOf("aws:s3/bucket:Bucket", "JobData", {});
        assert.match(String(bucket), /^jobdata-[0-9a-f]{7}$/);
        assert.equal(arn, `arn:aws:s3:::${String(bucket)}`);
    });

    it("is in the region's own partition and domain", () => {
        const china = { ...destination, region: "cn-north-1", partition: partitionOf("cn-north-1") };
        const { arn, url } = outputsOf(QUEUE, "work", { name: "q" }, china);
        assert.equal(arn, "arn:aws-cn:sqs:cn-north-1:123456789012:q");
        assert.equal(url, "https://sqs.cn-north-1.amazonaws.com.cn/123456789012/q");
    });

    it("is a stream's ARN only for a table that has a stream", () => {
        const table = "aws:dynamodb/table:Table";
        assert.match(
            String(outputsOf(table, "t", { name: "t", streamEnabled: true })["streamArn"]),
            /:table\/t\/stream\//,
        );
        assert.equal(outputsOf(table, "t", { name: "t" })["streamArn"], "");
    });

    it("is refused when the name would be longer than AWS takes", () => {
        assert.throws(
            () => outputsOf("aws:lambda/function:Function", "f".repeat(60), {}),
            /longer than the 64 characters allowed/,
        );
    });

    it("is an error that names the type and the resource for a type that is not known", () => {
        assert.throws(
            () => outputsOf("aws:ec2/vpc:Vpc", "network", {}),
            /does not know the resource type aws:ec2\/vpc:Vpc \(resource 'network'\)/,
        );
    });
});
