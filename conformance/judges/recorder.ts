/**
 * For mocha's --require: records what the tests of whole stacks call and evaluate, as JSON lines in the folder TURNSTILE_RECORDS. Of calls and
 * evaluations that differ only in their values, the first few are kept.
 */
import { appendFileSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import type { Call, Evaluated } from "../../embedded-aws/index.ts";
import { watchStacks } from "../../test/stack/test-stack.ts";
import type { TestStack } from "../../test/stack/test-stack.ts";
import type { RecordedCall } from "./records.ts";
import { formOf, toJson } from "./forms.ts";

/** How many of one form are kept. */
const KEPT = 3;
/** In characters of JSON. */
const LARGE = 8192;

const folder = process.env["TURNSTILE_RECORDS"] ?? "";
if (folder === "") throw new Error("TURNSTILE_RECORDS is not set: it names the folder for what is recorded");

const seen = new Map<string, number>();
const lines: Record<"calls" | "evaluations", string[]> = { calls: [], evaluations: [] };

watchStacks((stack) => {
    const roles = rolesOf(stack);
    stack.world.intercept((call, next) => {
        noteCall(call, roles.get(call.caller.roleArn ?? ""));
        return next();
    });
    stack.states.onEvaluation(noteEvaluation);
});

/** The role's name in the program, by its ARN. */
function rolesOf(stack: TestStack): Map<string, string> {
    const roles = stack.world.resources().filter(({ type }) => type === "aws:iam/role:Role");
    return new Map(roles.map(({ name, outputs }) => [String(outputs["arn"]), name]));
}

/** Only calls under a role are the program's; the others are the test's, or AWS's own. */
function noteCall({ service, operation, input, caller }: Call, role: string | undefined): void {
    if (role === undefined || isEnough(`${service}:${operation} ${role} ${formOf(input)}`)) return;
    const record: RecordedCall = {
        service,
        operation,
        input: toJson(input),
        role,
        principal: caller.principal,
    };
    lines.calls.push(JSON.stringify(record));
}

function noteEvaluation(whole: Evaluated): void {
    const evaluated = { ...whole, variables: named(whole) };
    const { source, variables, value, error } = evaluated;
    if (isEnough(`${source} ${formOf([variables, value, error === undefined])}`)) return;
    const line = JSON.stringify(evaluated);
    // One large message shows what large messages can show.
    if (line.length < LARGE || !isEnough(`large: ${source}`)) lines.evaluations.push(line);
}

/** The variables, and of `$states` only what the expression names: a message or an execution's context can be large. */
function named({ source, variables }: Evaluated): Readonly<Record<string, unknown>> {
    const { states } = variables;
    const paths = [...source.matchAll(/\$states((?:\.\w+)*)/g)].map(([, path = ""]) =>
        path.split(".").slice(1),
    );
    return states === undefined ? variables : { ...variables, states: pick(states, paths) };
}

/** Of a value only what stands under these paths. */
function pick(value: unknown, paths: readonly (readonly string[])[]): unknown {
    const isObject = typeof value === "object" && value !== null && !Array.isArray(value);
    if (!isObject || paths.some((path) => path.length === 0)) return value;
    const members = Object.entries(value).flatMap(([name, member]) => {
        const within = paths.filter(([first]) => first === name).map(([, ...rest]) => rest);
        return within.length === 0 ? [] : [[name, pick(member, within)]];
    });
    return Object.fromEntries(members) as unknown;
}

/** Whether enough of this form are kept. */
function isEnough(form: string): boolean {
    const count = seen.get(form) ?? 0;
    seen.set(form, count + 1);
    return count >= KEPT;
}

/** In a process of its own mocha has no later moment: it is ended without a word. */
export const mochaHooks = {
    afterAll(): void {
        mkdirSync(folder, { recursive: true });
        for (const [what, written] of Object.entries(lines)) {
            if (written.length === 0) continue;
            appendFileSync(join(folder, `${what}.${process.pid}.jsonl`), `${written.join("\n")}\n`);
            written.length = 0;
        }
    },
};
