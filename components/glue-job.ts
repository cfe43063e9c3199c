/** A Glue job made from a script on this machine, set up as a workflow needs it. */
import { existsSync } from "node:fs";
import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { DEFAULT, KMS_KEY_ARN, RANGE, wordsOf } from "./allowed-values.ts";
import { checkArguments, choiceRule, nameMistake, numberRule, plainMistake, textRule } from "./arguments.ts";
import type { Demands, Mistake, Tags } from "./arguments.ts";
import { autonamingMistakes } from "./autonaming.ts";
import { inputsOf } from "./inputs.ts";
import { makeScriptBucket, SCRIPTS, uploadScript } from "./glue-job/script.ts";
import { arnIn, locationOf, orNothing } from "./location.ts";
import type { Location } from "./location.ts";
import { policy, trust, useKey } from "./policies.ts";
import type { Statement } from "./policies.ts";
import { programPath } from "./program-file.ts";
import { noteJob } from "./uses.ts";

/**
 * The kinds of Glue job.
 * @example
 * ```ts
 * new GlueJob("report", { script: "report.py", type: GLUE_JOB_TYPE.spark, maxConcurrentRuns: 20 });
 * ```
 */
export const GLUE_JOB_TYPE = {
    /** One Python process on a sixteenth of a data processing unit. */
    pythonShell: "pythonshell",
    /** Apache Spark, in Python, on two workers G.1X. */
    spark: "glueetl",
} as const;
/**
 * A kind of Glue job: a value of {@link GLUE_JOB_TYPE}.
 * @example
 * ```ts
 * const isLarge = new pulumi.Config().getBoolean("large") ?? false;
 * const type: GlueJobType = isLarge ? GLUE_JOB_TYPE.spark : GLUE_JOB_TYPE.pythonShell;
 *
 * new GlueJob("report", { script: "report.py", type, maxConcurrentRuns: 20 });
 * ```
 */
export type GlueJobType = (typeof GLUE_JOB_TYPE)[keyof typeof GLUE_JOB_TYPE];

/**
 * What a {@link GlueJob} is made of.
 * @example
 * ```ts
 * const shared: Omit<GlueJobArgs, "script"> = { maxConcurrentRuns: 20, timeoutMinutes: 30 };
 *
 * new GlueJob("daily", { ...shared, script: "report.py" });
 * new GlueJob("monthly", { ...shared, script: "report.py", timeoutMinutes: 240 });
 * ```
 */
export interface GlueJobArgs {
    /**
     * The Python script: a path, relative to where Pulumi runs, or a URL.
     * @example
     * Beside the program, wherever Pulumi runs:
     *
     * ```ts
     * new GlueJob("report", { script: new URL("report.py", import.meta.url), maxConcurrentRuns: 20 });
     * ```
     */
    script: string | URL;
    /** What runs the script. @default GLUE_JOB_TYPE.pythonShell */
    type?: pulumi.Input<GlueJobType> | undefined;
    /**
     * How many runs Glue allows at once, 1 to 1000. Set it above the limit: Glue counts a run for a while after its end, and
     * would refuse the next start.
     */
    maxConcurrentRuns: pulumi.Input<number>;
    /** Minutes after which Glue stops a run, 1 to 10,080 (seven days). @default 60 */
    timeoutMinutes?: pulumi.Input<number> | undefined;
    /**
     * Arguments of every run, by name. A message's arguments go over them.
     * @default none
     * @example
     * ```ts
     * new GlueJob("report", {
     *     script: "report.py",
     *     maxConcurrentRuns: 20,
     *     defaultArguments: { "--region": "north", "--additional-python-modules": "pyarrow==17.0.0" },
     * });
     * ```
     */
    defaultArguments?: pulumi.Input<Record<string, pulumi.Input<string>>> | undefined;
    /**
     * What the script may do, besides reading itself and writing its log.
     * @default nothing
     * @example
     * ```ts
     * new GlueJob("report", {
     *     script: "report.py",
     *     maxConcurrentRuns: 20,
     *     statements: [{ Effect: "Allow", Action: "s3:PutObject", Resource: "arn:aws:s3:::my-reports/*" }],
     * });
     * ```
     */
    statements?: pulumi.Input<pulumi.Input<Statement>[]> | undefined;
    /** ARN of the KMS key that encrypts the script. @default S3's own key */
    kmsKeyArn?: pulumi.Input<string> | undefined;
    /** Tags of every resource that can have tags. @default none */
    tags?: Tags | undefined;
}

