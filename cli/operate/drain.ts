/** `turnstile drain`: pauses, and with `--wait` waits until no job runs any more. Nothing is deleted. */
import { EXIT } from "../lib/exit-codes.ts";
import { count, plural } from "../lib/format.ts";
import { shortId, messageIdOf } from "./ids.ts";
import { pause } from "./limit.ts";
import type { OverrideOptions } from "./limit.ts";
import { readPool } from "./pool.ts";
import { documentOf, print, say } from "./session.ts";
import type { Session } from "./session.ts";
import { pause as pauseFor } from "./watch.ts";

export interface DrainOptions extends OverrideOptions {
    readonly wait?: boolean;
    /** Seconds after which it gives up waiting. */
    readonly timeout?: number;
    readonly interval: number;
}

/** Ids of holders that a line names. */
const NAMED = 4;

export async function drain(session: Session, options: DrainOptions): Promise<number> {
    const isWaiting = options.wait === true && options.dryRun !== true;
    const code = await pause(isWaiting ? { ...session, isQuiet: true } : session, options);
    if (code !== EXIT.done || !isWaiting) return code;
    return untilNothingRuns(session, options);
}

async function untilNothingRuns(session: Session, { timeout, interval }: DrainOptions): Promise<number> {
    const { around } = session;
    const stopped = new AbortController();
    around.interrupts.handle(
        () => stopped.abort(),
        () => undefined,
    );
    let shown = "";
    let began: number | undefined;
    for (;;) {
        const pool = await readPool(session);
        began ??= pool.now;
        const holders = Object.keys(pool.gate?.holders ?? {});
        const waitedSeconds = Math.round((pool.now - began) / 1000);
        const isOver = timeout !== undefined && waitedSeconds >= timeout;
        const json = { holders, waitedSeconds, isDrained: holders.length === 0 };
        if (holders.length === 0) {
            printLast(session, json, "Nothing runs any more. turnstile resume goes on.");
            return EXIT.done;
        }
        if (isOver || stopped.signal.aborted) {
            const text = `${plural(holders.length, "job")} still ${holders.length === 1 ? "runs" : "run"}; the pool stays paused.`;
            printLast(session, json, text);
            return around.interrupts.exitCode ?? EXIT.timedOut;
        }
        const text = runningText(holders);
        if (text !== shown) {
            say(session, text);
            if (session.isJson) printLine(session, { type: "progress", ...json });
        }
        shown = text;
        await pauseFor(session, interval, stopped.signal);
    }
}

/** With --json every change is a line; the last one is the summary. */
function printLine(session: Session, json: object): void {
    session.around.stdout.write(`${JSON.stringify(documentOf(session, "drain", json))}\n`);
}

function printLast(session: Session, json: object, text: string): void {
    if (session.isJson) printLine(session, { type: "summary", ...json });
    else print(session, "drain", json, text);
}

function runningText(holders: readonly string[]): string {
    const named = holders.slice(0, NAMED).map((holder) => shortId(messageIdOf(holder)));
    const more = holders.length > NAMED ? `, and ${count(holders.length - NAMED)} more` : "";
    return `${plural(holders.length, "job")} ${holders.length === 1 ? "runs" : "run"}: ${named.join(", ")}${more}`;
}
