/** KMS: its descriptor, and what the rest of the embedded AWS uses of it. */
import type { ServiceDescriptor } from "../../service.ts";
import { ASSIGNMENTS } from "./assignments.ts";
import { KmsService } from "./service.ts";

export { findKey, isManaged, Key, KmsService, regional } from "./service.ts";

declare module "../../service.ts" {
    interface ServiceNames {
        kms: true;
    }
}

export const kms: ServiceDescriptor = {
    name: "kms",
    create: (world) => new KmsService(world),
    assignments: ASSIGNMENTS,
    needs: {},
    conditionKeys: ["kms:ViaService", "kms:CallerAccount"],
    protocol: { target: "TrentService", version: "1.1" },
};
