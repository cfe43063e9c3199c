import assert from "node:assert/strict";
import { compileEventPattern } from "../../embedded-aws/index.ts";
import { streamFilters } from "../../slots/stream.ts";

const matchers = streamFilters().map((pattern) => compileEventPattern(JSON.stringify(pattern), "lambda"));

type Change = readonly [what: string, entry: string, image?: object];

/** The row of an execution in line, which stood there before. */
function joinedFrom(position: string): object {
    return { token: { S: "t" }, linePosition: { S: "wait#5" }, joinedFrom: { S: position } };
}

/** Whether the filters let a record of this item through; without an image the item was removed. */
function wakes(entry: string, image?: object): boolean {
    const dynamodb = { Keys: { entry: { S: entry } }, ...(image && { NewImage: image }) };
    return matchers.some((matches) => matches({ dynamodb }));
}

describe("A change of the table wakes the dispatcher", () => {
    const waking: readonly Change[] = [
        ["when a slot was released", "gate", { lastChange: { S: "release" } }],
        ["when somebody closed the breaker by hand", "gate", { lastChange: { S: "close" } }],
        [
            "when a slot was acquired while more turns are to come",
            "gate",
            { lastChange: { S: "acquire" }, backlog: { S: "yes" } },
        ],
        ["when an execution joined the line", "job#a-1", joinedFrom("open#2026")],
        ["when one joined again that was woken", "job#a-1", joinedFrom("run#2026")],
        ["when one joined again that had asked", "job#a-1", joinedFrom("ask#2026")],
        [
            "when a message was dead-lettered, whose execution may have failed at once",
            "job#a-1",
            { outcome: { S: "deadLettered" } },
        ],
        ["when the settings were changed", "settings", { limit: { N: "3" } }],
        ["when the override was changed", "override", { limit: { N: "0" } }],
        ["when the override was removed", "override"],
    ];
    for (const [what, entry, image] of waking) it(what, () => assert.ok(wakes(entry, image)));
});

describe("A change of the table leaves the dispatcher asleep", () => {
    const others: readonly Change[] = [
        ["when a slot was acquired and no more turns are to come", "gate", { lastChange: { S: "acquire" } }],
        ["when the dispatcher reported", "gate", { lastChange: { S: "heartbeat" } }],
        [
            "when the dispatcher reported while more turns are to come",
            "gate",
            { lastChange: { S: "heartbeat" }, backlog: { S: "yes" } },
        ],
        ["when the dispatcher changed the gate's limit", "gate", { lastChange: { S: "limit" } }],
        ["when the gate was removed", "gate"],
        [
            "when a row lost its token",
            "job#a-1",
            { linePosition: { S: "run#1" }, joinedFrom: { S: "open#2026" } },
        ],
        ["when an execution looked by itself and joined again", "job#a-1", joinedFrom("wait#5")],
        ["when a job was done", "job#a-1", { outcome: { S: "done" } }],
        ["when a row was removed", "job#a-1"],
    ];
    for (const [what, entry, image] of others) it(what, () => assert.ok(!wakes(entry, image)));
});
