/** Which changes of the table wake the dispatcher. */
import { BACKLOG, CHANGE, ENTRY, OUTCOME, POSITION, TABLE } from "./table.ts";

/** Where the row of an open message may stand that is not in line. */
const NOT_IN_LINE = [POSITION.open, POSITION.run, POSITION.ask];

/**
 * The filters of the table's stream, in Lambda's pattern language: a record that matches one of them may let somebody into a
 * slot. A slot was released; an operator closed the breaker; a turn was used while more are to come; an execution joined the
 * line that did not stand in it; a message was dead-lettered, whose execution may have used its turn for a moment only; the
 * limit was changed. The dispatcher's own writes match none.
 */
export function streamFilters(): object[] {
    return [
        {
            dynamodb: {
                ...entryIs(ENTRY.gate),
                NewImage: { lastChange: { S: [CHANGE.release, CHANGE.close] } },
            },
        },
        {
            dynamodb: {
                ...entryIs(ENTRY.gate),
                NewImage: { lastChange: { S: [CHANGE.acquire] }, backlog: { S: [BACKLOG] } },
            },
        },
        { dynamodb: { NewImage: { outcome: { S: [OUTCOME.deadLettered] } } } },
        // One that stood in line joins again after it looked by itself. Had there been a slot for it, its token were off.
        // `exists` matches a leaf alone, hence the type `S` in the path.
        {
            dynamodb: {
                NewImage: {
                    token: { S: [{ exists: true }] },
                    joinedFrom: { S: NOT_IN_LINE.map((prefix) => ({ prefix })) },
                },
            },
        },
        // A removed override has no image, so keys are compared.
        { dynamodb: entryIs(ENTRY.settings, ENTRY.override) },
    ];
}

function entryIs(...entries: string[]): object {
    return { Keys: { [TABLE.sortKey]: { S: entries } } };
}
