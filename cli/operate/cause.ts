/** The cause of a failure, as text and as JSON. What it says comes from others, and may hold what not everybody should read. */

/** Such as `Glue.JobRunFailed` or `MessageRefused`: what stands before the first colon of a cause. */
const ERROR = /^([A-Za-z][\w.-]{0,99}):/;

/** The name of the error that a cause begins with; null if it begins with none. */
export function errorOf(cause: string): string | null {
    return ERROR.exec(cause)?.[1] ?? null;
}

/** What a person asks for who may read what messages and failures say. */
export interface BodiesOptions {
    /** Whether bodies, arguments and causes are in the JSON. */
    readonly bodies?: boolean;
}
