import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { bundlePage } from "../../../cli/page/bundle.ts";
import { escapeHtml, pageHtml } from "../../../cli/page/html.ts";
import { HOSTILE, hostileRun } from "./page-run.ts";

describe("the file of a page", () => {
    let html = "";

    before(async () => {
        html = pageHtml(hostileRun(), await bundlePage("report"));
    });

    it("has no script but the data and the program, whatever its texts say", () => {
        const scripts = html.match(/<script[^>]*>/g);
        assert.deepEqual(scripts, ['<script type="application/json" id="run">', "<script>"]);
        assert.equal(html.match(/<\/script/g)?.length, 2);
    });

    it("has the texts of the run in its markup as text only", () => {
        assert.ok(!html.includes("<img"));
        assert.equal(html.split(escapeHtml(HOSTILE)).length - 1, 9);
    });

    it("has the run as data, letter by letter", () => {
        const [, json = ""] = /<script type="application\/json" id="run">(.*?)<\/script>/s.exec(html) ?? [];
        assert.deepEqual(JSON.parse(json), hostileRun());
    });

    it("may load nothing: its policy knows its own program by its hash, and nothing else", () => {
        const [, policy = ""] = /Content-Security-Policy" content="([^"]*)"/.exec(html) ?? [];
        const rules = policy.split("; ").map((rule) => rule.split(" "));
        const [, script = ""] = /<script>(.*?)<\/script>/s.exec(html) ?? [];
        const [, style = ""] = /<style>(.*?)<\/style>/s.exec(html) ?? [];
        assert.deepEqual(rules, [
            ["default-src", "'none'"],
            ["script-src", hashOf(script)],
            ["style-src", hashOf(style)],
            ["base-uri", "'none'"],
            ["form-action", "'none'"],
        ]);
    });

    it("names no address of the network but those of XML's namespaces", () => {
        const addresses = html.match(/(?:https?:)?\/\/[\w.-]+\.\w+[^"'\s)`]*/g) ?? [];
        assert.deepEqual(
            addresses.filter((address) => !address.startsWith("http://www.w3.org/")),
            [],
        );
    });

    it("has the licences of the libraries in it", () => {
        assert.match(html, /<!--\s*preact\s.*MIT.*uplot\s.*MIT.*-->/s);
    });

    it("says how many causes are left out", () => {
        const failures = Array.from({ length: 51 }, (_, i) => ({
            cause: `cause ${i}`,
            count: 1,
            first: "x",
        }));
        const many = pageHtml({ ...hostileRun(), failures }, { script: "", style: "", notices: "" });
        assert.match(many, /And 1 more causes\./);
    });

    it("has no table of failures where nothing failed", () => {
        const none = pageHtml({ ...hostileRun(), failures: [] }, { script: "", style: "", notices: "" });
        assert.doesNotMatch(none, /<table/);
    });
});

function hashOf(text: string): string {
    return `'sha256-${createHash("sha256").update(text).digest("base64")}'`;
}
