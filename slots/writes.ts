/**
 * The conditional writes of the protocol. The state machine makes them with JSONata expressions, the functions with
 * values; both use the same expression texts from here. Making any of them twice is harmless.
 */
import {
    ACQUIRED_HOLDER_ID_JSONATA,
    HOLDER_ID_JSONATA,
    holderIdJsonata,
    ifRedrivenJsonata,
    MESSAGE_ID_JSONATA,
    REDRIVES_JSONATA,
    unlessRedrivenJsonata,
} from "./holder.ts";
import { BREAKER_ATTRIBUTES, BREAKER_CONDITION, NOTES, VERDICT } from "./breaker.ts";
import type { Verdict } from "./breaker.ts";
import {
    BACKLOG,
    CHANGE,
    END_POSITION_JSONATA,
    endPosition,
    ENTRY,
    FORMAT,
    keyOf,
    OUTCOME,
    TABLE,
} from "./table.ts";
import type { Ask, Idle, Row, Saving, Search, Slot } from "./table.ts";
import { ROW_RETENTION_DAYS, SILENCE_SECONDS, WOKEN_SECONDS } from "./times.ts";

/** A DynamoDB attribute value, as far as the protocol uses them. */
export type Value =
    { S: string } | { N: string } | { M: Record<string, Value> } | { L: Value[] } | { BOOL: boolean };

/** The arguments of a DynamoDB UpdateItem call. */
export interface Update {
    TableName: string;
    Key: Record<string, Value>;
    UpdateExpression: string;
    ConditionExpression: string;
    ExpressionAttributeNames?: Record<string, string>;
    ExpressionAttributeValues?: Record<string, Value>;
    ReturnValues?: "ALL_OLD";
}

/** The arguments of a DynamoDB PutItem call. */
export interface Put {
    TableName: string;
    Item: Record<string, Value>;
    ConditionExpression: string;
    ReturnValuesOnConditionCheckFailure: "ALL_OLD";
}

/** The moment of a write. */
interface Now {
    /** The present, ISO 8601. */
    readonly now: string;
}

/** The `seenBefore` of an execution that was woken just now: whenever the dispatcher was last seen, that was before. */
export const WOKEN = "9999";

/**
 * Acquires a slot: the one write that everything rests on. It is granted to an execution that was woken, or to anybody while
 * the dispatcher is silent, as far as the breaker lets it in, and never beyond the limit. Acquiring twice is acquiring once.
 * Without a gate, or without a limit in it, no slot is granted.
 */
export function acquire(at: {
    table: string;
    pool: string;
    holder: string;
    /** The present: milliseconds since 1970, a number as DynamoDB takes it. */
    since: string;
    /** It is granted if the dispatcher was last seen before this moment, ISO 8601: `WOKEN`, or the beginning of its silence. */
    seenBefore: string;
    /** A pause of the breaker that ends before this moment is over: milliseconds since 1970. @default `since` */
    pauseOver?: string;
    /** Whether the message has no further attempt. */
    isLast?: boolean;
}): Update {
    return {
        TableName: at.table,
        Key: keyOf(at.pool, ENTRY.gate),
        UpdateExpression: "SET holders.#me = if_not_exists(holders.#me, :slot), lastChange = :change",
        ConditionExpression:
            "attribute_exists(holders.#me) OR " +
            `(size(holders) < #limit AND dispatcherSeen < :seenBefore AND ${BREAKER_CONDITION})`,
        ExpressionAttributeNames: { "#me": at.holder, "#limit": "limit" },
        ExpressionAttributeValues: {
            ":seenBefore": { S: at.seenBefore },
            ":change": { S: CHANGE.acquire },
            ":slot": slotValue(at.since, at.isLast),
            ":now": { N: at.pauseOver ?? at.since },
            ":one": { N: "1" },
        },
    };
}

