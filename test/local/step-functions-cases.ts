/**
 * Small machines whose outcome AWS states: the States Language specification, pages of the Step Functions Developer Guide
 * and its API reference, or histories recorded from the service. They are data, so that they can be run on other
 * implementations too.
 */
import { data } from "./step-functions-cases/data.ts";
import { definitions } from "./step-functions-cases/definitions.ts";
import { errors } from "./step-functions-cases/errors.ts";
import { executions } from "./step-functions-cases/executions.ts";
import type { Case } from "./step-functions-cases/form.ts";
import { states } from "./step-functions-cases/states.ts";
import { tasks } from "./step-functions-cases/tasks.ts";
import { variables } from "./step-functions-cases/variables.ts";

export type { Case, Step } from "./step-functions-cases/form.ts";

export const cases: readonly Case[] = [
    ...states,
    ...data,
    ...variables,
    ...errors,
    ...tasks,
    ...executions,
    ...definitions,
];
