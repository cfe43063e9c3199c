/**
 * Small machines whose outcome AWS states: the States Language specification, pages of the Step Functions Developer Guide
 * and its API reference, or histories recorded from the service. They are data: they run on other implementations, too.
 */
import { data } from "./data.ts";
import { definitions } from "./definitions.ts";
import { errors } from "./errors.ts";
import { executions } from "./executions.ts";
import type { Case } from "./form.ts";
import { integrations } from "./integrations.ts";
import { limits } from "./limits.ts";
import { retryAndCatch } from "./retry-and-catch.ts";
import { states } from "./states.ts";
import { tasks } from "./tasks.ts";
import { variables } from "./variables.ts";

export type { Case, Step } from "./form.ts";

export const cases: readonly Case[] = [
    ...states,
    ...integrations,
    ...retryAndCatch,
    ...limits,
    ...data,
    ...variables,
    ...errors,
    ...tasks,
    ...executions,
    ...definitions,
];
