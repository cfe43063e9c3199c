import assert from "node:assert/strict";
import { LIVE_FORMAT } from "../../../cli/page/live-data.ts";
import type { LiveData, LiveMessage } from "../../../cli/page/live-data.ts";
import {
    ageText,
    changeLine,
    liveMessages,
    sentenceOf,
    spokenOf,
    titleOf,
    wallTime,
    wholeTime,
    windowRange,
    zoneName,
} from "../../../cli/page/live-messages.ts";

const MINUTE = 60_000;
const NOW = Date.parse("2026-11-28T12:00:00Z");

function message(fields: Partial<LiveMessage> = {}): LiveMessage {
    const opened = NOW - 10 * MINUTE;
    return {
        ...{ id: "0123456789", group: "g", state: "waiting", attempt: 1, opened, runs: [] },
        phases: [["waiting", NOW]],
        ...fields,
    };
}

function data(fields: Partial<LiveData> = {}): LiveData {
    return {
        format: LIVE_FORMAT,
        ...{ stack: "s", region: "r", pool: "jobs", job: "j", now: NOW, limit: 2, configured: 2 },
        ...{ isPaused: false, slots: [], line: { count: 0, isExact: true }, queue: 0, deadLetters: 0 },
        lastHour: { done: 0, failed: 0, isExact: true },
        ...{ dispatcherSeen: 10, reasons: [], messages: [], hasMore: false, missing: [] },
        history: { times: [], holders: [], limits: [], waiting: [] },
        ...fields,
    };
}

const slot = { holder: "m/1/0", message: "m", state: "running" };

describe("The messages of the live page", () => {
    it("are bars from their arrival on", () => {
        const phases = [
            ["waiting", NOW - 4 * MINUTE],
            ["running", NOW],
        ] as const;
        const [{ spans, waited, end, label } = assert.fail()] = liveMessages({
            messages: [message({ phases })],
        });
        assert.deepEqual(spans, [
            { phase: "waiting", from: NOW - 10 * MINUTE, to: NOW - 4 * MINUTE },
            { phase: "running", from: NOW - 4 * MINUTE, to: NOW },
        ]);
        assert.deepEqual([waited, end, label], [6 * MINUTE, NOW, "01234567"]);
    });

    it("mark the attempts that failed", () => {
        const phases = [
            ["running", NOW - 4 * MINUTE],
            ["backing off", NOW - 3 * MINUTE],
            ["running", NOW],
        ] as const;
        const runs = [
            ["jr_1", "TIMEOUT"],
            ["jr_2", "RUNNING"],
        ] as const;
        const [{ spans } = assert.fail()] = liveMessages({ messages: [message({ phases, runs })] });
        assert.deepEqual(
            spans.map(({ hasFailed = false }) => hasFailed),
            [true, false, false],
        );
    });

    it("say their place, their reason, and which attempt it is", () => {
        const messages = [message({ place: 1200, reason: "behind", attempt: 2 }), message()];
        assert.deepEqual(
            liveMessages({ messages }).map(({ note }) => note),
            ["place 1,200 in line, behind, attempt 2", undefined],
        );
    });

    it("fit into the time shown, from five minutes to six hours", () => {
        const fits = (opened: number): number => {
            const pool = data({ messages: [message({ opened })] });
            const { from, to } = windowRange("what fits", pool, liveMessages(pool));
            return Math.round((to - from) / MINUTE);
        };
        assert.deepEqual(
            [1, 100, 10_000].map((minutes) => fits(NOW - minutes * MINUTE)),
            [5, 102, 360],
        );
        assert.deepEqual(windowRange("1 h", data(), []), { from: NOW - 60 * MINUTE, to: NOW });
    });

    it("are known since the oldest of them came", () => {
        const pool = data({ messages: [message()] });
        assert.deepEqual(wholeTime(pool, liveMessages(pool)), { from: NOW - 10 * MINUTE, to: NOW });
    });
});

