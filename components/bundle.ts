/**
 * One TypeScript file and all that it imports, as a single module for Lambda. The same sources make the same bundle, byte for
 * byte, on any machine and in any directory: an unchanged program has no diff.
 */
import { fileURLToPath } from "node:url";
import { buildSync } from "esbuild";
import type { BuildOptions } from "esbuild";

/**
 * One module with everything in it, the AWS SDK included: Lambda's own copy of the SDK changes under a running function, while
 * this is the one that the tests ran with. Names of classes are kept, because the SDK's clients recognise commands by them.
 * @param entry the file that exports `handler`
 */
export function bundle(entry: URL): string {
    return buildSync(bundleOptions(entry)).outputFiles[0]?.text ?? "";
}

/** How esbuild makes a bundle. */
export function bundleOptions(entry: URL) {
    return {
        entryPoints: [fileURLToPath(entry)],
        absWorkingDir: fileURLToPath(new URL("..", import.meta.url)),
        bundle: true,
        write: false,
        platform: "node",
        target: "node24",
        format: "esm",
        mainFields: ["module", "main"],
        // Minified also because the text otherwise contains the paths of modules.
        minify: true,
        keepNames: true,
        legalComments: "none",
        charset: "utf8",
        // No tsconfig.json from around the sources.
        tsconfigRaw: { compilerOptions: {} },
        logLevel: "silent",
    } as const satisfies BuildOptions;
}
