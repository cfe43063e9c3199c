/** The names and moments of the small world. Its clock stands still: what has a term may be over at any moment. */

export const TABLE_NAME = "slots";
export const POOL = "etl";
export const JOB = "job";
export const ACCOUNT = "123456789012";
export const REGION = "eu-west-1";
export const DEAD_LETTER_QUEUE = "https://sqs/dead-letters.fifo";
export const REAPER_QUEUE = "https://sqs/reaper";
export const STATE_MACHINE = `arn:aws:states:${REGION}:${ACCOUNT}:stateMachine:jobs`;

/** The present: milliseconds since 1970. */
export const NOW = Date.parse("2026-03-01T12:00:00Z");
/**
 * The past. A turn, a grace and the dispatcher's silence that began then are over; the ten minutes are not after which the
 * reaper trusts Step Functions' clock, so it counts a grace from its own note.
 */
export const PAST = NOW - 360_000;

const ID = "00000000-0000-4000-8000-00000000000";
/** The id of a message in its own course: courses that differ in the id alone are one. */
export const SELF = `${ID}x`;
/** The id of another message that holds a slot. */
export const OTHER = `${ID}y`;
const LETTERS = ["a", "b", "c", "d"];

/** The letter by which a story names a message, from its number. */
export function letterOf(message: number): string {
    return LETTERS[message] ?? "?";
}

/** The id of a message, from its number. */
export function idOf(message: number): string {
    return `${ID}${letterOf(message)}`;
}

/** A text about a message as its own course has it. */
export function asSelf(text: string, message: number): string {
    return text.replaceAll(idOf(message), SELF);
}

/** A text of a course as the world has it. */
export function asMessage(text: string, message: number): string {
    return text.replaceAll(SELF, idOf(message));
}

/** The number of the message that a text is about; -1 if it names none. */
export function messageIn(text: string): number {
    const at = text.indexOf(ID);
    return at < 0 ? -1 : LETTERS.indexOf(text.charAt(at + ID.length));
}

/** The text with other messages in the places of those that it names: `order[new]` is the old number. */
export function renamed(text: string, order: readonly number[]): string {
    return text.replaceAll(new RegExp(`${ID}([a-d])`, "g"), (_, letter: string) =>
        idOf(order.indexOf(LETTERS.indexOf(letter))),
    );
}

export function executionName(id: string): string {
    return `g-${id}`;
}

export function executionArn(id: string): string {
    return `arn:aws:states:${REGION}:${ACCOUNT}:execution:jobs:${executionName(id)}`;
}

export function iso(millis: number): string {
    return new Date(millis).toISOString();
}

/** JSON with the members of every object in the order of their names. */
export function canonical(value: unknown): string {
    if (typeof value !== "object" || value === null) return JSON.stringify(value) ?? "null";
    if (value instanceof Date) return JSON.stringify(value);
    if (Array.isArray(value)) return `[${value.map(canonical).join(",")}]`;
    const members = Object.entries(value)
        .filter(([, member]) => member !== undefined)
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .map(([name, member]) => `${JSON.stringify(name)}:${canonical(member)}`);
    return `{${members.join(",")}}`;
}

const texts = new WeakMap<object, string>();

/** `canonical`, remembered for an object that nobody changes. */
export function textOf(value: object): string {
    let text = texts.get(value);
    if (text === undefined) {
        text = canonical(value);
        texts.set(value, text);
    }
    return text;
}