/** A holder's entry in the gate. `since`: milliseconds since 1970, a number as DynamoDB takes it. */
export function slotValue(since: string, isLast = false): { M: Record<string, Value> } {
    return { M: { since: { N: since }, ...(isLast && { isLast: { BOOL: true } }) } };
}

/**
 * Releases a slot, and notes for the breaker how the holder's job ended. Doing it twice is harmless: the second time the
 * condition fails, nothing is noted, and the caller goes on.
 */
export function release(at: {
    table: string;
    pool: string;
    holder: string;
    /** What the end says of the job, and the present: milliseconds since 1970. @default nothing */
    ended?: { readonly verdict: Verdict; readonly now: number };
}): Update {
    const { verdict, now } = at.ended ?? { verdict: VERDICT.none, now: 0 };
    const numbers = Object.entries(NOTES[verdict].values).map(([name, { times, plus }]) => [
        name,
        { N: String(times * now + plus) },
    ]);
    return {
        TableName: at.table,
        Key: keyOf(at.pool, ENTRY.gate),
        UpdateExpression: releaseExpression(verdict),
        ConditionExpression: "attribute_exists(holders.#me)",
        ExpressionAttributeNames: { "#me": at.holder },
        ExpressionAttributeValues: {
            ":change": { S: CHANGE.release },
            ...(Object.fromEntries(numbers) as Record<string, Value>),
        },
    };
}

function releaseExpression(verdict: Verdict): string {
    const { sets, removes } = NOTES[verdict];
    return `SET lastChange = :change${sets} REMOVE holders.#me${removes}`;
}

/** Closes the breaker by hand: the next look of the dispatcher wakes as many as the limit allows. */
export function closeBreaker(at: { table: string; pool: string }): Update {
    return {
        TableName: at.table,
        Key: keyOf(at.pool, ENTRY.gate),
        UpdateExpression: `SET lastChange = :change REMOVE ${BREAKER_ATTRIBUTES.join(", ")}`,
        ConditionExpression: "attribute_exists(holders)",
        ExpressionAttributeValues: { ":change": { S: CHANGE.close } },
    };
}

/** What each new row says of its message. */
interface NewRow extends Now {
    readonly table: string;
    readonly pool: string;
    readonly name: string;
    readonly messageId: string;
    readonly group: string;
    readonly bodyHash: string;
}

function newRow(at: NewRow): Record<string, Value> {
    return {
        ...keyOf(at.pool, ENTRY.row(at.name)),
        format: { N: String(FORMAT) },
        messageId: { S: at.messageId },
        group: { S: at.group },
        bodyHash: { S: at.bodyHash },
        opened: { S: at.now },
    };
}

/** Opens the row of a message before the message leaves its queue: no accepted message depends on an event. */
export function open(at: NewRow & { execution: string; job: string; position: string }): Put {
    return {
        TableName: at.table,
        Item: {
            ...newRow(at),
            execution: { S: at.execution },
            job: { S: at.job },
            linePosition: { S: at.position },
        },
        ConditionExpression: `attribute_not_exists(${TABLE.partitionKey})`,
        ReturnValuesOnConditionCheckFailure: "ALL_OLD",
    };
}

/**
 * Records a message that can never start, so another delivery sends no second dead letter: SQS drops a repeated letter only
 * within five minutes. Without `outcome` it marks the message before its letter is sent: from then on no delivery starts it,
 * whatever the rules are by then. With it the message has ended.
 */
export function recordRefusal(
    at: NewRow & {
        /** Absent: its letter is yet to be sent. */
        outcome?: string;
        expires: string;
    },
): Put {
    return {
        TableName: at.table,
        Item: {
            ...newRow(at),
            expires: { N: at.expires },
            ...(at.outcome !== undefined && {
                ended: { S: at.now },
                outcome: { S: at.outcome },
                linePosition: { S: endPosition(at.now, at.name) },
            }),
        },
        // A mark is replaced; a row in the line belongs to its execution.
        ConditionExpression:
            at.outcome === undefined
                ? `attribute_not_exists(${TABLE.partitionKey})`
                : `attribute_not_exists(${TABLE.lineKey}) AND attribute_not_exists(ended)`,
        ReturnValuesOnConditionCheckFailure: "ALL_OLD",
    };
}

