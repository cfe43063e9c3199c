/**
 * Days that independent draws hardly ever make, because several things must come together. Each is laid over a scenario that
 * was drawn, in a few of a hundred, and is decided by the seed apart from all other draws.
 */
import { decide, decideAmong } from "./chance.ts";
import { TWO_POOLS } from "./programs.ts";
import type { Act, Outage, Scenario } from "./scenario.ts";

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

/** Which days there are, and how often: each has a share of all scenarios. */
const DAYS = {
    silent: { share: 0.02, lay: silentDay },
    torn: { share: 0.03, lay: tornJoins },
    deadly: { share: 0.03, lay: deathsInLine },
    crowded: { share: 0.03, lay: crowdedLooks },
    shared: { share: 0.05, lay: sharedTable },
} as const;
export type RareDay = keyof typeof DAYS;

/** The rare day that a seed's scenario has. */
export function rareDayOf(seed: number): RareDay | undefined {
    return decideAmong(seed, "rare day", DAYS);
}

export function onRareDay(scenario: Scenario): Scenario {
    const day = rareDayOf(scenario.seed);
    return day ? DAYS[day].lay(scenario) : withCorrections(scenario);
}

/** Nobody calls the dispatcher for most of a day, and no sweep looks at the line: executions have only themselves. */
function silentDay(scenario: Scenario): Scenario {
    const calmFrom = Math.round((12 + 12 * decide(scenario.seed, "silent day")) * HOUR);
    const streamStops = [{ from: 2 * MINUTE, to: calmFrom }];
    return { ...scenario, calmFrom, outages: [], streamStops, skippedSchedules: 1 };
}

/**
 * Each job fails at least once. Every ten minutes executions cannot reach the table for a while, and then Glue, whose answers come
 * late too; the reaper sweeps all the time. On half of these days the dispatcher is dead, so executions acquire slots of which
 * their rows know nothing.
 */
function tornJoins(scenario: Scenario): Scenario {
    const { calmFrom, seed } = scenario;
    const isDead = decide(seed, "dead dispatcher") < 0.5;
    const silence: Outage = { from: 5 * MINUTE, to: calmFrom, caller: "dispatcher", service: "all" };
    const torn = Array.from({ length: Math.ceil(calmFrom / (10 * MINUTE)) }, (_, i): Outage[] => {
        const from = Math.round((10 * i + 2 * decide(seed, `torn ${i}`)) * MINUTE);
        const to = from + Math.round((1 + 4 * decide(seed, `mended ${i}`)) * MINUTE);
        return [
            { from, to, caller: "states", service: "dynamodb" },
            { from: to, to: to + 3 * MINUTE, caller: "states", service: "glue" },
        ];
    });
    const messages = scenario.messages.map((work) => ({
        ...work,
        fails: Math.max(1, work.fails),
        millis: Math.min(work.millis, MINUTE),
    }));
    return {
        ...scenario,
        messages,
        acts: [...scenario.acts, ...sweeps(calmFrom, 45 * SECOND)].sort((a, b) => a.at - b.at),
        outages: isDead ? [silence, ...torn.flat()] : torn.flat(),
        lag: { ...scenario.lag, glue: 20 * SECOND },
    };
}

/** Executions die in line, and no event and no sweep tells of it. */
function deathsInLine(scenario: Scenario): Scenario {
    const { calmFrom, seed } = scenario;
    const aborts = Array.from({ length: 8 }, (_, i): Act => ({
        kind: "abort",
        at: Math.floor(decide(seed, `death ${i}`) * calmFrom * 0.5),
        which: decide(seed, `death of ${i}`),
        redriveAfter: undefined,
    }));
    return {
        ...scenario,
        rates: {},
        outages: [],
        streamStops: [],
        events: { lost: 1, twice: 0, late: 0 },
        skippedSchedules: 1,
        acts: aborts.sort((a, b) => a.at - b.at),
    };
}

/**
 * Two look at the line all the time, and neither sees whom the other woke: the reaper's clock is ahead, and people have it sweep.
 * So executions are woken in vain and join again, while writes about their earlier tokens are on their way. Somebody overrides
 * the limit every minute, and the dispatcher cannot reach Step Functions for a minute of every five.
 */
function crowdedLooks(scenario: Scenario): Scenario {
    const { calmFrom, seed } = scenario;
    const overrides = Array.from({ length: Math.floor(calmFrom / MINUTE) }, (_, i): Act => {
        const limit = Math.floor(10 * decide(seed, `limit ${i}`));
        const at = Math.floor((i + decide(seed, `override ${i}`)) * MINUTE);
        return { kind: "override", at, which: 0, limit: limit === 0 ? "two" : limit, minutes: undefined };
    });
    const outages = Array.from({ length: Math.ceil(calmFrom / (5 * MINUTE)) }, (_, i): Outage => {
        const from = Math.round((5 * i + 3 * decide(seed, `deaf ${i}`)) * MINUTE);
        return { from, to: from + MINUTE, caller: "dispatcher", service: "states" };
    });
    return {
        ...scenario,
        isInterleaved: true,
        acts: [...sweeps(calmFrom, 20 * SECOND), ...overrides].sort((a, b) => a.at - b.at),
        outages,
        rates: { dispatcher: { late: 0.25 }, reaper: { late: 0.08 }, states: { slow: 0.25, late: 0.08 } },
        clocks: { starter: 0, dispatcher: 0, reaper: 70 * SECOND },
    };
}

/** Two pools share a table. No deployment takes one of them away. */
function sharedTable(scenario: Scenario): Scenario {
    const messages = scenario.messages.map((work, i) => ({
        ...work,
        pool: decide(scenario.seed, `pool of ${i}`) < 0.5 ? 0 : 1,
    }));
    const acts = scenario.acts.map((act) =>
        act.kind === "deploy" ? { ...act, configuration: TWO_POOLS } : act,
    );
    return withCorrections({ ...scenario, configuration: TWO_POOLS, messages, acts });
}

/** People have the reaper sweep again and again. */
function sweeps(calmFrom: number, pause: number): Act[] {
    return Array.from({ length: Math.floor(calmFrom / pause) }, (_, i) => ({
        kind: "sweep",
        at: i * pause,
        which: 0,
    }));
}

/** A person who overrides the limit sometimes corrects it within seconds. */
function withCorrections(scenario: Scenario): Scenario {
    const corrections = scenario.acts.flatMap((act, i): Act[] => {
        if (act.kind !== "override" || decide(scenario.seed, `correction ${i}`) > 0.5) return [];
        const [delay, limit] = [decide(scenario.seed, `delay ${i}`), decide(scenario.seed, `limit ${i}`)];
        return [{ ...act, at: act.at + Math.ceil(delay * 15 * SECOND), limit: Math.floor(limit * 9) }];
    });
    if (corrections.length === 0) return scenario;
    return { ...scenario, acts: [...scenario.acts, ...corrections].sort((a, b) => a.at - b.at) };
}
