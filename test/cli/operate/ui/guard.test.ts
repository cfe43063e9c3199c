import assert from "node:assert/strict";
import { refusalOf } from "../../../../cli/operate/ui/guard.ts";

const OWN = { port: 4000, token: "t0ken" };
const HOST = { host: "127.0.0.1:4000" };
const KEY = { "x-turnstile-token": "t0ken" };
const JSON_BODY = { "content-type": "application/json" };

function verdict(method: string, path: string, headers: Record<string, string>): string {
    return refusalOf({ method, path, headers }, OWN)?.code ?? "let in";
}

describe("The guard of the live page", () => {
    const refused: readonly (readonly [string, Record<string, string>, string, string?])[] = [
        ["another name that leads here", { ...KEY, host: "evil.example:4000" }, "wrong-host"],
        ["its own name on another port", { ...KEY, host: "127.0.0.1:4001" }, "wrong-host"],
        ["its own name without the port", { ...KEY, host: "127.0.0.1" }, "wrong-host"],
        ["no name", KEY, "wrong-host"],
        ["the page of another site", { ...HOST, ...KEY, origin: "https://evil.example" }, "wrong-origin"],
        [
            "a page on another port of this machine",
            { ...HOST, ...KEY, origin: "http://127.0.0.1:3000" },
            "wrong-origin",
        ],
        ["a page without an origin of its own", { ...HOST, ...KEY, origin: "null" }, "wrong-origin"],
        ["its own name over TLS", { ...HOST, ...KEY, origin: "https://127.0.0.1:4000" }, "wrong-origin"],
        ["what another site embeds", { ...HOST, ...KEY, "sec-fetch-site": "cross-site" }, "wrong-origin"],
        ["what another port embeds", { ...HOST, ...KEY, "sec-fetch-site": "same-site" }, "wrong-origin"],
        ["a request without the token", HOST, "wrong-token"],
        ["a request with another token", { ...HOST, "x-turnstile-token": "t0kem" }, "wrong-token"],
        ["a request with a part of the token", { ...HOST, "x-turnstile-token": "t0ke" }, "wrong-token"],
        ["the token in a cookie", { ...HOST, cookie: "x-turnstile-token=t0ken" }, "wrong-token"],
    ];
    for (const [what, headers, code] of refused) {
        it(`refuses ${what}`, () => {
            assert.equal(verdict("GET", "/api/pool", headers), code);
        });
    }

    it("refuses another name also for the page itself", () => {
        assert.equal(verdict("GET", "/", { host: "evil.example:4000" }), "wrong-host");
    });

    for (const type of ["application/x-www-form-urlencoded", "multipart/form-data", "text/plain", ""]) {
        it(`refuses what a form can send: ${type === "" ? "no content type" : type}`, () => {
            const headers = { ...HOST, ...KEY, ...(type !== "" && { "content-type": type }) };
            assert.equal(verdict("POST", "/api/change", headers), "wrong-type");
        });
    }

    for (const method of ["PUT", "DELETE", "PATCH", "HEAD", "OPTIONS"]) {
        it(`refuses ${method}`, () => {
            assert.equal(verdict(method, "/api/pool", { ...HOST, ...KEY }), "wrong-method");
        });
    }

    it("refuses a frame of another site that asks for the page", () => {
        const headers = { ...HOST, "sec-fetch-site": "cross-site", "sec-fetch-mode": "no-cors" };
        assert.equal(verdict("GET", "/", headers), "wrong-origin");
    });

    it("lets anybody visit the page, which holds no data", () => {
        const headers = { ...HOST, "sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate" };
        assert.equal(verdict("GET", "/", headers), "let in");
    });

    it("lets its own page read", () => {
        assert.equal(
            verdict("GET", "/api/pool", { ...HOST, ...KEY, "sec-fetch-site": "same-origin" }),
            "let in",
        );
    });

    it("lets its own page act", () => {
        const headers = { ...KEY, ...JSON_BODY, host: "localhost:4000", origin: "http://localhost:4000" };
        assert.equal(verdict("POST", "/api/change", headers), "let in");
    });
});
