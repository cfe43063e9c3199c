/** The simulator: it repeats a run to the byte, and it notices what it is there to notice. */
import assert from "node:assert/strict";
import { setImmediate } from "node:timers/promises";
import { queryObjects } from "node:v8";
import { EmbeddedWorld } from "../../embedded-aws/index.ts";
import type { RecordedProgram } from "../../embedded-aws/index.ts";
import { runCampaign, seedsFrom } from "../../simulation/campaign.ts";
import { edgesOf, missing } from "../../simulation/coverage.ts";
import { momentOf } from "../../simulation/moments.ts";
import { play } from "../../simulation/play.ts";
import type { Result } from "../../simulation/play.ts";
import { recordPrograms } from "../../simulation/programs.ts";
import { drawFirst, drawScenario } from "../../simulation/scenario.ts";
import type { Scenario } from "../../simulation/scenario.ts";
import { shrink } from "../../simulation/shrink.ts";
import { mistaken, mistakenAlarm } from "./mistaken.ts";

let programs: readonly RecordedProgram[];

before(async function () {
    this.timeout(120_000);
    programs = await recordPrograms();
});

/** The properties that break in scenarios. */
async function broken(scenarios: readonly Scenario[], of: readonly RecordedProgram[]): Promise<Set<string>> {
    const properties = new Set<string>();
    for (const scenario of scenarios)
        for (const { property } of (await play(scenario, { programs: of })).violations)
            properties.add(property);
    return properties;
}

const FIRST_SEEDS = Array.from({ length: 200 }, (_, seed) => seed);

