/** Says on standard error what goes on: on a terminal in one line that is written over, elsewhere a line for each thing. */
import { clearLine, cursorTo } from "node:readline";
import { redraws } from "../lib/redraws.ts";
import type { Surroundings } from "../lib/surroundings.ts";

export interface Announcer {
    /** Something begins. */
    begin(text: string): void;
    /** How far it is. */
    show(text: string): void;
    /** Leaves the terminal ready for other output. */
    end(): void;
}

export function announcer({ stderr: output, env }: Pick<Surroundings, "stderr" | "env">): Announcer {
    if (!redraws(output, env)) {
        return {
            begin: (text) => output.write(`${text}\n`),
            show: () => undefined,
            end: () => undefined,
        };
    }
    const terminal = output as NodeJS.WriteStream;
    const clear = (): void => {
        cursorTo(terminal, 0);
        clearLine(terminal, 0);
    };
    const show = (text: string): void => {
        clear();
        terminal.write(text.slice(0, Math.max(1, (terminal.columns || 80) - 1)));
    };
    return { begin: show, show, end: clear };
}
