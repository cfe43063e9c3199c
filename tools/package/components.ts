/** The components of the package, for `require` and for `import`. */
import { writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { build } from "esbuild";
import type { Plugin } from "esbuild";

/** Bundles that are there already stand in the place of the ones that are made of sources: a user has neither these nor esbuild. */
const prebuilt: Plugin = {
    name: "prebuilt",
    setup(building) {
        building.onResolve({ filter: /\/bundles\.ts$/ }, ({ resolveDir, path: specifier }) => ({
            path: path.join(path.dirname(path.join(resolveDir, specifier)), "prebuilt.ts"),
        }));
    },
};

export async function buildComponents(root: string, dist: string): Promise<void> {
    const file = path.join(dist, "index.cjs");
    await build({
        entryPoints: [path.join(root, "components/index.ts")],
        outfile: file,
        absWorkingDir: root,
        bundle: true,
        platform: "node",
        target: "node20",
        format: "cjs",
        external: ["@pulumi/*"],
        keepNames: true,
        charset: "utf8",
        sourcemap: true,
        define: { "import.meta.url": "moduleUrl" },
        banner: { js: 'const moduleUrl = require("node:url").pathToFileURL(__filename).href;' },
        plugins: [prebuilt],
        logLevel: "warning",
    });
    // One copy of each class, however a program loads them.
    const names = Object.keys(createRequire(file)(file) as object).sort();
    writeFileSync(path.join(dist, "index.mjs"), `export { ${names.join(", ")} } from "./index.cjs";\n`);
}