/** The condition that a message has not ended, and will not by what is under way: its execution may go on. */
const GOES_ON =
    "attribute_exists(messageId) AND attribute_not_exists(ended) AND attribute_not_exists(saving)";

/**
 * Joins the line: puts the token on the row, and notes where it stood before (`joinedFrom`), for the stream's filter. Refused
 * for a row that is closed or missing, or whose message the reaper saves, and for a join that is older than the last one: a
 * write that was lost on its way and arrives late must not replace a newer token.
 */
export function join(at: {
    table: string;
    pool: string;
    name: string;
    token: string;
    holder: string;
    /** The Glue job that the execution will run. */
    job: string;
    /** The attempt at the job, from 1: a number as DynamoDB takes it. */
    attempt: string;
    position: string;
    /** Grows with each join of the execution: a number as DynamoDB takes it. */
    sequence: string;
    now: string;
}): Update {
    return {
        TableName: at.table,
        Key: keyOf(at.pool, ENTRY.row(at.name)),
        UpdateExpression:
            "SET #token = :token, holder = :holder, job = :job, attempt = :attempt, " +
            "joinedFrom = if_not_exists(linePosition, :position), linePosition = :position, " +
            "joinSequence = :sequence, joined = :now REMOVE ask",
        ConditionExpression: `${GOES_ON} AND (attribute_not_exists(joinSequence) OR joinSequence <= :sequence)`,
        ExpressionAttributeNames: { "#token": "token" },
        ExpressionAttributeValues: {
            ":token": { S: at.token },
            ":holder": { S: at.holder },
            ":job": { S: at.job },
            ":attempt": { N: at.attempt },
            ":position": { S: at.position },
            ":sequence": { N: at.sequence },
            ":now": { S: at.now },
        },
    };
}

/**
 * Confirms that a row is still open, for an execution that was redriven: somebody may have closed it meanwhile, or be about
 * to.
 */
export function confirmOpen(at: { table: string; pool: string; name: string } & Now): Update {
    return {
        TableName: at.table,
        Key: keyOf(at.pool, ENTRY.row(at.name)),
        UpdateExpression: "SET confirmed = :now",
        ConditionExpression: GOES_ON,
        ExpressionAttributeValues: { ":now": { S: at.now } },
    };
}

/** What an execution writes on its row before it goes on after a redrive. */
type Progress = Pick<Row, "joinSequence" | "confirmed">;

/** The condition that an execution has not gone on since its row was read: it was not redriven, or has done nothing yet. */
function notGoneOn({ joinSequence, confirmed }: Progress) {
    const same = (name: string, value: unknown): string =>
        value === undefined ? `attribute_not_exists(${name})` : `${name} = :${name}`;
    const values: Record<string, Value> = {
        ...(joinSequence !== undefined && { ":joinSequence": { N: String(joinSequence) } }),
        ...(confirmed !== undefined && { ":confirmed": { S: confirmed } }),
    };
    const condition = `${same("joinSequence", joinSequence)} AND ${same("confirmed", confirmed)}`;
    return { condition, values };
}

/**
 * Marks a row before the reaper sends the message's dead letter. An execution that is redriven from now on meets the mark, and
 * starts nothing; one that was redriven before and has gone on has changed the row, and the mark is refused.
 */
export function markSaving(at: {
    table: string;
    pool: string;
    name: string;
    saving: Saving;
    /** The row as it was read before the execution was found to be over. */
    read: Progress;
}): Update {
    const { condition, values } = notGoneOn(at.read);
    return {
        TableName: at.table,
        Key: keyOf(at.pool, ENTRY.row(at.name)),
        UpdateExpression: "SET saving = :saving",
        ConditionExpression: `${GOES_ON} AND ${condition}`,
        ExpressionAttributeValues: {
            ":saving": { M: { cause: { S: at.saving.cause }, run: { S: at.saving.run } } },
            ...values,
        },
    };
}

