/**
 * Small machines whose outcome AWS states: the States Language specification, pages of the Step Functions Developer Guide
 * and its API reference, or histories recorded from the service. They are data, so that they can be run on other
 * implementations too.
 */
import { data } from "./data.ts";
import { definitions } from "./definitions.ts";
import { errors } from "./errors.ts";
import { executions } from "./executions.ts";
import type { Case } from "./form.ts";
import { states } from "./states.ts";
import { tasks } from "./tasks.ts";
import { variables } from "./variables.ts";

export type { Case, Step } from "./form.ts";

export const cases: readonly Case[] = [
    ...states,
    ...data,
    ...variables,
    ...errors,
    ...tasks,
    ...executions,
    ...definitions,
];