describe("The sentence of the live page", () => {
    it("says what a person must know first", () => {
        const reasons = [{ code: "no-gate", class: "trouble", text: "there is no gate" }] as const;
        assert.deepEqual(sentenceOf(data({ reasons })), {
            kind: "trouble",
            text: "no-gate: there is no gate",
        });
    });

    it("is spoken without the numbers that change all the time", () => {
        const reasons = [{ code: "paused", class: "held", text: "limit 0 for 3 s" }] as const;
        const line = { count: 3, isExact: true };
        assert.deepEqual(
            [data({ reasons, line }), data({ line }), data({ slots: [slot] }), data()].map(spokenOf),
            ["paused", "Messages wait.", "Nobody waits; jobs run.", "Nobody waits, and nothing runs."],
        );
    });

    it("has its numbers in the title of the tab", () => {
        assert.equal(titleOf(data({ slots: [slot] })), "1/2, 0 in line: s");
        assert.equal(titleOf(data({ limit: null })), "0/–, 0 in line: s");
    });

    it("says how many slots are taken, and how many messages wait", () => {
        const said = (fields: Partial<LiveData>): string => sentenceOf(data(fields)).text;
        assert.equal(said({}), "Nobody waits, and nothing runs.");
        assert.equal(said({ slots: [slot] }), "1 of 2 slots taken; nobody waits.");
        assert.equal(
            said({ slots: [slot], line: { count: 1, isExact: true } }),
            "1 of 2 slots taken, 1 message waits.",
        );
        assert.equal(
            said({ limit: 1, line: { count: 5000, isExact: false } }),
            "0 of 1 slot taken, at least 5,000 messages wait.",
        );
    });
});

describe("The texts of the live page", () => {
    it("have the day with a moment where the hours do not tell", () => {
        const noon = new Date(2026, 10, 28, 12, 5, 9).getTime();
        assert.deepEqual(
            [undefined, MINUTE, 1440 * MINUTE].map((step) => wallTime(noon, step)),
            ["12:05:09", "12:05", "11-28 12:05"],
        );
    });

    it("are written in UTC for whoever compares them with a log", () => {
        const late = Date.parse("2026-11-28T23:30:00Z");
        assert.deepEqual(
            [wallTime(late, 1000, "UTC"), wallTime(late, 1440 * MINUTE, "UTC"), zoneName(late, "UTC")],
            ["23:30:00", "11-28 23:30", "UTC"],
        );
    });

    it("name the zone", () => {
        assert.match(zoneName(NOW), /^UTC([+-]\d\d:\d\d)?$/);
    });

    it("call data stale that are older than ten seconds, or than three looks", () => {
        assert.deepEqual(ageText(400, 2), { text: "read now", isStale: false });
        assert.deepEqual(ageText(11_000, 2), { text: "read 11 s ago", isStale: true });
        assert.deepEqual(ageText(25_000, 10), { text: "read 25 s ago", isStale: false });
    });

    it("have the command line of each change, safe to paste", () => {
        assert.equal(
            changeLine({ command: "pause", for: "2h", reason: "it's $(late)" }),
            "turnstile pause --for 2h --reason 'it'\\''s $(late)'",
        );
        assert.equal(changeLine({ command: "limit", limit: 3, reason: "" }), "turnstile limit 3");
        assert.equal(changeLine({ command: "reset" }), "turnstile limit --reset");
        assert.equal(changeLine({ command: "retry", ids: ["0123456789"] }), "turnstile retry 01234567");
        assert.equal(
            changeLine({ command: "cancel", ids: ["0123456789"], reason: "no", drop: true }),
            "turnstile cancel --reason no 01234567 --drop",
        );
        assert.equal(
            changeLine({ command: "free", ids: ["0123456789/1/0"] }),
            "turnstile free 0123456789/1/0",
        );
    });
});
