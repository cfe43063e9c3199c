import assert from "node:assert/strict";
import { AwsError } from "../../../embedded-aws/index.ts";
import { HOUR, MINUTE, SECOND } from "../../stack/test-stack.ts";
import { Operated } from "./operated.ts";

interface Freed {
    readonly format: string;
    readonly holder: string;
    readonly proof: string;
    readonly why: string | null;
    readonly changed: boolean;
}

describe("turnstile free", () => {
    let operated: Operated;
    let sent: string[];

    beforeEach(async () => {
        operated = await Operated.open(
            { limit: "3" },
            { job: () => ({ millis: 20 * MINUTE }), keepHistory: "all" },
        );
        await operated.stack.pass(MINUTE);
        sent = operated.stack.sendMany(1);
        await operated.stack.pass(2 * MINUTE);
    });
    afterEach(() => operated.close());

    const held = (): string[] => Object.keys(operated.stack.gate()?.holders ?? {});

    /** Adds a holder to the gate. */
    function hold(holder: string, slot: object = { since: { N: "1767225600000" } }): void {
        operated.call("dynamodb", "UpdateItem", {
            TableName: operated.stack.output("tableName"),
            Key: { poolName: { S: "jobs" }, entry: { S: "gate" } },
            UpdateExpression: "SET holders.#me = :slot",
            ExpressionAttributeNames: { "#me": holder },
            ExpressionAttributeValues: { ":slot": { M: slot } },
        });
    }

    /** A slot that an execution has left behind: its message is done. */
    async function leak(): Promise<string> {
        await operated.stack.pass(HOUR);
        const holder = `${sent[0] ?? ""}/2/0`;
        hold(holder);
        return holder;
    }

    it("frees a slot whose work is over", async () => {
        const holder = await leak();
        const { code, out, error } = await operated.run(["free", holder, "--yes"]);
        assert.deepEqual([code, out], [0, "The slot is free.\n"]);
        assert.match(error, /has held for .*\nIts work is over: it has no run, and can start none\.\n$/);
        assert.deepEqual(held(), []);
    });

    it("says how the run of a slot has ended that it frees", async () => {
        operated.stack.world.intercept((call, next) => {
            if (call.operation !== "UpdateItem" || call.caller.isGuest === true) return next();
            if (!/REMOVE holders/.test((call.input as { UpdateExpression: string }).UpdateExpression))
                return next();
            throw new AwsError("ThrottlingException", "try later", 400);
        });
        await operated.stack.pass(HOUR);
        const [holder = ""] = held();
        const { error, code } = await operated.run(["free", holder, "--yes"]);
        assert.match(error, /Its work is over: jr_\w+ is SUCCEEDED\./);
        assert.deepEqual([code, held()], [0, []]);
    });

    it("keeps the slot of a job that runs, and says which run, with exit code 3", async () => {
        for (const args of [[], ["--force", "--yes"]]) {
            const { code, out } = await operated.run(["free", sent[0] ?? "", ...args]);
            assert.equal(code, 3);
            assert.match(out, /keeps its slot: run jr_\w+ is RUNNING\.\n +turnstile cancel \w{8} /);
        }
        assert.equal(held().length, 1);
    });

    it("keeps the slot while a start may be in flight, and says how long", async () => {
        operated.call("states", "StopExecution", { executionArn: await executionOf(sent[0]) });
        await operated.stack.pass(SECOND);
        const now = String(operated.stack.world.clock.now());
        hold(`${sent[0] ?? ""}/2/0`, { since: { N: now } });
        const { proof, why, changed } = await operated.json<Freed>(["free", `${sent[0] ?? ""}/2`, "--yes"]);
        assert.deepEqual([proof, why, changed], ["goes on", "a start may be in flight", false]);
    });

    const executionOf = async (id: string | undefined): Promise<string> =>
        (await operated.json<{ execution: { arn: string } }>(["why", id ?? ""])).execution.arn;

    it("keeps a slot of which nothing can prove that its work is over, unless it is forced", async () => {
        hold("by-hand");
        const { code, out } = await operated.run(["free", "by-hand", "--yes"]);
        assert.equal(code, 3);
        assert.match(out, /nothing proves that its work is over: its id or its time cannot be read/);
        assert.match(out, /then add --force$/m);
        assert.ok(held().includes("by-hand"));
    });

    it("frees such a slot with --force, once its name is typed", async () => {
        hold("by-hand", {});
        const given = { isTerminal: true, stdin: "by-hand\n" };
        const { code, error } = await operated.run(["free", "by-hand", "--force"], given);
        assert.equal(code, 0);
        assert.match(error, /has held since nobody knows when\.\nNothing proves that/);
        assert.match(
            error,
            /one job more than the limit will run\.\nTo free it all the same, type by-hand: $/,
        );
        assert.equal(held().includes("by-hand"), false);
    });

    it("changes nothing when something else is typed, with exit code 3", async () => {
        hold("by-hand");
        const given = { isTerminal: true, stdin: "y\n" };
        assert.equal((await operated.run(["free", "by-hand", "--force"], given)).code, 3);
        assert.ok(held().includes("by-hand"));
    });

    it("never frees a slot whose run Glue shows as unfinished, not with --force", async () => {
        hold("by-hand", {});
        operated.call("glue", "StartJobRun", {
            JobName: operated.stack.output("jobName"),
            Arguments: { "--turnstile-holder": "by-hand" },
        });
        await operated.stack.pass(30 * SECOND);
        const { code, out } = await operated.run(["free", "by-hand", "--force", "--yes"]);
        assert.equal(code, 3);
        assert.match(out, /^by-hand keeps its slot: Glue shows its run jr_\w+ as RUNNING\.$/m);
        assert.ok(held().includes("by-hand"));
    });

    it("frees nothing twice", async () => {
        const holder = await leak();
        operated.stack.world.intercept((call, next) => {
            if (call.operation === "UpdateItem" && call.caller.isGuest === true)
                operated.putItem("gate", { ...operated.stack.item("jobs", "gate"), holders: { M: {} } });
            return next();
        });
        const { code, out } = await operated.run(["free", holder, "--yes"]);
        assert.equal(code, 0);
        assert.match(out, /^The slot was free already/);
    });

    it("changes nothing with --dry-run", async () => {
        const holder = await leak();
        const { code, out } = await operated.run(["free", holder, "--dry-run"]);
        assert.equal(code, 0);
        assert.match(out, /^Free the slot .*\nIts work is over.*\nNothing was changed\.\n$/);
        assert.deepEqual(held(), [holder]);
    });

    it("does not know a holder that holds no slot, with exit code 5", async () => {
        const { code, error } = await operated.run(["free", "nobody"]);
        assert.equal(code, 5);
        assert.match(error, /No slot is held by nobody\.\n.*turnstile status lists the holders/);
    });

    it("does not choose between holders, with exit code 5", async () => {
        hold("by-hand-1");
        hold("by-hand-2");
        const { code, error } = await operated.run(["free", "by-hand", "--force", "--yes"]);
        assert.equal(code, 5);
        assert.match(error, /several holders begin with by-hand: by-hand-1, by-hand-2/);
    });
});