/**
 * A Glue job made from a Python script, for a {@link JobWorkflow} to run.
 *
 * It has no retries and no queue of its own: both would start runs for which nobody holds a slot. The script's key in S3 is the
 * hash of its content, so a run that has started never gets another script. Former scripts stay in the bucket until it is deleted.
 *
 * @example
 *
 * #### Run a Python script
 *
 * ```ts
 * const job = new GlueJob("report", { script: "report.py", maxConcurrentRuns: 20 });
 *
 * new JobWorkflow("reports", { pool: "reports", queue, bucket, jobName: job.jobName });
 * ```
 *
 * #### Run Spark
 *
 * ```ts
 * new GlueJob("report", {
 *     script: "report.py",
 *     type: GLUE_JOB_TYPE.spark,
 *     maxConcurrentRuns: 20,
 *     timeoutMinutes: 240,
 * });
 * ```
 *
 * #### Let it read and write data
 *
 * ```ts
 * const bucket = new aws.s3.Bucket("reports");
 * const objects = pulumi.interpolate`${bucket.arn}/*`;
 *
 * new GlueJob("report", {
 *     script: "report.py",
 *     maxConcurrentRuns: 20,
 *     defaultArguments: { "--bucket": bucket.bucket },
 *     statements: [{ Effect: "Allow", Action: ["s3:GetObject", "s3:PutObject"], Resource: objects }],
 * });
 * ```
 */
export class GlueJob extends pulumi.ComponentResource {
    readonly job: aws.glue.Job;
    readonly jobName: pulumi.Output<string>;
    /** The role under which the script runs. */
    readonly role: aws.iam.Role;

    constructor(name: string, given: GlueJobArgs, options?: pulumi.ComponentResourceOptions) {
        super("turnstile:index:GlueJob", name, shownInputs(given), options);
        const args = checkArguments("GlueJob", name, given, DEMANDS);
        const part = { parent: this, name, args };

        const bucket = makeScriptBucket(part);
        const script = uploadScript(part, bucket);
        this.role = new aws.iam.Role(
            `${name}-role`,
            { assumeRolePolicy: trust("glue.amazonaws.com"), tags: args.tags },
            { parent: this },
        );
        const scriptArns = pulumi.interpolate`${bucket.arn}/${SCRIPTS}*`;
        const permissions = new aws.iam.RolePolicy(
            `${name}-policy`,
            { role: this.role.name, policy: policy(statements(args, scriptArns, locationOf(this))) },
            { parent: this },
        );
        const scriptLocation = pulumi.interpolate`s3://${bucket.bucket}/${script.key}`;
        this.job = new aws.glue.Job(name, jobArgs(args, scriptLocation, this.role), {
            parent: this,
            dependsOn: [permissions],
        });

        this.jobName = orNothing(this.job.name, name);
        noteJob(name, this, args.maxConcurrentRuns);
        this.registerOutputs({ jobName: this.jobName });
    }
}

/** Bucket names have 63 characters; Pulumi adds eight, and ours is `-scripts`. */
const MAX_NAME = 47;

