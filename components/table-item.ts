/** An item of a bucket's table that a deployment writes. */
import * as aws from "@pulumi/aws";
import type * as pulumi from "@pulumi/pulumi";
import { TABLE } from "../slots/table.ts";

/** @param item DynamoDB's JSON */
export function writeItem(
    name: string,
    tableName: pulumi.Input<string>,
    item: pulumi.Input<string>,
    options: pulumi.CustomResourceOptions,
): void {
    new aws.dynamodb.TableItem(
        name,
        { tableName, hashKey: TABLE.partitionKey, rangeKey: TABLE.sortKey, item },
        options,
    );
}
