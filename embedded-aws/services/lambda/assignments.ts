/** What AWS assigns to the resources of Lambda. */
import { settingOf } from "../../recording/assignment.ts";
import type { Assigned, Assignments, Naming } from "../../recording/assignment.ts";

export const ASSIGNMENTS: Assignments = {
    module: import.meta.url,
    types: {
        "aws:lambda/eventSourceMapping:EventSourceMapping": eventSourceMapping,
        "aws:lambda/function:Function": lambdaFunction,
        "aws:lambda/functionRecursionConfig:FunctionRecursionConfig": settingOf("functionName"),
        "aws:lambda/permission:Permission": permission,
    },
};

function eventSourceMapping(naming: Naming): Assigned {
    const uuid = naming.uuid("mapping");
    return { id: uuid, uuid, arn: naming.arn("lambda", `event-source-mapping:${uuid}`), state: "Enabled" };
}

function lambdaFunction(naming: Naming): Assigned {
    const name = naming.physicalName({ maxLength: 64 });
    const arn = naming.arn("lambda", `function:${name}`);
    const { partition, region } = naming.destination;
    const invokeArn = `arn:${partition}:apigateway:${region}:lambda:path/2015-03-31/functions/${arn}/invocations`;
    return { id: name, name, arn, invokeArn, qualifiedArn: `${arn}:$LATEST`, version: "$LATEST" };
}

function permission(naming: Naming): Assigned {
    const statementId = naming.physicalName({ maxLength: 100, input: "statementId" });
    return { id: statementId, statementId };
}
