/** Faults of single calls, and outages of whole services. */
import { AwsError } from "../../embedded-aws/index.ts";
import type { Call, CallOutcome, EmbeddedWorld } from "../../embedded-aws/index.ts";
import type { Callers } from "../callers.ts";
import { decisionsAbout } from "../chance.ts";
import type { Journal } from "../journal.ts";
import { CALL_FAULTS } from "../scenario.ts";
import type { CallerName, CallFault, Scenario } from "../scenario.ts";

const SECOND = 1000;

/** The longest that a call may arrive after it failed for its caller. */
const LATEST_MILLIS = 20 * SECOND;
/** The longest by which a slow call comes later than usual. */
const SLOWEST_MILLIS = 8 * SECOND;

/** Calls that change something. Only those can be late. */
const WRITES: ReadonlySet<string> = new Set([
    "PutItem",
    "UpdateItem",
    "TransactWriteItems",
    "SendMessage",
    "DeleteMessageBatch",
    "ChangeMessageVisibility",
    "StartExecution",
    "SendTaskSuccess",
    "SendTaskFailure",
    "StartJobRun",
    "BatchStopJobRun",
    "Publish",
]);

export interface FaultsContext {
    readonly world: EmbeddedWorld;
    readonly callers: Pick<Callers, "of">;
    readonly scenario: Scenario;
    readonly journal: Journal;
}

type Decisions = ReturnType<typeof decisionsAbout>;

/** Puts the scenario's faults of calls between the callers and the services, until the scenario is calm. */
export function injectCallFaults({ world, callers, scenario, journal }: FaultsContext): void {
    const calls = new Map<string, number>();
    world.onCall((call) => {
        if (journal.elapsed >= scenario.calmFrom) return undefined;
        const caller = callers.of(call);
        if (!caller) return undefined;
        const key = `${caller}/${call.operation}`;
        const nth = (calls.get(key) ?? 0) + 1;
        calls.set(key, nth);
        const decisions = decisionsAbout(scenario.seed, `${key}/${nth}`);
        const fault = outageOf(scenario, caller, call, journal.elapsed)
            ? "refused"
            : timesOut(scenario, caller, decisions)
              ? "timedOut"
              : faultOf(scenario, caller, call, decisions);
        if (!fault) return undefined;
        journal.count(`fault ${fault} ${caller}`);
        journal.note(`fault ${fault}: ${key} ${nth}`);
        return outcomeOf(fault, call, decisions("/share"));
    });
}

function faultOf(
    scenario: Scenario,
    caller: CallerName,
    call: Call,
    decisions: Decisions,
): CallFault | undefined {
    const rates = scenario.rates[caller];
    if (!rates) return undefined;
    return CALL_FAULTS.find((kind) => {
        const rate = rates[kind];
        if (rate === undefined || rate === 0 || !canHappen(kind, caller, call, scenario)) return false;
        return decisions(`/${kind}`) < rate;
    });
}

/** Whether a fault can happen to a call on AWS, as far as the embedded AWS can show it. */
function canHappen(
    kind: CallFault,
    caller: CallerName,
    { operation }: Call,
    { isInterleaved }: Scenario,
): boolean {
    const isFunction = isFunctionName(caller);
    switch (kind) {
        case "killedBefore":
        case "killedAfter":
            return isFunction;
        case "slow":
            return caller === "states" || (isFunction && isInterleaved);
        case "late":
            return WRITES.has(operation);
        case "refusedThoughDone":
            return caller === "states" && operation === "StartJobRun";
        case "twice":
            // Glue's StartJobRun has no token that tells a second try from a second start.
            return operation !== "StartJobRun" && caller !== "mapping";
        case "unanswered":
            // A receive without an answer hides messages until their visibility timeout ends.
            return WRITES.has(operation);
        case "refused":
            return true;
    }
}

function isFunctionName(caller: CallerName): boolean {
    return caller !== "states" && caller !== "mapping" && caller !== "events";
}

/** Whether a function waits at a call for so long that its time limit ends it. */
function timesOut(
    { isInterleaved, timeOuts = 0 }: Scenario,
    caller: CallerName,
    decisions: Decisions,
): boolean {
    if (timeOuts === 0 || !isInterleaved || !isFunctionName(caller)) return false;
    return decisions("/timedOut") < timeOuts;
}

function outageOf({ outages }: Scenario, caller: CallerName, { service }: Call, elapsed: number): boolean {
    return outages.some(
        (outage) =>
            elapsed >= outage.from &&
            elapsed < outage.to &&
            (outage.caller === "all" || outage.caller === caller) &&
            (outage.service === "all" || outage.service === service),
    );
}

/** @param share a number from 0 to 1 that decides what the kind leaves open */
function outcomeOf(kind: CallFault | "timedOut", call: Call, share: number): CallOutcome {
    const later = [Math.ceil(share * LATEST_MILLIS)];
    switch (kind) {
        case "timedOut":
            // The call was made, was not, or still arrives.
            if (share < 1 / 3) return { caller: "nothing" };
            return { happens: share < 2 / 3 ? later : [], caller: "nothing" };
        case "refused":
            return { happens: [], caller: share < 0.5 ? throttled(call) : broken(call) };
        case "unanswered":
            return { caller: broken(call) };
        case "refusedThoughDone":
            return {
                caller:
                    share < 0.5
                        ? new AwsError("ThrottlingException", "Rate exceeded")
                        : new AwsError("ConcurrentRunsExceededException", "Concurrent runs exceeded"),
            };
        case "twice":
            return { happens: [0, 0] };
        case "late":
            return { happens: later, caller: broken(call) };
        case "slow":
            return { happens: [Math.ceil(share * SLOWEST_MILLIS)] };
        case "killedBefore":
            return { happens: [], caller: "end" };
        case "killedAfter":
            return { caller: "end" };
    }
}

function throttled({ service }: Call): AwsError {
    if (service === "lambda") return new AwsError("TooManyRequestsException", "Rate Exceeded.", 429);
    return new AwsError("ThrottlingException", "Rate exceeded");
}

function broken({ service }: Call): AwsError {
    const name = service === "dynamodb" ? "InternalServerError" : "InternalServiceException";
    return new AwsError(name, "The request processing has failed because of an unknown error.", 500);
}
