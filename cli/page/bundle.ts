/** A page's program and its style, each as one text. esbuild makes them from `view/` when they are first asked for. */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";

export interface PageBundle {
    readonly script: string;
    readonly style: string;
    /** What the licences of the libraries in it ask to be kept. */
    readonly notices: string;
}

const VIEW = path.join(import.meta.dirname, "view");

/** The pages, and where the program of each begins. */
export const PAGES = { report: "main.tsx", live: "live/main.tsx" } as const;
export type PageName = keyof typeof PAGES;

/** The libraries that the page brings along. */
export const PAGE_LIBRARIES = ["preact", "uplot"];

const bundled: Partial<Record<PageName, Promise<PageBundle>>> = {};

export function bundlePage(page: PageName): Promise<PageBundle> {
    return (bundled[page] ??= bundle(PAGES[page]));
}

async function bundle(entry: string): Promise<PageBundle> {
    // Loaded here, because a run without a page has no use for it.
    const { build } = await import("esbuild");
    const { outputFiles } = await build({
        entryPoints: [path.join(VIEW, entry)],
        outdir: VIEW,
        bundle: true,
        write: false,
        minify: true,
        platform: "browser",
        format: "iife",
        // The browsers of 2022.
        target: ["chrome107", "firefox104", "safari16"],
        jsx: "automatic",
        jsxImportSource: "preact",
        legalComments: "none",
        charset: "utf8",
        logLevel: "silent",
    });
    const text = (extension: string): string =>
        outputFiles.find((file) => file.path.endsWith(extension))?.text ?? "";
    return { script: text(".js"), style: text(".css"), notices: PAGE_LIBRARIES.map(noticeOf).join("\n") };
}

function noticeOf(library: string): string {
    const folder = path.dirname(createRequire(import.meta.url).resolve(`${library}/package.json`));
    return `${library}\n${readFileSync(path.join(folder, "LICENSE"), "utf8").trim()}\n`;
}
