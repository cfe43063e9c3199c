/** Each command under its own policy: the viewer's for those that look, the operator's for those that change something. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import type { Caller, RecordedProgram } from "../../../embedded-aws/index.ts";
import { FIXTURES, HOUR, MINUTE, recorded } from "../../stack/test-stack.ts";
import { Operated } from "./operated.ts";
import { Paged } from "./ui/paged.ts";

interface Statement {
    readonly Action: string | readonly string[];
    readonly [member: string]: unknown;
}

type Person = "viewer" | "operator";
type Policies = Readonly<Record<Person, readonly Statement[]>>;

const CONFIG = { limit: "2", maxAttempts: "1", pauseAfterFailures: "0" };
const ROLES: Readonly<Record<Person, string>> = {
    viewer: "arn:aws:iam::123456789012:role/viewer",
    operator: "arn:aws:iam::123456789012:role/operator",
};

function policiesOf({ outputs }: RecordedProgram): Policies {
    const statements = (output: string): Statement[] =>
        (JSON.parse(String(outputs[output])) as { Statement: Statement[] }).Statement;
    return { viewer: statements("viewerPolicy"), operator: statements("operatorPolicy") };
}

/** The program with roles for the two people. */
function peopled(program: RecordedProgram, policies: Policies): RecordedProgram {
    const trust = {
        Version: "2012-10-17",
        Statement: [
            { Effect: "Allow", Principal: { Service: "ec2.amazonaws.com" }, Action: "sts:AssumeRole" },
        ],
    };
    const roles = (Object.keys(ROLES) as Person[]).flatMap((name) => {
        const policy = { Version: "2012-10-17", Statement: policies[name] };
        return [
            {
                ...{ type: "aws:iam/role:Role", name },
                inputs: { name, assumeRolePolicy: JSON.stringify(trust) },
                outputs: { name, arn: ROLES[name], id: name },
            },
            {
                ...{ type: "aws:iam/rolePolicy:RolePolicy", name: `${name}-policy` },
                inputs: { role: name, policy: JSON.stringify(policy) },
                outputs: { name: `${name}-policy`, id: `${name}-policy` },
            },
        ];
    });
    const [example] = program.resources;
    assert.ok(example);
    const added = roles.map((role) => ({ ...example, ...role, urn: `urn:${role.name}` }));
    return { ...program, resources: [...program.resources, ...added] };
}

interface Scene {
    readonly operated: Operated;
    /** Runs a command as one of the people; returns its code and what it wrote. */
    readonly run: (
        person: Person,
        args: readonly string[],
    ) => Promise<{ code: number; out: string; error: string }>;
}

/** A stack with a job that runs, two that wait, and dead letters. */
async function inScene(
    { config = CONFIG as Record<string, string>, without = "" },
    act: (scene: Scene) => Promise<void>,
): Promise<void> {
    const program = await recorded(config);
    const policies = policiesOf(program);
    const operated = await Operated.open(
        {},
        {
            programs: [
                peopled(program, { viewer: policies.viewer, operator: less(policies.operator, without) }),
            ],
            keepHistory: "all",
            job: (run) => {
                const isBroken = run.arguments["--fails"] === "yes";
                return {
                    millis: isBroken ? MINUTE : HOUR,
                    ...(isBroken && { end: { state: "FAILED" as const } }),
                };
            },
        },
    );
    try {
        await operated.stack.pass(MINUTE);
        for (let i = 0; i < 2; i++) operated.stack.send({ arguments: { "--fails": "yes" } }, `f${i}`);
        await operated.stack.pass(5 * MINUTE);
        operated.stack.sendMany(5);
        await operated.stack.pass(MINUTE);
        await act({ operated, run: (person, args) => as(operated, person, args) });
    } finally {
        await operated.close();
    }
}

function as(operated: Operated, person: Person, args: readonly string[]): ReturnType<Scene["run"]> {
    const caller: Caller = { principal: "user", roleArn: ROLES[person], isGuest: true };
    return operated.run(args, {
        cwd: folder,
        env: operated.keysOf(caller),
    });
}

function less(statements: readonly Statement[], action: string): Statement[] {
    return statements.flatMap((statement) => {
        const left = [statement.Action].flat().filter((each) => each !== action);
        return left.length > 0 ? [{ ...statement, Action: left }] : [];
    });
}

let folder: string;
before(() => {
    folder = mkdtempSync(path.join(tmpdir(), "turnstile-permissions-"));
    writeFileSync(path.join(folder, "jobs.jsonl"), '{"body": {"arguments": {}}}\n');
});
after(() => rmSync(folder, { recursive: true, force: true }));

/** The waiting message, as list shows it. */
async function waiting({ run }: Scene): Promise<string> {
    const { out } = await run("viewer", ["list", "--state", "waiting", "--json"]);
    return (JSON.parse(out) as { items: { messageId: string }[] }).items.at(-1)?.messageId ?? "";
}

/** Commands that only look. */
async function looksOf(scene: Scene): Promise<readonly (readonly string[])[]> {
    const message = await waiting(scene);
    return [["status"], ["list"], ["why", message], ["failed"], ["doctor"], ["export"], ["cost"]];
}

