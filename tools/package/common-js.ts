/** How esbuild makes a CommonJS file of the package, for each Node that the package runs on. */
import type { BuildOptions } from "esbuild";

export const COMMON_JS = {
    bundle: true,
    platform: "node",
    target: "node20",
    format: "cjs",
    external: ["@pulumi/*"],
    keepNames: true,
    charset: "utf8",
    // CommonJS has no import.meta.
    define: { "import.meta.url": "moduleUrl" },
    banner: { js: 'const moduleUrl = require("node:url").pathToFileURL(__filename).href;' },
    logLevel: "warning",
} as const satisfies BuildOptions;
