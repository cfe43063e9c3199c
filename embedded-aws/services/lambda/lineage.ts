/**
 * Recursive loop detection: how often an event has invoked a function already. The count travels in the X-Ray trace header,
 * which the SDK in a function adds to its calls, and which SQS, SNS and Lambda hand on with what they were sent. A service
 * that AWS does not name (DynamoDB, EventBridge, Step Functions …) ends the chain. A message that comes back to its queue is
 * no new link of it (Lambda Developer Guide, "Use Lambda recursive loop detection to prevent infinite loops"; AWS Compute
 * Blog, "Detecting and stopping recursive loops in AWS Lambda functions").
 *
 * Not documented, and chosen here: of a batch, the record with the highest count counts. Destinations of asynchronous
 * invocations begin a chain of their own. The form of the lineage is that of headers which X-Ray's users show.
 */
import { hash } from "node:crypto";

/** "approximately 16 times in the same chain of requests": the next invocation is stopped. */
const MAX_INVOCATIONS = 16;

export type RecursiveLoop = "Allow" | "Terminate";

/** A function, as far as its loops are concerned. */
export interface Link {
    readonly recursiveLoop: RecursiveLoop;
    /** How it stands in a lineage. */
    readonly lineageId: string;
}

/** Whether Lambda stops an invocation by an event with this header. */
export function isStopped(header: string | undefined, fn: Link): boolean {
    return fn.recursiveLoop === "Terminate" && countOf(header, fn) >= MAX_INVOCATIONS;
}

/** The header of an invocation by an event with the header `cause`: for what its code sends. */
export function traceHeaderOf(cause: string | undefined, fn: Link, requestId: string, now: number): string {
    const own = `${fn.lineageId}:${countOf(cause, fn) + 1}`;
    const others = linksOf(cause).filter(([id]) => id !== fn.lineageId);
    const Lineage = [own, ...others.map((link) => link.join(":"))].join("|");
    const root = /Root=[^;]+/.exec(cause ?? "")?.[0] ?? newRoot(requestId, now);
    return `${root};Parent=${requestId.replaceAll("-", "").slice(16)};Sampled=0;Lineage=${Lineage}`;
}

/** The header of the record that has come the longest way to this function. Undefined: none has a header. */
export function headerOf(
    records: readonly { readonly attributes: { readonly AWSTraceHeader?: string | undefined } }[],
    fn: Link,
): string | undefined {
    let longest: string | undefined;
    for (const { attributes } of records) {
        const header = attributes.AWSTraceHeader;
        if (longest === undefined || countOf(header, fn) > countOf(longest, fn)) longest = header;
    }
    return longest;
}

export function lineageIdOf(functionArn: string): string {
    return hash("sha256", functionArn).slice(0, 8);
}

function countOf(header: string | undefined, { lineageId }: Link): number {
    if (header === undefined) return 0;
    return Number(linksOf(header).find(([id]) => id === lineageId)?.[1] ?? 0);
}

function linksOf(header: string | undefined): (readonly [id: string, count: string])[] {
    const lineage = /Lineage=([0-9a-f:|]+)/.exec(header ?? "")?.[1];
    if (lineage === undefined) return [];
    return lineage.split("|").map((link) => {
        const [id = "", count = "0"] = link.split(":");
        return [id, count] as const;
    });
}

/** AWS X-Ray Developer Guide, "Concepts", "Tracing header". */
function newRoot(requestId: string, now: number): string {
    const seconds = Math.floor(now / 1000).toString(16);
    return `Root=1-${seconds}-${requestId.replaceAll("-", "").slice(0, 24)}`;
}
