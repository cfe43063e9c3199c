/** The program, its components and its provider on Pulumi's own engine: what is previewed, deployed, changed, kept secret and deleted. */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { basename, delimiter, join } from "node:path";
import { promisify } from "node:util";
import { recordProgram } from "../../embedded-aws/index.ts";
import { needIfThere, ROOT } from "../installation.ts";
import { Engine } from "./engine.ts";
import { findOnPath, findPulumi } from "./install.ts";
import type { PulumiInstalled } from "./install.ts";
import { SECRETS } from "./programs.ts";
import { findPythonHost, makeSdk, runPython } from "./python.ts";
import type { Outcome, State, StateResource } from "./requests.ts";

const WRONG_LIMIT =
    'TokenBucket "reports-slots" cannot be created: pools.jobs.limit is 5000; expected a whole number from 0 to 1000.';

const LONG_NAMES = { "pulumi:autonaming.pattern": "${project}-${name}-${hex(60)}" };
const TOO_LONG =
    `WorkQueue "reports-queue" cannot be created: its Queue reports-queue-dead-letter would get the name "turnstile-reports-queue-dead-letter-${"x".repeat(60)}.fifo", ` +
    "which has 101 characters; expected 80 at most: shorten pulumi:autonaming.pattern, or the component's name.";

