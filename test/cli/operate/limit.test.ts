import assert from "node:assert/strict";
import { userInfo } from "node:os";
import { MINUTE, SECOND } from "../../stack/test-stack.ts";
import { Operated } from "./operated.ts";

interface Changed {
    readonly format: string;
    readonly before: { readonly limit: number };
    readonly after: { readonly limit: number; readonly override: { readonly until?: string } | null };
    readonly effect: readonly string[];
    readonly changed: boolean;
}

describe("turnstile limit, pause and resume", () => {
    let operated: Operated;

    beforeEach(async () => {
        operated = await Operated.open({ limit: "2" });
        await operated.stack.pass(MINUTE);
    });
    afterEach(() => operated.close());

    const override = (): unknown => operated.stack.item("jobs", "override");
    const limitInForce = async (): Promise<number | undefined> => {
        await operated.stack.pass(10 * SECOND);
        return operated.stack.gate()?.limit;
    };

    it("sets a limit that is in force within seconds", async () => {
        const { code, out } = await operated.run(["limit", "4", "--yes", "--by", "ana"]);
        assert.deepEqual(
            [code, out],
            [0, "The limit is 4 by ana without an end.\nturnstile limit --reset ends it.\n"],
        );
        assert.equal(await limitInForce(), 4);
    });

    it("keeps the reason and the end with it", async () => {
        await operated.run(["limit", "4", "--yes", "--by", "ana", "--reason", "catch up", "--for", "2h"]);
        const { until, ...rest } = override() as Record<string, { S: string }>;
        assert.deepEqual(rest, {
            poolName: { S: "jobs" },
            entry: { S: "override" },
            limit: { N: "4" },
            by: { S: "ana" },
            why: { S: "catch up" },
        });
        const ahead = Date.parse(until?.S ?? "") - operated.stack.world.clock.now();
        assert.ok(Math.abs(ahead - 2 * 3600_000) < 30_000, until?.S);
    });

    it("names the user of the machine when nobody says who it is", async () => {
        await operated.run(["pause", "--yes"]);
        const { by } = override() as Record<string, { S: string }>;
        assert.equal(by?.S, userInfo().username);
    });

    it("says first what will happen", async () => {
        operated.stack.sendMany(5);
        await operated.stack.pass(MINUTE);
        const { error } = await operated.run(["limit", "4", "--yes", "--by", "ana"]);
        assert.deepEqual(error.split("\n"), [
            "Limit 2 → 4 by ana without an end",
            "2 jobs run on; none is stopped.",
            "2 jobs of 3 in line can start at once.",
            "",
        ]);
    });

    it("says that a lower limit stops no job", async () => {
        operated.stack.sendMany(3);
        await operated.stack.pass(MINUTE);
        const { error } = await operated.run(["limit", "1", "--yes"]);
        assert.match(error, /^2 jobs run on; none is stopped\.\n1 in line wait until fewer than 1 run\.$/m);
    });

    it("only says what would happen with --dry-run", async () => {
        const { code, out } = await operated.run(["limit", "4", "--dry-run"]);
        assert.equal(code, 0);
        assert.match(out, /^Limit 2 → 4 by .*\nNobody waits\.\nNothing was changed\.\n$/);
        assert.equal(override(), undefined);
    });

    it("asks on a terminal, and does it after a yes", async () => {
        const { code, error } = await operated.run(["limit", "4"], { isTerminal: true, stdin: "y\n" });
        assert.equal(code, 0);
        assert.match(error, /Do it\? \[y\/N\]/);
        assert.equal(await limitInForce(), 4);
    });

    for (const [title, stdin] of [
        ["after a no", "n\n"],
        ["after an empty line", "\n"],
        ["at the end of the input", ""],
    ] as const) {
        it(`changes nothing ${title}, with exit code 3`, async () => {
            const { code, error } = await operated.run(["limit", "4"], { isTerminal: true, stdin });
            assert.equal(code, 3);
            assert.match(error, /Nothing was changed\.\n$/);
            assert.equal(override(), undefined);
        });
    }

    it("changes nothing without a terminal and without --yes, with exit code 2", async () => {
        const { code, error } = await operated.run(["pause"]);
        assert.equal(code, 2);
        assert.match(error, /There is no terminal to ask on.*\n.*--yes/);
        assert.equal(override(), undefined);
    });

    it("changes nothing when somebody else was faster, with exit code 3", async () => {
        operated.stack.world.intercept((call, next) => {
            if (call.operation === "PutItem" && call.caller.isGuest === true)
                operated.putItem("override", { limit: { N: "1" } });
            return next();
        });
        const { code, error } = await operated.run(["limit", "4", "--yes"]);
        assert.equal(code, 3);
        assert.match(error, /Somebody else changed the limit just now/);
        assert.deepEqual((override() as { limit: unknown }).limit, { N: "1" });
    });

    it("replaces an override, and says which", async () => {
        await operated.run(["limit", "4", "--yes", "--by", "ana", "--reason", "catch up"]);
        await operated.stack.pass(10 * SECOND);
        const { code, error } = await operated.run(["limit", "1", "--yes", "--by", "bo"]);
        assert.equal(code, 0);
        assert.match(error, /^It replaces: limit 4 by ana without an end: "catch up"$/m);
        assert.equal(await limitInForce(), 1);
    });

    it("goes back to the configured limit with --reset", async () => {
        await operated.run(["limit", "4", "--yes"]);
        await operated.stack.pass(10 * SECOND);
        const { code, out } = await operated.run(["limit", "--reset", "--yes"]);
        assert.deepEqual([code, out], [0, "The limit is 2 again, as configured.\n"]);
        assert.equal(await limitInForce(), 2);
    });

    it("has nothing to reset without an override", async () => {
        const { code, out } = await operated.run(["limit", "--reset"]);
        assert.deepEqual([code, out], [0, "The limit is 2, as configured. There is no override.\n"]);
    });

    it("takes an override away that makes no sense", async () => {
        operated.putItem("override", { limit: { S: "two" } });
        assert.equal((await operated.run(["resume", "--yes"])).code, 0);
        assert.equal(override(), undefined);
    });

    it("pauses until it resumes", async () => {
        await operated.run(["pause", "--yes", "--by", "ana"]);
        assert.equal(await limitInForce(), 0);
        const { code, out } = await operated.run(["resume", "--yes"]);
        assert.deepEqual([code, out], [0, "The limit is 2 again, as configured.\n"]);
        assert.equal(await limitInForce(), 2);
    });

    it("pauses once", async () => {
        await operated.run(["pause", "--yes", "--by", "ana"]);
        const before = override();
        const { code, out } = await operated.run(["pause", "--by", "bo"]);
        assert.deepEqual([code, out], [0, "Paused already by ana without an end.\n"]);
        assert.deepEqual(override(), before);
    });

    it("resumes nothing that is not paused", async () => {
        await operated.run(["limit", "1", "--yes", "--by", "ana"]);
        const { code, out } = await operated.run(["resume"]);
        assert.equal(code, 0);
        assert.match(
            out,
            /^Not paused: the limit is 1 by ana without an end\. turnstile limit --reset ends that\.$/m,
        );
    });

    it("says as JSON what it changed", async () => {
        const changed = await operated.json<Changed>(["pause", "--yes", "--by", "ana"]);
        assert.deepEqual(
            [changed.format, changed.changed, changed.before.limit, changed.after.limit],
            ["turnstile.pause/1.0", true, 2, 0],
        );
        assert.deepEqual(changed.after.override, { limit: 0, by: "ana", why: "" });
    });

    it("says as JSON that it has no terminal to ask on", async () => {
        const { error, code, out } = await operated.run(["pause", "--json"]);
        assert.deepEqual([code, out], [2, ""]);
        assert.equal((JSON.parse(error.split("\n").at(-2) ?? "") as { code: string }).code, "no-terminal");
    });

    const nonsense: readonly (readonly [readonly string[], RegExp])[] = [
        [["limit"], /name either a limit.*or --reset/],
        [["limit", "3", "--reset"], /name either a limit.*or --reset/],
        [["limit", "-1"], /unknown option '-1'|from 0 to 1000/],
        [["limit", "1001"], /from 0 to 1000/],
        [["limit", "two"], /from 0 to 1000/],
        [["limit", "3", "--until", "2020-01-01T00:00:00Z", "--yes"], /The end .* is not in the future/],
        [["limit", "3", "--until", "2027-02-30T00:00:00Z", "--yes"], /a date and a time with its zone/],
        [["pause", "--until", "tomorrow", "--yes"], /a date and a time with its zone/],
        [["pause", "--for", "0s", "--yes"], /a time such as 30m/],
        [["pause", "--for", "2 hours", "--yes"], /a time such as 30m/],
        [["pause", "--for", "1h", "--until", "2027-01-01T00:00:00Z"], /cannot be used with/],
        [["pause", "--reason", " "], /must not be empty/],
        [["resume", "now"], /arguments without an option are not accepted/],
    ];
    for (const [args, expected] of nonsense) {
        it(`refuses \`${args.join(" ")}\` with exit code 2`, async () => {
            const { code, error } = await operated.run(args);
            assert.equal(code, 2);
            assert.match(error, expected);
            assert.equal(override(), undefined);
        });
    }
});
