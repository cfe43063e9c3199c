/** Projects as users have them: Pulumi's default template and others, each with a program that uses the package. */
import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";

export type Files = Readonly<Record<string, string | object>>;

export function write(folder: string, files: Files): void {
    for (const [name, content] of Object.entries(files)) {
        const file = path.join(folder, name);
        mkdirSync(path.dirname(file), { recursive: true });
        writeFileSync(file, typeof content === "string" ? content : JSON.stringify(content, undefined, 4));
    }
}

/** A program that has a resource besides Turnstile's, of a type that the embedded AWS does not have. */
const PROGRAM = `
import * as aws from "@pulumi/aws";
import { GlueJob, JobWorkflow, TokenBucket, WorkQueue, operatorOutput } from "pulumi-turnstile";
import { limit } from "./limit";

const vpc = new aws.ec2.Vpc("main", { cidrBlock: "10.0.0.0/16" });
const queue = new WorkQueue("reports");
const bucket = new TokenBucket("slots", { pools: { reports: { limit } } });
const job = new GlueJob("report", { script: "report.py", maxConcurrentRuns: 20 });
const workflow = new JobWorkflow("reports", { pool: "reports", queue, bucket, jobName: job.jobName });

export const operator = operatorOutput({ queue, bucket, workflow });
export const vpcId = vpc.id;
`;

const COMMON: Files = {
    "report.py": "print('a report')\n",
    "Pulumi.dev.yaml": "config:\n  aws:region: eu-west-1\n",
    "limit.ts": "export const limit: number = 2;\n",
};

const DEPENDENCIES = { "@pulumi/aws": "^7.0.0", "@pulumi/pulumi": "^3.113.0" };

/** \`pulumi new aws-typescript\`: CommonJS, compiled by Pulumi. */
export function defaultTemplate(tarball: string): Files {
    return {
        ...COMMON,
        "Pulumi.yaml":
            "name: reports\ndescription: A minimal AWS TypeScript Pulumi program\n" +
            "runtime:\n  name: nodejs\n  options:\n    packagemanager: npm\n",
        "package.json": {
            name: "reports",
            main: "index.ts",
            devDependencies: { "@types/node": "^18", typescript: "^5.0.0" },
            dependencies: { ...DEPENDENCIES, "pulumi-turnstile": `file:${tarball}` },
        },
        "tsconfig.json": {
            compilerOptions: {
                strict: true,
                outDir: "bin",
                target: "es2020",
                module: "commonjs",
                moduleResolution: "node",
                sourceMap: true,
                experimentalDecorators: true,
                pretty: true,
                noFallthroughCasesInSwitch: true,
                noImplicitReturns: true,
                forceConsistentCasingInFileNames: true,
            },
            files: ["index.ts"],
        },
        "index.ts": PROGRAM,
    };
}

/** ES modules, compiled by Pulumi through the project's own ts-node. */
export function nodeNext(tarball: string): Files {
    return {
        ...COMMON,
        "Pulumi.yaml": "name: modules\nruntime: nodejs\nmain: src/\n",
        "package.json": {
            name: "modules",
            type: "module",
            devDependencies: { "@types/node": "^20", "ts-node": "^10.9.2", typescript: "^5.0.0" },
            dependencies: { ...DEPENDENCIES, "pulumi-turnstile": `file:${tarball}` },
        },
        "src/tsconfig.json": {
            compilerOptions: { strict: true, target: "es2022", module: "nodenext", noEmit: true },
            files: ["index.ts"],
        },
        "src/report.py": "print('a report')\n",
        "src/limit.ts": "export const limit: number = 2;\n",
        "src/index.ts": PROGRAM.replace('"./limit"', '"./limit.js"'),
    };
}

/** ES modules that Node itself runs, resolved as bundlers do. */
export function bundler(tarball: string): Files {
    return {
        ...COMMON,
        "Pulumi.yaml":
            "name: bundled\nmain: index.ts\nruntime:\n  name: nodejs\n  options:\n    typescript: false\n",
        "package.json": {
            name: "bundled",
            type: "module",
            devDependencies: { "@types/node": "^22", typescript: "^5.8.0" },
            dependencies: { ...DEPENDENCIES, "pulumi-turnstile": `file:${tarball}` },
        },
        "tsconfig.json": {
            compilerOptions: {
                strict: true,
                target: "es2022",
                module: "preserve",
                moduleResolution: "bundler",
                exactOptionalPropertyTypes: true,
                allowImportingTsExtensions: true,
                noEmit: true,
            },
            files: ["index.ts"],
        },
        "index.ts": PROGRAM.replace('"./limit"', '"./limit.ts"'),
    };
}

/** Plain JavaScript that requires what it needs. */
export function plain(tarball: string): Files {
    return {
        ...COMMON,
        "Pulumi.yaml": "name: plain\nruntime: nodejs\n",
        "package.json": {
            name: "plain",
            dependencies: { ...DEPENDENCIES, "pulumi-turnstile": `file:${tarball}` },
        },
        "limit.js": "exports.limit = 2;\n",
        "index.js": PROGRAM.replaceAll(
            /import (?:\* as )?(.+) from ("[^"]+");/g,
            (_, names: string, from: string) => `const ${names} = require(${from});`,
        ).replaceAll(/export const (\w+) =/g, "exports.$1 ="),
    };
}
