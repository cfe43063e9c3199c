/** The part of docs/security.md on dependencies, held against the lock files, the imports and the bundles; and what an installation costs. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, globSync, readFileSync } from "node:fs";
import path from "node:path";
import { buildSync } from "esbuild";
import semver from "semver";
import { ENTRIES, foldersInUse, importedBy } from "../tools/in-use.ts";

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

/** A check that asks more of those who change it than to be named. It runs as it is, and nothing is made of it. */
const ONLY_CHECKS = new Map([["axe-core", "MPL-2.0"]]);

/** Packages that declare no identifier, with the licence in their files. */
const READ_BY_HAND = new Map([
    ["@logdna/tail-file", "MIT"],
    ["google-protobuf", "BSD-3-Clause"],
]);

/** Packages that `npm ci` installs on one system, at most. */
const MAX_PACKAGES = 330;

/** For each major version of Node that people install with, a version from which on no package may refuse it. */
const NODES = ["20.19.0", "22.13.0", "24.0.0"];

/** The parts of the product, as the page calls them. What a part needs, the ones after it have too. */
const PARTS = {
    functions: globSync("functions/*.ts", { cwd: root }),
    program: ["index.ts"],
    "`npm start`": globSync("cli/**/*.ts", { cwd: root }),
};

interface Package {
    readonly version: string;
    readonly license?: string;
    readonly hasInstallScript?: boolean;
    readonly engines?: { readonly node?: string };
    readonly os?: readonly string[];
    readonly cpu?: readonly string[];
}

interface Manifest {
    readonly allowScripts: Readonly<Record<string, boolean>>;
}

interface Bill {
    readonly metadata: { readonly component: { readonly "bom-ref": string; readonly name: string } };
    readonly components: readonly { readonly "bom-ref": string }[];
    readonly dependencies: readonly { readonly ref: string; readonly dependsOn: readonly string[] }[];
}

describe("the dependencies", () => {
    const { packages } = readJson("package-lock.json") as { packages: Record<string, Package> };
    const installed = lockedIn("package-lock.json");
    const ofChecks = lockedIn("tools/package-lock.json");
    const used = foldersInUse(root);

    it(`are ${MAX_PACKAGES} packages at most, on one system`, () => {
        const onLinux = installed.filter(
            ([, { os = ["linux"], cpu = ["x64"] }]) => os.includes("linux") && cpu.includes("x64"),
        );
        assert.ok(onLinux.length <= MAX_PACKAGES, `There are ${onLinux.length}.`);
    });

    for (const node of NODES) {
        it(`accept Node ${node}, and so do those of the checks: npm warns of none`, () => {
            const refusing = [...installed, ...ofChecks].filter(
                ([, { engines }]) => !semver.satisfies(node, engines?.node ?? "*"),
            );
            assert.deepEqual(
                refusing.map(([folder, { engines }]) => `${folder} needs ${engines?.node}`),
                [],
            );
        });
    }

    it("of the package are the two that a program shares with it, and no others", () => {
        const { dependencies, peerDependencies } = readJson("package.json") as Record<string, object>;
        assert.equal(dependencies, undefined);
        assert.deepEqual(Object.keys(peerDependencies ?? {}), ["@pulumi/aws", "@pulumi/pulumi"]);
    });

    it("are each listed with its licence, the part that needs it, and the reason", () => {
        const runsIn = Object.entries(PARTS).map(
            ([part, entries]) => [part, importedBy(root, entries)] as const,
        );
        const expected = [...importedBy(root, ENTRIES)]
            .sort()
            .map((name) => [
                `\`${name}\``,
                packages[`node_modules/${name}`]?.license,
                runsIn.find(([, imported]) => imported.has(name))?.[0],
            ]);
        const rows = table("Package");
        const listed = rows.map((cells) => cells.slice(0, 3));
        assert.deepEqual(listed, expected);
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

    it("have licences that ask for no more than to be named, and those are listed", () => {
        for (const [folder, { license }] of [...installed, ...ofChecks]) {
            const licence = licenceOf(folder, license);
            if (ofChecks.some(([of]) => of === folder) && ONLY_CHECKS.get(nameOf(folder)) === licence)
                continue;
            assert.ok(PERMISSIVE.has(licence), `${nameOf(folder)} is licensed under ${licence}.`);
        }
        const inUse = installed.filter(([folder]) => used.has(folder));
        const licences = new Set(inUse.map(([folder, { license }]) => licenceOf(folder, license)));
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
        // What is made for another system's processor is in the lock file, and not here.
        const here = installed.filter(([folder]) => existsSync(path.join(root, folder)));
        const inUse = here.flatMap(([folder, { version }]) =>
            used.has(folder) ? [`${nameOf(folder)}@${version}`] : [],
        );
        assert.deepEqual(bill.components.map((each) => each["bom-ref"]).sort(), [...new Set(inUse)].sort());
        assert.equal(bill.metadata.component.name, "pulumi-turnstile");
        const known = new Set([...inUse, bill.metadata.component["bom-ref"]]);
        for (const { ref, dependsOn } of bill.dependencies)
            for (const each of [ref, ...dependsOn]) assert.ok(known.has(each), each);
    });

    it("run scripts when they are installed only where that was allowed", () => {
        for (const [file, locked] of [
            ["package.json", installed],
            ["tools/package.json", ofChecks],
        ] as const) {
            const { allowScripts } = readJson(file) as Manifest;
            const withScripts = locked.filter(([, { hasInstallScript }]) => hasInstallScript === true);
            assert.deepEqual(
                withScripts.map(([folder]) => nameOf(folder)).sort(),
                Object.keys(allowScripts).sort(),
                file,
            );
        }
    });
});

/** What a lock file installs, by folder. */
function lockedIn(file: string): [folder: string, Package][] {
    const { packages } = readJson(file) as { packages: Record<string, Package> };
    return Object.entries(packages).filter(([folder]) => folder !== "");
}

function nameOf(folder: string): string {
    return folder.replace(/.*node_modules\//, "");
}

function licenceOf(folder: string, declared: string | undefined): string {
    return READ_BY_HAND.get(nameOf(folder)) ?? declared ?? "none";
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
