/** Faults of what nobody waits for: events, schedules, the table's stream, messages that come again. */
import { EventsService, LambdaService } from "../../embedded-aws/index.ts";
import type { CallOutcome } from "../../embedded-aws/index.ts";
import type { Callers } from "../callers.ts";
import { decide } from "../chance.ts";
import type { FaultsContext } from "./calls.ts";

const SECOND = 1000;
const LATEST_MILLIS = 90 * SECOND;
const user = { principal: "user" };

/** Loses, doubles and delays what EventBridge delivers, and has SQS deliver messages again. */
export function injectEventFaults({ world, scenario, journal }: FaultsContext): void {
    const events = world.service(EventsService);
    let deliveries = 0;
    world.onCall((call) => {
        if (journal.elapsed >= scenario.calmFrom) return undefined;
        const { principal, sourceArn = "" } = call.caller;
        const isDone = principal === "lambda.amazonaws.com" && call.operation === "DeleteMessageBatch";
        if (!isDone && principal !== "events.amazonaws.com") return undefined;
        const chance = decide(scenario.seed, `delivery/${++deliveries}`);
        const fault = (kind: string, outcome: CallOutcome): CallOutcome => {
            journal.count(`fault ${kind}`);
            journal.note(`fault ${kind}: ${call.operation} ${deliveries}`);
            return outcome;
        };
        if (isDone) {
            if (chance >= scenario.deliveredAgain) return undefined;
            return fault("deliveredAgain", { happens: [], caller: { Successful: [], Failed: [] } });
        }
        if (events.isSchedule(sourceArn)) {
            if (chance >= scenario.skippedSchedules) return undefined;
            return fault("skippedSchedule", { happens: [], caller: {} });
        }
        const { lost, twice, late } = scenario.events;
        if (chance < lost) return fault("lostEvent", { happens: [], caller: {} });
        if (chance < lost + (1 - lost) * twice) return fault("doubledEvent", { happens: [0, 0] });
        if (chance >= lost + (1 - lost) * (twice + (1 - twice) * late)) return undefined;
        const delay = decide(scenario.seed, `delay/${deliveries}`) * LATEST_MILLIS;
        return fault("lateEvent", { happens: [Math.ceil(delay)], caller: {} });
    });
}

/** Has batches of the stream come again later, or after later ones: Lambda promises neither once nor, across items, an order. */
export function disturbBatches({ world, scenario, journal }: FaultsContext): void {
    const { batches, calmFrom, seed } = scenario;
    if (!batches) return;
    let count = 0;
    world.service(LambdaService).onBatch(() => {
        const about = `batch/${++count}`;
        if (journal.elapsed >= calmFrom) return [0];
        const delay = Math.ceil(decide(seed, `${about}/delay`) * LATEST_MILLIS);
        const chance = decide(seed, about);
        const [kind, times] =
            chance < batches.heldBack
                ? ["heldBackBatch", [delay]]
                : chance < batches.heldBack + (1 - batches.heldBack) * batches.twice
                  ? ["doubledBatch", [0, delay]]
                  : [undefined, [0]];
        if (kind !== undefined) journal.count(`fault ${kind}`);
        if (kind !== undefined) journal.note(`fault ${kind}: ${count}`);
        return times;
    });
}

/** Stops the stream on its way to the dispatcher, and lets it go on. */
export function stopStreams(context: FaultsContext & { readonly callers: Callers }): void {
    const { world, callers, scenario, journal } = context;
    const { clock } = world;
    const FunctionName = callers.arnOf("dispatcher");
    const set = (Enabled: boolean): void => {
        journal.note(`the stream ${Enabled ? "goes on" : "stops"}`);
        if (!Enabled) journal.count("fault streamStop");
        const { EventSourceMappings } = world.call(
            "lambda",
            "ListEventSourceMappings",
            { FunctionName },
            user,
        ) as {
            EventSourceMappings: { UUID: string }[];
        };
        for (const { UUID } of EventSourceMappings)
            world.call("lambda", "UpdateEventSourceMapping", { UUID, Enabled }, user);
    };
    for (const { from, to } of scenario.streamStops) {
        clock.after(from, () => set(false));
        clock.after(Math.min(to, scenario.calmFrom), () => set(true));
    }
}
