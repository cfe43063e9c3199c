/** The key policy that docs/security.md gives its readers: tests use this one and no other. */
import { readFileSync } from "node:fs";

const page = readFileSync(new URL("../docs/security.md", import.meta.url), "utf8");
const [, text = ""] = /### The key's own policy\n.*?```json\n(.*?)```/s.exec(page) ?? [];

export interface KeyPolicy {
    readonly Version: string;
    readonly Statement: readonly KeyStatement[];
}

export interface KeyStatement {
    readonly Sid: string;
    readonly Condition?: Readonly<Record<string, Readonly<Record<string, string | readonly string[]>>>>;
}

interface Location {
    readonly partition: string;
    readonly region: string;
    readonly account: string;
}

/** The page's policy for a location, and for components whose names begin with `names`. */
export function documentedKeyPolicy(
    { partition, region, account }: Location,
    { names = "turnstile-" }: { names?: string } = {},
): KeyPolicy {
    const logs = `logs.${region}.amazonaws.com`;
    const here = text
        .replaceAll("111122223333", account)
        .replaceAll("us-east-1", region)
        .replaceAll("arn:aws:", `arn:${partition}:`)
        .replaceAll("turnstile-", names);
    return JSON.parse(partition === "aws-cn" ? here.replace(logs, `${logs}.cn`) : here) as KeyPolicy;
}