describe("Pulumi's engine", () => {
    let installed: PulumiInstalled;
    let engine: Engine;

    before(async function () {
        installed = needIfThere(this, await findPulumi());
        engine = new Engine(installed);
        process.stdout.write(`Pulumi ${installed.version}\n`);
    });
    after(async () => {
        await engine?.stop();
    });

    describe("with the program", () => {
        // The stack that the embedded AWS records, with its configuration.
        const stack = "dev";
        let preview: Outcome;
        let up: Outcome;

        before(async () => {
            preview = await engine.preview(stack, "whole");
            up = await engine.up(stack, "whole");
        });

        it("creates what its preview says", () => {
            assert.deepEqual([preview.errors, up.errors], [[], []]);
            assert.deepEqual([...preview.steps].sort(), [...up.steps].sort());
            assert.deepEqual(Object.keys(up.changes), ["create"]);
        });

        it("gets the resources that the embedded AWS records", async () => {
            const recorded = await recordProgram({ directory: ROOT, stack });
            const { resources } = await engine.state(stack);
            assert.deepEqual(
                own(resources).map(describeInputs).sort(byUrn),
                own(recorded.resources).map(describeInputs).sort(byUrn),
            );
        });

        it("gives the outputs that the embedded AWS records", async () => {
            const { outputs } = await recordProgram({ directory: ROOT, stack });
            assert.deepEqual(valuesOf(up), outputs);
        });

        it("has no file's content in its state", async () => {
            const { text, resources } = await engine.state(stack);
            process.stdout.write(
                `state: ${resources.length} resources, ${Math.round(text.length / 1000)} KB\n`,
            );
            const { resources: recorded } = await recordProgram({ directory: ROOT, stack });
            const contents = recorded.flatMap(({ inputs }) => textsIn([inputs["code"], inputs["source"]]));
            const isContent = (value: string) => contents.includes(value);
            assert.ok(textsIn(recorded).some(isContent));
            assert.ok(!textsIn(JSON.parse(text)).some(isContent));
        });

        it("changes nothing where nothing has changed", async () => {
            const again = await engine.preview(stack, "whole");
            assert.deepEqual([again.errors, again.steps], [[], []]);
        });

        it("changes two resources for another limit: the item with the settings, the demonstration's job", async () => {
            const changed = await engine.up(stack, "whole", { "turnstile:limit": "4" });
            assert.deepEqual(ofAws(changed), [
                "update aws:dynamodb/tableItem:TableItem turnstile-slots-settings-jobs",
                "update aws:glue/job:Job turnstile-demonstration",
            ]);
            assert.equal((changed.outputs["operator"]?.value as { limit: number }).limit, 4);
        });

        it("is destroyed without a trace", async () => {
            const { errors } = await engine.destroy(stack);
            assert.deepEqual(errors, []);
            assert.deepEqual((await engine.state(stack)).resources, []);
        });
    });

    describe("with the components", () => {
        it("changes one resource for another limit", async () => {
            await engine.up("limits", "reports");
            const { steps } = await engine.up("limits", "moreReports");
            assert.deepEqual([...steps].sort(), [
                "update aws:dynamodb/tableItem:TableItem reports-slots-settings-jobs",
                "update turnstile:index:JobQueue reports",
                "update turnstile:index:TokenBucket reports-slots",
            ]);
        });

        it("keeps everything of a component that is renamed with an alias", async () => {
            await engine.up("names", "reports");
            const { errors, steps } = await engine.up("names", "renamedWithAlias");
            assert.deepEqual([errors, steps.filter((step) => !step.startsWith("update "))], [[], []]);
        });

        it("replaces everything of a component that is renamed without an alias", async () => {
            const { errors, changes } = await engine.up("names", "reports");
            assert.deepEqual(errors, []);
            assert.deepEqual(changes, { create: 72, delete: 72, same: 1 });
        });

        it("keeps the items of a workflow that is renamed", async () => {
            await engine.up("workflows", "parts");
            const { errors, steps } = await engine.up("workflows", "partsWithRenamedWorkflow");
            assert.deepEqual(errors, []);
            assert.deepEqual(
                steps.filter((step) => step.includes("tableItem")),
                ["update aws:dynamodb/tableItem:TableItem slots-workflow-jobs"],
            );
        });

        it("destroys nothing of a stack that is protected", async () => {
            await engine.up("protected", "protected");
            const { resources } = await engine.state("protected");
            const { code, stdout } = await engine.cli("work", "destroy", "--yes", "--stack", "protected");
            assert.equal(code, 1);
            assert.match(stdout, /cannot be deleted\s+because it is protected/);
            assert.equal((await engine.state("protected")).resources.length, resources.length);
        });

        it("keeps what is protected even without a preview", async () => {
            const before = await engine.state("protected");
            assert.ok((await engine.destroy("protected")).errors.length > 0);
            assert.ok(protectedIn(before).length > 0);
            assert.deepEqual(protectedIn(await engine.state("protected")), protectedIn(before));
        });

        it("hands Pulumi's options on to everything in it", async () => {
            const { errors } = await engine.up("options", "withOptions");
            assert.deepEqual(errors, []);
            assertOptions(await engine.state("options"));
        });

        it("fails with the component's own error where an output is wrong", async () => {
            const { errors } = await engine.up("late", "lateWrongLimit");
            // The Automation API shows it once more as the reason why the program ended.
            assert.deepEqual([...new Set(errors)], [WRONG_LIMIT]);
        });

        it("goes on where it failed once the output is right", async () => {
            const { errors, steps } = await engine.up("late", "lateLimit");
            assert.deepEqual(errors, []);
            assert.ok(steps.includes("create aws:dynamodb/tableItem:TableItem reports-slots-settings-jobs"));
        });

        it("encrypts secret arguments wherever they are in the state", async () => {
            const { errors } = await engine.up("secrets", "secrets");
            assert.deepEqual(errors, []);
            assertHidden(await engine.state("secrets"));
        });

        it("says which name a pattern of pulumi:autonaming makes too long", async () => {
            const { errors } = await engine.up("named", "reports", LONG_NAMES);
            assert.deepEqual([...new Set(errors)], [TOO_LONG]);
        });

        it("uses the given provider alone", async () => {
            const { errors } = await engine.up("elsewhere", "elsewhere");
            assert.deepEqual(errors, []);
            assertOneProvider(await engine.state("elsewhere"));
        });
    });

    describe("with the provider for other languages", () => {
        before(async () => {
            await promisify(execFile)(process.execPath, [join(ROOT, "tools/launch.cjs"), "tools/build.ts"]);
        });

        it("makes the resources that the component makes", async () => {
            const { errors } = await engine.up("remote", "remote");
            assert.deepEqual(errors, []);
            await engine.up("local", "reports");
            const [made, expected] = [await engine.state("remote"), await engine.state("local")];
            assert.deepEqual(namesOf(made), namesOf(expected));
        });

        it("changes nothing where nothing has changed", async () => {
            const { errors, steps } = await engine.preview("remote", "remote");
            assert.deepEqual([errors, steps], [[], []]);
        });

        it("keeps everything of a component that is renamed with an alias", async () => {
            const { errors, steps } = await engine.up("remote", "remoteRenamedWithAlias");
            assert.deepEqual([errors, steps.filter((step) => !step.startsWith("update "))], [[], []]);
        });

        it("is destroyed without a trace", async () => {
            const { errors } = await engine.destroy("remote");
            assert.deepEqual(errors, []);
            assert.deepEqual((await engine.state("remote")).resources, []);
        });

        for (const program of ["remoteWrongLimit", "remoteLateWrongLimit"] as const) {
            it(`fails with the component's own error: ${program}`, async () => {
                const { errors } = await engine.up("wrong", program);
                assert.match(
                    errors[0] ?? "",
                    new RegExp(`resource 'reports' has a problem: ${WRONG_LIMIT}$`),
                );
            });
        }

        it("says which name a pattern of pulumi:autonaming makes too long", async () => {
            const { errors } = await engine.up("remoteNamed", "remote", LONG_NAMES);
            assert.ok(errors[0]?.endsWith(`resource 'reports' has a problem: ${TOO_LONG}`), errors[0]);
        });

        it("takes an output", async () => {
            const { errors } = await engine.up("wrong", "remoteLateLimit");
            assert.deepEqual(errors, []);
        });

        it("encrypts secret inputs wherever they are in the state", async () => {
            const { errors } = await engine.up("remoteSecrets", "remoteSecrets");
            assert.deepEqual(errors, []);
            assertHidden(await engine.state("remoteSecrets"));
        });

        it("protects what the component protects", async () => {
            await engine.up("remoteProtected", "remoteProtected");
            const [made, expected] = [await engine.state("remoteProtected"), await engine.state("protected")];
            assert.ok(protectedIn(made).length > 0);
            assert.deepEqual(protectedIn(made), protectedIn(expected));
        });

        it("uses the given provider alone", async () => {
            const { errors } = await engine.up("remoteElsewhere", "remoteElsewhere");
            assert.deepEqual(errors, []);
            assertOneProvider(await engine.state("remoteElsewhere"));
        });

        it("hands Pulumi's options on to everything in it", async () => {
            const { errors } = await engine.up("remoteOptions", "remoteWithOptions");
            assert.deepEqual(errors, []);
            assertOptions(await engine.state("remoteOptions"));
        });

        it("shows the CLI its schema", async () => {
            const { stdout } = await engine.cli(
                ".",
                "package",
                "get-schema",
                "./plugins/pulumi-resource-turnstile",
            );
            const [shown, kept] = [stdout, readFileSync(join(ROOT, "provider/schema.json"), "utf8")].map(
                resourceOf,
            );
            assert.deepEqual(shown, kept);
        });

        it("runs the YAML program of docs/languages.md", async function () {
            const searched = [installed.folder, process.env["PATH"]].join(delimiter);
            needIfThere(this, findOnPath("pulumi-language-yaml", searched));
            const page = readFileSync(join(ROOT, "docs/languages.md"), "utf8");
            const [, program = ""] = /```yaml\n(name:[\s\S]*?)```/.exec(page) ?? [];
            writeFileSync(join(engine.make("yaml"), "Pulumi.yaml"), program);
            await succeed("stack", "init", "yaml");
            await succeed("config", "set", "aws:region", "us-east-1");
            await succeed("up", "--yes");
            const outputs = JSON.parse(await succeed("stack", "output", "--json")) as Record<string, unknown>;
            assert.deepEqual(Object.keys(outputs).sort(), ["operator", "queueUrl"]);
            assert.equal((outputs["operator"] as { limit: number }).limit, 3);
            await succeed("preview", "--expect-no-changes");
            await succeed("destroy", "--yes");
        });

        it("runs the program in Python of docs/languages.md, with an SDK made of the schema", async function () {
            const host = needIfThere(this, await findPythonHost());
            const page = readFileSync(join(ROOT, "docs/languages.md"), "utf8");
            const [, program = ""] = /```python\n(.*?)```/s.exec(page) ?? [];
            const sdk = await makeSdk(engine, host);
            const operations = ["up", "preview", "destroy"];
            const [up, preview, destroy] = await runPython(engine, host, sdk, program, operations);
            assert.deepEqual(Object.keys(up?.outputs ?? {}).sort(), ["operator", "queueUrl"]);
            assert.equal((up?.outputs?.["operator"] as { maxAttempts: number }).maxAttempts, 5);
            const { create = 0 } = up?.changes ?? {};
            assert.ok(create > 70);
            assert.deepEqual([preview?.changes, destroy?.changes], [{ same: create }, { delete: create }]);
        });

        async function succeed(...args: string[]): Promise<string> {
            const { code, stdout, stderr } = await engine.cli("yaml", ...args);
            assert.equal(code, 0, stdout + stderr);
            return stdout;
        }
    });
});

