/** The live page: its program and style, and nothing of any stack. What it shows, it asks its server for. */
import type { PageBundle } from "./bundle.ts";
import { commentOf, hashOf, jsonForHtml } from "./html.ts";
import type { LiveSetting } from "./live-data.ts";

/** The page, and the policy to send with it: frames and addresses of connections are matters of a header. */
export function livePage(
    setting: LiveSetting,
    { script, style, notices }: PageBundle,
): { readonly html: string; readonly policy: string } {
    const html = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>Turnstile</title>
<link rel="icon" href="data:,">
<style>${style}</style>
${commentOf(notices)}
</head>
<body class="live">
<div id="view"><noscript>The page needs JavaScript.</noscript></div>
<script type="application/json" id="setting">${jsonForHtml(setting)}</script>
<script>${script}</script>
</body>
</html>
`;
    return { html, policy: policyOf(script, style) };
}

/** It may run its own program, use its own style, and ask its own server: nothing else, and no page may hold it in a frame. */
function policyOf(script: string, style: string): string {
    return [
        "default-src 'none'",
        `script-src ${hashOf(script)}`,
        `style-src ${hashOf(style)}`,
        "connect-src 'self'",
        "img-src data:",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
        "require-trusted-types-for 'script'",
        "trusted-types 'none'",
    ].join("; ");
}
