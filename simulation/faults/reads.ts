/**
 * Reads that lag behind: what Glue and Step Functions show is some seconds old. Both are eventually consistent (Step
 * Functions API reference, "DescribeExecution", "ListExecutions", "GetExecutionHistory"; Glue promises nothing).
 */
import { GlueService, StepFunctionsService } from "../../embedded-aws/index.ts";
import type { Caller } from "../../embedded-aws/index.ts";
import type { FaultsContext } from "./calls.ts";

/** The counters of the embedded AWS, without the name of the service. */
const STALE = /^\w+\.stale(\w+)$/;

export function injectLag({ world, callers, scenario, journal }: FaultsContext): void {
    const { glue, executions, histories = 0 } = scenario.lag;
    if (glue === 0 && executions === 0 && histories === 0) return;
    const lags = (caller: Caller): boolean =>
        journal.elapsed < scenario.calmFrom && callers.of({ caller }) !== undefined;
    world.service(GlueService).onRead((_, caller) => (lags(caller) ? glue : 0));
    world.service(StepFunctionsService).onRead((operation, caller) => {
        if (!lags(caller)) return 0;
        return executions + (operation === "GetExecutionHistory" ? histories : 0);
    });
}

/** How often a read showed what was no longer so, by operation. */
export function staleReads(counters: ReadonlyMap<string, number>): [operation: string, count: number][] {
    return [...counters].flatMap(([name, count]): [string, number][] => {
        const operation = STALE.exec(name)?.[1];
        return operation === undefined ? [] : [[operation, count]];
    });
}
