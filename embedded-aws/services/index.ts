/**
 * The services of the embedded AWS. To add one, write its folder and add it to the list here; README.md says what belongs
 * into the folder.
 */
import { assignFrom } from "../recording/assignment.ts";
import type { Assignment, Assignments, Declaration, Destination } from "../recording/assignment.ts";
import { createRuntime } from "../runtimes/index.ts";
import type { RuntimeOptions } from "../runtimes/index.ts";
import type { ServiceDescriptor, World } from "../service.ts";
import { cloudwatch } from "./cloudwatch/index.ts";
import { dynamodb } from "./dynamodb/index.ts";
import { events } from "./events/index.ts";
import { glue } from "./glue/index.ts";
import type { JobBehavior } from "./glue/index.ts";
import { iam } from "./iam/index.ts";
import { kms } from "./kms/index.ts";
import { lambda } from "./lambda/index.ts";
import { logs } from "./logs/index.ts";
import { s3 } from "./s3/index.ts";
import { sns } from "./sns/index.ts";
import { sqs } from "./sqs/index.ts";
import { stepFunctions } from "./step-functions/index.ts";
import type { StepFunctionsOptions } from "./step-functions/index.ts";
import { sts } from "./sts/index.ts";

export interface ServicesOptions extends RuntimeOptions {
    /** Makes what the runs of Glue jobs do. @default each succeeds after a minute */
    jobs?: ((world: World) => JobBehavior) | undefined;
    stepFunctions?: StepFunctionsOptions | undefined;
}

/** For `EmbeddedWorld.open({ services: createServices({ … }) })`. */
export function createServices(options: ServicesOptions = {}): readonly ServiceDescriptor[] {
    return [
        iam,
        kms,
        logs,
        cloudwatch,
        s3,
        sqs,
        sns,
        dynamodb,
        events,
        lambda((world) => createRuntime(world, options)),
        glue(options.jobs),
        stepFunctions(options.stepFunctions),
        sts,
    ];
}

/** What AWS assigns to the resources of each service. */
export const ALL_ASSIGNMENTS: readonly Assignments[] = createServices().map(({ assignments }) => assignments);

/** What AWS would assign to a declared resource. Throws for a type that no service has, by name. */
export function assign(declaration: Declaration, destination: Destination): Assignment {
    return assignFrom(ALL_ASSIGNMENTS, declaration, destination);
}