/**
 * Closes a row, once: done, dead-lettered or cancelled. Closing it the same way again succeeds. A row whose message the
 * reaper saves is always dead-lettered: its letter may have been sent. It returns the row as it was: if that had a token, its execution
 * waits, and whoever closes the row must wake it.
 */
export function close(
    at: {
        table: string;
        pool: string;
        name: string;
        outcome: string;
        run: string;
        /** Where the closed row stands. */
        position: string;
        expires: string;
        /** For the reaper: refused if the execution has gone on since the row was read. */
        read?: Progress;
    } & Now,
): Update {
    const { condition, values } = at.read ? notGoneOn(at.read) : { condition: "", values: {} };
    const open = [
        "attribute_not_exists(ended)",
        at.outcome === OUTCOME.deadLettered ? "" : "attribute_not_exists(saving)",
        condition,
    ].filter((part) => part !== "");
    return {
        TableName: at.table,
        Key: keyOf(at.pool, ENTRY.row(at.name)),
        UpdateExpression:
            "SET ended = :now, #outcome = :outcome, run = :run, expires = :expires, linePosition = :position " +
            "REMOVE #token, holder, joined, joinedFrom, joinSequence, ask, saving",
        ConditionExpression: `attribute_exists(messageId) AND ((${open.join(" AND ")}) OR #outcome = :outcome)`,
        ExpressionAttributeNames: { "#token": "token", "#outcome": "outcome" },
        ExpressionAttributeValues: {
            ":now": { S: at.now },
            ":outcome": { S: at.outcome },
            ":run": { S: at.run },
            ":position": { S: at.position },
            ":expires": { N: at.expires },
            ...values,
        },
    };
}

/**
 * Notes since when the reaper has known that a holder can start no run any more, or not until it is answered. Only what began
 * later replaces it: until then the grace that it began goes on. A closed row keeps it too: its slot may be held.
 */
export function noteIdle(at: {
    table: string;
    pool: string;
    name: string;
    attribute: "idle" | "asked";
    idle: Idle;
}): Update {
    const { since, seen, holder } = at.idle;
    return {
        TableName: at.table,
        Key: keyOf(at.pool, ENTRY.row(at.name)),
        UpdateExpression: `SET ${at.attribute} = :idle`,
        ConditionExpression: `attribute_exists(messageId) AND (attribute_not_exists(${at.attribute}) OR ${at.attribute}.since < :since)`,
        ExpressionAttributeValues: {
            ":idle": {
                M: {
                    since: { S: since },
                    seen: { S: seen },
                    ...(holder !== undefined && { holder: { S: holder } }),
                },
            },
            ":since": { S: since },
        },
    };
}

/**
 * Puts the question of an execution on its open row, where the reaper's sweep and Glue's event find it. Refused once the
 * execution has joined the line or asked again since: a question that arrives late would take a row out of the line whose
 * execution waits there, or replace a question that still waits for its answer. Step Functions' clock dates all three.
 */
export function putAsk(at: {
    table: string;
    pool: string;
    name: string;
    ask: Ask;
    position: string;
}): Update {
    const { holder, job, run, acquired, since, isAnswered, token } = at.ask;
    return {
        TableName: at.table,
        Key: keyOf(at.pool, ENTRY.row(at.name)),
        UpdateExpression: "SET ask = :ask, linePosition = :position",
        ConditionExpression:
            "attribute_exists(messageId) AND attribute_not_exists(ended) AND " +
            "(attribute_not_exists(joined) OR joined <= :since) AND (attribute_not_exists(ask) OR ask.since <= :since)",
        ExpressionAttributeValues: {
            ":position": { S: at.position },
            ":since": { S: since },
            ":ask": {
                M: {
                    holder: { S: holder },
                    job: { S: job },
                    run: { S: run },
                    acquired: { S: acquired },
                    since: { S: since },
                    isAnswered: { BOOL: isAnswered },
                    token: { S: token },
                },
            },
        },
    };
}

