import assert from "node:assert/strict";
import { AwsError } from "../../../../embedded-aws/index.ts";
import type { LiveData, LiveLetters, LiveOutcome, LiveStory } from "../../../../cli/page/live-data.ts";
import { HOSTILE } from "../../page/page-run.ts";
import { HOUR, MINUTE, SECOND } from "../../../stack/test-stack.ts";
import type { Operated } from "../operated.ts";
import { ask, busyStack, Paged } from "./paged.ts";
import type { Reply } from "./paged.ts";

const parsed = <T>({ text }: Reply): T => JSON.parse(text) as T;

describe("The server of the live page", () => {
    let operated: Operated;
    let paged: Paged;

    before(async () => {
        operated = await busyStack();
        paged = await Paged.open(operated);
    });
    after(async () => {
        await paged.close();
        await operated.close();
    });

    const states = (data: LiveData): string[] => data.messages.map(({ state }) => state);
    const override = (): unknown => operated.stack.item("jobs", "override");

    it("shows limit, slots, line and what ended", async () => {
        const data = await paged.data();
        assert.deepEqual([data.limit, data.slots.length, data.line.count, data.deadLetters], [2, 2, 3, 2]);
        assert.deepEqual(states(data), [
            "running",
            "running",
            "waiting",
            "waiting",
            "waiting",
            "failed",
            "failed",
        ]);
        assert.deepEqual(data.lastHour, { done: 0, failed: 2, isExact: true });
        assert.deepEqual(data.missing, []);
    });

    it("says of each that waits at which place it stands, and why", async () => {
        const { messages } = await paged.data();
        const line = messages.filter(({ state }) => state === "waiting");
        assert.deepEqual(
            line.map(({ place, reason }) => [place, reason]),
            [
                [1, "limit-reached"],
                [2, "behind"],
                [3, "behind"],
            ],
        );
    });

    it("has of each message what it did, from its arrival on", async () => {
        const { messages, now } = await paged.data();
        const [running] = messages;
        assert.deepEqual(
            running?.phases.map(([phase]) => phase),
            ["waiting", "starting", "running"],
        );
        assert.equal(running?.phases.at(-1)?.[1], now);
    });

    it("knows slots and line of the hour before its first look", async () => {
        const late = await Paged.open(operated);
        const { history, now } = await late.data();
        await late.close();
        assert.equal(history.times[0], now - HOUR);
        assert.deepEqual([Math.max(...history.holders), Math.max(...history.waiting)], [2, 5]);
        // Nobody keeps the limit of the past.
        assert.deepEqual([history.limits[0], history.limits.at(-1)], [null, 2]);
    });

    it("tells a message's story as `turnstile why` does", async () => {
        const [, , { id = "" } = {}] = (await paged.data()).messages;
        const told = parsed<LiveStory>(await paged.get(`/api/why?message=${id}`));
        // The clock has gone on by a millisecond or two.
        const timeless = { now: "", spentSeconds: null };
        assert.deepEqual({ ...told, ...timeless }, { ...(await operated.json(["why", id])), ...timeless });
        assert.equal(told.reasons[0]?.code, "limit-reached");
    });

    it("says that there is no such message", async () => {
        const { status, text } = await paged.get("/api/why?message=nobody");
        assert.equal(status, 404);
        assert.match(text, /No message that was accepted begins with nobody/);
    });

    it("has the dead letters by cause, letter by letter as they are", async () => {
        const letters = parsed<LiveLetters>(await paged.post("/api/letters", {}));
        assert.equal(letters.causes[0]?.count, 2);
        assert.ok(letters.causes[0]?.cause.includes(HOSTILE));
        assert.equal(letters.causes[0]?.messageIds.length, 2);
    });

    it("leaves the letters where others see them", async () => {
        await paged.post("/api/letters", {});
        const { total } = await operated.json<{ total: number }>(["failed"]);
        assert.equal(total, 2);
    });

    it("has no body in what it answers", async () => {
        const { items } = parsed<LiveLetters>(await paged.post("/api/letters", {}));
        const answers = [
            await paged.get("/api/pool"),
            await paged.post("/api/letters", {}),
            await paged.get(`/api/why?message=${items[0]?.messageId ?? ""}`),
        ];
        for (const { text } of answers) assert.ok(!text.includes("--secret"), text);
    });

    it("shows no body unless it was started so", async () => {
        const { status } = await paged.post("/api/body", { message: "any" });
        assert.equal(status, 403);
    });

    it("shows a body if it was started so", async () => {
        const bodies = await Paged.open(operated, { bodies: true });
        const { items } = parsed<LiveLetters>(await bodies.post("/api/letters", {}));
        const shown = await bodies.post("/api/body", { message: items[0]?.messageId });
        assert.match(parsed<{ body: string }>(shown).body, /--secret/);
        await bodies.close();
    });

    it("has a page that holds nothing of the stack, and not the key", async () => {
        const { text, headers } = await ask(paged.port, "/");
        assert.match(headers["content-type"] ?? "", /^text\/html/);
        const { id = "" } = (await paged.data()).messages[0] ?? {};
        for (const secret of [paged.server.token, String(operated.operator["tableName"]), id])
            assert.ok(!text.includes(secret));
    });

    it("lets its page run its own program, and nothing hold it in a frame", async () => {
        const { headers } = await ask(paged.port, "/");
        const policy = String(headers["content-security-policy"]);
        assert.match(
            policy,
            /^default-src 'none'; script-src 'sha256-\S+'; style-src 'sha256-\S+'; connect-src 'self'/,
        );
        assert.match(policy, /frame-ancestors 'none'/);
        assert.doesNotMatch(policy, /unsafe/);
    });

    for (const [what, path, headers] of [
        ["its page", "/", {}],
        ["an answer", "/api/pool", undefined],
        ["a refusal", "/api/pool", {}],
    ] as const) {
        it(`sends ${what} so that nothing keeps, frames or sniffs it`, async () => {
            const reply = headers ? await ask(paged.port, path, { headers }) : await paged.get(path);
            assert.equal(reply.headers["cache-control"], "no-store");
            assert.equal(reply.headers["x-frame-options"], "DENY");
            assert.equal(reply.headers["x-content-type-options"], "nosniff");
            assert.equal(reply.headers["referrer-policy"], "no-referrer");
            assert.match(String(reply.headers["content-security-policy"]), /frame-ancestors 'none'/);
            assert.equal(reply.headers["access-control-allow-origin"], undefined);
            assert.equal(reply.headers["set-cookie"], undefined);
        });
    }

    it("refuses a request with another host's name, before it looks at the token", async () => {
        const headers = { host: "evil.example", "x-turnstile-token": paged.server.token };
        assert.equal((await ask(paged.port, "/api/pool", { headers })).status, 403);
    });

    it("refuses a request without the token", async () => {
        assert.equal((await ask(paged.port, "/api/pool")).status, 401);
    });

    it("refuses the token in the address", async () => {
        assert.equal(
            (await ask(paged.port, `/api/pool?x-turnstile-token=${paged.server.token}`)).status,
            401,
        );
    });

    it("refuses what a form can send", async () => {
        const headers = { "x-turnstile-token": paged.server.token, "content-type": "text/plain" };
        const body = JSON.stringify({ command: "pause" });
        const { status } = await ask(paged.port, "/api/change", { method: "POST", headers, body });
        assert.equal(status, 415);
    });

    it("has no other address", async () => {
        assert.equal((await paged.get("/api/nothing")).status, 404);
        assert.equal((await paged.post("/", {})).status, 404);
    });

    const wrong: readonly (readonly [string, unknown, RegExp])[] = [
        ["what is not JSON", "{", /not JSON/],
        ["what is no object", "[]", /no object/],
        ["what is too long", `"${"x".repeat(100_001)}"`, /too long/],
        ["a command that does not exist", { command: "purge" }, /must be pause/],
        ["an option that does not exist", { command: "pause", yes: true }, /no yes/],
        ["a limit above the highest", { command: "limit", limit: 1001 }, /from 0 to 1000/],
        ["a limit that is no number", { command: "limit", limit: "3" }, /from 0 to 1000/],
        ["a time that is none", { command: "pause", for: "soon" }, /such as 30m/],
        ["a reason that is no text", { command: "pause", reason: {} }, /must be a text/],
        ["a stop of several", { command: "cancel", ids: ["a1b2", "c3d4"] }, /Only one/],
        ["a slot of nobody", { command: "free", ids: [""] }, /list of texts/],
        ["a retry of nothing", { command: "retry", ids: [] }, /list of texts/],
    ];
    for (const [what, body, expected] of wrong) {
        it(`refuses ${what}`, async () => {
            const { status, text } = await paged.post("/api/change", body);
            assert.equal(status, 400);
            assert.match(text, expected);
        });
    }

    it("changes nothing before the yes", async () => {
        const asked = await paged.begin({ command: "pause", reason: HOSTILE });
        assert.match(
            asked.text,
            /^Limit 2 → 0 [^\n]*\n2 jobs run on; none is stopped\.\n3 in line keep their places/,
        );
        assert.equal(override(), undefined);
        await paged.say(asked, false);
    });

    it("changes nothing after a no", async () => {
        const { code, text } = await paged.say(await paged.begin({ command: "pause" }), false);
        assert.deepEqual([code, override()], [3, undefined]);
        assert.match(text, /Nothing was changed/);
    });

    it("knows no question twice", async () => {
        const asked = await paged.begin({ command: "pause" });
        await paged.say(asked, false);
        const { status } = await paged.post("/api/answer", { question: asked.question, yes: true });
        assert.deepEqual([status, override()], [400, undefined]);
    });

    it("takes a yes that comes too late for a no", async () => {
        const asked = await paged.begin({ command: "pause" });
        paged.passed += 300 * SECOND;
        const { code, text } = await paged.say(asked, true);
        assert.deepEqual([code, override()], [3, undefined]);
        assert.match(text, /too late/);
    });

    it("answers with no when too many questions are open", async () => {
        const first = await paged.begin({ command: "pause" });
        for (let i = 0; i < 8; i++) await paged.begin({ command: "pause" });
        const { status } = await paged.post("/api/answer", { question: first.question, yes: true });
        assert.deepEqual([status, override()], [400, undefined]);
    });

    it("changes nothing in another account than the stack's", async () => {
        const elsewhere = await Paged.open(operated, { operator: { account: "999999999999" } });
        const { code, text } = await elsewhere.begin({ command: "pause" });
        assert.deepEqual([code, override()], [2, undefined]);
        assert.match(text, /is in account 999999999999/);
        await elsewhere.close();
    });

    it("changes nothing when it may only be read", async () => {
        const readOnly = await Paged.open(operated, { readOnly: true });
        for (const path of ["/api/change", "/api/answer"]) {
            const { status } = await readOnly.post(path, { command: "pause", question: "any", yes: true });
            assert.deepEqual([status, override()], [403, undefined]);
        }
        assert.equal((await readOnly.data()).limit, 2);
        assert.match((await ask(readOnly.port, "/")).text, /"isReadOnly":true/);
        await readOnly.close();
    });

    it("reads once for all who ask at the same time, and not again before the next look is due", async () => {
        paged.passed += 60_000;
        const calls: string[] = [];
        operated.stack.world.intercept(({ service, operation }, next) => {
            calls.push(`${service}:${operation}`);
            return next();
        });
        await Promise.all(Array.from({ length: 20 }, () => paged.answer()));
        await paged.answer();
        assert.deepEqual(count(calls), {
            "dynamodb:GetItem": 3,
            "dynamodb:Query": 5,
            "glue:GetJobRuns": 1,
            "sqs:GetQueueAttributes": 2,
        });
    });
});

