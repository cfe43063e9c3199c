/** Schedule expressions of rules (EventBridge User Guide, "Setting a schedule pattern for scheduled rules"). */
import { AwsError, UnsupportedError } from "../../service.ts";

const UNIT_MILLIS: Readonly<Record<string, number>> = { minute: 60_000, hour: 3_600_000, day: 86_400_000 };

/** The period of `rate(...)` in milliseconds. Throws for an invalid expression, and for `cron(...)`, which is not supported. */
export function periodOf(expression: string): number {
    if (/^cron\(.+\)$/.test(expression))
        throw new UnsupportedError(
            `The embedded AWS does not support the schedule expression ${expression}; use rate(...).`,
        );
    const [, count = "", unit = "", plural] =
        /^rate\(([1-9]\d*) (minute|hour|day)(s?)\)$/.exec(expression) ?? [];
    const period = UNIT_MILLIS[unit];
    // EventBridge insists on grammar: 1 minute, 2 minutes.
    if (period === undefined || (plural === "s") === (count === "1")) {
        throw new AwsError("ValidationException", "Parameter ScheduleExpression is not valid.");
    }
    return Number(count) * period;
}
