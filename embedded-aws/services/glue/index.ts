/** Glue: its descriptor, and what the rest of the embedded AWS uses of it. */
import type { ServiceDescriptor, World } from "../../service.ts";
import { ASSIGNMENTS } from "./assignments.ts";
import { NEEDS } from "./needs.ts";
import type { JobBehavior } from "./run.ts";
import { GlueService } from "./service.ts";
import { timedRuns } from "./timed.ts";

export { GlueJob, GlueRun } from "./run.ts";
export type { JobBehavior, RunEnd, RunState, StopRun } from "./run.ts";
export { GlueService } from "./service.ts";
export { timedRuns } from "./timed.ts";

declare module "../../service.ts" {
    interface ServiceNames {
        glue: true;
    }
}

const MINUTE = 60_000;

/** @param jobs makes what the runs of jobs do. @default each succeeds after a minute */
export function glue(jobs: (world: World) => JobBehavior = eachOneMinute): ServiceDescriptor {
    return {
        name: "glue",
        create: (world) => new GlueService(world, jobs(world)),
        assignments: ASSIGNMENTS,
        needs: NEEDS,
        protocol: { target: "AWSGlue", version: "1.1" },
    };
}

function eachOneMinute({ clock }: World): JobBehavior {
    return timedRuns(clock, () => MINUTE);
}
