/**
 * Runs programs on Pulumi's engine, one request after the other, in a process of its own: a program that fails leaves promises behind that
 * nobody waits for any more. Pulumi's Automation API runs the program in this very process, so the CLI needs no plugin for Node.
 */
import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { LocalWorkspace, PulumiCommand } from "@pulumi/pulumi/automation/index.js";
import type { EngineEvent, Stack } from "@pulumi/pulumi/automation/index.js";
import { PROGRAMS } from "./programs.ts";
import type { ProgramName } from "./programs.ts";
import type { Broken, Checkpoint, EngineRequest, Outcome, State } from "./requests.ts";

const [root, workDir = "", project = ""] = process.argv.slice(2);

let last: Promise<void> = Promise.resolve();
process.on("message", (request: EngineRequest) => {
    last = last.then(async () => {
        process.send?.(await answer(request));
    });
});
// The tests are over, or were killed: so is the CLI that may still run, and what they left behind.
process.on("disconnect", () => {
    rmSync(join(workDir, ".."), { recursive: true, force: true });
    process.kill(-process.pid, "SIGKILL");
});
// Promises of a program that failed fail once more when the engine is gone.
process.on("unhandledRejection", () => undefined);

async function answer(request: EngineRequest): Promise<Outcome | Broken> {
    try {
        return await run(request);
    } catch (error) {
        return { broken: String(error) };
    }
}

async function run({ operation, stack: stackName, program, config }: EngineRequest): Promise<Outcome> {
    const pulumiCommand = await PulumiCommand.get(root ? { root } : {});
    const stack = await LocalWorkspace.createOrSelectStack(
        { stackName, projectName: project, program: () => runProgram(program) },
        { workDir, pulumiCommand },
    );
    await stack.setAllConfig(
        Object.fromEntries(Object.entries(config).map(([key, value]) => [key, { value }])),
        true,
    );
    if (operation === "export") return { ...NOTHING, state: stateOf(stack) };
    const seen = new Seen();
    const options = { onEvent: (event: EngineEvent) => seen.note(event), color: "never" as const };
    try {
        await stack[operation](options);
    } catch (error) {
        if (seen.errors.length === 0) throw error;
    }
    const outputs = await stack.outputs();
    return { changes: seen.changes, steps: seen.steps, errors: seen.errors, outputs };
}

const NOTHING = { changes: {}, steps: [], errors: [], outputs: {} };

async function runProgram(name: ProgramName | undefined): Promise<Record<string, unknown>> {
    if (name === undefined) throw new Error("this operation runs no program");
    return { ...(await Promise.resolve(PROGRAMS[name]())) };
}

/** What the engine tells while it works. */
class Seen {
    changes: Readonly<Record<string, number>> = {};
    readonly steps: string[] = [];
    readonly errors: string[] = [];

    note({ resourcePreEvent, diagnosticEvent, summaryEvent }: EngineEvent): void {
        if (resourcePreEvent && resourcePreEvent.metadata.op !== "same") {
            const { op, urn } = resourcePreEvent.metadata;
            this.steps.push(`${op} ${resourceOf(urn)}`);
        }
        if (diagnosticEvent?.severity === "error") this.errors.push(diagnosticEvent.message.trim());
        if (summaryEvent) this.changes = summaryEvent.resourceChanges;
    }
}

/** Type and name. */
function resourceOf(urn: string): string {
    const [, , types = "", name = ""] = urn.split("::");
    return `${types.split("$").at(-1) ?? ""} ${name}`;
}

/** From the backend's own file: what the CLI exports has its secrets in the clear. */
function stateOf({ name }: Stack): State {
    const file = join(workDir, `../state/.pulumi/stacks/${project}/${name}.json`);
    const text = readFileSync(file, "utf8");
    const { checkpoint } = JSON.parse(text) as Checkpoint;
    return { text, resources: checkpoint.latest?.resources ?? [] };
}