/** Commands that change something, in an order in which each has something to do. */
const CHANGES: readonly (readonly string[])[] = [
    ["limit", "3", "--yes"],
    ["limit", "--reset", "--yes"],
    ["pause", "--yes"],
    ["drain", "--yes"],
    ["resume", "--yes"],
    ["send", "jobs.jsonl", "--yes"],
    ["cancel", "MESSAGE", "--drop", "--yes"],
    ["cancel", "MESSAGE", "--yes"],
    ["free", "by-hand", "--force", "--yes"],
    ["retry", "FIRST", "--yes"],
    ["purge", "--all", "--yes"],
];

describe("The policies of those who look after a stack", () => {
    it("let the viewer look, and miss nothing", async () => {
        await inScene({}, async (scene) => {
            const looks = await looksOf(scene);
            for (const args of looks) {
                const { code, out, error } = await scene.run("viewer", args);
                assert.ok(code === 0 || (args[0] === "doctor" && code === 8), `${args.join(" ")}: ${error}`);
                assert.doesNotMatch(out, /^(Missing|SKIP)/m);
            }
        });
    });

    it("let the viewer see the live page, and miss nothing", async () => {
        await inScene({}, async ({ operated }) => {
            const caller: Caller = { principal: "user", roleArn: ROLES.viewer, isGuest: true };
            const paged = await Paged.open(operated, { caller, readOnly: true });
            const { missing, messages } = await paged.data();
            assert.deepEqual([missing, messages.length], [[], 7]);
            const why = await paged.get(`/api/why?message=${messages[0]?.id ?? ""}`);
            const letters = await paged.post("/api/letters", {});
            assert.deepEqual([why.status, letters.status], [200, 200]);
            await paged.close();
        });
    });

    it("let the viewer change nothing, with exit code 4", async () => {
        await inScene({}, async (scene) => {
            for (const args of [
                ["pause", "--yes"],
                ["cancel", await waiting(scene), "--yes"],
                ["retry", "--all", "--yes"],
                ["send", "jobs.jsonl", "--yes", "--journal", "viewer.sent"],
            ]) {
                const { code, error } = await scene.run("viewer", args);
                assert.ok(
                    code === 4 || (args[0] === "retry" && code === 1),
                    `${args.join(" ")}: ${code} ${error}`,
                );
                assert.match(error, /not authorized to perform/);
            }
        });
    });

    it("let the operator change everything", async () => {
        await inScene({}, async (scene) => {
            assert.deepEqual(await refused(scene), []);
        });
    });

    for (const action of [
        "dynamodb:PutItem",
        "dynamodb:UpdateItem",
        "dynamodb:DeleteItem",
        "states:StopExecution",
        "states:SendTaskFailure",
        "sqs:SendMessage",
        "sqs:DeleteMessage",
    ]) {
        it(`are not enough for the operator without ${action}`, async () => {
            await inScene({ without: action }, async (scene) => {
                assert.notDeepEqual(await refused(scene), []);
            });
        });
    }

    it("have nothing of the viewer's that nobody needs", async () => {
        await inScene({}, async (scene) => {
            const used = new Set<string>();
            scene.operated.stack.world.intercept((call, next) => {
                if (call.caller.roleArn === ROLES.viewer) used.add(`${call.service}:${call.operation}`);
                return next();
            });
            const looks = await looksOf(scene);
            for (const args of looks) await scene.run("viewer", args);
            const { viewer } = policiesOf(await recorded(CONFIG));
            const spare = viewer
                .flatMap(({ Action }) => [Action].flat())
                .filter((action) => ![...used].some((call) => call.replace(/Batch$/, "") === action));
            // A run behind a thousand newer ones is asked for by its id.
            assert.deepEqual(spare, ["glue:GetJobRun"]);
        });
    });

    it("name the user's own keys where there are any", async () => {
        const program = await recorded({ kmsKeyArn: "arn:aws:kms:us-east-1:123456789012:key/k" });
        const { viewer, operator } = policiesOf(program);
        const uses = (statements: readonly Statement[]): unknown[] =>
            statements.flatMap(({ Action }) => [Action].flat()).filter((action) => action.startsWith("kms:"));
        assert.ok(uses(viewer).every((action) => action === "kms:Decrypt"));
        assert.ok(uses(operator).includes("kms:GenerateDataKey"));
        assert.ok(FIXTURES.twoKeys);
    });

    /** The changes that the operator may not make. */
    async function refused(scene: Scene): Promise<string[]> {
        const { operated, run } = scene;
        const gate = operated.stack.item("jobs", "gate") as { holders: { M: object } };
        const found: string[] = [];
        const { items } = JSON.parse((await run("viewer", ["failed", "--json"])).out) as {
            items: { messageId: string }[];
        };
        const letter = items[0]?.messageId ?? "";
        for (const args of CHANGES) {
            if (args[0] === "free") {
                const M = { ...gate.holders.M, "by-hand": { M: {} } };
                operated.putItem("gate", { ...operated.stack.item("jobs", "gate"), holders: { M } });
            }
            const message = args.includes("MESSAGE") ? await waiting(scene) : "";
            const given = args.map((arg) => (arg === "MESSAGE" ? message : arg === "FIRST" ? letter : arg));
            const { code, error } = await run("operator", given);
            if (code !== 0) found.push(`${args.join(" ")}: ${code} ${error}`);
            await operated.stack.pass(10_000);
        }
        return found;
    }
});
