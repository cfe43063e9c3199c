/** What the dispatcher says and does while the breaker is open, and how it sees standstill. */
import assert from "node:assert/strict";
import { create } from "../../functions/dispatcher.ts";
import { CONTEXT, FakeAws } from "./fake-aws.ts";

const NOW = Date.parse("2026-03-01T12:00:00Z");
const MINUTE = 60_000;
const ENV = { TABLE_NAME: "slots", POOLS: '["etl"]', REAPER_QUEUE_URL: "https://reaper" };
const SETTINGS = { limit: { N: "2" }, cooldownSeconds: { N: "0" }, pauseAfterFailures: { N: "5" } };

/** A gate with a limit of 2, and holders that acquired their slots so many minutes ago. */
function gate(minutes: readonly number[], parts: object = {}): object {
    const holders = minutes.map((ago, i) => [
        `x${i}/1/0`,
        { M: { since: { N: String(NOW - ago * MINUTE) } } },
    ]);
    return {
        holders: { M: Object.fromEntries(holders) as object },
        limit: { N: "2" },
        pauseAfterFailures: { N: "5" },
        dispatcherSeen: { S: "2026-03-01T11:59:30.000Z" },
        ...parts,
    };
}

/** The attributes of a breaker that is open until so many minutes from now. */
function open(minutes: number, failures = 5): object {
    const probeAfter = { N: String(NOW + minutes * MINUTE) };
    return { failures: { N: String(failures) }, probeAfter };
}

const waiting = ["a", "b", "c"].map((name) => ({
    entry: { S: `job#${name}` },
    messageId: { S: name },
    holder: { S: `${name}/1/0` },
    token: { S: `token-${name}` },
}));

type Rows = Readonly<Record<string, readonly object[]>>;

/** A sweep over this gate, with these rows by what their positions begin with. */
async function sweep(
    item: object,
    rows: Rows = { "wait#": waiting },
    settings: object = SETTINGS,
): Promise<FakeAws> {
    const items: Record<string, object> = { gate: item, settings };
    const aws = new FakeAws({
        GetItem: (input: { Key: { entry: { S: string } } }) => ({ Item: items[input.Key.entry.S] }),
        Query: (input: { ExpressionAttributeValues: Record<string, { S: string }> }) => ({
            Items: rows[input.ExpressionAttributeValues[":position"]?.S ?? ""] ?? [],
        }),
        UpdateItem: () => ({}),
        SendTaskSuccess: () => ({}),
        TransactWriteItems: () => ({}),
    });
    aws.present = NOW;
    await create(aws.platform(ENV))({ sweep: true }, CONTEXT);
    return aws;
}

function woken(aws: FakeAws): unknown[] {
    return aws.inputs("SendTaskSuccess").map((input) => input["taskToken"]);
}

function gauge(aws: FakeAws, name: string): number | undefined {
    return aws.metrics.find((metric) => metric.name === name)?.value;
}

describe("The dispatcher at an open breaker", () => {
    it("wakes nobody before the pause is over", async () => {
        assert.deepEqual(woken(await sweep(gate([], open(1)))), []);
    });

    it("wakes the first in line, and no other, once the pause is over", async () => {
        assert.deepEqual(woken(await sweep(gate([], open(-1)))), ["token-a"]);
    });

    it("wakes nobody beside a probe that runs", async () => {
        assert.deepEqual(woken(await sweep(gate([5], open(-1)))), []);
    });

    it("says so in the log and the metric, with what it has counted and when the next probe may start", async () => {
        const aws = await sweep(gate([], open(4, 7)));
        assert.equal(gauge(aws, "BreakerOpen"), 1);
        const [said] = aws.logged.filter(({ level }) => level === "error");
        assert.match(said?.message ?? "", /^the breaker is open/);
        assert.deepEqual(
            [said?.fields["failures"], said?.fields["nextProbeAfter"]],
            [7, "2026-03-01T12:04:00.000Z"],
        );
    });

    it("counts no idle slot while it pauses", async () => {
        assert.equal(gauge(await sweep(gate([], open(1))), "SlotsIdle"), 0);
    });
});

