/** S3: its descriptor, and what the rest of the embedded AWS uses of it. */
import { AwsError } from "../../service.ts";
import type { ServiceDescriptor } from "../../service.ts";
import { ASSIGNMENTS } from "./assignments.ts";
import { NEEDS } from "./needs.ts";
import { Bucket, S3Service } from "./service.ts";

export { Bucket, S3Service } from "./service.ts";
export type { StoredObject } from "./object.ts";

declare module "../../service.ts" {
    interface ServiceNames {
        s3: true;
    }
}

export const s3: ServiceDescriptor = {
    name: "s3",
    create: (world) => new S3Service(world),
    assignments: ASSIGNMENTS,
    needs: NEEDS,
    conditionKeys: ["s3:prefix"],
    refusals: { call: { name: "AccessDenied", statusCode: 403 }, spellResource: (arn) => `"${arn}"` },
    policyOf: (thing) => (thing instanceof Bucket ? thing.policy : undefined),
    keyIdOf: (thing) => (thing instanceof Bucket ? thing.kmsKeyArn() : undefined),
    wire: { signedAs: "s3", rest: "rest-xml", client: () => import("@aws-sdk/client-s3") },
    nameTaken: () =>
        new AwsError(
            "BucketAlreadyOwnedByYou",
            "Your previous request to create the named bucket succeeded and you already own it.",
            409,
        ),
};
