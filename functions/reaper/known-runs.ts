/** What the table and Step Functions know of an execution's runs, for when Glue's own list is too long to find them in. */
import { UpdateItemCommand } from "@aws-sdk/client-dynamodb";
import { NO_RUN } from "../../slots/completion.ts";
import type { Row, Search } from "../../slots/table.ts";
import { putSearch } from "../../slots/writes.ts";
import { conditionHeld, errorFields } from "../lib/errors.ts";
import { METRIC } from "../lib/metrics.ts";
import { submittedRun } from "./executions.ts";
import type { Reaper } from "./invocation.ts";
import type { Known } from "./runs.ts";

/** Bytes of a search on a row. It has a token of Glue's, and an id of 67 characters for each run of its execution. */
const MAX_SEARCH = 32_768;

/**
 * What is known of the runs of a holder, whose execution has this row.
 * @param seen a run of the holder's that somebody has seen, such as Glue's event
 */
export function knownRuns(
    reaper: Reaper,
    pool: string,
    row: Row | undefined,
    holder: string,
    seen = NO_RUN,
): Known {
    const { platform } = reaper;
    const fields = { pool, holder };
    return {
        ids: async () => {
            const submitted = row && (await submittedRun(reaper, pool, row, holder));
            const ids = [seen === NO_RUN ? undefined : seen, submitted].filter((id) => id !== undefined);
            // The id of a retry that Glue itself made begins with that of the run.
            return [...new Set(ids.map((id) => id.replace(/_attempt_\d+$/, "")))];
        },
        search: row?.search,
        keep: async (search) => {
            if (!row) return;
            if (JSON.stringify(search).length > MAX_SEARCH) throw new Error(tooLarge(search));
            const write = putSearch({ table: reaper.table, pool, name: row.name, search });
            await conditionHeld(platform.dynamodb.send(new UpdateItemCommand(write)));
            platform.log.info("looks for a run behind very many newer ones", {
                ...fields,
                ...progress(search),
            });
        },
        lost: (error) => {
            platform.log.warn("the search for a run begins again: Glue takes its token no more", {
                ...fields,
                ...errorFields(error),
            });
            platform.metrics({ [METRIC.lookFailed]: 1 }, { pool });
        },
    };
}

function progress({ floor, upTo, next, runs }: Search): object {
    return { from: floor, to: upTo, runs, isUnderWay: next !== undefined };
}

function tooLarge({ job, runs }: Search): string {
    return `The search for runs of Glue job ${job} does not fit into its row: it has found ${runs.length} runs. Look at them in Glue.`;
}
