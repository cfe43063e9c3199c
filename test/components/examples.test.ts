/** The examples in the components' doc comments: each compiles, and each makes what it shows. */
import assert from "node:assert/strict";
import {
    copyFileSync,
    mkdtempSync,
    readdirSync,
    readFileSync,
    realpathSync,
    rmSync,
    writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { pathToFileURL } from "node:url";
// esbuild remembers the working directory in which it was loaded: not the one that is removed below.
import "esbuild";
import ts from "typescript";
import { record } from "../mocks.ts";

const root = path.join(import.meta.dirname, "../..");
const components = path.join(root, "components");

const COMPONENTS = ["WorkQueue", "TokenBucket", "JobWorkflow", "GlueJob", "Monitoring", "JobQueue"];

interface Example {
    /** The file and the example's heading, or what the comment is about. */
    readonly name: string;
    /** What the comment is about. */
    readonly declared: string;
    readonly code: string;
}

/** What an example may use without making it. */
const AROUND: Readonly<Record<string, string>> = {
    queue: 'const queue = new WorkQueue("work");',
    bucket: 'const bucket = new TokenBucket("table", { pools: { reports: { limit: 3 } } });',
    workflow:
        'const workflow = new JobWorkflow("workflow", { pool: "reports", queue, bucket, jobName: "report" });',
};

const examples = (readdirSync(components, { recursive: true }) as string[])
    .filter((file) => file.endsWith(".ts"))
    .flatMap((file) => examplesIn(file));

/** What programs can import, as components/index.ts lists it. */
const PUBLIC = [
    ...readFileSync(path.join(components, "index.ts"), "utf8").matchAll(/^export (type )?\{ (.+) \}/gm),
].flatMap(([, type = "", names = ""]) => names.split(", ").map((name) => ({ name, type })));

describe("The examples of the components' comments", () => {
    let directory: string;
    let former: string;

    before(() => {
        former = process.cwd();
        directory = realpathSync(mkdtempSync(path.join(tmpdir(), "turnstile-")));
        copyFileSync(path.join(root, "examples/two-pools/report.py"), path.join(directory, "report.py"));
        // Examples name the script by a path from where Pulumi runs.
        process.chdir(directory);
    });

    after(() => {
        process.chdir(former);
        rmSync(directory, { recursive: true, force: true });
    });

    it("are there for each component", () => {
        for (const component of COMPONENTS)
            assert.ok(
                examples.filter(({ code }) => code.includes(`new ${component}(`)).length > 1,
                component,
            );
    });

    it("are there for each public name", () => {
        const shown = new Set(examples.map(({ declared }) => declared));
        assert.deepEqual(
            PUBLIC.filter(({ name }) => !shown.has(name)).map(({ name }) => name),
            [],
        );
        assert.ok(PUBLIC.length > 20);
    });

    it("use the name that they are about", () => {
        for (const { name } of PUBLIC)
            assert.ok(
                examples.some(({ declared, code }) => declared === name && code.includes(name)),
                name,
            );
    });

    it("compile", function () {
        // The compiler reads all of Pulumi's declarations: seconds, but minutes on a machine that is busy.
        this.timeout(300_000);
        assert.deepEqual(compile(examples.map(({ name, code }) => [name, program(code)])), []);
    });

    for (const [i, { name, code }] of examples.entries()) {
        it(`run: ${name}`, async () => {
            const file = path.join(directory, `example-${i}.ts`);
            writeFileSync(file, resolved(program(code)));
            const recorded = await record(() => import(pathToFileURL(file).href));
            const shown = COMPONENTS.filter((component) => code.includes(`new ${component}(`));
            assert.ok(shown.length > 0);
            for (const component of shown)
                assert.ok(
                    recorded.some(({ type }) => type.endsWith(`:${component}`)),
                    component,
                );
        });
    }
});

/** The blocks of TypeScript in the comments of a file. */
function examplesIn(file: string): Example[] {
    const text = readFileSync(path.join(components, file), "utf8");
    const commented = text.matchAll(/\/\*\*\n([\s\S]*?)\*\/\s+(?:export \w+ )?(\w+)/g);
    return [...commented].flatMap(([, comment = "", declared = ""]) => {
        const plain = comment.replaceAll(/^ *\* ?/gm, "");
        return [...plain.matchAll(/^```ts\n([\s\S]*?)^```$/gm)].map((match) => {
            const heading = [...plain.slice(0, match.index).matchAll(/^#### (.*)$/gm)].at(-1)?.[1];
            return { name: `${file}, ${heading ?? declared}`, declared, code: match[1] ?? "" };
        });
    });
}

/** An example as a program of its own, with what is around it. */
function program(code: string): string {
    const used = new Set<string>();
    const use = (text: string): void => {
        for (const [name, declaration] of Object.entries(AROUND)) {
            if (used.has(name) || !new RegExp(`\\b${name}\\b(?!:)`).test(text)) continue;
            if (new RegExp(`const ${name} =`).test(code)) continue;
            used.add(name);
            use(declaration);
        }
    };
    use(code.replaceAll(/"[^"]*"/g, '""'));
    const around = Object.keys(AROUND).filter((name) => used.has(name));
    return [
        'import * as pulumi from "@pulumi/pulumi";',
        'import * as aws from "@pulumi/aws";',
        `import { ${PUBLIC.map(({ name, type }) => `${type}${name}`).join(", ")} } from "./index.ts";`,
        ...around.map((name) => AROUND[name] ?? ""),
        code,
    ].join("\n");
}

/** A program that may lie anywhere: what it imports is named by its address. */
function resolved(text: string): string {
    return text
        .replaceAll(/from "(@pulumi\/\w+)"/g, (_, name: string) => `from "${import.meta.resolve(name)}"`)
        .replace('from "./index.ts"', `from "${pathToFileURL(path.join(components, "index.ts")).href}"`);
}

/** What the compiler says of programs that lie in components/, each with its name. */
function compile(programs: readonly (readonly [name: string, text: string])[]): string[] {
    const config = ts.readConfigFile(path.join(root, "tsconfig.json"), (file) => ts.sys.readFile(file));
    const { options } = ts.parseJsonConfigFileContent(config.config, ts.sys, root);
    const texts = new Map(programs.map(([, text], i) => [path.join(components, `example-${i}.ts`), text]));
    const disk = ts.createCompilerHost(options);
    const compiled = ts.createProgram(
        [...texts.keys()],
        { ...options, noUnusedLocals: false },
        {
            ...disk,
            fileExists: (file) => texts.has(file) || disk.fileExists(file),
            readFile: (file) => texts.get(file) ?? disk.readFile(file),
            getSourceFile: (file, ...others) => {
                const text = texts.get(file);
                if (text === undefined) return disk.getSourceFile(file, ...others);
                return ts.createSourceFile(file, text, others[0]);
            },
        },
    );
    return [...texts.keys()].flatMap((file, i) => {
        const source = compiled.getSourceFile(file);
        return [...compiled.getSyntacticDiagnostics(source), ...compiled.getSemanticDiagnostics(source)].map(
            ({ messageText }) => `${programs[i]?.[0]}: ${ts.flattenDiagnosticMessageText(messageText, "\n")}`,
        );
    });
}
