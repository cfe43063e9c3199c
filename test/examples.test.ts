/** The examples that are projects of their own: each is a whole project, and runs on the embedded AWS to its last message. */
import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { existingJob } from "../cli/run/existing-job.ts";
import { parseMessages } from "../cli/lib/messages.ts";
import type { RecordedProgram } from "../embedded-aws/index.ts";
import { EXAMPLES, examplesFolder, exampleProject } from "./example-projects.ts";
import { recorded, TestStack } from "./stack/test-stack.ts";

const { version } = JSON.parse(readFileSync(path.join(examplesFolder, "../package.json"), "utf8")) as {
    version: string;
};

interface Manifest {
    readonly name: string;
    readonly dependencies: Readonly<Record<string, string>>;
}

describe("The examples", () => {
    it("are all in their index", () => {
        const index = readFileSync(path.join(examplesFolder, "README.md"), "utf8");
        const listed = [...index.matchAll(/^\| \[([\w-]+)\/\]\(\1\) /gm)].map(([, name = ""]) => name);
        assert.deepEqual(listed, ["weather", ...EXAMPLES]);
    });

    for (const example of EXAMPLES) {
        const folder = path.join(examplesFolder, example);

        it(`${example} is a project by its folder's name, of the package as a clone packs it`, () => {
            const { name, dependencies } = JSON.parse(
                readFileSync(path.join(folder, "package.json"), "utf8"),
            ) as Manifest;
            assert.equal(name, example);
            assert.equal(dependencies["pulumi-turnstile"], `file:../../pulumi-turnstile-${version}.tgz`);
            for (const file of ["README.md", "tsconfig.json", "Pulumi.dev.yaml"])
                assert.ok(existsSync(path.join(folder, file)), file);
        });
    }

    // `npm run packages` runs them all, from the package.
    it("existing-job runs the messages of its folder, at most as many at once as its configuration says", async () => {
        const program = operated(await recorded({ limit: "4" }, exampleProject("existing-job")));
        const before = existingJob(program, 4);
        const stack = await TestStack.open({ programs: before ? [program, before] : [program] });
        try {
            await stack.pass(90_000);
            const ids = sendFrom(path.join(examplesFolder, "existing-job", "messages.jsonl"), stack);
            await stack.pass(60_000);
            assert.equal(Object.keys(stack.gate("reports")?.holders ?? {}).length, 4);
            await stack.untilEnded(ids.length);
            assert.ok(stack.ended.every(({ status }) => status === "SUCCEEDED"));
            assert.deepEqual(new Set(stack.runs.map(({ job }) => job.name)), new Set(["nightly-report"]));
        } finally {
            await stack.close();
        }
    });

    describe("s3-uploads", () => {
        let stack: TestStack;
        let uploads: string;

        before(async () => {
            const program = operated(await recorded({}, exampleProject("s3-uploads")));
            stack = await TestStack.open({ programs: [program] });
            uploads = stack.output("uploadsBucket");
        });

        after(() => stack.close());

        const put = (Key: string): unknown =>
            stack.world.call("s3", "PutObject", { Bucket: uploads, Key, Body: "a\n" }, { principal: "user" });

        it("runs one job for each file that is uploaded, also for one that is uploaded again", async () => {
            await stack.pass(90_000);
            const keys = ["in/1.csv", 'in/a "b" ü+<c>.csv', "in/3.csv", "in/1.csv", "in/4/5.csv"];
            for (const key of keys) put(key);
            await stack.pass(60_000);
            assert.equal(Object.keys(stack.gate("files")?.holders ?? {}).length, 3);
            await stack.untilEnded(keys.length);
            assert.ok(stack.ended.every(({ status }) => status === "SUCCEEDED"));
            const run = stack.runs.map((each) => [each.arguments["--bucket"], each.arguments["--key"]]);
            assert.deepEqual(run.sort(), keys.map((key) => [uploads, key]).sort());
        });

        it("starts nothing for a file elsewhere", async () => {
            const runs = stack.runs.length;
            put("out/1.csv");
            await stack.pass(600_000);
            assert.equal(stack.runs.length, runs);
        });

        it("lets EventBridge send for its own rule alone", () => {
            const QueueUrl = stack.output("queueUrl");
            const send = (rule: string): unknown =>
                stack.world.call(
                    "sqs",
                    "SendMessage",
                    { QueueUrl, MessageBody: rule, MessageGroupId: "g" },
                    { principal: "events.amazonaws.com", sourceArn: rule },
                );
            assert.throws(
                () => send("arn:aws:events:us-east-1:123456789012:rule/another"),
                /not authorized|AccessDenied/,
            );
        });
    });

    it("two-pools runs both of its lines, each within its own limit", async () => {
        const program = await recorded({}, exampleProject("two-pools"));
        const stack = await TestStack.open({ programs: [program] });
        try {
            await stack.pass(90_000);
            for (const name of ["dailyQueueUrl", "backfillQueueUrl"]) {
                const queueUrl = program.outputs[name];
                stack.sendMany(8, { ...program, outputs: { queueUrl } });
            }
            await stack.pass(60_000);
            const held = ["daily", "backfill"].map(
                (pool) => Object.keys(stack.gate(pool)?.holders ?? {}).length,
            );
            assert.deepEqual(held, [5, 2]);
            await stack.untilEnded(16);
            assert.ok(stack.ended.every(({ status }) => status === "SUCCEEDED"));
        } finally {
            await stack.close();
        }
    });
});

/** With the outputs that the output `operator` has. */
function operated(program: RecordedProgram): RecordedProgram {
    return { ...program, outputs: { ...(program.outputs["operator"] as object), ...program.outputs } };
}

function sendFrom(file: string, stack: TestStack): string[] {
    const { messages, mistakes } = parseMessages(readFileSync(file), file);
    assert.deepEqual(mistakes, []);
    return messages.map(({ body, group }) => stack.send(body, group));
}
