/** What AWS lacks in its partitions besides `aws`, as far as its pages say. docs/deploy.md has the whole list. */
import type * as pulumi from "@pulumi/pulumi";
import type { Tags } from "./arguments.ts";
import type { Location } from "./location.ts";

/** The partitions that lack a feature. */
const LACKING = {
    /** AWS GovCloud (US) User Guide, "AWS Lambda in AWS GovCloud (US)": no JSON log formatting. */
    jsonLogs: ["aws-us-gov"],
    /** The same page. China is said to lack them too, which is not verified; without tags a mapping is the same there. */
    mappingTags: ["aws-us-gov", "aws-cn"],
} as const satisfies Readonly<Record<string, readonly string[]>>;

/** Whether Lambda can write its log as JSON, and so choose lines by their level. */
export function hasJsonLogs({ partition }: Location): pulumi.Output<boolean> {
    return partition.apply((name) => !isIn(LACKING.jsonLogs, name));
}

/** The tags of an event source mapping: none where it can have none. */
export function mappingTags(
    tags: Tags | undefined,
    { partition }: Location,
): pulumi.Output<Record<string, string> | undefined> {
    return partition.apply((name) => (isIn(LACKING.mappingTags, name) ? undefined : tags)) as pulumi.Output<
        Record<string, string> | undefined
    >;
}

function isIn(partitions: readonly string[], name: string): boolean {
    return partitions.includes(name);
}
