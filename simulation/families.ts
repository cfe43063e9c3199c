/**
 * Families of faults, and of what people do, that came after the others. Each is on or off for a run, by decisions of its own, so
 * that a seed's scenario stays what it was without them.
 */
import { Chance, decide } from "./chance.ts";
import type { Act, Scenario } from "./scenario.ts";

const SECOND = 1000;
const MINUTE = 60 * SECOND;

/** The share of scenarios that have any of them. */
const ANY = 0.3;

interface Family {
    /** In so many of those. */
    readonly share: number;
    readonly lay: (scenario: Scenario, chance: Chance) => Scenario;
}

const FAMILIES: Readonly<Record<string, Family>> = {
    timeOuts: { share: 0.35, lay: withTimeOuts },
    batches: { share: 0.35, lay: withDisturbedBatches },
    glueClock: { share: 0.35, lay: withGlueClock },
    histories: { share: 0.35, lay: withLaggingHistories },
    abortsIn: { share: 0.6, lay: withAborts },
    redrives: { share: 0.35, lay: withRedrives },
    otherJob: { share: 0.35, lay: withOtherJobs },
};

export function withFamilies(scenario: Scenario): Scenario {
    const { seed } = scenario;
    if (scenario.calmFrom === 0 || decide(seed, "families") >= ANY) return scenario;
    const drawn = Object.entries(FAMILIES).filter(
        ([name, { share }]) => decide(seed, `family ${name}`) < share,
    );
    return drawn.reduce((all, [name, { lay }]) => lay(all, chanceOf(seed, name)), scenario);
}

/** Functions run into their time limits. While a function runs as one step, no time passes in it. */
function withTimeOuts(scenario: Scenario, chance: Chance): Scenario {
    return { ...scenario, isInterleaved: true, timeOuts: chance.pick([0.002, 0.01, 0.05]) };
}

/** Batches of the table's stream come twice, and after later ones. */
function withDisturbedBatches(scenario: Scenario, chance: Chance): Scenario {
    return {
        ...scenario,
        batches: { twice: chance.pick([0.05, 0.5]), heldBack: chance.pick([0, 0.1, 0.5]) },
    };
}

function withGlueClock(scenario: Scenario, chance: Chance): Scenario {
    const skews = [-4 * MINUTE, -70 * SECOND, -3 * SECOND, 70 * SECOND, 4 * MINUTE] as const;
    return { ...scenario, glueClock: chance.pick(skews) };
}

/** Histories lag behind what else Step Functions shows of an execution. */
function withLaggingHistories(scenario: Scenario, chance: Chance): Scenario {
    return {
        ...scenario,
        lag: { ...scenario.lag, histories: chance.pick([3 * SECOND, 20 * SECOND, MINUTE]) },
    };
}

/** Spread over all states: few of them are visited often. */
function withAborts(scenario: Scenario, chance: Chance): Scenario {
    const count = chance.integer(18, 30);
    return withActs(scenario, count, (i) => ({
        ...abortIn(chance, (i + chance.random.next()) / count),
        isChased: decide(scenario.seed, `chased ${i}`) < 0.5,
    }));
}

function withRedrives(scenario: Scenario, chance: Chance): Scenario {
    return withActs(scenario, chance.integer(1, 4), () => redriveAgain(chance));
}

function withOtherJobs(scenario: Scenario, chance: Chance): Scenario {
    return withActs(scenario, chance.integer(1, 3), () => changeJob(chance));
}

export function chanceOf(seed: number, name: string): Chance {
    return new Chance(Math.floor(decide(seed, `chance of ${name}`) * 2 ** 32));
}

type Drawn = Act extends infer Each ? (Each extends Act ? Omit<Each, "at"> : never) : never;

export function withActs(scenario: Scenario, count: number, draw: (i: number) => Drawn): Scenario {
    const { calmFrom, seed } = scenario;
    const acts = Array.from({ length: count }, (_, i) => {
        const act = draw(i);
        return { ...act, at: Math.floor(decide(seed, `${act.kind} ${i}`) * calmFrom) };
    });
    return { ...scenario, acts: [...scenario.acts, ...acts] };
}

/** Half of the time at once: most states last only as long as their call. */
function abortIn(chance: Chance, which: number): Omit<Drawn & { kind: "abortIn" }, "isChased"> {
    return {
        kind: "abortIn",
        which,
        pause: chance.happens(0.5) ? 0 : Math.floor(chance.between(0, 30 * SECOND)),
        redriveAfter: chance.happens(0.5) ? Math.floor(chance.between(SECOND, 3 * MINUTE)) : undefined,
    };
}

function redriveAgain(chance: Chance): Drawn {
    return {
        kind: "redriveAgain",
        which: chance.random.next(),
        times: chance.integer(3, 8),
        pause: Math.floor(chance.between(SECOND, 2 * MINUTE)),
    };
}

function changeJob(chance: Chance): Drawn {
    return { kind: "changeJob", which: 0, millis: Math.floor(chance.between(MINUTE, 30 * MINUTE)) };
}