const DEMANDS: Demands<GlueJobArgs> = {
    fields: {
        script: "a path or a URL",
        maxConcurrentRuns: wordsOf(RANGE.maxConcurrentRuns),
        type: undefined,
        timeoutMinutes: undefined,
        defaultArguments: undefined,
        statements: undefined,
        kmsKeyArn: undefined,
        tags: undefined,
    },
    rules: {
        type: choiceRule(Object.values(GLUE_JOB_TYPE)),
        maxConcurrentRuns: numberRule(RANGE.maxConcurrentRuns),
        timeoutMinutes: numberRule(RANGE.jobTimeoutMinutes),
        kmsKeyArn: textRule(KMS_KEY_ARN),
    },
    mistakes: (name, { script }) => [
        nameMistake(name, MAX_NAME),
        ...autonamingMistakes("GlueJob", name),
        plainMistake("script", script, "a path or a URL") ?? scriptMistake(script),
    ],
};

/** @param script in plain JavaScript anything */
function scriptMistake(script: string | URL | undefined): Mistake {
    if (script === undefined || script === null || existsSync(script)) return undefined;
    return `script is ${String(script)}, where no file is; expected a path from ${process.cwd()}, or a URL`;
}

/** The script by its path from the program's folder, which is the same on every machine. */
function shownInputs(args: GlueJobArgs): pulumi.Inputs {
    const { script, ...others } = inputsOf(args);
    const isPath = typeof script === "string" || script instanceof URL;
    return { ...others, ...(isPath && { script: programPath(script) }) };
}

function statements(
    args: GlueJobArgs,
    scriptArns: pulumi.Output<string>,
    location: Location,
): pulumi.Output<pulumi.Input<Statement>[]> {
    const own: Statement[] = [
        // Also former scripts: a run may be starting from one.
        { Effect: "Allow", Action: "s3:GetObject", Resource: scriptArns },
        {
            // Glue writes the output of all jobs to log groups of its own, and creates them if they are missing.
            Effect: "Allow",
            Action: ["logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"],
            Resource: arnIn(location, "logs", "log-group:/aws-glue/*"),
        },
        ...useKey(args.kmsKeyArn, { s3: "read" }, location),
    ];
    return pulumi.output(args.statements ?? []).apply((theirs) => [...own, ...theirs]);
}

function jobArgs(
    args: GlueJobArgs,
    scriptLocation: pulumi.Output<string>,
    role: aws.iam.Role,
): aws.glue.JobArgs {
    const type = pulumi.output(args.type ?? GLUE_JOB_TYPE.pythonShell);
    const { pythonVersion, ...runtime } = runtimeArgs(type);
    return {
        ...runtime,
        command: { name: type, pythonVersion, scriptLocation },
        roleArn: role.arn,
        maxRetries: 0,
        jobRunQueuingEnabled: false,
        executionProperty: { maxConcurrentRuns: args.maxConcurrentRuns },
        timeout: args.timeoutMinutes ?? DEFAULT.jobTimeoutMinutes,
        defaultArguments: args.defaultArguments,
        tags: args.tags,
    };
}

interface Runtime {
    readonly pythonVersion: string;
    readonly glueVersion?: string;
    readonly maxCapacity?: number;
    readonly workerType?: string;
    readonly numberOfWorkers?: number;
}

const RUNTIMES: Readonly<Record<GlueJobType, Runtime>> = {
    [GLUE_JOB_TYPE.pythonShell]: { pythonVersion: "3.9", maxCapacity: 0.0625 },
    [GLUE_JOB_TYPE.spark]: {
        pythonVersion: "3",
        glueVersion: "5.0",
        workerType: "G.1X",
        numberOfWorkers: 2,
    },
};

function runtimeArgs(type: pulumi.Output<GlueJobType>) {
    const runtime = type.apply((name): Runtime => RUNTIMES[name]);
    const { pythonVersion, glueVersion, maxCapacity, workerType, numberOfWorkers } = runtime;
    return { pythonVersion, glueVersion, maxCapacity, workerType, numberOfWorkers };
}
