import assert from "node:assert/strict";
import { readGate, readOverride, readRow, readSettings, readWorkflow } from "../../slots/items.ts";
import type { AttributeValue } from "@aws-sdk/client-dynamodb";
import type { Item } from "../../slots/items.ts";

const NOW = Date.parse("2026-03-01T12:00:00Z");
const FULL_ROW = {
    messageId: "m",
    group: "g",
    bodyHash: "h",
    execution: "arn",
    job: "j",
    opened: "t",
    position: "wait#0",
    holder: "n/1/0",
    token: "secret",
    ended: "e",
    outcome: "done",
    joined: "w",
};

function texts(values: Readonly<Record<string, string>>): Item {
    return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, { S: value }]));
}

describe("The gate's item", () => {
    it("is no gate until it has its map of holders", () => {
        assert.equal(readGate(undefined), undefined);
        assert.equal(readGate({}), undefined);
        assert.equal(readGate({ limit: { N: "1" } }), undefined);
        assert.equal(readGate({ holders: { S: "?" } }), undefined);
    });

    it("is read with what the breaker has counted, and with who is at the last attempt", () => {
        const numbers = { pauseAfterFailures: 5, failures: 6, failingSince: 1, probeAfter: 2, probeBy: 3 };
        const slot = { M: { since: { N: "1" }, isLast: { BOOL: true } } };
        const item: Record<string, AttributeValue> = { holders: { M: { "a/1/0": slot } } };
        for (const [name, value] of Object.entries(numbers)) item[name] = { N: String(value) };
        assert.deepEqual(readGate(item), {
            holders: { "a/1/0": { since: 1, isLast: true } },
            dispatcherSeen: "",
            hasBacklog: false,
            ...numbers,
        });
    });

    it("is read with its holders, limit and backlog", () => {
        const item: Item = {
            holders: { M: { "a/1/0": { M: { since: { N: "1772366400000" } } } } },
            limit: { N: "4" },
            dispatcherSeen: { S: "d" },
            backlog: { S: "yes" },
        };
        assert.deepEqual(readGate(item), {
            holders: { "a/1/0": { since: 1772366400000 } },
            limit: 4,
            dispatcherSeen: "d",
            hasBacklog: true,
        });
    });

    it("is read without what a stranger left out: such a slot has no moment, such a dispatcher is silent", () => {
        const item: Item = {
            holders: { M: { "a/1/0": { M: {} }, "c/1/0": { S: "?" } } },
        };
        const nothing = { since: Number.NaN };
        assert.deepEqual(readGate(item), {
            holders: { "a/1/0": nothing, "c/1/0": nothing },
            dispatcherSeen: "",
            hasBacklog: false,
        });
    });
});

describe("A row's item", () => {
    it("is read with everything that the protocol wrote", () => {
        const { position, ...others } = FULL_ROW;
        const item = { ...texts({ entry: "job#n", linePosition: position, ...others }), attempt: { N: "2" } };
        assert.deepEqual(readRow(item), { name: "n", attempt: 2, ...FULL_ROW });
    });

    it("is read with empty texts for what must be there and is not, and without the rest", () => {
        assert.deepEqual(readRow({}), {
            name: "",
            messageId: "",
            group: "",
            bodyHash: "",
            execution: "",
            job: "",
            attempt: 1,
            opened: "",
        });
    });
});

describe("The settings' item", () => {
    it("is read with its limit and its seconds to settle, none unless given", () => {
        assert.deepEqual(readSettings({ limit: { N: "3" }, cooldownSeconds: { N: "1.5" } }), {
            value: { limit: 3, cooldownSeconds: 1.5 },
        });
        assert.deepEqual(readSettings({ limit: { N: "3" } }), { value: { limit: 3, cooldownSeconds: 0 } });
    });

    it("is read with what opens the breaker; 0 and nothing mean that it has none", () => {
        const read = (N?: string): unknown =>
            readSettings({ limit: { N: "3" }, ...(N !== undefined && { pauseAfterFailures: { N } }) });
        const none = { value: { limit: 3, cooldownSeconds: 0 } };
        assert.deepEqual([read("0"), read()], [none, none]);
        assert.deepEqual(read("5"), { value: { ...none.value, pauseAfterFailures: 5 } });
    });

    it("may allow from 0 to 1000 slots", () => {
        for (const limit of [0, 1000]) {
            const settings = readSettings({ limit: { N: String(limit) } });
            assert.deepEqual(settings, { value: { limit, cooldownSeconds: 0 } });
        }
    });

    it("is refused with what came when a value makes no sense", () => {
        assert.deepEqual(readSettings({}), {
            problem: "settings: limit is missing, not a whole number from 0 to 1000",
        });
        assert.deepEqual(readSettings({ limit: { S: "3" } }), {
            problem: 'settings: limit is {"S":"3"}, not a whole number from 0 to 1000',
        });
        assert.deepEqual(readSettings({ limit: { N: "3" }, cooldownSeconds: { N: "-1" } }), {
            problem: 'settings: cooldownSeconds is {"N":"-1"}, not a number of seconds from 0 up',
        });
        for (const wrong of [{ N: "-1" }, { N: "2.5" }, { S: "5" }]) {
            assert.deepEqual(readSettings({ limit: { N: "3" }, pauseAfterFailures: wrong }), {
                problem: `settings: pauseAfterFailures is ${JSON.stringify(wrong)}, not a whole number from 0 up`,
            });
        }
    });
});

