/** STS: its descriptor. */
import type { ServiceDescriptor } from "../../service.ts";
import { ASSIGNMENTS } from "./assignments.ts";
import { StsService } from "./service.ts";

declare module "../../service.ts" {
    interface ServiceNames {
        sts: true;
    }
}

/** The shapes of the one operation, in the form of the SDK's schemas: the SDK's client would be a package for this alone. */
const SHAPES = {
    GetCallerIdentity$: [
        9,
        "sts",
        "GetCallerIdentity",
        0,
        "unit",
        [3, "sts", "Identity", 0, ["UserId", "Account", "Arn"], [0, 0, 0]],
    ],
};

export const sts: ServiceDescriptor = {
    name: "sts",
    create: (world) => new StsService(world),
    assignments: ASSIGNMENTS,
    // IAM User Guide, GetCallerIdentity: it needs no permission.
    needs: { GetCallerIdentity: () => [] },
    wire: {
        signedAs: "sts",
        namespace: "https://sts.amazonaws.com/doc/2011-06-15/",
        client: () => Promise.resolve(SHAPES),
    },
};
