/**
 * Draws the workflow from its definition, as a Mermaid diagram in docs/workflow.md: `npm run docs:workflow`. A test
 * fails while the page is older than the definition.
 */
import { writeFileSync } from "node:fs";
import type { State, StateMachine } from "../workflow/asl.ts";
import { definition } from "../workflow/definition.ts";

/** The page that the picture is written to. */
export const WORKFLOW_PAGE = new URL("../docs/workflow.md", import.meta.url);

/** The whole page, in the form that prettier gives it. */
export function workflowPage(): string {
    const machine = definition(
        {
            partition: "aws",
            tableName: "table",
            pool: "pool",
            jobName: "job",
            deadLetterQueueUrl: "dead-letter queue",
            reaperQueueUrl: "reaper's queue",
            failureTopicArn: "topic",
        },
        {
            maxAttempts: 3,
            retryDelaySeconds: 60,
            cooldownSeconds: 60,
            startBudgetSeconds: 1800,
            jobTimeoutMinutes: undefined,
        },
    );
    return [
        "# The workflow",
        "",
        "One execution for each message. This page is drawn from `workflow/definition.ts` by `npm run docs:workflow`.",
        "Solid lines are the way that a state leads to by itself; dotted lines are taken after an error, which they name.",
        "`Cool down` is there only when `cooldownSeconds` is more than 0.",
        "",
        "```mermaid",
        ...diagram(machine),
        "```",
        "",
        ...table(
            ["State", "Type", "Why"],
            Object.entries(machine.States).map(([name, { Type, Comment }]) => [name, Type, Comment]),
        ),
        "",
    ].join("\n");
}

/** The lines of a Markdown table with columns of equal width. */
function table(head: readonly string[], rows: readonly (readonly string[])[]): string[] {
    const widths = head.map((_, i) => Math.max(...[head, ...rows].map((row) => (row[i] ?? "").length)));
    const dashes = widths.map((width) => "-".repeat(width));
    return [head, dashes, ...rows].map(
        (row) => `| ${row.map((cell, i) => cell.padEnd(widths[i] ?? 0)).join(" | ")} |`,
    );
}

/** The lines of a Mermaid flowchart of a state machine. */
export function diagram(machine: StateMachine): string[] {
    const names = Object.keys(machine.States);
    const id = (name: string): string => `s${names.indexOf(name)}`;
    const lines = ["flowchart TD", `    start([start]) --> ${id(machine.StartAt)}`];
    for (const [name, state] of Object.entries(machine.States)) {
        lines.push(`    ${id(name)}${shape(name, state)}`);
        for (const [to, label] of exits(state)) lines.push(`    ${id(name)} ${arrow(label)} ${id(to)}`);
    }
    return lines;
}

function shape(name: string, state: State<string>): string {
    if (state.Type === "Choice") return `{"${name}"}`;
    if (state.Type === "Wait") return `[/"${name}"/]`;
    if (state.Type === "Succeed" || state.Type === "Fail") return `(["${name}"])`;
    return `["${name}"]`;
}

/** Where a state leads, with the error that leads there; undefined for its own way. */
function exits(state: State<string>): [to: string, error: string | undefined][] {
    if (state.Type === "Succeed" || state.Type === "Fail") return [];
    if (state.Type === "Choice") {
        return [...state.Choices.map((choice) => choice.Next), state.Default].map((to) => [to, undefined]);
    }
    const own: [string, undefined][] = "Next" in state ? [[state.Next, undefined]] : [];
    if (state.Type !== "Task") return own;
    return [
        ...own,
        ...(state.Catch ?? []).map((catcher): [string, string] => [
            catcher.Next,
            errors(catcher.ErrorEquals),
        ]),
    ];
}

function errors(names: readonly string[]): string {
    const short = names.map((name) => name.replace(/^[A-Za-z]+\./, "").replace(/Exception$/, ""));
    return [...new Set(short)].map((name) => (name === "ALL" ? "anything else" : name)).join(", ");
}

function arrow(error: string | undefined): string {
    return error === undefined ? "-->" : `-. "${error}" .->`;
}

if (process.argv[1] === import.meta.filename) writeFileSync(WORKFLOW_PAGE, workflowPage());
