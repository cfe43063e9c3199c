/** The package as npm packs it, in the projects of strangers: it installs, loads, compiles, and runs on the embedded AWS. */
import assert from "node:assert/strict";
import { existsSync, readFileSync, readdirSync, statSync } from "node:fs";
import path from "node:path";
import {
    Folders,
    NODE_VERSIONS,
    nodeOf,
    installTools,
    pack,
    registry,
    run,
    tool,
    tryRun,
    withStarted,
} from "./machine.ts";
import { bundler, defaultTemplate, nodeNext, plain, write } from "./projects.ts";

interface Report {
    readonly good: boolean;
    readonly done: number;
    readonly peakRunning: number;
}

const BIN = "node_modules/pulumi-turnstile/dist/cli/main.js";

/** How each package manager but npm installs a project. */
const MANAGERS: Readonly<Record<string, (folder: string) => void>> = {
    pnpm: (cwd) => run(process.execPath, [tool("pnpm/bin/pnpm.cjs"), "install", "--prefer-offline"], { cwd }),
    "yarn 1": (cwd) =>
        run(process.execPath, [tool("yarn/bin/yarn.js"), "install", "--prefer-offline"], { cwd }),
    "yarn 4": (cwd) => {
        // Pulumi reads files from node_modules, which Plug'n'Play does not make.
        write(cwd, { ".yarnrc.yml": "nodeLinker: node-modules\nenableTelemetry: false\n", "yarn.lock": "" });
        const { host, href } = new URL(registry());
        const env = { YARN_NPM_REGISTRY_SERVER: href, YARN_UNSAFE_HTTP_WHITELIST: host };
        run(process.execPath, [tool("yarn-berry/bin/yarn.js"), "install"], { cwd, env });
    },
    bun: (cwd) => {
        write(cwd, { ".npmrc": `registry=${registry()}\n` });
        run(tool("bun/bin/bun.exe"), ["install"], { cwd });
    },
};