/** The resources of the program, without the stack and providers. */
function own<T extends { readonly type: string }>(resources: readonly T[]): T[] {
    return resources.filter(({ type }) => !type.startsWith("pulumi:"));
}

/** A resource by its URN, with its inputs. */
interface Described {
    readonly urn: string;
    readonly inputs: Readonly<Record<string, unknown>>;
}

/** The engine keeps paths and hashes of files, the recording their contents; a path depends on the folder of the run. */
function describeInputs({ urn, inputs = {} }: Pick<StateResource, "urn" | "inputs">): Described {
    const { code, source, script, ...others } = inputs;
    const files = { hasFile: code !== undefined || source !== undefined };
    return {
        urn,
        inputs: { ...others, ...files, ...(typeof script === "string" && { script: basename(script) }) },
    };
}

/** Every text of some length in a value. */
function textsIn(value: unknown): string[] {
    if (typeof value === "string") return value.length > 500 ? [value] : [];
    return typeof value === "object" && value !== null ? Object.values(value).flatMap(textsIn) : [];
}

function byUrn(a: { readonly urn: string }, b: { readonly urn: string }): number {
    return a.urn < b.urn ? -1 : 1;
}

function valuesOf({ outputs }: Outcome): Record<string, unknown> {
    return Object.fromEntries(Object.entries(outputs).map(([name, { value }]) => [name, value]));
}

