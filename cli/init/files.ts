/** The files of a first program. */

/** A program, or a part of one: the default template of Pulumi compiles it, and so do all others. */
export const PROGRAM = `import { GlueJob, JobWorkflow, Monitoring, TokenBucket, WorkQueue, operatorOutput } from "pulumi-turnstile";

// Messages come in here; those whose job fails for good go to its dead-letter queue.
const queue = new WorkQueue("reports");

// Three slots: at most three jobs run at once.
const bucket = new TokenBucket("report-slots", { pools: { reports: { limit: 3 } } });

// The job is report.py. To run a job that you have, leave this out, and give its name as jobName.
const job = new GlueJob("report", { script: "report.py", maxConcurrentRuns: 16 });

const workflow = new JobWorkflow("report-jobs", { pool: "reports", queue, bucket, jobName: job.jobName });
const monitoring = new Monitoring("report-monitoring", { queue, bucket, workflow });

export const queueUrl = queue.url;

// The commands of turnstile find the stack by it.
export const operator = operatorOutput({ queue, bucket, workflow, monitoring });
`;

export const JOB = `"""Prints one line about the day that its message names: python3 report.py --day 2026-11-23"""
import argparse
import datetime

parser = argparse.ArgumentParser(allow_abbrev=False)
parser.add_argument("--day", default="2026-11-23", type=datetime.date.fromisoformat)
# Glue hands over arguments of its own besides the message's.
arguments, _ = parser.parse_known_args()
print(f"{arguments.day} is a {arguments.day:%A}")
`;

export const STACK = "config:\n  aws:region: us-east-1\n";

export function project(name: string): string {
    return `name: ${name}
description: Runs Glue jobs from a queue, three at a time
runtime:
  name: nodejs
  options:
    packagemanager: npm
`;
}

/** As Pulumi's own template for TypeScript has it. */
export const TSCONFIG = `${JSON.stringify(
    {
        compilerOptions: {
            strict: true,
            outDir: "bin",
            target: "es2020",
            module: "nodenext",
            moduleResolution: "nodenext",
            sourceMap: true,
            forceConsistentCasingInFileNames: true,
        },
        files: ["index.ts"],
    },
    undefined,
    4,
)}\n`;

/** @param version of this package */
export function manifest(name: string, version: string): string {
    const content = {
        name,
        private: true,
        main: "index.ts",
        dependencies: {
            "@pulumi/aws": "^7.48.0",
            "@pulumi/pulumi": "^3.248.0",
            "pulumi-turnstile": `^${version}`,
        },
        devDependencies: { "@types/node": "^20", typescript: "^5.0.0" },
    };
    return `${JSON.stringify(content, undefined, 4)}\n`;
}
