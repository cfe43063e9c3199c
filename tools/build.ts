/**
 * Makes what npm packs, in dist/: `npm run build`. The components as CommonJS with a wrapper for `import`, so that a program
 * that loads them both ways has each class once; their declarations; the functions' bundles; and the command line with what it
 * needs of other packages, so that an installation brings no package but this one and Pulumi's.
 */
import { cpSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { buildSync } from "esbuild";
import { PAGE_LIBRARIES, PAGES, bundlePage } from "../cli/page/bundle.ts";
import type { PageName } from "../cli/page/bundle.ts";
import { bundle, bundleOptions } from "../components/bundle.ts";
import { FUNCTION_NAMES } from "../components/prebuilt.ts";
import { buildCommandLine } from "./package/command-line.ts";
import { buildComponents } from "./package/components.ts";
import { buildDeclarations } from "./package/declarations.ts";
import { buildProvider } from "./package/provider.ts";
import { noticesOf } from "./package/notices.ts";

const root = path.join(import.meta.dirname, "..");
const dist = path.join(root, "dist");

rmSync(dist, { recursive: true, force: true });
mkdirSync(path.join(dist, "functions"), { recursive: true });
const sources: string[] = [];
for (const name of FUNCTION_NAMES) {
    const entry = new URL(`../functions/${name}.ts`, import.meta.url);
    writeFileSync(path.join(dist, "functions", `${name}.mjs`), bundle(entry));
    sources.push(...Object.keys(buildSync({ ...bundleOptions(entry), metafile: true }).metafile.inputs));
}
await buildComponents(root, dist);
buildDeclarations(root, dist);
await buildProvider(root, dist);
sources.push(...(await buildCommandLine(root, dist)));
for (const page of Object.keys(PAGES) as PageName[]) {
    writeFileSync(path.join(dist, "cli", `page-${page}.json`), JSON.stringify(await bundlePage(page)));
}
sources.push(...PAGE_LIBRARIES.map((name) => `node_modules/${name}/package.json`));
cpSync(path.join(root, "functions/starter/message.schema.json"), path.join(dist, "message.schema.json"));
writeFileSync(path.join(dist, "THIRD-PARTY-NOTICES.txt"), noticesOf(root, sources));
