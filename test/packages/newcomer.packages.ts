/** Strangers with the files that `pulumi new aws-typescript` writes, who follow README.md to the letter. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import path from "node:path";
import { Folders, installTools, NODE_VERSIONS, nodeOf, pack, ROOT, run, tryRun } from "./machine.ts";
import type { Outcome } from "./machine.ts";
import { write } from "./projects.ts";
import type { Files } from "./projects.ts";

const README = readFileSync(path.join(ROOT, "README.md"), "utf8");

/** What README.md says besides to those whose project is of ES modules. */
const FOR_MODULES = { install: "npm install --save-dev ts-node", file: '"./turnstile.js"' };

describe("a newcomer with the words of README.md", () => {
    const folders = new Folders();
    let tarball: string;

    before(() => {
        installTools();
        tarball = pack(folders.make());
    });

    after(() => {
        folders.remove();
    });

    for (const type of ["commonjs", "module"] as const) {
        describe(`in a project of type ${type}`, () => {
            const commands = commandsFor(type);
            let project: string;

            before(() => {
                project = folders.make();
                write(project, template(type));
                for (const command of ["npm install", ...commands.slice(0, -1)]) {
                    const line = command.replace("npm install pulumi-turnstile", `npm install ${tarball}`);
                    const { code, out, error } = shell(line, project, nodeOf(20) ?? process.execPath);
                    assert.equal(code, 0, `${line}\n${out}\n${error}`);
                }
            });

            for (const version of NODE_VERSIONS)
                it(`runs 48 jobs of a program of their own on Node ${version}`, function () {
                    const node = nodeOf(version);
                    if (node === undefined) return this.skip();
                    const { code, out, error } = shell(commands.at(-1) ?? "", project, node);
                    assert.equal(code, 0, error);
                    assert.match(out, /48 done, 0 failed/);
                });

            it("compiles by the tsconfig.json of the template", () => {
                const compiler = path.join(project, "node_modules/typescript/bin/tsc");
                run(process.execPath, [compiler, "--noEmit"], { cwd: project });
            });
        });
    }
});

/** The commands of README.md, in the words for such a project. */
function commandsFor(type: "commonjs" | "module"): string[] {
    const [, block = ""] = /\n## Use the components\n[^#]*?```sh\n(.*?)```/s.exec(README) ?? [];
    const commands = block
        .trim()
        .split("\n")
        .map((line) => line.replace(/\s+# .*$/, ""));
    assert.equal(commands.at(0), "npm install pulumi-turnstile");
    if (type === "commonjs") return commands;
    for (const words of Object.values(FOR_MODULES)) assert.ok(README.includes(words), words);
    return [
        FOR_MODULES.install,
        ...commands.map((command) => command.replace('"./turnstile"', FOR_MODULES.file)),
    ];
}

/** The settings of Pulumi's template, of which the type is CommonJS. */
function template(type: "commonjs" | "module"): Files {
    return {
        "Pulumi.yaml":
            "name: reports\ndescription: A minimal AWS TypeScript Pulumi program\nruntime: nodejs\n",
        "Pulumi.dev.yaml": "config:\n  aws:region: us-east-1\n",
        "package.json": {
            name: "reports",
            ...(type === "module" && { type }),
            main: "index.ts",
            devDependencies: { "@types/node": "^18", typescript: "^5.0.0" },
            dependencies: { "@pulumi/aws": "^7.0.0", "@pulumi/awsx": "^3.0.0", "@pulumi/pulumi": "^3.113.0" },
        },
        "tsconfig.json": {
            compilerOptions: {
                strict: true,
                outDir: "bin",
                target: "es2020",
                module: "nodenext",
                moduleResolution: "nodenext",
                sourceMap: true,
                experimentalDecorators: true,
                pretty: true,
                noFallthroughCasesInSwitch: true,
                noImplicitReturns: true,
                forceConsistentCasingInFileNames: true,
            },
            files: ["index.ts"],
        },
        "index.ts":
            'import * as aws from "@pulumi/aws";\nimport "@pulumi/awsx";\n\n' +
            'export const bucketName = new aws.s3.Bucket("my-bucket").id;\n',
    };
}

/** Runs a line as a user's shell does whose Node is this one. */
function shell(line: string, cwd: string, node: string): Outcome {
    const PATH = [path.dirname(node), process.env["PATH"] ?? ""].join(path.delimiter);
    return tryRun("sh", ["-c", line], { cwd, env: { PATH } });
}
