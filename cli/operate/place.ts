/** Where the stack is: nothing is changed in another account or region than the one that its output names. */
import { DescribeTableCommand } from "@aws-sdk/client-dynamodb";
import { CommandError } from "../lib/command-error.ts";
import { EXIT } from "../lib/exit-codes.ts";
import type { Session } from "./session.ts";

export interface Place {
    readonly account: string;
    readonly region: string;
}

/** Where the table is that these credentials reach, by its ARN. */
export async function placeOfTable({ aws, operator }: Session): Promise<Place> {
    const { Table } = await aws.dynamodb.send(new DescribeTableCommand({ TableName: operator.tableName }));
    const [, , , region = "", account = ""] = (Table?.TableArn ?? "").split(":");
    return { account, region };
}

/** Throws unless the table that would be changed is the stack's. */
export async function checkPlace(session: Session): Promise<void> {
    const { account, region, stack } = session.operator;
    const found = await placeOfTable(session);
    if (found.account === account && found.region === region) return;
    throw new CommandError(
        "wrong-place",
        `Stack ${stack} is in account ${account}, ${region}, but these credentials lead to ${found.account}, ${found.region}. Nothing was changed.`,
        { exitCode: EXIT.usage, hint: "see --profile, --region and --operator" },
    );
}
