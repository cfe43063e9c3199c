/**
 * What Amazon's DynamoDB Local answered to the cases, kept in a file: so `npm test`, which has no Java, compares the embedded table
 * with it. `npm run conformance:record` writes the file from the answers of DynamoDB Local alone. A test of the conformance suite fails
 * when DynamoDB Local answers otherwise.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { cases as allCases } from "../cases/dynamodb/index.ts";
import type { Case } from "../cases/dynamodb/index.ts";
import type { Answer } from "./compare.ts";

const FILE = new URL("recorded-answers.txt", import.meta.url);
const TITLE = "# ";

/** The answers to each case, a line for each, by its title. */
export type Recording = Readonly<Record<string, readonly string[]>>;

/** Without the writes of the product: they change with it, and whoever changes them should not need DynamoDB Local. */
export const recordedCases: readonly Case[] = allCases.filter(({ title }) => !title.startsWith("protocol:"));

/** The answers as they are recorded. */
export function linesOf(answers: readonly Answer[]): readonly string[] {
    return answers.map(({ text }) => shortened(text));
}

/** The recorded answers to a case; none if it is new. */
export function recordedAnswers(recording: Recording, title: string): readonly Answer[] {
    return (recording[title] ?? []).map((line, i) => ({ step: `answer ${i + 1}`, text: whole(line) }));
}

export function readRecording(): Recording {
    const sections = readFileSync(FILE, "utf8").split(`\n${TITLE}`).slice(1);
    return Object.fromEntries(
        sections.map((section) => {
            const [title = "", ...lines] = section.trimEnd().split("\n");
            return [title, lines];
        }),
    );
}

export function writeRecording(recording: Recording): void {
    const sections = Object.entries(recording).map(([title, lines]) =>
        [`\n${TITLE}${title}`, ...lines].join("\n"),
    );
    writeFileSync(
        FILE,
        `What DynamoDB Local answers to the cases; npm run conformance:record writes it.\n${sections.join("\n")}\n`,
    );
}

/** Text without the bulk of what makes an item large. */
function shortened(text: string): string {
    return text.replaceAll(/(.)\1{99,}/gs, (run: string, one: string) => `${one}(${run.length} times)`);
}

function whole(text: string): string {
    return text.replaceAll(/(.)\((\d+) times\)/g, (_, one: string, times: string) =>
        one.repeat(Number(times)),
    );
}
