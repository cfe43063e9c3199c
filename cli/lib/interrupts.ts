/**
 * Ctrl-C and the other signals that end a process. The first one asks the run to stop in order, the second one ends the
 * process. While there is no run yet, the first one ends it.
 */
import { EXIT } from "./exit-codes.ts";
import type { Signals } from "./surroundings.ts";

const CODES = { SIGINT: EXIT.interrupted, SIGTERM: EXIT.terminated, SIGHUP: EXIT.hungUp } as const;
type Signal = keyof typeof CODES;

export class Interrupts implements Signals {
    /** The exit code of the first signal; undefined until one comes. */
    exitCode: number | undefined;
    private stop: (() => void) | undefined;
    private kill: (() => void) | undefined;
    private readonly listeners: (readonly [Signal, () => void])[];

    constructor() {
        this.listeners = (Object.keys(CODES) as Signal[]).map(
            (signal) => [signal, () => this.interrupted(signal)] as const,
        );
        for (const [signal, listener] of this.listeners) process.on(signal, listener);
    }

    /** From now on the first signal calls `stop`, and the second one calls `kill` and ends the process. */
    handle(stop: () => void, kill: () => void): void {
        this.stop = stop;
        this.kill = kill;
    }

    close(): void {
        for (const [signal, listener] of this.listeners) process.off(signal, listener);
    }

    private interrupted(signal: Signal): void {
        const isFirst = this.exitCode === undefined;
        this.exitCode ??= CODES[signal];
        if (isFirst && this.stop) {
            this.stop();
            return;
        }
        this.kill?.();
        if (this.kill) process.stderr.write("turnstile: ended at once\n");
        process.exit(this.exitCode);
    }
}
