/** The components of the package, for `require` and for `import`. */
import { writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { build } from "esbuild";
import type { Plugin } from "esbuild";
import { COMMON_JS } from "./common-js.ts";

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
        ...COMMON_JS,
        entryPoints: [path.join(root, "components/index.ts")],
        outfile: file,
        absWorkingDir: root,
        sourcemap: true,
        plugins: [prebuilt],
    });
    // One copy of each class, however a program loads them.
    const names = Object.keys(createRequire(file)(file) as object).sort();
    writeFileSync(path.join(dist, "index.mjs"), `export { ${names.join(", ")} } from "./index.cjs";\n`);
}