/** Keeps on a row where the search for its execution's runs goes on. A closed row keeps it too: its slot may be held. */
export function putSearch(at: { table: string; pool: string; name: string; search: Search }): Update {
    const { job, floor, upTo, next, began, runs } = at.search;
    const search: Record<string, Value> = {
        job: { S: job },
        floor: { S: floor },
        ...(upTo !== undefined && { upTo: { S: upTo } }),
        ...(next !== undefined && { next: { S: next } }),
        ...(began !== undefined && { began: { S: began } }),
        runs: { L: runs.map((S) => ({ S })) },
    };
    return {
        TableName: at.table,
        Key: keyOf(at.pool, ENTRY.row(at.name)),
        UpdateExpression: "SET #search = :search",
        ConditionExpression: "attribute_exists(messageId)",
        ExpressionAttributeNames: { "#search": "search" },
        ExpressionAttributeValues: { ":search": { M: search } },
    };
}

/** Takes an answered question off its row, if it is still this one. */
export function clearAsk(at: {
    table: string;
    pool: string;
    name: string;
    token: string;
    position: string;
}): Update {
    return {
        TableName: at.table,
        Key: keyOf(at.pool, ENTRY.row(at.name)),
        UpdateExpression: "SET linePosition = :position REMOVE ask",
        ConditionExpression: "ask.#token = :token AND attribute_not_exists(ended)",
        ExpressionAttributeNames: { "#token": "token" },
        ExpressionAttributeValues: { ":token": { S: at.token }, ":position": { S: at.position } },
    };
}

/** Puts a holder back into a gate that has lost it, whatever the limit: its job runs, so its slot is taken. */
export function restoreHolder(at: {
    table: string;
    pool: string;
    holder: string;
    /** Milliseconds since 1970, a number as DynamoDB takes it. */
    since: string;
}): Update {
    return {
        TableName: at.table,
        Key: keyOf(at.pool, ENTRY.gate),
        UpdateExpression: "SET holders.#me = :slot, lastChange = :change",
        ConditionExpression: "attribute_exists(holders) AND attribute_not_exists(holders.#me)",
        ExpressionAttributeNames: { "#me": at.holder },
        ExpressionAttributeValues: { ":change": { S: CHANGE.restore }, ":slot": slotValue(at.since) },
    };
}

/** The condition that there is no gate, or that somebody took its holders away: it grants no slot then. */
export const NOT_WHOLE = "attribute_not_exists(holders)";

/**
 * Makes a gate that is gone with these holders, or adds them to one that lacks them. It has no limit, and grants no slot, before
 * the dispatcher sets one. Refused once the gate is whole: executions acquire slots in it.
 */
export function remakeGate(at: {
    table: string;
    pool: string;
    holders: Readonly<Record<string, Slot>>;
    now: string;
}): Update {
    const slots = Object.entries(at.holders).map(([holder, { since }]): [string, Value] => [
        holder,
        slotValue(String(since)),
    ]);
    return {
        TableName: at.table,
        Key: keyOf(at.pool, ENTRY.gate),
        UpdateExpression:
            "SET holders = if_not_exists(holders, :holders), " +
            "dispatcherSeen = if_not_exists(dispatcherSeen, :now), #format = :format, lastChange = :change REMOVE #limit",
        ConditionExpression: NOT_WHOLE,
        ExpressionAttributeNames: { "#limit": "limit", "#format": "format" },
        ExpressionAttributeValues: {
            ":holders": { M: Object.fromEntries(slots) },
            ":now": { S: at.now },
            ":format": { N: String(FORMAT) },
            ":change": { S: CHANGE.limit },
        },
    };
}

/**
 * Takes the token off a row and the row out of the line, if it is still this token: its execution was woken, or is gone.
 * An execution that does not get its slot joins the line again, at its old position.
 */
