/**
 * A stack may run a Glue job that it did not make. The embedded account has no such job, so one of that name is put there, as
 * the configuration `jobName` needs it: without retries, without queueing, with more concurrent runs than the limit.
 */
import type { RecordedProgram, Resource } from "../../embedded-aws/index.ts";

/** What to deploy before `program`; undefined when the program makes its job itself, or has none. */
export function existingJob(program: RecordedProgram, limit: number): RecordedProgram | undefined {
    const name = program.outputs["jobName"];
    const isOwn = program.resources.some(
        ({ type, outputs }) => type === "aws:glue/job:Job" && outputs["name"] === name,
    );
    if (typeof name !== "string" || isOwn) return undefined;
    const { account, region, partition } = program;
    const trust = {
        Version: "2012-10-17",
        Statement: [
            { Effect: "Allow", Principal: { Service: "glue.amazonaws.com" }, Action: "sts:AssumeRole" },
        ],
    };
    const roleArn = `arn:${partition}:iam::${account}:role/existing-job`;
    const bucket = `existing-job-${account}`;
    const script = "script.py";
    const readScript = {
        Version: "2012-10-17",
        Statement: [
            {
                Effect: "Allow",
                Action: "s3:GetObject",
                Resource: `arn:${partition}:s3:::${bucket}/${script}`,
            },
        ],
    };
    return {
        project: "existing",
        stack: program.stack,
        account,
        region,
        partition,
        outputs: {},
        resources: [
            resource(
                "aws:iam/role:Role",
                { name: "existing-job", assumeRolePolicy: JSON.stringify(trust) },
                { arn: roleArn, id: "existing-job" },
            ),
            resource(
                "aws:iam/rolePolicy:RolePolicy",
                { name: "existing-job", role: "existing-job", policy: JSON.stringify(readScript) },
                { id: "existing-job:existing-job" },
            ),
            resource(
                "aws:s3/bucket:Bucket",
                { bucket },
                { arn: `arn:${partition}:s3:::${bucket}`, id: bucket },
            ),
            resource(
                "aws:s3/bucketObjectv2:BucketObjectv2",
                { bucket, key: script, content: "# The real script is with the real job.\n" },
                { id: `${bucket}/${script}` },
            ),
            resource(
                "aws:glue/job:Job",
                {
                    name,
                    roleArn,
                    maxRetries: 0,
                    jobRunQueuingEnabled: false,
                    command: { name: "pythonshell", scriptLocation: `s3://${bucket}/${script}` },
                    executionProperty: { maxConcurrentRuns: 2 * limit + 10 },
                },
                { arn: `arn:${partition}:glue:${region}:${account}:job/${name}`, id: name },
            ),
        ],
    };
}

function resource(
    type: string,
    inputs: Record<string, unknown>,
    assigned: Record<string, unknown>,
): Resource {
    const name = String(assigned["id"]);
    return {
        type,
        name,
        urn: `urn:pulumi:existing::existing::${type}::${name}`,
        inputs,
        outputs: { ...inputs, ...assigned },
    };
}
