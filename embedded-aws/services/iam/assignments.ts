/** What AWS assigns to the resources of IAM. */
import type { Assigned, Assignments, Naming } from "../../recording/assignment.ts";

export const ASSIGNMENTS: Assignments = {
    module: import.meta.url,
    types: {
        "aws:iam/policy:Policy": policy,
        "aws:iam/role:Role": role,
        "aws:iam/rolePolicy:RolePolicy": rolePolicy,
        "aws:iam/rolePolicyAttachment:RolePolicyAttachment": rolePolicyAttachment,
    },
};

function policy(naming: Naming): Assigned {
    const name = naming.physicalName({ maxLength: 128 });
    const arn = naming.accountArn("iam", `policy${naming.optionalText("path") ?? "/"}${name}`);
    return { id: arn, name, arn };
}

function role(naming: Naming): Assigned {
    const name = naming.physicalName({ maxLength: 64 });
    const path = naming.optionalText("path") ?? "/";
    const uniqueId = `AROA${naming.hex(17, "unique").toUpperCase()}`;
    return { id: name, name, path, arn: naming.accountArn("iam", `role${path}${name}`), uniqueId };
}

function rolePolicy(naming: Naming): Assigned {
    const name = naming.physicalName({ maxLength: 128 });
    return { id: `${naming.text("role")}:${name}`, name };
}

function rolePolicyAttachment(naming: Naming): Assigned {
    return { id: `${naming.text("role")}-${naming.digits(26)}` };
}
