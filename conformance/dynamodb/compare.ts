/** Runs requests on one implementation and returns what can be compared, as plain text. */
import { outcomeOf, plainValue, suiteTable } from "../cases/dynamodb/suite.ts";
import type { Outcome, Request } from "../cases/dynamodb/suite.ts";
import type { Compared, Streaming } from "./implementations.ts";
import type { StreamRecord } from "./streams.ts";

/** The outcome of a request, or what the table holds at the end; `step` says which. */
export interface Answer {
    readonly step: string;
    readonly text: string;
}

const MAX_PAGES = 20;

/** The answers to requests that start with an empty table, and the items at the end. */
export async function answersOf(
    implementation: Compared,
    requests: readonly Request[],
): Promise<readonly Answer[]> {
    await implementation.reset();
    const answers: Answer[] = [];
    for (const request of requests) answers.push(...(await pagesOf(implementation, request)));
    const everything = { operation: "Scan", input: { TableName: suiteTable.TableName } };
    answers.push(answer("the items at the end", await outcomeOf(implementation, everything)));
    return answers;
}

/**
 * The records of an implementation's stream, without numbers and times, which are its own. They are ordered by item, because a batch writes its
 * items in any order; the records of one item stay in sequence.
 */
export async function streamOf(implementation: Streaming): Promise<readonly Answer[]> {
    const records = await implementation.records();
    const order = ({ dynamodb: { Keys } }: StreamRecord): string =>
        `${Keys["poolName"]?.S ?? ""}/${Keys["entry"]?.S ?? ""}`;
    return records
        .toSorted((a, b) => (order(a) < order(b) ? -1 : order(a) > order(b) ? 1 : 0))
        .map((record, i) => ({ step: `stream record ${i + 1}`, text: JSON.stringify(comparable(record)) }));
}

/** The answers to a request and, if it is a query with more pages, to its next pages. */
async function pagesOf(implementation: Compared, request: Request): Promise<Answer[]> {
    const pages: Answer[] = [];
    let next: Request | undefined = request;
    while (next && pages.length < MAX_PAGES) {
        const outcome: Outcome = await outcomeOf(implementation, next);
        pages.push(answer(JSON.stringify(next, withoutBytes), outcome));
        const { LastEvaluatedKey } = (outcome.output ?? {}) as { LastEvaluatedKey?: object };
        next =
            request.operation === "Query" && LastEvaluatedKey
                ? { ...request, input: { ...request.input, ExclusiveStartKey: LastEvaluatedKey } }
                : undefined;
    }
    return pages;
}

function answer(step: string, { error, message, details, output }: Outcome): Answer {
    if (error === undefined) return { step: shortened(step), text: JSON.stringify(output) };
    // DynamoDB Local ends this sentence with a full stop for some actions of a transaction and not for others.
    const said = JSON.stringify(details)?.replaceAll(`request failed."`, `request failed"`);
    const more = said === undefined ? "" : ` ${said}`;
    return { step: shortened(step), text: `${error}: ${message ?? ""}${more}` };
}

function comparable({ eventName, dynamodb }: StreamRecord): unknown {
    const { Keys, NewImage, OldImage, StreamViewType } = dynamodb;
    return plainValue({ eventName, dynamodb: { Keys, NewImage, OldImage, StreamViewType } });
}

function withoutBytes(_: string, value: unknown): unknown {
    return value instanceof Uint8Array ? [...value] : value;
}

function shortened(text: string): string {
    return text.length > 1_500 ? `${text.slice(0, 1_500)}…` : text;
}
