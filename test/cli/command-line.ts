/** Runs a command line of `turnstile` in this process, and keeps what it prints. */
import path from "node:path";
import { Readable } from "node:stream";
import { turnstile } from "../../cli/turnstile.ts";
import type { Surroundings } from "../../cli/lib/surroundings.ts";

export const ROOT = path.join(import.meta.dirname, "../..");

export interface Outcome {
    readonly code: number;
    readonly out: string;
    readonly error: string;
}

export interface Given {
    readonly env?: Readonly<Record<string, string>>;
    readonly cwd?: string;
    /** What standard input has. */
    readonly stdin?: string;
    /** Whether the streams are a terminal. */
    readonly isTerminal?: boolean;
    readonly rows?: number;
    readonly interrupts?: Surroundings["interrupts"];
    readonly sleep?: Surroundings["sleep"];
    readonly columns?: number;
    /** The terminal's size, which may change. */
    readonly size?: { readonly columns: number; readonly rows: number };
    /** Sees each text that is written to standard output. */
    readonly onOutput?: (text: string) => void;
}

const NO_SIGNALS: Surroundings["interrupts"] = { exitCode: undefined, handle: () => undefined };

export async function runTurnstile(args: readonly string[], given: Given = {}): Promise<Outcome> {
    let [out, error] = ["", ""];
    const isTTY = given.isTerminal === true;
    const { rows, columns } = given;
    const size = given.size ?? {
        ...(rows !== undefined && { rows }),
        ...(columns !== undefined && { columns }),
    };
    const terminal = { isTTY, ...size };
    const code = await turnstile(args, {
        root: ROOT,
        cwd: given.cwd ?? ROOT,
        env: given.env ?? {},
        interrupts: given.interrupts ?? NO_SIGNALS,
        ...(given.sleep && { sleep: given.sleep }),
        stdin: Object.assign(Readable.from([Buffer.from(given.stdin ?? "")]), { isTTY }),
        stdout: {
            isTTY,
            // As far as the test says how large it is.
            get columns() {
                return size.columns as number;
            },
            get rows() {
                return size.rows as number;
            },
            write: (text: string) => {
                out += text;
                given.onOutput?.(text);
                return true;
            },
        },
        stderr: { ...terminal, write: (text: string) => ((error += text), true) },
    });
    return { code, out, error };
}
