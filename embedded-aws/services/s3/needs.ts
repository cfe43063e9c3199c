/** What a role needs to be allowed for the operations of S3 (Service Authorization Reference). */
import { READ, text, WRITE } from "../../authorization/needs.ts";
import type { Needs, NeedsOf } from "../../service.ts";

export const NEEDS: Needs = {
    GetObject: object("GetObject", READ),
    HeadObject: object("GetObject", READ),
    PutObject: object("PutObject", WRITE),
    DeleteObject: object("DeleteObject"),
    ListObjectsV2: ({ Bucket, Prefix }, world) => ({
        action: "s3:ListBucket",
        resource: `arn:${world.partition}:s3:::${text(Bucket)}`,
        context: () => (Prefix === undefined ? {} : { "s3:prefix": text(Prefix) }),
    }),
};

function object(operation: string, keyActions?: readonly string[]): NeedsOf {
    return ({ Bucket, Key }, world) => {
        const bucket = `arn:${world.partition}:s3:::${text(Bucket)}`;
        return {
            action: `s3:${operation}`,
            resource: `${bucket}/${text(Key)}`,
            ...(keyActions && { key: { of: bucket, through: "s3", actions: keyActions } }),
        };
    };
}
