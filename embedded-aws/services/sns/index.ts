/** SNS: its descriptor, and what the rest of the embedded AWS uses of it. */
import type { ServiceDescriptor } from "../../service.ts";
import { ASSIGNMENTS } from "./assignments.ts";
import { NEEDS } from "./needs.ts";
import { ENCRYPTION_CONTEXT, SnsService } from "./service.ts";
import { Topic } from "./topic.ts";

export { SnsService } from "./service.ts";
export { Topic } from "./topic.ts";

declare module "../../service.ts" {
    interface ServiceNames {
        sns: true;
    }
}

export const sns: ServiceDescriptor = {
    name: "sns",
    create: (world) => new SnsService(world),
    assignments: ASSIGNMENTS,
    needs: NEEDS,
    refusals: {
        call: { name: "AuthorizationError", statusCode: 403 },
        key: { name: "KMSAccessDenied", statusCode: 400 },
        // SNS writes its name in capitals.
        spellAction: (action) => action.replace("sns:", "SNS:"),
    },
    policyOf: (thing) => (thing instanceof Topic ? thing.policy : undefined),
    keyIdOf: (thing) => (thing instanceof Topic ? thing.keyId : undefined),
    encryptionContext: ENCRYPTION_CONTEXT,
    wire: {
        signedAs: "sns",
        namespace: "http://sns.amazonaws.com/doc/2010-03-31/",
        client: () => import("@aws-sdk/client-sns"),
    },
};
