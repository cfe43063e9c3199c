/**
 * The file of a page: everything that it needs is in it, and its policy lets it load nothing else. What a run says is text
 * that anybody may have written, so it enters the markup escaped, and the program as data that no parser takes for markup.
 */
import { createHash } from "node:crypto";
import type { PageBundle } from "./bundle.ts";
import type { FailureGroup, NamedValue, RunData } from "./data.ts";

/** The id of the element with the data. */
const DATA_ID = "run";

/** The page of a run. What matters most stands in the markup itself, so that it can be read without the program. */
export function pageHtml(data: RunData, { script, style, notices }: PageBundle): string {
    const title = `Turnstile: ${data.stack}, ${data.verdict.sentence}`;
    return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy(script, style)}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<title>${escapeHtml(title)}</title>
<style>${style}</style>
${commentOf(notices)}
</head>
<body>
<header>
<p class="product">Turnstile<span> · stack ${escapeHtml(data.stack)} · ${escapeHtml(moment(data.startedAt))}</span></p>
<div id="theme"></div>
</header>
<main>
<h1 class="verdict ${data.verdict.kind}"><span class="mark" aria-hidden="true"></span>${escapeHtml(data.verdict.sentence)}</h1>
<dl class="numbers">
${named(data.numbers)}
</dl>
<div id="view"><p class="unread"><noscript>Curves and bars need JavaScript.</noscript></p></div>
${failuresHtml(data.failures)}<section aria-labelledby="settings-title">
<h2 id="settings-title">How it was run</h2>
<dl class="settings">
${named(data.settings)}
</dl>
</section>
</main>
<script type="application/json" id="${DATA_ID}">${jsonForHtml(data)}</script>
<script>${script}</script>
</body>
</html>
`;
}

/** Text that means nothing to a parser of markup, in content and in quoted attributes. */
export function escapeHtml(text: string): string {
    return text
        .replaceAll("&", "&amp;")
        .replaceAll("<", "&lt;")
        .replaceAll(">", "&gt;")
        .replaceAll('"', "&quot;")
        .replaceAll("'", "&#39;");
}

/** JSON that can neither end the element that it stands in nor begin a comment. */
export function jsonForHtml(value: unknown): string {
    return JSON.stringify(value).replaceAll("<", "\\u003c");
}

export function commentOf(text: string): string {
    return `<!--\n${text.replaceAll("--", "- -")}-->`;
}

/** Nothing may be loaded, sent or framed. The one program and the one style are known by their hashes. */
function policy(script: string, style: string): string {
    return [
        "default-src 'none'",
        `script-src ${hashOf(script)}`,
        `style-src ${hashOf(style)}`,
        "base-uri 'none'",
        "form-action 'none'",
    ].join("; ");
}

/** How a policy names a script or a style that stands in the page. */
export function hashOf(text: string): string {
    return `'sha256-${createHash("sha256").update(text).digest("base64")}'`;
}

function named(values: readonly NamedValue[]): string {
    return values
        .map(({ name, value }) => `<div><dt>${escapeHtml(name)}</dt><dd>${escapeHtml(value)}</dd></div>`)
        .join("\n");
}

/** At most so many causes are in the markup. */
const MAX_CAUSES = 50;

function failuresHtml(failures: readonly FailureGroup[]): string {
    if (failures.length === 0) return "";
    const rows = failures
        .slice(0, MAX_CAUSES)
        .map(
            ({ cause, count, first }) =>
                `<tr><td class="number">${count}</td><td>${escapeHtml(cause)}</td><td class="first">${escapeHtml(first)}</td></tr>`,
        );
    const more = failures.length - MAX_CAUSES;
    return `<section aria-labelledby="failures-title">
<h2 id="failures-title">Failed</h2>
<table>
<thead><tr><th scope="col">Count</th><th scope="col">Cause</th><th scope="col">First</th></tr></thead>
<tbody>
${rows.join("\n")}
</tbody>
</table>${more > 0 ? `\n<p>And ${more} more causes.</p>` : ""}
</section>
`;
}

function moment(time: number): string {
    return `${new Date(time).toISOString().slice(0, 16).replace("T", " ")} UTC`;
}
