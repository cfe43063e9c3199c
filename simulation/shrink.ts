/** Looks for a smaller scenario in which the same property breaks: one with fewer faults, acts and messages. */
import type { Result } from "./play.ts";
import { CALLERS } from "./scenario.ts";
import type { Scenario } from "./scenario.ts";

/** At most so many scenarios are tried. */
const MAX_TRIES = 400;

export interface Shrunk {
    readonly scenario: Scenario;
    readonly result: Result;
    readonly tries: number;
}

/**
 * @param first what came of the scenario; its first property must break in the smaller one too
 * @param playIt plays a scenario
 */
export async function shrink(
    scenario: Scenario,
    first: Result,
    playIt: (scenario: Scenario) => Promise<Result>,
): Promise<Shrunk> {
    const property = first.violations[0]?.property;
    let best = scenario;
    let result = first;
    let tries = 0;
    for (let isSmaller = true; isSmaller && tries < MAX_TRIES;) {
        isSmaller = false;
        for (const candidate of smallerThan(best)) {
            if (++tries > MAX_TRIES) break;
            const outcome = await playIt(candidate);
            if (!outcome.violations.some((violation) => violation.property === property)) continue;
            best = candidate;
            result = outcome;
            isSmaller = true;
            break;
        }
    }
    return { scenario: best, result, tries };
}

/** Scenarios with less in them, those that leave out most first. */
function* smallerThan(scenario: Scenario): Generator<Scenario> {
    const { messages, acts, rates, outages, streamStops } = scenario;
    for (const family of ["timeOuts", "batches", "glueClock"] as const) {
        if (scenario[family] === undefined) continue;
        const { [family]: _, ...rest } = scenario;
        yield rest;
    }
    const none = { lost: 0, twice: 0, late: 0 };
    if (Object.keys(rates).length > 0) yield { ...scenario, rates: {} };
    if (outages.length > 0) yield { ...scenario, outages: [] };
    if (streamStops.length > 0) yield { ...scenario, streamStops: [] };
    if (acts.length > 0) yield { ...scenario, acts: [] };
    if (Object.values(scenario.events).some((rate) => rate > 0)) yield { ...scenario, events: none };
    if (scenario.skippedSchedules > 0) yield { ...scenario, skippedSchedules: 0 };
    if (scenario.deliveredAgain > 0) yield { ...scenario, deliveredAgain: 0 };
    if (scenario.lag.glue + scenario.lag.executions + (scenario.lag.histories ?? 0) > 0)
        yield { ...scenario, lag: { glue: 0, executions: 0 } };
    if (Object.values(scenario.clocks).some((skew) => skew !== 0))
        yield { ...scenario, clocks: { starter: 0, dispatcher: 0, reaper: 0 } };
    if (scenario.isInterleaved) yield { ...scenario, isInterleaved: false };
    for (const caller of CALLERS) {
        const own = rates[caller];
        if (!own || Object.keys(own).length === 0) continue;
        const { [caller]: _, ...others } = rates;
        yield { ...scenario, rates: others };
        for (const kind of Object.keys(own)) {
            const rest = Object.fromEntries(Object.entries(own).filter(([name]) => name !== kind));
            if (Object.keys(rest).length > 0) yield { ...scenario, rates: { ...rates, [caller]: rest } };
        }
    }
    for (const fewer of halves(acts)) yield { ...scenario, acts: fewer };
    for (const fewer of halves(outages)) yield { ...scenario, outages: fewer };
    for (const fewer of halves(messages)) yield { ...scenario, messages: fewer };
}

/** A list without each of its halves, quarters, … and at last without each single element. */
function* halves<T>(list: readonly T[]): Generator<readonly T[]> {
    for (let size = Math.ceil(list.length / 2); size >= 1 && list.length > 1; size = Math.floor(size / 2)) {
        for (let from = 0; from < list.length; from += size)
            yield [...list.slice(0, from), ...list.slice(from + size)];
    }
}
