/** `turnstile init`: a first program, in an empty folder or beside a program that is there. It overwrites nothing. */
import { existsSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import path from "node:path";
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
    const steps = [
        ...(isInstalled(cwd) ? [] : ["npm install"]),
        "npx turnstile run    # 48 jobs on this machine, three at a time, without AWS",
        "pulumi up            # on AWS",
    ];
    const line = isProject
        ? `\nAdd this line to your program:\n  export * from "./turnstile${isModule(cwd) ? ".js" : ""}";\n`
        : "";
    return `${line}\nThen:\n${steps.map((step) => `  ${step}\n`).join("")}`;
}

function isInstalled(cwd: string): boolean {
    return existsSync(path.join(cwd, "node_modules", "@pulumi", "aws"));
}

/** Whether imports must name the file's extension. */
function isModule(cwd: string): boolean {
    const file = path.join(cwd, "package.json");
    return (
        existsSync(file) && (JSON.parse(readFileSync(file, "utf8")) as { type?: string }).type === "module"
    );
}
