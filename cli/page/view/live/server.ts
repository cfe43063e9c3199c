/**
 * What the page asks its server. The token comes in the fragment of the page's address, which no browser sends anywhere. It is
 * kept for this tab alone, taken out of the address, and sent in a header with each request.
 */
import type { LiveProblem } from "../../live-data.ts";

const KEY = "turnstile-token";

const token = takeToken();

function takeToken(): string {
    const given = location.hash.slice(1);
    if (given !== "") {
        sessionStorage.setItem(KEY, given);
        history.replaceState(null, "", location.pathname);
    }
    return sessionStorage.getItem(KEY) ?? "";
}

/** Why the server did not do what it was asked. */
export class Refused extends Error implements LiveProblem {
    readonly status: number;
    readonly hint?: string;

    constructor(status: number, { message, hint }: LiveProblem) {
        super(message);
        this.status = status;
        if (hint !== undefined) this.hint = hint;
    }
}

export function read<T>(path: string, query: Readonly<Record<string, string>> = {}): Promise<T> {
    return ask(`${path}?${new URLSearchParams(query).toString()}`, { method: "GET" });
}

export function post<T>(path: string, body: object): Promise<T> {
    return ask(path, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify(body),
        // An answer of somebody who closes the page still arrives.
        keepalive: true,
    });
}

async function ask<T>(path: string, request: RequestInit): Promise<T> {
    let response: Response;
    try {
        response = await fetch(path, {
            ...request,
            headers: { ...request.headers, "x-turnstile-token": token },
            cache: "no-store",
            credentials: "omit",
            redirect: "error",
        });
    } catch {
        throw new Refused(0, {
            message: "The program that shows this page does not answer.",
            hint: "Does it still run?",
        });
    }
    const answer = (await response.json()) as T & LiveProblem;
    if (!response.ok) throw new Refused(response.status, answer);
    return answer;
}

/** What went wrong, for a person. */
export function problemOf(error: unknown): LiveProblem {
    if (error instanceof Refused) return error;
    return { message: error instanceof Error ? error.message : String(error) };
}
