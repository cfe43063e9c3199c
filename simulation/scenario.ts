/**
 * A scenario: everything that makes one run different from another, drawn from its seed before the run begins. It is plain
 * data, so a run can be repeated from it, and a smaller one can be made of it.
 *
 * Swarm testing: each family of faults is on or off for a run, with rates of its own. A run with few kinds of faults gets
 * further than one in which everything fails.
 */
import { Chance, decide } from "./chance.ts";
import { withFamilies } from "./families.ts";
import { withMoment } from "./moments.ts";
import { CONFIGURATIONS } from "./programs.ts";
import { onRareDay, rareDayOf } from "./rare-days.ts";

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

/** Who makes calls. `mapping` is Lambda, which reads queues for a function; `events` is EventBridge. */
export const CALLERS = ["starter", "dispatcher", "reaper", "states", "mapping", "events"] as const;
export type CallerName = (typeof CALLERS)[number];

/** What can happen to a call. */
export const CALL_FAULTS = [
    /** It fails, and nothing happens. */
    "refused",
    /** It happens, and its answer is lost. */
    "unanswered",
    /** It happens, and is answered as if it was throttled. */
    "refusedThoughDone",
    /** It happens twice: the caller's client tried again. */
    "twice",
    /** It fails for its caller, and happens up to 20 seconds later. */
    "late",
    /** It takes seconds. */
    "slow",
    /** The caller, a function, ends before it. */
    "killedBefore",
    /** The caller, a function, ends after it. */
    "killedAfter",
] as const;
export type CallFault = (typeof CALL_FAULTS)[number];

/** Probabilities from 0 to 1. */
export type Rates = Partial<Record<CallerName, Partial<Record<CallFault, number>>>>;

/** A time in which every call of a caller to a service fails. Milliseconds from the beginning of the run. */
export interface Outage {
    readonly from: number;
    readonly to: number;
    readonly caller: CallerName | "all";
    /** The name of a service, or `all`. */
    readonly service: string;
}

/** A message, and how its job behaves. */
export interface Work {
    /** Milliseconds from the beginning of the run. */
    readonly at: number;
    /** Which of the program's pools it is for. @default the first */
    readonly pool?: number;
    readonly group: number;
    readonly priority: number;
    /** How long its job runs. */
    readonly millis: number;
    /** How many of its first attempts fail. */
    readonly fails: number;
    /** How many of its first runs end for lack of capacity. */
    readonly capacityFails: number;
    /** Its body cannot be read. */
    readonly isBad: boolean;
}

/** What people do, and when: milliseconds from the beginning of the run. `which` picks among what is there then. */
export type Act = { readonly at: number; readonly which: number } & (
    | { readonly kind: "override"; readonly limit: number | string; readonly minutes: number | undefined }
    | { readonly kind: "endOverride" }
    | { readonly kind: "deploy"; readonly configuration: number }
    /** A deployment whose `argumentNames` forbid every message of the run, until another one. */
    | { readonly kind: "forbid"; readonly millis: number }
    /** With `redriveAfter`, the aborted execution is redriven so many milliseconds later. */
    | { readonly kind: "abort"; readonly redriveAfter: number | undefined }
    /**
     * The next execution that enters a state, of those that last, is aborted so many milliseconds later. With `isChased`, once more in
     * the state that it enters after its redrive.
     */
    | {
          readonly kind: "abortIn";
          readonly pause: number;
          readonly redriveAfter: number | undefined;
          readonly isChased: boolean;
      }
    | { readonly kind: "redrive" }
    /** An execution is aborted and redriven, so often, with so many milliseconds between. */
    | { readonly kind: "redriveAgain"; readonly times: number; readonly pause: number }
    /** A dead execution whose history the reaper reads is redriven so many milliseconds later: while the reaper saves its message. */
    | { readonly kind: "redriveInRescue"; readonly pause: number }
    /** New messages are run by another Glue job, for so long. */
    | { readonly kind: "changeJob"; readonly millis: number }
    /** A message is taken out of the line, so many milliseconds after a person has looked at it. */
    | { readonly kind: "drop"; readonly pause: number }
    | { readonly kind: "stopRun" }
    | { readonly kind: "outsideRun"; readonly millis: number }
    | { readonly kind: "redriveLetters" }
    | { readonly kind: "deleteGate" }
    | { readonly kind: "restoreGate"; readonly millis: number }
    | { readonly kind: "deleteRow" }
    | { readonly kind: "purgeReaperQueue" }
    | { readonly kind: "purgeWorkQueue" }
    | { readonly kind: "purgeDeadLetters" }
    | { readonly kind: "sweep" }
);

