/** `turnstile doctor`: checks a deployed stack, and says of each thing that is wrong how to mend it. It changes nothing. */
import { EXIT } from "../lib/exit-codes.ts";
import { plural } from "../lib/format.ts";
import { alarms, subscribers } from "./doctor/alarms.ts";
import { operatorOutput, place } from "./doctor/deployment.ts";
import { orSkip } from "./doctor/finding.ts";
import type { Finding, Result } from "./doctor/finding.ts";
import { mappings, reaperLetters, releases, streamLag } from "./doctor/functions.ts";
import { glueJob } from "./doctor/glue-job.ts";
import { breaker, leaks, pool as checkPool, standstill } from "./doctor/slots.ts";
import { readPool } from "./pool.ts";
import { print } from "./session.ts";
import type { Session } from "./session.ts";
import { clockTime } from "./when.ts";

export interface DoctorOptions {
    /** From which result on the exit code is 8. */
    readonly failOn: "warn" | "fail";
    /** Whether what is well is told in full, too. */
    readonly verbose?: boolean;
}

const ORDER: readonly Result[] = ["fail", "warn", "skip", "ok"];

export async function doctor(session: Session, { failOn, verbose = false }: DoctorOptions): Promise<number> {
    const { now, findings } = await examine(session);
    const counts = Object.fromEntries(
        ORDER.map((result) => [result, findings.filter((each) => each.result === result).length]),
    ) as Record<Result, number>;
    const json = { now: new Date(now).toISOString(), ...counts, findings };
    const head = `${session.operator.stack} · ${session.operator.region}, as of ${clockTime(now)}`;
    print(
        session,
        "doctor",
        json,
        [head, ...toText(session, findings, verbose), footText(counts)].join("\n"),
    );
    const isWrong = counts.fail > 0 || (failOn === "warn" && counts.warn > 0);
    return isWrong ? EXIT.checkFailed : EXIT.done;
}

/** All findings, the worst first. */
async function examine(session: Session): Promise<{ now: number; findings: readonly Finding[] }> {
    // Without the table there is no stack to examine: that is an error of the command.
    const pool = await readPool(session);
    const checks: readonly (readonly [string, () => Promise<readonly Finding[]>])[] = [
        ["place", () => place(session)],
        ["operator", () => operatorOutput(session)],
        ["dispatcher", () => Promise.resolve(checkPool(pool))],
        ["breaker", () => Promise.resolve(breaker(pool))],
        ["standstill", () => standstill(session, pool)],
        ["leaks", () => leaks(session, pool)],
        ["job", () => glueJob(session, pool)],
        ["mappings", () => mappings(session)],
        ["releases", () => releases(session)],
        ["stream-lag", () => streamLag(session)],
        ["reaper", () => reaperLetters(session)],
        ["alarms", () => alarms(session)],
        ["subscribers", () => subscribers(session)],
    ];
    const found = await Promise.all(checks.map(([check, look]) => orSkip(check, look)));
    const findings = found.flat();
    findings.sort((one, other) => ORDER.indexOf(one.result) - ORDER.indexOf(other.result));
    return { now: pool.now, findings };
}

function toText({ paint }: Session, findings: readonly Finding[], isVerbose: boolean): string[] {
    const marks = { fail: paint.trouble("FAIL"), warn: paint.held("WARN"), skip: "SKIP", ok: "ok  " };
    const well = findings.filter(({ result }) => result === "ok");
    const lines = findings
        .filter(({ result }) => result !== "ok" || isVerbose)
        .flatMap(({ check, result, text, mend }) => [
            `${marks[result]}  ${check}: ${text}`,
            ...(mend === undefined ? [] : [`      mend: ${mend}`]),
        ]);
    if (isVerbose || well.length === 0) return lines;
    const names = [...new Set(well.map(({ check }) => check))];
    return [...lines, ...folded("ok    ", names)];
}

/** Words in lines of at most 78 characters. */
function folded(head: string, words: readonly string[]): string[] {
    const lines: string[] = [head];
    for (const word of words) {
        const last = lines.at(-1) ?? "";
        if (`${last}${word}`.length > 78) lines.push(`      ${word} `);
        else lines[lines.length - 1] = `${last}${word} `;
    }
    return lines.map((line) => line.trimEnd());
}

function footText({ fail, warn, skip, ok }: Record<Result, number>): string {
    const said = `${fail} failed, ${plural(warn, "warning")}, ${skip} skipped, ${ok} ok`;
    return skip === 0 ? said : `${said}. What was skipped was not looked at.`;
}
