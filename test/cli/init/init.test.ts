import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { runTurnstile } from "../command-line.ts";
import type { Outcome } from "../command-line.ts";

describe("turnstile init", () => {
    let cwd: string;

    beforeEach(() => {
        cwd = path.join(mkdtempSync(path.join(tmpdir(), "turnstile-")), "Daily Reports");
        mkdirSync(cwd);
    });

    afterEach(() => {
        rmSync(path.dirname(cwd), { recursive: true, force: true });
    });

    const init = (): Promise<Outcome> => runTurnstile(["init"], { cwd });
    const put = (file: string, text = ""): void => writeFileSync(path.join(cwd, file), text);
    const read = (file: string): string => readFileSync(path.join(cwd, file), "utf8");

    it("writes a whole project into an empty folder", async () => {
        const { code, out } = await init();
        assert.equal(code, 0);
        const files = [
            "Pulumi.dev.yaml",
            "Pulumi.yaml",
            "index.ts",
            "package.json",
            "report.py",
            "tsconfig.json",
        ];
        assert.deepEqual(readdirSync(cwd).sort(), files);
        assert.match(out, /^Written: .*index\.ts.*\n\nThen:\n {2}npm install\n {2}npx turnstile run /s);
    });

    it("names the project after its folder where Pulumi takes the name", async () => {
        cwd = path.join(cwd, "sales");
        mkdirSync(cwd);
        await init();
        assert.match(read("Pulumi.yaml"), /^name: sales\n/);
    });

    it("names the project reports where Pulumi would not take the folder's name", async () => {
        await init();
        assert.match(read("Pulumi.yaml"), /^name: reports\n/);
    });

    it("leaves a package.json as it is", async () => {
        put("package.json", "{}");
        assert.equal((await init()).code, 0);
        assert.equal(read("package.json"), "{}");
    });

    it("writes a part of its own beside a program that is there, with the line that uses it", async () => {
        put("Pulumi.yaml", "name: mine\nruntime: nodejs\n");
        put("Pulumi.production.yaml");
        put("index.ts", "// mine");
        const { code, out } = await init();
        assert.equal(code, 0);
        assert.deepEqual(readdirSync(cwd).sort(), [
            "Pulumi.production.yaml",
            "Pulumi.yaml",
            "index.ts",
            "report.py",
            "turnstile.ts",
        ]);
        assert.match(out, /Add this line to your program:\n {2}export \* from "\.\/turnstile";\n/);
    });

    it("gives a project without a stack one to run", async () => {
        put("Pulumi.yaml", "name: mine\nruntime: nodejs\n");
        await init();
        assert.match(read("Pulumi.dev.yaml"), /aws:region/);
    });

    it("names the part with its compiled extension where the program is a module", async () => {
        put("Pulumi.yaml", "name: mine\nruntime: nodejs\n");
        put("package.json", '{ "type": "module" }');
        const { out } = await init();
        assert.match(out, /from "\.\/turnstile\.js";/);
        assert.match(out, /\n {2}npm install --save-dev ts-node /);
    });

    it("says nothing of ts-node where the project has it", async () => {
        put("Pulumi.yaml", "name: mine\nruntime: nodejs\n");
        put("package.json", '{ "type": "module" }');
        mkdirSync(path.join(cwd, "node_modules/ts-node"), { recursive: true });
        assert.doesNotMatch((await init()).out, /ts-node/);
    });

    it("names the part with its own extension where Node runs the program", async () => {
        put("Pulumi.yaml", "name: mine\nruntime:\n  name: nodejs\n  options:\n    typescript: false\n");
        put("package.json", '{ "type": "module" }');
        const { out } = await init();
        assert.match(out, /from "\.\/turnstile\.ts";/);
        assert.doesNotMatch(out, /ts-node/);
    });

    it("says nothing of npm install where that was done", async () => {
        mkdirSync(path.join(cwd, "node_modules/@pulumi/aws"), { recursive: true });
        assert.doesNotMatch((await init()).out, /npm install\n/);
    });

    it("overwrites no file, writes none then, and names what is there", async () => {
        put("index.ts", "// mine");
        const { code, error } = await init();
        assert.equal(code, 1);
        assert.match(error, /Nothing was written, because index\.ts would be overwritten\./);
        assert.deepEqual(readdirSync(cwd), ["index.ts"]);
    });
});