/** All that people do. */
export const ACTS: readonly Act["kind"][] = [
    ...(["override", "endOverride", "deploy", "forbid", "abort", "redrive", "drop", "stopRun"] as const),
    ...(["outsideRun", "redriveLetters", "deleteGate", "restoreGate", "deleteRow", "sweep"] as const),
    ...(["purgeReaperQueue", "purgeWorkQueue", "purgeDeadLetters"] as const),
    ...(["abortIn", "redriveAgain", "redriveInRescue", "changeJob"] as const),
];

export interface Scenario {
    readonly seed: number;
    /** The place of the program: the index of its configuration in `CONFIGURATIONS`, or `TWO_POOLS`. */
    readonly configuration: number;
    /** Functions that run at the same time interleave, call by call. */
    readonly isInterleaved: boolean;
    readonly messages: readonly Work[];
    readonly acts: readonly Act[];
    readonly rates: Rates;
    readonly outages: readonly Outage[];
    /** Probabilities of what happens to events on their way to a queue or a function. */
    readonly events: { readonly lost: number; readonly twice: number; readonly late: number };
    /** The probability that a schedule is skipped. */
    readonly skippedSchedules: number;
    /** Times in which the stream reaches nobody. */
    readonly streamStops: readonly { readonly from: number; readonly to: number }[];
    /** Probabilities of what happens to a batch of the stream: it comes again later, or after later ones. @default none */
    readonly batches?: { readonly twice: number; readonly heldBack: number };
    /** The probability that a function runs into its time limit at a call, if functions interleave. @default 0 */
    readonly timeOuts?: number;
    /** The probability that SQS delivers a message again although it was deleted. */
    readonly deliveredAgain: number;
    /** How many milliseconds reads lag behind; histories lag behind other reads of executions. @default of histories 0 */
    readonly lag: { readonly glue: number; readonly executions: number; readonly histories?: number };
    /** How far the clock of a function is off, in milliseconds. */
    readonly clocks: Readonly<Record<"starter" | "dispatcher" | "reaper", number>>;
    /** How far the clock of Glue is off, in milliseconds. @default 0 */
    readonly glueClock?: number;
    /** Durations of AWS, in milliseconds. */
    readonly model: {
        readonly call: number;
        readonly poll: number;
        readonly event: number;
        readonly stop: number;
        /** The share of runs that take a day or two to stop. */
        readonly deaf: number;
        readonly tail: number;
    };
    /** When faults end: milliseconds from the beginning of the run. */
    readonly calmFrom: number;
}

export const PROFILES = ["swarm", "mild", "calm"] as const;
export type Profile = (typeof PROFILES)[number];

/** Draws a scenario. `calm` has no faults, `mild` few and rare ones. */
export function drawScenario(seed: number, profile: Profile = "swarm"): Scenario {
    const scenario = drawFirst(seed, profile);
    return profile === "swarm" && mayHaveFamilies(seed) ? withMoment(withFamilies(scenario)) : scenario;
}

/** A scenario as it was before there were further families and moments: seeds that once broke something did so in these. */
export function drawFirst(seed: number, profile: Profile = "swarm"): Scenario {
    const scenario = draw(seed, profile);
    return profile === "swarm" ? onRareDay(scenario) : scenario;
}

/** On the other rare days everything has its place. */
function mayHaveFamilies(seed: number): boolean {
    const day = rareDayOf(seed);
    return day === undefined || day === "shared";
}

