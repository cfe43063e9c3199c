/**
 * An item collection: all items of one partition key, in the table and in its local indexes. A table with a local index limits
 * its size (DynamoDB Developer Guide, "Item collections in Local Secondary Indexes"): beyond the limit, a write may only shrink it.
 */
import type { ItemCollectionMetrics } from "@aws-sdk/client-dynamodb";
import { AwsError } from "../../service.ts";
import type { AttributeValue } from "./values.ts";

/** The limit is 10 GB on AWS. A smaller one of the model stands for that, so a tenth of it counts as a GB. */
const LIMIT_GIGABYTES = 10;

export function sizeExceeded(): AwsError {
    return new AwsError(
        "ItemCollectionSizeLimitExceededException",
        "The total size of an item collection has exceeded the maximum limit of 10 gigabytes.",
    );
}

/** What ReturnItemCollectionMetrics reports: the lower and the upper bound of an estimate, here to the next GB. */
export function collectionMetrics(
    partitionKey: { readonly name: string; readonly value: AttributeValue },
    bytes: number,
    limitBytes: number,
): ItemCollectionMetrics {
    const gigabytes = Math.floor((LIMIT_GIGABYTES * bytes) / limitBytes);
    return {
        ItemCollectionKey: { [partitionKey.name]: partitionKey.value as never },
        SizeEstimateRangeGB: [gigabytes, gigabytes + 1],
    };
}
