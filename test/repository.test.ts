/**
 * What nobody reviews because it is right until something else moves: links, commands named in documents, who imports whom,
 * and traces of the machine that a file was written on.
 */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import path from "node:path";

const root = path.join(import.meta.dirname, "..");

const LOCKS = ["package-lock.json", "tools/package-lock.json"];

interface Manifest {
    readonly scripts: Readonly<Record<string, string>>;
    readonly devEngines: { readonly runtime: { readonly version: string } };
    readonly devDependencies: Readonly<Record<string, string>>;
}

describe("the repository", () => {
    let files: readonly string[];

    before(function () {
        files = listFiles();
        if (files.length === 0) this.skip();
    });

    it("names no machine's own paths", () => {
        const own = /(?<![\w.~-])\/(?:root|work|home\/\w+|Users\/\w+)\//;
        assert.deepEqual(linesThatMatch(own), []);
    });

    it("has the same line endings in every checkout, so that what a deployment hashes is the same", () => {
        const git = [
            "check-attr",
            "text",
            "eol",
            "--",
            "examples/weather/aggregate.py",
            "functions/starter.ts",
        ];
        const { stdout } = spawnSync("git", git, { cwd: root, encoding: "utf8" });
        const attributes = stdout.trim().split("\n");
        assert.equal(attributes.length, 4);
        for (const line of attributes) assert.match(line, /: (text: auto|eol: lf)$/);
    });

    it("names no package registry's host", () => {
        const host = /registry\.(?:npmjs|yarnpkg)|npm[m]irror|artifactor[y]|pypi\.org|pythonhosted\.org/;
        assert.deepEqual(linesThatMatch(host), []);
    });

    it("installs from whatever registry the user has: the lock files name none", () => {
        for (const lock of LOCKS) {
            const { packages } = JSON.parse(read(lock)) as {
                packages: Record<string, { resolved?: string }>;
            };
            const bound = Object.keys(packages).filter((name) => packages[name]?.resolved?.includes("://"));
            assert.deepEqual(bound, [], lock);
        }
    });

    it("links in documents lead to files and headings that exist", () => {
        const broken = documents().flatMap((file) =>
            linksOf(file).filter((link) => !leadsSomewhere(file, link)),
        );
        assert.deepEqual(broken, []);
    });

    it("names only npm scripts that exist", () => {
        const { scripts } = manifest();
        const known = new Set(Object.keys(scripts));
        const unknown = [...documents(), ".ci/run", "package.json"].flatMap((file) =>
            scriptsNamedIn(read(file))
                .filter((script) => !known.has(script))
                .map((script) => `${file}: ${script}`),
        );
        assert.deepEqual(unknown, []);
    });

    it("starts only programs that exist, or that `npm ci --prefix tools` installs", () => {
        const programs = Object.values(manifest().scripts).flatMap(
            (script) => /launch\.cjs (?:--checks )?(\S+)/.exec(script)?.[1] ?? [],
        );
        assert.ok(programs.length > 0);
        const { packages } = JSON.parse(read("tools/package-lock.json")) as { packages: object };
        const installed = Object.keys(packages).filter((folder) => folder !== "");
        const exists = (program: string): boolean =>
            existsSync(path.join(root, program)) ||
            installed.some((folder) => program.startsWith(`tools/${folder}/`));
        assert.deepEqual(
            programs.filter((program) => !exists(program)),
            [],
        );
    });

    it("asks for one major version of Node everywhere", () => {
        const { devDependencies, devEngines } = manifest();
        const major = read(".nvmrc").trim();
        assert.equal(/\d+/.exec(devDependencies["node"] ?? "")?.[0], major);
        assert.ok(Number(major) >= Number.parseFloat(devEngines.runtime.version.replace(/^\D+/, "")));
    });

    it("has a place in the changelog for what is not released", () => {
        assert.match(read("CHANGELOG.md"), /^## \[Unreleased\]$/m);
    });

    it("deploys nothing that knows the embedded AWS, the command line or the tests", () => {
        const deployed = /^(?:components|workflow|slots|functions)\/.*\.ts$|^[\w-]+\.ts$/;
        const forbidden = /^(?:embedded-aws|cli|test|tools|bench|conformance)\//;
        assert.deepEqual(importsFrom(deployed, forbidden), []);
    });

    it("keeps the embedded AWS free of the product: it imports nothing from outside of its folder", () => {
        assert.deepEqual(importsFrom(/^embedded-aws\/.*\.ts$/, /^(?!embedded-aws\/)/), []);
    });

    it("has one door to the embedded AWS: from outside only its own tests import anything but its index.ts", () => {
        const outside = /^(?!embedded-aws\/|test\/embedded-aws\/).*\.ts$/;
        assert.deepEqual(importsFrom(outside, /^embedded-aws\/(?!index\.ts$)/), []);
    });

    it("names only folders that exist where tools are told what to read", () => {
        const { include } = JSON.parse(read("tsconfig.json")) as { include: readonly string[] };
        const linted = read("eslint.config.js").matchAll(/"([\w-]+)\/\*\*/g);
        const folders = [
            ...include.filter((name) => !name.includes("*")),
            ...[...linted].map(([, name = ""]) => name),
        ];
        assert.deepEqual(
            folders.filter((name) => !existsSync(path.join(root, name))),
            [],
        );
    });

    /** What files that match `from` import of what matches `to`, one line each. */
    function importsFrom(from: RegExp, to: RegExp): readonly string[] {
        return files
            .filter((file) => from.test(file))
            .flatMap((file) =>
                importsOf(file)
                    .filter((imported) => to.test(imported))
                    .map((imported) => `${file} imports ${imported}`),
            );
    }

    function documents(): readonly string[] {
        return files.filter((file) => file.endsWith(".md"));
    }

    function linesThatMatch(pattern: RegExp): readonly string[] {
        return files
            .filter((file) => !LOCKS.includes(file))
            .flatMap((file) =>
                read(file)
                    .split("\n")
                    .flatMap((line, i) => (pattern.test(line) ? [`${file}:${i + 1}: ${line.trim()}`] : [])),
            );
    }
});

describe("the reading of links and scripts", () => {
    it("finds the links of a document, code left out", () => {
        const text = '[a](b.md#c) ![p](d.svg) `[no](x.md)`\n```\n[no](y.md)\n```\n<img src="e.svg">';
        assert.deepEqual(linksIn(text), ["b.md#c", "d.svg", "e.svg"]);
    });

    it("makes a heading's anchor the way it is linked to", () => {
        const anchors = anchorsIn("# Limits, and when *not* to use it\n## `npm start`\n## `npm start`\n");
        assert.deepEqual([...anchors], ["limits-and-when-not-to-use-it", "npm-start", "npm-start-1"]);
    });

    it("finds the npm scripts that a text names", () => {
        assert.deepEqual(scriptsNamedIn("npm ci && npm test; npm run --silent docs:x, `npm start -- --a`"), [
            "test",
            "docs:x",
            "start",
        ]);
    });
});

/** Every file that is committed or about to be; none outside of a clone. */
function listFiles(): readonly string[] {
    const listing = ["ls-files", "--cached", "--others", "--exclude-standard"];
    const { status, stdout } = spawnSync("git", listing, { cwd: root, encoding: "utf8" });
    if (status !== 0) return [];
    return stdout.split("\n").filter((file) => file !== "" && existsSync(path.join(root, file)));
}

function read(file: string): string {
    return readFileSync(path.join(root, file), "utf8");
}

function manifest(): Manifest {
    return JSON.parse(read("package.json")) as Manifest;
}

function linksOf(file: string): readonly string[] {
    return linksIn(read(file)).filter((link) => !/^[a-z]+:/.test(link));
}

function linksIn(markdown: string): readonly string[] {
    const prose = withoutCode(markdown).replace(/`[^`\n]*`/g, "");
    return [...prose.matchAll(/\]\(([^)\s]+)\)|(?:src|href)="([^"]+)"/g)].map(
        (match) => match[1] ?? match[2] ?? "",
    );
}

function leadsSomewhere(from: string, link: string): boolean {
    const [file = "", anchor] = link.split("#");
    const target = file === "" ? from : path.join(path.dirname(from), file);
    if (!existsSync(path.join(root, target))) return false;
    return anchor === undefined || !target.endsWith(".md") || anchorsIn(read(target)).has(anchor);
}

/** The anchors of a document's headings, as GitHub makes them. */
function anchorsIn(markdown: string): ReadonlySet<string> {
    const anchors = new Set<string>();
    for (const [, heading = ""] of withoutCode(markdown).matchAll(/^#+\s+(.+)$/gm)) {
        const slug = heading
            .toLowerCase()
            .replace(/[^\p{L}\p{N}\s_-]/gu, "")
            .trim()
            .replace(/\s/g, "-");
        let anchor = slug;
        for (let i = 1; anchors.has(anchor); i++) anchor = `${slug}-${i}`;
        anchors.add(anchor);
    }
    return anchors;
}

function withoutCode(markdown: string): string {
    return markdown.replace(/^```[\s\S]*?^```/gm, "");
}

function scriptsNamedIn(text: string): readonly string[] {
    const named = text.matchAll(/\bnpm (?:run (?:--silent )?([\w:-]+)|(start|test)\b)/g);
    return [...named].map((match) => match[1] ?? match[2] ?? "");
}

/** What a module imports from the project, in any form of import, as paths from the root. */
function importsOf(file: string): readonly string[] {
    const specifiers = read(file).matchAll(/(?:\bfrom|\bimport|\brequire)\s*\(?\s*["'](\.[^"']*)["']/g);
    return [...specifiers].map(([, specifier = ""]) => path.join(path.dirname(file), specifier));
}