describe("The workflow's item", () => {
    const complete = { stateMachine: "arn", job: "j", deadLetterQueueUrl: "url" };

    it("is read when it is whole", () => {
        assert.deepEqual(readWorkflow(texts(complete)), complete);
    });

    it("is none when it or any part is missing", () => {
        assert.equal(readWorkflow(undefined), undefined);
        assert.equal(readWorkflow({}), undefined);
        for (const missing of Object.keys(complete)) {
            const parts = Object.entries(complete).filter(([name]) => name !== missing);
            assert.equal(readWorkflow(texts(Object.fromEntries(parts))), undefined, missing);
        }
    });
});

describe("The override's item", () => {
    const until = "2026-03-01T12:00:00.001Z";

    it("is read with who set it, why and until when", () => {
        const item = { limit: { N: "2" }, ...texts({ by: "ada", why: "backfill", until }) };
        assert.deepEqual(readOverride(item, NOW), {
            value: { limit: 2, by: "ada", why: "backfill", until: NOW + 1 },
        });
    });

    it("holds without an end, and without a name or a reason", () => {
        assert.deepEqual(readOverride({ limit: { N: "2" } }, NOW), { value: { limit: 2, by: "", why: "" } });
    });

    it("is none when there is none, and when its end has come", () => {
        assert.deepEqual(readOverride(undefined, NOW), { value: undefined });
        const ended = { limit: { N: "2" }, until: { S: "2026-03-01T12:00:00.000Z" } };
        assert.deepEqual(readOverride(ended, NOW), { value: undefined });
    });

    for (const [written, moment] of [
        ["2026-03-01T13:00:00+01:00", NOW],
        ["2026-03-01T12:30Z", NOW + 30 * 60_000],
        ["2026-03-01T14:00:00.5+0100", NOW + 3_600_500],
    ] as const) {
        it(`ends at a date and time with its zone, such as ${written}`, () => {
            const read = readOverride({ limit: { N: "0" }, until: { S: written } }, NOW - 1);
            assert.deepEqual(read, { value: { limit: 0, by: "", why: "", until: moment } });
        });
    }

    it("ends at seconds since 1970 when its end is a number", () => {
        const read = readOverride({ limit: { N: "0" }, until: { N: "1798740000" } }, NOW);
        assert.deepEqual(read, { value: { limit: 0, by: "", why: "", until: 1_798_740_000_000 } });
    });

    const unreadable: AttributeValue[] = [
        ...["2030-31-01T18:00:00Z", "18:00", "tomorrow", "24:30", "", "31.01.2030", "2030-01-31"].map(
            (S) => ({ S }),
        ),
        ...["2030-02-30T18:00:00Z", "2030-01-31T18:00:00", "2030-01-31T25:00:00Z"].map((S) => ({ S })),
        { N: "1798740000000" },
        { N: "-1" },
        { BOOL: true },
        { NULL: true },
    ];
    for (const end of unreadable) {
        it(`grants nothing and says so when its end cannot be read: ${JSON.stringify(end)}`, () => {
            const read = readOverride({ limit: { N: "0" }, until: end }, NOW);
            assert.deepEqual(read, {
                problem: `override: until is ${JSON.stringify(end)}; expected a date and time with its zone such as 2027-01-31T18:00:00Z, or seconds since 1970`,
            });
        });
    }

    it("grants nothing and says so when it has an attribute that no override has: it is a misspelt one", () => {
        const read = readOverride({ limit: { N: "0" }, untl: { S: until } }, NOW);
        assert.deepEqual(read, {
            problem: "override: unknown attribute untl; expected limit, by, why, until",
        });
    });

    for (const name of ["by", "why"]) {
        it(`grants nothing and says so when \`${name}\` is not a text`, () => {
            const read = readOverride({ limit: { N: "0" }, [name]: { N: "1" } }, NOW);
            assert.deepEqual(read, { problem: `override: ${name} is {"N":"1"}, not a text` });
        });
    }

    it("grants nothing and says so when its limit makes no sense", () => {
        assert.deepEqual(readOverride({ limit: { S: "0" } }, NOW), {
            problem: 'override: limit is {"S":"0"}, not a whole number from 0 to 1000',
        });
    });
});
