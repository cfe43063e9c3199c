/** EventBridge: its descriptor, and what the rest of the embedded AWS uses of it. */
import type { ServiceDescriptor } from "../../service.ts";
import { ASSIGNMENTS } from "./assignments.ts";
import { NEEDS } from "./needs.ts";
import { PROTOCOL } from "./protocol.ts";
import { EventsService } from "./service.ts";

export type { DeliveryFailure } from "./delivery.ts";
export type { BusEvent } from "./event.ts";
export { compile } from "./pattern.ts";
export type { Matcher } from "./pattern.ts";
export { Rule } from "./rule.ts";
export { EventsService } from "./service.ts";

declare module "../../service.ts" {
    interface ServiceNames {
        events: true;
    }
}

export const events: ServiceDescriptor = {
    name: "events",
    create: (world) => new EventsService(world),
    assignments: ASSIGNMENTS,
    needs: NEEDS,
    protocol: PROTOCOL,
};