describe("The simulator", () => {
    for (const seed of [1, 2, 4, 5, 6]) {
        it(`finds nothing broken in seed ${seed}`, async () => {
            const { violations } = await play(drawScenario(seed), { programs });
            assert.deepEqual(violations, []);
        });
    }

    it("finds nothing broken where two pools share a table (seed 199)", async () => {
        const { violations, counts } = await play(drawScenario(199), { programs });
        assert.deepEqual(violations, []);
        assert.equal(counts["pools 2"], 1);
    });

    it("finds that a slot whose row people delete comes back (seed 482)", async () => {
        const { violations, counts } = await play(drawScenario(482), { programs });
        assert.deepEqual(violations, []);
        assert.equal(counts["slots freed by people"], 1);
    });

    it("finds nothing broken in a run without faults", async () => {
        const { violations, counts } = await play(drawScenario(7, "calm"), { programs });
        assert.deepEqual(violations, []);
        assert.ok((counts["order checked"] ?? 0) > 0);
    });

    it("repeats a run to the byte", async () => {
        const [one, other] = [
            await play(drawScenario(11), { programs, trace: true }),
            await play(drawScenario(11), { programs, trace: true }),
        ];
        assert.deepEqual(other.trace, one.trace);
        assert.equal(other.digest, one.digest);
    });

    it("plays the same run whether or not it keeps the trace", async () => {
        const [one, other] = [
            await play(drawScenario(11), { programs, trace: true }),
            await play(drawScenario(11), { programs }),
        ];
        assert.equal(other.digest, one.digest);
        assert.deepEqual(other.trace, []);
    });

    it("draws the same scenario again from the same seed", () => {
        assert.deepEqual(drawScenario(5), drawScenario(5));
        assert.notDeepEqual(drawScenario(5), drawScenario(6));
    });

    it("draws the further families apart from the rest of a scenario, which stays what it was", () => {
        for (const seed of FIRST_SEEDS.filter((each) => momentOf(each) === undefined)) {
            const {
                timeOuts,
                batches: _,
                glueClock: __,
                lag,
                acts,
                isInterleaved,
                ...rest
            } = drawScenario(seed);
            const before = drawFirst(seed);
            const later = ["abortIn", "redriveAgain", "changeJob"];
            assert.deepEqual(
                {
                    ...rest,
                    isInterleaved: timeOuts === undefined ? isInterleaved : before.isInterleaved,
                    lag: { glue: lag.glue, executions: lag.executions },
                    acts: acts.filter(({ kind }) => !later.includes(kind)),
                },
                before,
            );
        }
    });

    it("draws each of the further families", () => {
        const drawn = FIRST_SEEDS.map((seed) => drawScenario(seed));
        for (const family of ["timeOuts", "batches", "glueClock"] as const)
            assert.ok(
                drawn.some((scenario) => scenario[family] !== undefined),
                family,
            );
        assert.ok(drawn.some(({ lag }) => lag.histories !== undefined));
        for (const act of ["abortIn", "redriveAgain", "changeJob"])
            assert.ok(
                drawn.some(({ acts }) => acts.some(({ kind }) => kind === act)),
                act,
            );
    });

    it("draws each of the moments between two calls", () => {
        const moments = new Set(FIRST_SEEDS.map(momentOf));
        assert.deepEqual([...moments].sort(), ["questions", "rescues", "slots", undefined]);
        const acts = FIRST_SEEDS.flatMap((seed) => drawScenario(seed).acts.map(({ kind }) => kind));
        assert.ok(acts.includes("redriveInRescue"));
    });

    it("draws no fault in a calm scenario", () => {
        for (let seed = 0; seed < 50; seed++) {
            const { rates, outages, acts, calmFrom, events } = drawScenario(seed, "calm");
            assert.deepEqual(
                { rates, outages, acts, calmFrom, events },
                { rates: {}, outages: [], acts: [], calmFrom: 0, events: { lost: 0, twice: 0, late: 0 } },
            );
        }
    });

    it("plays seeds in threads as it plays them alone", async () => {
        const results: Result[] = [];
        const options = { programs, profile: "mild", seeds: [20, 21, 22], millis: Infinity } as const;
        const campaign = await runCampaign({
            ...options,
            workers: 2,
            onResult: (result) => results.push(result),
        });
        assert.equal(campaign.runs, 3);
        assert.deepEqual(campaign.broken, []);
        assert.deepEqual(campaign.failed, []);
        const alone = await play(drawScenario(21, "mild"), { programs });
        assert.equal(results.find(({ seed }) => seed === 21)?.digest, alone.digest);
    });

    it("keeps nothing of a run that has ended, though callers died in it", async () => {
        await play(drawScenario(21, "swarm"), { programs });
        await setImmediate();
        const before = queryObjects(EmbeddedWorld, { format: "count" });
        let killed = 0;
        for (const seed of [22, 23, 25]) {
            const { counts } = await play(drawScenario(seed, "swarm"), { programs });
            for (const [what, count] of Object.entries(counts)) if (what.includes("killed")) killed += count;
        }
        await setImmediate();
        assert.ok(killed > 0);
        // The last one may still be closing.
        assert.ok(queryObjects(EmbeddedWorld, { format: "count" }) <= before + 1);
    });

    it("starts no further run once its time is over", async () => {
        const options = { programs, profile: "calm", seeds: seedsFrom(1, 1000), millis: 0 } as const;
        assert.equal((await runCampaign({ ...options, workers: 1 })).runs, 0);
    });
});

describe("A seed that once broke the protocol:", () => {
    const FOUND: readonly (readonly [seed: number, sentence: string])[] = [
        [913203, "an execution that is redriven while the reaper saves its message starts no job"],
        [
            40060,
            "a start that Glue accepted and answered as throttled is seen by a reaper whose clock is ahead",
        ],
        [
            87,
            "an accepted message that is delivered again gets no letter although its arguments are forbidden",
        ],
        [50, "an accepted message that could not start then starts although its arguments are forbidden"],
        [200450, "a message whose row people delete is judged anew, whatever its job does"],
        [40272, "a run that Glue lists late is seen by a reaper whose clock is ahead"],
        [300325, "the message of an execution is saved that died a moment before its turn came"],
    ];
    for (const [seed, sentence] of FOUND) {
        it(`${sentence} (seed ${seed})`, async () => {
            assert.deepEqual((await play(drawFirst(seed), { programs })).violations, []);
        });
    }
});

