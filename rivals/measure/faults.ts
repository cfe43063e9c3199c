/**
 * The mild faults: rare, of every kind, the same for all rivals. The simulator's own injectors put them between callers and
 * services. Whatever the function, its calls fail at the same rate.
 */
import type { Call, EmbeddedWorld } from "../../embedded-aws/index.ts";
import { injectCallFaults } from "../../simulation/faults/calls.ts";
import { injectEventFaults } from "../../simulation/faults/events.ts";
import { injectLag } from "../../simulation/faults/reads.ts";
import { Journal } from "../../simulation/journal.ts";
import { CALL_FAULTS, drawScenario } from "../../simulation/scenario.ts";
import type { CallerName, CallFault, Scenario } from "../../simulation/scenario.ts";

export const FAULTS = ["none", "mild"] as const;
export type Faults = (typeof FAULTS)[number];

/** The probability of each of the eight kinds of faults of a call. */
export const CALL_RATE = 0.001;
/** The probabilities that an event is lost, comes twice, or comes late. */
export const EVENT_RATE = 0.01;
/** The probability that SQS delivers a message again that was deleted. */
export const DELIVERED_AGAIN_RATE = 0.001;
/** Milliseconds by which the reads of Glue and of Step Functions lag behind: both are eventually consistent. */
export const LAG_MILLIS = 2000;

const rates = Object.fromEntries(CALL_FAULTS.map((kind) => [kind, CALL_RATE])) as Record<CallFault, number>;

/** Puts faults between the callers and the services, for the whole run. */
export function inject(world: EmbeddedWorld, faults: Faults, seed: number): void {
    if (faults === "none") return;
    const scenario: Scenario = {
        ...drawScenario(seed, "calm"),
        isInterleaved: true,
        rates: { starter: rates, states: rates, mapping: rates, events: rates },
        events: { lost: EVENT_RATE, twice: EVENT_RATE, late: EVENT_RATE },
        deliveredAgain: DELIVERED_AGAIN_RATE,
        lag: { glue: LAG_MILLIS, executions: LAG_MILLIS },
        calmFrom: Infinity,
    };
    const journal = new Journal(() => world.clock.now(), false);
    const context = { world, callers: CALLERS, scenario, journal };
    injectLag(context);
    injectEventFaults(context);
    injectCallFaults(context);
}

/** Lets what Step Functions shows of executions be as old as its documentation allows ("eventually consistent"). */
export function injectReadLag(world: EmbeddedWorld, executions: number): void {
    const scenario = { ...drawScenario(1, "calm"), lag: { glue: 0, executions }, calmFrom: Infinity };
    const journal = new Journal(() => world.clock.now(), false);
    injectLag({ world, callers: CALLERS, scenario, journal });
}

/** The simulator tells the product's functions apart. Here a function is a function. */
const CALLERS = {
    of: ({ caller }: Pick<Call, "caller">): CallerName | undefined => {
        switch (caller.principal) {
            case "states.amazonaws.com":
                return caller.roleArn === undefined ? undefined : "states";
            case "events.amazonaws.com":
                return "events";
            case "lambda.amazonaws.com":
                return caller.sourceArn?.includes(":function:") === true ? "starter" : "mapping";
            default:
                return undefined;
        }
    },
};
