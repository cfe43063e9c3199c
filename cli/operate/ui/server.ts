/**
 * The page's server: one page, and what it asks for. Nothing that it answers is kept by a browser, and its page loads nothing
 * from elsewhere. What it takes to look at a stack is loaded when a page first asks.
 */
import { randomBytes } from "node:crypto";
import { createServer } from "node:http";
import type { IncomingMessage, Server, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { bundlePage } from "../../page/bundle.ts";
import { livePage } from "../../page/live-html.ts";
import { CommandError } from "../../lib/command-error.ts";
import { EXIT } from "../../lib/exit-codes.ts";
import type { Session } from "../session.ts";
import { refusalOf } from "./guard.ts";
import type { Refusal } from "./guard.ts";
import { problemOf } from "./problem.ts";
import type { Routes } from "./routes.ts";

export interface PageOptions {
    /** 0 takes one that is free. */
    readonly port: number;
    readonly readOnly: boolean;
    /** Whether bodies of dead letters may be shown. */
    readonly bodies: boolean;
    /** Seconds from one look to the next. */
    readonly interval: number;
}

export interface Around {
    /** The way to the stack, made when it is first needed. */
    readonly session: () => Session | Promise<Session>;
    /** @default this machine's */
    readonly passed?: () => number;
    /** @default real time */
    readonly wait?: (millis: number) => Promise<void>;
}

interface Answer {
    readonly status: number;
    readonly type: "text/html; charset=utf-8" | "application/json";
    readonly body: string;
    /** The Content-Security-Policy. @default nothing at all is allowed */
    readonly policy?: string;
}

/** A body of a request is a few ids at most: some 36 bytes each. */
const MAX_BYTES = 100_000;

export class PageServer {
    /** Whoever has it may act. It is never told, but in the address that is printed. */
    readonly token = randomBytes(32).toString("base64url");
    private readonly options: PageOptions;
    private readonly around: Around;
    private readonly server: Server;
    private port = 0;
    private page: ReturnType<typeof pageOf> | undefined;
    private routes: Promise<Routes> | undefined;

    constructor(options: PageOptions, around: Around) {
        this.options = options;
        this.around = around;
        this.server = createServer((request, response) => void this.serve(request, response));
    }

    async listen(): Promise<void> {
        const { port } = this.options;
        await new Promise<void>((resolve, reject) => {
            this.server.once("error", (error: NodeJS.ErrnoException) => reject(portError(error, port)));
            this.server.listen(port, "127.0.0.1", resolve);
        });
        this.port = (this.server.address() as AddressInfo).port;
    }

    /** Where the page is, for whoever may act. A browser keeps the part after `#` to itself. */
    get address(): string {
        return `http://127.0.0.1:${this.port}/#${this.token}`;
    }

    /** Answers every question that is open with no, while AWS still answers: letters that wait for a yes show again. */
    async decline(): Promise<void> {
        await (await this.routes)?.close();
    }

    async close(): Promise<void> {
        const closed = new Promise((resolve) => this.server.close(resolve));
        this.server.closeAllConnections();
        await closed;
    }

    private async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
        const { status, type, body, policy = NO_POLICY } = await this.answerTo(request).catch(failure);
        response.writeHead(status, { ...HEADERS, "content-security-policy": policy, "content-type": type });
        response.end(body);
    }

    private async answerTo(request: IncomingMessage): Promise<Answer> {
        const { method = "", url = "", headers } = request;
        const [path = "", query = ""] = url.split("?");
        const refusal = refusalOf({ method, path, headers }, { port: this.port, token: this.token });
        if (refusal) return refused(refusal);
        if (method === "GET" && path === "/") return this.shell();
        const asked =
            method === "POST" ? await bodyOf(request) : Object.fromEntries(new URLSearchParams(query));
        const routes = await (this.routes ??= this.load());
        const answer = await routes.answer(`${method} ${path}`, asked);
        return isRefusal(answer) ? refused(answer) : json(answer);
    }

    private async shell(): Promise<Answer> {
        const { html, policy } = await (this.page ??= pageOf(this.options));
        return { status: 200, type: "text/html; charset=utf-8", body: html, policy };
    }

    private async load(): Promise<Routes> {
        const { Routes: Loaded } = await import("./routes.ts");
        const { passed = () => performance.now(), wait = pause, session } = this.around;
        return new Loaded(await session(), this.options, { passed, wait });
    }
}

function isRefusal(answer: object): answer is Refusal {
    return "status" in answer;
}

async function pageOf({
    readOnly,
    bodies,
    interval,
}: PageOptions): Promise<{ html: string; policy: string }> {
    const setting = { isReadOnly: readOnly, hasBodies: bodies, interval };
    return livePage(setting, await bundlePage("live"));
}

/** On every answer, also on a refusal. */
const HEADERS = {
    "cache-control": "no-store",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
};

const NO_POLICY = "default-src 'none'; frame-ancestors 'none'";

/** The object that a request carries. */
async function bodyOf(request: IncomingMessage): Promise<Record<string, unknown>> {
    let text = "";
    request.setEncoding("utf8");
    for await (const part of request as AsyncIterable<string>) {
        text += part;
        if (text.length > MAX_BYTES) throw wrongRequest("It is too long.");
    }
    let value: unknown;
    try {
        value = JSON.parse(text);
    } catch {
        throw wrongRequest("It is not JSON.");
    }
    if (typeof value !== "object" || value === null || Array.isArray(value))
        throw wrongRequest("It is no object.");
    return value as Record<string, unknown>;
}

function wrongRequest(message: string): CommandError {
    return new CommandError("wrong-request", message, { exitCode: EXIT.usage });
}

function json(value: unknown, status = 200): Answer {
    return { status, type: "application/json", body: JSON.stringify(value) };
}

function refused({ status, code, message }: Refusal): Answer {
    return json({ code, message }, status);
}

function failure(error: unknown): Answer {
    const code = error instanceof CommandError ? error.code : "fault";
    const status = error instanceof CommandError ? STATUS[error.exitCode] : 500;
    return json({ code, ...problemOf(error) }, status ?? 502);
}

/** What an exit code of a command is in HTTP; any other: the server behind this one has failed. */
const STATUS: Readonly<Record<number, number>> = {
    [EXIT.usage]: 400,
    [EXIT.declined]: 409,
    [EXIT.credentials]: 403,
    [EXIT.notFound]: 404,
};

function pause(millis: number): Promise<void> {
    return new Promise((resolve) => setTimeout(resolve, millis).unref());
}

function portError(error: NodeJS.ErrnoException, port: number): Error {
    if (error.code !== "EADDRINUSE") return error;
    return new CommandError("port-taken", `Port ${port} of 127.0.0.1 is taken.`, {
        hint: "without --port, a free one is taken",
    });
}
