/** What a role needs to be allowed for the operations of EventBridge (Service Authorization Reference). */
import { text } from "../../authorization/needs.ts";
import { arnIn } from "../../location.ts";
import type { Needs } from "../../service.ts";

export const NEEDS: Needs = {
    PutEvents: ({ Entries }, world) =>
        (Array.isArray(Entries) ? (Entries as Readonly<Record<string, unknown>>[]) : []).map(
            ({ EventBusName }) => {
                const bus = text(EventBusName ?? "default");
                const resource = bus.startsWith("arn:") ? bus : arnIn(world, "events", `event-bus/${bus}`);
                return { action: "events:PutEvents", resource };
            },
        ),
};
