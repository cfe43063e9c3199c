/**
 * Families of faults, and of what people do, that came after the others. Each is on or off for a run, by decisions of its own, so
 * that a seed's scenario stays what it was without them.
 */
import { Chance, decide } from "./chance.ts";
import type { Act, Scenario } from "./scenario.ts";

const SECOND = 1000;
const MINUTE = 60 * SECOND;

/** The share of scenarios that have any of them, and in those the share of each. */
const ANY = 0.3;
const EACH = 0.35;

const FAMILIES: Readonly<Record<string, (scenario: Scenario, chance: Chance) => Scenario>> = {
    /** Functions run into their time limits. While a function runs as one step, no time passes in it. */
    timeOuts: (scenario, chance) => ({
        ...scenario,
        isInterleaved: true,
        timeOuts: chance.pick([0.002, 0.01, 0.05]),
    }),
    /** Batches of the table's stream come twice, and after later ones. */
    batches: (scenario, chance) => ({
        ...scenario,
        batches: { twice: chance.pick([0.05, 0.5]), heldBack: chance.pick([0, 0.1, 0.5]) },
    }),
    glueClock: (scenario, chance) => ({
        ...scenario,
        glueClock: chance.pick([-4 * MINUTE, -70 * SECOND, -3 * SECOND, 70 * SECOND, 4 * MINUTE]),
    }),
    /** Histories lag behind what else Step Functions shows of an execution. */
    histories: (scenario, chance) => ({
        ...scenario,
        lag: { ...scenario.lag, histories: chance.pick([3 * SECOND, 20 * SECOND, MINUTE]) },
    }),
    abortsIn: (scenario, chance) => {
        const count = chance.integer(18, 30);
        // Spread over all states: few of them are visited often.
        return withActs(scenario, count, (i) => abortIn(chance, (i + chance.random.next()) / count));
    },
    redrives: (scenario, chance) => withActs(scenario, chance.integer(1, 4), () => redriveAgain(chance)),
    otherJob: (scenario, chance) => withActs(scenario, chance.integer(1, 3), () => changeJob(chance)),
};

export function withFamilies(scenario: Scenario): Scenario {
    const { seed } = scenario;
    if (scenario.calmFrom === 0 || decide(seed, "families") >= ANY) return scenario;
    const drawn = Object.entries(FAMILIES).filter(([name]) => decide(seed, `family ${name}`) < EACH);
    return drawn.reduce((all, [name, lay]) => lay(all, chanceOf(seed, name)), scenario);
}

function chanceOf(seed: number, name: string): Chance {
    return new Chance(Math.floor(decide(seed, `chance of ${name}`) * 2 ** 32));
}

type Drawn = Act extends infer Each ? (Each extends Act ? Omit<Each, "at"> : never) : never;

function withActs(scenario: Scenario, count: number, draw: (i: number) => Drawn): Scenario {
    const { calmFrom, seed } = scenario;
    const acts = Array.from({ length: count }, (_, i) => {
        const act = draw(i);
        return { ...act, at: Math.floor(decide(seed, `${act.kind} ${i}`) * calmFrom) } as Act;
    });
    return { ...scenario, acts: [...scenario.acts, ...acts] };
}

/** Half of the time at once: most states last only as long as their call. */
function abortIn(chance: Chance, which: number): Drawn {
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
