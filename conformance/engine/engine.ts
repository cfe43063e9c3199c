/** Pulumi's engine, with a stand-in for the AWS provider, on a backend in a temporary folder. Nothing reaches a network. */
import { execFile, fork } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { chmodSync, cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { promisify } from "node:util";
import { parse } from "yaml";
import { ROOT } from "../installation.ts";
import type { PulumiInstalled } from "./install.ts";
import type { Broken, EngineRequest, Outcome, State } from "./requests.ts";

const PROJECT = "turnstile";
export const REGION = "us-east-1";

/** Programs by which the engine finds providers. */
const PLUGINS: Readonly<Record<string, string>> = {
    "pulumi-resource-aws": join(import.meta.dirname, "aws.ts"),
    "pulumi-resource-turnstile": join(ROOT, "dist/provider/index.cjs"),
};

const ORPHAN = join(import.meta.dirname, "orphan.ts");

/** What a command of the CLI came to. */
export interface Printed {
    readonly code: number;
    readonly stdout: string;
    readonly stderr: string;
}

export class Engine {
    readonly folder = mkdtempSync(join(tmpdir(), "turnstile-engine-"));
    readonly environment: NodeJS.ProcessEnv;
    private readonly program: string;
    private readonly host: ChildProcess;

    constructor({ root, folder: cli }: PulumiInstalled) {
        this.program = join(cli, "pulumi");
        const work = this.make("work");
        const plugins = this.make("plugins");
        writeProject(work);
        for (const [name, file] of Object.entries(PLUGINS)) writePlugin(join(plugins, name), file);
        const path = [plugins, cli, dirname(process.execPath), process.env["PATH"]].join(delimiter);
        this.environment = { ...withoutPulumi(process.env), ...this.settings(), PATH: path };
        this.host = fork(join(import.meta.dirname, "host.ts"), [root ?? "", work, PROJECT], {
            cwd: work,
            env: this.environment,
            // A group of its own, so that the CLI can be killed with it.
            detached: true,
            execArgv: ["--no-warnings"],
            stdio: ["ignore", "ignore", "inherit", "ipc"],
        });
        process.once("exit", this.remove);
    }

    preview(stack: string, program: EngineRequest["program"], config = {}): Promise<Outcome> {
        return this.ask("preview", stack, program, config);
    }

    up(stack: string, program: EngineRequest["program"], config = {}): Promise<Outcome> {
        return this.ask("up", stack, program, config);
    }

    destroy(stack: string): Promise<Outcome> {
        return this.ask("destroy", stack);
    }

    async state(stack: string): Promise<State> {
        const { state } = await this.ask("export", stack);
        if (!state) throw new Error("export without a state");
        return state;
    }

    /** Runs a command of the CLI, in a folder of this name beside the others. */
    async cli(folder: string, ...args: string[]): Promise<Printed> {
        const options = { cwd: join(this.folder, folder), env: this.environment };
        try {
            const { stdout, stderr } = await promisify(execFile)(this.program, args, options);
            return { code: 0, stdout, stderr };
        } catch (error) {
            const { code, stdout, stderr } = error as { code: unknown; stdout?: string; stderr?: string };
            if (typeof code !== "number" || stdout === undefined || stderr === undefined) throw error;
            return { code, stdout, stderr };
        }
    }

    /** Makes a folder for a program. */
    make(name: string): string {
        const folder = join(this.folder, name);
        mkdirSync(folder);
        return folder;
    }

    async stop(): Promise<void> {
        if (this.host.connected) {
            const ended = once(this.host, "exit");
            this.host.disconnect();
            await ended;
        }
        process.off("exit", this.remove);
        this.remove();
    }

    private async ask(
        operation: EngineRequest["operation"],
        stack: string,
        program?: EngineRequest["program"],
        config: EngineRequest["config"] = {},
    ): Promise<Outcome> {
        const request: EngineRequest = {
            operation,
            stack,
            ...(program && { program }),
            config: { "aws:region": REGION, ...config },
        };
        const replied = once(this.host, "message") as Promise<[Outcome | Broken]>;
        this.host.send(request);
        const [reply] = await replied;
        if ("broken" in reply) throw new Error(reply.broken);
        return reply;
    }

    private settings(): NodeJS.ProcessEnv {
        return {
            AWS_REGION: REGION,
            PULUMI_HOME: this.make("home"),
            PULUMI_BACKEND_URL: `file://${this.make("state")}`,
            PULUMI_CONFIG_PASSPHRASE: "turnstile",
            PULUMI_SKIP_UPDATE_CHECK: "true",
            PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
        };
    }

    /** Kills what still runs first: it would write into the folder. */
    private readonly remove = (): void => {
        const { pid, exitCode, signalCode } = this.host;
        if (pid !== undefined && exitCode === null && signalCode === null) process.kill(-pid, "SIGKILL");
        rmSync(this.folder, { recursive: true, force: true, maxRetries: 10 });
    };
}

/** The project of the repository, without the file of its program: the Automation API runs that itself. */
function writeProject(folder: string): void {
    const { main, ...project } = parse(readFileSync(join(ROOT, "Pulumi.yaml"), "utf8")) as Record<
        string,
        unknown
    >;
    if (main === undefined) throw new Error("Pulumi.yaml has no main");
    writeFileSync(join(folder, "Pulumi.yaml"), JSON.stringify(project));
    cpSync(join(ROOT, "Pulumi.dev.yaml"), join(folder, "Pulumi.dev.yaml"));
}

function writePlugin(file: string, program: string): void {
    const node = [process.execPath, "--no-warnings", "--import", ORPHAN, program];
    writeFileSync(file, `#!/bin/sh\nexec ${node.map((part) => `'${part}'`).join(" ")} "$@"\n`);
    chmodSync(file, 0o755);
}

/** The user's own backend, credentials and mode of work are no business of a test. */
function withoutPulumi(environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
    return Object.fromEntries(
        Object.entries(environment).filter(([name]) => !/^(AWS_|PULUMI_|NODE_OPTIONS$)/.test(name)),
    );
}
