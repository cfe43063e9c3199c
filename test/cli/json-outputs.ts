/** What every command prints with --json, from real commands: on a stack where each has something to say. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { Readable } from "node:stream";
import { costOf } from "../../cli/plan/cost.ts";
import { readyJson as readyJsonOfUi } from "../../cli/operate/ui.ts";
import { planOf } from "../../cli/plan/plan.ts";
import { readMessages } from "../../cli/run/message-source.ts";
import { parseOptions } from "../../cli/run/options.ts";
import { runProgram } from "../../cli/run/run.ts";
import { readyJson } from "../../cli/serve/ready.ts";
import { MINUTE, recorded } from "../stack/test-stack.ts";
import { ROOT, runTurnstile } from "./command-line.ts";
import { Operated } from "./operate/operated.ts";

export interface Printed {
    /** The command line. */
    readonly by: string;
    /** A document, or a line of a stream. */
    readonly json: Readonly<Record<string, unknown>>;
}

export async function jsonOutputs(): Promise<Printed[]> {
    const folder = mkdtempSync(path.join(tmpdir(), "turnstile-json-"));
    try {
        return [...(await ofOperated(folder)), ...(await ofRuns(folder)), ...(await ofErrors(folder))];
    } finally {
        rmSync(folder, { recursive: true, force: true });
    }
}

/** Commands that look after a stack, in an order in which each has something to do. */
async function ofOperated(folder: string): Promise<Printed[]> {
    const operated = await Operated.open(
        { limit: "2", maxAttempts: "1", pauseAfterFailures: "0" },
        {
            keepHistory: "all",
            job: (run) => {
                const fails = run.arguments["--fails"] === "yes";
                const end = { state: "FAILED", errorMessage: "AccessDenied" } as const;
                return { millis: fails ? MINUTE : 20 * MINUTE, ...(fails && { end }) };
            },
        },
    );
    const { stack } = operated;
    const printed: Printed[] = [];
    const run = async (...args: string[]): Promise<void> => {
        const sleep = (millis: number): Promise<void> => stack.pass(millis);
        const { out } = await operated.run([...args, "--json"], { cwd: folder, sleep });
        printed.push(...documentsIn(out, args));
        await stack.pass(5000);
    };
    try {
        await stack.pass(MINUTE);
        for (let i = 0; i < 8; i++) stack.sendMany(1);
        await stack.pass(30 * MINUTE);
        const broken = [1, 2, 3].map((i) => stack.send({ arguments: { "--fails": "yes" } }, `f${i}`));
        stack.send("not JSON", "refused");
        await stack.pass(90 * MINUTE);
        const sent = stack.sendMany(5);
        await stack.pass(MINUTE);
        writeFileSync(path.join(folder, "jobs.jsonl"), '{"body": {"arguments": {}}}\n');
        const [running = "", , waiting = "", next = "", last = ""] = sent;
        await run("status");
        await run("list");
        for (const message of [running, waiting, broken[0] ?? ""]) await run("why", message, "--bodies");
        await run("failed");
        await run("failed", "--bodies");
        await run("failed", "show", broken[0] ?? "");
        await run("failed", "show", broken[0] ?? "", "--bodies");
        await run("doctor");
        await run("cost");
        await run("export", "--bodies");
        await run("export");
        await run("retry", broken[0] ?? "", "--dry-run");
        await run("retry", broken[0] ?? "", "--yes");
        await run("purge", broken[1] ?? "", "--dry-run");
        await run("purge", broken[1] ?? "", "--yes");
        await run("cancel", waiting, "--drop", "--dry-run");
        await run("cancel", waiting, "--drop", "--yes");
        await run("cancel", next, "--yes");
        await run("send", "jobs.jsonl", "--dry-run");
        await run("send", "jobs.jsonl", "--yes");
        await run("free", running);
        await run("limit", "--reset", "--yes");
        await run("limit", "1", "--for", "2h", "--reason", "a test", "--yes");
        await run("status");
        await run("limit", "--reset", "--yes");
        await run("pause", "--dry-run");
        await run("pause", "--yes");
        await run("list");
        await run("why", last);
        await run("drain", "--yes");
        await run("drain", "--wait", "--yes");
        await run("resume", "--yes");
        await run("resume", "--yes");
        const interrupts = { exitCode: undefined, handle: (stop: () => void) => void setImmediate(stop) };
        const ui = await operated.run(["ui", "--json"], { cwd: folder, interrupts });
        return [...printed, ...documentsIn(ui.out, ["ui"])];
    } finally {
        await operated.close();
    }
}

