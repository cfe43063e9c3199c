/**
 * Finds the stack to look after: its output `operator`, from a file, from the environment or from the Pulumi CLI. The first
 * that is named wins.
 */
import { execFile } from "node:child_process";
import type { ExecFileException } from "node:child_process";
import { readFile } from "node:fs/promises";
import path from "node:path";
import { text } from "node:stream/consumers";
import { CommandError } from "../lib/command-error.ts";
import { EXIT } from "../lib/exit-codes.ts";
import { unreadableText } from "../lib/file-errors.ts";
import type { Surroundings } from "../lib/surroundings.ts";

/** The stack's output `operator`: components/operator.ts makes it. */
export interface Operator {
    /** The release that was deployed; absent before there was one. */
    readonly version?: string;
    readonly stack: string;
    readonly region: string;
    readonly account: string;
    readonly pool: string;
    /** As configured. */
    readonly limit: number;
    readonly cooldownSeconds: number;
    readonly maxAttempts: number;
    readonly tableName: string;
    readonly queueUrl: string;
    readonly deadLetterQueueUrl: string;
    readonly reaperDeadLetterQueueUrl: string;
    readonly stateMachineArn: string;
    readonly jobName: string;
    readonly functions: { readonly starter: string; readonly dispatcher: string; readonly reaper: string };
    readonly failureTopicArn: string;
    readonly alarmTopicArn?: string;
    /** The argument names that messages may use; absent where each is that is not reserved. */
    readonly argumentNames?: readonly string[];
}

export interface StackOptions {
    /** A stack of Pulumi's. */
    readonly stack?: string;
    /** A file with the output, or `-` for standard input. */
    readonly operator?: string;
}

const TEXTS = [
    "stack",
    "region",
    "account",
    "pool",
    "tableName",
    "queueUrl",
    "deadLetterQueueUrl",
    "reaperDeadLetterQueueUrl",
    "stateMachineArn",
    "jobName",
    "failureTopicArn",
] as const;
const NUMBERS = ["limit", "cooldownSeconds", "maxAttempts"] as const;

/** The version of the output's shape. A reader takes every minor version of it. */
const FORMAT = /^turnstile\.operator\/1\.\d+$/;

const VARIABLE = "TURNSTILE_OPERATOR";

export async function findOperator(options: StackOptions, around: Surroundings): Promise<Operator> {
    const { stack, operator } = options;
    const variable = around.env[VARIABLE] ?? "";
    if (operator === "-") return parseOperator(await text(around.stdin), "standard input");
    if (operator !== undefined) return fromFile(operator, around.cwd);
    if (stack !== undefined) return fromPulumi(stack, around);
    if (variable.trimStart().startsWith("{")) return parseOperator(variable, VARIABLE);
    if (variable !== "") return fromFile(variable, around.cwd);
    return fromPulumi(undefined, around);
}

/** @param name what an error calls the text */
export function parseOperator(json: string, name: string): Operator {
    const refuse = (what: string): CommandError =>
        new CommandError("wrong-operator", `${name} ${what}`, {
            exitCode: EXIT.usage,
            hint: "pulumi stack output operator --json prints what is expected",
        });
    let value: unknown;
    try {
        value = JSON.parse(json);
    } catch {
        throw refuse("is not JSON");
    }
    if (typeof value !== "object" || value === null) throw refuse("is not an object");
    const fields = value as Record<string, unknown>;
    const { format } = fields;
    if (typeof format !== "string" || !FORMAT.test(format)) {
        throw refuse(`has the format ${JSON.stringify(format) ?? "undefined"}, not turnstile.operator/1.0`);
    }
    const wrong =
        TEXTS.find((key) => typeof fields[key] !== "string" || fields[key] === "") ??
        NUMBERS.find((key) => typeof fields[key] !== "number");
    if (wrong !== undefined) throw refuse(`has no ${wrong}`);
    return fields as unknown as Operator;
}

async function fromFile(file: string, cwd: string): Promise<Operator> {
    const json = await readFile(path.resolve(cwd, file), "utf8").catch((error: unknown) => {
        throw new CommandError("no-operator-file", `${file} cannot be read: ${unreadableText(error)}`, {
            exitCode: EXIT.notFound,
            hint: "pulumi stack output operator --json > operator.json makes such a file",
        });
    });
    return parseOperator(json, file);
}

/** @param stack undefined: the one that is selected in the program's folder */
function fromPulumi(stack: string | undefined, { root }: Surroundings): Promise<Operator> {
    const args = ["stack", "output", "operator", "--json", "--non-interactive", "--cwd", root];
    if (stack !== undefined) args.push("--stack", stack);
    return new Promise((resolve, reject) => {
        execFile("pulumi", args, { encoding: "utf8" }, (error, stdout, stderr) => {
            if (error) reject(pulumiFailed(error, stack, stderr));
            else resolve(parseOperator(stdout, `the output operator of ${nameOf(stack)}`));
        });
    });
}

function nameOf(stack: string | undefined): string {
    return stack === undefined ? "the selected stack" : `stack ${stack}`;
}

function pulumiFailed(error: ExecFileException, stack: string | undefined, stderr: string): CommandError {
    const file = `name a file with the stack's output operator: --operator FILE, or ${VARIABLE}`;
    if (error.code === "ENOENT") {
        const message =
            stack === undefined
                ? "No stack is named, and the Pulumi CLI is not there to find one."
                : `Stack ${stack} cannot be found: the Pulumi CLI is not there.`;
        return new CommandError("no-stack", message, { exitCode: EXIT.notFound, hint: file });
    }
    const why =
        stderr
            .trim()
            .split("\n")
            .at(-1)
            ?.replace(/^error: /, "") ?? error.message;
    return new CommandError("no-stack", `Pulumi has no output operator of ${nameOf(stack)}: ${why}`, {
        exitCode: EXIT.notFound,
        hint: `or ${file}`,
    });
}
