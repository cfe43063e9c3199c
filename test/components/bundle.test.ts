import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import {
    appendFileSync,
    cpSync,
    globSync,
    mkdtempSync,
    readFileSync,
    realpathSync,
    rmSync,
    statSync,
    symlinkSync,
    utimesSync,
    writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { bundle } from "../../components/bundle.ts";
import { bundleOf } from "../../components/bundles.ts";
import { FUNCTION_NAMES, bundleOf as prebuilt } from "../../components/prebuilt.ts";

const root = path.join(import.meta.dirname, "../..");
const entries = FUNCTION_NAMES.map(
    (name) => [name, pathToFileURL(path.join(root, "functions", `${name}.ts`))] as const,
);

const made = new Map<string, string>();

/** The bundle of a file of this directory, made once for all tests. */
function bundleHere(entry: URL): string {
    const text = made.get(entry.href) ?? bundle(entry);
    made.set(entry.href, text);
    return text;
}

describe("a function's bundle", function () {
    let directory: string;

    before(() => {
        directory = mkdtempSync(path.join(tmpdir(), "turnstile-"));
    });

    after(() => {
        rmSync(directory, { recursive: true, force: true });
    });

    describe("of sources in another directory, whose lines end in CRLF,", () => {
        let elsewhere: typeof bundle;

        before(async () => {
            for (const folder of ["components", "functions", "slots", "workflow"])
                cpSync(path.join(root, folder), path.join(directory, folder), { recursive: true });
            for (const file of globSync("{functions,slots,workflow}/**/*.*", { cwd: directory })) {
                const text = readFileSync(path.join(directory, file), "utf8");
                writeFileSync(path.join(directory, file), text.replaceAll("\n", "\r\n"));
            }
            cpSync(path.join(root, "package.json"), path.join(directory, "package.json"));
            symlinkSync(path.join(root, "node_modules"), path.join(directory, "node_modules"), "junction");
            const module = pathToFileURL(path.join(directory, "components/bundle.ts")).href;
            elsewhere = ((await import(module)) as { bundle: typeof bundle }).bundle;
        });

        for (const [name, entry] of entries) {
            it(`${name}: is the same, byte for byte`, () => {
                const there = elsewhere(pathToFileURL(path.join(directory, `functions/${name}.ts`)));
                assert.ok(there === bundleHere(entry), "another text");
            });
        }
    });

    for (const [name, entry] of entries) {
        it(`${name}: names no directory of its sources`, () => {
            assert.ok(!bundleHere(entry).includes(root));
        });

        it(`${name}: is one module that runs with nothing beside it, and imports only what Node has`, async () => {
            const text = bundleHere(entry);
            await importText(name, text);
            const imported = [...text.matchAll(/(?<![-:])\bfrom"([^"]+)"/g)].map(
                ([, specifier]) => specifier ?? "",
            );
            assert.deepEqual(
                imported.filter((specifier) => !isBuiltin(specifier)),
                [],
            );
            assert.doesNotMatch(text, /Dynamic require of/);
        });

        it(`${name}: exports the deployed handler and what makes one`, async () => {
            const module = await importText(name, bundleHere(entry));
            assert.deepEqual(Object.keys(module).sort(), ["create", "handler"]);
        });
    }

    /** A bundle as a module, from a directory with nothing else of it. */
    async function importText(name: string, text: string): Promise<Record<string, unknown>> {
        const file = path.join(directory, `${name}.mjs`);
        writeFileSync(file, text);
        return (await import(pathToFileURL(file).href)) as Record<string, unknown>;
    }

    it("keeps the names of classes, by which clients recognise commands", async () => {
        const file = path.join(directory, "names.ts");
        const source = pathToFileURL(
            path.join(root, "node_modules/@aws-sdk/client-sfn/dist-es/index.js"),
        ).href;
        writeFileSync(
            file,
            `import { SendTaskSuccessCommand, TaskTimedOut } from ${JSON.stringify(fileURLToPath(source))};\n` +
                "export const names = [SendTaskSuccessCommand.name, new TaskTimedOut({ message: '' }).constructor.name];\n",
        );
        const bundled = path.join(directory, "names.mjs");
        writeFileSync(bundled, bundle(pathToFileURL(file)));
        const { names } = (await import(pathToFileURL(bundled).href)) as { names: string[] };
        assert.deepEqual(names, ["SendTaskSuccessCommand", "TaskTimedOut"]);
    });

    async function namesOf(source: string): Promise<string[]> {
        const file = path.join(directory, "functions.ts");
        writeFileSync(file, source);
        const text = bundle(pathToFileURL(file));
        return ((await importText("functions", text)) as { names: () => string[] }).names();
    }

    it("keeps the names of functions, by which stack traces can be read", async () => {
        const source =
            "async function later(): Promise<void> {}\n" +
            "export function names(): string[] { return [later.name, names.name]; }\n";
        assert.deepEqual(await namesOf(source), ["later", "names"]);
    });

    it("does not name closures each time they are made", async () => {
        const source =
            "export function names(): string[] { const closure = (): number => 1; return [closure.name]; }\n";
        assert.notDeepEqual(await namesOf(source), ["closure"]);
    });

    it("takes JSON files that are imported with their type", () => {
        writeFileSync(path.join(directory, "data.json"), '{"answer": 42}');
        const file = path.join(directory, "json.ts");
        writeFileSync(
            file,
            'import data from "./data.json" with { type: "json" };\nexport const handler = () => data.answer;\n',
        );
        assert.match(bundle(pathToFileURL(file)), /42/);
    });

    it("says which file is wrong when one does not parse", () => {
        const file = path.join(directory, "broken.ts");
        writeFileSync(file, "export const = 1;\n");
        assert.throws(() => bundle(pathToFileURL(file)), /broken\.ts:1:13/);
    });
});

