/** What AWS assigns to the resources of DynamoDB. */
import type { Assigned, Assignments, Naming } from "../../recording/assignment.ts";

export const ASSIGNMENTS: Assignments = {
    module: import.meta.url,
    types: {
        "aws:dynamodb/table:Table": table,
        "aws:dynamodb/tableItem:TableItem": tableItem,
    },
};

function table(naming: Naming): Assigned {
    const name = naming.physicalName({ maxLength: 255 });
    const arn = naming.arn("dynamodb", `table/${name}`);
    if (!naming.is("streamEnabled")) return { id: name, name, arn, streamArn: "", streamLabel: "" };
    const streamLabel = "2026-01-01T00:00:00.000";
    return { id: name, name, arn, streamLabel, streamArn: `${arn}/stream/${streamLabel}` };
}

function tableItem(naming: Naming): Assigned {
    const keys = [naming.text("hashKey"), naming.optionalText("rangeKey")].filter((key) => key !== undefined);
    const item = JSON.parse(naming.text("item")) as Record<string, Record<string, unknown> | undefined>;
    const values = keys.flatMap((key) => Object.values(item[key] ?? {}));
    return { id: [naming.text("tableName"), ...keys, ...values].join("|") };
}
