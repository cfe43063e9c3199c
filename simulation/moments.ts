/**
 * Moments between two calls, in which a person or a fault hardly ever comes by chance. Each is laid over a scenario as the further
 * families are, by decisions of its own.
 */
import { decideAmong } from "./chance.ts";
import type { Chance } from "./chance.ts";
import { chanceOf, withActs } from "./families.ts";
import type { Act, Scenario } from "./scenario.ts";

const SECOND = 1000;
const MINUTE = 60 * SECOND;

/** Which moments there are, and how often: each has a share of all scenarios. */
const MOMENTS = {
    rescues: { share: 0.04, lay: withRedrivesInRescues },
    questions: { share: 0.03, lay: withLateQuestions },
    slots: { share: 0.03, lay: withLateSlots },
} as const;
export type Moment = keyof typeof MOMENTS;

/** The moment that a seed's scenario has, unless that has a rare day. */
export function momentOf(seed: number): Moment | undefined {
    return decideAmong(seed, "moment", MOMENTS);
}

export function withMoment(scenario: Scenario): Scenario {
    const moment = momentOf(scenario.seed);
    if (moment === undefined || scenario.calmFrom === 0) return scenario;
    return MOMENTS[moment].lay(scenario, chanceOf(scenario.seed, moment));
}

/**
 * People abort executions whose jobs fail at first, and redrive some of them while the reaper saves their messages, from one call to
 * the next. The line is short: who goes on then gets a slot at once.
 */
function withRedrivesInRescues(scenario: Scenario, chance: Chance): Scenario {
    const messages = scenario.messages.slice(0, SHORT_LINE).map((work) => ({
        ...work,
        fails: Math.max(1, work.fails),
        millis: Math.min(work.millis, MINUTE),
    }));
    const aborts = withActs({ ...scenario, messages }, chance.integer(8, 16), () => ({
        kind: "abort",
        which: chance.random.next(),
        redriveAfter: undefined,
    }));
    const redrives = withActs(aborts, chance.integer(8, 16), () => ({
        kind: "redriveInRescue",
        which: 0,
        pause: Math.floor(chance.between(0, CALLS_OF_A_RESCUE * scenario.model.call)),
    }));
    return { ...redrives, isInterleaved: true };
}

const SHORT_LINE = 12;

/** Between the read of a history and the end of the row. */
const CALLS_OF_A_RESCUE = 8;

/**
 * Executions do not know how their starts came out and ask the reaper while their short jobs go on, and what the reaper writes arrives
 * late: some of it when the jobs have failed, and the executions are in line again.
 */
function withLateQuestions(scenario: Scenario, chance: Chance): Scenario {
    const messages = scenario.messages.map((work) => ({
        ...work,
        fails: Math.max(1, work.fails),
        millis: chance.integer(1, 5) * SECOND,
    }));
    return {
        ...scenario,
        messages,
        rates: { ...scenario.rates, states: { unanswered: 0.25 }, reaper: { late: 0.5 } },
        lag: { ...scenario.lag, glue: 0 },
    };
}

/**
 * Somebody lowers the limit and raises it again, all the time, and what executions write arrives late: some of them are denied a slot,
 * join the line, and get it there.
 */
function withLateSlots(scenario: Scenario, chance: Chance): Scenario {
    const { calmFrom } = scenario;
    const pause = chance.integer(5, 20) * SECOND;
    const overrides = Array.from({ length: Math.floor(calmFrom / pause) }, (_, i): Act => ({
        kind: "override",
        at: i * pause,
        which: 0,
        limit: i % 2 === 0 ? 1 : 8,
        minutes: undefined,
    }));
    return {
        ...scenario,
        acts: [...scenario.acts, ...overrides],
        rates: { ...scenario.rates, states: { late: 0.25 } },
    };
}
