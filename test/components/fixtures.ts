/** The components that others need around them, and the statements of a recorded policy. */
import { JobWorkflow, TokenBucket, WorkQueue } from "../../components/index.ts";
import type { JobWorkflowArgs, TokenBucketArgs, WorkQueueArgs } from "../../components/index.ts";
import { ACCOUNT, find, json, record } from "../mocks.ts";
import type { Recorded } from "../mocks.ts";

export const KEY_ARN = `arn:aws:kms:eu-west-1:${ACCOUNT}:key/1`;

export interface StackArgs {
    queue?: WorkQueueArgs;
    bucket?: Partial<TokenBucketArgs>;
    workflow?: Partial<JobWorkflowArgs>;
    region?: string;
    preview?: boolean;
}

/** Queue `work`, bucket `slots` with pool `reports`, and workflow `jobs` around the Glue job `report`. */
export function recordStack(args: StackArgs = {}): Promise<Recorded[]> {
    const { region, preview } = args;
    return record(
        () => {
            const queue = new WorkQueue("work", args.queue);
            const bucket = new TokenBucket("slots", { pools: { reports: { limit: 3 } }, ...args.bucket });
            new JobWorkflow("jobs", {
                pool: "reports",
                queue,
                bucket,
                jobName: "report",
                ...args.workflow,
            });
        },
        { ...(region !== undefined && { region }), ...(preview !== undefined && { preview }) },
    );
}

export interface PolicyStatement {
    Effect: string;
    Principal?: unknown;
    Action: string | string[];
    Resource: string | string[];
    Condition?: unknown;
}

/** The statements of a policy among an input of a resource. */
export function statements(resource: Recorded, input = "policy"): PolicyStatement[] {
    return (json(resource, input) as { Statement: PolicyStatement[] }).Statement;
}

/** The statements of the inline policy of a name. */
export function rolePolicy(recorded: readonly Recorded[], name: string): PolicyStatement[] {
    return statements(find(recorded, name, ":RolePolicy"));
}
