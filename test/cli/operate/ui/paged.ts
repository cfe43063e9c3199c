/** The server of the live page on a stack that stands still, and a browser's part of it: requests, header by header. */
import http from "node:http";
import { Readable } from "node:stream";
import type { Caller } from "../../../../embedded-aws/index.ts";
import type { LiveAnswer, LiveData, LiveOutcome } from "../../../../cli/page/live-data.ts";
import { parseOperator } from "../../../../cli/operate/operator.ts";
import { openSession } from "../../../../cli/operate/session.ts";
import type { Session } from "../../../../cli/operate/session.ts";
import { PageServer } from "../../../../cli/operate/ui/server.ts";
import type { PageOptions } from "../../../../cli/operate/ui/server.ts";
import { ROOT } from "../../command-line.ts";
import { HOUR, MINUTE } from "../../../stack/test-stack.ts";
import { HOSTILE } from "../../page/page-run.ts";
import { Operated } from "../operated.ts";

/** Two jobs run, three wait, and two have failed with a hostile cause. */
export async function busyStack(): Promise<Operated> {
    const operated = await Operated.open(
        { limit: "2", maxAttempts: "1", pauseAfterFailures: "0" },
        {
            keepHistory: "all",
            job: (run) => {
                const isBroken = run.arguments["--fails"] === "yes";
                const end = { state: "FAILED" as const, errorMessage: HOSTILE };
                return { millis: isBroken ? MINUTE : HOUR, ...(isBroken && { end }) };
            },
        },
    );
    await operated.stack.pass(MINUTE);
    for (let i = 0; i < 2; i++)
        operated.stack.send({ arguments: { "--fails": "yes", "--secret": HOSTILE } }, `f${i}`);
    await operated.stack.pass(5 * MINUTE);
    operated.stack.sendMany(5);
    await operated.stack.pass(MINUTE);
    return operated;
}

export interface Reply {
    readonly status: number;
    readonly headers: http.IncomingHttpHeaders;
    readonly text: string;
}

interface Ask {
    readonly method?: string;
    readonly headers?: Readonly<Record<string, string>>;
    readonly body?: string;
}

/** Sends a request with exactly these headers, which `fetch` would not. */
export function ask(
    port: number,
    path: string,
    { method = "GET", headers = {}, body }: Ask = {},
): Promise<Reply> {
    return new Promise((resolve, reject) => {
        const options = {
            port,
            path,
            method,
            headers: { host: `127.0.0.1:${port}`, ...headers },
            agent: false,
        };
        const request = http.request({ host: "127.0.0.1", ...options }, (response) => {
            let text = "";
            response.setEncoding("utf8");
            response.on("data", (part: string) => (text += part));
            response.on("end", () =>
                resolve({ status: response.statusCode ?? 0, headers: response.headers, text }),
            );
        });
        request.on("error", reject);
        request.end(body);
    });
}

export interface Given extends Partial<PageOptions> {
    readonly caller?: Caller;
    /** Changes the stack's output `operator`. */
    readonly operator?: Record<string, unknown>;
    /** Whether time passes for the server as it does for its page. */
    readonly isRunning?: boolean;
}

export class Paged {
    /** Milliseconds that have passed for the server. */
    passed = 0;
    /** What a wait for AWS is. */
    wait: () => Promise<void> = () => new Promise(() => undefined);
    readonly server: PageServer;
    readonly port: number;

    private constructor(server: PageServer) {
        this.server = server;
        this.port = Number(new URL(server.address).port);
    }

    static async open(operated: Operated, given: Given = {}): Promise<Paged> {
        const { caller = { principal: "user", isGuest: true }, operator = {}, ...rest } = given;
        const { isRunning = false, ...options } = rest;
        const session = sessionOf(operated, caller, operator);
        let paged: Paged | undefined;
        const server = new PageServer(
            { port: 0, interval: 2, readOnly: false, bodies: false, ...options },
            {
                session: () => session,
                passed: () => (isRunning ? performance.now() : (paged?.passed ?? 0)),
                wait: () => paged?.wait() ?? Promise.resolve(),
            },
        );
        await server.listen();
        return (paged = new Paged(server));
    }

    async close(): Promise<void> {
        await this.server.decline();
        await this.server.close();
    }

    get(path: string): Promise<Reply> {
        return ask(this.port, path, { headers: { "x-turnstile-token": this.server.token } });
    }

    post(path: string, body: unknown): Promise<Reply> {
        return ask(this.port, path, {
            method: "POST",
            headers: { "x-turnstile-token": this.server.token, "content-type": "application/json" },
            body: typeof body === "string" ? body : JSON.stringify(body),
        });
    }

    async answer(): Promise<LiveAnswer> {
        return JSON.parse((await this.get("/api/pool")).text) as LiveAnswer;
    }

    /** The pool, by a look of now. */
    async data(): Promise<LiveData> {
        this.passed += 60_000;
        const { data, problem } = await this.answer();
        if (!data) throw new Error(problem?.message);
        return data;
    }

    async begin(change: object): Promise<LiveOutcome> {
        return JSON.parse((await this.post("/api/change", change)).text) as LiveOutcome;
    }

    async say(outcome: LiveOutcome, yes: boolean): Promise<LiveOutcome> {
        const { question } = outcome;
        return JSON.parse((await this.post("/api/answer", { question, yes })).text) as LiveOutcome;
    }
}

function sessionOf(operated: Operated, caller: Caller, changed: Record<string, unknown>): Session {
    const operator = parseOperator(JSON.stringify({ ...operated.operator, ...changed }), "the test");
    const silent = { write: () => true };
    return openSession(
        operator,
        { color: "never", endpointUrl: operated.endpoint.url },
        {
            root: ROOT,
            cwd: ROOT,
            env: operated.keysOf(caller),
            interrupts: { exitCode: undefined, handle: () => undefined },
            stdin: Readable.from([]),
            stdout: silent,
            stderr: silent,
        },
    );
}
