/** Times for people: the zone once, ages beside times. */

/** `23:04:12 +01:00`, in the zone of this machine. */
export function clockTime(millis: number): string {
    return `${timeOfDay(millis)} ${zone(millis)}`;
}

/** `23:04:12`, with the date in front if it is another day than `now`. */
export function shortTime(millis: number, now: number): string {
    const day = dayOf(millis);
    return day === dayOf(now) ? timeOfDay(millis) : `${day} ${timeOfDay(millis)}`;
}

/** `00:00 +01:00`, with the date in front if it is another day than `now`. For moments that a person chose. */
export function moment(millis: number, now: number): string {
    const day = dayOf(millis);
    const time = `${timeOfDay(millis).slice(0, 5)} ${zone(millis)}`;
    return day === dayOf(now) ? time : `${day} ${time}`;
}

/** How long ago a moment of the table was, in seconds; NaN for a text that is none. */
export function secondsSince(iso: string | undefined, now: number): number {
    return Math.max(0, (now - Date.parse(iso ?? "")) / 1000);
}

/** A moment as ISO 8601 in UTC, for JSON; null if there is none. */
export function isoTime(millis: number | undefined): string | null {
    return millis === undefined || Number.isNaN(millis) ? null : new Date(millis).toISOString();
}

function timeOfDay(millis: number): string {
    const date = new Date(millis);
    return [date.getHours(), date.getMinutes(), date.getSeconds()].map(two).join(":");
}

function dayOf(millis: number): string {
    const date = new Date(millis);
    return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
}

function zone(millis: number): string {
    const minutes = -new Date(millis).getTimezoneOffset();
    const size = Math.abs(minutes);
    return `${minutes < 0 ? "-" : "+"}${two(Math.floor(size / 60))}:${two(size % 60)}`;
}

function two(value: number): string {
    return String(value).padStart(2, "0");
}