function draw(seed: number, profile: Profile): Scenario {
    const chance = new Chance(seed);
    const has = (probability: number): boolean => chance.happens(probability) && profile !== "calm";
    const calmFrom = profile === "calm" ? 0 : chance.integer(15, 120) * MINUTE;
    const configuration = chance.integer(0, CONFIGURATIONS.length - 1);
    return {
        seed,
        configuration,
        isInterleaved: chance.happens(0.6),
        messages: withPriorities(seed, drawMessages(chance, profile)),
        acts: profile === "swarm" ? drawAllActs(chance, seed, calmFrom) : [],
        rates: has(0.75) ? drawRates(chance, profile) : {},
        outages: has(0.35) ? drawOutages(chance, calmFrom) : [],
        events: has(0.5)
            ? {
                  lost: chance.pick([0, 0.1, 0.5, 1]),
                  twice: chance.pick([0, 0.3]),
                  late: chance.pick([0, 0.3]),
              }
            : { lost: 0, twice: 0, late: 0 },
        skippedSchedules: has(0.3) ? chance.pick([0.2, 0.7, 1]) : 0,
        streamStops: has(0.3) ? drawStops(chance, calmFrom) : [],
        deliveredAgain: has(0.3) ? chance.pick([0.05, 0.3]) : 0,
        lag: has(0.5)
            ? {
                  glue: chance.pick([0, 1 * SECOND, 5 * SECOND, 20 * SECOND]),
                  executions: chance.pick([0, 2 * SECOND, 10 * SECOND]),
              }
            : { glue: 0, executions: 0 },
        clocks: has(0.3)
            ? { starter: drawSkew(chance), dispatcher: drawSkew(chance), reaper: drawSkew(chance) }
            : { starter: 0, dispatcher: 0, reaper: 0 },
        model: {
            call: chance.pick([1, 10, 60]),
            poll: chance.pick([20, 125, 1500]),
            event: chance.pick([100, 500, 5000]),
            stop: chance.pick([5, 30, 180]) * SECOND,
            deaf: profile === "swarm" && decide(seed, "deaf runs") < 0.01 ? 0.5 : 0,
            tail: chance.integer(0, 40) * SECOND,
        },
        calmFrom,
    };
}

function drawMessages(chance: Chance, profile: Profile): Work[] {
    const isLarge = profile === "swarm" && chance.happens(0.02);
    const count = isLarge ? chance.integer(500, 700) : chance.skewed(20, 120);
    const groups = chance.integer(1, 50);
    const window = chance.pick([0, 5 * MINUTE, HOUR]);
    const failing = chance.happens(0.6) ? chance.pick([0.1, 0.5]) : 0;
    const isBusy = chance.happens(0.3);
    const bad = chance.happens(0.2) ? 0.1 : 0;
    const short = chance.happens(0.5);
    return Array.from({ length: count }, () => ({
        at: Math.floor(chance.between(0, window)),
        group: chance.integer(1, groups),
        priority: chance.pick([5, 5, 5, 0, 9]),
        millis: Math.floor(short ? chance.between(SECOND, 3 * MINUTE) : chance.between(MINUTE, 20 * MINUTE)),
        fails: chance.happens(failing) ? chance.integer(1, 4) : 0,
        capacityFails: isBusy && chance.happens(0.2) ? chance.integer(1, 3) : 0,
        isBad: chance.happens(bad),
    })).sort((a, b) => a.at - b.at);
}

/** In some runs, messages have every priority. By decisions of their own, so that the rest of a seed's scenario stays what it was. */
function withPriorities(seed: number, messages: Work[]): Work[] {
    if (decide(seed, "every priority") >= 0.2) return messages;
    return messages.map((work, i) => ({
        ...work,
        priority: Math.floor(10 * decide(seed, `priority of ${i}`)),
    }));
}

function drawRates(chance: Chance, profile: Profile): Rates {
    const rates: Partial<Record<CallerName, Partial<Record<CallFault, number>>>> = {};
    const kinds = CALL_FAULTS.filter(() => chance.happens(0.5));
    for (const caller of CALLERS) {
        const own: Partial<Record<CallFault, number>> = {};
        for (const kind of kinds) {
            if (chance.happens(0.5)) continue;
            own[kind] = profile === "mild" ? 0.01 : chance.pick([0.005, 0.02, 0.08, 0.25]);
        }
        rates[caller] = own;
    }
    return rates;
}

function drawOutages(chance: Chance, calmFrom: number): Outage[] {
    return Array.from({ length: chance.integer(1, 3) }, () => {
        const from = Math.floor(chance.between(0, calmFrom));
        return {
            from,
            to: from + Math.floor(chance.between(MINUTE, 25 * MINUTE)),
            caller: chance.pick<CallerName | "all">(["all", "starter", "dispatcher", "reaper", "states"]),
            service: chance.pick(["all", "dynamodb", "glue", "states", "sqs"]),
        };
    });
}

function drawStops(chance: Chance, calmFrom: number): { from: number; to: number }[] {
    return Array.from({ length: chance.integer(1, 2) }, () => {
        const from = Math.floor(chance.between(0, calmFrom));
        return { from, to: from + Math.floor(chance.between(MINUTE, 40 * MINUTE)) };
    });
}

function drawSkew(chance: Chance): number {
    return chance.pick([0, 3 * SECOND, -3 * SECOND, 70 * SECOND, -70 * SECOND, -4 * MINUTE]);
}

