/** Runs requests on one implementation and writes down, as plain text, what can be compared. */
import { outcomeOf, plainValue, suiteTable } from "../cases/dynamodb/suite.ts";
import type { Outcome, Request } from "../cases/dynamodb/suite.ts";
import type { Compared, Streaming } from "./implementations.ts";
import type { StreamRecord } from "./streams.ts";

/** What came of a request, or what was left at the end: `step` says which. */
export interface Answer {
    readonly step: string;
    readonly text: string;
}

const MAX_PAGES = 20;

/** The answers of an implementation to requests in an empty table, what is in the table in the end, and what its stream says. */
export async function answersOf(
    implementation: Compared,
    requests: readonly Request[],
): Promise<readonly Answer[]> {
    await implementation.reset();
    const answers: Answer[] = [];
    for (const request of requests) answers.push(...(await pagesOf(implementation, request)));
    const everything = { operation: "Scan", input: { TableName: suiteTable.TableName } };
    answers.push(answer("the items in the end", await outcomeOf(implementation, everything)));
    return answers;
}

/**
 * The records of an implementation's stream, fit for comparison: numbering and time are its own. They are put in order by item,
 * because a batch writes its items in no order; those of one item stay in theirs.
 */
export async function streamOf(implementation: Streaming): Promise<readonly Answer[]> {
    const records = await implementation.records();
    const order = ({ dynamodb: { Keys } }: StreamRecord): string =>
        `${Keys["poolName"]?.S ?? ""}/${Keys["entry"]?.S ?? ""}`;
    return records
        .toSorted((a, b) => (order(a) < order(b) ? -1 : order(a) > order(b) ? 1 : 0))
        .map((record, i) => ({ step: `stream record ${i + 1}`, text: JSON.stringify(comparable(record)) }));
}

/** A request and, if its answer is a page of more, the next ones. */
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
    // DynamoDB Local ends the sentence with a full stop for some of a transaction's actions and not for others.
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
