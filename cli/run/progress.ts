/** Shows how a run goes: on a terminal as one block that is redrawn in place, elsewhere as a few plain lines. */
import { styleText } from "node:util";
import { createLogUpdate } from "log-update";
import { count, duration } from "../lib/format.ts";
import { redraws } from "../lib/redraws.ts";
import type { Output, Surroundings } from "../lib/surroundings.ts";

/** The state of a run at one moment. */
export interface Snapshot {
    readonly total: number;
    readonly sent: number;
    readonly waiting: number;
    readonly running: number;
    readonly limit: number;
    readonly done: number;
    readonly failed: number;
    /** Since the first message, in seconds of the run's clock. */
    readonly elapsed: number;
    /** The time left, in seconds of the run's clock; NaN while it is not known. */
    readonly left: number;
    /** How many seconds of the run have passed in each real second so far. */
    readonly pace: number;
    /** What runs, first the one that has run the longest. */
    readonly jobs: readonly { readonly label: string; readonly seconds: number }[];
    /** For each message that waits for a further attempt: the seconds until then. */
    readonly retries: readonly number[];
}

/** Jobs that the block names. */
const MOST_NAMED = 4;

export interface Progress {
    show(snapshot: Snapshot): void;
    /** Leaves the terminal ready for other output. */
    end(): void;
}

/** @param title the first line: what runs */
export function createProgress(output: Output, title: string, env: Surroundings["env"] = {}): Progress {
    return redraws(output, env) ? liveBlock(output as NodeJS.WriteStream, title) : plainLines(output, title);
}

/** The lines of the block. */
export function blockLines(snapshot: Snapshot, title: string, columns: number): string[] {
    const { total, sent, waiting, running, limit, done, failed, elapsed, pace } = snapshot;
    const ended = done + failed;
    const counts = [
        sent < total ? `sent ${count(sent)} of ${count(total)}` : `sent ${count(sent)}`,
        `in line ${count(waiting)}`,
        `running ${running} of ${limit}`,
        `done ${count(done)}`,
        `failed ${count(failed)}`,
        ...retryText(snapshot),
    ];
    const clock = `${pace < 1.5 ? "" : "time in the run: "}${duration(elapsed)}${timeLeft(snapshot)}`;
    const width = Math.max(10, Math.min(columns - 2, 78));
    return [
        title,
        `${bar(ended, running, total, width - 18)}  ${count(ended)} of ${count(total)}`,
        counts.join(" · "),
        ...jobsText(snapshot),
        clock,
    ].map((line) => cut(line, columns - 1));
}

function timeLeft({ left, pace, done, failed, total, retries }: Snapshot): string {
    if (Number.isNaN(left) || done + failed === total) return "";
    const seconds = Math.max(left, ...retries) / Math.max(pace, 1e-9);
    return seconds < 1 ? ", less than a second left" : `, about ${duration(seconds)} left`;
}

function retryText({ retries }: Snapshot): string[] {
    if (retries.length === 0) return [];
    return [`${count(retries.length)} retry in ${duration(Math.max(0, Math.min(...retries)))}`];
}

/** The jobs that run, by name, with how long they have. */
function jobsText({ jobs }: Snapshot): string[] {
    if (jobs.length === 0) return [];
    const named = jobs.slice(0, MOST_NAMED).map(({ label, seconds }) => `${label} ${duration(seconds)}`);
    const more = jobs.length - named.length;
    return [`running: ${[...named, ...(more > 0 ? [`and ${count(more)} more`] : [])].join(", ")}`];
}

/** What has ended, runs, and is to come, in `width` characters. */
function bar(ended: number, running: number, total: number, width: number): string {
    const cells = Math.max(10, width);
    const full = Math.floor((ended / Math.max(1, total)) * cells);
    const busy = Math.min(cells - full, Math.ceil((running / Math.max(1, total)) * cells));
    return `${"█".repeat(full)}${"▒".repeat(busy)}${"░".repeat(cells - full - busy)}`;
}

function liveBlock(output: NodeJS.WriteStream, title: string): Progress {
    const update = createLogUpdate(output);
    return {
        show: (snapshot) => {
            const [head = "", progress = "", ...rest] = blockLines(snapshot, title, output.columns || 80);
            const color = snapshot.failed > 0 ? "red" : "green";
            update(
                [
                    styleText("bold", head, { stream: output }),
                    styleText(color, progress, { stream: output }),
                    ...rest,
                ].join("\n"),
            );
        },
        end: () => update.done(),
    };
}

/** One line at the beginning and one for each tenth of the messages, whether there are 48 or 10,000. */
function plainLines(output: Output, title: string): Progress {
    let shownTenths = 0;
    output.write(`${title}\n`);
    return {
        show: (snapshot) => {
            const { total, waiting, running, limit, done, failed, elapsed } = snapshot;
            const tenths = Math.floor((10 * (done + failed)) / Math.max(1, total));
            if (tenths <= shownTenths) return;
            shownTenths = tenths;
            const counts = `in line ${count(waiting)}, running ${running} of ${limit}, done ${count(done)}, failed ${count(failed)}`;
            output.write(`${String(tenths * 10).padStart(3)} %  ${counts}, after ${duration(elapsed)}\n`);
        },
        end: () => undefined,
    };
}

function cut(line: string, columns: number): string {
    return line.length <= columns ? line : `${line.slice(0, Math.max(0, columns - 1))}…`;
}
