/** The reaper's own eyes and hands, for a person: the same proof, and the same conditional write. */
import type { Reaper } from "../../functions/reaper/invocation.ts";
import { findRuns } from "../../functions/reaper/runs.ts";
import { TableCache } from "../../functions/reaper/table-cache.ts";
import type { Session } from "./session.ts";

/** A reaper that looks at the session's pool. It reads the table afresh, and what it would log and measure is left out. */
export function reaperOn({ aws, operator }: Session): Reaper {
    const { dynamodb, sfn, glue, sqs } = aws;
    const platform = {
        env: {},
        now: () => aws.now(),
        dynamodb,
        sfn,
        glue,
        sqs,
        log: { info: nothing, warn: nothing, error: nothing },
        metric: nothing,
    };
    return {
        platform,
        table: operator.tableName,
        pools: [operator.pool],
        queueUrl: "",
        cache: new TableCache(platform, operator.tableName),
        runs: findRuns(glue, () => aws.now()),
    };
}

function nothing(): void {
    // A command says what it found itself.
}
