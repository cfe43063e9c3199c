/** What the command line needs from its process. */
import type { Readable } from "node:stream";

/** A stream that may be a terminal. */
export type Output = Pick<NodeJS.WriteStream, "write"> &
    Partial<Pick<NodeJS.WriteStream, "isTTY" | "columns" | "rows">>;

/** Signals: the first one asks the command to stop in order, the second one ends the process. */
export interface Signals {
    /** The exit code of the first signal; undefined until one comes. */
    readonly exitCode: number | undefined;
    /** From now on the first signal calls `stop`, and the second one calls `kill` and ends the process. */
    handle(stop: () => void, kill: () => void): void;
}

export interface Surroundings {
    /** The directory of Pulumi.yaml. */
    readonly root: string;
    /** The directory that the user's paths start from. */
    readonly cwd: string;
    readonly env: Readonly<Record<string, string | undefined>>;
    readonly interrupts: Signals;
    /** Waits so many milliseconds. @default real time */
    readonly sleep?: (millis: number) => Promise<void>;
    readonly stdin: Readable & { readonly isTTY?: boolean };
    readonly stdout: Output;
    readonly stderr: Output;
}
