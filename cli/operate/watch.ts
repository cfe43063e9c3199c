/**
 * Shows something again and again: on a terminal in place, elsewhere each time that it has changed. A read that fails leaves
 * the last text, with its age.
 */
import { setTimeout as sleepFor } from "node:timers/promises";
import { errorText } from "../../functions/lib/errors.ts";
import { CommandError } from "../lib/command-error.ts";
import { cutLine } from "../lib/cut.ts";
import { EXIT } from "../lib/exit-codes.ts";
import { duration } from "../lib/format.ts";
import { redraws } from "../lib/redraws.ts";
import type { Output } from "../lib/surroundings.ts";
import type { Session } from "./session.ts";

/** What is shown at one moment. */
export interface View {
    readonly text: string;
    /** What makes it another view; a clock does not. */
    readonly key: string;
    /** As one line of JSON. */
    readonly json: object;
}

interface Screen {
    show(view: View, note: string): void;
    end(): void;
}

/** Shows views until the first signal. */
export async function watch(session: Session, seconds: number, read: () => Promise<View>): Promise<number> {
    const { interrupts } = session.around;
    const screen = await screenOf(session);
    const waiting = new AbortController();
    let isOver = false;
    const stop = (): void => {
        isOver = true;
        waiting.abort();
    };
    interrupts.handle(stop, () => screen.end());
    let last: View | undefined;
    let lastRead = 0;
    while (!isOver) {
        let note = "";
        try {
            last = await read();
            lastRead = session.aws.now();
        } catch (error) {
            // The first read shows whether the command makes sense at all.
            if (!last || error instanceof CommandError) {
                screen.end();
                throw error;
            }
            note = `Could not read: ${errorText(error)}. As of ${duration((session.aws.now() - lastRead) / 1000)} ago.`;
        }
        screen.show(last, note);
        await pause(session, seconds, waiting.signal);
    }
    screen.end();
    return interrupts.exitCode ?? EXIT.done;
}

/** Waits; a signal ends the wait. */
export async function pause({ around }: Session, seconds: number, signal: AbortSignal): Promise<void> {
    if (around.sleep) return around.sleep(seconds * 1000);
    await sleepFor(seconds * 1000, undefined, { signal }).catch(() => undefined);
}

async function screenOf({ around, isJson }: Session): Promise<Screen> {
    const { stdout, env } = around;
    if (isJson) return lines(stdout, ({ json }) => JSON.stringify(json));
    if (redraws(stdout, env)) return inPlace(stdout as NodeJS.WriteStream);
    return lines(stdout, ({ text }, note) => (note === "" ? `${text}\n` : `${text}\n${note}\n`));
}

/** Written again only when it has changed. */
function lines(stdout: Output, write: (view: View, note: string) => string): Screen {
    let shown = "";
    return {
        show: (view, note) => {
            const key = `${view.key} ${note}`;
            if (key === shown) return;
            shown = key;
            stdout.write(`${write(view, note)}\n`);
        },
        end: () => undefined,
    };
}

/** Overwritten. It is cut to the terminal's size, so that nothing scrolls; another size begins on an empty screen. */
async function inPlace(stdout: NodeJS.WriteStream): Promise<Screen> {
    // Loaded here, because most commands that import this file show nothing in place.
    const { createLogUpdate } = await import("log-update");
    const update = createLogUpdate(stdout);
    let size = "";
    return {
        show: ({ text }, note) => {
            const { columns = 80, rows = 24 } = stdout;
            if (size !== "" && size !== `${columns} ${rows}`) {
                update.clear();
                stdout.write("\u001b[2J\u001b[H");
            }
            size = `${columns} ${rows}`;
            const all = [...text.split("\n"), ...(note === "" ? [] : [note])];
            const most = Math.max(1, rows - 1);
            const fitting = all.length <= most ? all : [...all.slice(0, most - 1), "…"];
            update(fitting.map((line) => cutLine(line, columns - 1)).join("\n"));
        },
        end: () => update.done(),
    };
}
