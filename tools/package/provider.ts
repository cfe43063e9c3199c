/** The provider of the package, by which programs in other languages use its components. */
import { cpSync, writeFileSync } from "node:fs";
import path from "node:path";
import { build } from "esbuild";
import type { Plugin } from "esbuild";
import { COMMON_JS } from "./common-js.ts";

/** The components are those of the package. */
const ownComponents: Plugin = {
    name: "own-components",
    setup(building) {
        building.onResolve({ filter: /\/components\/index\.ts$/ }, () => ({
            path: "../index.cjs",
            external: true,
        }));
    },
};

/** A folder that Pulumi can run as a plugin, and that has a program of the name by which Pulumi looks for one on the path. */
export async function buildProvider(root: string, dist: string): Promise<void> {
    const folder = path.join(dist, "provider");
    await build({
        ...COMMON_JS,
        entryPoints: [path.join(root, "provider/main.ts")],
        outfile: path.join(folder, "index.cjs"),
        absWorkingDir: root,
        plugins: [ownComponents],
    });
    for (const file of ["PulumiPlugin.yaml", "schema.json"])
        cpSync(path.join(root, "provider", file), path.join(folder, file));
    const manifest = { name: "turnstile-provider", private: true, main: "index.cjs" };
    writeFileSync(path.join(folder, "package.json"), `${JSON.stringify(manifest, null, 4)}\n`);
}
