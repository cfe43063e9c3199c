/**
 * Runs a Pulumi program in a child process, under mocks, and returns every resource that it declared. It is the
 * deployed program, with the same entry point and configuration. Nothing reaches AWS or Pulumi's service.
 */
import { fork } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { partitionOf } from "../location.ts";
import { ALL_ASSIGNMENTS } from "../services/index.ts";
import type { Destination } from "./assignment.ts";
import type { ProgramFile } from "./load-program.ts";
import type { RecordedProgram } from "./resource.ts";
import { readStackConfig } from "./stack-config.ts";

export interface RecordOptions {
    /** Where Pulumi.yaml is. */
    directory: string;
    stack: string;
    /** Values that replace the values of the stack's configuration; keys with or without the project's namespace. */
    config?: Readonly<Record<string, string>>;
    /** Runs the program as `pulumi preview` does before a first deployment: nothing that AWS assigns is known. */
    preview?: boolean;
    /** Makes the random suffixes of physical names. @default 1 */
    seed?: number;
    /** @default "123456789012" */
    account?: string;
    /**
     * Whether a program may declare resources of types that no service has. They get an id, a name and an ARN, and whoever
     * deploys the program must leave them out. @default false: the first of them is an error
     */
    allowUnknownTypes?: boolean;
    /** Gets what the program prints. @default writes it to the standard error stream */
    print?: (text: string) => void;
}

/** The value of inputs and outputs that a preview does not know before the deployment. */
export const UNKNOWN = "(known after deployment)";

/** The program failed; the message is the program's own. */
export class ProgramError extends Error {
    override readonly name = "ProgramError";
    /** What the program called its error, such as `ConfigError`. */
    readonly errorName: string;

    constructor(message: string, errorName = "Error") {
        super(message);
        this.errorName = errorName;
    }
}

/** What the child gets. It reads no environment. */
export interface RecordRequest extends ProgramFile {
    readonly directory: string;
    readonly workingDirectory: string;
    readonly project: string;
    readonly stack: string;
    readonly config: Readonly<Record<string, string>>;
    readonly secretKeys: readonly string[];
    readonly preview: boolean;
    readonly unknown: string;
    readonly allowUnknownTypes: boolean;
    readonly destination: Destination;
    /** The modules with what AWS assigns to resources (`Assignments.module`). */
    readonly assignmentModules: readonly string[];
}

/** The one answer of the child. */
export type RecordReply =
    | {
          readonly kind: "recorded";
          readonly resources: RecordedProgram["resources"];
          readonly outputs: RecordedProgram["outputs"];
      }
    | { readonly kind: "failed"; readonly name: string; readonly message: string };

/** Records the program of a stack. Throws `StackConfigError` or `ProgramError`. */
export async function recordProgram(options: RecordOptions): Promise<RecordedProgram> {
    const stackConfig = readStackConfig({
        directory: options.directory,
        stack: options.stack,
        ...(options.config && { overrides: options.config }),
    });
    const { project, stack, config, secretKeys, region } = stackConfig;
    const { entry, workingDirectory, compiles, tsconfig } = stackConfig;
    const destination = {
        account: options.account ?? "123456789012",
        region,
        partition: partitionOf(region),
        seed: options.seed ?? 1,
    };
    const directory = resolve(options.directory);
    const preview = options.preview ?? false;
    const request = {
        entry,
        compiles,
        tsconfig,
        directory,
        workingDirectory,
        project,
        stack,
        config,
        secretKeys,
        preview,
        unknown: UNKNOWN,
        allowUnknownTypes: options.allowUnknownTypes ?? false,
        destination,
        assignmentModules: ALL_ASSIGNMENTS.map(({ module }) => module),
    };
    const reply = await runChild(request, options.print ?? ((text) => process.stderr.write(text)));
    if (reply.kind === "failed") throw new ProgramError(reply.message, reply.name);
    const { account, partition } = destination;
    return { project, stack, account, region, partition, resources: reply.resources, outputs: reply.outputs };
}

function runChild(request: RecordRequest, print: (text: string) => void): Promise<RecordReply> {
    const child = fork(fileURLToPath(new URL("recorder.ts", import.meta.url)), {
        cwd: request.workingDirectory,
        env: childEnvironment(),
        execArgv: ["--no-warnings"],
        serialization: "advanced",
        stdio: ["ignore", "pipe", "pipe", "ipc"],
    });
    child.stdout?.setEncoding("utf8").on("data", print);
    child.stderr?.setEncoding("utf8").on("data", print);
    child.send(request);
    return replyOf(child, request.entry);
}

function replyOf(child: ChildProcess, entry: string): Promise<RecordReply> {
    return new Promise((resolveReply, reject) => {
        let reply: RecordReply | undefined;
        child.once("message", (message) => {
            reply = message as RecordReply;
        });
        child.once("error", reject);
        child.once("close", (code, signal) => {
            if (reply) return resolveReply(reply);
            const how = signal ?? `exit code ${String(code)}`;
            reject(new ProgramError(`${entry} ended (${how}) before its stack was complete.`));
        });
    });
}

/** The program must not see credentials or the settings of the engine and the test runner. */
function childEnvironment(): NodeJS.ProcessEnv {
    const kept = Object.entries(process.env).filter(([name]) => !/^(AWS_|PULUMI_|NODE_OPTIONS$)/.test(name));
    return Object.fromEntries(kept);
}
