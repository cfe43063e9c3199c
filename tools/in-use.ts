/**
 * The packages in use: what the sources that run outside of development import, and what those packages need. All of it is a
 * development dependency, because the published package has it inside; the two of Pulumi it shares with the user's program.
 */
import { readFileSync } from "node:fs";
import path from "node:path";
import { buildSync } from "esbuild";

/** A package in a lock file. */
export interface Locked {
    readonly version: string;
    readonly dependencies?: Readonly<Record<string, string>>;
    readonly optionalDependencies?: Readonly<Record<string, string>>;
    readonly peerDependencies?: Readonly<Record<string, string>>;
    readonly peerDependenciesMeta?: Readonly<Record<string, { readonly optional?: boolean }>>;
}

/** What runs outside of development. */
export const ENTRIES = [
    "index.ts",
    "cli/main.ts",
    "functions/starter.ts",
    "functions/dispatcher.ts",
    "functions/reaper.ts",
] as const;

/** The packages that files and what they import name. */
export function importedBy(root: string, entries: readonly string[]): Set<string> {
    const { metafile } = buildSync({
        absWorkingDir: root,
        entryPoints: [...entries],
        outdir: "unused",
        bundle: true,
        write: false,
        metafile: true,
        platform: "node",
        format: "esm",
        target: "node24",
        logLevel: "silent",
        packages: "external",
    });
    return new Set(
        Object.values(metafile.inputs)
            .flatMap(({ imports }) => imports)
            .filter(({ external }) => external === true)
            .flatMap(({ path: name }) =>
                name.startsWith("node:") ? [] : (/^(?:@[^/]+\/)?[^/]+/.exec(name) ?? []),
            ),
    );
}

/** The folders of the lock file whose packages are in use, such as `node_modules/yaml`. */
export function foldersInUse(root: string): Set<string> {
    const lock = readFileSync(path.join(root, "package-lock.json"), "utf8");
    const { packages } = JSON.parse(lock) as { packages: Readonly<Record<string, Locked>> };
    const found = new Set<string>();
    const visit = (name: string, from: string): void => {
        const folder = locate(name, from, packages);
        if (folder === undefined || found.has(folder)) return;
        found.add(folder);
        for (const needed of neededBy(packages[folder])) visit(needed, folder);
    };
    for (const name of importedBy(root, ENTRIES)) visit(name, "");
    return found;
}

function neededBy(locked: Locked | undefined): string[] {
    const { dependencies, optionalDependencies, peerDependencies, peerDependenciesMeta } = locked ?? {};
    const peers = Object.keys(peerDependencies ?? {}).filter(
        (name) => peerDependenciesMeta?.[name]?.optional !== true,
    );
    return [...Object.keys({ ...dependencies, ...optionalDependencies }), ...peers];
}

/** Where Node finds a package from a folder: in its own node_modules, or in one above. */
function locate(name: string, from: string, packages: Readonly<Record<string, Locked>>): string | undefined {
    for (let folder = from; ; folder = folder.slice(0, Math.max(0, folder.lastIndexOf("/node_modules/")))) {
        const candidate = `${folder === "" ? "" : `${folder}/`}node_modules/${name}`;
        if (candidate in packages) return candidate;
        if (folder === "") return undefined;
    }
}
