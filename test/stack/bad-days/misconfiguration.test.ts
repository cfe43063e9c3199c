/** What is wrong at run time is refused and reported; nothing is guessed. */
import assert from "node:assert/strict";
import { CONFIG, LIMIT, MINUTE, record, SECOND, seenOn } from "./bad-day.ts";
import type { BadDay } from "./bad-day.ts";
import type { Item } from "../../../slots/items.ts";

const settings = (limit?: object): Item =>
    ({ entry: { S: "settings" }, cooldownSeconds: { N: "0" }, ...(limit && { limit }) }) as Item;

const WRONG: readonly (readonly [string, (day: BadDay) => void, RegExp])[] = [
    ["settings that are missing", (day) => day.deleteItem("settings"), /there is no settings item/],
    ["settings without a limit", (day) => day.putItem(settings()), /settings: limit is missing/],
    [
        "a configured limit that is text",
        (day) => day.putItem(settings({ S: "10" })),
        /settings: limit is {"S":"10"}/,
    ],
    [
        "a configured limit below 0",
        (day) => day.putItem(settings({ N: "-1" })),
        /settings: limit is {"N":"-1"}/,
    ],
    [
        "a configured limit that is no whole number",
        (day) => day.putItem(settings({ N: "2.5" })),
        /settings: limit is/,
    ],
    [
        "a configured limit beyond reason",
        (day) => day.putItem(settings({ N: "100000" })),
        /settings: limit is/,
    ],
    ["an override that is nonsense", (day) => day.override("all"), /override: limit is {"S":"all"}/],
];

before(record(CONFIG));

describe("Wrong at run time", () => {
    for (const [what, spoil, why] of WRONG) {
        describe(what, () => {
            const seen = seenOn({}, async (day) => {
                const sent = day.sendMany(5);
                await day.pass(MINUTE);
                const before = day.stack.item("jobs", "settings");
                spoil(day);
                await day.pass(5 * SECOND);
                const [limit, held] = [day.stack.gate()?.limit, day.held().length];
                await day.pass(20 * MINUTE);
                const [runs, metric] = [day.stack.runs.length, day.metric("LimitUnreadable")];
                const logged = day.logs.find(({ line }) =>
                    String(line["message"]).startsWith("no slot is granted"),
                );
                day.deleteItem("override");
                day.putItem(before ?? {});
                await day.until("it goes on", () => day.held().length === LIMIT, 10 * SECOND);
                await day.ends({ done: sent });
                return { limit, held, runs, metric, problem: String(logged?.line["problem"]) };
            });

            it("leave no limit in force within seconds", () => {
                assert.equal(seen().limit, undefined);
            });

            it("let what runs go on", () => {
                assert.equal(seen().held, LIMIT);
            });

            it("grant nothing", () => {
                assert.equal(seen().runs, LIMIT);
            });

            it("show in the metric LimitUnreadable every minute", () => {
                assert.ok(seen().metric >= 15);
            });

            it("have the reason in a log line", () => {
                assert.match(seen().problem, why);
            });
        });
    }

    const JOBS: readonly (readonly [string, object, RegExp])[] = [
        ["with MaxRetries > 0", { MaxRetries: 2 }, /MaxRetries is 2/],
        ["that queues its runs", { JobRunQueuingEnabled: true }, /JobRunQueuingEnabled is on/],
        [
            "with MaxConcurrentRuns below the limit",
            { ExecutionProperty: { MaxConcurrentRuns: 1 } },
            /MaxConcurrentRuns is 1, below the limit of 2/,
        ],
    ];
    for (const [what, change, problem] of JOBS) {
        describe(`a Glue job ${what}`, () => {
            const seen = seenOn({}, async (day) => {
                const { name, definition } = day.stack.glue.job(day.stack.output("jobName"));
                assert.equal(day.metric("JobMisconfigured"), 0);
                day.call("glue", "UpdateJob", { JobName: name, JobUpdate: { ...definition, ...change } });
                const sent = day.sendMany(4);
                await day.pass(6 * MINUTE);
                const metric = day.metric("JobMisconfigured");
                const logged = day.logs.find(
                    ({ line }) => line["message"] === "the Glue job is misconfigured",
                );
                const { rows } = await day.ends({ done: sent });
                return { sent, metric, problem: String(logged?.line["problem"]), rows };
            });

            it("shows in the metric JobMisconfigured at the next sweep", () => {
                assert.ok(seen().metric >= 1);
            });

            it("is in a log line with the reason", () => {
                assert.match(seen().problem, problem);
            });

            it("runs its messages all the same", () => {
                const { sent, rows } = seen();
                assert.ok(sent.every((id) => rows.get(id)?.outcome === "done"));
            });
        });
    }
});