describe("the file of a function's bundle", () => {
    for (const [name, entry] of entries) {
        it(`${name}: has what esbuild makes of its source`, () => {
            assert.ok(readFileSync(bundleOf(name), "utf8") === bundleHere(entry), "another text");
        });
    }

    it("stays as it is when a later program has the same sources", async () => {
        const file = bundleOf("starter");
        const { ino } = statSync(file);
        const again: string = "../../components/bundles.ts?later";
        const later = (await import(again)) as {
            bundleOf: typeof bundleOf;
        };
        assert.equal(later.bundleOf("starter"), file);
        assert.equal(statSync(file).ino, ino);
    });

    describe("made of sources elsewhere", () => {
        let directory: string;
        const file = (): string => path.join(directory, ".turnstile/functions/reaper.mjs");
        const source = (): string => path.join(directory, "functions/reaper.ts");
        let programs = 0;

        /** The text of the bundle as a new program gets it. */
        async function made(): Promise<string> {
            const module = pathToFileURL(path.join(directory, "components/bundles.ts")).href;
            const program = (await import(`${module}?program=${++programs}`)) as {
                bundleOf: typeof bundleOf;
            };
            return readFileSync(program.bundleOf("reaper"), "utf8");
        }

        before(() => {
            directory = realpathSync(mkdtempSync(path.join(tmpdir(), "turnstile-")));
            for (const folder of ["components", "functions", "slots", "workflow", "package.json"])
                cpSync(path.join(root, folder), path.join(directory, folder), { recursive: true });
            symlinkSync(path.join(root, "node_modules"), path.join(directory, "node_modules"));
            utimesSync(source(), 0, 0);
        });
        after(() => {
            rmSync(directory, { recursive: true, force: true });
        });

        it("is not made again of the same sources", async () => {
            await made();
            const [bundled, origin] = [file(), `${file()}.json`].map((each) => statSync(each).ino);
            // Whoever makes a bundle writes it at one stroke, so that it is another file.
            writeFileSync(file(), "made up");
            const other = createHash("sha256").update("made up").digest("base64url");
            const noted = JSON.parse(readFileSync(`${file()}.json`, "utf8")) as object;
            writeFileSync(`${file()}.json`, JSON.stringify({ ...noted, text: other }));
            assert.equal(await made(), "made up");
            assert.deepEqual(
                [bundled, origin],
                [file(), `${file()}.json`].map((each) => statSync(each).ino),
            );
            rmSync(file());
        });

        for (const [what, change] of [
            ["is another one", (): void => appendFileSync(file(), "\n// changed by hand\n")],
            ["has an origin that is half a line", (): void => writeFileSync(`${file()}.json`, '{"by": "')],
            ["is gone", (): void => rmSync(file())],
        ] as const) {
            it(`is made again if it ${what}`, async () => {
                const before = await made();
                change();
                assert.ok((await made()) === before, "another text");
            });
        }

        it("is made again if a source has changed, though its time has not", async () => {
            const before = await made();
            appendFileSync(source(), "\nexport const addedHere = 1;\n");
            utimesSync(source(), 0, 0);
            const after = await made();
            assert.ok(after !== before && after.includes("addedHere"));
        });
    });

    it("lies beside the components in the package that npm installs", () => {
        assert.equal(prebuilt("reaper"), path.join(root, "components/functions/reaper.mjs"));
    });
});

function isBuiltin(specifier: string): boolean {
    return process.getBuiltinModule("module").isBuiltin(specifier);
}
