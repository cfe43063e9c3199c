/** Turnstile and its rivals, in the order of the tables. */
import type { Rival } from "../rival.ts";
import { awsSample } from "./aws-sample.ts";
import { glueQueueing } from "./glue-queueing.ts";
import { lambdaCounter } from "./lambda-counter.ts";
import { listExecutions } from "./list-executions.ts";
import { ownerCounter } from "./owner-counter.ts";
import { poll } from "./poll.ts";
import { semaphoreConstruct } from "./semaphore.ts";
import { turnstile } from "./turnstile.ts";

export const RIVALS: readonly Rival[] = [
    turnstile,
    awsSample,
    semaphoreConstruct,
    lambdaCounter,
    ownerCounter,
    listExecutions,
    glueQueueing,
    poll,
];
