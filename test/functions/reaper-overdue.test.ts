/** What a look at the run of one event does for the slots of others, whose events were lost. */
import assert from "node:assert/strict";
import { awsError } from "./fake-aws.ts";
import type { Answer, FakeAws } from "./fake-aws.ts";
import { ACQUIRED, EXECUTION, freed, GLUE_EVENT, glueRun, reap, reported, scene } from "./reaper-scene.ts";
import type { RunParts } from "./reaper-scene.ts";

const SECOND = 1000;
const MINUTE = 60 * SECOND;

/** An event says that the run of `a/1/0` has ended; the run of `b/1/0` ended so many milliseconds ago, as the list shows. */
function overdue(ago: number, { cooldown = "0", further = [], more = {} }: Parts = {}): FakeAws {
    const aws = scene({
        settle: cooldown,
        items: {
            gate: { holders: { M: { "a/1/0": taken, "b/1/0": taken } }, limit: { N: "2" } },
            "job#b": rowOf("b"),
        },
        more: {
            GetJobRuns: () => ({
                JobRuns: [
                    { ...glueRun({ state: "SUCCEEDED" }), CompletedOn: new Date(aws.present - MINUTE) },
                    {
                        ...glueRun({ state: "SUCCEEDED", holder: "b/1/0", id: "jr_2" }),
                        CompletedOn: new Date(aws.present - ago),
                    },
                    ...further.map(glueRun),
                ],
            }),
            ...more,
        },
    });
    return aws;
}

interface Parts {
    readonly cooldown?: string;
    readonly further?: readonly RunParts[];
    readonly more?: Record<string, Answer>;
}

const taken = { M: { since: { N: String(ACQUIRED) } } };

function rowOf(name: string): object {
    return {
        ...{ entry: { S: `job#${name}` }, messageId: { S: name }, holder: { S: `${name}/1/0` } },
        ...{
            execution: { S: EXECUTION },
            job: { S: "job" },
            opened: { S: new Date(ACQUIRED).toISOString() },
        },
    };
}

describe("The reaper, at Glue's event of one run,", () => {
    it("frees the slot of another run that ended ten seconds ago: its event was lost", async () => {
        const aws = overdue(10 * SECOND);
        assert.deepEqual(await reap(aws, GLUE_EVENT), []);
        assert.deepEqual(freed(aws), ["a/1/0", "b/1/0"]);
    });

    it("frees it once for all events that it looks at together", async () => {
        const aws = overdue(10 * SECOND);
        await reap(aws, GLUE_EVENT, GLUE_EVENT, GLUE_EVENT);
        assert.deepEqual(
            freed(aws).filter((holder) => holder === "b/1/0"),
            ["b/1/0"],
        );
    });

    it("lists no run and reads no row more than once for that", async () => {
        const aws = overdue(10 * SECOND);
        await reap(aws, GLUE_EVENT);
        assert.equal(aws.inputs("GetJobRuns").length, 1);
        const rows = aws.inputs("GetItem").filter(({ Key }) => JSON.stringify(Key).includes("job#b"));
        assert.equal(rows.length, 1);
    });

    for (const [what, ago, parts] of [
        ["ended a second ago: its own event is on its way", SECOND, {}],
        ["ended six minutes ago: a sweep has looked at it since", 6 * MINUTE, {}],
        ["cools down", 20 * SECOND, { cooldown: "30" }],
    ] as const)
        it(`does not look at another run that ${what}`, async () => {
            const aws = overdue(ago, parts);
            await reap(aws, GLUE_EVENT);
            const rows = aws.inputs("GetItem").filter(({ Key }) => JSON.stringify(Key).includes("job#b"));
            assert.deepEqual([rows, freed(aws).includes("b/1/0")], [[], false]);
        });

    it("keeps the slot of another run while a further one with its holder goes on", async () => {
        const further = [{ state: "RUNNING", holder: "b/1/0", id: "jr_2_attempt_1" }];
        const aws = overdue(10 * SECOND, { further });
        await reap(aws, GLUE_EVENT);
        assert.deepEqual(freed(aws), ["a/1/0"]);
    });

    it("reports no slot of another pool's run, and frees none", async () => {
        const aws = overdue(10 * SECOND, { further: [{ state: "FAILED", holder: "c/1/0", id: "jr_3" }] });
        await reap(aws, GLUE_EVENT);
        assert.deepEqual([freed(aws), reported(aws)], [["a/1/0", "b/1/0"], []]);
    });

    it("looks at no other run while its queue has a whole batch: their events may wait there", async () => {
        const aws = overdue(10 * SECOND);
        const others = Array.from({ length: 9 }, () => ({ rescue: { pool: "etl", execution: "z" } }));
        await reap(aws, GLUE_EVENT, ...others);
        assert.deepEqual(freed(aws), ["a/1/0"]);
    });

    it("is done with its event even if it cannot look at another run", async () => {
        const more = {
            UpdateItem: (input: { ExpressionAttributeNames?: Record<string, string> }) => {
                if (input.ExpressionAttributeNames?.["#me"] === "b/1/0")
                    throw awsError("InternalServerError");
                return {};
            },
        };
        const aws = overdue(10 * SECOND, { more });
        assert.deepEqual(await reap(aws, GLUE_EVENT), []);
        assert.match(JSON.stringify(aws.logged), /could not look/);
    });
});
