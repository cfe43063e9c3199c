/**
 * Draws docs/terminal.svg, the moving picture of `npm start` in docs/run-locally.md: `npm run docs:picture`. The code of `npm start`
 * runs here, with its default seed and a terminal's screen as its output, so the picture shows what it prints. The seconds
 * of the wall are counted and not waited for: the picture is the same each time, and a test fails while it is older than
 * what `npm start` prints.
 */
import { writeFileSync } from "node:fs";
import path from "node:path";
import { Writable } from "node:stream";
import { readMessages } from "../cli/run/message-source.ts";
import { parseOptions } from "../cli/run/options.ts";
import { runProgram } from "../cli/run/run.ts";
import { recordStack } from "../cli/run/stack.ts";
import { Screen } from "./terminal/screen.ts";
import { draw } from "./terminal/svg.ts";
import type { Frame } from "./terminal/svg.ts";

const root = path.join(import.meta.dirname, "..");

/** The file that the picture is written to. */
export const TERMINAL_PICTURE = path.join(root, "docs", "terminal.svg");

const COLUMNS = 92;
const ROWS = 24;

/** Seconds that the command stands there alone, between two frames, and that the last one stays. */
const TYPED_SECONDS = 1.2;
const FRAME_SECONDS = 0.4;
const HOLD_SECONDS = 9;

/** The whole picture. */
export async function terminalPicture(): Promise<string> {
    return draw({
        title: "npm start in a terminal",
        description:
            "48 jobs go through a line, three at a time: a bar fills, and counts of jobs in line, running and done change. At the end stand the results, and a table: the limit held, how long jobs waited, and what the run would cost on AWS.",
        columns: COLUMNS,
        rows: ROWS,
        frames: thinned(await record()),
        holdSeconds: HOLD_SECONDS,
    });
}

/** What the screen shows after each time that `npm start` writes to it. */
async function record(): Promise<Frame[]> {
    const parsed = parseOptions([], { out: refuse, error: refuse });
    if (!("options" in parsed)) throw new Error("npm start does not take its own defaults.");
    const { options } = parsed;
    const input = await readMessages(options, root, process.stdin);
    const program = await recordStack(root, options);

    const screen = new Screen(ROWS);
    screen.write("$ npm start\n");
    const frames: Frame[] = [{ at: 0, lines: screen.shown() }];
    const wall = countedWall();
    const terminal = new Writable({
        decodeStrings: false,
        write: (text: string, _encoding, done) => {
            screen.write(text);
            frames.push({ at: TYPED_SECONDS + wall.seconds(), lines: screen.shown() });
            done();
        },
    });
    const output = Object.assign(terminal, { isTTY: true, columns: COLUMNS, rows: ROWS });
    try {
        const interrupts = { exitCode: undefined, handle: () => undefined };
        const around = { root, cwd: root, interrupts, stdin: process.stdin, stdout: output, stderr: output };
        const exitCode = await runProgram(program, input, options, around);
        if (exitCode !== 0) throw new Error(`npm start ended with ${exitCode}.`);
    } finally {
        wall.restore();
    }
    return frames;
}

/** Frames that are far enough apart to be seen, and the last one. */
function thinned(frames: readonly Frame[]): Frame[] {
    const kept: Frame[] = [];
    for (const [i, frame] of frames.entries()) {
        const isLast = i === frames.length - 1;
        const before = kept.at(-1);
        if (isLast || before === undefined || frame.at >= before.at + FRAME_SECONDS) kept.push(frame);
    }
    return kept;
}

/** Until it is restored, whoever sleeps wakes at once, and the time of the wall is what was slept. */
function countedWall(): { seconds(): number; restore(): void } {
    const { setTimeout: realTimeout } = globalThis;
    const { FORCE_COLOR: colour } = process.env;
    // The screen has colours, whatever the terminal has in which this runs.
    delete process.env["FORCE_COLOR"];
    const realNow = performance.now.bind(performance);
    let slept = 0;
    const counted = (task: () => void, millis = 0): NodeJS.Immediate => {
        slept += millis;
        return setImmediate(task);
    };
    performance.now = () => slept;
    globalThis.setTimeout = counted as unknown as typeof setTimeout;
    return {
        seconds: () => slept / 1000,
        restore: () => {
            performance.now = realNow;
            globalThis.setTimeout = realTimeout;
            if (colour !== undefined) process.env["FORCE_COLOR"] = colour;
        },
    };
}

function refuse(text: string): never {
    throw new Error(text);
}

if (process.argv[1] === import.meta.filename) writeFileSync(TERMINAL_PICTURE, await terminalPicture());