describe("A course of events that once broke the protocol:", () => {
    it("an execution stays in line when questions arrive late that it asked before (as in seed 601209)", async () => {
        const SECOND = 1000;
        // Executions ask, because their starts are not answered. Each sweep writes their questions anew, half of them too late.
        const asked: Scenario = {
            ...drawScenario(1, "calm"),
            ...{ configuration: 0, calmFrom: 600 * SECOND, isInterleaved: true },
            messages: Array.from({ length: 8 }, (_, group) => ({
                ...{ at: SECOND, group, priority: 5, millis: 100 * SECOND },
                ...{ fails: 1, capacityFails: 0, isBad: false },
            })),
            rates: { reaper: { late: 0.5 }, states: { unanswered: 0.5 } },
            acts: Array.from({ length: 120 }, (_, i) => ({ kind: "sweep", at: 5 * SECOND * i, which: 0 })),
        };
        const { violations, counts } = await play(asked, { programs });
        assert.deepEqual(violations, []);
        assert.ok((counts["fault late reaper"] ?? 0) > 0);
        assert.ok((counts["edge Back off > Wait in line"] ?? 0) > 0);
    });
});

describe("A seed that breaks the protocol without a later mend:", () => {
    it("a message is saved only when the history of its execution shows how that ended (seed 145)", async () => {
        const { violations, counts } = await play(drawScenario(145), { programs });
        assert.deepEqual(violations, []);
        assert.ok((counts["fault stale GetExecutionHistory"] ?? 0) > 0);
    });
});

describe("A seed that was once taken for broken:", () => {
    it("an execution keeps a cooldown that was configured for so short that nobody acquired meanwhile (seed 1795873789)", async () => {
        assert.deepEqual((await play(drawFirst(1795873789), { programs })).violations, []);
    });

    it("a holder that an older gate brings back is freed while its execution runs on another slot (seed 621300)", async () => {
        assert.deepEqual((await play(drawScenario(621300), { programs })).violations, []);
    });
});

describe("A mistake is noticed:", () => {
    const HOUR = 3_600_000;
    const calm = drawScenario(1, "calm");
    const messages = Array.from({ length: 30 }, (_, group) => ({
        ...{ at: 60_000, group, priority: 5, millis: HOUR / 4 },
        ...{ fails: group % 3 === 0 ? 9 : 0, capacityFails: 0, isBad: false },
    }));
    const busy: Scenario = { ...calm, messages, configuration: 0 };
    /** Nobody is woken, so executions look for themselves, and find every slot taken. */
    const alone: Scenario = {
        ...busy,
        calmFrom: 24 * HOUR,
        outages: (["dispatcher", "reaper"] as const).map((caller) => ({
            ...{ from: 120_000, to: 24 * HOUR, caller, service: "all" },
        })),
    };

    it("a slot is granted at the limit", async () => {
        const program = mistaken(programs, (text) =>
            text.replaceAll("size(holders) < #limit", "size(holders) <= #limit"),
        );
        const found = await broken([alone], program);
        assert.ok(found.has("a slot is granted only below the limit"), [...found].join());
    });

    it("an execution waits where nobody who looks at the line sees it", async () => {
        const program = mistaken(programs, (text) => text.replaceAll("'wait#'", "'run#'"));
        const found = await broken([{ ...busy, messages: busy.messages.slice(1, 3) }], program);
        assert.ok(
            found.has("a waiter stands in line until its token is taken off its row"),
            [...found].join(),
        );
    });

    it("a job is started without a slot", async () => {
        const program = mistaken(programs, (text) => {
            const definition = JSON.parse(text) as { States: Record<string, { Catch?: { Next: string }[] }> };
            for (const each of definition.States["Acquire slot"]?.Catch ?? []) each.Next = "Run job";
            return JSON.stringify(definition);
        });
        const found = await broken([alone], program);
        assert.ok(found.has("a run starts only with a slot"), [...found].join());
    });

    it("a dead letter does not say why", async () => {
        const found = await broken(
            [busy],
            mistaken(programs, (text) =>
                text.replaceAll(
                    "'StringValue': $failure.error & ': ' & $failure.cause",
                    "'StringValue': $failure.error",
                ),
            ),
        );
        assert.ok(
            found.has("a dead letter names its cause: why it was refused, or the error of its run"),
            [...found].join(),
        );
    });

    it("an execution goes in circles", async () => {
        interface Exits {
            Next?: string;
            Catch?: { Next: string }[];
        }
        const program = mistaken(programs, (text) => {
            const definition = JSON.parse(text) as { States: Record<string, Exits> };
            const release = definition.States["Release slot"] as Exits;
            const [refused] = release.Catch ?? [];
            // The other catch still leads on.
            for (const exit of [release, refused]) if (exit) exit.Next = "Release slot";
            return JSON.stringify(definition);
        });
        const found = await broken([{ ...busy, messages: busy.messages.slice(1, 2) }], program);
        assert.ok(
            found.has("in a run without faults an execution makes no more transitions than its runs need"),
            [...found].join(),
        );
    });

    it("a message that failed is closed as done", async () => {
        const found = await broken(
            [busy],
            mistaken(programs, (text) => text.replaceAll('"deadLettered"', '"done"')),
        );
        assert.ok(found.has("a message is done only if its job succeeded"), [...found].join());
    });
});

