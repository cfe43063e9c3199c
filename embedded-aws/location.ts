/** Where something is in AWS, and the ARNs and domain names that follow from it. */

export interface Location {
    readonly account: string;
    readonly region: string;
    readonly partition: string;
}

/** The ARN of a resource of an account in a region, such as the queue `work` of the service `sqs`. */
export function arnIn({ partition, region, account }: Location, service: string, resource: string): string {
    return `arn:${partition}:${service}:${region}:${account}:${resource}`;
}

/** The partition that a region belongs to. */
export function partitionOf(region: string): string {
    if (region.startsWith("cn-")) return "aws-cn";
    if (region.startsWith("us-gov-")) return "aws-us-gov";
    if (region.startsWith("us-iso-")) return "aws-iso";
    if (region.startsWith("us-isob-")) return "aws-iso-b";
    if (region.startsWith("eusc-")) return "aws-eusc";
    return "aws";
}

/** The suffix of the domain names of a partition's endpoints. */
export function dnsSuffixOf(partition: string): string {
    return DNS_SUFFIXES[partition] ?? "amazonaws.com";
}

/** The domain name of a service's endpoint in a region. */
export function domainOf({ region, partition }: Location, service: string): string {
    return `${service}.${region}.${dnsSuffixOf(partition)}`;
}

const DNS_SUFFIXES: Readonly<Record<string, string>> = {
    "aws-cn": "amazonaws.com.cn",
    "aws-iso": "c2s.ic.gov",
    "aws-iso-b": "sc2s.sgov.gov",
    "aws-eusc": "amazonaws.eu",
};
