/** Shows how a run goes: on a terminal as one block that is redrawn in place, elsewhere as a few plain lines. */
import { styleText } from "node:util";
import { createLogUpdate } from "log-update";
import { count, duration } from "../lib/format.ts";
import type { Output } from "../lib/surroundings.ts";

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
}

export interface Progress {
    show(snapshot: Snapshot): void;
    /** Leaves the terminal ready for other output. */
    end(): void;
}

/** @param title the first line: what runs */
export function createProgress(output: Output, title: string): Progress {
    return output.isTTY ? liveBlock(output as NodeJS.WriteStream, title) : plainLines(output, title);
}

/** The lines of the block. */
export function blockLines(snapshot: Snapshot, title: string, columns: number): string[] {
    const { total, sent, waiting, running, limit, done, failed, elapsed, left, pace } = snapshot;
    const ended = done + failed;
    const counts = [
        sent < total ? `sent ${count(sent)} of ${count(total)}` : `sent ${count(sent)}`,
        `in line ${count(waiting)}`,
        `running ${running} of ${limit}`,
        `done ${count(done)}`,
        `failed ${count(failed)}`,
    ];
    const timeLeft =
        Number.isNaN(left) || ended === total ? "" : `, about ${duration(left / Math.max(pace, 1e-9))} left`;
    const clock =
        pace < 1.5 ? `${duration(elapsed)}${timeLeft}` : `time in the run: ${duration(elapsed)}${timeLeft}`;
    const width = Math.max(10, Math.min(columns - 2, 78));
    return [
        title,
        `${bar(done, running, total, width - 18)}  ${count(ended)} of ${count(total)}`,
        counts.join(" · "),
        clock,
    ].map((line) => cut(line, columns - 1));
}

/** Done, running and the rest, in `width` characters. */
function bar(done: number, running: number, total: number, width: number): string {
    const cells = Math.max(10, width);
    const full = Math.floor((done / Math.max(1, total)) * cells);
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