describe("A mistake in an alarm is noticed:", () => {
    let ordinary: readonly RecordedProgram[];
    before(() => (ordinary = programs.slice(0, 1)));

    const calm = drawScenario(1, "calm");
    const work = { at: 60_000, priority: 5, millis: 60_000, fails: 0, capacityFails: 0, isBad: false };
    const done: Scenario = { ...calm, messages: [{ ...work, group: 1 }], configuration: 0 };
    const failed: Scenario = { ...done, messages: [{ ...work, group: 1, fails: 9 }] };

    it("none goes off for a dead letter", async () => {
        const found = await broken([failed], mistakenAlarm(ordinary, "dead-letters", undefined));
        assert.ok(found.has("what needs a person sets off an alarm"), [...found].join());
    });

    it("one of dead letters goes off without any", async () => {
        const found = await broken([done], mistakenAlarm(ordinary, "dead-letters", { threshold: -1 }));
        assert.ok(found.has("an alarm goes off only for what it says"), [...found].join());
    });

    it("one goes off in a run without faults", async () => {
        const found = await broken([done], mistakenAlarm(ordinary, "no-release", { threshold: 0 }));
        assert.ok([...found].some((property) => property.startsWith("a run without faults and people")));
    });
});

describe("The coverage of a campaign", () => {
    it("wants every edge of the deployed definition", () => {
        const edges = edgesOf(programs[0] as RecordedProgram);
        for (const edge of ["Enter line > Acquire slot", "Acquire slot > Wait in line"])
            assert.ok(edges.includes(edge), edge);
    });

    it("names what never occurred", () => {
        const unseen = missing(new Map([["fault late states", 1]]), programs);
        assert.ok(unseen.includes("the fault twice"));
        assert.ok(!unseen.includes("the fault late"));
        assert.ok(unseen.includes("the edge Enter line > Acquire slot"));
        assert.ok(unseen.includes("the act drop"));
        assert.ok(unseen.includes("an execution that was aborted in Cool down"));
        assert.ok(unseen.includes("two pools on one table"));
        assert.ok(unseen.includes("the log line of the reaper: slot freed"));
    });
});

describe("The search for a smaller scenario", () => {
    const scenario = drawScenario(3);
    const outcome = (breaks: boolean): Result => ({
        seed: 3,
        violations: breaks ? [{ property: "p", what: "", seconds: 0, about: [] }] : [],
        counts: {},
        trace: [],
        digest: "",
    });

    it("keeps what the property needs to break, and leaves out the rest", async () => {
        const needed = scenario.messages[2];
        const { scenario: small } = await shrink(scenario, outcome(true), (candidate) =>
            Promise.resolve(outcome(candidate.messages.some((message) => message === needed))),
        );
        assert.deepEqual(small.messages, [needed]);
        assert.deepEqual(small.rates, {});
        assert.equal(small.isInterleaved, false);
    });

    it("returns the scenario itself when nothing can be left out", async () => {
        const { scenario: same } = await shrink(scenario, outcome(true), () =>
            Promise.resolve(outcome(false)),
        );
        assert.equal(same, scenario);
    });
});
