/** `turnstile init`: a first program, in an empty folder or beside a program that is there. It overwrites nothing. */
import { existsSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { parse } from "yaml";
import { CommandError } from "../lib/command-error.ts";
import { EXIT } from "../lib/exit-codes.ts";
import type { Surroundings } from "../lib/surroundings.ts";
import { JOB, PROGRAM, STACK, TSCONFIG, manifest, project } from "./files.ts";

/** A name that a Pulumi project may have, and an npm package too. */
const NAME = /^[a-z][a-z0-9_.-]{0,98}$/;

const DEFAULT_NAME = "reports";

/** @param version of this package */
export function init({ cwd, stdout }: Surroundings, version: string): number {
    const here = readdirSync(cwd);
    const isProject = here.some((file) => /^Pulumi\.ya?ml$/.test(file));
    const files = isProject ? partOfProject(here) : wholeProject(here, nameFor(cwd), version);
    refuseToOverwrite(Object.keys(files), here);
    for (const [file, text] of Object.entries(files)) writeFileSync(path.join(cwd, file), text);
    stdout.write(`Written: ${Object.keys(files).join(", ")}\n${nextSteps(cwd, isProject)}`);
    return EXIT.done;
}

/** What a project that is there needs besides. */
function partOfProject(here: readonly string[]): Record<string, string> {
    const hasStack = here.some((file) => /^Pulumi\..+\.ya?ml$/.test(file));
    return {
        "turnstile.ts": PROGRAM,
        "report.py": JOB,
        ...(!hasStack && { "Pulumi.dev.yaml": STACK }),
    };
}

/** `npm install` may have written a package.json already, which serves as well. */
function wholeProject(here: readonly string[], name: string, version: string): Record<string, string> {
    return {
        "Pulumi.yaml": project(name),
        "Pulumi.dev.yaml": STACK,
        ...(!here.includes("package.json") && { "package.json": manifest(name, version) }),
        ...(!here.includes("tsconfig.json") && { "tsconfig.json": TSCONFIG }),
        "index.ts": PROGRAM,
        "report.py": JOB,
    };
}

function nameFor(cwd: string): string {
    const name = path.basename(cwd).toLowerCase();
    return NAME.test(name) ? name : DEFAULT_NAME;
}

function refuseToOverwrite(files: readonly string[], here: readonly string[]): void {
    const there = files.filter((file) => here.includes(file));
    if (there.length === 0) return;
    throw new CommandError(
        "files-exist",
        `Nothing was written, because ${there.join(", ")} would be overwritten.`,
        {
            hint: "rename what is there, or run turnstile init in another folder",
        },
    );
}

function nextSteps(cwd: string, isProject: boolean): string {
    const runner = runnerIn(cwd);
    const steps = [
        ...(isInstalled(cwd, "@pulumi/aws") ? [] : ["npm install"]),
        ...(runner === "ts-node" && !isInstalled(cwd, "ts-node")
            ? ["npm install --save-dev ts-node    # Pulumi compiles ES modules with it"]
            : []),
        "npx turnstile run    # 48 jobs on this machine, three at a time, without AWS",
        "pulumi up            # on AWS",
    ];
    const line = isProject
        ? `\nAdd this line to your program:\n  export * from "./turnstile${EXTENSIONS[runner]}";\n`
        : "";
    return `${line}\nThen:\n${steps.map((step) => `  ${step}\n`).join("")}`;
}

/** What makes a program's TypeScript run: Pulumi by itself, Pulumi with the project's ts-node, or Node. */
type Runner = "pulumi" | "ts-node" | "node";

/** How each wants the extension in an import of a file in TypeScript. */
const EXTENSIONS: Readonly<Record<Runner, string>> = { pulumi: "", "ts-node": ".js", node: ".ts" };

function runnerIn(cwd: string): Runner {
    const { type } = read<{ type?: string }>(cwd, "package.json", JSON.parse);
    const { runtime } = read<Project>(cwd, "Pulumi.yaml", parse);
    if (typeof runtime === "object" && runtime.options?.typescript === false) return "node";
    return type === "module" ? "ts-node" : "pulumi";
}

interface Project {
    readonly runtime?: string | { readonly options?: { readonly typescript?: boolean } };
}

/** What a file says; nothing if it is not there. */
function read<T extends object>(cwd: string, file: string, parser: (text: string) => unknown): Partial<T> {
    const whole = path.join(cwd, file);
    return existsSync(whole) ? (parser(readFileSync(whole, "utf8")) as T) : {};
}

function isInstalled(cwd: string, name: string): boolean {
    return existsSync(path.join(cwd, "node_modules", name));
}