/** Commands that run the program on this machine. */
async function ofRuns(folder: string): Promise<Printed[]> {
    let out = "";
    const stdin = Readable.from([Buffer.from('{"body":{"arguments":{}}}\n{"body":"no"}\n{}\n')]);
    const around = {
        ...{ root: ROOT, cwd: folder, env: {}, stdin },
        interrupts: { exitCode: undefined, handle: () => undefined },
        stdout: { write: (text: string) => ((out += text), true) },
        stderr: { write: () => true },
    };
    const program = await recorded();
    const shared = { stack: "dev", minutes: 5, seed: 1, json: true };
    const printed: Printed[] = [];
    const note = (by: string): void => {
        printed.push(...documentsIn(out, [by]));
        out = "";
    };
    const args = ["--messages", "-", "--json", "--bodies", "--trace", "run.jsonl"];
    const parsed = parseOptions(args, { out: () => undefined, error: () => undefined });
    if ("options" in parsed) {
        const source = await readMessages(parsed.options, folder, stdin);
        await runProgram(program, source, parsed.options, around);
    }
    note("run");
    const limits = { limits: [1, 2], jobs: 3, spread: 0 };
    await planOf(program, { ...shared, ...limits }, around, 3600);
    note("plan");
    await planOf(program, { ...shared, ...limits }, around, 60);
    note("plan");
    await costOf(program, { ...shared, jobsPerMonth: 30, batches: 30 }, around);
    note("cost");
    await costOf(program, { ...shared, jobsPerMonth: 0, batches: 30 }, around);
    note("cost");
    const report = await runTurnstile(["report", "run.jsonl", "-o", "run.html", "--json"], { cwd: folder });
    const keys = { accessKeyId: "key", secretAccessKey: "secret" };
    const operator = program.outputs["operator"] as object;
    const page = "http://127.0.0.1:2/#key";
    const ready = { url: "http://127.0.0.1:1", region: "us-east-1", keys, operator, file: "f", page };
    const states = [undefined, { directory: "d", broughtBack: 2 }];
    const served = states.map((state) =>
        readyJson({ ...ready, state, options: {} } as unknown as Parameters<typeof readyJson>[0]),
    );
    const shown = readyJsonOfUi("turnstile/dev", page, false);
    return [
        ...printed,
        ...documentsIn(report.out, ["report"]),
        ...documentsIn(served.join(""), ["serve"]),
        ...documentsIn(shown, ["ui"]),
    ];
}

/** Errors, which are a line on standard error. */
async function ofErrors(cwd: string): Promise<Printed[]> {
    const lines = [
        ["rnu"],
        ["status", "--operator", "nowhere.json"],
        ["report", "nowhere.jsonl", "-o", "p.html"],
    ];
    const printed: Printed[] = [];
    for (const args of lines) {
        const { error } = await runTurnstile([...args, "--json"], { cwd });
        printed.push(...documentsIn(error, args));
    }
    return printed;
}

/** One document, or a line each. */
export function documentsIn(out: string, args: readonly string[]): Printed[] {
    const texts = out.startsWith("{\n") ? [out] : out.split("\n").filter((line) => line !== "");
    return texts.map((text) => ({ by: args.join(" "), json: JSON.parse(text) as Printed["json"] }));
}