export function clearToken(at: {
    table: string;
    pool: string;
    name: string;
    token: string;
    position: string;
}): Update {
    return {
        TableName: at.table,
        Key: keyOf(at.pool, ENTRY.row(at.name)),
        UpdateExpression: "SET linePosition = :position REMOVE #token",
        ConditionExpression: "#token = :token AND attribute_not_exists(ended)",
        ExpressionAttributeNames: { "#token": "token" },
        ExpressionAttributeValues: { ":token": { S: at.token }, ":position": { S: at.position } },
    };
}

/** Moves a row to another position, if it still stands at the one that was read. */
export function moveRow(at: {
    table: string;
    pool: string;
    name: string;
    before: string;
    position: string;
}): Update {
    return {
        TableName: at.table,
        Key: keyOf(at.pool, ENTRY.row(at.name)),
        UpdateExpression: `SET ${TABLE.lineKey} = :position`,
        ConditionExpression: `${TABLE.lineKey} = :before`,
        ExpressionAttributeValues: { ":before": { S: at.before }, ":position": { S: at.position } },
    };
}

/** Reports that the dispatcher is alive, and whether it has more executions to wake. Refused without a gate. */
export function heartbeat(at: { table: string; pool: string; hasBacklog: boolean } & Now): Update {
    return {
        TableName: at.table,
        Key: keyOf(at.pool, ENTRY.gate),
        UpdateExpression:
            "SET dispatcherSeen = :now, lastChange = :change" +
            (at.hasBacklog ? ", backlog = :backlog" : " REMOVE backlog"),
        ConditionExpression: "attribute_exists(holders)",
        ExpressionAttributeValues: {
            ":now": { S: at.now },
            ":change": { S: CHANGE.heartbeat },
            ...(at.hasBacklog && { ":backlog": { S: BACKLOG } }),
        },
    };
}

/** The arguments of a call, of which any part may be an expression. */
type InWorkflow<T> = { [K in keyof T]: InWorkflow<T[K]> | string };

/** An expression in the form in which Step Functions evaluates it. */
function jsonata(expression: string): string {
    return `{% ${expression} %}`;
}

const JSONATA_NOW = jsonata("$now()");

/**
 * `acquire`, as the state machine writes it. Its variable `$pausedUntil` is what the wake-up told. A later pause ends later, so a
 * wake-up from before it says nothing of it.
 */
export function acquireInWorkflow(at: {
    table: string;
    pool: string;
    /** The expression of whether the message has no further attempt. */
    isLastJsonata: string;
}): InWorkflow<Update> {
    const since = "$string($millis())";
    const write = acquire({
        ...at,
        holder: jsonata(unlessRedrivenJsonata(HOLDER_ID_JSONATA)),
        since: jsonata(since),
        seenBefore: jsonata(SEEN_BEFORE_JSONATA),
        pauseOver: jsonata("$string($max([$millis(), $pausedUntil + 1]))"),
    });
    const isLast = `${at.isLastJsonata} ? {'isLast': {'BOOL': true}} : {}`;
    const slot = jsonata(`{'M': $merge([{'since': {'N': ${since}}}, ${isLast}])}`);
    return { ...write, ExpressionAttributeValues: { ...write.ExpressionAttributeValues, ":slot": slot } };
}

/**
 * The expression of an acquire's `seenBefore`. Only the execution's own clock is asked how long ago it was woken: the
 * workflow's variable `$wokenAt`, in milliseconds since 1970.
 */
const SEEN_BEFORE_JSONATA = `$millis() - $wokenAt < ${WOKEN_SECONDS * 1000} ? '${WOKEN}' : $fromMillis($millis() - ${SILENCE_SECONDS * 1000})`;

/** `release` after a job that succeeded, as the state machine writes it. */
export function releaseInWorkflow(at: { table: string; pool: string }): InWorkflow<Update> {
    const ended = { verdict: VERDICT.succeeded, now: 0 };
    return release({ ...at, holder: jsonata(ACQUIRED_HOLDER_ID_JSONATA), ended });
}

