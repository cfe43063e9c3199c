/**
 * Whom the page's server answers. It listens on this machine alone, but every program and every page in a browser here can
 * reach it. So each request must come by the server's own name, from its own page, with its own token.
 *
 * - The name (`Host`) is checked against a fixed list: another one leads here by DNS rebinding.
 * - The page that asks (`Origin`, `Sec-Fetch-Site`) is checked against the same list.
 * - The token travels in a header of the page's own. A cookie would go to every port of this machine by itself, and a token in
 *   a query is kept by histories. The page alone needs none: it holds no data, and has the token from the fragment of its
 *   address, which no browser sends.
 */
import { createHash, timingSafeEqual } from "node:crypto";
import type { IncomingHttpHeaders } from "node:http";

/** The header with the token, in lower case. */
export const TOKEN_HEADER = "x-turnstile-token";

export interface Asked {
    readonly method: string;
    /** The path alone. */
    readonly path: string;
    readonly headers: IncomingHttpHeaders;
}

export interface Own {
    readonly port: number;
    readonly token: string;
}

/** Why a request is refused. */
export interface Refusal {
    readonly status: number;
    readonly code: string;
    readonly message: string;
}

/** Undefined if the request may go on. */
export function refusalOf(asked: Asked, own: Own): Refusal | undefined {
    const { method, path, headers } = asked;
    const hosts = [`127.0.0.1:${own.port}`, `localhost:${own.port}`];
    if (!hosts.includes(headers.host ?? "")) return refuse(403, "wrong-host", "This is not my name.");
    const { origin, "sec-fetch-site": site, "sec-fetch-mode": mode } = headers;
    if (origin !== undefined && !hosts.some((host) => origin === `http://${host}`))
        return refuse(403, "wrong-origin", "No other page may ask.");
    // A navigation to the page is harmless wherever it comes from: it carries nothing, and nothing can frame it.
    const isVisit = path === "/" && method === "GET" && mode === "navigate";
    if (site !== undefined && site !== "same-origin" && site !== "none" && !isVisit)
        return refuse(403, "wrong-origin", "No other page may ask.");
    if (method !== "GET" && method !== "POST") return refuse(405, "wrong-method", "GET or POST.");
    if (path === "/" && method === "GET") return undefined;
    if (!isToken(headers[TOKEN_HEADER], own.token))
        return refuse(401, "wrong-token", "The token is missing or wrong.");
    if (method === "POST" && headers["content-type"] !== "application/json")
        return refuse(415, "wrong-type", "The content type must be application/json.");
    return undefined;
}

/** Compared by their hashes, so that the time it takes says nothing of the token. */
function isToken(given: string | string[] | undefined, token: string): boolean {
    return typeof given === "string" && timingSafeEqual(digest(given), digest(token));
}

function digest(text: string): Buffer {
    return createHash("sha256").update(text).digest();
}

function refuse(status: number, code: string, message: string): Refusal {
    return { status, code, message };
}
