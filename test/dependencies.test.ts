/** What docs/security.md has on dependencies, against the lock file, the imports and the bundles. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, globSync, readFileSync } from "node:fs";
import path from "node:path";
import { buildSync } from "esbuild";

const root = path.join(import.meta.dirname, "..");
const page = readFileSync(path.join(root, "docs/security.md"), "utf8");

/** Licences that ask for no more than to be named. */
const PERMISSIVE = new Set([
    "0BSD",
    "Apache-2.0",
    "BlueOak-1.0.0",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "CC-BY-3.0",
    "CC-BY-4.0",
    "CC0-1.0",
    "ISC",
    "MIT",
    "MIT-0",
    "PSF-2.0",
    "Python-2.0",
]);

/** Packages that declare no identifier, with the licence in their files. */
const READ_BY_HAND = new Map([
    ["@logdna/tail-file", "MIT"],
    ["google-protobuf", "BSD-3-Clause"],
]);

/** The parts of the product, as the page calls them. What a part needs, the ones after it have too. */
const PARTS = {
    functions: globSync("functions/*.ts", { cwd: root }),
    program: ["index.ts"],
    "`npm start`": globSync("cli/**/*.ts", { cwd: root }),
};

interface Package {
    readonly version: string;
    readonly license?: string;
    readonly dev?: boolean;
    readonly hasInstallScript?: boolean;
}

interface Bill {
    readonly metadata: { readonly component: { readonly "bom-ref": string; readonly name: string } };
    readonly components: readonly { readonly "bom-ref": string }[];
    readonly dependencies: readonly { readonly ref: string; readonly dependsOn: readonly string[] }[];
}

describe("the dependencies", () => {
    const manifest = readJson("package.json") as {
        dependencies: Record<string, string>;
        allowScripts: Record<string, boolean>;
    };
    const { packages } = readJson("package-lock.json") as { packages: Record<string, Package> };
    const installed = Object.entries(packages).filter(([location]) => location !== "");

    it("are each listed with its licence, the part that needs it, and the reason", () => {
        const runsIn = Object.entries(PARTS).map(([part, entries]) => [part, packagesOf(entries)] as const);
        const expected = Object.keys(manifest.dependencies).map((name) => [
            `\`${name}\``,
            packages[`node_modules/${name}`]?.license,
            runsIn.find(([, imported]) => imported.has(name))?.[0],
        ]);
        const rows = table("Package");
        const listed = rows.map((cells) => cells.slice(0, 3));
        assert.deepEqual(listed, expected, "A package that no part imports can go.");
        for (const [name = "", , , why] of rows) assert.ok(why, `${name} is listed without a reason.`);
    });

    it("in the bundles of the functions are the ones that are listed", () => {
        const bundled = new Set(
            PARTS.functions.flatMap((entry) =>
                filesInBundle(entry).flatMap(
                    (file) => /.*node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(file)?.[1] ?? [],
                ),
            ),
        );
        const listed = table("Deployed package").flatMap(([names = ""]) =>
            [...names.matchAll(/`([^`]+)`/g)].map(([, name = ""]) => name),
        );
        const isListed = (name: string): boolean =>
            listed.some((pattern) => pattern === name || pattern === name.replace(/\/.*/, "/*"));
        assert.deepEqual([...bundled].filter((name) => !isListed(name)).sort(), []);
        const inBundle = (pattern: string): boolean =>
            [...bundled].some((name) => name === pattern || name.replace(/\/.*/, "/*") === pattern);
        assert.deepEqual(listed.filter((pattern) => !inBundle(pattern)).sort(), []);
    });

    /** Every installed package with its licence. */
    const licensed = installed.map(([location, { license, dev }]) => {
        const name = nameOf(location);
        return { name, licence: READ_BY_HAND.get(name) ?? license ?? "none", isInUse: dev !== true };
    });

    it("have licences that ask for no more than to be named", () => {
        for (const { name, licence } of licensed)
            assert.ok(PERMISSIVE.has(licence), `${name} is licensed under ${licence}.`);
    });

    it("in use have their licences listed", () => {
        const licences = new Set(licensed.flatMap(({ licence, isInUse }) => (isInUse ? [licence] : [])));
        const sentence = /licensed under ([^.]*(?:\.\d[^.]*)*)\./.exec(page)?.[1] ?? "";
        assert.deepEqual([...sentence.split(/,\s+|\s+or\s+/)].sort(), [...licences].sort());
    });

    it("in the bill of materials are those in use", () => {
        const bill = JSON.parse(
            execFileSync(process.execPath, ["tools/sbom.ts"], {
                cwd: root,
                encoding: "utf8",
                maxBuffer: 1e8,
            }),
        ) as Bill;
        // The lock file has packages for other systems, which are not installed here.
        const here = installed.filter(([location]) => existsSync(path.join(root, location)));
        const inUse = here.flatMap(([location, { dev, version }]) =>
            dev === true ? [] : [`${nameOf(location)}@${version}`],
        );
        assert.deepEqual(bill.components.map((each) => each["bom-ref"]).sort(), [...new Set(inUse)].sort());
        assert.equal(bill.metadata.component.name, "pulumi-turnstile");
        const known = new Set([...inUse, bill.metadata.component["bom-ref"]]);
        for (const { ref, dependsOn } of bill.dependencies)
            for (const each of [ref, ...dependsOn]) assert.ok(known.has(each), each);
    });

    it("run scripts when they are installed only where package.json allows it", () => {
        const withScripts = installed
            .filter(([, { hasInstallScript }]) => hasInstallScript)
            .map(([location]) => nameOf(location));
        assert.deepEqual(withScripts.sort(), Object.keys(manifest.allowScripts).sort());
    });
});

/** A package's name, by its location in node_modules. */
function nameOf(location: string): string {
    return location.replace(/.*node_modules\//, "");
}

/** The packages that these files and what they import need while they run. */
function packagesOf(entries: readonly string[]): Set<string> {
    const { inputs } = analyse(entries, { packages: "external" });
    return new Set(
        Object.values(inputs)
            .flatMap(({ imports }) => imports)
            .filter(({ external }) => external === true)
            .flatMap(({ path: name }) => /^(?:@[^/]+\/)?[^/]+/.exec(name)?.[0] ?? []),
    );
}

/** The files of which something is in a bundle once unused code is removed. */
function filesInBundle(entry: string): string[] {
    const { outputs } = analyse([entry], { mainFields: ["module", "main"], minify: true });
    return Object.values(outputs).flatMap(({ inputs }) =>
        Object.entries(inputs).flatMap(([file, { bytesInOutput }]) => (bytesInOutput > 0 ? [file] : [])),
    );
}

function analyse(entries: readonly string[], options: object) {
    return buildSync({
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
        ...options,
    }).metafile;
}

function table(firstHeading: string): string[][] {
    const lines = page.split("\n");
    const start = lines.findIndex((line) => line.startsWith(`| ${firstHeading} `));
    assert.notEqual(start, -1, `docs/security.md has no table with the heading ${firstHeading}.`);
    const length = lines.slice(start).findIndex((line) => !line.startsWith("|"));
    return lines.slice(start + 2, start + length).map((line) =>
        line
            .split("|")
            .slice(1, -1)
            .map((cell) => cell.trim()),
    );
}

function readJson(file: string): unknown {
    return JSON.parse(readFileSync(path.join(root, file), "utf8"));
}
