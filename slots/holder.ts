/**
 * The holder id: whose slot it is. Each slot that an execution asks for, and each redrive, has an id of its own, so a late
 * clean-up of one can never release the next.
 */

/** The parts of a holder id. */
export interface Holder {
    /** The message's id, in which the name of its execution ends. */
    readonly message: string;
    /** How many slots the execution has asked for, this one included: from 1. */
    readonly ordinal: number;
    /** How often the execution had been redriven when it acquired the slot: its context's RedriveCount. */
    readonly redrives: number;
}

/**
 * `<message id>/<ordinal>/<redrives>`. The gate has an entry for each holder, and every acquire and every release pays for all
 * of them. So the id is short: the message's group, which the execution's name begins with, is not in it.
 */
export function holderId(holder: Holder): string {
    return `${holder.message}/${holder.ordinal}/${holder.redrives}`;
}

const HOLDER_ID = /^([^/]+)\/([1-9]\d*)\/(\d+)$/;

/** The parts of a holder id; undefined if the text is not one. */
export function parseHolderId(text: string): Holder | undefined {
    const match = HOLDER_ID.exec(text);
    if (!match) return undefined;
    return { message: match[1] as string, ordinal: Number(match[2]), redrives: Number(match[3]) };
}

/** Whether an execution is one holder after another: neither number ever falls. */
export function isLater(one: Holder, other: Holder): boolean {
    return one.ordinal > other.ordinal || (one.ordinal === other.ordinal && one.redrives > other.redrives);
}

/** The message's id in a holder id; undefined if the text is not one. For lists of runs, of which few are of interest. */
export function messageInHolderId(text: string): string | undefined {
    return HOLDER_ID.test(text) ? text.slice(0, text.indexOf("/")) : undefined;
}

/** A message id of SQS is a UUID. */
const MESSAGE_ID_CHARACTERS = 36;

/** The id of the message that an execution was started for: what the execution's name ends in. */
export function messageIdOf(executionName: string): string {
    return executionName.slice(-MESSAGE_ID_CHARACTERS);
}

/** The JSONata expression of `messageIdOf` for the running execution. */
export const MESSAGE_ID_JSONATA = `$substring($states.context.Execution.Name, -${MESSAGE_ID_CHARACTERS})`;

/**
 * The JSONata expression of how often the running execution was redriven. Step Functions gives 0 on a first run;
 * `$exists` keeps the workflow running on emulators that leave it out.
 */
export const REDRIVES_JSONATA =
    "($exists($states.context.Execution.RedriveCount) ? $states.context.Execution.RedriveCount : 0)";

/** The JSONata expression of the holder id, evaluated where it is used. The ordinal is the workflow's variable `$ordinal`. */
export const HOLDER_ID_JSONATA = holderIdJsonata(REDRIVES_JSONATA, "$ordinal");

/**
 * The JSONata expression of the id under which the slot was acquired. After a redrive it is the old id: a state that
 * releases a slot, or asks about its job, means the slot that the execution has, not one that it would acquire now.
 */
export const ACQUIRED_HOLDER_ID_JSONATA = holderIdJsonata("$redrivesSeen", "$ordinal");

/**
 * The JSONata expression of a value that is void once the execution has been redriven since it joined the line: its slot
 * may be released by then, and its message ended. It evaluates to an error then, which the state catches.
 */
export function unlessRedrivenJsonata(value: string): string {
    return `(${REDRIVES_JSONATA} != $redrivesSeen ? $error('the execution was redriven') : ${value})`;
}

/** The JSONata expression of a value for an execution that was redriven since it joined the line; an error for others. */
export function ifRedrivenJsonata(value: string): string {
    return `(${REDRIVES_JSONATA} = $redrivesSeen ? $error('the execution was not redriven') : ${value})`;
}

/** The JSONata expression of a holder id; `redrives` and `ordinal` are expressions. */
export function holderIdJsonata(redrives: string, ordinal: string): string {
    return `${MESSAGE_ID_JSONATA} & '/' & $string(${ordinal}) & '/' & $string(${redrives})`;
}
