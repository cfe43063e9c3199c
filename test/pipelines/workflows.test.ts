/** The house's rules for .github/workflows. `npm run lint:workflows` has other people's linters look at them, too. */
import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import path from "node:path";
import { parse } from "yaml";
import { LARGEST_SEED } from "../../simulation/options.ts";

const root = path.join(import.meta.dirname, "../..");

interface Step {
    readonly env?: Readonly<Record<string, string>>;
    readonly uses?: string;
    readonly run?: string;
    readonly with?: Readonly<Record<string, unknown>>;
}

interface Job {
    readonly if?: string;
    readonly "timeout-minutes"?: number;
    readonly permissions?: Readonly<Record<string, string>>;
    readonly concurrency?: Concurrency;
    readonly environment?: string;
    readonly strategy?: {
        readonly "max-parallel"?: number;
        readonly matrix?: {
            readonly node?: readonly number[];
            readonly system?: readonly string[];
            readonly include?: readonly { readonly name: string; readonly command: string }[];
        };
    };
    readonly steps: readonly Step[];
}

interface Concurrency {
    readonly group: string;
    readonly "cancel-in-progress": boolean;
}

interface Workflow {
    readonly on: Readonly<Record<string, unknown>>;
    readonly permissions?: unknown;
    readonly concurrency?: Concurrency;
    readonly jobs: Readonly<Record<string, Job>>;
}

const files = globSync(".github/workflows/*.yml", { cwd: root }).map((file) => path.basename(file, ".yml"));
const texts = new Map(
    files.map((name) => [name, readFileSync(path.join(root, `.github/workflows/${name}.yml`), "utf8")]),
);
const workflows = new Map([...texts].map(([name, text]) => [name, parse(text) as Workflow]));

/** What a job may do besides reading the code, and which jobs may. */
const MAY: Readonly<Record<string, Readonly<Record<string, string>>>> = {
    "preview preview": { "id-token": "write", "pull-requests": "write" },
    "deploy up": { "id-token": "write" },
    "release publish": { "id-token": "write" },
};