describe("the package", () => {
    const folders = new Folders();
    let tarball: string;

    before(() => {
        installTools();
        tarball = pack(folders.make());
    });

    after(() => {
        folders.remove();
    });

    it("is right by publint", () => {
        run(process.execPath, [tool("publint/src/cli.js"), "run", tarball, "--strict"], {
            cwd: folders.make(),
        });
    });

    it("has types for every way to load it, by @arethetypeswrong/cli", () => {
        const judge = tool("@arethetypeswrong/cli/dist/index.js");
        run(process.execPath, [judge, tarball], { cwd: folders.make() });
    });

    describe("in npm workspaces", () => {
        let folder: string;
        const projects = { default: defaultTemplate, modules: nodeNext, bundled: bundler, plain };

        before(() => {
            folder = folders.make();
            write(folder, { "package.json": { private: true, workspaces: Object.keys(projects) } });
            for (const [name, files] of Object.entries(projects))
                write(path.join(folder, name), files(tarball));
            run("npm", ["install", "--silent", "--prefer-offline"], { cwd: folder });
        });

        it("brings no other package but its peers", () => {
            const manifest = JSON.parse(
                readFileSync(path.join(folder, "node_modules/pulumi-turnstile/package.json"), "utf8"),
            ) as { dependencies?: object };
            assert.equal(manifest.dependencies, undefined);
            assert.ok(!existsSync(path.join(folder, "node_modules/esbuild")));
        });

        it("has nothing of its sources but declarations", () => {
            const files = readdirSync(path.join(folder, "node_modules/pulumi-turnstile"), {
                recursive: true,
            });
            assert.deepEqual(
                files.filter((file) => /(?<!\.d)\.m?ts$/.test(String(file))),
                [],
            );
        });

        it("has source maps, which bring the components' sources", () => {
            const dist = path.join(folder, "node_modules/pulumi-turnstile/dist");
            for (const [file, source] of Object.entries({
                "index.cjs": "components/work-queue.ts",
                "cli/main.js": "cli/turnstile.ts",
            })) {
                const [, map = ""] =
                    /\n\/\/# sourceMappingURL=(.+)\n$/.exec(readFileSync(path.join(dist, file), "utf8")) ??
                    [];
                const text = readFileSync(path.join(dist, path.dirname(file), map), "utf8");
                const { sources } = JSON.parse(text) as { sources: readonly string[] };
                assert.ok(
                    sources.some((each) => each.endsWith(source)),
                    file,
                );
            }
        });

        it("has each class once, whether it is required or imported", () => {
            const text =
                'import * as imported from "pulumi-turnstile"; import { createRequire } from "node:module";' +
                'const required = createRequire(import.meta.url)("pulumi-turnstile");' +
                "console.log(Object.keys(required).every((name) => imported[name] === required[name]), Object.keys(required).length > 5);";
            const out = run(process.execPath, ["--input-type=module", "--eval", text], { cwd: folder });
            assert.equal(out, "true true\n");
        });

        it("shows the stack that it serves on its page", async () => {
            const bin = path.join(folder, BIN);
            const cwd = path.join(folder, "default");
            await withStarted<{ env: Record<string, string>; page: string }>(
                [bin, "serve", "--json", "--port", "0"],
                { cwd },
                async ({ env, page }) => {
                    await assertShows(page);
                    await withStarted<{ url: string }>([bin, "ui", "--json"], { cwd, env }, ({ url }) =>
                        assertShows(url),
                    );
                },
            );
        });

        for (const project of ["default", "modules/src", "bundled"]) {
            it(`compiles in ${project}, declarations of packages included`, () => {
                run(process.execPath, [path.join(folder, "node_modules/typescript/bin/tsc"), "--noEmit"], {
                    cwd: path.join(folder, project),
                });
            });
        }

        for (const version of NODE_VERSIONS) {
            for (const project of Object.keys(projects)) {
                // Node 20 cannot run TypeScript, and nothing compiles this project's.
                if (project === "bundled" && version === 20) continue;
                it(`runs the program of ${project} on Node ${version}`, function () {
                    const node = nodeOf(version);
                    if (node === undefined) return this.skip();
                    assertRuns(node, path.join(folder, project), path.join(folder, BIN));
                });
            }
        }
    });

    for (const [manager, install] of Object.entries(MANAGERS)) {
        it(`installs and runs with ${manager}`, () => {
            const folder = folders.make();
            write(folder, defaultTemplate(tarball));
            install(folder);
            assertRuns(nodeOf(20) ?? process.execPath, folder, path.join(folder, BIN));
        });
    }
});

/** Runs a project's program by the command line that was installed beside it. */
function assertRuns(node: string, cwd: string, bin: string): void {
    const { code, out, error } = tryRun(
        node,
        [bin, "run", "--count", "5", "--json", "--report", "run.html"],
        { cwd },
    );
    assert.equal(code, 0, error);
    const { good, done, peakRunning } = JSON.parse(out) as Report;
    assert.deepEqual({ good, done, peakRunning }, { good: true, done: 5, peakRunning: 2 });
    assert.match(error, /left out, because the embedded AWS does not have it: aws:ec2\/vpc:Vpc main\n/);
    assert.ok(statSync(path.join(cwd, "run.html")).size > 50_000);
}

/** The page is there, and so is what it asks for with the key behind its address. */
async function assertShows(address: string): Promise<void> {
    const { origin, hash } = new URL(address);
    const page = await fetch(origin);
    assert.equal(page.status, 200);
    assert.ok((await page.text()).length > 50_000);
    const headers = { "x-turnstile-token": hash.slice(1) };
    const answer = await fetch(new URL("/api/pool", origin), { headers });
    assert.equal(answer.status, 200);
    assert.match(await answer.text(), /"limit":2\b/);
}
