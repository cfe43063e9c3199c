/** The lines of a log group, and how FilterLogEvents finds some of them. */
import { UnsupportedError } from "../../service.ts";

export interface LogEvent {
    readonly eventId: string;
    readonly timestamp: number;
    readonly logStreamName: string;
    readonly message: string;
}

/** Lines of a group that are kept. */
const MAX_KEPT = 10_000;

/** The latest lines, oldest first. They get their ids when somebody reads them, which is seldom. */
export class LogLines {
    private kept: Omit<LogEvent, "eventId">[] = [];
    private count = 0;

    add(timestamp: number, logStreamName: string, message: string): void {
        this.kept.push({ timestamp, logStreamName, message });
        this.count++;
        // Not one by one: moving all of them costs more than keeping some too many for a while.
        if (this.kept.length >= 2 * MAX_KEPT) this.kept = this.kept.slice(-MAX_KEPT);
    }

    get all(): readonly LogEvent[] {
        const latest = this.kept.slice(-MAX_KEPT);
        const first = this.count - latest.length;
        return latest.map((line, i) => ({ eventId: String(first + i).padStart(20, "0"), ...line }));
    }
}

/**
 * Whether a line has every term, as CloudWatch Logs User Guide, "Filter pattern syntax", says of unstructured lines. A
 * term in quotation marks may have spaces.
 */
export function matcherOf(pattern: string): (message: string) => boolean {
    const terms = pattern.match(/"[^"]*"|\S+/g) ?? [];
    const other = terms.find((term) => /^[?\-{[%]/.test(term));
    if (other !== undefined) {
        throw new UnsupportedError(
            `The embedded AWS does not support the filter pattern ${pattern}; use terms alone, such as ERROR "timed out".`,
        );
    }
    const texts = terms.map((term) => term.replace(/^"(.*)"$/, "$1"));
    return (message) => texts.every((text) => message.includes(text));
}