describe("The server of the live page, while things change", () => {
    let operated: Operated;
    let paged: Paged;
    /** Why calls fail; undefined: they do not. */
    let fault: AwsError | undefined;

    beforeEach(async () => {
        operated = await busyStack();
        paged = await Paged.open(operated);
        fault = undefined;
        operated.stack.world.intercept((call, next) => {
            if (fault && call.caller.isGuest === true) throw fault;
            return next();
        });
    });
    afterEach(async () => {
        await paged.close();
        await operated.close();
    });

    it("pauses, resumes and changes the limit after a yes", async () => {
        const change = async (wish: object): Promise<[LiveOutcome["code"], number | null]> => {
            const { code } = await paged.say(await paged.begin(wish), true);
            await operated.stack.pass(10 * SECOND);
            return [code, (await paged.data()).limit];
        };
        assert.deepEqual(await change({ command: "pause", for: "2h", reason: "upgrade" }), [0, 0]);
        assert.equal((await paged.data()).isPaused, true);
        assert.deepEqual(await change({ command: "resume" }), [0, 2]);
        assert.deepEqual(await change({ command: "limit", limit: 5 }), [0, 5]);
        assert.deepEqual(await change({ command: "reset" }), [0, 2]);
    });

    it("overwrites nothing that changed between the question and the yes", async () => {
        const asked = await paged.begin({ command: "pause" });
        await operated.run(["limit", "1", "--by", "ana", "--yes"]);
        const { code, text } = await paged.say(asked, true);
        assert.equal(code, 3);
        assert.match(text, /Somebody else changed the limit just now/);
        assert.deepEqual((operated.stack.item("jobs", "override") as { limit: unknown }).limit, { N: "1" });
    });

    it("sends dead letters again after a yes", async () => {
        const { causes } = JSON.parse((await paged.post("/api/letters", {})).text) as LiveLetters;
        const ids = causes[0]?.messageIds ?? [];
        const asked = await paged.begin({ command: "retry", ids });
        assert.match(asked.text, /^2 dead letters of 2: /);
        const { code, text } = await paged.say(asked, true);
        assert.deepEqual([code, text], [0, "2 messages sent."]);
        assert.equal((await paged.data()).deadLetters, 0);
    });

    it("stops a message that waits after a yes, and not before", async () => {
        const { messages } = await paged.data();
        const { id = "" } = messages.findLast(({ state }) => state === "waiting") ?? {};
        const asked = await paged.begin({ command: "cancel", ids: [id], reason: "wrong month", drop: true });
        assert.match(asked.text, new RegExp(`^Stop ${id} .*\n.*\nThe message ends as cancelled`));
        await operated.stack.pass(MINUTE);
        const stateOf = async (): Promise<string | undefined> =>
            (await paged.data()).messages.find((each) => each.id === id)?.state;
        assert.equal(await stateOf(), "waiting");
        assert.equal((await paged.say(asked, true)).code, 0);
        await operated.stack.pass(5 * MINUTE);
        assert.equal(await stateOf(), "cancelled");
    });

    it("frees no slot whose job runs, and says what runs", async () => {
        const { slots } = await paged.data();
        const outcome = await paged.begin({ command: "free", ids: [slots[0]?.holder] });
        assert.deepEqual([outcome.question, outcome.code], [undefined, 3]);
        assert.match(outcome.text, /keeps its slot: .*RUNNING/);
    });

    it("frees a slot whose work is over after a yes", async () => {
        const { slots } = await paged.data();
        const holder = slots[0]?.holder ?? "";
        // The event and the execution's own release are lost.
        operated.stack.world.intercept((call, next) => {
            const isOver = call.operation === "GetJobRuns" && call.caller.isGuest === true;
            if (!isOver) return next();
            const { JobRuns } = next() as { JobRuns: Record<string, unknown>[] };
            const CompletedOn = new Date(operated.stack.world.clock.now() - 120_000);
            return { JobRuns: JobRuns.map((run) => ({ ...run, JobRunState: "SUCCEEDED", CompletedOn })) };
        });
        const asked = await paged.begin({ command: "free", ids: [holder] });
        assert.match(asked.text, /Its work is over: jr_\w+ is SUCCEEDED\./);
        const { text } = await paged.say(asked, true);
        assert.equal(text, "The slot is free.");
    });

    it("says what its looks cost", async () => {
        const { lookDollars = 0 } = await paged.data();
        // Three items, five kinds of rows and two queues.
        assert.ok(lookDollars > 8 * 0.125e-6 + 2 * 0.5e-6 - 1e-9, String(lookDollars));
        assert.ok(lookDollars < 1e-5, String(lookDollars));
    });

    it("keeps dead letters after a no", async () => {
        const { items } = JSON.parse((await paged.post("/api/letters", {})).text) as LiveLetters;
        await paged.say(await paged.begin({ command: "retry", ids: [items[0]?.messageId] }), false);
        const { total, items: left } = await operated.json<LiveLetters>(["failed"]);
        assert.deepEqual([total, left.length], [2, 2]);
    });

    it("keeps the last look, with its age, while AWS refuses", async () => {
        await paged.data();
        fault = new AwsError("AccessDeniedException", "User is not authorized", 400);
        paged.passed += 30_000;
        const { data, age, problem } = await paged.answer();
        assert.deepEqual([data?.slots.length, age], [2, 30_000]);
        assert.match(problem?.message ?? "", /AWS does not allow this: User is not authorized/);
    });

    it("says nothing of a problem once it is over", async () => {
        fault = new AwsError("AccessDeniedException", "User is not authorized", 400);
        assert.match((await paged.answer()).problem?.message ?? "", /not authorized/);
        fault = undefined;
        paged.passed += 30_000;
        const { problem, age } = await paged.answer();
        assert.deepEqual([problem, age], [undefined, 0]);
    });

    it("does not wait for an AWS that does not answer", async () => {
        await paged.data();
        await operated.endpoint.close();
        paged.passed += 30_000;
        paged.wait = async () => undefined;
        const { data, age, problem } = await paged.answer();
        assert.deepEqual([data?.limit, age], [2, 30_000]);
        assert.equal(problem?.message, "AWS has not answered yet.");
    });

    it("begins another look when one has not ended for half a minute", async () => {
        await paged.data();
        let reads = 0;
        operated.stack.world.intercept((call, next) => {
            if (call.operation === "GetJobRuns" && ++reads === 1) return new Promise(() => undefined);
            return next();
        });
        paged.wait = async () => undefined;
        paged.passed += 10_000;
        assert.equal((await paged.answer()).problem?.message, "AWS has not answered yet.");
        paged.wait = () => new Promise(() => undefined);
        paged.passed += 31_000;
        const { age, problem } = await paged.answer();
        assert.deepEqual([age, problem], [0, undefined]);
    });

    it("counts a line that is longer than what it shows, but twice a minute at most", async () => {
        for (let i = 0; i < 4; i++) operated.stack.sendMany(60);
        await operated.stack.pass(MINUTE);
        let pages = 0;
        operated.stack.world.intercept((call, next) => {
            if (call.operation === "Query" && (call.input as { Limit: number }).Limit === 500) pages++;
            return next();
        });
        const { line, messages, hasMore } = await paged.data();
        assert.deepEqual([line.count, hasMore], [243, true]);
        assert.equal(messages.filter(({ state }) => state === "waiting").length, 200);
        paged.passed += 10_000;
        await paged.answer();
        assert.equal(pages, 1);
        paged.passed += 25_000;
        await paged.answer();
        assert.equal(pages, 2);
    });
});

function count(names: readonly string[]): Record<string, number> {
    const counts: Record<string, number> = {};
    for (const name of [...names].sort()) counts[name] = (counts[name] ?? 0) + 1;
    return counts;
}
