/** Says that the breaker is open: in the log, and in the metric that the alarm watches. */
import { METRIC } from "./metrics.ts";
import type { Platform } from "./platform.ts";

export function reportOpenBreaker(
    { log, metrics }: Pick<Platform, "log" | "metrics">,
    pool: string,
    details: Readonly<Record<string, unknown>>,
): void {
    metrics({ [METRIC.breakerOpen]: 1 }, { pool });
    log.error("the breaker is open: so many messages in a row failed for good that one job runs at a time", {
        pool,
        ...details,
        next: "read the cause in the dead letters, and mend the job: the first success closes the breaker",
    });
}
