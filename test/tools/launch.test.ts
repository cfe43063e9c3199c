import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { transform } from "esbuild";

const root = path.join(import.meta.dirname, "..", "..");

describe("the launcher", () => {
    let directory: string;

    beforeEach(() => {
        directory = mkdtempSync(path.join(tmpdir(), "turnstile-"));
    });

    afterEach(() => {
        rmSync(directory, { recursive: true });
    });

    it("names in one line the Node that it found, the version that it needs, and where to get it", () => {
        const { status, stdout, stderr } = launch(root, ["absent.ts"], "20.20.2");
        assert.equal(status, 1);
        assert.equal(stdout, "");
        assert.match(
            stderr,
            /^turnstile: found Node 20\.20\.2 \(.+\), needs Node 22\.18 or newer: .+`npm start`.+\n$/,
        );
    });

    for (const [what, folder, expected] of [
        ["nothing was installed", "", /run `npm ci`, which installs one/],
        [
            "the project's own Node was not fetched",
            "node_modules/node",
            /run `npm ci` without --ignore-scripts,/,
        ],
        ["what is for development was left out", "node_modules", /run `npm ci --include=dev`,/],
    ] as const) {
        it(`says in one line how to get the right Node when ${what}`, () => {
            copyLauncher(directory);
            mkdirSync(path.join(directory, folder), { recursive: true });
            const { status, stderr } = launch(directory, ["absent.ts"], "20.20.2");
            assert.equal(status, 1);
            assert.match(stderr, /^turnstile: found Node .+\n$/);
            assert.match(stderr, expected);
        });
    }

    it("asks for the dependencies in one line when none are installed", () => {
        copyLauncher(directory);
        const { status, stderr } = launch(directory, ["absent.ts"]);
        assert.equal(status, 1);
        assert.match(stderr, /^turnstile: the dependencies are not installed: run `npm ci` in .+\n$/);
    });

    it("names a program of another package that was left out, and how to get it, in one line", () => {
        copyLauncher(directory);
        mkdirSync(path.join(directory, "node_modules"));
        const { status, stderr } = launch(directory, ["node_modules/mocha/bin/mocha.js"]);
        assert.equal(status, 1);
        assert.match(stderr, /^turnstile: mocha is not installed: run `npm ci --include=dev` in .+\n$/);
    });

    it("asks for all dependencies in one line when only those that a user's program shares are installed", () => {
        copyLauncher(directory);
        mkdirSync(path.join(directory, "node_modules"));
        const { status, stderr } = launch(directory, ["cli/main.ts", "run"]);
        assert.equal(status, 1);
        assert.match(
            stderr,
            /^turnstile: the dependencies are not all installed: run `npm ci --include=dev` in .+\n$/,
        );
    });

    it("asks for the checks in one line when only the project is installed, and a program needs them", () => {
        copyLauncher(directory);
        mkdirSync(path.join(directory, "node_modules"));
        const { status, stderr } = launch(directory, ["--checks", "absent.ts"]);
        assert.equal(status, 1);
        assert.match(
            stderr,
            /^turnstile: the checks are not installed: run `npm ci --prefix tools` in .+\n$/,
        );
    });

    it("runs a program that needs the checks when they are installed", () => {
        copyLauncher(directory);
        mkdirSync(path.join(directory, "node_modules"));
        mkdirSync(path.join(directory, "tools/node_modules"));
        writeFileSync(path.join(directory, "program.cjs"), "console.log(process.argv.slice(2));");
        const { status, stdout } = launch(directory, ["--checks", "program.cjs", "--fix"]);
        assert.equal(status, 0);
        assert.equal(stdout, "[ '--fix' ]\n");
    });

    it("refuses the last Node before the one it needs, and accepts that one and any later major", () => {
        const program = path.join(directory, "program.ts");
        writeFileSync(program, "");
        assert.equal(launch(root, [program], "22.17.1").status, 1);
        assert.equal(launch(root, [program], "22.18.0").status, 0);
        assert.equal(launch(root, [program], "26.0.0").status, 0);
    });

    it("runs a TypeScript program with its arguments and its exit code", () => {
        const program = path.join(directory, "program.ts");
        writeFileSync(
            program,
            "const code: number = 7; console.log(JSON.stringify(process.argv.slice(1))); process.exitCode = code;",
        );
        const { status, stdout } = launch(root, [program, "--limit", "3"]);
        assert.equal(status, 7);
        assert.deepEqual(JSON.parse(stdout), [program, "--limit", "3"]);
    });

    it("makes the program the main one, as if it had been started directly", () => {
        const program = path.join(directory, "program.ts");
        writeFileSync(program, "console.log(import.meta.main, process.argv[1] === import.meta.filename);");
        assert.equal(launch(root, [program]).stdout, "true true\n");
    });

    it("is written in JavaScript that Node 10 can parse", async () => {
        const source = readFileSync(path.join(root, "tools", "launch.cjs"), "utf8");
        const newest = await transform(source, { target: "esnext" });
        const oldest = await transform(source, { target: "node10" });
        assert.equal(oldest.code, newest.code);
    });
});

/** Runs the launcher of the project in `project`, on a Node that gives itself out as `version`. */
function launch(project: string, args: readonly string[], version = process.versions.node) {
    const pretend = `Object.defineProperty(process, "versions", { value: { ...process.versions, node: "${version}" } })`;
    const launcher = path.join(project, "tools", "launch.cjs");
    return spawnSync(process.execPath, ["--import", `data:text/javascript,${pretend}`, launcher, ...args], {
        encoding: "utf8",
    });
}

function copyLauncher(directory: string): void {
    mkdirSync(path.join(directory, "tools"));
    copyFileSync(path.join(root, "tools", "launch.cjs"), path.join(directory, "tools", "launch.cjs"));
    copyFileSync(path.join(root, "package.json"), path.join(directory, "package.json"));
}
