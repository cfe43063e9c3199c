/** What is wrong at run time is refused and reported, not guessed at. */
import assert from "node:assert/strict";
import { badDay, CONFIG, LIMIT, MINUTE, record, SECOND } from "./bad-day.ts";
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
        it(`${what}: nothing is granted within seconds, a metric and a log line say why, and what runs goes on`, async () => {
            await badDay({}, async (day) => {
                const sent = day.sendMany(5);
                await day.pass(MINUTE);
                const before = day.stack.item("jobs", "settings");
                spoil(day);
                await day.pass(5 * SECOND);
                assert.equal(day.stack.gate()?.limit, undefined);
                assert.equal(day.held().length, LIMIT);
                await day.pass(20 * MINUTE);
                assert.equal(day.stack.runs.length, LIMIT);
                assert.ok(day.metric("LimitUnreadable") >= 15);
                const said = day.logs.find(({ line }) =>
                    String(line["message"]).startsWith("no slot is granted"),
                );
                assert.match(String(said?.line["problem"]), why);
                day.deleteItem("override");
                day.putItem(before ?? {});
                await day.until("it goes on", () => day.held().length === LIMIT, 10 * SECOND);
                await day.ends({ done: sent });
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
        it(`a Glue job ${what} is reported by the next sweep, and its messages are done all the same`, async () => {
            await badDay({}, async (day) => {
                const { name, definition } = day.stack.glue.job(day.stack.output("jobName"));
                assert.equal(day.metric("JobMisconfigured"), 0);
                day.call("glue", "UpdateJob", { JobName: name, JobUpdate: { ...definition, ...change } });
                const sent = day.sendMany(4);
                await day.pass(6 * MINUTE);
                assert.ok(day.metric("JobMisconfigured") >= 1);
                const said = day.logs.find(({ line }) => line["message"] === "the Glue job is misconfigured");
                assert.match(String(said?.line["problem"]), problem);
                await day.ends({ done: sent });
            });
        });
    }
});
