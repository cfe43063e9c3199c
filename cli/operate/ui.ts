/** `turnstile ui`: a page about the stack, on this machine alone, with the user's own credentials, until a signal comes. */
import { EXIT } from "../lib/exit-codes.ts";
import { readPool } from "./pool.ts";
import type { Session } from "./session.ts";
import { PageServer } from "./ui/server.ts";
import type { PageOptions } from "./ui/server.ts";

export type UiOptions = Partial<PageOptions> & Pick<PageOptions, "port" | "interval">;

export async function ui(session: Session, options: UiOptions): Promise<number> {
    const { around, operator } = session;
    const { readOnly = false, bodies = false, port, interval } = options;
    // What is wrong with stack or credentials is better told here than on the page.
    await readPool(session);
    const server = new PageServer({ port, interval, readOnly, bodies }, { session: () => session });
    await server.listen();
    try {
        const { address } = server;
        const ready = session.isJson
            ? readyJson(operator.stack, address, readOnly)
            : readyText(address, readOnly);
        around.stdout.write(ready);
        await signalled(session);
        return around.interrupts.exitCode ?? EXIT.done;
    } finally {
        await server.decline();
        await server.close();
    }
}

/** What a script gets when the page can be opened. */
export function readyJson(stack: string, url: string, readOnly: boolean): string {
    return `${JSON.stringify({ format: "turnstile.ui/1.0", stack, url, readOnly })}\n`;
}

function readyText(address: string, isReadOnly: boolean): string {
    return `${address}

Open it in a browser on this machine. Whoever has the address ${isReadOnly ? "can see the stack" : "can change the stack as you can"}:
keep it to yourself. Ctrl-C ends it.
`;
}

function signalled({ around }: Session): Promise<void> {
    return new Promise((resolve) => around.interrupts.handle(resolve, () => undefined));
}
