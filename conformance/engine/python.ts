/** Programs in Python on Pulumi's engine: the SDK is made of provider/schema.json, by the generator that the CLI's plugin for Python calls. */
import { execFile } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { ROOT } from "../installation.ts";
import type { Missing } from "../installation.ts";
import { installPython } from "../python.ts";
import type { Engine } from "./engine.ts";
import { findOnPath } from "./install.ts";

const run = promisify(execFile);

export interface PythonHost {
    /** A Python that has Pulumi's package. */
    readonly python: string;
    readonly go: string;
}

/** Go is needed for the generator, which is part of Pulumi's own module. */
export async function findPythonHost(): Promise<PythonHost | Missing> {
    const go = findOnPath("go", process.env["PATH"]);
    if ("missing" in go) return go;
    const installed = await installPython({
        title: "Pulumi's package for Python",
        name: "pulumi-python",
        requirements: join(import.meta.dirname, "requirements.txt"),
        module: "pulumi, parver",
    });
    return "missing" in installed ? installed : { python: installed.python, go: go.file };
}

/** What an operation came to, as program.py prints it. */
export interface PythonOutcome {
    readonly changes: Readonly<Record<string, number>>;
    readonly outputs?: Readonly<Record<string, unknown>>;
}

/** Writes the SDK for Python into a folder of the engine's, with what an installation adds: the SDK asks for its own version. */
export async function makeSdk(engine: Engine, { go }: PythonHost): Promise<string> {
    const folder = engine.make("sdk");
    const schema = join(ROOT, "provider/schema.json");
    await run(go, ["run", ".", "python", schema, folder], { cwd: join(import.meta.dirname, "sdk") });
    const { version } = JSON.parse(readFileSync(schema, "utf8")) as { version: string };
    const metadata = join(folder, `pulumi_turnstile-${version}.dist-info`);
    mkdirSync(metadata);
    writeFileSync(
        join(metadata, "METADATA"),
        `Metadata-Version: 2.1\nName: pulumi_turnstile\nVersion: ${version}\n`,
    );
    return folder;
}

/** Runs operations with a program, one after the other, on a stack of a project of its own. */
export async function runPython(
    engine: Engine,
    { python }: PythonHost,
    sdk: string,
    program: string,
    operations: readonly string[],
): Promise<PythonOutcome[]> {
    const folder = engine.make("python");
    const file = join(folder, "__main__.py");
    writeFileSync(file, program);
    const script = join(import.meta.dirname, "program.py");
    const args = [script, folder, "python", "python", file, ...operations];
    const { stdout } = await run(python, args, { env: { ...engine.environment, PYTHONPATH: sdk } });
    return stdout
        .trim()
        .split("\n")
        .map((line) => JSON.parse(line) as PythonOutcome);
}
