/** The command line of the package: each process and thread of it in a file of its own, and what they share in others. */
import { readFileSync, globSync } from "node:fs";
import path from "node:path";
import { build } from "esbuild";
import type { Plugin } from "esbuild";

/** Modules that another one loads by their address: a process, a thread, and what AWS assigns to resources. */
const BY_ADDRESS = {
    recorder: "embedded-aws/recording/recorder.ts",
    "sdk-worker": "embedded-aws/runtimes/sdk-worker.ts",
};

/** Returns the files of which it is made, from `root`. */
export async function buildCommandLine(root: string, dist: string): Promise<string[]> {
    const assignments = globSync("embedded-aws/services/*/assignments.ts", { cwd: root }).map(
        (file) => [assignmentsName(file), file] as const,
    );
    const { metafile } = await build({
        entryPoints: { main: "cli/main.ts", ...BY_ADDRESS, ...Object.fromEntries(assignments) },
        outdir: path.join(dist, "cli"),
        absWorkingDir: root,
        bundle: true,
        splitting: true,
        chunkNames: "shared-[hash]",
        platform: "node",
        target: "node20",
        format: "esm",
        mainFields: ["module", "main"],
        external: ["@pulumi/*"],
        keepNames: true,
        charset: "utf8",
        sourcemap: true,
        // The sources of other packages would be most of it.
        sourcesContent: false,
        minifySyntax: true,
        minifyWhitespace: true,
        legalComments: "none",
        metafile: true,
        // Packages that are CommonJS require what Node has.
        banner: {
            js: 'import { createRequire as requireFrom } from "node:module"; const require = requireFrom(import.meta.url);',
        },
        plugins: [addresses(root), madePages],
        logLevel: "warning",
    });
    return Object.keys(metafile.inputs);
}

/** The pages are made beforehand: an installation has no esbuild. They lie beside the command line. */
const madePages: Plugin = {
    name: "made-pages",
    setup(building) {
        building.onLoad({ filter: /cli[\\/]page[\\/]bundle\.ts$/ }, () => ({
            loader: "ts",
            contents: `
                import { readFileSync } from "node:fs";
                export const bundlePage = async (page) =>
                    JSON.parse(readFileSync(new URL(\`page-\${page}.json\`, import.meta.url), "utf8"));
            `,
        }));
    },
};

/** All output lies in one folder, so that an address is the name of a file beside the one that has it. */
function addresses(root: string): Plugin {
    return {
        name: "addresses",
        setup(building) {
            building.onLoad({ filter: /embedded-aws[\\/].*\.ts$/ }, ({ path: file }) => {
                const text = readFileSync(file, "utf8");
                const own = path.relative(root, file).split(path.sep).join("/");
                return { loader: "ts", contents: withAddresses(text, own) };
            });
        },
    };
}

function withAddresses(text: string, file: string): string {
    const ofFiles = text.replaceAll(/new URL\("([\w-]+)\.ts", import\.meta\.url\)/g, (found, name: string) =>
        name in BY_ADDRESS ? found.replace(".ts", ".js") : found,
    );
    if (!file.endsWith("/assignments.ts")) return ofFiles;
    const address = `new URL("./${assignmentsName(file)}.js", import.meta.url).href`;
    return ofFiles.replace("module: import.meta.url", `module: ${address}`);
}

function assignmentsName(file: string): string {
    return `assignments-${path.basename(path.dirname(file))}`;
}