describe("The workflows", () => {
    it("are the five that docs/ci.md describes", () => {
        const page = readFileSync(path.join(root, "docs/ci.md"), "utf8");
        const listed = [...page.matchAll(/^\| \[`(\w+)\.yml`\]/gm)].map(([, name = ""]) => name);
        assert.deepEqual([...files].sort(), listed.sort());
    });

    it("use each action at a commit, with its version beside it, and the same everywhere", () => {
        const used = new Set<string>();
        for (const [name, text] of texts) {
            const lines = text.split("\n").filter((line) => /\buses:/.test(line));
            for (const line of lines) {
                assert.match(line, /uses: [\w-]+\/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/, name);
                used.add(line.replace(/.*uses: /, ""));
            }
        }
        const actions = [...used].map((use) => use.split("@")[0]);
        assert.equal(actions.length, new Set(actions).size, [...used].join("\n"));
    });

    it("have no permission that no job asks for, and their jobs those that this test lists", () => {
        for (const [name, workflow] of workflows) {
            assert.deepEqual(workflow.permissions, {}, name);
            for (const [job, { permissions }] of Object.entries(workflow.jobs)) {
                const expected = { contents: "read", ...MAY[`${name} ${job}`] };
                assert.deepEqual(permissions, expected, `${name} ${job}`);
            }
        }
    });

    it("start at nothing that runs a stranger's code with rights of ours", () => {
        for (const [name, { on }] of workflows) {
            const known = ["push", "pull_request", "schedule", "workflow_dispatch"];
            assert.deepEqual(
                Object.keys(on).filter((event) => !known.includes(event)),
                [],
                name,
            );
        }
    });

    it("have a time limit of at most 40 minutes where somebody waits, and none without one", () => {
        const most: Readonly<Record<string, number>> = { nightly: 180, deploy: 60 };
        for (const [job, { "timeout-minutes": minutes = Infinity }, name] of jobs())
            assert.ok(minutes <= (most[name] ?? 40), `${name} ${job}`);
    });

    it("each say what happens when they start twice", () => {
        for (const [job, { concurrency }, name] of jobs()) {
            const decided = concurrency ?? workflows.get(name)?.concurrency;
            assert.equal(typeof decided?.["cancel-in-progress"], "boolean", `${name} ${job}`);
        }
    });

    it("leave no credentials of GitHub beside the code that they check out", () => {
        const checkouts = stepsOf(/^actions\/checkout@/);
        assert.equal(checkouts.length, jobs().length);
        for (const step of checkouts) assert.equal(step.with?.["persist-credentials"], false);
    });

    it("get to AWS by a role that trusts GitHub's tokens, and have no key", () => {
        const credentials = stepsOf(/^aws-actions\/configure-aws-credentials@/);
        assert.equal(credentials.length, 2);
        for (const step of credentials)
            assert.deepEqual(Object.keys(step.with ?? {}).sort(), ["aws-region", "role-to-assume"]);
        for (const [name, text] of texts) assert.doesNotMatch(text, /AWS_(ACCESS|SECRET)/, name);
    });

    it("are linted by .ci/run", () => {
        const script = readFileSync(path.join(root, ".ci/run"), "utf8");
        assert.match(script, /^step workflows npm run --silent lint:workflows$/m);
    });

    it("put nothing of a pull request into a line of shell", () => {
        for (const [job, { steps }, name] of jobs())
            for (const { run = "" } of steps) assert.doesNotMatch(run, /\$\{\{/, `${name} ${job}`);
    });
});

describe("ci.yml", () => {
    it("checks Linux, macOS and Windows with Node 20, 22 and 24", () => {
        const { check, elsewhere } = workflows.get("ci")?.jobs ?? {};
        assert.deepEqual(check?.strategy?.matrix?.node, [20, 22, 24]);
        assert.deepEqual(elsewhere?.strategy?.matrix?.node, [20, 22, 24]);
        assert.deepEqual(elsewhere?.strategy?.matrix?.system, ["macos-latest", "windows-latest"]);
        assert.deepEqual(
            check?.steps.flatMap(({ run = [] }) => run),
            [".ci/run"],
        );
    });
});

describe("preview.yml", () => {
    it("runs nothing for a fork", () => {
        const condition = workflows.get("preview")?.jobs["preview"]?.if ?? "";
        const own = "github.event.pull_request.head.repo.full_name == github.repository";
        assert.ok(condition.split(" && ").includes(own), condition);
    });

    it("changes nothing: its only command of Pulumi is preview", () => {
        const commands = stepsOf(/^pulumi\/actions@/, "preview").map((step) => step.with?.["command"]);
        assert.deepEqual(commands, ["preview"]);
    });

    it("says on the pull request what would change", () => {
        const [step] = stepsOf(/^pulumi\/actions@/, "preview");
        assert.equal(step?.with?.["comment-on-pr"], true);
    });
});

describe("nightly.yml", () => {
    it("plays seeds that nobody has played, whose number the log has", () => {
        const job = workflows.get("nightly")?.jobs["search"];
        const seeds = job?.strategy?.matrix?.include?.find(({ name }) => name === "fresh seeds");
        const [, modulus] =
            /^npm run simulate -- --seed "\$\(\(RUN % (\d+)\)\)" --minutes \d+$/.exec(seeds?.command ?? "") ??
            [];
        const runs = (job?.steps ?? []).flatMap(({ env }) => env?.["RUN"] ?? []);
        assert.deepEqual(runs, ["${{ github.run_id }}"]);
        // The ids of runs are larger than the largest seed.
        assert.equal(Number(modulus), LARGEST_SEED + 1);
    });
});

describe("deploy.yml", () => {
    it("deploys main alone, one at a time for each stack, in the environment of the stack's name", () => {
        const { on, jobs: all } = workflows.get("deploy") ?? {};
        assert.deepEqual(on, { push: { branches: ["main"] }, workflow_dispatch: null });
        const job = all?.["up"];
        assert.match(job?.if ?? "", /github\.ref == 'refs\/heads\/main'/);
        assert.equal(job?.environment, "${{ matrix.stack }}");
        assert.deepEqual(job?.concurrency, {
            group: "deploy-${{ matrix.stack }}",
            "cancel-in-progress": false,
        });
        assert.equal(job?.strategy?.["max-parallel"], 1);
    });
});

describe("release.yml", () => {
    it("publishes with provenance what it has installed anew", () => {
        const steps = workflows.get("release")?.jobs["publish"]?.steps ?? [];
        assert.equal(steps.at(-1)?.run, "npm publish --provenance --access public");
        const [node] = stepsOf(/^actions\/setup-node@/, "release");
        assert.equal(node?.with?.["package-manager-cache"], false);
    });
});

/** Every job: its name, itself, its workflow's name. */
function jobs(): readonly (readonly [string, Job, string])[] {
    return [...workflows].flatMap(([name, { jobs: all }]) =>
        Object.entries(all).map(([job, content]) => [job, content, name] as const),
    );
}

/** The steps that use an action, of all workflows or of one. */
function stepsOf(action: RegExp, workflow?: string): readonly Step[] {
    return jobs()
        .filter(([, , name]) => workflow === undefined || name === workflow)
        .flatMap(([, { steps }]) => steps.filter(({ uses = "" }) => action.test(uses)));
}
