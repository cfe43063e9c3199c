/** The key policy that docs/security.md tells its readers to write, so that tests run with that and no other. */
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

interface Place {
    readonly partition: string;
    readonly region: string;
    readonly account: string;
}

/** As the page says: with account and region, in other partitions with their names, and for components of any names. */
export function documentedKeyPolicy(
    { partition, region, account }: Place,
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
