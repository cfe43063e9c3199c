/** The reaper's own eyes and hands, for a person: the same proof, and the same conditional write. */
import { UpdateItemCommand } from "@aws-sdk/client-dynamodb";
import type { GetItemCommand } from "@aws-sdk/client-dynamodb";
import type { Reaper } from "../../functions/reaper/invocation.ts";
import { findRuns } from "../../functions/reaper/runs.ts";
import { TableCache } from "../../functions/reaper/table-cache.ts";
import type { Aws } from "./aws.ts";
import type { Operator } from "./operator.ts";
import type { Session } from "./session.ts";

/** A reaper that looks at the session's pool, and changes nothing. What it would log and measure is left out. */
export function eyesOn({ aws, operator }: Session): Reaper {
    return reaper(aws, operator, {
        // It would note on a row how far a long search has come.
        send: (command: object) =>
            command instanceof UpdateItemCommand
                ? Promise.resolve({})
                : aws.dynamodb.send(command as GetItemCommand),
    } as Aws["dynamodb"]);
}

/** A reaper that acts on the session's pool. */
export function handsOn({ aws, operator }: Session): Reaper {
    return reaper(aws, operator, aws.dynamodb);
}

function reaper(aws: Aws, operator: Operator, dynamodb: Aws["dynamodb"]): Reaper {
    const { sfn, glue, sqs } = aws;
    const platform = {
        env: {},
        now: () => aws.now(),
        dynamodb,
        sfn,
        glue,
        sqs,
        log: { info: nothing, warn: nothing, error: nothing },
        metrics: nothing,
    };
    return {
        platform,
        table: operator.tableName,
        pools: [operator.pool],
        queueUrl: "",
        cache: new TableCache(platform, operator.tableName),
        runs: findRuns(glue, () => aws.now()),
        ended: [],
    };
}

function nothing(): void {
    // A command says what it found itself.
}
