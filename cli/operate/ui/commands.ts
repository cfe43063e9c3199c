/** Runs the commands of `turnstile` for the page: the same code, with what they print and ask caught. */
import { Readable } from "node:stream";
import { createPaint } from "../../lib/color.ts";
import { CommandError, errorText } from "../../lib/command-error.ts";
import { EXIT } from "../../lib/exit-codes.ts";
import { printable } from "../../lib/printable.ts";
import type { Surroundings } from "../../lib/surroundings.ts";
import type { Session } from "../session.ts";

/** What a command has printed. */
export interface Printed {
    readonly out: string;
    readonly error: string;
}

type Command = (session: Session) => Promise<number>;

/** The one document that a command prints with `--json`. Throws what the command throws, as a person is told of it. */
export async function documentFrom<T>(session: Session, command: Command): Promise<T> {
    const caught = new Caught(session.around);
    try {
        await command({ ...session, around: caught.around, isJson: true, partial: [] });
    } catch (error) {
        throw session.explain(error);
    }
    return JSON.parse(caught.printed.out) as T;
}

/** A command that asks before it changes something. It waits for the answer, with what it has shown in its hands. */
export class Asking {
    /** Resolves with what the command says before it asks; with undefined if it ends without. */
    readonly asks: Promise<string | undefined>;
    /** Its exit code and everything that it has said. Never rejects. */
    readonly ends: Promise<{ readonly code: number; readonly text: string }>;
    private readonly caught: Caught;
    private settle: (answer: string) => void = () => undefined;

    constructor(session: Session, command: Command) {
        this.caught = new Caught(session.around);
        let onAsk: (text: string | undefined) => void = () => undefined;
        this.asks = new Promise((resolve) => {
            onAsk = resolve;
        });
        const ask = (): Promise<string> =>
            new Promise((resolve) => {
                this.settle = resolve;
                onAsk(this.caught.printed.error.trimEnd());
            });
        const { around } = this.caught;
        const run = command({
            ...session,
            around,
            isJson: false,
            paint: createPaint(false),
            partial: [],
            ask,
        });
        this.ends = run
            .catch((error: unknown) => this.failed(session.explain(error)))
            .then((code) => ({ code, text: this.said() }))
            .finally(() => onAsk(undefined));
    }

    answer(isYes: boolean): void {
        this.settle(isYes ? "yes" : "no");
    }

    private failed(error: unknown): number {
        const text = error instanceof CommandError ? errorText(error) : String(error);
        this.caught.around.stdout.write(`${printable(text)}\n`);
        return error instanceof CommandError ? error.exitCode : EXIT.failed;
    }

    /** What it has said at its end; before, it has said what it would do. */
    private said(): string {
        const { out, error } = this.caught.printed;
        return (out === "" ? error : out).trimEnd();
    }
}

class Caught {
    readonly around: Surroundings;
    private out = "";
    private error = "";

    constructor(around: Surroundings) {
        this.around = {
            ...around,
            stdin: Readable.from([]),
            stdout: { write: (text) => ((this.out += String(text)), true) },
            stderr: { write: (text) => ((this.error += String(text)), true) },
        };
    }

    get printed(): Printed {
        return { out: this.out, error: this.error };
    }
}