describe("The dispatcher at a closed breaker", () => {
    it("wakes as many as there are free slots", async () => {
        const aws = await sweep(gate([], { failures: { N: "4" } }));
        assert.deepEqual(woken(aws), ["token-a", "token-b"]);
        assert.equal(gauge(aws, "BreakerOpen"), 0);
    });

    it("carries another pauseAfterFailures over to the gate, and the limit with it", async () => {
        const aws = await sweep(gate([]), {}, { ...SETTINGS, pauseAfterFailures: { N: "9" } });
        const [write] = aws.inputs("TransactWriteItems");
        assert.match(JSON.stringify(write), /pauseAfterFailures = :pause.*":pause":\{"N":"9"\}/);
        assert.match(JSON.stringify(write), /":limit":\{"N":"2"\}/);
    });

    it("takes pauseAfterFailures off the gate when the settings have none", async () => {
        const aws = await sweep(gate([]), {}, { ...SETTINGS, pauseAfterFailures: { N: "0" } });
        assert.match(JSON.stringify(aws.inputs("TransactWriteItems")), / REMOVE pauseAfterFailures"/);
    });

    it("writes no limit while limit and pauseAfterFailures are as they are configured", async () => {
        assert.deepEqual((await sweep(gate([]))).inputs("TransactWriteItems"), []);
    });
});

describe("The gauge MinutesWithoutRelease", () => {
    const minutes = async (item: object, rows?: Rows): Promise<number | undefined> =>
        gauge(await sweep(item, rows), "MinutesWithoutRelease");

    it("counts from the last slot that was acquired, while all are taken and somebody waits", async () => {
        assert.equal(await minutes(gate([90, 30])), 30);
    });

    it("is 0 while nobody waits", async () => {
        assert.equal(await minutes(gate([90, 30]), {}), 0);
    });

    it("is 0 while a slot is free", async () => {
        assert.equal(await minutes(gate([90])), 0);
    });

    it("is 0 at a limit of 0, which is a pause", async () => {
        const settings = { ...SETTINGS, limit: { N: "0" } };
        const aws = await sweep(gate([90, 30], { limit: { N: "0" } }), { "wait#": waiting }, settings);
        assert.equal(gauge(aws, "MinutesWithoutRelease"), 0);
    });

    it("leaves out holders whose time cannot be read: the reaper reports them", async () => {
        const holders = { M: { "x/1/0": { M: {} }, "y/1/0": { M: { since: { N: String(NOW - MINUTE) } } } } };
        assert.equal(await minutes(gate([], { holders })), 1);
        const none = { M: { "x/1/0": { M: {} }, "y/1/0": { M: {} } } };
        assert.equal(await minutes(gate([], { holders: none })), 0);
    });
});

describe("The gauge SlotsIdle", () => {
    const idle = async (item: object, rows?: Rows): Promise<number | undefined> =>
        gauge(await sweep(item, rows), "SlotsIdle");

    it("counts the free slots while somebody waits and nobody has acquired one for a minute", async () => {
        assert.deepEqual([await idle(gate([])), await idle(gate([1]))], [2, 1]);
    });

    it("is 0 when a slot was acquired within the last minute", async () => {
        assert.equal(await idle(gate([0.5])), 0);
    });

    it("is 0 while nobody waits", async () => {
        assert.equal(await idle(gate([]), {}), 0);
    });

    it("counts an execution as waiting that stands aside, because it was woken in vain", async () => {
        const [aside] = waiting;
        assert.ok(aside);
        const { token: _, ...opened } = aside;
        assert.deepEqual(
            [await idle(gate([]), { "open#": [aside] }), await idle(gate([]), { "open#": [opened] })],
            [2, 0],
        );
    });
});

describe("The dispatcher's look at the oldest", () => {
    const since = (minutes: number): string => new Date(NOW - minutes * MINUTE).toISOString();
    const line = [
        { ...waiting[0], opened: { S: since(5) } },
        { ...waiting[1], opened: { S: since(90) } },
    ];

    it("says how many minutes ago the oldest in line was accepted, whatever its place", async () => {
        const aws = await sweep(gate([1, 2]), { "wait#": line });
        assert.equal(gauge(aws, "OldestInLineMinutes"), 90);
    });

    it("says for how many minutes the oldest holder has had its slot", async () => {
        assert.equal(gauge(await sweep(gate([1, 42])), "OldestHolderMinutes"), 42);
    });

    it("says nothing of a pool in which nobody waits or holds a slot", async () => {
        const aws = await sweep(gate([]), {});
        assert.equal(gauge(aws, "OldestInLineMinutes"), undefined);
        assert.equal(gauge(aws, "OldestHolderMinutes"), undefined);
    });

    it("takes two log lines for all of them", async () => {
        const aws = await sweep(gate([10, 20]));
        assert.equal(aws.metrics.length, 8);
        assert.equal(aws.metricLines, 2);
    });
});