function drawAllActs(chance: Chance, seed: number, calmFrom: number): Act[] {
    const acts = [
        ...drawActs(chance, calmFrom),
        ...drawDrops(seed, calmFrom),
        ...drawForbiddings(seed, calmFrom),
        ...drawCleanUps(seed, calmFrom),
    ];
    // Who loses the gate and a row at once loses the only traces of a slot.
    if (!acts.some(({ kind }) => kind === "deleteRow")) return acts;
    return acts.filter(({ kind }) => kind !== "deleteGate" && kind !== "restoreGate");
}

function drawActs(chance: Chance, calmFrom: number): Act[] {
    const kinds = (
        [
            ["override", 0.4],
            ["deploy", 0.2],
            ["abort", 0.4],
            ["redrive", 0.3],
            ["stopRun", 0.3],
            ["outsideRun", 0.3],
            ["redriveLetters", 0.2],
            ["deleteGate", 0.05],
            ["restoreGate", 0.05],
            ["purgeReaperQueue", 0.1],
            ["sweep", 0.2],
        ] as const
    ).filter(([, probability]) => chance.happens(probability));
    const acts = kinds.flatMap(([kind]) =>
        Array.from({ length: chance.integer(1, 5) }, () => drawAct(chance, kind, calmFrom)),
    );
    return acts.sort((a, b) => a.at - b.at);
}

/** By a chance of their own, so that the rest of a seed's scenario stays what it was before people could do this. */
function drawDrops(seed: number, calmFrom: number): Act[] {
    const chance = new Chance(seed + DROPS);
    if (!chance.happens(0.3)) return [];
    return Array.from({ length: chance.integer(1, 8) }, () => drawAct(chance, "drop", calmFrom));
}

const DROPS = 1_000_003;

/** By a chance of their own, too. */
function drawForbiddings(seed: number, calmFrom: number): Act[] {
    if (decide(seed, "forbid") >= 0.15) return [];
    const chance = new Chance(seed);
    return Array.from({ length: chance.integer(1, 4) }, () => ({
        kind: "forbid",
        at: Math.floor(chance.between(0, calmFrom)),
        which: 0,
        millis: Math.floor(chance.between(10 * SECOND, 20 * MINUTE)),
    }));
}

/** People delete what they should leave alone. By a chance of their own, too. */
function drawCleanUps(seed: number, calmFrom: number): Act[] {
    const chance = new Chance(seed);
    const draw = (kind: CleanUp, share: number, most: number): Act[] =>
        decide(seed, kind) >= share
            ? []
            : Array.from({ length: chance.integer(1, most) }, () => drawAct(chance, kind, calmFrom));
    return [
        ...draw("deleteRow", 0.06, 4),
        ...draw("purgeWorkQueue", 0.04, 2),
        ...draw("purgeDeadLetters", 0.04, 2),
    ];
}

type CleanUp = "deleteRow" | "purgeWorkQueue" | "purgeDeadLetters";

/** What people do only in the further families, and in the moments between two calls. */
type FamilyAct = "abortIn" | "redriveAgain" | "redriveInRescue" | "changeJob";

function drawAct(
    chance: Chance,
    kind: Exclude<Act["kind"], "endOverride" | "forbid" | FamilyAct>,
    calmFrom: number,
): Act {
    const common = { at: Math.floor(chance.between(0, calmFrom)), which: chance.random.next() };
    switch (kind) {
        case "override":
            if (chance.happens(0.3)) return { ...common, kind: "endOverride" };
            return {
                ...common,
                kind,
                limit: chance.happens(0.15) ? chance.pick(["two", "-1", "1.5"]) : chance.integer(0, 8),
                minutes: chance.happens(0.5) ? chance.integer(1, 60) : undefined,
            };
        case "deploy":
            return { ...common, kind, configuration: chance.integer(0, CONFIGURATIONS.length - 1) };
        case "outsideRun":
            return { ...common, kind, millis: Math.floor(chance.between(MINUTE, 20 * MINUTE)) };
        case "drop":
            return { ...common, kind, pause: Math.floor(chance.between(0, SECOND)) };
        case "restoreGate":
            return { ...common, kind, millis: Math.floor(chance.between(MINUTE, 30 * MINUTE)) };
        case "abort":
            return {
                ...common,
                kind,
                redriveAfter: chance.happens(0.4)
                    ? Math.floor(chance.between(SECOND, 3 * MINUTE))
                    : undefined,
            };
        case "redrive":
        case "stopRun":
        case "redriveLetters":
        case "deleteGate":
        case "deleteRow":
        case "purgeReaperQueue":
        case "purgeWorkQueue":
        case "purgeDeadLetters":
        case "sweep":
            return { ...common, kind };
    }
}
