/** Nothing in the product calls itself again and again: Lambda ends a function after 16 invocations in one chain. */
import assert from "node:assert/strict";
import { CONFIG, DAY, HOUR, LOST, MINUTE, operation, record, seenOn } from "./bad-day.ts";
import type { BadDay } from "./bad-day.ts";

/** Lambda Developer Guide, "Use Lambda recursive loop detection to prevent infinite loops". */
const BOUND = 16;

/** The most invocations of one function in one chain, by the trace headers of the functions' calls. */
function watchChains(day: BadDay): () => number {
    let longest = 0;
    day.stack.world.intercept((call, next) => {
        const lineage = /Lineage=([^;]+)/.exec(call.caller.traceHeader ?? "")?.[1] ?? "";
        for (const link of lineage.split("|")) longest = Math.max(longest, Number(link.split(":")[1] ?? 0));
        return next();
    });
    return () => longest;
}

/** Jobs may take as long as Glue allows by default: two days. */
const LONG = { ...CONFIG, jobTimeoutMinutes: "2880" };

before(record(LONG));

describe("A week in which executions ask how their jobs ended", () => {
    const seen = seenOn({ config: LONG, model: { syncPollMillis: () => 24 * HOUR } }, async (day) => {
        const longest = watchChains(day);
        let questions = 0;
        day.stack.world.intercept((call, next) => {
            if (call.operation === "SendMessage" && JSON.stringify(call.input).includes('{\\"ask\\"'))
                questions++;
            return next();
        });
        const sent: string[] = [];
        // A third of a day each: a week.
        for (let i = 0; i < 21; i++) {
            day.loseReply(operation("StartJobRun"), LOST);
            sent.push(day.send({ minutes: i % 6 === 0 ? (40 * HOUR) / MINUTE : 30 }), day.send());
            await day.pass(8 * HOUR);
        }
        await day.ends({ done: sent }, 2 * DAY);
        const stopped = day.stack.world.counters.get("lambda.recursions") ?? 0;
        return { questions, longest: longest(), stopped };
    });

    it("sees that they ask again and again", () => {
        assert.ok(seen().questions > 100, `${seen().questions} questions`);
    });

    it("has no chain of invocations that comes near the bound", () => {
        const { longest } = seen();
        assert.ok(longest >= 1 && longest < BOUND / 2, `${longest} invocations in one chain`);
    });

    it("has no invocation that Lambda stops", () => {
        assert.equal(seen().stopped, 0);
    });
});
