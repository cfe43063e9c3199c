/** IAM: its descriptor, and what the rest of the embedded AWS uses of it. */
import { AwsError } from "../../service.ts";
import type { ServiceDescriptor } from "../../service.ts";
import { ASSIGNMENTS } from "./assignments.ts";
import { IamService } from "./service.ts";

export { IamService, ManagedPolicy, Role } from "./service.ts";

declare module "../../service.ts" {
    interface ServiceNames {
        iam: true;
    }
}

export const iam: ServiceDescriptor = {
    name: "iam",
    create: (world) => new IamService(world),
    assignments: ASSIGNMENTS,
    needs: {},
    wire: {
        signedAs: "iam",
        namespace: "https://iam.amazonaws.com/doc/2010-05-08/",
        client: () => import("@aws-sdk/client-iam"),
    },
    nameTaken: (resource) =>
        new AwsError(
            "EntityAlreadyExists",
            `Role with name ${resource.slice(resource.indexOf("/") + 1)} already exists.`,
            409,
        ),
};
