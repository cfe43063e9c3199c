/** What AWS assigns to the resources of KMS. */
import { settingOf } from "../../recording/assignment.ts";
import type { Assigned, Assignments, Naming } from "../../recording/assignment.ts";

export const ASSIGNMENTS: Assignments = {
    module: import.meta.url,
    types: {
        "aws:kms/alias:Alias": keyAlias,
        "aws:kms/key:Key": key,
        "aws:kms/keyPolicy:KeyPolicy": settingOf("keyId"),
    },
};

function keyAlias(naming: Naming): Assigned {
    const given = naming.physicalName({ maxLength: 256 });
    const name = given.startsWith("alias/") ? given : `alias/${given}`;
    const target = naming.text("targetKeyId");
    const targetKeyArn = target.startsWith("arn:") ? target : naming.arn("kms", `key/${target}`);
    return { id: name, name, arn: naming.arn("kms", name), targetKeyArn };
}

function key(naming: Naming): Assigned {
    const keyId = naming.uuid("key");
    return { id: keyId, keyId, arn: naming.arn("kms", `key/${keyId}`) };
}
