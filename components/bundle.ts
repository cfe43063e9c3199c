/**
 * One TypeScript file and all that it imports, as a single module for Lambda. The same sources make the same bundle, byte for
 * byte, on any machine and in any directory: an unchanged program has no diff.
 */
import { fileURLToPath } from "node:url";
import { buildSync } from "esbuild";
import type { BuildOptions, BuildResult } from "esbuild";

/**
 * One module with everything in it, the AWS SDK included: Lambda's own copy of the SDK changes under a running function, while
 * this is the one that the tests ran with. Names of classes are kept, because the SDK's clients recognise commands by them.
 * @param entry the file that exports `handler`
 */
export function bundle(entry: URL): string {
    return bundledText(buildSync(bundleOptions(entry)));
}

/** esbuild's helper that gives a function its name, minified. */
const NAME_GIVER = /\b([\w$]+)=\(([\w$]+),([\w$]+)\)=>([\w$]+\(\2,"name",\{value:\3,configurable:!0\}\))/;

/**
 * The text of a bundle as it is uploaded. esbuild has each function named whenever it is made, the many closures of each call of
 * the SDK too, which is work without a use. Here arrow functions stay as they are.
 */
export function bundledText({ outputFiles: [file] }: BuildResult<{ write: false }>): string {
    const text = file?.text ?? "";
    return text.replace(NAME_GIVER, "$1=($2,$3)=>$2.prototype||$2.constructor!==Function?$4:$2");
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