/** Steps that change something in AWS: a component is a name in the state alone. */
function ofAws({ steps }: Outcome): string[] {
    return steps.filter((step) => step.includes(" aws:")).sort();
}

function namesOf({ resources }: State): string[] {
    return own(resources)
        .map(({ urn }) => urn.split("::").slice(2).join(" "))
        .sort();
}

function protectedIn({ resources }: State): string[] {
    return own(resources)
        .filter(({ protect }) => protect === true)
        .map(({ urn }) => urn.split("::").slice(2).join(" "))
        .sort();
}

function assertHidden({ text }: State): void {
    for (const secret of Object.values(SECRETS)) assert.ok(!text.includes(secret), secret);
    assert.ok(text.includes('"ciphertext"'));
}

function assertOneProvider({ resources }: State): void {
    const providers = resources.filter(({ type }) => type === "pulumi:providers:aws");
    assert.deepEqual(
        providers.map(({ urn }) => urn.split("::").at(-1)),
        ["elsewhere"],
    );
    for (const { provider, custom, urn } of own(resources))
        if (custom) assert.match(provider ?? "", /::elsewhere::/, urn);
}

function assertOptions({ resources }: State): void {
    const custom = own(resources).filter((resource) => resource.custom);
    assert.deepEqual(
        custom.filter(({ retainOnDelete }) => retainOnDelete !== true).map(({ urn }) => urn),
        [],
    );
    const queues = custom.filter(({ type }) => type === "aws:sqs/queue:Queue");
    assert.deepEqual(
        queues.map(({ inputs }) => inputs?.["delaySeconds"]),
        [7, 7, 7, 7],
    );
}

/** The component in a schema. The CLI leaves out `optional`: whatever is not among the required inputs is. */
function resourceOf(schema: string): unknown {
    const leaveOut = (name: string, value: unknown) => (name === "optional" ? undefined : value);
    const { resources } = JSON.parse(schema, leaveOut) as { resources: Record<string, unknown> };
    return resources["turnstile:index:JobQueue"];
}
