/** STS has no resources. */
import type { Assignments } from "../../recording/assignment.ts";

export const ASSIGNMENTS: Assignments = { module: import.meta.url, types: {} };