/** `release`, as the state machine writes it when only the execution knows the verdict. */
export function releaseByVerdictInWorkflow(at: {
    table: string;
    pool: string;
    /** The expression of the verdict. */
    verdictJsonata: string;
}): InWorkflow<Update> {
    const byVerdict = (each: (verdict: Verdict) => string): string => {
        const choices = Object.values(VERDICT).map((verdict) => `'${verdict}': ${each(verdict)}`);
        return jsonata(`$lookup({${choices.join(", ")}}, ${at.verdictJsonata})`);
    };
    return {
        ...release({ ...at, holder: jsonata(ACQUIRED_HOLDER_ID_JSONATA) }),
        UpdateExpression: byVerdict((verdict) => `'${releaseExpression(verdict)}'`),
        ExpressionAttributeValues: byVerdict(releaseValuesJsonata),
    };
}

/** The values of a release: an object of DynamoDB's. */
function releaseValuesJsonata(verdict: Verdict): string {
    const numbers = Object.entries(NOTES[verdict].values).map(
        ([name, { times, plus }]) => `'${name}': {'N': $string(${times} * $millis() + ${plus})}`,
    );
    return `{${[`':change': {'S': '${CHANGE.release}'}`, ...numbers].join(", ")}}`;
}

/** What a join says of its execution: expressions. On its first visit of the line an execution has no variables. */
export interface Join {
    readonly ordinal: string;
    readonly attempt: string;
    /** How many visits of the line there were before. */
    readonly visits: string;
    readonly position: string;
}

/** `join`, as the state machine writes it. */
export function joinInWorkflow(at: { table: string; pool: string; job: string } & Join): Update {
    return inRow(
        join({
            table: at.table,
            pool: at.pool,
            name: "",
            token: jsonata("$states.context.Task.Token"),
            holder: jsonata(holderIdJsonata(REDRIVES_JSONATA, at.ordinal)),
            job: at.job,
            attempt: jsonata(`$string(${at.attempt})`),
            position: jsonata(at.position),
            sequence: jsonata(joinSequenceJsonata(at.visits)),
            now: JSONATA_NOW,
        }),
        at.pool,
    );
}

/**
 * The expression of a join's sequence: later redrives before later visits of the state before later retries of one visit. A
 * visit has fewer than a thousand retries, an execution fewer than a million visits.
 */
function joinSequenceJsonata(visits: string): string {
    return `$string(${REDRIVES_JSONATA} * 1000000000 + ${visits} * 1000 + ($exists($states.context.State.RetryCount) ? $states.context.State.RetryCount : 0))`;
}

/** `confirmOpen`, as the state machine writes it: an error for an execution that was not redriven. */
export function confirmOpenInWorkflow(at: { table: string; pool: string }): Update {
    return inRow(confirmOpen({ ...at, name: "", now: jsonata(ifRedrivenJsonata("$now()")) }), at.pool);
}

/** `close`, as the state machine writes it; `runJsonata` is the expression of the Glue run's id. */
export function closeInWorkflow(at: {
    table: string;
    pool: string;
    outcome: string;
    runJsonata: string;
}): Update {
    return inRow(
        close({
            table: at.table,
            pool: at.pool,
            name: "",
            outcome: at.outcome,
            run: jsonata(at.runJsonata),
            position: jsonata(END_POSITION_JSONATA),
            now: JSONATA_NOW,
            expires: jsonata(`$string($floor($millis() / 1000) + ${ROW_RETENTION_DAYS * 86_400})`),
        }),
        at.pool,
    );
}

/** The same write on the row of the execution that evaluates it. */
function inRow(update: Update, pool: string): Update {
    return { ...update, Key: keyOf(pool, jsonata(`'${ENTRY.row("")}' & ${MESSAGE_ID_JSONATA}`)) };
}
