/** The operations that the program's roles allow, and those of them that no test can see being called. */
import type { RecordedProgram } from "../../../embedded-aws/index.ts";
import { policiesOf } from "../policies/statements.ts";

export interface Allowed {
    /** The role's name in the program. */
    readonly role: string;
    readonly action: string;
}

/** Of which no call is judged, by role and action, with the reason. One that explains nothing fails. */
export const NOT_CALLED: readonly (readonly [roleAndAction: RegExp, reason: string])[] = [
    [/ logs:/, "Lambda, Glue and Step Functions write logs by themselves; a function makes no such call"],
    [/ xray:/, "Step Functions sends traces by itself"],
    [
        / dynamodb:(DescribeStream|GetRecords|GetShardIterator|ListStreams)$/,
        "Lambda reads the stream by itself; the embedded AWS hands records over without a call",
    ],
    [
        / dynamodb:ConditionCheckItem$/,
        "is the permission for an action of TransactWriteItems, which is judged",
    ],
    [
        /^turnstile-jobs-role glue:GetJobRuns$/,
        "AWS's policy for glue:startJobRun.sync has it; when Step Functions uses it is not documented",
    ],
    [/ sqs:GetQueueAttributes$/, "Lambda asks by itself, and when it does is not documented"],
];

/** The actions of the roles' policies, but for those of `NOT_CALLED`. */
export function allowedOperations(program: RecordedProgram): Allowed[] {
    return allAllowed(program).filter(
        (allowed) => !NOT_CALLED.some(([pattern]) => pattern.test(nameOf(allowed))),
    );
}

/** Role and action. */
export function nameOf({ role, action }: Allowed): string {
    return `${role} ${action}`;
}

export function allAllowed(program: RecordedProgram): Allowed[] {
    const roles = new Map(
        program.resources
            .filter(({ type }) => type === "aws:iam/role:Role")
            .map(({ name, outputs }) => [String(outputs["name"]), name]),
    );
    return program.resources
        .filter(({ type }) => type === "aws:iam/rolePolicy:RolePolicy")
        .flatMap((resource) => {
            const role = roles.get(String(resource.inputs["role"])) ?? "";
            const policies = policiesOf({ ...program, resources: [resource] });
            const statements = policies.flatMap(({ document }) => document.Statement);
            return statements.flatMap(({ Action }) =>
                [Action].flat().map((action) => ({ role, action: String(action) })),
            );
        });
}
