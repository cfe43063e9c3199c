/** `turnstile serve`: the stack on this machine, in real time, for AWS clients outside of this process. */
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { Endpoint, Random } from "../../embedded-aws/index.ts";
import type { Caller, Clock, JobBehavior, RecordedProgram } from "../../embedded-aws/index.ts";
import { MAX_LIMIT } from "../../slots/table.ts";
import { isExampleHere } from "../../examples/weather/messages.ts";
import { CommandError } from "../lib/command-error.ts";
import { EXIT } from "../lib/exit-codes.ts";
import { packageVersion } from "../lib/folders.ts";
import { makeFolder } from "../lib/make-folder.ts";
import type { Surroundings } from "../lib/surroundings.ts";
import { CommandJobs, modelledJobs } from "../run/job-behavior.ts";
import { outputFolder, startError } from "../run/run.ts";
import { checkShell } from "../run/shell-command.ts";
import { openStack, recordStack } from "../run/stack.ts";
import type { Stack } from "../run/stack.ts";
import { ownKeys } from "./keys.ts";
import type { ServeOptions } from "./options.ts";
import { ServedPage } from "./page.ts";
import { readyJson, readyText } from "./ready.ts";
import type { Beginning } from "./state/files.ts";
import { State } from "./state/state.ts";

/** Whoever calls from outside with the keys of this machine. It may do everything. */
const GUEST: Caller = { principal: "user", isGuest: true };

/** The most slots for which the modelled account is made large enough; a limit of 0 still runs jobs that are started by hand. */
const LEAST_QUOTA = 1;

/** Runs until a signal comes; returns the exit code. */
export async function serve(options: ServeOptions, around: Surroundings): Promise<number> {
    if (options.exec !== undefined) checkShell();
    const { state: directory } = options;
    if (directory === undefined) return serveWith(undefined, options, around);
    const state = new State(path.resolve(around.cwd, directory), packageVersion());
    try {
        return await serveWith(state, { ...options, seed: state.seed(options.seed) }, around);
    } finally {
        state.close();
    }
}

async function serveWith(
    state: State | undefined,
    options: ServeOptions,
    around: Surroundings,
): Promise<number> {
    const program = await recordStack(around.root, options).catch(expected);
    const jobs = new Jobs(options, around);
    const now = { seed: options.seed, start: Date.now(), program };
    const stack = await open(state?.beginning(now) ?? now, options, jobs, around);
    const endpoint = new Endpoint(stack.world, { calls: "as events", journal: state?.journal });
    const keys = endpoint.admit(ownKeys(path.join(around.root, ".turnstile")), GUEST);
    let file: OperatorFile | undefined;
    let page: ServedPage | undefined;
    try {
        await state?.resume(stack.world, program, GUEST);
        await endpoint
            .listen(options.port)
            .catch((error: NodeJS.ErrnoException) => portTaken(error, options.port));
        file = new OperatorFile(around.root, endpoint.url);
        const operator = operatorOf(program, endpoint);
        file.write(operator);
        const { url } = endpoint;
        page = new ServedPage({ url, keys, operator }, around);
        const address = await page.listen();
        const ready = {
            url,
            region: program.region,
            keys,
            operator,
            file: file.path,
            options,
            page: address,
            state,
        };
        around.stdout.write(options.json ? readyJson(ready) : readyText(ready));
        await runUntilSignal(stack, around, jobs);
        return around.interrupts.exitCode ?? EXIT.done;
    } finally {
        file?.remove();
        await page?.close();
        await jobs.close();
        await stack.world.close();
        await endpoint.close();
    }
}

function open(
    { program, seed, start }: Pick<Beginning, "program" | "seed" | "start">,
    options: ServeOptions,
    jobs: Jobs,
    { stderr }: Surroundings,
): Promise<Stack> {
    const configured = (program.outputs["operator"] as { limit?: unknown } | undefined)?.limit;
    // A stack that is kept can get any limit later.
    const most = options.state === undefined ? Number(configured ?? LEAST_QUOTA) : MAX_LIMIT;
    return openStack(program, {
        limit: Math.max(LEAST_QUOTA, most),
        seed,
        sdk: false,
        keepHistory: "all",
        model: options.exec === undefined ? "aws" : "laptop",
        clock: { start, speed: options.speed },
        jobs: (clock) => jobs.on(clock),
        warn: (text) => stderr.write(`turnstile: ${text}\n`),
    }).catch(expected);
}

async function runUntilSignal(stack: Stack, around: Surroundings, jobs: Jobs): Promise<void> {
    around.interrupts.handle(
        () => stack.world.clock.stop(),
        () => jobs.kill(),
    );
    await stack.world.clock.run();
}

/** The stack's output `operator`, with the addresses of this endpoint in it. */
function operatorOf(program: RecordedProgram, endpoint: Endpoint): object {
    const { operator } = program.outputs;
    if (typeof operator === "object" && operator !== null) {
        return JSON.parse(endpoint.toClient(JSON.stringify(operator))) as object;
    }
    throw new CommandError(
        "no-operator-output",
        "The stack has no output operator. index.ts must export it.",
        {
            hint: "export const operator = operatorOutput({ queue, bucket, workflow, monitoring });",
        },
    );
}

/** An error in the user's program, configuration or command. */
function expected(error: unknown): never {
    throw startError("cannot-serve", error);
}

function portTaken(error: NodeJS.ErrnoException, port: number): never {
    if (error.code !== "EADDRINUSE") throw error;
    throw new CommandError(
        "port-taken",
        `Port ${port} of 127.0.0.1 is taken, perhaps by another turnstile serve.`,
        {
            hint: "turnstile serve --port 0 takes a free one",
        },
    );
}

/** What the runs of the Glue job do: they take a modelled time, or run a command. */
class Jobs {
    private readonly options: ServeOptions;
    private readonly around: Surroundings;
    private commands: CommandJobs | undefined;
    private started = 0;

    constructor(options: ServeOptions, around: Surroundings) {
        this.options = options;
        this.around = around;
    }

    on(clock: Clock): JobBehavior {
        const { exec: command, seed } = this.options;
        const keepResult = (): void => undefined;
        if (command === undefined) {
            // The example's jobs need the file of which the message was made only if the message does not carry its rows.
            const readInput = (file = ""): string => readFileSync(file, "utf8");
            const computes = isExampleHere();
            const messageOf = (): number => -1;
            return modelledJobs(clock, new Random(seed), { messageOf, keepResult, readInput, computes });
        }
        const messageOf = (): number => this.started++;
        const { cwd } = this.around;
        this.commands = new CommandJobs(clock, {
            command,
            cwd,
            folder: outputFolder(this.options, this.around),
            messageOf,
            // Nobody resumes it, so nobody looks for the message again.
            describe: (message) => ({ number: message + 1, label: `run ${message + 1}`, hash: "" }),
            keepResult,
        });
        return this.commands;
    }

    kill(): void {
        this.commands?.kill();
    }

    async close(): Promise<void> {
        await this.commands?.close();
    }
}

/** The operator output as a file, for commands in another terminal. It is there as long as the stack is. */
class OperatorFile {
    readonly path: string;

    /** Named after the port, which is the same at each start: a line once pasted stays right. */
    constructor(root: string, url: string) {
        this.path = path.join(root, ".turnstile", `serve-${new URL(url).port}.json`);
    }

    write(operator: object): void {
        makeFolder(path.dirname(this.path));
        writeFileSync(this.path, `${JSON.stringify(operator, null, 4)}\n`);
    }

    remove(): void {
        rmSync(this.path, { force: true });
    }
}
